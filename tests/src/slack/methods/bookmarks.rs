//! Bookmarks: links above the messages of a channel.

use serde_json::json;

use crate::slack::arguments::Arguments;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{Bookmark, Channel, World};

/// Published in the reference of the method, in characters.
const TITLE: usize = 256;
const LINK: usize = 2048;

fn channel<'a>(world: &'a mut World, arguments: &Arguments) -> Result<&'a mut Channel, Refusal> {
    let id = arguments.text("channel_id").ok_or_else(|| Refusal::new("channel_not_found"))?;
    // Who is not in the channel may not touch its bookmarks.
    world.joined(&id).map_err(|refusal| match refusal.code.as_ref() {
        "not_in_channel" => Refusal::new("access_denied"),
        _ => refusal,
    })
}

fn check(arguments: &Arguments) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    for (name, most) in [("title", TITLE), ("link", LINK)] {
        if arguments.text(name).is_some_and(|text| text.chars().count() > most) {
            problems.push(format!("must be less than {} characters [json-pointer:/{name}]", most + 1));
        }
    }
    if !problems.is_empty() {
        return Err(Refusal::arguments(&problems));
    }
    let link = arguments.text("link");
    let well = link.is_none_or(|link| ["https://", "http://"].iter().any(|scheme| link.starts_with(scheme)));
    if well { Ok(()) } else { Err(Refusal::new("invalid_link")) }
}

pub(super) fn add(world: &mut World, arguments: &Arguments) -> Answer {
    check(arguments)?;
    if arguments.must("type") != "link" {
        return Err(Refusal::new("invalid_bookmark_type"));
    }
    let link = arguments.text("link").ok_or_else(|| Refusal::new("invalid_link"))?;
    let (id, at, most) = (world.id("Bk"), world.seconds(), world.rules.bookmarks);
    let channel = channel(world, arguments)?;
    if channel.archived {
        return Err(Refusal::new("permission_denied"));
    }
    if channel.bookmarks.len() >= most {
        return Err(Refusal::new("too_many_bookmarks"));
    }
    let emoji = arguments.text("emoji").unwrap_or_default();
    let bookmark = Bookmark { id, title: arguments.must("title"), link, emoji, at };
    let object = bookmark.object(&channel.id);
    channel.bookmarks.push(bookmark);
    Ok(json!({"bookmark": object}))
}

pub(super) fn edit(world: &mut World, arguments: &Arguments) -> Answer {
    check(arguments)?;
    let wanted = arguments.must("bookmark_id");
    let channel = channel(world, arguments)?;
    let id = channel.id.clone();
    let bookmark = channel.bookmarks.iter_mut().find(|one| one.id == wanted);
    let bookmark = bookmark.ok_or_else(|| Refusal::new("not_found"))?;
    if let Some(title) = arguments.text("title") {
        bookmark.title = title;
    }
    if let Some(link) = arguments.text("link") {
        bookmark.link = link;
    }
    Ok(json!({"bookmark": bookmark.object(&id)}))
}

pub(super) fn remove(world: &mut World, arguments: &Arguments) -> Answer {
    let wanted = arguments.must("bookmark_id");
    let channel = channel(world, arguments)?;
    let place = channel.bookmarks.iter().position(|one| one.id == wanted);
    channel.bookmarks.remove(place.ok_or_else(|| Refusal::new("not_found"))?);
    Ok(json!({}))
}

pub(super) fn list(world: &mut World, arguments: &Arguments) -> Answer {
    let channel = channel(world, arguments)?;
    let bookmarks: Vec<_> = channel.bookmarks.iter().map(|one| one.object(&channel.id)).collect();
    Ok(json!({"bookmarks": bookmarks}))
}
