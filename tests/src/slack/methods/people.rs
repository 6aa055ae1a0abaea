//! People and groups of them, looked up.

use serde_json::json;

use crate::slack::arguments::Arguments;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{TEAM, TokenKind, World};

/// Addresses are shown only with a scope of their own.
fn sees_email(world: &World) -> bool {
    let bots = world.tokens.values().filter(|token| token.kind == TokenKind::Bot);
    bots.into_iter().any(|token| token.scopes.contains("users:read.email"))
}

pub(super) fn info(world: &mut World, arguments: &Arguments) -> Answer {
    let user = world.users.get(&arguments.must("user")).ok_or_else(|| Refusal::new("user_not_found"))?;
    Ok(json!({"user": user.object(sees_email(world))}))
}

pub(super) fn list(world: &mut World, arguments: &Arguments) -> Answer {
    let email = sees_email(world);
    let members: Vec<_> =
        world.users.values().filter(|user| user.team == TEAM).map(|user| user.object(email)).collect();
    let (members, next) = super::channel_list::page(&members, arguments)?;
    Ok(json!({"members": members, "cache_ts": world.seconds(), "response_metadata": {"next_cursor": next}}))
}

pub(super) fn by_email(world: &mut World, arguments: &Arguments) -> Answer {
    let email = arguments.must("email");
    let found = world.users.values().find(|user| user.email == email && !user.deleted && user.team == TEAM);
    let found = found.ok_or_else(|| Refusal::new("users_not_found"))?;
    Ok(json!({"user": found.object(true)}))
}

pub(super) fn groups(world: &mut World, arguments: &Arguments) -> Answer {
    let (users, count) = (arguments.flag("include_users"), arguments.flag("include_count"));
    let disabled = arguments.flag("include_disabled");
    let groups = world.groups.iter().filter(|group| disabled || !group.disabled);
    let groups: Vec<_> = groups.map(|group| group.object(users, count)).collect();
    Ok(json!({"usergroups": groups}))
}

pub(super) fn group_users(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, disabled) = (arguments.must("usergroup"), arguments.flag("include_disabled"));
    let group = world.groups.iter().find(|group| group.id == id && (disabled || !group.disabled));
    let group = group.ok_or_else(|| Refusal::new("no_such_subteam"))?;
    Ok(json!({"users": group.users}))
}
