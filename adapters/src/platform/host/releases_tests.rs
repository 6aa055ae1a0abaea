use std::os::unix::fs::symlink;

use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(names: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        names.iter().for_each(|name| fs::create_dir_all(folder.release(name)).unwrap());
        folder
    }

    fn release(&self, name: &str) -> PathBuf {
        self.0.path().join("releases").join(name)
    }

    fn read(&self) -> Releases {
        let mut address: HostAddress = serde_json::from_value(serde_json::json!({
            "releases": self.0.path().join("releases"), "current": self.0.path().join("current"),
        }))
        .unwrap();
        address.version_file = Some("VERSION".into());
        address.marker = Some(".complete".into());
        Releases::read(&address).unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.read().all.iter().map(|release| release.revision.to_string()).collect()
    }
}

#[test]
fn versions_come_by_number_and_other_names_after_them() {
    let folder = Folder::with(&["v1.9.0", "main", "v1.10.0", "1.10.0-rc.1"]);
    assert_eq!(folder.names(), ["v1.10.0", "1.10.0-rc.1", "v1.9.0", "main"]);
}

#[test]
fn writing_into_a_release_does_not_reorder_it() {
    let folder = Folder::with(&["blue"]);
    // Folders are ordered by when they were made, and clocks of disks tick in milliseconds.
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::create_dir(folder.release("amber")).unwrap();
    fs::write(folder.release("blue").join("log"), "").unwrap();
    assert_eq!(folder.names(), ["amber", "blue"]);
}

#[test]
fn what_is_no_release_is_left_out() {
    let folder = Folder::with(&["v1", ".trash"]);
    fs::write(folder.release("notes.txt"), "").unwrap();
    symlink("v1", folder.release("stable")).unwrap();
    symlink("nowhere", folder.release("gone")).unwrap();
    assert_eq!(folder.names(), ["v1"]);
}

#[test]
fn a_release_on_another_disk_is_one() {
    let (folder, disk) = (Folder::with(&["v1"]), tempfile::tempdir().unwrap());
    symlink(disk.path(), folder.release("v2")).unwrap();
    assert_eq!(folder.names(), ["v2", "v1"]);
    let real = fs::canonicalize(disk.path()).unwrap();
    assert_eq!(folder.read().holding(&real.join("bin/api")), Some(Revision::new("v2")));
}

#[test]
fn a_release_is_not_mistaken_for_one_whose_name_begins_like_it() {
    let folder = Folder::with(&["v1.2.9", "v1.2.90"]);
    let releases = folder.read();
    let inside = fs::canonicalize(folder.release("v1.2.90")).unwrap().join("api");
    assert_eq!(releases.holding(&inside), Some(Revision::new("v1.2.90")));
    assert_eq!(releases.holding(Path::new("/usr/bin/python3")), None);
}

#[test]
fn a_version_file_names_the_version_and_nonsense_in_it_does_not() {
    let folder = Folder::with(&["a", "b", "c", "d"]);
    fs::write(folder.release("a").join("VERSION"), " v2.0.0 \nbuilt on Monday\n").unwrap();
    fs::write(folder.release("b").join("VERSION"), "\n").unwrap();
    fs::write(folder.release("c").join("VERSION"), [0xff, 0xfe]).unwrap();
    fs::create_dir(folder.release("d").join("VERSION")).unwrap();
    let releases = folder.read();
    let versions: Vec<&str> = releases.all.iter().map(|release| release.version.as_str()).collect();
    assert_eq!(versions[0], "v2.0.0");
    for name in ["b", "c", "d"] {
        assert!(versions.contains(&name), "{versions:?}");
    }
    for asked in ["2.0.0", "v2.0.0", "a"] {
        let found = releases.resolve(&Version::new(asked));
        assert!(matches!(&found, Resolution::Found(found) if found.revision.as_str() == "a"), "{asked}: {found:?}");
    }
}

#[test]
fn two_folders_of_one_version_are_ambiguous() {
    let folder = Folder::with(&["v1.2.9", "1.2.9", "v1.3.0"]);
    let Resolution::Ambiguous(both) = folder.read().resolve(&Version::new("v1.2.9")) else { panic!() };
    assert_eq!(both.len(), 2);
}

#[test]
fn another_folder_of_the_same_name_is_another() {
    let folder = Folder::with(&["v1"]);
    let before = folder.read().identity;
    fs::rename(folder.release(""), folder.0.path().join("kept")).unwrap();
    fs::create_dir_all(folder.release("v1")).unwrap();
    assert_ne!(folder.read().identity, before);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let address = serde_json::from_value(serde_json::json!({"releases": "/nowhere/r", "current": "/nowhere/c"}));
    let error = Releases::read(&address.unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "the folder of releases /nowhere/r is not there");
}
