//! Socket Mode: cut, frozen, flooded with what is no envelope; nothing that was clicked is lost.

use std::time::Duration;

use serde_json::json;

use super::rig::{ASK, Rig};

/// Cuts, and waits until the bot has noticed and is back. What Slack sends into a dead socket meanwhile it
/// tells the person that clicked.
async fn cut(rig: &Rig, cut: impl FnOnce()) {
    let before = rig.slack.calls("socket").len();
    cut();
    rig.slack.until("another socket", |slack| (slack.calls("socket").len() > before).then_some(())).await;
    rig.slack.until_sockets(2).await;
}

#[tokio::test]
async fn sockets_that_are_cut_in_the_middle_come_back_and_nothing_is_lost() {
    let rig = Rig::start().await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    cut(&rig, || rig.slack.cut_socket(0)).await;
    rig.clicks("on-call", "Approve", &proposal).await;
    cut(&rig, || rig.slack.cut_sockets()).await;
    let card = rig.shown("on-call", "room", "rolling back").await;
    rig.says("on-call", "/rollback status").await;
    rig.shown("on-call", "room", "*Took:*").await;
    assert!(rig.slack.text_of(&card).contains("rolled back"));
    assert!(rig.told("on-call", &rig.operations).contains("1 incident"));
    rig.finish();
}

#[tokio::test]
async fn slack_refreshes_a_socket_and_another_one_is_opened_at_once() {
    let rig = Rig::start().await;
    for reason in ["warning", "refresh_requested"] {
        rig.slack.disconnect_socket(0, reason);
        rig.slack.until_sockets(2).await;
        rig.says("on-call", "/rollback status").await;
    }
    rig.pass(3).await;
    assert_eq!(rig.told("on-call", &rig.operations).matches("No incident is open").count(), 2);
    rig.finish();
}

#[tokio::test]
async fn what_is_no_envelope_ends_no_connection() {
    let rig = Rig::start().await;
    for place in [0, 1] {
        for text in ["", "{", "null", "[]", "\"x\"", "{}", r#"{"type":5}"#, r#"{"type":"hello"}"#] {
            rig.slack.socket_says(place, text);
        }
        for payload in [json!(null), json!([]), json!("x"), json!({}), json!({ "type": "block_actions" })] {
            let envelope = json!({
                "type": "interactive", "envelope_id": "e-1", "accepts_response_payload": false, "payload": payload,
            });
            rig.slack.socket_says(place, &envelope.to_string());
        }
        let unknown = json!({ "type": "something_new", "envelope_id": "e-2", "payload": {} });
        rig.slack.socket_says(place, &unknown.to_string());
        rig.slack.socket_says_bytes(place, &[0, 159, 146, 150]);
        rig.slack.socket_pings(place);
    }
    rig.settle().await;
    for _ in 0..2 {
        rig.says("on-call", "/rollback status").await;
    }
    rig.pass(3).await;
    assert_eq!(rig.told("on-call", &rig.operations).matches("No incident is open").count(), 2);
    assert_eq!(rig.slack.sockets(), 2);
}

#[tokio::test]
async fn an_envelope_that_comes_twice_counts_once() {
    let rig = Rig::start().await;
    rig.slack.double_next_envelope();
    rig.says("on-call", ASK).await;
    rig.proposal().await;
    rig.pass(5).await;
    assert_eq!(rig.slack.channel_names().iter().filter(|name| name.starts_with("incident")).count(), 1);
    assert_eq!(rig.told("on-call", &rig.operations).matches("proposed").count(), 1);
    rig.finish();
}

/// Everything is quiet and nothing comes any more, not even a pong: the connection is replaced.
#[tokio::test]
async fn a_frozen_socket_is_replaced() {
    let rig = Rig::start().await;
    let opened = rig.slack.calls("apps.connections.open").len();
    rig.slack.freeze_socket(0);
    let replaced = async {
        while rig.slack.calls("apps.connections.open").len() == opened {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), replaced).await.expect("the pings find it");
    // Slack itself may hold the frozen one for open a while longer.
    rig.slack
        .until("a third socket", |slack| (slack.sockets() >= 2 && slack.calls("socket").len() > 2).then_some(()))
        .await;
}
