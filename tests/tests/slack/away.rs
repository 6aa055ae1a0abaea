//! Slack is away, slow or over its limits: the rollback goes on, and the end is always shown.

use std::time::Duration;

use commands::saga::Phase;
use tests::harness::Reader;
use tests::slack::Trouble;

use super::rig::{ASK, Rig};

/// The final card stands, and nothing is left of the states before it.
async fn ends_well(rig: Rig) {
    let card = rig.shown("on-call", "room", "*Took:*").await;
    rig.shown("stakeholder", "status", "rolled back api-service").await;
    rig.shown("on-call", "room", "incident report").await;
    rig.pass(5).await;
    let (room, report) = (rig.room(), "INC-2024-0115-001: incident report");
    assert_eq!(rig.count(&room, report), 1, "{}", rig.sees("on-call", &room));
    assert!(rig.slack.text_of(&card).contains("rolled back api-service"));
    assert!(!rig.person("on-call").could_click("Abort", &card));
    let leaks = rig.slack.leaks_in(&rig.slack.journal_lines());
    assert_eq!(leaks, Vec::<String>::new());
}

#[tokio::test]
async fn a_slack_that_is_down_delays_no_rollback_and_shows_the_end_when_it_is_back() {
    let rig = Rig::start().await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    rig.slack.goes_away();
    rig.pass(40).await;
    let seen = Reader::of(&rig.scene).look().await;
    assert!(seen.is(1, Phase::Finished), "it went on without Slack");
    let took = seen.rollback(1).ended_at.unwrap().duration_since(seen.rollback(1).approved_at.unwrap());
    assert!(took.as_secs() <= 30, "{took}");
    assert!(!rig.sees("on-call", &rig.room()).contains("rolled back api-service"));
    rig.slack.heal();
    ends_well(rig).await;
}

#[tokio::test]
async fn the_final_card_arrives_through_every_weather() {
    let storms = [
        Trouble::RateLimited(Some(7)),
        Trouble::RateLimited(None),
        Trouble::ServerError(500),
        Trouble::ServerError(503),
        Trouble::Reset,
        Trouble::Empty,
        Trouble::HalfJson,
        Trouble::Refused("internal_error"),
        Trouble::SlowBody(Duration::from_millis(40)),
    ];
    for storm in storms {
        let rig = Rig::start().await;
        rig.says("on-call", ASK).await;
        let proposal = rig.proposal().await;
        rig.clicks("on-call", "Approve", &proposal).await;
        rig.slack.fail_next("chat.update", 4, storm.clone());
        rig.slack.fail_next("chat.postMessage", 3, storm.clone());
        rig.slack.fail_next("files.completeUploadExternal", 2, storm);
        ends_well(rig).await;
    }
}

/// It accepts connections and says nothing: a call ends by its own deadline, of real time.
#[tokio::test]
async fn a_slack_that_hangs_is_left_alone_after_a_deadline() {
    let rig = Rig::start().await;
    rig.slack.fail_next("conversations.create", 1, Trouble::Hangs);
    rig.says("on-call", ASK).await;
    tokio::time::timeout(Duration::from_secs(25), async {
        while rig.slack.calls("conversations.create").len() < 2 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            rig.scene.clock.advance(Duration::from_millis(500));
        }
    })
    .await
    .expect("the call ends");
    rig.proposal().await;
}
