//! How to type it.

use crate::model::{Block, Message, Tone};
use crate::notify::clean::line;
use crate::notify::text::say;

/// Every verb that help knows, in the order in which it is listed. The first is the command without one.
pub const VERBS: [&str; 15] = [
    "rollback", "plan", "status", "history", "report", "why", "help", "close", "approve", "deny", "abort", "retry",
    "skip", "mark", "repair",
];

/// All verbs, or one of them with an example. A topic that is none shows all.
#[must_use]
pub fn help(topic: Option<&str>) -> Message {
    let verb = topic.and_then(|topic| VERBS.into_iter().find(|verb| verb.eq_ignore_ascii_case(topic.trim())));
    match verb {
        Some(verb) => of_verb(verb),
        None => overview(topic),
    }
}

fn of_verb(verb: &'static str) -> Message {
    let (form, meaning) = wording(verb);
    let mut message = Message::line(Tone::Plain, say("help-verb", &[("verb", &verb)]));
    message.blocks = vec![Block::Code(form), Block::Text(meaning)];
    message
}

fn overview(topic: Option<&str>) -> Message {
    let mut message = Message::line(Tone::Plain, say("help-title", &[]));
    if let Some(topic) = topic {
        message.blocks.push(Block::Text(say("help-no-topic", &[("topic", &line(topic))])));
    }
    let forms: Vec<String> = VERBS.into_iter().map(|verb| wording(verb).0).collect();
    message.blocks.push(Block::Code(forms.join("\n")));
    message.blocks.push(Block::Text(say("help-more", &[])));
    message
}

/// How a verb is typed, and what it does.
fn wording(verb: &str) -> (String, String) {
    match verb {
        "plan" => (say("help-plan-form", &[]), say("help-plan", &[])),
        "status" => (say("help-status-form", &[]), say("help-status", &[])),
        "history" => (say("help-history-form", &[]), say("help-history", &[])),
        "report" => (say("help-report-form", &[]), say("help-report", &[])),
        "why" => (say("help-why-form", &[]), say("help-why", &[])),
        "help" => (say("help-help-form", &[]), say("help-help", &[])),
        "close" => (say("help-close-form", &[]), say("help-close", &[])),
        "approve" => (say("help-approve-form", &[]), say("help-approve", &[])),
        "deny" => (say("help-deny-form", &[]), say("help-deny", &[])),
        "abort" => (say("help-abort-form", &[]), say("help-abort", &[])),
        "retry" => (say("help-retry-form", &[]), say("help-retry", &[])),
        "skip" => (say("help-skip-form", &[]), say("help-skip", &[])),
        "repair" => (say("help-repair-form", &[]), say("help-repair", &[])),
        "mark" => (say("help-mark-form", &[]), say("help-mark", &[])),
        _ => (say("help-rollback-form", &[]), say("help-rollback", &[])),
    }
}
