//! Modals and home tabs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{APP, BOT, TEAM};

/// What people have put in, by block and action.
type ViewState = BTreeMap<(String, String), Value>;

/// A view that is open.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub id: String,
    pub root: String,
    pub previous: Option<String>,
    pub hash: String,
    /// As the bot sent it, with block ids.
    pub content: Value,
    pub state: ViewState,
    /// What the last submission was answered with, by block.
    pub errors: BTreeMap<String, String>,
}

impl View {
    /// As payloads and answers tell it.
    pub fn object(&self) -> Value {
        let mut values = json!({});
        for ((block, action), value) in &self.state {
            values[block][action] = value.clone();
        }
        let mut object = json!({
            "private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": false,
            "notify_on_close": false, "close": null, "submit": null,
        });
        if let (Some(object), Some(content)) = (object.as_object_mut(), self.content.as_object()) {
            object.extend(content.clone());
        }
        let own = json!({
            "id": self.id, "team_id": TEAM, "hash": self.hash, "root_view_id": self.root,
            "previous_view_id": self.previous, "state": {"values": values}, "app_id": APP,
            "app_installed_team_id": TEAM, "bot_id": BOT,
        });
        if let (Some(object), Value::Object(own)) = (object.as_object_mut(), own) {
            object.extend(own);
        }
        object
    }

    /// A field of the content as text.
    pub fn text(&self, name: &str) -> &str {
        self.content[name].as_str().unwrap_or_default()
    }
}
