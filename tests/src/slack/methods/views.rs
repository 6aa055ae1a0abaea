//! Views: modals that a trigger opens, and home tabs.

use serde_json::{Value, json};

use crate::slack::arguments::Arguments;
use crate::slack::blocks::check_view;
use crate::slack::refusal::{Answer, Refusal};
use crate::slack::world::{View, World};

/// Published: so many modals over one another, and so many bytes of each.
const DEPTH: usize = 3;
const LARGEST: usize = 250_000;

pub(super) fn open(world: &mut World, arguments: &Arguments) -> Answer {
    let content = content(arguments, "modal")?;
    let trigger = pull(world, arguments)?;
    unique(world, &content, None)?;
    let view = new_view(world, content, None);
    let object = view.object();
    world.views.insert(trigger.user, vec![view]);
    Ok(json!({"view": object}))
}

pub(super) fn push(world: &mut World, arguments: &Arguments) -> Answer {
    let content = content(arguments, "modal")?;
    let trigger = pull(world, arguments)?;
    if trigger.view.is_none() {
        return Err(Refusal::new("invalid_trigger_id"));
    }
    unique(world, &content, None)?;
    let view = push_view(world, &trigger.user, content)?;
    Ok(json!({"view": view.object()}))
}

/// Puts a modal over those that are open.
pub(crate) fn push_view(world: &mut World, user: &str, content: Value) -> Result<View, Refusal> {
    let open = world.views.get(user).map(Vec::as_slice).unwrap_or_default();
    if open.is_empty() {
        return Err(Refusal::new("not_found"));
    }
    if open.len() >= DEPTH {
        return Err(Refusal::new("push_limit_reached"));
    }
    let below = open.last().map(|view| (view.id.clone(), view.root.clone()));
    let view = new_view(world, content, below);
    world.views.entry(user.into()).or_default().push(view.clone());
    Ok(view)
}

pub(super) fn update(world: &mut World, arguments: &Arguments) -> Answer {
    let content = content(arguments, "modal")?;
    let (id, external) = (arguments.text("view_id"), arguments.text("external_id"));
    let is_it = |view: &View| {
        Some(&view.id) == id.as_ref() || external.as_deref().is_some_and(|name| view.text("external_id") == name)
    };
    let found =
        world.views.values().flatten().find(|view| is_it(view)).map(|view| (view.id.clone(), view.hash.clone()));
    let (id, hash) = found.ok_or_else(|| Refusal::new("not_found"))?;
    if arguments.text("hash").is_some_and(|known| known != hash) {
        return Err(Refusal::new("hash_conflict"));
    }
    unique(world, &content, Some(&id))?;
    let view = update_view(world, &id, content).ok_or_else(|| Refusal::new("not_found"))?;
    Ok(json!({"view": view.object()}))
}

/// Changes what an open modal shows; what people put in stays where block and action stay.
pub(crate) fn update_view(world: &mut World, id: &str, content: Value) -> Option<View> {
    let hash = hash(world);
    let content = with_names(content);
    let view = world.views.values_mut().flatten().find(|view| view.id == id)?;
    let stays = |(block, action): &(String, String)| {
        content["blocks"].as_array().into_iter().flatten().any(|one| {
            one["block_id"] == *block
                && super::super::screen::elements(one).any(|element| element["action_id"] == *action)
        })
    };
    view.state.retain(|key, _| stays(key));
    view.errors.clear();
    view.content = content;
    view.hash = hash;
    Some(view.clone())
}

pub(super) fn publish(world: &mut World, arguments: &Arguments) -> Answer {
    let content = content(arguments, "home")?;
    let user = arguments.must("user_id");
    if !world.users.contains_key(&user) {
        return Err(Refusal::arguments(&["user not found [json-pointer:/user_id]".into()]));
    }
    let known = world.homes.get(&user).map(|view| view.hash.clone());
    if arguments.text("hash").is_some_and(|hash| known.is_some_and(|known| known != hash)) {
        return Err(Refusal::new("hash_conflict"));
    }
    let view = new_view(world, content, None);
    let object = view.object();
    world.homes.insert(user, view);
    Ok(json!({"view": object}))
}

/// What a call, or an answer to a submission, wants to show; checked.
pub(crate) fn check(view: &Value, kind: &str) -> Result<(), Refusal> {
    if view.to_string().len() > LARGEST {
        return Err(Refusal::new("view_too_large"));
    }
    let problems = check_view(view, kind);
    if problems.is_empty() { Ok(()) } else { Err(Refusal::arguments(&problems)) }
}

fn content(arguments: &Arguments, kind: &str) -> Result<Value, Refusal> {
    let view = arguments.structure("view").flatten().filter(Value::is_object);
    let view = view.ok_or_else(|| Refusal::arguments(&["must be an object [json-pointer:/view]".into()]))?;
    check(&view, kind).map(|()| view)
}

fn pull(world: &mut World, arguments: &Arguments) -> Result<crate::slack::world::Trigger, Refusal> {
    let id = arguments.text("trigger_id").or_else(|| arguments.text("interactivity_pointer"));
    world.exchange(&id.ok_or_else(|| Refusal::new("invalid_trigger_id"))?)
}

/// A name of the bot's own must be its alone.
fn unique(world: &World, content: &Value, own: Option<&str>) -> Result<(), Refusal> {
    let Some(name) = content["external_id"].as_str().filter(|name| !name.is_empty()) else { return Ok(()) };
    let taken = |view: &View| view.text("external_id") == name && Some(view.id.as_str()) != own;
    if world.views.values().flatten().any(taken) { Err(Refusal::new("duplicate_external_id")) } else { Ok(()) }
}

fn hash(world: &mut World) -> String {
    let stamp = world.stamp();
    let (seconds, rest) = stamp.split_once('.').unwrap_or((&stamp, ""));
    format!("{seconds}.h{rest}")
}

fn new_view(world: &mut World, content: Value, below: Option<(String, String)>) -> View {
    let (id, hash) = (world.id("V"), hash(world));
    let (previous, root) = below.map_or((None, id.clone()), |(previous, root)| (Some(previous), root));
    let (state, errors) = (Default::default(), Default::default());
    View { id, root, previous, hash, content: with_names(content), state, errors }
}

/// Slack gives a name to each block and action that has none.
fn with_names(mut content: Value) -> Value {
    for (number, block) in content["blocks"].as_array_mut().into_iter().flatten().enumerate() {
        if let Some(block) = block.as_object_mut() {
            block.entry("block_id").or_insert_with(|| format!("b{number}").into());
            if let Some(element) = block.get_mut("element").and_then(Value::as_object_mut) {
                element.entry("action_id").or_insert_with(|| format!("a{number}").into());
            }
        }
    }
    content
}
