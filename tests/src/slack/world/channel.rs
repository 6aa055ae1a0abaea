//! Channels with who is in them and what is pinned to them.

use serde_json::{Value, json};

use super::{BOT_USER, TEAM, World};
use crate::slack::refusal::Refusal;

/// Who may see a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// Everybody of the workspace.
    Public,
    /// Its members.
    Private,
    /// The two of a direct conversation.
    Direct,
}

/// One channel.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub id: String,
    pub name: String,
    pub visibility: Visibility,
    pub members: Vec<String>,
    pub topic: String,
    pub purpose: String,
    pub archived: bool,
    /// The one channel that cannot be archived.
    pub general: bool,
    pub creator: String,
    pub created: i64,
    pub previous_names: Vec<String>,
    pub pins: Vec<Pin>,
    pub bookmarks: Vec<Bookmark>,
}

/// A message that is pinned.
#[derive(Debug, Clone)]
pub(crate) struct Pin {
    pub ts: String,
    pub by: String,
    pub at: i64,
}

/// A link above the messages.
#[derive(Debug, Clone)]
pub(crate) struct Bookmark {
    pub id: String,
    pub title: String,
    pub link: String,
    pub emoji: String,
    pub at: i64,
}

impl Bookmark {
    /// As `bookmarks.list` tells it.
    pub fn object(&self, channel: &str) -> Value {
        json!({
            "id": self.id, "channel_id": channel, "title": self.title, "link": self.link, "emoji": self.emoji,
            "icon_url": null, "type": "link", "entity_id": null, "date_created": self.at, "date_updated": 0,
            "rank": "g", "last_updated_by_user_id": BOT_USER, "last_updated_by_team_id": TEAM,
            "shortcut_id": null, "app_id": null,
        })
    }
}

impl Channel {
    /// Empty, with its creator in it.
    pub fn new(id: String, name: &str, visibility: Visibility, creator: &str, created: i64) -> Self {
        Self {
            id,
            name: name.into(),
            visibility,
            members: vec![creator.into()],
            topic: String::new(),
            purpose: String::new(),
            archived: false,
            general: false,
            creator: creator.into(),
            created,
            previous_names: Vec::new(),
            pins: Vec::new(),
            bookmarks: Vec::new(),
        }
    }

    /// Whether this user is in it.
    pub fn has(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }

    /// Whether this user can see what is in it.
    pub fn shows_to(&self, user: &str) -> bool {
        self.visibility == Visibility::Public || self.has(user)
    }

    /// The name that commands and clicks carry.
    pub fn told_name(&self) -> &str {
        match self.visibility {
            Visibility::Public => &self.name,
            Visibility::Private => "privategroup",
            Visibility::Direct => "directmessage",
        }
    }

    /// As `conversations.info` tells it to the bot.
    pub fn object(&self) -> Value {
        let direct = self.visibility == Visibility::Direct;
        json!({
            "id": self.id, "name": self.name, "name_normalized": self.name, "is_channel": !direct,
            "is_group": false, "is_im": direct, "is_mpim": false, "created": self.created,
            "creator": self.creator, "is_archived": self.archived, "is_general": self.general, "unlinked": 0,
            "is_shared": false, "is_ext_shared": false, "is_org_shared": false, "pending_shared": [],
            "is_pending_ext_shared": false, "is_member": self.has(BOT_USER),
            "is_private": self.visibility != Visibility::Public, "last_read": "0000000000.000000",
            "latest": null, "unread_count": 0, "unread_count_display": 0, "context_team_id": TEAM,
            "topic": {"value": self.topic, "creator": self.creator, "last_set": self.created},
            "purpose": {"value": self.purpose, "creator": self.creator, "last_set": self.created},
            "previous_names": self.previous_names, "num_members": self.members.len(),
        })
    }
}

impl World {
    /// The channel, if the bot can see it.
    pub fn channel(&mut self, id: &str) -> Result<&mut Channel, Refusal> {
        let channel = self.channels.get_mut(id).filter(|channel| channel.shows_to(BOT_USER));
        channel.ok_or_else(|| Refusal::new("channel_not_found"))
    }

    /// The channel, if the bot is in it.
    pub fn joined(&mut self, id: &str) -> Result<&mut Channel, Refusal> {
        let channel = self.channel(id)?;
        if channel.has(BOT_USER) { Ok(channel) } else { Err(Refusal::new("not_in_channel")) }
    }

    /// The channel, if the bot is in it and it is not archived.
    pub fn open_channel(&mut self, id: &str) -> Result<&mut Channel, Refusal> {
        let archived = self.channel(id)?.archived;
        if archived { Err(Refusal::new("is_archived")) } else { self.joined(id) }
    }
}
