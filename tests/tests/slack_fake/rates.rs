//! How often, by a clock that the test moves.

use std::time::Duration;

use serde_json::json;

use super::client::{call, get, slack};

#[tokio::test]
async fn a_channel_takes_one_message_a_second() {
    let (slack, clock) = slack().await;
    let (one, other) = (slack.channel("one", &[]).0, slack.channel("other", &[]).0);
    let post = |channel: &str| call(&slack, "chat.postMessage", json!({"channel": channel, "text": "x"}));
    assert_eq!(post(&one).await.outcome(), "ok");
    let early = post(&one).await;
    assert_eq!((early.status, early.retry_after, early.outcome().as_str()), (429, Some(1), "ratelimited"));
    assert_eq!(post(&other).await.outcome(), "ok", "channels are counted one by one");
    clock.advance(Duration::from_millis(999));
    assert_eq!(post(&one).await.status, 429);
    clock.advance(Duration::from_millis(1));
    assert_eq!(post(&one).await.outcome(), "ok");
    slack.rules(|rules| rules.message_burst = 3);
    clock.advance(Duration::from_secs(3));
    for outcome in ["ok", "ok", "ok", "ratelimited"] {
        assert_eq!(post(&one).await.outcome(), outcome);
    }
}

#[tokio::test]
async fn a_workspace_takes_so_many_messages_a_minute() {
    let (slack, clock) = slack().await;
    slack.rules(|rules| rules.messages_a_minute = 2);
    let channels: Vec<String> = (0..3).map(|number| slack.channel(&format!("c{number}"), &[]).0).collect();
    for (channel, outcome) in channels.iter().zip(["ok", "ok", "ratelimited"]) {
        assert_eq!(call(&slack, "chat.postMessage", json!({"channel": channel, "text": "x"})).await.outcome(), outcome);
    }
    clock.advance(Duration::from_secs(60));
    let post = json!({"channel": channels[2], "text": "x"});
    assert_eq!(call(&slack, "chat.postMessage", post).await.outcome(), "ok");
}

/// A method, its calls a minute, and arguments.
type Case = (&'static str, usize, &'static [(&'static str, &'static str)]);

#[tokio::test]
async fn each_tier_has_its_count() {
    let (slack, clock) = slack().await;
    let cases: [Case; 3] = [
        ("users.list", 20, &[]),
        ("conversations.info", 50, &[("channel", "C0")]),
        ("users.info", 100, &[("user", "U0")]),
    ];
    for (method, most, arguments) in cases {
        for _ in 0..most {
            assert_eq!(get(&slack, method, arguments).await.status, 200, "{method}");
        }
        clock.advance(Duration::from_millis(20_500));
        let beyond = get(&slack, method, arguments).await;
        assert_eq!((beyond.status, beyond.retry_after), (429, Some(40)), "{method}");
        clock.advance(Duration::from_millis(39_500));
        assert_eq!(get(&slack, method, arguments).await.status, 200, "{method}");
    }
}
