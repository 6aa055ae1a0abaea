//! Texts, options and confirm dialogs.

use serde_json::Value;

use super::Problems;

/// Which texts may stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `plain_text` alone.
    Plain,
    /// That or `mrkdwn`.
    Any,
}

/// Only these fields may be there.
pub(crate) fn only(problems: &mut Problems, value: &Value, allowed: &[&str], place: &str) {
    let Some(fields) = value.as_object() else {
        return problems.add("must be an object", place);
    };
    for name in fields.keys().filter(|name| !allowed.contains(&name.as_str())) {
        problems.add(&format!("invalid additional property: {name}"), place);
    }
}

/// A text of 1 to `most` characters that must be there.
pub(crate) fn text(problems: &mut Problems, value: &Value, kind: Kind, most: usize, place: &str) {
    if !value.is_object() {
        return problems.add("missing required field: text", place);
    }
    match value["type"].as_str() {
        Some("plain_text") => only(problems, value, &["type", "text", "emoji"], place),
        Some("mrkdwn") if kind == Kind::Any => only(problems, value, &["type", "text", "verbatim"], place),
        _ => problems.add("unsupported type of text", place),
    }
    let length = value["text"].as_str().map_or(0, |text| text.chars().count());
    problems.unless(length >= 1, "must be more than 0 characters", &format!("{place}/text"));
    problems.unless(length <= most, &format!("must be less than {} characters", most + 1), &format!("{place}/text"));
}

/// The same, if it is there.
pub(crate) fn text_if(problems: &mut Problems, value: &Value, kind: Kind, most: usize, place: &str) {
    if !value.is_null() {
        text(problems, value, kind, most, place);
    }
}

/// A string of at most so many characters, if it is there.
pub(crate) fn string_if(problems: &mut Problems, value: &Value, most: usize, place: &str) {
    match value {
        Value::Null => {}
        Value::String(text) => {
            let length = text.chars().count();
            problems.unless(length <= most, &format!("must be less than {} characters", most + 1), place);
        }
        _ => problems.add("must be a string", place),
    }
}

/// The dialog before an action counts.
pub(crate) fn confirm(problems: &mut Problems, value: &Value, place: &str) {
    if value.is_null() {
        return;
    }
    only(problems, value, &["title", "text", "confirm", "deny", "style"], place);
    text(problems, &value["title"], Kind::Plain, 100, &format!("{place}/title"));
    text(problems, &value["text"], Kind::Any, 300, &format!("{place}/text"));
    text(problems, &value["confirm"], Kind::Plain, 30, &format!("{place}/confirm"));
    text(problems, &value["deny"], Kind::Plain, 30, &format!("{place}/deny"));
    style(problems, &value["style"], place);
}

/// `primary` or `danger`, if it is there.
pub(crate) fn style(problems: &mut Problems, value: &Value, place: &str) {
    let known = value.is_null() || matches!(value.as_str(), Some("primary" | "danger"));
    problems.unless(known, "must be one of: primary, danger", &format!("{place}/style"));
}

/// Between `least` and `most` options, each with a text and a value.
pub(crate) fn options(problems: &mut Problems, value: &Value, least: usize, most: usize, place: &str) {
    let Some(options) = value.as_array() else {
        return problems.add("missing required field: options", place);
    };
    problems.unless(options.len() >= least, &format!("must have at least {least} items"), place);
    problems.unless(options.len() <= most, &format!("no more than {most} items allowed"), place);
    for (number, one) in options.iter().enumerate() {
        option(problems, one, &format!("{place}/{number}"));
    }
}

/// One option.
pub(crate) fn option(problems: &mut Problems, value: &Value, place: &str) {
    only(problems, value, &["text", "value", "description", "url"], place);
    text(problems, &value["text"], Kind::Any, 75, &format!("{place}/text"));
    problems.unless(value["value"].is_string(), "missing required field: value", place);
    string_if(problems, &value["value"], 150, &format!("{place}/value"));
    text_if(problems, &value["description"], Kind::Any, 75, &format!("{place}/description"));
    string_if(problems, &value["url"], 3000, &format!("{place}/url"));
}

/// Options, or groups of them.
pub(crate) fn options_or_groups(problems: &mut Problems, value: &Value, place: &str) {
    let Some(groups) = value["option_groups"].as_array() else {
        return options(problems, &value["options"], 1, 100, &format!("{place}/options"));
    };
    problems.unless(value["options"].is_null(), "cannot have both options and option_groups", place);
    problems.unless((1..=100).contains(&groups.len()), "no more than 100 items allowed", place);
    for (number, group) in groups.iter().enumerate() {
        let place = format!("{place}/option_groups/{number}");
        text(problems, &group["label"], Kind::Plain, 75, &format!("{place}/label"));
        options(problems, &group["options"], 1, 100, &format!("{place}/options"));
    }
}
