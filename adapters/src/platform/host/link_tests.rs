use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for name in ["v1", "v2"] {
            fs::create_dir_all(folder.path("releases").join(name)).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn address(&self) -> HostAddress {
        let (releases, current) = (self.path("releases"), self.path("current"));
        serde_json::from_value(serde_json::json!({"releases": releases, "current": current})).unwrap()
    }

    fn linked(self, text: impl AsRef<Path>) -> Self {
        symlink(text, self.path("current")).unwrap();
        self
    }

    fn read(&self) -> Result<Link, PlatformError> {
        Link::read(&self.address(), &Releases::read(&self.address()).unwrap())
    }

    fn swap(&self, to: &str, key: &str) -> Result<(), PlatformError> {
        let releases = Releases::read(&self.address()).unwrap();
        swap(&self.address(), releases.find(&Revision::new(to)).unwrap(), key)
    }

    fn text(&self) -> PathBuf {
        fs::read_link(self.path("current")).unwrap()
    }

    fn said(&self) -> String {
        self.read().unwrap_err().to_string()
    }
}

#[test]
fn a_relative_and_an_absolute_link_are_read_and_stay_what_they_are() {
    let folder = Folder::new().linked("releases/v1");
    assert_eq!(folder.read().unwrap().revision, Revision::new("v1"));
    folder.swap("v2", "key").unwrap();
    assert_eq!(folder.text(), Path::new("releases/v2"));

    let folder = Folder::new();
    let folder = {
        let text = folder.path("releases/v1");
        folder.linked(text)
    };
    assert_eq!(folder.read().unwrap().revision, Revision::new("v1"));
    folder.swap("v2", "key").unwrap();
    assert_eq!(folder.text(), folder.path("releases/v2"));
    assert_eq!(folder.read().unwrap().revision, Revision::new("v2"));
}

#[test]
fn a_link_by_way_of_another_is_read() {
    let folder = Folder::new().linked("stable");
    symlink("releases/v2", folder.path("stable")).unwrap();
    assert_eq!(folder.read().unwrap().revision, Revision::new("v2"));
}

#[test]
fn what_is_no_link_to_a_release_is_told_for_what_it_is() {
    let missing = Folder::new();
    assert!(missing.said().starts_with("the link ") && missing.said().ends_with("current is not there"));

    let folder = Folder::new();
    fs::create_dir(folder.path("current")).unwrap();
    assert!(folder.said().contains("it is a folder, not a symbolic link"), "{}", folder.said());
    assert!(folder.swap("v1", "key").is_err(), "a folder is not replaced");
    assert!(folder.path("current").is_dir());

    let dangling = Folder::new().linked("releases/v0");
    assert!(dangling.said().starts_with("releases/v0, to which the link "), "{}", dangling.said());

    for outside in ["..", "releases", "releases/v1/public"] {
        let folder = Folder::new();
        fs::create_dir(folder.path("releases/v1/public")).unwrap();
        let folder = folder.linked(outside);
        assert!(folder.said().contains("which is no release folder in"), "{}", folder.said());
    }
}

#[test]
fn what_an_earlier_attempt_left_is_replaced_and_nothing_is_left() {
    let folder = Folder::new().linked("releases/v1");
    let key = "INC-2024-0115-001/1/roll:api-service/release";
    symlink("releases/v1", temporary(&folder.path("current"), key)).unwrap();
    folder.swap("v2", key).unwrap();
    assert_eq!(folder.read().unwrap().revision, Revision::new("v2"));
    let mut names: Vec<_> = fs::read_dir(folder.0.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["current", "releases"]);
}

#[test]
fn a_file_in_the_place_of_the_temporary_link_is_not_removed() {
    let folder = Folder::new().linked("releases/v1");
    let beside = temporary(&folder.path("current"), "key");
    fs::write(&beside, "precious").unwrap();
    assert!(folder.swap("v2", "key").unwrap_err().to_string().contains("it is no symbolic link"));
    assert_eq!(fs::read_to_string(beside).unwrap(), "precious");
    assert_eq!(folder.read().unwrap().revision, Revision::new("v1"));
}

#[test]
fn any_key_makes_a_name_and_two_keys_make_two() {
    let current = Path::new("/srv/api/current");
    let long = "a/".repeat(300);
    for key in ["", "../../etc", "ключ", &long] {
        let path = temporary(current, key);
        assert_eq!(path.parent(), Some(Path::new("/srv/api")));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.len() < 200 && name.starts_with(".current."), "{name}");
    }
    assert_ne!(temporary(current, "a/b"), temporary(current, "a-b"));
}

#[test]
fn a_swap_makes_a_new_link_with_a_time_of_its_own() {
    let folder = Folder::new().linked("releases/v1");
    let before = folder.read().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    folder.swap("v2", "key").unwrap();
    let after = folder.read().unwrap();
    assert!(before.since.is_none() || after.since > before.since);
    assert!(!after.made_by().is_empty());
}
