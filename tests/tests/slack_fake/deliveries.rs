//! Requests over HTTP, signed and forged.

use std::time::Duration;

use serde_json::json;
use tests::slack::{Kind, SignedRequest};

use super::client::{Bot, slack};

/// The example that Slack's guide to signatures publishes.
#[test]
fn a_signature_is_that_of_the_guide() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
        channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
        response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
        trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let request = SignedRequest::new("http://x", "x", body, "8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618);
    let signature = request.headers.iter().find(|(name, _)| name == "x-slack-signature").unwrap();
    assert_eq!(signature.1, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
}

#[tokio::test]
async fn requests_can_be_spoilt_and_replayed() {
    let (slack, _) = slack().await;
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let good = lead.would_type("/rollback api", &channel);
    assert_eq!(bot.count(), 0);
    slack.send(&good).await.unwrap();
    let (first, body) = bot.last();
    slack.send(&good).await.unwrap();
    assert_eq!(bot.last(), (first.clone(), body.clone()), "a replay is the same to the letter");
    let spoilt = good.clone().with_body("text=other").with_header("x-slack-retry-num", "1");
    slack.send(&spoilt).await.unwrap();
    let (headers, other) = bot.last();
    assert_eq!((other.as_str(), &headers["x-slack-retry-num"]), ("text=other", &"1".parse().unwrap()));
    assert_eq!(headers["x-slack-signature"], first["x-slack-signature"]);
    slack.send(&good.with_header("x-slack-signature", "")).await.unwrap();
    assert!(!bot.last().0.contains_key("x-slack-signature"));
    let stale = slack.signed_bytes(Kind::Interactive, "application/x-www-form-urlencoded", b"payload=%7B", -301);
    slack.send(&stale).await.unwrap();
    let now = "2024-01-15T15:30:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    assert_eq!(bot.last().0["x-slack-request-timestamp"], (now - 301).to_string());
}

#[tokio::test]
async fn slack_itself_checks_the_addresses() {
    let (slack, _) = slack().await;
    let bot = Bot::listen(&slack).await;
    assert_eq!(slack.checks_certificate().await.unwrap().status, 200);
    assert_eq!(bot.payload()["ssl_check"], "1");
    assert!(slack.verifies_address().await.is_err(), "the bot did not give the challenge back");
    assert_eq!(bot.payload()["type"], "url_verification");
}

#[tokio::test]
async fn an_event_that_failed_comes_again_and_says_so() {
    let (slack, clock) = slack().await;
    let bot = Bot::listen(&slack).await;
    bot.answers(500, "");
    assert!(!slack.sends_event(&json!({"type": "app_home_opened"})).await.acknowledged);
    let first = bot.payload();
    clock.advance(Duration::from_secs(1));
    let again = slack.redeliver_due().await;
    assert!(again[0].acknowledged && again[0].attempt == 1, "{again:?}");
    let (headers, _) = bot.last();
    assert_eq!(
        (&headers["x-slack-retry-num"], &headers["x-slack-retry-reason"]),
        (&"1".parse().unwrap(), &"http_error".parse().unwrap())
    );
    assert_eq!(bot.payload()["event_id"], first["event_id"]);
    assert_eq!(slack.redeliver_due().await.len(), 0);
}

#[tokio::test]
async fn nobody_at_the_address_is_told_to_the_author() {
    let (slack, _) = slack().await;
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    bot.answers(503, "");
    lead.types("/rollback api", &channel).await;
    bot.answers(200, r#"{"blocks": [{"type": "hologram"}]}"#);
    lead.types("/rollback api", &channel).await;
    insta::assert_snapshot!(lead.sees(&channel), @r#"
    #operations
    Slackbot (only you): /rollback failed with the error "status 503"
    "#);
    insta::assert_snapshot!(slack.complaints().join("\n"), @r#"
    slash_commands was not acknowledged: status 503
    the acknowledgement cannot be shown: {"error":"invalid_blocks","ok":false,"response_metadata":{"messages":["[ERROR] unsupported type: hologram [json-pointer:/blocks/0]"]}}
    "#);
}
