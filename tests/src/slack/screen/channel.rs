//! A channel as one person sees it.

use std::fmt::Write as _;

use super::markup::{plain, text_object};
use super::{block_lines, elements};
use crate::slack::world::{Channel, Message, World};

/// All that this person sees in the channel, oldest first, replies below what they answer.
pub(crate) fn transcript(world: &World, channel: &Channel, viewer: &str) -> String {
    let mut out = head(channel);
    let seen = |message: &&Message| {
        message.channel == channel.id
            && !message.deleted
            && message.only_for.as_deref().is_none_or(|only| only == viewer)
    };
    let mut messages: Vec<&Message> = world.messages.iter().filter(seen).collect();
    messages.sort_by(|a, b| a.ts.cmp(&b.ts));
    let is_reply = |message: &Message| message.thread.as_ref().is_some_and(|first| *first != message.ts);
    for message in messages.iter().filter(|message| !is_reply(message)) {
        out.push_str(&lines(world, message, channel, ""));
        for reply in messages.iter().filter(|reply| is_reply(reply) && reply.thread.as_ref() == Some(&message.ts)) {
            out.push_str(&lines(world, reply, channel, "  ↳ "));
        }
    }
    out
}

fn head(channel: &Channel) -> String {
    let mut out = format!("#{}", channel.name);
    if channel.archived {
        out.push_str(" (archived)");
    }
    if !channel.topic.is_empty() {
        let _ = write!(out, " — {}", channel.topic);
    }
    out.push('\n');
    for bookmark in &channel.bookmarks {
        let _ = writeln!(out, "🔖 {} → {}", bookmark.title, bookmark.link);
    }
    out
}

fn lines(world: &World, message: &Message, channel: &Channel, before: &str) -> String {
    let author = world.users.get(&message.author).map_or(message.author.as_str(), |user| user.name.as_str());
    let mut marks = Vec::new();
    if message.only_for.is_some() {
        marks.push("only you");
    }
    if channel.pins.iter().any(|pin| pin.ts == message.ts) {
        marks.push("pinned");
    }
    if message.edits > 0 {
        marks.push("edited");
    }
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    let mut shown = message_lines(world, message).into_iter();
    let pad = " ".repeat(before.chars().count() + 2);
    let mut out = format!("{before}{author}{marks}: {}\n", shown.next().unwrap_or_default());
    for line in shown {
        let _ = writeln!(out, "{}", format!("{pad}{line}").trim_end());
    }
    out
}

/// The message without its author. Blocks hide the text, which only notifications show then.
pub(crate) fn message_lines(world: &World, message: &Message) -> Vec<String> {
    let content = &message.content;
    let mut lines: Vec<String> = match message.subtype {
        Some("channel_topic") => vec![format!("set the channel topic: {}", content.text)],
        Some("channel_purpose") => vec![format!("set the channel description: {}", content.text)],
        _ if content.blocks.is_empty() => plain(world, &content.text).lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    lines.extend(content.blocks.iter().flat_map(|block| block_lines(world, block)));
    for attachment in &content.attachments {
        let text = attachment["text"].as_str().map(|text| plain(world, text)).unwrap_or_default();
        lines.extend(text.lines().map(|line| format!("| {line}")));
        let blocks = attachment["blocks"].as_array().into_iter().flatten();
        lines.extend(blocks.flat_map(|block| block_lines(world, block)).map(|line| format!("| {line}")));
    }
    for file in message.files.iter().filter_map(|id| world.files.get(id)) {
        lines.push(format!("<{}: {} bytes>", file.title, file.length));
    }
    if !message.reactions.is_empty() {
        let names: Vec<String> = message.reactions.iter().map(|(name, _)| format!(":{name}:")).collect();
        lines.push(names.join(" "));
    }
    lines
}

/// The element with these words on it, and the block that it is in.
pub(crate) fn labelled<'a>(
    world: &World,
    blocks: impl Iterator<Item = &'a serde_json::Value>,
    label: &str,
) -> Option<(&'a serde_json::Value, &'a serde_json::Value)> {
    let mut all = blocks.flat_map(|block| elements(block).map(move |element| (block, element)));
    all.find(|(_, element)| {
        let words = if element["text"].is_object() { &element["text"] } else { &element["placeholder"] };
        text_object(world, words) == label
    })
}
