//! Members of workspaces, and groups of them.

use serde_json::{Value, json};

use super::{BOT, BOT_USER, OTHER_TEAM, TEAM};

/// A member.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub id: String,
    pub team: String,
    /// As it is shown.
    pub name: String,
    pub email: String,
    pub is_bot: bool,
    pub deleted: bool,
}

impl User {
    /// A member of the bot's workspace, or a guest from the other one.
    pub fn new(id: String, name: &str, guest: bool) -> Self {
        let team = if guest { OTHER_TEAM } else { TEAM };
        let email = format!("{}@example.com", handle(name));
        Self { id, team: team.into(), name: name.into(), email, is_bot: false, deleted: false }
    }

    /// The bot itself.
    pub fn bot() -> Self {
        let mut bot = Self::new(BOT_USER.into(), "switchback", false);
        bot.is_bot = true;
        bot
    }

    /// The name without what a name may not hold: `on-call-engineer`.
    pub fn handle(&self) -> String {
        handle(&self.name)
    }

    /// As `users.info` tells it.
    pub fn object(&self, with_email: bool) -> Value {
        let mut profile = json!({
            "real_name": self.name, "real_name_normalized": self.name,
            "display_name": self.name, "display_name_normalized": self.name, "team": self.team,
        });
        if with_email {
            profile["email"] = json!(self.email);
        }
        if self.is_bot {
            profile["bot_id"] = json!(BOT);
        }
        json!({
            "id": self.id, "team_id": self.team, "name": self.handle(), "real_name": self.name,
            "deleted": self.deleted, "tz": "Etc/UTC", "tz_label": "UTC", "tz_offset": 0, "profile": profile,
            "is_admin": false, "is_owner": false, "is_primary_owner": false, "is_restricted": false,
            "is_ultra_restricted": false, "is_stranger": self.team != TEAM, "is_bot": self.is_bot,
            "is_app_user": false, "updated": 0,
        })
    }
}

fn handle(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
}

/// A group of users that can be named as one.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub id: String,
    pub handle: String,
    pub users: Vec<String>,
    pub disabled: bool,
}

impl Group {
    /// As `usergroups.list` tells it.
    pub fn object(&self, with_users: bool, with_count: bool) -> Value {
        let mut group = json!({
            "id": self.id, "team_id": TEAM, "is_usergroup": true, "is_subteam": true, "name": self.handle,
            "description": "", "handle": self.handle, "is_external": false, "date_create": 0, "date_update": 0,
            "date_delete": i32::from(self.disabled), "auto_type": null, "created_by": BOT_USER,
            "updated_by": BOT_USER, "deleted_by": null, "prefs": {"channels": [], "groups": []},
        });
        if with_users {
            group["users"] = json!(self.users);
        }
        if with_count {
            group["user_count"] = json!(self.users.len());
        }
        group
    }
}
