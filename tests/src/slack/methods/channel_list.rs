//! Channels: looked up and listed.

use serde_json::json;

use crate::slack::arguments::Arguments;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{BOT_USER, Visibility, World};

/// Published: a page has at most so many entries, and 100 if nothing is said.
const LARGEST: u64 = 1000;
const USUAL: u64 = 100;

pub(super) fn info(world: &mut World, arguments: &Arguments) -> Answer {
    Ok(json!({"channel": world.channel(&arguments.must("channel"))?.object()}))
}

pub(super) fn list(world: &mut World, arguments: &Arguments) -> Answer {
    let mut types = arguments.list("types");
    if types.is_empty() {
        types.push("public_channel".into());
    }
    let known = ["public_channel", "private_channel", "mpim", "im"];
    if types.iter().any(|kind| !known.contains(&kind.as_str())) {
        return Err(Refusal::new("invalid_types"));
    }
    let wanted = |visibility| match visibility {
        Visibility::Public => types.iter().any(|kind| kind == "public_channel"),
        Visibility::Private => types.iter().any(|kind| kind == "private_channel"),
        Visibility::Direct => types.iter().any(|kind| kind == "im"),
    };
    let without_archived = arguments.flag("exclude_archived");
    let channels: Vec<_> = world
        .channels
        .values()
        .filter(|channel| wanted(channel.visibility) && channel.shows_to(BOT_USER))
        .filter(|channel| !(without_archived && channel.archived))
        .map(|channel| channel.object())
        .collect();
    let (page, next) = page(&channels, arguments)?;
    Ok(json!({"channels": page, "response_metadata": {"next_cursor": next}}))
}

/// A part of a list, and the cursor of the next one.
pub(super) fn page<T: Clone>(all: &[T], arguments: &Arguments) -> Result<(Vec<T>, String), Refusal> {
    let start = match arguments.text("cursor") {
        None => 0,
        Some(cursor) => {
            let place = cursor.strip_prefix("next:").and_then(|place| place.parse().ok());
            place.filter(|place| *place <= all.len()).ok_or_else(|| Refusal::new("invalid_cursor"))?
        }
    };
    let limit = arguments.number("limit").filter(|limit| *limit > 0).unwrap_or(USUAL);
    if limit > LARGEST {
        return Err(Refusal::new("invalid_limit"));
    }
    let end = (start + usize::try_from(limit).unwrap_or(usize::MAX)).min(all.len());
    let next = if end < all.len() { format!("next:{end}") } else { String::new() };
    Ok((all[start..end].to_vec(), next))
}
