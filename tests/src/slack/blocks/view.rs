//! Modals and home tabs.

use serde_json::Value;

use super::object::{Kind, only, string_if, text, text_if};
use super::{Problems, block};

/// A view takes so many blocks.
const IN_VIEW: usize = 100;

/// What Slack would refuse in a view of this type (`modal` or `home`).
pub(crate) fn check_view(view: &Value, kind: &str) -> Vec<String> {
    let mut problems = Problems::default();
    let allowed = [
        "type",
        "title",
        "blocks",
        "close",
        "submit",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    ];
    only(&mut problems, view, &allowed, "/view");
    problems.unless(view["type"] == kind, &format!("must be of type {kind}"), "/view/type");
    if kind == "modal" {
        text(&mut problems, &view["title"], Kind::Plain, 24, "/view/title");
        text_if(&mut problems, &view["submit"], Kind::Plain, 24, "/view/submit");
        text_if(&mut problems, &view["close"], Kind::Plain, 24, "/view/close");
    }
    string_if(&mut problems, &view["private_metadata"], 3000, "/view/private_metadata");
    string_if(&mut problems, &view["callback_id"], 255, "/view/callback_id");
    string_if(&mut problems, &view["external_id"], 255, "/view/external_id");
    let Some(blocks) = view["blocks"].as_array() else {
        problems.add("missing required field: blocks", "/view");
        return problems.0;
    };
    problems.unless(!blocks.is_empty(), "must have at least 1 item", "/view/blocks");
    problems.unless(blocks.len() <= IN_VIEW, "no more than 100 items allowed", "/view/blocks");
    block::all(&mut problems, blocks, true);
    let asks = blocks.iter().any(|block| block["type"] == "input");
    let can_submit = kind != "modal" || !asks || view["submit"].is_object();
    problems.unless(can_submit, "submit is required when an input block is within the blocks array", "/view/submit");
    problems.0
}
