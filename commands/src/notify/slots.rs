//! Every slot of an incident and its rollbacks, with what it shows now.

use std::collections::BTreeSet;

use super::text::say;
use super::view::View;
use super::words::fact;
use super::{alert, notice, progress, proposal, question};
use crate::model::{
    Block, Button, ButtonAction, ButtonStyle, IncidentEvent, Message, Place, ShownIn, Slot, SlotId, SlotOwner, Tone,
};
use crate::report;
use crate::saga::{Phase, RollbackState};

/// One slot with what it shows now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    /// Which slot.
    pub slot: SlotId,
    /// Where it is shown.
    pub place: Where,
    /// What it shows.
    pub message: Message,
}

/// Where a slot is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Where {
    /// The incident's own room, once there is one.
    Room,
    /// This room of this chat.
    Place(Place),
    /// The thread of what this slot shows in the incident's own room, where the chat has threads.
    Thread(SlotId),
}

/// Every slot, in the order in which they are posted first. A slot that was there once is there ever
/// after, so that no card is left standing with what is no longer so.
#[must_use]
pub fn slots(view: &View<'_>) -> Vec<Showing> {
    let mut slots: Vec<Showing> = view.rollbacks.iter().flat_map(|state| of_rollback(view, state)).collect();
    for (owner, sequence, message) in alert::alerts(view) {
        slots.push(in_room(owner, Slot::Alert(sequence), message));
    }
    if let Some(message) = report_message(view) {
        slots.push(in_room(SlotOwner::Incident(view.incident.id), Slot::Report, message));
    }
    slots.extend(super::details::details(view));
    slots
}

pub(super) fn in_room(owner: SlotOwner, slot: Slot, message: Message) -> Showing {
    Showing { slot: SlotId { owner, slot, shown_in: ShownIn::Room }, place: Where::Room, message }
}

fn of_rollback(view: &View<'_>, state: &RollbackState) -> Vec<Showing> {
    let owner = SlotOwner::Rollback(state.id);
    let notice = notice::notice(view, state);
    let mut slots = vec![
        in_room(owner, Slot::Notice, notice.clone()),
        in_room(owner, Slot::Proposal, proposal::proposal(view, state)),
    ];
    slots.extend(progress::progress(view, state).map(|message| in_room(owner, Slot::Progress, message)));
    for (sequence, message) in question::questions(view, state) {
        slots.push(in_room(owner, Slot::Question(sequence), message));
    }
    slots.extend(super::users::user_texts(view, state));
    slots.extend(elsewhere(view, state, &notice));
    slots
}

/// The notification where stakeholders read, and a line where it was asked.
fn elsewhere(view: &View<'_>, state: &RollbackState, notice: &Message) -> Vec<Showing> {
    let room = view.incident.room.as_ref().map(|room| Place { chat: room.chat.clone(), room: room.room.clone() });
    let announced: BTreeSet<&Place> =
        view.settings.announce.iter().filter(|place| Some(*place) != room.as_ref()).collect();
    let asked_in = &state.request.asked_in;
    let mut slots: Vec<Showing> = announced.iter().map(|place| at(state, place, notice.clone())).collect();
    if Some(asked_in) != room.as_ref() && !announced.contains(asked_in) {
        slots.push(at(state, asked_in, notice::one_line(view, state)));
    }
    slots
}

fn at(state: &RollbackState, place: &Place, message: Message) -> Showing {
    let shown_in = ShownIn::Elsewhere(place.room.clone());
    let slot = SlotId { owner: SlotOwner::Rollback(state.id), slot: Slot::Notice, shown_in };
    Showing { slot, place: Where::Place(place.clone()), message }
}

/// The report: from the first run that ended on, again when something changes, final once closed.
fn report_message(view: &View<'_>) -> Option<Message> {
    let ran = view.rollbacks.iter().any(|state| state.phase == Phase::Finished);
    let was_closed = view.incident.timeline.iter().any(|entry| entry.event == IncidentEvent::Closed);
    if !ran && !was_closed {
        return None;
    }
    Some(report_now(view))
}

/// The report as it stands now, whether it is due or not.
#[must_use]
pub fn report_now(view: &View<'_>) -> Message {
    let id = view.incident.id;
    let is_open = view.incident.is_open();
    let headline =
        if is_open { say("headline-report", &[("id", &id)]) } else { say("headline-report-closed", &[("id", &id)]) };
    let mut message = Message::line(Tone::Plain, headline);
    let report = report::report(view);
    if let Some(state) = report::weightiest(view.rollbacks) {
        message.facts.push(fact(say("label-status", &[]), super::summary(state)));
    }
    message.blocks.push(Block::Document { name: format!("{id}.md"), text: markdown(view, &report) });
    // For programs: the same facts, in a shape with a number.
    let json = serde_json::to_string_pretty(&report).unwrap_or_default();
    message.blocks.push(Block::Document { name: format!("{id}.json"), text: json });
    message.is_final = !is_open;
    let over = view.rollbacks.iter().all(|state| state.phase.is_over());
    if is_open && over {
        message.buttons.push(Button {
            label: say("button-close", &[]),
            action: ButtonAction::Close { incident: id },
            style: ButtonStyle::Plain,
            confirm: Some(say("confirm-close", &[("id", &id)])),
        });
    }
    message
}

/// By the operator's template; where that fails, by our own.
fn markdown(view: &View<'_>, report: &report::Report) -> String {
    let template = view.settings.texts.report.as_deref();
    report::markdown(report, template)
        .or_else(|error| {
            tracing::error!(%error, "the report is written by the built-in template");
            report::markdown(report, None)
        })
        .unwrap_or_else(|error| {
            tracing::error!(%error, "the report is written as data");
            serde_json::to_string_pretty(report).unwrap_or_default()
        })
}
