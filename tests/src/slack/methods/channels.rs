//! Channels: made, named, described, put away.

use serde_json::json;

use super::channel_name;
use crate::slack::arguments::Arguments;
use crate::slack::content::Content;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, Channel, Message, Visibility, World};

/// Published: a topic has at most so many characters.
const TOPIC: usize = 250;

pub(super) fn create(world: &mut World, arguments: &Arguments) -> Answer {
    let name = arguments.must("name");
    channel_name::check(world, &name, None)?;
    let visibility = if arguments.flag("is_private") { Visibility::Private } else { Visibility::Public };
    let (id, now) = (world.id("C"), world.seconds());
    let channel = Channel::new(id.clone(), &name, visibility, BOT_USER, now);
    let object = channel.object();
    world.channels.insert(id, channel);
    Ok(json!({"channel": object}))
}

pub(super) fn rename(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, name) = (arguments.must("channel"), arguments.must("name"));
    world.open_channel(&id)?;
    channel_name::check(world, &name, Some(&id))?;
    let channel = world.open_channel(&id)?;
    if channel.creator != BOT_USER {
        return Err(Refusal::new("not_authorized"));
    }
    channel.previous_names.push(std::mem::replace(&mut channel.name, name));
    Ok(json!({"channel": channel.object()}))
}

pub(super) fn archive(world: &mut World, arguments: &Arguments) -> Answer {
    let channel = world.channel(&arguments.must("channel"))?;
    if channel.archived {
        return Err(Refusal::new("already_archived"));
    }
    if channel.general {
        return Err(Refusal::new("cant_archive_general"));
    }
    if channel.visibility == Visibility::Direct {
        return Err(Refusal::new("method_not_supported_for_channel_type"));
    }
    if !channel.has(BOT_USER) {
        return Err(Refusal::new("not_in_channel"));
    }
    channel.archived = true;
    Ok(json!({}))
}

pub(super) fn unarchive(world: &mut World, arguments: &Arguments) -> Answer {
    let channel = world.channel(&arguments.must("channel"))?;
    if !channel.archived {
        return Err(Refusal::new("not_archived"));
    }
    channel.archived = false;
    Ok(json!({}))
}

pub(super) fn set_topic(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, topic) = (arguments.must("channel"), arguments.must("topic"));
    describe(world, &id, &topic, "channel_topic")?.topic.clone_from(&topic);
    Ok(json!({"channel": world.channels[&id].object()}))
}

pub(super) fn set_purpose(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, purpose) = (arguments.must("channel"), arguments.must("purpose"));
    describe(world, &id, &purpose, "channel_purpose")?.purpose.clone_from(&purpose);
    Ok(json!({"purpose": purpose}))
}

/// The channel, told that it is described anew.
fn describe<'a>(world: &'a mut World, id: &str, text: &str, subtype: &'static str) -> Result<&'a mut Channel, Refusal> {
    world.open_channel(id)?;
    if text.chars().count() > TOPIC {
        return Err(Refusal::new("too_long"));
    }
    let mut told = Message::new(world, id, BOT_USER, Content::text(text));
    told.subtype = Some(subtype);
    world.post(told);
    world.open_channel(id)
}

pub(super) fn open(world: &mut World, arguments: &Arguments) -> Answer {
    if let Some(id) = arguments.text("channel") {
        return Ok(json!({"channel": world.channel(&id)?.object()}));
    }
    let users = arguments.list("users");
    let [user] = users.as_slice() else {
        let code = if users.is_empty() { "users_list_not_supplied" } else { "invalid_user_combination" };
        return Err(Refusal::new(code));
    };
    if !world.users.contains_key(user) {
        return Err(Refusal::new("user_not_found"));
    }
    let id = direct(world, user);
    Ok(json!({"channel": {"id": id}}))
}

/// The direct conversation with this person, made if there is none.
pub(crate) fn direct(world: &mut World, user: &str) -> String {
    let mut channels = world.channels.values();
    let known = channels.find(|channel| channel.visibility == Visibility::Direct && channel.has(user));
    if let Some(known) = known {
        return known.id.clone();
    }
    let (id, now) = (world.id("D"), world.seconds());
    let mut channel = Channel::new(id.clone(), "", Visibility::Direct, BOT_USER, now);
    channel.members.push(user.into());
    world.channels.insert(id.clone(), channel);
    id
}
