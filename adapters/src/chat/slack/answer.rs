//! Answers for one person alone: by the address that came with the command or click, else beside it in the
//! same channel, else in that person's own messages with the app. Each is tried once.

use commands::model::{Message, ReplyHandle};
use commands::ports::ChatError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::{Line, Trouble, plain};
use super::render::{Documents, is_id, render};
use super::schedule::{Turn, Urgency};

/// How somebody is answered. It holds a capability, and stands in the log's rows only until it is used.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Reply {
    /// The `response_url`; empty where there is none.
    #[serde(default)]
    pub(super) url: String,
    /// The channel where it was said.
    #[serde(default)]
    pub(super) channel: String,
    /// Who said it.
    pub(super) user: String,
    /// Whether what was clicked is itself such an answer: then this takes its place, so that its buttons go.
    #[serde(default)]
    pub(super) replaces: bool,
}

impl Reply {
    /// As the engine keeps it.
    pub(super) fn handle(&self) -> ReplyHandle {
        // Four plain fields always serialize.
        ReplyHandle(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Says it.
pub(super) async fn answer(line: &Line, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
    let what = "answering";
    let Ok(reply) = serde_json::from_str::<Reply>(&reply.0) else {
        return Err(ChatError::Refused { what, why: "the handle is not of this chat".to_owned() });
    };
    let rendered = render(content, &[], Documents::Shown);
    if !reply.url.is_empty() {
        let body = json!({
            "response_type": "ephemeral",
            "replace_original": reply.replaces,
            "text": rendered.text,
            "blocks": rendered.blocks,
        });
        match line.respond(&reply.url, &body).await {
            Ok(()) => return Ok(()),
            // Used up or too old: it was not said, and can be said in another way.
            Err(Trouble::Refused { code, .. }) => tracing::debug!(code, "an answer goes another way"),
            Err(trouble) => return Err(trouble.into_error(what)),
        }
    }
    if !is_id(&reply.user) {
        return Err(ChatError::Refused { what, why: "nobody to answer".to_owned() });
    }
    let message = json!({ "text": rendered.text, "blocks": rendered.blocks, "parse": "none", "link_names": false });
    if !reply.channel.is_empty() {
        let mut body = message.clone();
        body["channel"] = json!(reply.channel);
        body["user"] = json!(reply.user);
        match line.post(what, plain("chat.postEphemeral", Urgency::Answer), &body).await {
            Ok(_) => return Ok(()),
            Err(Trouble::Refused { code, .. }) => tracing::debug!(code, "an answer goes another way"),
            Err(trouble) => return Err(trouble.into_error(what)),
        }
    }
    let mut body = message;
    body["channel"] = json!(reply.user);
    let turn = Turn { method: "chat.postMessage", channel: Some(&reply.user), message: None, urgency: Urgency::Answer };
    line.post(what, turn, &body).await.map(drop).map_err(|trouble| trouble.into_error(what))
}
