//! Messages.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::{APP, BOT, BOT_USER, TEAM, World};
use crate::slack::Notified;
use crate::slack::content::Content;
use crate::slack::screen::strings;

/// One message as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub channel: String,
    pub ts: String,
    pub author: String,
    pub content: Content,
    pub thread: Option<String>,
    /// Whether a reply also stands in the channel itself.
    pub broadcast: bool,
    /// Who alone sees it.
    pub only_for: Option<String>,
    pub edits: usize,
    pub deleted: bool,
    pub files: Vec<String>,
    pub reactions: Vec<(String, String)>,
    /// What Slack itself says: somebody joined, a topic was set.
    pub subtype: Option<&'static str>,
}

impl Message {
    /// With this content, of this author, now.
    pub fn new(world: &mut World, channel: &str, author: &str, content: Content) -> Self {
        Self {
            channel: channel.into(),
            ts: world.stamp(),
            author: author.into(),
            content,
            thread: None,
            broadcast: false,
            only_for: None,
            edits: 0,
            deleted: false,
            files: Vec::new(),
            reactions: Vec::new(),
            subtype: None,
        }
    }

    /// As programs see it. Metadata is shown only to who asks for it.
    pub fn object(&self, world: &World, with_metadata: bool) -> Value {
        let mut object = json!({
            "type": "message", "ts": self.ts, "user": self.author, "team": TEAM, "text": self.content.text,
        });
        if self.author == BOT_USER {
            object["bot_id"] = json!(BOT);
            object["app_id"] = json!(APP);
            object["bot_profile"] = json!({"id": BOT, "app_id": APP, "name": "switchback", "team_id": TEAM, "deleted": false, "updated": 0});
        }
        if !self.content.blocks.is_empty() {
            object["blocks"] = told(world, json!(self.content.blocks));
        }
        if let Some(thread) = &self.thread {
            object["thread_ts"] = json!(thread);
        }
        if let Some(subtype) = self.subtype {
            object["subtype"] = json!(subtype);
        }
        if self.edits > 0 {
            object["edited"] = json!({"user": self.author, "ts": self.ts});
        }
        let replies = world.messages.iter().filter(|reply| {
            reply.channel == self.channel
                && reply.thread.as_ref() == Some(&self.ts)
                && reply.ts != self.ts
                && !reply.deleted
        });
        let replies = replies.count();
        if replies > 0 {
            object["thread_ts"] = json!(self.ts);
            object["reply_count"] = json!(replies);
        }
        if let Some(metadata) = self.content.metadata.as_ref().filter(|_| with_metadata) {
            object["metadata"] = metadata.clone();
        }
        if !self.files.is_empty() {
            let files = self.files.iter().filter_map(|id| world.files.get(id));
            object["files"] = files.map(super::File::object).collect();
        }
        object
    }
}

/// Blocks, or a part of one, as payloads tell them.
pub(crate) fn told(world: &World, mut value: Value) -> Value {
    if world.rules.plain_texts_escaped {
        escape(&mut value);
    }
    value
}

fn escape(value: &mut Value) {
    if value["type"] == "plain_text"
        && let Some(text) = value["text"].as_str()
    {
        value["text"] = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into();
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(escape),
        Value::Array(items) => items.iter_mut().for_each(escape),
        _ => {}
    }
}

/// Whom a text calls: `<@U…>`, `<!here>`, `<!subteam^S…>`.
fn mentions(text: &str) -> Vec<String> {
    static CALLED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<([@!][^<>|]+)(?:\|[^<>]*)?>").unwrap());
    let called = CALLED.captures_iter(text).map(|found| found[1].to_owned());
    called.filter(|name| !name.starts_with("!date^")).collect()
}

impl World {
    /// Keeps a message and notifies whom it calls.
    pub fn post(&mut self, message: Message) -> String {
        let ts = message.ts.clone();
        let mut called: Vec<String> = strings(&message.content).iter().flat_map(|text| mentions(text)).collect();
        called.sort();
        called.dedup();
        for whom in called {
            self.notified.push(Notified { whom, channel: message.channel.clone(), ts: ts.clone() });
        }
        self.messages.push(message);
        ts
    }

    /// A message that stands in the channel for all.
    pub fn message(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| {
            message.channel == channel && message.ts == ts && !message.deleted && message.only_for.is_none()
        })
    }
}
