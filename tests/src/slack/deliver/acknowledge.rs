//! What an acknowledgement does on the screen.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Delivery;
use crate::slack::arguments::Arguments;
use crate::slack::content::Content;
use crate::slack::methods::views;
use crate::slack::shared::Shared;
use crate::slack::wire::apply_reply;
use crate::slack::world::{Message, Reply, World};

/// Shows what a command was answered with, or Slack's own words if it was not.
pub(crate) fn command_acknowledged(shared: &Shared, user: &str, channel: &str, command: &str, delivery: &Delivery) {
    let mut world = shared.world();
    let since = world.clock.monotonic();
    let reply = Reply { user: user.into(), channel: channel.into(), original: None, thread: None, since, uses: 0 };
    if let Some(failure) = &delivery.failure {
        let text = format!("{command} failed with the error \"{failure}\"");
        let mut told = Message::new(&mut world, channel, "Slackbot", Content::text(text));
        told.only_for = Some(user.into());
        world.post(told);
    } else if !is_empty(&delivery.body) {
        let body = match &delivery.body {
            Value::String(text) => json!({"text": text}),
            other => other.clone(),
        };
        let arguments = Arguments::read(true, "application/json", "", body.to_string().as_bytes());
        let shown = arguments.and_then(|arguments| apply_reply(&mut world, &reply, &arguments));
        if let Err(refusal) = shown {
            world.complaints.push(format!("the acknowledgement cannot be shown: {}", refusal.body()));
        }
    }
    drop(world);
    shared.changed();
}

fn is_empty(body: &Value) -> bool {
    body.is_null() || body.as_object().is_some_and(serde_json::Map::is_empty)
}

/// What a submission was answered with.
pub(crate) enum Submission {
    /// The modal is closed, or another one is shown.
    Taken,
    /// Messages at the inputs, by block.
    Errors(BTreeMap<String, String>),
    /// It cannot be understood, or did not come.
    Failed(String),
}

/// Closes the modal or changes it, as the answer wants.
pub(crate) fn submission_acknowledged(shared: &Shared, user: &str, id: &str, delivery: &Delivery) -> Submission {
    let mut world = shared.world();
    let result = match &delivery.failure {
        Some(failure) => Submission::Failed(failure.clone()),
        None => respond(&mut world, user, id, &delivery.body),
    };
    if let Submission::Failed(why) = &result {
        world.complaints.push(format!("a submission failed: {why}"));
    }
    drop(world);
    shared.changed();
    result
}

fn respond(world: &mut World, user: &str, id: &str, body: &Value) -> Submission {
    let action = body["response_action"].as_str();
    match action {
        None if is_empty(body) => {
            world.views.entry(user.into()).or_default().pop();
            Submission::Taken
        }
        Some("clear") => {
            world.views.remove(user);
            Submission::Taken
        }
        Some("errors") => errors(world, id, &body["errors"]),
        Some(change @ ("update" | "push")) => {
            let content = body["view"].clone();
            if let Err(refusal) = views::check(&content, "modal") {
                return Submission::Failed(refusal.body().to_string());
            }
            let shown = match change {
                "update" => views::update_view(world, id, content).is_some(),
                _ => views::push_view(world, user, content).is_ok(),
            };
            if shown { Submission::Taken } else { Submission::Failed(format!("{change} was not possible")) }
        }
        _ => Submission::Failed(format!("the answer means nothing: {body}")),
    }
}

/// Errors must be at inputs that there are.
fn errors(world: &mut World, id: &str, errors: &Value) -> Submission {
    let errors: BTreeMap<String, String> = serde_json::from_value(errors.clone()).unwrap_or_default();
    let Some(view) = world.views.values_mut().flatten().find(|view| view.id == id) else {
        return Submission::Failed("the modal is gone".into());
    };
    let blocks = view.content["blocks"].as_array().cloned().unwrap_or_default();
    let known = |block: &String| blocks.iter().any(|one| one["type"] == "input" && one["block_id"] == **block);
    if errors.is_empty() || !errors.keys().all(known) {
        return Submission::Failed(format!("errors at blocks that are not inputs: {errors:?}"));
    }
    view.errors = errors.clone();
    Submission::Errors(errors)
}
