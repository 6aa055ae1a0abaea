//! The payloads, with all the fields that Slack sends.

use serde_json::{Value, json};

use crate::slack::world::{APP, Message, TEAM, View, World, told};

fn team(id: &str) -> Value {
    let domain = if id == TEAM { "home" } else { "other" };
    json!({"id": id, "domain": domain})
}

fn person(world: &World, id: &str) -> Value {
    let user = &world.users[id];
    json!({"id": id, "username": user.handle(), "name": user.handle(), "team_id": user.team})
}

/// A slash command. Slack escapes three letters in what was typed.
pub(crate) fn command(world: &mut World, user: &str, channel: &str, text: &str) -> Value {
    let (command, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let escaped = rest.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let text = if world.rules.commands_escaped { escaped } else { rest.trim().to_owned() };
    let (reply, trigger) = (world.reply_url("commands", user, channel, None), world.trigger(user, None));
    let from = &world.users[user];
    json!({
        "token": world.verification_token, "team_id": from.team, "team_domain": "home", "channel_id": channel,
        "channel_name": world.channels[channel].told_name(), "user_id": user, "user_name": from.handle(),
        "command": command, "text": text, "api_app_id": APP, "is_enterprise_install": "false",
        "response_url": reply, "trigger_id": trigger,
    })
}

/// What was acted on: the block, the element, and what was chosen of it.
pub(crate) struct Clicked<'a> {
    pub block: &'a Value,
    pub element: &'a Value,
    pub chosen: Option<Value>,
}

impl Clicked<'_> {
    fn action(&self, at: &str) -> Value {
        let mut action = json!({
            "type": self.element["type"], "action_id": self.element["action_id"],
            "block_id": self.block["block_id"], "action_ts": at,
        });
        for name in ["text", "value", "style", "url", "placeholder"] {
            if !self.element[name].is_null() {
                action[name] = self.element[name].clone();
            }
        }
        if let (Some(Value::Object(chosen)), Some(action)) = (self.chosen.clone(), action.as_object_mut()) {
            action.extend(chosen);
        }
        action
    }
}

/// A click in a message, or in a view.
pub(crate) fn block_actions(
    world: &mut World,
    user: &str,
    place: Result<&Message, &View>,
    clicked: &Clicked<'_>,
) -> Value {
    let trigger = world.trigger(user, place.err().map(|view| view.id.clone()));
    let at = world.stamp();
    let mut payload = json!({
        "type": "block_actions", "user": person(world, user), "api_app_id": APP,
        "token": world.verification_token, "trigger_id": trigger, "team": team(TEAM), "enterprise": null,
        "is_enterprise_install": false, "actions": [told(world, clicked.action(&at))],
    });
    match place {
        Ok(message) => {
            let original = Some((message.ts.clone(), message.thread.clone()));
            payload["response_url"] = json!(world.reply_url("actions", user, &message.channel, original));
            let ephemeral = message.only_for.is_some();
            payload["container"] = json!({
                "type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": ephemeral,
            });
            payload["channel"] = json!({"id": message.channel, "name": world.channels[&message.channel].told_name()});
            payload["state"] = json!({"values": {}});
            if let Some(thread) = &message.thread {
                payload["container"]["thread_ts"] = json!(thread);
            }
            if !ephemeral {
                payload["message"] = message.object(world, true);
            }
        }
        Err(view) => {
            payload["container"] = json!({"type": "view", "view_id": view.id});
            payload["view"] = view.object();
        }
    }
    payload
}

fn of_view(world: &World, user: &str, kind: &str, view: &View) -> Value {
    json!({
        "type": kind, "team": team(TEAM), "user": person(world, user), "api_app_id": APP,
        "token": world.verification_token, "view": view.object(), "is_enterprise_install": false, "enterprise": null,
    })
}

/// A modal is sent.
pub(crate) fn view_submission(world: &mut World, user: &str, view: &View) -> Value {
    let mut payload = of_view(world, user, "view_submission", view);
    payload["trigger_id"] = json!(world.trigger(user, Some(view.id.clone())));
    payload["response_urls"] = json!([]);
    payload
}

/// A modal is closed without being sent.
pub(crate) fn view_closed(world: &World, user: &str, view: &View, cleared: bool) -> Value {
    let mut payload = of_view(world, user, "view_closed", view);
    payload["is_cleared"] = json!(cleared);
    payload
}

/// Somebody types into a select whose options the bot knows.
pub(crate) fn block_suggestion(world: &World, user: &str, view: &View, block: &Value, typed: &str) -> Value {
    let mut payload = of_view(world, user, "block_suggestion", view);
    payload["container"] = json!({"type": "view", "view_id": view.id});
    payload["block_id"] = block["block_id"].clone();
    payload["action_id"] = block["element"]["action_id"].clone();
    payload["value"] = json!(typed);
    payload
}
