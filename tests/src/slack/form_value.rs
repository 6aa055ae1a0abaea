//! What stands in the inputs of a modal, as payloads tell it.

use serde_json::{Value, json};

use super::screen;
use super::world::{View, World};

/// The state of an element after somebody put this in.
///
/// # Panics
/// If the element cannot take it.
pub(super) fn chosen(world: &World, element: &Value, offered: &[Value], value: &str) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    let options = options(element, offered);
    let option = |text: &str| -> Value {
        let words: Vec<String> = options.iter().map(|option| screen::text_object(world, &option["text"])).collect();
        let place = words.iter().position(|words| words == text);
        options[place.unwrap_or_else(|| panic!("{text:?} is not offered: {words:?}"))].clone()
    };
    let many = || value.split(", ").filter(|part| !part.is_empty());
    let user =
        |name: &str| world.users.values().find(|user| user.name == name).expect("there is such a person").id.clone();
    let channel =
        |name: &str| world.channels.values().find(|one| one.name == name).expect("there is such a channel").id.clone();
    let (field, content) = match kind {
        "static_select" | "external_select" | "radio_buttons" => ("selected_option", option(value)),
        "multi_static_select" | "multi_external_select" | "checkboxes" => {
            ("selected_options", many().map(option).collect())
        }
        "users_select" => ("selected_user", json!(user(value))),
        "multi_users_select" => ("selected_users", many().map(user).collect()),
        "conversations_select" => ("selected_conversation", json!(channel(value))),
        "channels_select" => ("selected_channel", json!(channel(value))),
        "multi_conversations_select" => ("selected_conversations", many().map(channel).collect()),
        "multi_channels_select" => ("selected_channels", many().map(channel).collect()),
        "datepicker" => ("selected_date", json!(value)),
        "timepicker" => ("selected_time", json!(value)),
        _ => ("value", typed(element, value)),
    };
    json!({"type": kind, field: content})
}

/// Text; the field takes no more than it is made for.
fn typed(element: &Value, value: &str) -> Value {
    let most = element["max_length"].as_u64().unwrap_or(3000);
    assert!(value.chars().count() as u64 <= most, "the input takes {most} characters: {value:?}");
    let one_line = element["multiline"] != true;
    assert!(!(one_line && value.contains('\n')), "the input takes one line: {value:?}");
    if value.is_empty() { Value::Null } else { json!(value) }
}

fn options<'a>(element: &'a Value, offered: &'a [Value]) -> Vec<&'a Value> {
    let groups = element["option_groups"].as_array().into_iter().flatten().map(|group| &group["options"]);
    let own = groups.chain([&element["options"]]).filter_map(Value::as_array).flatten();
    own.chain(offered).collect()
}

/// Gives each input that nobody touched the state that Slack sends for it.
pub(super) fn complete(view: &mut View) {
    for block in view.content["blocks"].as_array().into_iter().flatten() {
        let element = &block["element"];
        let (Some(block), Some(action)) = (block["block_id"].as_str(), element["action_id"].as_str()) else { continue };
        let key = (block.to_owned(), action.to_owned());
        view.state.entry(key).or_insert_with(|| untouched(element));
    }
}

fn untouched(element: &Value) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    let (field, initial) = match kind {
        "static_select" | "external_select" | "radio_buttons" => ("selected_option", "initial_option"),
        "multi_static_select" | "multi_external_select" | "checkboxes" => ("selected_options", "initial_options"),
        "users_select" => ("selected_user", "initial_user"),
        "multi_users_select" => ("selected_users", "initial_users"),
        "conversations_select" => ("selected_conversation", "initial_conversation"),
        "channels_select" => ("selected_channel", "initial_channel"),
        "multi_conversations_select" => ("selected_conversations", "initial_conversations"),
        "multi_channels_select" => ("selected_channels", "initial_channels"),
        "datepicker" => ("selected_date", "initial_date"),
        "timepicker" => ("selected_time", "initial_time"),
        _ => ("value", "initial_value"),
    };
    let none = if field.ends_with('s') { json!([]) } else { Value::Null };
    let content = if element[initial].is_null() { none } else { element[initial].clone() };
    json!({"type": kind, field: content})
}

/// What Slack's own program does not send: required inputs that are empty, text that is too short.
pub(super) fn refused_by_client(world: &World, view: &View) -> Vec<(String, String)> {
    let inputs = view.content["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "input");
    inputs.filter_map(|block| Some((screen::text_object(world, &block["label"]), refused(view, block)?))).collect()
}

fn refused(view: &View, block: &Value) -> Option<String> {
    let element = &block["element"];
    let key = (block["block_id"].as_str()?.to_owned(), element["action_id"].as_str()?.to_owned());
    let state = view.state.get(&key)?.as_object()?;
    let content = state.iter().find(|(name, _)| *name != "type").map(|(_, content)| content)?;
    let empty = content.is_null() || content.as_array().is_some_and(Vec::is_empty);
    if empty {
        return (block["optional"] != true).then(|| "please complete this required field".into());
    }
    let least = element["min_length"].as_u64().unwrap_or(0);
    let length = content.as_str().map(|text| text.chars().count() as u64)?;
    (length < least).then(|| format!("at least {least} characters"))
}
