//! What goes wrong on the way, who may call, and how.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::slack::Trouble;

use super::client::{call, client, form, get, send, slack};

#[tokio::test]
async fn every_trouble_is_what_it_says() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let channel = slack.channel("operations", &[]);
    let post = || call(&slack, "chat.postMessage", json!({"channel": channel.0, "text": "x"}));
    let count = || slack.text_count(&channel);
    slack.fail_next("chat.postMessage", 1, Trouble::RateLimited(Some(7)));
    let limited = post().await;
    assert_eq!((limited.status, limited.retry_after), (429, Some(7)));
    slack.fail_next("*", 1, Trouble::RateLimited(None));
    let limited = post().await;
    assert_eq!((limited.status, limited.retry_after), (429, None));
    slack.fail_next("chat.postMessage", 1, Trouble::ServerError(503));
    let broken = post().await;
    assert_eq!((broken.status, broken.text.starts_with("<!DOCTYPE html>")), (503, true));
    slack.fail_next("chat.postMessage", 1, Trouble::Refused("fatal_error"));
    assert_eq!(post().await.outcome(), "fatal_error");
    slack.fail_next("chat.postMessage", 1, Trouble::HalfJson);
    assert_eq!(post().await.text, "{\"ok\": tr");
    assert_eq!(count(), 0, "nothing of this had an effect");
    slack.fail_after_effect("chat.postMessage", 1, Trouble::PlainOk);
    assert_eq!(post().await.text, "ok");
    slack.fail_after_effect("chat.postMessage", 1, Trouble::Empty);
    assert_eq!(post().await.text, "");
    slack.fail_next("chat.postMessage", 1, Trouble::SlowBody(Duration::from_millis(60)));
    let began = Instant::now();
    assert_eq!(post().await.outcome(), "ok");
    assert!(began.elapsed() >= Duration::from_millis(60));
    assert_eq!(count(), 3);
    assert_eq!(slack.planned_troubles(), Vec::<String>::new());
    let outcomes: Vec<String> =
        slack.journal().into_iter().map(|call| format!("{} {}", call.status, call.outcome)).collect();
    insta::assert_snapshot!(outcomes.join("\n"), @r"
    429 ratelimited
    429 ratelimited
    503 status 503
    200 fatal_error
    200 half
    200 plain ok
    200 empty
    200 ok
    ");
}

#[tokio::test]
async fn a_connection_is_reset_before_or_after_the_effect() {
    let (slack, _) = slack().await;
    let channel = slack.channel("operations", &[]);
    let url = format!("{}/chat.postMessage", slack.api_base());
    let post = || {
        let request = client().post(&url).timeout(Duration::from_millis(200));
        request.bearer_auth(slack.bot_token()).json(&json!({"channel": channel.0, "text": "x"})).send()
    };
    slack.fail_next("chat.postMessage", 1, Trouble::Reset);
    let reset = post().await.unwrap_err();
    assert!(!reset.is_timeout(), "{reset:?}");
    assert_eq!(slack.text_count(&channel), 0);
    slack.fail_after_effect("chat.postMessage", 1, Trouble::Reset);
    assert!(!post().await.unwrap_err().is_timeout());
    assert_eq!(slack.text_count(&channel), 1);
    slack.fail_next("chat.postMessage", 1, Trouble::Hangs);
    assert!(post().await.unwrap_err().is_timeout());
    slack.goes_away();
    assert!(post().await.is_err() && post().await.is_err());
    slack.heal();
    slack.rules(|rules| rules.rates = false);
    assert!(post().await.is_ok());
}

#[tokio::test]
async fn only_who_may_call_does() {
    let (slack, _) = slack().await;
    let channel = slack.channel("operations", &[]).0;
    let client = client();
    let at = |method: &str| format!("{}/{method}", slack.api_base());
    assert_eq!(send(client.post(at("auth.test"))).await.outcome(), "not_authed");
    assert_eq!(send(client.post(at("auth.test")).bearer_auth("xoxb-guessed")).await.outcome(), "invalid_auth");
    let app = slack.app_token();
    assert_eq!(send(client.post(at("auth.test")).bearer_auth(app)).await.outcome(), "not_allowed_token_type");
    let open = at("apps.connections.open");
    assert_eq!(send(client.post(&open).bearer_auth(slack.bot_token())).await.outcome(), "not_allowed_token_type");
    assert_eq!(send(client.get(&open).bearer_auth(app)).await.outcome(), "insecure_request");
    slack.set_scopes(&["users:read", "channels:manage"]);
    let refused = call(&slack, "chat.postMessage", json!({"channel": channel, "text": "x"})).await.json();
    assert_eq!((&refused["error"], &refused["needed"]), (&json!("missing_scope"), &json!("chat:write")));
    assert_eq!(refused["provided"], "channels:manage,users:read");
    assert_eq!(call(&slack, "conversations.create", json!({"name": "open"})).await.outcome(), "ok");
    let private = call(&slack, "conversations.create", json!({"name": "closed", "is_private": true})).await;
    assert_eq!(private.json()["needed"], "groups:write");
    slack.revoke_token();
    assert_eq!(get(&slack, "auth.test", &[]).await.outcome(), "token_revoked");
    assert_eq!(slack.leaks_in(&slack.journal_lines()), Vec::<String>::new());
}

#[tokio::test]
async fn arguments_come_as_query_form_or_json() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let channel = slack.channel("operations", &[]).0;
    let client = client();
    let post = || client.post(format!("{}/chat.postMessage", slack.api_base())).bearer_auth(slack.bot_token());
    let fields = form(&[("channel", &channel), ("text", "x"), ("blocks", r#"[{"type":"divider"}]"#)]);
    let formed = |body: String| post().header("content-type", "application/x-www-form-urlencoded").body(body);
    assert_eq!(send(formed(fields.clone())).await.outcome(), "ok");
    let with_token = format!("{fields}&token={}", slack.bot_token());
    let bare = client.post(format!("{}/chat.postMessage", slack.api_base()));
    let bare = bare.header("content-type", "application/x-www-form-urlencoded").body(with_token);
    assert_eq!(send(bare).await.outcome(), "ok");
    assert_eq!(get(&slack, "conversations.info", &[("channel", &channel)]).await.outcome(), "ok");
    let json = call(&slack, "conversations.info", json!({"channel": channel})).await;
    assert_eq!(json.outcome(), "invalid_arguments", "the method reads no JSON");
    let typed = |kind: &str, body: &'static str| post().header("content-type", kind.to_owned()).body(body);
    assert_eq!(send(typed("application/json", "{")).await.outcome(), "invalid_json");
    assert_eq!(send(typed("application/json", "[]")).await.outcome(), "json_not_object");
    assert_eq!(send(typed("text/plain", "x")).await.outcome(), "invalid_post_type");
    assert_eq!(slack.leaks_in(&slack.journal_lines()), Vec::<String>::new());
    let scopes = client.post(format!("{}/auth.test", slack.api_base())).bearer_auth(slack.bot_token());
    let scopes = scopes.send().await.unwrap().headers()["x-oauth-scopes"].to_str().unwrap().to_owned();
    assert!(scopes.contains("chat:write") && scopes.contains("commands"), "{scopes}");
}
