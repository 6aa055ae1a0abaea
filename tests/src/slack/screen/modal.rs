//! A modal as lines.

use serde_json::Value;

use super::block_lines;
use super::markup::text_object;
use crate::slack::world::{View, World};

/// Title, blocks with what is in them, what is wrong with it, and the buttons below.
pub(crate) fn modal_lines(world: &World, view: &View) -> Vec<String> {
    let mut lines = vec![format!("═ {}", text_object(world, &view.content["title"]))];
    for block in view.content["blocks"].as_array().into_iter().flatten() {
        if block["type"] != "input" {
            lines.extend(block_lines(world, block));
            continue;
        }
        let optional = if block["optional"] == true { " (optional)" } else { "" };
        let value = put_in(world, view, block).map(|value| format!(" {value}")).unwrap_or_default();
        lines.push(format!("{}{optional}: ▁{value}", text_object(world, &block["label"])));
        if block["hint"].is_object() {
            lines.push(format!("  ({})", text_object(world, &block["hint"])));
        }
        let error = block["block_id"].as_str().and_then(|id| view.errors.get(id));
        lines.extend(error.map(|error| format!("  ✗ {error}")));
    }
    let submit = &view.content["submit"];
    if submit.is_object() {
        lines.push(format!("[{}]", text_object(world, submit)));
    }
    lines
}

/// What stands in an input: what was put in, else what it began with.
fn put_in(world: &World, view: &View, block: &Value) -> Option<String> {
    let element = &block["element"];
    let key = (block["block_id"].as_str()?.to_owned(), element["action_id"].as_str()?.to_owned());
    match view.state.get(&key) {
        Some(value) if value["value"].is_string() => value["value"].as_str().map(str::to_owned),
        Some(value) if value["selected_option"].is_object() => {
            Some(text_object(world, &value["selected_option"]["text"]))
        }
        Some(value) => value["selected_user"].as_str().map(str::to_owned),
        None if element["initial_value"].is_string() => element["initial_value"].as_str().map(str::to_owned),
        None if element["initial_option"].is_object() => Some(text_object(world, &element["initial_option"]["text"])),
        None => None,
    }
}
