//! The methods of the Web API that the fake has.

use serde_json::Value;

use super::arguments::Arguments;
use super::rates::Tier;
use super::refusal::{Answer, Refusal};
use super::world::World;

mod bookmarks;
mod channel_list;
mod channel_name;
mod channels;
mod chat;
mod files;
mod history;
mod members;
mod people;
mod pins;
mod reactions;
mod table;
pub(crate) mod views;

pub(crate) use channels::direct;
pub(crate) use chat::{Target, deliver_message};
pub(crate) use table::all;

/// One method: what it takes, what it needs, what it does.
#[derive(Clone, Copy)]
pub(crate) struct Method {
    pub name: &'static str,
    pub tier: Tier,
    /// Whether it reads arguments from JSON.
    pub json: bool,
    /// Any of these scopes is enough, for a public channel or where there is no channel; for none, none is
    /// needed.
    pub public: &'static [&'static str],
    /// The same for private channels.
    pub private: &'static [&'static str],
    /// `name:type` of each argument; those with `!` are required.
    pub arguments: &'static str,
    pub run: fn(&mut World, &Arguments) -> Answer,
}

/// The type of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// Values with commas.
    List,
    /// JSON, itself or as a string.
    Structure,
}

/// One argument of a method.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
}

/// The method of this name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    all().iter().find(|method| method.name == name)
}

impl Method {
    /// Its arguments.
    pub fn arguments(&self) -> impl Iterator<Item = Argument> {
        self.arguments.split_whitespace().map(|word| {
            let (name, shape) = word.split_once(':').unwrap_or((word, "text"));
            let required = name.ends_with('!');
            let shape = match shape {
                "flag" => Shape::Flag,
                "number" => Shape::Number,
                "list" => Shape::List,
                "json" => Shape::Structure,
                _ => Shape::Text,
            };
            Argument { name: name.trim_end_matches('!'), shape, required }
        })
    }

    /// Refuses what is missing, unknown or of another type.
    pub fn check(&self, world: &World, arguments: &Arguments) -> Result<(), Refusal> {
        let known: Vec<Argument> = self.arguments().collect();
        let mut problems = Vec::new();
        for one in &known {
            let sent = arguments.raw(one.name);
            // Empty text counts as sent: the method itself has a word for it.
            if one.required && sent.is_none() {
                problems.push(format!("missing required field: {}", one.name));
            }
            let Some(sent) = sent else { continue };
            let listed = matches!(one.shape, Shape::Text | Shape::List) && sent.is_array();
            if listed && world.rules.arrays_refused {
                return Err(Refusal::new("invalid_array_arg"));
            }
            if !fits(one.shape, sent) {
                problems.push(format!("invalid type: {}", one.name));
            }
        }
        if world.rules.unknown_arguments_refused {
            let unknown = arguments.names().filter(|name| known.iter().all(|one| one.name != *name));
            problems.extend(unknown.map(|name| format!("unknown field: {name}")));
        }
        if problems.is_empty() { Ok(()) } else { Err(Refusal::arguments(&problems)) }
    }
}

fn fits(shape: Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Structure, _) | (Shape::Text | Shape::List, Value::String(_) | Value::Number(_)) => true,
        (Shape::List, Value::Array(_)) => true,
        (Shape::Flag, Value::Bool(_)) | (Shape::Number, Value::Number(_)) => true,
        (Shape::Flag, Value::String(text)) => ["true", "false", "1", "0"].contains(&text.as_str()),
        (Shape::Flag, Value::Number(number)) => number.as_u64().is_some_and(|number| number < 2),
        (Shape::Number, Value::String(text)) => text.parse::<u64>().is_ok(),
        _ => false,
    }
}
