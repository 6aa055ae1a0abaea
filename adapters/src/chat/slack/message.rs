//! Messages: posted with a key that is found again, edited in place, with their documents beside them.

use commands::model::{Identity, Message};
use commands::ports::{ChatError, Showing};
use serde_json::{Value, json};

use super::address::{self, Address};
use super::call::{Line, Trouble, plain};
use super::files;
use super::render::{Documents, Rendered, render};
use super::schedule::{Turn, Urgency};

/// The kind of our metadata; its payload holds strings alone, since clients drop messages with others.
const METADATA: &str = "switchback_message";
/// So many pages of two hundred messages are looked through for a key.
const PAGES: usize = 5;

/// Posts or edits, and gives the message's id.
pub(super) async fn show(line: &Line, showing: &Showing<'_>) -> Result<String, ChatError> {
    let mentions: Vec<&str> = showing.notify.iter().map(|identity: &Identity| identity.user.as_str()).collect();
    let rendered = render(showing.content, &mentions, Documents::AsFiles);
    let address = address::read(showing.room);
    let id = match showing.message {
        Some(id) => edit(line, &address, id, showing, &rendered).await?,
        None => post(line, &address, showing, &rendered).await?,
    };
    for (name, text) in &rendered.files {
        let attached = files::attach(line, &address, &id, name, text).await;
        // The message is there: only its file waits, and the caller must not think that nothing was sent.
        attached.map_err(|error| match error {
            ChatError::Busy { what } => ChatError::Away { what, why: "over its limits".to_owned() },
            error => error,
        })?;
    }
    Ok(id)
}

async fn post(
    line: &Line,
    address: &Address<'_>,
    showing: &Showing<'_>,
    rendered: &Rendered,
) -> Result<String, ChatError> {
    let what = "posting a message";
    let mut body = body(address, showing, rendered);
    // Typed text is never looked through for addresses, names or links.
    body["unfurl_links"] = json!(false);
    body["unfurl_media"] = json!(false);
    if let Some(thread) = address.thread {
        body["thread_ts"] = json!(thread);
    }
    let urgency = if showing.content.is_final { Urgency::Final } else { Urgency::News };
    let turn = Turn { method: "chat.postMessage", channel: Some(address.channel), message: None, urgency };
    let answer = line.post(what, turn, &body).await.map_err(|trouble| post_trouble(trouble, what))?;
    match answer["ts"].as_str() {
        Some(id) => Ok(id.to_owned()),
        None => Err(ChatError::Away { what, why: "the answer names no message".to_owned() }),
    }
}

async fn edit(
    line: &Line,
    address: &Address<'_>,
    id: &str,
    showing: &Showing<'_>,
    rendered: &Rendered,
) -> Result<String, ChatError> {
    let what = "editing a message";
    if !address::is_message(id) {
        return Err(ChatError::Gone { what });
    }
    let mut body = body(address, showing, rendered);
    body["ts"] = json!(id);
    let turn = Turn { method: "chat.update", channel: None, message: Some(id), urgency: urgency(showing.content) };
    match line.post(what, turn, &body).await {
        Ok(_) => Ok(id.to_owned()),
        Err(trouble) => Err(match trouble.code() {
            Some(
                "message_not_found"
                | "cant_update_message"
                | "edit_window_closed"
                | "channel_not_found"
                | "not_in_channel",
            ) => ChatError::Gone { what },
            _ => trouble.into_error(what),
        }),
    }
}

/// A state that nothing follows, or that asks something of somebody, goes before progress.
fn urgency(content: &Message) -> Urgency {
    if content.is_final || !content.notify.is_empty() { Urgency::Final } else { Urgency::Progress }
}

/// Blocks are always named: an edit that names none may leave the old ones, or take them away.
fn body(address: &Address<'_>, showing: &Showing<'_>, rendered: &Rendered) -> Value {
    json!({
        "channel": address.channel,
        "text": rendered.text,
        "blocks": rendered.blocks,
        "parse": "none",
        "link_names": false,
        "metadata": { "event_type": METADATA, "event_payload": { "attempt": showing.attempt } },
    })
}

fn post_trouble(trouble: Trouble, what: &'static str) -> ChatError {
    match trouble.code() {
        Some("channel_not_found" | "is_archived" | "not_in_channel" | "thread_not_found") => ChatError::Gone { what },
        _ => trouble.into_error(what),
    }
}

/// The message with this key, if it is among the newest thousand of its place.
pub(super) async fn find(line: &Line, room: &str, attempt: &str) -> Result<Option<String>, ChatError> {
    let what = "finding a message";
    let address = address::read(room);
    let method = if address.thread.is_some() { "conversations.replies" } else { "conversations.history" };
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let mut arguments = vec![
            ("channel", address.channel.to_owned()),
            ("include_all_metadata", "true".to_owned()),
            ("limit", "200".to_owned()),
        ];
        arguments.extend(address.thread.map(|thread| ("ts", thread.to_owned())));
        if !cursor.is_empty() {
            arguments.push(("cursor", cursor));
        }
        let page = match line.get(what, plain(method, Urgency::News), &arguments).await {
            Ok(page) => page,
            Err(trouble)
                if matches!(trouble.code(), Some("channel_not_found" | "not_in_channel" | "thread_not_found")) =>
            {
                return Ok(None);
            }
            Err(trouble) => return Err(trouble.into_error(what)),
        };
        let messages = page["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = messages.iter().find(|message| {
            let metadata = &message["metadata"];
            metadata["event_type"] == METADATA && metadata["event_payload"]["attempt"] == attempt
        });
        if let Some(id) = found.and_then(|message| message["ts"].as_str()) {
            return Ok(Some(id.to_owned()));
        }
        cursor = page["response_metadata"]["next_cursor"].as_str().unwrap_or_default().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    Ok(None)
}
