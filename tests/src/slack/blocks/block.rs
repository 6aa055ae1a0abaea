//! Blocks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Problems;
use super::element::{Place, element, image};
use super::object::{Kind, only, string_if, text, text_if};

/// All Markdown of a message together has so many characters at most.
const MARKDOWN: usize = 12_000;

/// Checks them one by one, and that their ids differ.
pub(crate) fn all(problems: &mut Problems, blocks: &[Value], in_view: bool) {
    let mut ids = BTreeSet::new();
    let mut markdown = 0;
    for (number, value) in blocks.iter().enumerate() {
        let place = format!("/blocks/{number}");
        block(problems, value, in_view, &place);
        string_if(problems, &value["block_id"], 255, &format!("{place}/block_id"));
        if let Some(id) = value["block_id"].as_str() {
            problems.unless(ids.insert(id), "block_id already exists", &place);
        }
        if value["type"] == "markdown" {
            markdown += value["text"].as_str().map_or(0, |text| text.chars().count());
        }
    }
    problems.unless(markdown <= MARKDOWN, "must be less than 12001 characters", "/blocks");
}

fn block(problems: &mut Problems, value: &Value, in_view: bool, place: &str) {
    match value["type"].as_str().unwrap_or_default() {
        "section" => section(problems, value, place),
        "header" => {
            allow(problems, value, &["text", "level"], place);
            text(problems, &value["text"], Kind::Plain, 150, &format!("{place}/text"));
        }
        "divider" => allow(problems, value, &[], place),
        "image" => {
            allow(problems, value, &["alt_text", "image_url", "slack_file", "title"], place);
            image(problems, value, place);
            text_if(problems, &value["title"], Kind::Plain, 2000, &format!("{place}/title"));
        }
        "actions" => actions(problems, value, place),
        "context" => context(problems, value, place),
        "input" => input(problems, value, place),
        "markdown" if !in_view => {
            allow(problems, value, &["text"], place);
            let written = value["text"].as_str().is_some_and(|text| !text.is_empty());
            problems.unless(written, "missing required field: text", place);
        }
        "rich_text" => {
            allow(problems, value, &["elements"], place);
            problems.unless(value["elements"].is_array(), "missing required field: elements", place);
        }
        "file" if !in_view => problems.add("file blocks cannot be sent", place),
        other => problems.add(&format!("unsupported type: {other}"), place),
    }
}

fn allow(problems: &mut Problems, value: &Value, more: &[&str], place: &str) {
    let allowed: Vec<&str> = ["type", "block_id"].iter().chain(more).copied().collect();
    only(problems, value, &allowed, place);
}

fn section(problems: &mut Problems, value: &Value, place: &str) {
    allow(problems, value, &["text", "fields", "accessory", "expand"], place);
    let fields = value["fields"].as_array();
    problems.unless(!value["text"].is_null() || fields.is_some(), "missing required field: text or fields", place);
    text_if(problems, &value["text"], Kind::Any, 3000, &format!("{place}/text"));
    if let Some(fields) = fields {
        problems.unless(!fields.is_empty(), "must have at least 1 item", &format!("{place}/fields"));
        problems.unless(fields.len() <= 10, "no more than 10 items allowed", &format!("{place}/fields"));
        for (number, field) in fields.iter().enumerate() {
            text(problems, field, Kind::Any, 2000, &format!("{place}/fields/{number}"));
        }
    }
    if !value["accessory"].is_null() {
        element(problems, &value["accessory"], Place::Accessory, &format!("{place}/accessory"));
    }
}

fn actions(problems: &mut Problems, value: &Value, place: &str) {
    allow(problems, value, &["elements"], place);
    let elements = value["elements"].as_array().map(Vec::as_slice).unwrap_or_default();
    problems.unless(!elements.is_empty(), "must have at least 1 item", &format!("{place}/elements"));
    problems.unless(elements.len() <= 25, "no more than 25 items allowed", &format!("{place}/elements"));
    let mut ids = BTreeSet::new();
    for (number, one) in elements.iter().enumerate() {
        let place = format!("{place}/elements/{number}");
        element(problems, one, Place::Action, &place);
        if let Some(id) = one["action_id"].as_str() {
            problems.unless(ids.insert(id), "action_id already exists", &place);
        }
    }
}

fn context(problems: &mut Problems, value: &Value, place: &str) {
    allow(problems, value, &["elements"], place);
    let elements = value["elements"].as_array().map(Vec::as_slice).unwrap_or_default();
    problems.unless(!elements.is_empty(), "must have at least 1 item", &format!("{place}/elements"));
    problems.unless(elements.len() <= 10, "no more than 10 items allowed", &format!("{place}/elements"));
    for (number, one) in elements.iter().enumerate() {
        let place = format!("{place}/elements/{number}");
        match one["type"].as_str() {
            Some("image") => image(problems, one, &place),
            _ => text(problems, one, Kind::Any, 3000, &place),
        }
    }
}

fn input(problems: &mut Problems, value: &Value, place: &str) {
    allow(problems, value, &["label", "element", "dispatch_action", "hint", "optional"], place);
    text(problems, &value["label"], Kind::Plain, 2000, &format!("{place}/label"));
    text_if(problems, &value["hint"], Kind::Plain, 2000, &format!("{place}/hint"));
    element(problems, &value["element"], Place::Input, &format!("{place}/element"));
}
