//! Every call of whole stories, held against Slack's published reference of methods, where it is at hand.

use std::io::Write as _;

use tests::slack::reference::Reference;

use super::rig::{ASK, By, Rig, place};

#[tokio::test]
async fn every_call_is_one_that_the_reference_knows() {
    let Some(reference) = Reference::find() else {
        let name = "slack::reference::every_call_is_one_that_the_reference_knows";
        let folder = Reference::folder();
        writeln!(std::io::stderr(), "NOT RUN: {name}; there is no reference at {}", folder.display()).unwrap();
        return;
    };
    let rig = Rig::with(By::Socket, |rig| {
        rig.scene.settings.rooms.publish = vec![place(&rig.users)];
        rig.scene.settings.rooms.bookmarks = vec![("Runbook".to_owned(), "https://runbooks.example.com".to_owned())];
        rig.scene.settings.rooms.archive_after = Some(jiff::SignedDuration::from_hours(1));
    })
    .await;
    rig.says("on-call", "/rollback").await;
    rig.slack.fail_after_effect("chat.postMessage", 1, tests::slack::Trouble::Reset);
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("lead", "Approve", &proposal).await;
    rig.clicks("on-call", "Approve", &proposal).await;
    let draft = rig.shown("on-call", "room", "not published yet").await;
    rig.clicks("on-call", "Publish", &draft).await;
    let report = rig.shown("on-call", "room", "[Close incident!]").await;
    rig.pass(60).await;
    rig.says("on-call", "/rollback repair").await;
    rig.pass(10).await;
    rig.clicks("on-call", "Close incident", &report).await;
    rig.pass_hours(2).await;
    let calls = rig.slack.journal();
    for method in [
        "apps.connections.open",
        "bookmarks.add",
        "bookmarks.list",
        "chat.getPermalink",
        "chat.postMessage",
        "chat.update",
        "conversations.archive",
        "conversations.create",
        "conversations.history",
        "conversations.info",
        "conversations.invite",
        "conversations.members",
        "conversations.replies",
        "conversations.setTopic",
        "files.completeUploadExternal",
        "files.getUploadURLExternal",
        "pins.add",
        "views.open",
    ] {
        assert!(calls.iter().any(|call| call.method == method && call.is_ok()), "{method} was not called");
    }
    assert_eq!(reference.problems(&calls), Vec::<String>::new());
    for call in calls.iter().filter(|call| !call.is_ok() && call.status == 200) {
        assert!(reference.knows_refusal(&call.method, &call.outcome), "{} {}", call.method, call.outcome);
    }
    rig.check();
}
