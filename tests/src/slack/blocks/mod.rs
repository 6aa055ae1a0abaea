//! The rules of blocks and views. Every figure is published in the reference of Block Kit.

use serde_json::Value;

mod block;
mod element;
mod object;
mod view;

pub(crate) use view::check_view;

/// A message takes so many blocks.
const IN_MESSAGE: usize = 50;

/// What is wrong, each with the place.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub Vec<String>);

impl Problems {
    /// One more.
    pub fn add(&mut self, problem: &str, place: &str) {
        self.0.push(format!("{problem} [json-pointer:{place}]"));
    }

    /// One more, unless this holds.
    pub fn unless(&mut self, holds: bool, problem: &str, place: &str) {
        if !holds {
            self.add(problem, place);
        }
    }
}

/// What Slack would refuse in the blocks of a message.
pub(crate) fn check_message(blocks: &[Value]) -> Vec<String> {
    let mut problems = Problems::default();
    problems.unless(blocks.len() <= IN_MESSAGE, "no more than 50 items allowed", "/blocks");
    block::all(&mut problems, blocks, false);
    problems.0
}

/// What Slack would refuse in the options that were offered for a select.
pub(crate) fn check_options(options: &[Value]) -> Vec<String> {
    let mut problems = Problems::default();
    object::options(&mut problems, &Value::Array(options.to_vec()), 0, 100, "/options");
    problems.0
}
