//! Files, by the three calls of the second way to upload.

use serde_json::{Value, json};

use super::{BOT_USER, TEAM};

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileState {
    /// An address was given.
    Promised,
    /// The bytes are there.
    Uploaded,
    /// It was shared.
    Complete,
    /// It was deleted.
    Deleted,
}

/// One file.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub id: String,
    pub name: String,
    pub title: String,
    pub length: u64,
    pub content: Vec<u8>,
    pub state: FileState,
    pub channels: Vec<String>,
    /// The secret part of the address that takes the bytes.
    pub ticket: String,
    pub created: i64,
}

impl File {
    /// As `files.info` tells it.
    pub fn object(&self) -> Value {
        json!({
            "id": self.id, "created": self.created, "timestamp": self.created, "name": self.name,
            "title": self.title, "mimetype": "text/plain", "filetype": "text", "pretty_type": "Plain Text",
            "user": BOT_USER, "user_team": TEAM, "editable": false, "size": self.length, "mode": "hosted",
            "is_external": false, "is_public": true, "channels": self.channels, "groups": [], "ims": [],
        })
    }
}
