//! Reactions.

use serde_json::json;

use crate::slack::arguments::Arguments;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, Message, World};

fn named<'a>(world: &'a mut World, arguments: &Arguments) -> Result<(&'a mut Message, String), Refusal> {
    let (id, name) = (arguments.must("channel"), arguments.must("name"));
    let letters = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-+'".contains(letter);
    if name.is_empty() || !name.chars().all(letters) {
        return Err(Refusal::new("invalid_name"));
    }
    if world.channel(&id)?.archived {
        return Err(Refusal::new("is_archived"));
    }
    let ts = arguments.text("timestamp").ok_or_else(|| Refusal::new("no_item_specified"))?;
    if ts.parse::<f64>().is_err() {
        return Err(Refusal::new("bad_timestamp"));
    }
    let message = world.message(&id, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    Ok((message, name))
}

pub(super) fn add(world: &mut World, arguments: &Arguments) -> Answer {
    let (message, name) = named(world, arguments)?;
    let reaction = (name, BOT_USER.to_owned());
    if message.reactions.contains(&reaction) {
        return Err(Refusal::new("already_reacted"));
    }
    message.reactions.push(reaction);
    Ok(json!({}))
}

pub(super) fn remove(world: &mut World, arguments: &Arguments) -> Answer {
    let (message, name) = named(world, arguments)?;
    let reaction = (name, BOT_USER.to_owned());
    let place = message.reactions.iter().position(|one| *one == reaction);
    message.reactions.remove(place.ok_or_else(|| Refusal::new("no_reaction"))?);
    Ok(json!({}))
}
