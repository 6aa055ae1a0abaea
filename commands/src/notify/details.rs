//! What happened, line by line, for the thread of the live card: whoever joins late reads it there, and
//! nobody else is disturbed. A page is posted when it is full, or when nothing runs: hardly any edits.

use super::slots::Showing;
use super::text::say;
use super::view::View;
use super::{Where, words};
use crate::model::{Block, Message, ShownIn, Slot, SlotId, SlotOwner, Tone};
use crate::report;

/// So many lines make a page.
const PAGE: usize = 12;

/// The pages of an incident's log that stand in the thread of its first live card.
pub(super) fn details(view: &View<'_>) -> Vec<Showing> {
    let Some(first) = view.rollbacks.iter().find(|state| super::subject::was_approved(state)) else {
        return Vec::new();
    };
    let card = SlotId { owner: SlotOwner::Rollback(first.id), slot: Slot::Progress, shown_in: ShownIn::Room };
    let entries = report::timeline(view);
    let rests = view.rollbacks.iter().all(|state| state.phase.is_over() || state.question.is_some());
    let pages = entries.chunks(PAGE).enumerate().filter(|(_, page)| page.len() == PAGE || rests);
    pages
        .map(|(number, page)| {
            let shown = number + 1;
            let mut message =
                Message::line(Tone::Plain, say("headline-details", &[("id", &view.incident.id), ("page", &shown)]));
            let line = |entry: &report::TimelineEntry| {
                let arguments: [(&'static str, &dyn std::fmt::Display); 3] =
                    [("time", &entry.time), ("who", &entry.who), ("text", &entry.text)];
                say("details-line", &arguments)
            };
            message.blocks = vec![Block::List(page.iter().map(line).collect())];
            message.is_final = page.len() == PAGE;
            let owner = SlotOwner::Incident(view.incident.id);
            let slot = SlotId { owner, slot: Slot::Details(words::count(shown)), shown_in: ShownIn::Room };
            Showing { slot, place: Where::Thread(card.clone()), message }
        })
        .collect()
}
