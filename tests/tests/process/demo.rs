//! `switchback demo`, from its first line to its exit code.

use std::fs;
use std::path::{Path, PathBuf};

use commands::model::StreamId;
use tempfile::TempDir;

use super::transcript::settled;
use super::{Program, log};

const REQUEST: &str = "/rollback api-service v1.2.9 severity=high data=none fix=90m because answers are slow and fail";

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let playground = folder.path().join("playground");
    (folder, playground)
}

/// Which release the link leads to.
fn current(playground: &Path) -> String {
    let release = playground.join("current").canonicalize().unwrap();
    release.file_name().unwrap().to_str().unwrap().to_owned()
}

/// The kinds of all events of all rollbacks, in order.
async fn kinds(playground: &Path) -> Vec<String> {
    let events = log::events(&playground.join("switchback.db")).await;
    let of_rollbacks = events.into_iter().filter(|event| matches!(event.stream, StreamId::Rollback(_)));
    of_rollbacks.map(|event| event.kind).collect()
}

/// The report in this form, where the demo says that it lies.
fn report(said: &str, form: &str) -> String {
    let path = said.lines().find_map(|line| line.strip_prefix("The report: ")).expect("no word of a report");
    fs::read_to_string(Path::new(path).with_extension(form)).unwrap()
}

#[tokio::test]
async fn it_plays_the_whole_story_by_itself() {
    let (_folder, playground) = folder();
    let ended = Program::run([Path::new("demo"), "--yes".as_ref(), "--keep".as_ref(), &playground]).await;
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(ended.errors, "");
    assert_eq!(current(&playground), "v1.2.9");
    insta::assert_snapshot!("story", settled(&ended.said, playground.to_str().unwrap()));
    assert_report_is_whole(&report(&ended.said, "md"));
    let data: serde_json::Value = serde_json::from_str(&report(&ended.said, "json")).unwrap();
    assert!(data.is_object(), "{data}");
}

/// The fields of the incident report [P6] and of the rollback record [P7].
fn assert_report_is_whole(report: &str) {
    let sections = [
        "# Rollback incident report INC-",
        "## Reason",
        "## Impact",
        "## Root cause",
        "### What was done",
        "### Where the minutes went",
        "## Timeline (UTC)",
        "## Follow-ups",
        "## Lessons",
    ];
    let facts = [
        "**Start:** 2",
        "**End:** 2",
        "**Duration:** ",
        "**Requested by:** requester, ",
        "**Approved by:** on-call engineer as on-call engineer (said by static rota), ",
        "**Type:** A",
        "**Result:** success",
        "**Data, as stated:** none",
        "from v1.3.0 to v1.2.9",
        "state: checks pass",
        "answers are slow and fail",
    ];
    for part in sections.iter().chain(&facts) {
        assert!(report.contains(part), "`{part}` is not in the report:\n{report}");
    }
}

#[tokio::test]
async fn a_deny_ends_it_and_nothing_moves() {
    let (_folder, playground) = folder();
    let mut demo = Program::start([Path::new("demo"), "--keep".as_ref(), &playground]);
    demo.types(REQUEST).await;
    demo.says("[2] Deny").await;
    // The first asks for confirmation, the second confirms.
    demo.types("as on-call: 2").await;
    demo.types("as on-call: 2").await;
    let ended = demo.ended().await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.said.contains("denied"), "{}", ended.said);
    assert_eq!(current(&playground), "v1.3.0");
    assert_eq!(kinds(&playground).await, ["requested", "planned", "denied"]);
}

#[tokio::test]
async fn a_script_with_mistakes_is_answered_and_comes_to_its_end() {
    let (_folder, playground) = folder();
    let mut demo = Program::start([Path::new("demo"), "--keep".as_ref(), &playground]);
    let mistakes = [
        ("\u{0}\u{7}$(touch /tmp/never) `id` ; rm -rf", "is no command"),
        ("/rollback api-servcie v1.2.9", "api-service"),
        ("/rollback api-service v1.2.9 severity=awful", "severity"),
        ("99", "There is no button [99]."),
        ("as stranger: /rollback api-service v1.2.9 because I say so", "(only stranger sees this)"),
    ];
    for (line, answer) in mistakes {
        demo.types(line).await;
        demo.says(answer).await;
    }
    demo.types(REQUEST).await;
    demo.says("[1] Approve").await;
    // The requester is not on call, and a first press only asks.
    demo.types("1").await;
    demo.types("1").await;
    demo.types("as on-call: 1").await;
    demo.types("as on-call: 1").await;
    let ended = demo.ended().await;
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(current(&playground), "v1.2.9");
    assert!(!Path::new("/tmp/never").exists());
    let kinds = kinds(&playground).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "voted").count(), 1, "{kinds:?}");
    assert_eq!(kinds.last().map(String::as_str), Some("finished"));
}
