use std::process::{Child, Command};

use super::*;

struct Running {
    folder: tempfile::TempDir,
    child: Child,
}

impl Running {
    /// A program in this release that works in that folder.
    fn new(own: bool, working: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["v1", "v2"] {
            fs::create_dir_all(folder.path().join("releases").join(name)).unwrap();
            fs::copy("/bin/sleep", folder.path().join("releases").join(name).join("api")).unwrap();
        }
        let program = if own { folder.path().join("releases/v1/api") } else { "/bin/sleep".into() };
        let child = Command::new(program).arg("60").current_dir(folder.path().join(working)).spawn().unwrap();
        Self { folder, child }
    }

    fn place(&self) -> Place {
        let (releases, current) = (self.folder.path().join("releases"), self.folder.path().join("current"));
        let address = serde_json::json!({"releases": releases, "current": current});
        let releases = Releases::read(&serde_json::from_value(address).unwrap()).unwrap();
        look(self.child.id(), &releases).unwrap().place
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_program_is_in_the_release_of_its_file_wherever_it_works() {
    assert_eq!(Running::new(true, "releases/v2").place(), Place::Release(Revision::new("v1")));
}

#[test]
fn an_interpreter_is_in_the_release_in_which_it_works() {
    assert_eq!(Running::new(false, "releases/v2").place(), Place::Release(Revision::new("v2")));
}

#[test]
fn a_program_from_elsewhere_that_works_elsewhere_is_in_none() {
    let place = Running::new(false, ".").place();
    assert!(matches!(&place, Place::Outside { program, .. } if program.ends_with("/sleep")), "{place:?}");
}

#[test]
fn a_release_made_anew_under_the_same_name_is_not_what_runs() {
    let running = Running::new(true, ".");
    let program = running.folder.path().join("releases/v1/api");
    fs::remove_file(&program).unwrap();
    fs::copy("/bin/sleep", &program).unwrap();
    assert!(matches!(running.place(), Place::Outside { .. }));
}

#[test]
fn a_process_that_ended_is_not_there_even_before_it_is_collected() {
    let mut running = Running::new(true, ".");
    let id = running.child.id();
    assert!(began(id).is_some());
    running.child.kill().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while began(id).is_some() {
        assert!(std::time::Instant::now() < until);
    }
    running.child.wait().unwrap();
    assert_eq!(began(id), None);
}

#[test]
fn systemd_on_its_way_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let address = serde_json::json!({"releases": folder.path(), "current": "/nowhere/current"});
    fs::create_dir(folder.path().join("v1")).unwrap();
    let releases = Releases::read(&serde_json::from_value(address).unwrap()).unwrap();
    let inside = fs::canonicalize(folder.path().join("v1")).unwrap();
    let seen = place(Ok("/usr/lib/systemd/systemd".into()), Ok(inside.clone()), &releases);
    assert_eq!(seen, Place::Starting);
    let hidden = place(Err(io::Error::from(io::ErrorKind::PermissionDenied)), Ok(inside), &releases);
    assert!(matches!(hidden, Place::Hidden(_)));
}

#[test]
fn a_file_tells_an_id_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    assert_eq!(written_in(&file), None);
    for (text, id) in [("123\n", Some(123)), (" 7 extra", Some(7)), ("", None), ("0", None), ("-4", None), ("x", None)]
    {
        fs::write(&file, text).unwrap();
        assert_eq!(written_in(&file), id, "{text:?}");
    }
    assert_eq!(written_in(folder.path()), None);
}
