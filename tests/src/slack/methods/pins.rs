//! Pins.

use serde_json::json;

use crate::slack::arguments::Arguments;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, Message, Pin, World};

/// The channel and the message that are named.
fn place(world: &mut World, arguments: &Arguments) -> Result<(String, String), Refusal> {
    let id = arguments.must("channel");
    world.joined(&id)?;
    let ts = arguments.text("timestamp").ok_or_else(|| Refusal::new("no_item_specified"))?;
    if ts.parse::<f64>().is_err() {
        return Err(Refusal::new("bad_timestamp"));
    }
    world.message(&id, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    Ok((id, ts))
}

pub(super) fn add(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, ts) = place(world, arguments)?;
    let (now, most) = (world.seconds(), world.rules.pins);
    let channel = world.open_channel(&id)?;
    if channel.pins.iter().any(|pin| pin.ts == ts) {
        return Err(Refusal::new("already_pinned"));
    }
    if channel.pins.len() >= most {
        return Err(Refusal::new("too_many_pins"));
    }
    channel.pins.push(Pin { ts, by: BOT_USER.into(), at: now });
    Ok(json!({}))
}

pub(super) fn remove(world: &mut World, arguments: &Arguments) -> Answer {
    let (id, ts) = place(world, arguments)?;
    let channel = world.channel(&id)?;
    if !channel.pins.iter().any(|pin| pin.ts == ts) {
        return Err(Refusal::new("no_pin"));
    }
    channel.pins.retain(|pin| pin.ts != ts);
    Ok(json!({}))
}

pub(super) fn list(world: &mut World, arguments: &Arguments) -> Answer {
    let id = arguments.must("channel");
    let pins = world.channel(&id)?.pins.clone();
    let items: Vec<_> = pins
        .iter()
        .filter_map(|pin| {
            let message: Message = world.message(&id, &pin.ts)?.clone();
            let message = message.object(world, false);
            Some(json!({"type": "message", "channel": id, "created": pin.at, "created_by": pin.by, "message": message}))
        })
        .collect();
    Ok(json!({"items": items}))
}
