//! Where people talk. Chat is a projection of the log: a chat that is away delays no rollback.

use async_trait::async_trait;

use serde::Serialize;

use crate::model::{ChatName, Identity, IncidentId, Message, ReplyHandle, SlotId, Trouble};

/// The room that an incident wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomWish {
    /// The incident: what makes asking twice give the same room.
    pub incident: IncidentId,
    /// The name, by the template of the configuration.
    pub name: String,
    /// One line about what goes on.
    pub topic: String,
    /// Who should be there, by their identities in this chat.
    pub invite: Vec<Identity>,
    /// The room that it had, by the chat's own id: used again if it is still there.
    pub known: Option<String>,
}

/// What a room should have beside its messages. Asked for again whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Furniture {
    /// One line about what goes on.
    pub topic: String,
    /// Who should be there, by their identities in this chat.
    pub invite: Vec<Identity>,
    /// Messages that should be pinned, by the chat's own ids.
    pub pins: Vec<String>,
    /// Links at the top of the room, in order.
    pub bookmarks: Vec<Bookmark>,
}

/// A link at the top of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bookmark {
    /// What it says.
    pub title: String,
    /// Where it leads.
    pub target: BookmarkTarget,
}

/// Where a bookmark leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum BookmarkTarget {
    /// To this address.
    Address(String),
    /// To this message of the same room, by the chat's own id.
    Message(String),
}

/// A room that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The chat's own id.
    pub id: String,
    /// How people name it.
    pub shown_as: String,
    /// What did not work (an invitation, the topic) and does not matter enough to fail.
    pub shortcomings: Vec<String>,
}

/// One message to be shown, new or in place of what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing<'a> {
    /// The chat's own id of the room.
    pub room: &'a str,
    /// The place that the message fills.
    pub slot: &'a SlotId,
    /// The message that fills it now, by the chat's own id; `None` means that a new one is posted.
    pub message: Option<&'a str>,
    /// The same for every attempt at the same content, so that an unknown outcome can be looked up.
    pub attempt: &'a str,
    /// What to show.
    pub content: &'a Message,
    /// Who among `content.notify` this chat knows.
    pub notify: &'a [Identity],
}

/// Why a chat did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// It does not answer, or is over its limits. The same call may succeed later; whether this one
    /// had its effect is not known.
    #[error("{what} failed: {why}")]
    Away {
        /// What it was asked.
        what: &'static str,
        /// Its words.
        why: String,
    },
    /// It is at its limits, and was not asked. The newest content is to be given to it again soon.
    #[error("{what} waits for the chat's limits")]
    Busy {
        /// What it was to be asked.
        what: &'static str,
    },
    /// It said no, and will say no again.
    #[error("{what} was refused: {why}")]
    Refused {
        /// What it was asked.
        what: &'static str,
        /// Its words.
        why: String,
    },
    /// The message or the room is gone. A new one may be made.
    #[error("{what}: it is gone")]
    Gone {
        /// What it was asked.
        what: &'static str,
    },
}

/// One chat.
///
/// Contract: all text of a message is data and is escaped; what is too long is cut with a mark or
/// spilled, never refused; calls may come in any order and more than once.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Its name in identities and places.
    fn name(&self) -> &ChatName;

    /// Makes the incident's room, or finds it again.
    ///
    /// # Errors
    /// See [`ChatError`].
    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError>;

    /// Posts the message, or puts it in place of the one named. Gives the chat's own id of it.
    ///
    /// # Errors
    /// See [`ChatError`]; `Away` means that it may or may not be there now: [`find`](Self::find) tells.
    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError>;

    /// The message that an attempt of unknown outcome left in this room, if it did.
    ///
    /// # Errors
    /// See [`ChatError`].
    async fn find(&self, room: &str, attempt: &str) -> Result<Option<String>, ChatError>;

    /// Where replies to this message go, in place of the room's own id; `None` where the chat has no
    /// threads, or wants none.
    fn thread_of(&self, _room: &str, _message: &str) -> Option<String> {
        None
    }

    /// Whether [`furnish`](Self::furnish) does anything here.
    fn furnishes(&self) -> bool {
        false
    }

    /// Gives a room what it should have and lacks, and leaves what it has. What could not be given is
    /// returned, each on its own; the rest is given all the same. Calling it again changes nothing.
    ///
    /// # Errors
    /// See [`ChatError`]; after `Away` some of it may be there.
    async fn furnish(&self, _room: &str, _furniture: &Furniture) -> Result<Vec<Trouble>, ChatError> {
        Ok(Vec::new())
    }

    /// Puts a room away: it can be read, nobody writes there any more. Twice is no error.
    ///
    /// # Errors
    /// See [`ChatError`].
    async fn archive(&self, _room: &str) -> Result<(), ChatError> {
        Ok(())
    }

    /// Answers one person alone. Sent at most once: nothing is retried.
    ///
    /// # Errors
    /// See [`ChatError`].
    async fn answer(&self, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError>;
}
