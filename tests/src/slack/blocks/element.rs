//! What people can act on.

use serde_json::Value;

use super::Problems;
use super::object::{Kind, confirm, only, option, options, options_or_groups, string_if, style, text, text_if};

/// Where an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Beside the text of a section.
    Accessory,
    /// In a row of actions.
    Action,
    /// Below the label of an input.
    Input,
}

const ACTION: [&str; 3] = ["type", "action_id", "confirm"];
const SELECT: [&str; 2] = ["placeholder", "focus_on_load"];

/// Checks one element.
pub(crate) fn element(problems: &mut Problems, value: &Value, stands: Place, place: &str) {
    let kind = value["type"].as_str().unwrap_or_default();
    let input_only = matches!(kind, "plain_text_input" | "number_input" | "email_text_input" | "url_text_input");
    let never_input = matches!(kind, "button" | "overflow" | "image");
    let fits = match stands {
        Place::Input => !never_input,
        Place::Action => !input_only && kind != "image",
        Place::Accessory => !input_only,
    };
    if !fits {
        return problems.add(&format!("unsupported element type here: {kind}"), place);
    }
    if kind != "image" {
        string_if(problems, &value["action_id"], 255, &format!("{place}/action_id"));
        confirm(problems, &value["confirm"], &format!("{place}/confirm"));
    }
    match kind {
        "button" => button(problems, value, place),
        "overflow" => {
            allow(problems, value, &["options"], place);
            options(problems, &value["options"], 1, 5, &format!("{place}/options"));
        }
        "image" => image(problems, value, place),
        "plain_text_input" => typed(problems, value, place),
        "checkboxes" | "radio_buttons" => {
            allow(problems, value, &["options", "initial_option", "initial_options", "focus_on_load"], place);
            options(problems, &value["options"], 1, 10, &format!("{place}/options"));
            initial(problems, value, place);
        }
        "datepicker" | "timepicker" | "datetimepicker" => {
            let more =
                ["placeholder", "focus_on_load", "initial_date", "initial_time", "initial_date_time", "timezone"];
            allow(problems, value, &more, place);
        }
        _ => select(problems, value, kind, place),
    }
}

/// The fields that all have, and these.
fn allow(problems: &mut Problems, value: &Value, more: &[&str], place: &str) {
    let allowed: Vec<&str> = ACTION.iter().chain(more).copied().collect();
    only(problems, value, &allowed, place);
}

fn button(problems: &mut Problems, value: &Value, place: &str) {
    allow(problems, value, &["text", "value", "url", "style", "accessibility_label"], place);
    text(problems, &value["text"], Kind::Plain, 75, &format!("{place}/text"));
    string_if(problems, &value["value"], 2000, &format!("{place}/value"));
    string_if(problems, &value["url"], 3000, &format!("{place}/url"));
    string_if(problems, &value["accessibility_label"], 75, &format!("{place}/accessibility_label"));
    style(problems, &value["style"], place);
}

/// A picture, in a section, a context or on its own.
pub(crate) fn image(problems: &mut Problems, value: &Value, place: &str) {
    problems.unless(value["alt_text"].is_string(), "missing required field: alt_text", place);
    string_if(problems, &value["alt_text"], 2000, &format!("{place}/alt_text"));
    string_if(problems, &value["image_url"], 3000, &format!("{place}/image_url"));
    let source = value["image_url"].is_string() || value["slack_file"].is_object();
    problems.unless(source, "missing required field: image_url", place);
}

fn typed(problems: &mut Problems, value: &Value, place: &str) {
    let more = [
        "placeholder",
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
        "focus_on_load",
    ];
    allow(problems, value, &more, place);
    text_if(problems, &value["placeholder"], Kind::Plain, 150, &format!("{place}/placeholder"));
    string_if(problems, &value["initial_value"], 3000, &format!("{place}/initial_value"));
    for name in ["min_length", "max_length"] {
        let fits = value[name].is_null() || value[name].as_u64().is_some_and(|length| length <= 3000);
        problems.unless(fits, "must be less than 3001", &format!("{place}/{name}"));
    }
}

fn select(problems: &mut Problems, value: &Value, kind: &str, place: &str) {
    let (many, source) = match kind.strip_prefix("multi_") {
        Some(source) => (true, source),
        None => (false, kind),
    };
    let mut more: Vec<&str> = SELECT.to_vec();
    match source {
        "static_select" => {
            more.extend(["options", "option_groups", "initial_option", "initial_options"]);
            options_or_groups(problems, value, place);
        }
        "external_select" => more.extend(["min_query_length", "initial_option", "initial_options"]),
        "users_select" => more.extend(["initial_user", "initial_users"]),
        "channels_select" => more.extend(["initial_channel", "initial_channels", "response_url_enabled"]),
        "conversations_select" => more.extend([
            "initial_conversation",
            "initial_conversations",
            "default_to_current_conversation",
            "response_url_enabled",
            "filter",
        ]),
        _ => return problems.add(&format!("unsupported element type: {kind}"), place),
    }
    if many {
        more.push("max_selected_items");
    }
    allow(problems, value, &more, place);
    initial(problems, value, place);
    text_if(problems, &value["placeholder"], Kind::Plain, 150, &format!("{place}/placeholder"));
}

/// What is chosen at first must be an option, and one of those that are offered.
fn initial(problems: &mut Problems, value: &Value, place: &str) {
    let one = Some(&value["initial_option"]).filter(|one| !one.is_null());
    let chosen: Vec<&Value> = value["initial_options"].as_array().into_iter().flatten().chain(one).collect();
    let groups = value["option_groups"].as_array().into_iter().flatten().map(|group| &group["options"]);
    let offered: Vec<&Value> = groups.chain([&value["options"]]).filter_map(Value::as_array).flatten().collect();
    for one in chosen {
        option(problems, one, &format!("{place}/initial_option"));
        let external = value["type"].as_str().is_some_and(|kind| kind.contains("external"));
        let known = external || offered.contains(&one);
        problems.unless(known, "initial_option was not found in options", place);
    }
}
