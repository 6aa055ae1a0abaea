use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::*;
use crate::platform::host::link::Link;
use crate::platform::host::releases::Releases;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for name in ["v1", "v2"] {
            fs::create_dir_all(folder.0.path().join("releases").join(name)).unwrap();
        }
        symlink("releases/v2", folder.0.path().join("current")).unwrap();
        folder
    }

    async fn examine(&self, more: Value) -> Examination {
        let mut address = json!({"releases": self.0.path().join("releases"), "current": self.0.path().join("current")});
        address.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let address: HostAddress = serde_json::from_value(address).unwrap();
        let releases = Releases::read(&address).unwrap();
        let running = state::running(&address, &releases, &Link::read(&address, &releases).unwrap());
        let to = releases.find(&Revision::new("v1")).unwrap().candidate();
        examine(&Services::default(), &address, &running, &to).await.unwrap()
    }
}

fn blockers(found: &Examination) -> Vec<&str> {
    found.blockers.iter().map(|trouble| trouble.why.code.as_str()).collect()
}

fn codes(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.code.as_str()).collect()
}

#[tokio::test]
async fn a_release_that_can_be_moved_to_has_no_blocker() {
    let found = Folder::new().examine(json!({"minimum_free": 1})).await;
    assert_eq!(blockers(&found), Vec::<&str>::new());
    assert_eq!(found.changes, [Note::new("host-link-moves").with("from", "v2").with("to", "v1")]);
    assert_eq!(codes(&found.warnings), ["host-no-restart"]);
}

#[tokio::test]
async fn what_is_missing_in_it_blocks() {
    let folder = Folder::new();
    symlink("../../shared/log", folder.0.path().join("releases/v1/log")).unwrap();
    let wanted = json!({"marker": ".complete", "shared": ["log"], "minimum_free": u64::MAX});
    let found = folder.examine(wanted.clone()).await;
    assert_eq!(blockers(&found), ["host-release-incomplete", "host-shared-missing", "host-disk-full"]);
    assert_eq!(codes(&found.losses), ["host-shared-stays"]);

    fs::write(folder.0.path().join("releases/v1/.complete"), "").unwrap();
    fs::create_dir_all(folder.0.path().join("shared/log")).unwrap();
    assert_eq!(blockers(&folder.examine(wanted).await), ["host-disk-full"]);
}

#[tokio::test]
async fn a_mark_on_it_is_a_warning_and_no_more() {
    let folder = Folder::new();
    fs::write(folder.0.path().join("releases/v1").join(BAD_MARK), "").unwrap();
    let found = folder.examine(json!({})).await;
    assert_eq!(codes(&found.warnings), ["host-release-marked-bad", "host-no-restart"]);
    assert_eq!(blockers(&found), Vec::<&str>::new());
}

#[tokio::test]
async fn a_program_that_cannot_run_blocks() {
    let program = json!({"restart": {"program": {"path": "/nowhere/restart"}}});
    let found = Folder::new().examine(program).await;
    assert_eq!(blockers(&found), ["host-program-not-runnable"]);
    assert_eq!(codes(&found.warnings), ["host-no-process"]);
    assert_eq!(codes(&found.changes), ["host-link-moves", "host-program-runs"]);
}

#[tokio::test]
async fn what_runs_now_and_could_not_be_proven_is_a_warning() {
    let folder = Folder::new();
    let pid = folder.0.path().join("pid");
    fs::write(&pid, std::process::id().to_string()).unwrap();
    let found = folder.examine(json!({"restart": {"program": {"path": "/bin/true", "pid_file": pid}}})).await;
    assert_eq!(codes(&found.warnings), ["host-process-outside-now"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    assert!(not_writable(Path::new("/nowhere")).is_some());
    // Nobody writes there, whoever asks.
    assert_eq!(
        not_writable(Path::new("/proc/sys")).map(|trouble| trouble.why.code).as_deref(),
        Some("host-link-not-writable")
    );
    assert!(not_writable(tempfile::tempdir().unwrap().path()).is_none());
}
