//! Who is in a channel.

use serde_json::json;

use crate::slack::arguments::Arguments;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, TEAM, Visibility, World};

/// Published: at most so many in one call.
const AT_ONCE: usize = 100;

pub(super) fn invite(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, users) = (arguments.must("channel"), arguments.list("users"));
    world.open_channel(&id)?;
    if users.is_empty() {
        return Err(Refusal::new("no_user"));
    }
    if users.len() > AT_ONCE {
        return Err(Refusal::arguments(&["users: no more than 100".into()]));
    }
    let refused: Vec<(String, &'static str)> =
        users.iter().filter_map(|user| Some((user.clone(), cannot_join(world, &id, user)?))).collect();
    let errors: Vec<_> = refused.iter().map(|(user, code)| json!({"user": user, "ok": false, "error": code})).collect();
    let force = arguments.flag("force") && refused.len() < users.len();
    if let Some((_, code)) = refused.first().filter(|_| !force) {
        return Err(Refusal::new(*code).with("errors", json!(errors)));
    }
    let channel = world.open_channel(&id)?;
    let joining = users.into_iter().filter(|user| refused.iter().all(|(other, _)| other != user));
    channel.members.extend(joining);
    Ok(json!({"channel": channel.object(), "errors": errors}))
}

fn cannot_join(world: &World, channel: &str, user: &str) -> Option<&'static str> {
    let Some(known) = world.users.get(user).filter(|user| !user.deleted) else { return Some("user_not_found") };
    match () {
        () if user == BOT_USER => Some("cant_invite_self"),
        () if world.channels[channel].has(user) => Some("already_in_channel"),
        () if known.team != TEAM => Some("no_external_invite_permission"),
        () => None,
    }
}

pub(super) fn kick(world: &mut World, arguments: &Arguments) -> Answer {
    let user = arguments.must("user");
    let channel = world.joined(&arguments.must("channel"))?;
    let code = match () {
        () if user == BOT_USER => "cant_kick_self",
        () if channel.general => "cant_kick_from_general",
        () if !channel.has(&user) => "not_in_channel",
        () => {
            channel.members.retain(|member| *member != user);
            return Ok(json!({"errors": {}}));
        }
    };
    Err(Refusal::new(code))
}

pub(super) fn join(world: &mut World, arguments: &Arguments) -> Answer {
    let channel = world.channel(&arguments.must("channel"))?;
    if channel.archived {
        return Err(Refusal::new("is_archived"));
    }
    if channel.visibility != Visibility::Public {
        return Err(Refusal::new("method_not_supported_for_channel_type"));
    }
    if channel.has(BOT_USER) {
        let told = json!({"warnings": ["already_in_channel"]});
        return Ok(json!({"channel": channel.object(), "warning": "already_in_channel", "response_metadata": told}));
    }
    channel.members.push(BOT_USER.into());
    Ok(json!({"channel": channel.object()}))
}

pub(super) fn leave(world: &mut World, arguments: &Arguments) -> Answer {
    let channel = world.channel(&arguments.must("channel"))?;
    if channel.general {
        return Err(Refusal::new("cant_leave_general"));
    }
    if !channel.has(BOT_USER) {
        return Ok(json!({"not_in_channel": true}));
    }
    if channel.visibility == Visibility::Private && channel.members.len() == 1 {
        return Err(Refusal::new("last_member"));
    }
    channel.members.retain(|member| member != BOT_USER);
    Ok(json!({}))
}

pub(super) fn list(world: &mut World, arguments: &Arguments) -> Answer {
    let members = world.channel(&arguments.must("channel"))?.members.clone();
    let (page, next) = super::channel_list::page(&members, arguments)?;
    Ok(json!({"members": page, "response_metadata": {"next_cursor": next}}))
}
