//! The text for users in the room and where users read: a draft that people may change, then published by
//! one who may, and after that never changed any more.

use super::Where;
use super::slots::{Showing, in_room};
use super::text::say;
use super::view::View;
use super::words::fact;
use crate::model::{Block, Button, ButtonAction, ButtonStyle, Digest, Message, ShownIn, Slot, SlotId, SlotOwner, Tone};
use crate::report;
use crate::saga::RollbackState;

/// Every slot of the text for users of one rollback.
pub(super) fn user_texts(view: &View<'_>, state: &RollbackState) -> Vec<Showing> {
    let Some(ours) = ours(view, state) else { return Vec::new() };
    let owner = SlotOwner::Rollback(state.id);
    let slot = |message| in_room(owner, Slot::UserText, message);
    let places = &view.settings.rooms.publish;
    match &state.published {
        None if places.is_empty() => vec![slot(ours)],
        None => vec![slot(draft(state, ours))],
        Some((at, actor, text)) => {
            let words = view.words();
            let mut standing = published(state, &ours, text);
            standing.headline = say("headline-user-text-published", &[("rollback", &state.id)]);
            let by = say("published-by", &[("who", &words.actor(actor)), ("at", &words.moment(*at))]);
            standing.facts.push(fact(say("label-published", &[]), by));
            let elsewhere = places.iter().map(|place| Showing {
                slot: SlotId { owner, slot: Slot::UserText, shown_in: ShownIn::Elsewhere(place.room.clone()) },
                place: Where::Place(place.clone()),
                message: published(state, &ours, text),
            });
            std::iter::once(slot(standing)).chain(elsewhere).collect()
        }
    }
}

/// The text as it would be published now; `None` where there is none.
#[must_use]
pub fn user_text(view: &View<'_>, state: &RollbackState) -> Option<String> {
    ours(view, state).map(|ours| text_of(state, &ours))
}

/// By our own form or the operators' template. One that fails costs its form, never the text.
fn ours(view: &View<'_>, state: &RollbackState) -> Option<Message> {
    let text = report::user_text(view, state)?;
    let template = view.settings.texts.user_text.as_deref();
    Some(report::user_text_message(&text, template).unwrap_or_else(|error| {
        tracing::error!(%error, "the user text is shown in its own form");
        report::user_text_message(&text, None).unwrap_or_else(|_| Message::line(Tone::Warning, text.rollback.clone()))
    }))
}

fn text_of(state: &RollbackState, ours: &Message) -> String {
    state.user_text.clone().unwrap_or_else(|| plain(ours))
}

/// What people may change and publish: the digest of the button is over the very text that is shown.
fn draft(state: &RollbackState, ours: Message) -> Message {
    let text = text_of(state, &ours);
    let digest = Digest::of(text.as_bytes());
    let mut message = Message::line(Tone::Asking, say("headline-user-text-draft", &[("rollback", &state.id)]));
    message.blocks = vec![Block::Text(text), Block::Text(say("user-text-draft-means", &[]))];
    message.buttons = vec![
        Button {
            label: say("button-publish", &[]),
            action: ButtonAction::PublishUserText { rollback: state.id, digest },
            style: ButtonStyle::Primary,
            confirm: Some(say("confirm-publish", &[("id", &state.id)])),
        },
        Button {
            label: say("button-edit", &[]),
            action: ButtonAction::EditUserText { rollback: state.id },
            style: ButtonStyle::Plain,
            confirm: None,
        },
    ];
    message
}

fn published(state: &RollbackState, ours: &Message, text: &str) -> Message {
    let headline = say("headline-user-text", &[("rollback", &state.id)]);
    let mut message = Message::line(ours.tone, headline);
    message.blocks = vec![Block::Text(text.to_owned())];
    message.is_final = true;
    message
}

/// A message as lines of plain text, for a form.
fn plain(message: &Message) -> String {
    let mut lines: Vec<String> = message.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)).collect();
    for block in &message.blocks {
        match block {
            Block::Title(title) => {
                lines.push(String::new());
                lines.push(title.clone());
            }
            Block::Text(text) | Block::Code(text) | Block::Document { text, .. } => lines.push(text.clone()),
            Block::List(points) => lines.extend(points.iter().map(|point| format!("• {point}"))),
            Block::Steps(steps) => lines.extend(steps.iter().map(|step| step.text.clone())),
        }
    }
    super::clean::text(&lines.join("\n"))
}
