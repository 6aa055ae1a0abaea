//! Slack's markup as a reader sees it.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use crate::slack::world::World;

/// A text object as it is read: markup counts in `mrkdwn` alone.
pub(crate) fn text_object(world: &World, value: &Value) -> String {
    let text = value["text"].as_str().unwrap_or_default();
    if value["type"] == "plain_text" { text.to_owned() } else { plain(world, text) }
}

/// Names in the place of ids, links with their words, and what was escaped as it was meant. Whatever calls
/// somebody stands in `⟨…⟩`, so that it cannot be mistaken for text that only looks so.
pub(crate) fn plain(world: &World, text: &str) -> String {
    static ANGLED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"<([^<>|\s]+)(?:\|([^<>]*))?>|<([^<>|]+)\|([^<>]*)>").unwrap());
    let shown = ANGLED.replace_all(text, |found: &Captures<'_>| {
        let (target, words) = match found.get(1) {
            Some(target) => (target, found.get(2)),
            None => (found.get(3).unwrap(), found.get(4)),
        };
        angled(world, target.as_str(), words.map(|words| words.as_str()))
    });
    shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn angled(world: &World, target: &str, words: Option<&str>) -> String {
    let unknown = |id: &str| format!("⟨@unknown {id}⟩");
    if let Some(user) = target.strip_prefix('@') {
        return world.users.get(user).map_or_else(|| unknown(user), |user| format!("⟨@{}⟩", user.name));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return world.channels.get(channel).map_or_else(|| unknown(channel), |channel| format!("#{}", channel.name));
    }
    if let Some(group) = target.strip_prefix("!subteam^") {
        let found = world.groups.iter().find(|one| one.id == group);
        return found.map_or_else(|| unknown(group), |group| format!("⟨@{}⟩", group.handle));
    }
    if target.starts_with("!date^") {
        return words.unwrap_or_default().to_owned();
    }
    if let Some(everybody) = target.strip_prefix('!') {
        return format!("⟨@{everybody}⟩");
    }
    match words {
        Some(words) if words != target => format!("{words} ({target})"),
        _ => target.to_owned(),
    }
}
