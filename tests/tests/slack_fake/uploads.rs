//! Files, and what else outlives a message: edits, threads, pins, bookmarks, mentions.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::client::{call, client, get, send, slack};

#[tokio::test]
async fn a_file_is_promised_brought_and_shared() {
    let (slack, _) = slack().await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let promised =
        get(&slack, "files.getUploadURLExternal", &[("length", "6"), ("filename", "report.md")]).await.json();
    let complete = json!({"files": [{"id": promised["file_id"], "title": "Report"}], "channel_id": channel.0});
    assert_eq!(call(&slack, "files.completeUploadExternal", complete.clone()).await.outcome(), "file_not_found");
    let url = promised["upload_url"].as_str().unwrap();
    let bring = |body: &'static str| send(client().post(url).body(body));
    assert_eq!(bring("short").await.status, 400);
    assert_eq!(bring("report").await.status, 200);
    assert_eq!(bring("report").await.status, 409);
    assert_eq!(call(&slack, "files.completeUploadExternal", complete.clone()).await.outcome(), "ok");
    assert_eq!(call(&slack, "files.completeUploadExternal", complete).await.outcome(), "file_not_found");
    assert_eq!(slack.file("Report").as_deref(), Some("report"));
    let file = promised["file_id"].as_str().unwrap();
    assert_eq!(get(&slack, "files.info", &[("file", file)]).await.outcome(), "ok");
    assert_snapshot!(lead.sees(&channel), @r"
    #operations
    switchback: <Report: 6 bytes>
    ");
    for outcome in ["ok", "file_deleted"] {
        assert_eq!(call(&slack, "files.delete", json!({"file": file})).await.outcome(), outcome);
    }
    assert_eq!(get(&slack, "files.info", &[("file", file)]).await.outcome(), "file_deleted");
    assert_eq!(slack.leaks_in(&slack.journal_lines()), Vec::<String>::new());
}

#[tokio::test]
async fn a_channel_is_told_as_it_stands() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let lead = slack.person("team lead");
    let created = call(&slack, "conversations.create", json!({"name": "inc-1"})).await.json();
    let id = created["channel"]["id"].as_str().unwrap().to_owned();
    let channel = slack.find_channel("inc-1").unwrap();
    assert_eq!(channel.0, id);
    call(&slack, "conversations.invite", json!({"channel": id, "users": lead.id})).await;
    assert_eq!(slack.members(&channel), ["switchback", "team lead"]);
    call(&slack, "conversations.setTopic", json!({"channel": id, "topic": "P1"})).await;
    let bookmark = json!({"channel_id": id, "title": "Runbook", "type": "link", "link": "https://example.com/r"});
    assert_eq!(call(&slack, "bookmarks.add", bookmark).await.outcome(), "ok");
    let metadata = json!({"event_type": "slot", "event_payload": {"attempt": "1"}});
    let text = format!("<@{}> <!here> &lt;@{}&gt; see <https://example.com|this>", lead.id, lead.id);
    let posted =
        call(&slack, "chat.postMessage", json!({"channel": id, "text": text, "metadata": metadata})).await.json();
    let reply = json!({"channel": id, "text": "details", "thread_ts": posted["ts"]});
    assert_eq!(call(&slack, "chat.postMessage", reply).await.outcome(), "ok");
    call(&slack, "pins.add", json!({"channel": id, "timestamp": posted["ts"]})).await;
    assert_snapshot!(lead.sees(&channel), @r"
    #inc-1 — P1
    🔖 Runbook → https://example.com/r
    switchback: set the channel topic: P1
    switchback (pinned): ⟨@team lead⟩ ⟨@here⟩ <@U0005> see this (https://example.com)
      ↳ switchback: details
    ");
    let called: Vec<String> = slack.notified().into_iter().map(|one| one.whom).collect();
    assert_eq!(called, ["!here".to_owned(), format!("@{}", lead.id)]);

    let with = get(&slack, "conversations.history", &[("channel", &id), ("include_all_metadata", "true")]).await.json();
    let found: Vec<&Value> =
        with["messages"].as_array().unwrap().iter().filter(|one| one["metadata"] == metadata).collect();
    assert_eq!(found.len(), 1);
    let without = get(&slack, "conversations.history", &[("channel", &id)]).await.json();
    assert!(without["messages"].as_array().unwrap().iter().all(|one| one["metadata"].is_null()));
    let replies =
        get(&slack, "conversations.replies", &[("channel", &id), ("ts", posted["ts"].as_str().unwrap())]).await.json();
    assert_eq!(replies["messages"].as_array().unwrap().len(), 2);
    let page = get(&slack, "conversations.history", &[("channel", &id), ("limit", "1")]).await.json();
    let cursor = page["response_metadata"]["next_cursor"].as_str().unwrap();
    let next =
        get(&slack, "conversations.history", &[("channel", &id), ("limit", "1"), ("cursor", cursor)]).await.json();
    assert_ne!(page["messages"][0]["ts"], next["messages"][0]["ts"]);
}

#[tokio::test]
async fn an_edit_with_text_alone_takes_the_blocks_away() {
    let (slack, _) = slack().await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let blocks = json!([{"type": "header", "text": {"type": "plain_text", "text": "Card"}}]);
    let posted =
        call(&slack, "chat.postMessage", json!({"channel": channel.0, "text": "x", "blocks": blocks})).await.json();
    let edit = json!({"channel": channel.0, "ts": posted["ts"], "text": "only text"});
    slack.rules(|rules| rules.text_alone_removes_blocks = false);
    call(&slack, "chat.update", edit.clone()).await;
    assert!(lead.sees(&channel).contains("# Card"));
    slack.rules(|rules| rules.text_alone_removes_blocks = true);
    call(&slack, "chat.update", edit).await;
    assert_snapshot!(lead.sees(&channel), @r"
    #operations
    switchback (edited): only text
    ");
    let shown = json!({"channel": channel.0, "user": lead.id, "text": "for you"});
    let ts = call(&slack, "chat.postEphemeral", shown).await.json()["message_ts"].clone();
    let edit = json!({"channel": channel.0, "ts": ts, "text": "no"});
    assert_eq!(call(&slack, "chat.update", edit).await.outcome(), "message_not_found");
}
