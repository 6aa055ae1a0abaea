//! The whole story on the real engine, from the command at the console to the report.

use std::fs;

use commands::model::Version;
use tests::conformance::platform::MovingRig as _;

use super::acts::OLD;
use super::ground::Ground;
use super::program::Program;
use super::transcript::{normalized, settled};

const REQUEST: &str = "/rollback api-service v1.2.9 severity=high data=none fix=90m because users get errors";

/// A broken release is rolled back: asked for, approved, moved, proven by HTTP, cleaned up after, reported.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_console_to_the_report() {
    let ground = Ground::new(&[]).await;
    let failed = ground.running().await;
    assert!(ground.rig.has_image(&failed));
    let file = ground.configuration();
    let mut bot = Program::start(["serve", "--config", file.to_str().unwrap()]);
    bot.types(REQUEST).await;
    bot.says("[1] Approve").await;
    bot.types("as on-call: 1").await;
    bot.says("again to confirm").await;
    bot.types("as on-call: 1").await;
    let said = bot.says("Close incident").await;
    // Once more, by chat: it is there, and the engine's own "previous" would lead forward again.
    bot.types(REQUEST).await;
    bot.says("v1.2.9 is running already. There is nothing to roll back.").await;
    bot.signal(nix::sys::signal::Signal::SIGTERM);
    let ended = bot.ended().await;
    assert!(ended.status.success() && ended.errors.is_empty(), "{ended:?}");
    assert_eq!(ground.rig.served().await, Some(Version::new(OLD)));

    let folder = ground.reports().parent().unwrap().to_str().unwrap().to_owned();
    let (removed, story) = apart(&settled(&ground.settled(&said), &folder), "  ✓ Remove what");
    insta::assert_snapshot!("story", story);
    let gone = "registry.example/shop/api:v1.3.0@sha256:0123456789ab… is removed from the manager's engine";
    assert!(removed.len() == 1 && removed[0].contains(gone), "{removed:?}");
    let report = fs::read_dir(ground.reports()).unwrap().map(|entry| entry.unwrap().path());
    let report = report.filter(|path| path.extension().is_some_and(|end| end == "md")).last().unwrap();
    let report = fs::read_to_string(report).unwrap();
    for part in
        ["**Result:** success", "from v1.3.0 to v1.2.9", "users get errors", "**Approved by:** on-call engineer"]
    {
        assert!(report.contains(part), "`{part}` is not in the report:\n{report}");
    }
    assert!(!ground.rig.has_image(&failed), "the failed image is still there");
    assert!(ground.rig.has_image(&ground.running().await), "the good one is gone");
}

/// The lines that begin so, and the others. The last step and the end of the run are so near to each other
/// that either may be shown first.
fn apart(text: &str, beginning: &str) -> (Vec<String>, String) {
    let (taken, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with(beginning));
    (taken.into_iter().map(str::to_owned).collect(), others.join("\n"))
}

/// What `doctor` and `plan` say, read as their user reads them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_and_the_plan() {
    let stack = "com.docker.stack.namespace=shop";
    let settings = ["--update-parallelism", "0", "--update-failure-action", "rollback", "--label", stack];
    let ground = Ground::new(&settings).await;
    ground.rig.update(&["--label-add", "since=then", "--env-add", "TOKEN=of-no-use"]).await;
    let folder = ground.reports().parent().unwrap().to_str().unwrap().to_owned();
    let doctor = ground.says("doctor", &[]).await;
    let lines = doctor.lines().filter(|line| line.contains("api-service@production/release"));
    let lines: Vec<&str> = lines.collect();
    insta::assert_snapshot!("doctor", ground.settled(&lines.join("\n")));
    let plan = ground.says("plan", &["api-service", OLD, "fix=90m"]).await;
    insta::assert_snapshot!("plan", normalized(&ground.settled(&plan), &folder));
}
