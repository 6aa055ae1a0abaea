//! The bot ends at bad moments, and there are two of it: nobody reads anything twice.

use std::sync::atomic::Ordering;

use tests::slack::Trouble;

use super::rig::{ASK, Rig};

/// Posted, and the bot ends before it can note that it was.
#[tokio::test]
async fn what_was_posted_before_a_crash_is_found_and_not_posted_again() {
    let mut rig = Rig::start().await;
    rig.bot().chat.dies_after_post.store(true, Ordering::SeqCst);
    rig.says("on-call", ASK).await;
    rig.pass(5).await;
    assert_eq!(rig.posts("INC-2024-0115-001/1#notice") + rig.posts("INC-2024-0115-001/1#proposal"), 1);
    rig.bots.last_mut().unwrap().kill().await;
    rig.start_bot().await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    rig.shown("on-call", "room", "incident report").await;
    rig.pass(60).await;
    for attempt in ["notice", "proposal", "progress", "user-text"] {
        assert_eq!(rig.posts(&format!("INC-2024-0115-001/1#{attempt}")), 1, "{attempt}: {}", rig.calls());
    }
    assert_eq!(rig.slack.channel_names().iter().filter(|name| name.starts_with("incident")).count(), 1);
    rig.finish();
}

/// Slack did it, and the answer was lost on its way.
#[tokio::test]
async fn what_was_posted_without_an_answer_is_found_and_not_posted_again() {
    for trouble in [Trouble::Reset, Trouble::ServerError(502), Trouble::HalfJson] {
        let rig = Rig::start().await;
        rig.slack.fail_after_effect("conversations.create", 1, trouble.clone());
        rig.slack.fail_after_effect("chat.postMessage", 2, trouble);
        rig.says("on-call", ASK).await;
        let proposal = rig.proposal().await;
        rig.clicks("on-call", "Approve", &proposal).await;
        rig.shown("on-call", "room", "incident report").await;
        rig.pass(60).await;
        assert_eq!(rig.slack.planned_troubles(), Vec::<String>::new());
        for attempt in ["notice", "proposal", "progress", "user-text"] {
            assert_eq!(rig.posts(&format!("INC-2024-0115-001/1#{attempt}")), 1, "{attempt}: {}", rig.calls());
        }
        assert_eq!(rig.posts("INC-2024-0115-001#report"), 1);
        assert_eq!(rig.slack.channel_names().iter().filter(|name| name.starts_with("incident")).count(), 1);
        rig.finish();
    }
}

/// Two replicas over one log, both connected: Slack gives each delivery to one of them.
#[tokio::test]
async fn two_bots_say_everything_once() {
    let mut rig = Rig::start().await;
    rig.start_bot().await;
    rig.slack.double_next_envelope();
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.slack.double_next_envelope();
    rig.clicks("on-call", "Approve", &proposal).await;
    // The one that shows ends; the other one goes on.
    rig.bots[0].kill().await;
    rig.shown("on-call", "room", "incident report").await;
    rig.pass(60).await;
    for attempt in ["notice", "proposal", "progress", "user-text"] {
        assert_eq!(rig.posts(&format!("INC-2024-0115-001/1#{attempt}")), 1, "{attempt}: {}", rig.calls());
    }
    rig.finish();
}
