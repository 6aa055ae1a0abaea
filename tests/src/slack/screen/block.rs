//! Blocks as lines.

use serde_json::Value;

use super::markup::{plain, text_object};
use crate::slack::content::Content;
use crate::slack::world::World;

/// Everything that can be acted on in a block.
pub(crate) fn elements(block: &Value) -> impl Iterator<Item = &Value> {
    let row = block["elements"].as_array().filter(|_| block["type"] == "actions");
    let alone = [&block["accessory"], &block["element"]].into_iter().filter(|one| one.is_object());
    row.into_iter().flatten().chain(alone)
}

/// Every text in which markup counts.
pub(crate) fn strings(content: &Content) -> Vec<String> {
    let mut found = vec![content.text.clone()];
    content.all_blocks().for_each(|block| gather(block, &mut found));
    found.extend(content.attachments.iter().filter_map(|one| Some(one["text"].as_str()?.to_owned())));
    found
}

fn gather(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if value["type"] == "mrkdwn" || value["type"] == "markdown" => {
            found.extend(fields.get("text").and_then(Value::as_str).map(str::to_owned));
        }
        Value::Object(fields) => fields.values().for_each(|field| gather(field, found)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        _ => {}
    }
}

/// A block as lines; buttons stand in brackets, `!` marks one that asks before it counts.
pub(crate) fn block_lines(world: &World, block: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    match block["type"].as_str().unwrap_or_default() {
        "header" => lines.push(format!("# {}", text_object(world, &block["text"]))),
        "divider" => lines.push("---".into()),
        "section" => {
            if block["text"].is_object() {
                lines.extend(text_object(world, &block["text"]).lines().map(str::to_owned));
            }
            let fields = block["fields"].as_array().into_iter().flatten();
            lines.extend(fields.map(|field| text_object(world, field).replace('\n', " ")));
        }
        "context" => {
            let parts = block["elements"].as_array().into_iter().flatten();
            let parts: Vec<String> =
                parts.map(|part| picture(part).unwrap_or_else(|| text_object(world, part))).collect();
            lines.push(format!("({})", parts.join(" · ")));
        }
        "markdown" => {
            let text = plain(world, block["text"].as_str().unwrap_or_default());
            lines.extend(text.lines().map(str::to_owned));
        }
        "image" => lines.extend(picture(block)),
        "rich_text" => lines.extend(rich(block).lines().map(str::to_owned)),
        _ => {}
    }
    let acts: Vec<String> = elements(block).filter_map(|element| shown(world, element)).collect();
    if !acts.is_empty() {
        lines.push(acts.join(" "));
    }
    lines
}

fn picture(value: &Value) -> Option<String> {
    (value["type"] == "image").then(|| format!("<image: {}>", value["alt_text"].as_str().unwrap_or_default()))
}

fn rich(value: &Value) -> String {
    let own = value["text"].as_str().map(str::to_owned);
    let parts = value["elements"].as_array().into_iter().flatten().map(rich);
    own.into_iter().chain(parts).collect()
}

fn shown(world: &World, element: &Value) -> Option<String> {
    let asks = if element["confirm"].is_object() { "!" } else { "" };
    let words = |value: &Value| text_object(world, value);
    match element["type"].as_str()? {
        "button" => {
            let link = element["url"].as_str().map(|url| format!(" → {url}")).unwrap_or_default();
            Some(format!("[{}{asks}{link}]", words(&element["text"])))
        }
        "overflow" => {
            let options = element["options"].as_array().into_iter().flatten().map(|option| words(&option["text"]));
            Some(format!("[⋮ {}{asks}]", options.collect::<Vec<_>>().join(" | ")))
        }
        "image" => picture(element),
        _ => Some(format!("[▾ {}{asks}]", words(&element["placeholder"]))),
    }
}
