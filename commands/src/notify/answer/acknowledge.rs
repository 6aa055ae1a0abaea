//! That something was taken. Each is of what was just written to the log, and claims no more.

use crate::model::{Fact, IncidentId, Mark, Message, RollbackId, Standing, Tone};
use crate::notify::clean::line;
use crate::notify::text::say;
use crate::notify::words::{self, fact};
use crate::saga::Room;

/// A request was taken: where to follow it.
#[must_use]
pub fn accepted(rollback: RollbackId, room: Option<&Room>, room_name: &str) -> Message {
    let mut message = Message::line(Tone::Working, say("answer-accepted", &[("id", &rollback)]));
    message.facts = vec![follow(room, room_name)];
    message
}

fn follow(room: Option<&Room>, room_name: &str) -> Fact {
    let shown = room.map_or_else(|| say("room-not-there", &[("name", &room_name)]), |room| room.shown_as.clone());
    fact(say("label-status-channel", &[]), shown)
}

/// A vote counts: how many are there, of how many that are needed.
#[must_use]
pub fn voted(rollback: RollbackId, votes: u32, needed: u32) -> Message {
    let arguments: [(&'static str, &dyn std::fmt::Display); 3] =
        [("id", &rollback), ("votes", &votes), ("needed", &needed)];
    if votes >= needed {
        return Message::line(Tone::Good, say("answer-voted-enough", &arguments));
    }
    Message::line(Tone::Plain, say("answer-voted", &arguments))
}

/// A request was denied.
#[must_use]
pub fn denied(rollback: RollbackId) -> Message {
    Message::line(Tone::Plain, say("answer-denied", &[("id", &rollback)]))
}

/// An abort was taken; what it means depends on whether anything has moved.
#[must_use]
pub fn abort_taken(rollback: RollbackId, may_have_moved: bool) -> Message {
    let arguments: [(&'static str, &dyn std::fmt::Display); 1] = [("id", &rollback)];
    let line =
        if may_have_moved { say("answer-abort-moved-taken", &arguments) } else { say("answer-abort", &arguments) };
    Message::line(Tone::Plain, line)
}

/// The step is tried again.
#[must_use]
pub fn retry_taken(rollback: RollbackId) -> Message {
    Message::line(Tone::Plain, say("answer-retry", &[("id", &rollback)]))
}

/// The step is left out.
#[must_use]
pub fn skip_taken(rollback: RollbackId) -> Message {
    Message::line(Tone::Plain, say("answer-skip", &[("id", &rollback)]))
}

/// A version was marked.
#[must_use]
pub fn marked(mark: &Mark) -> Message {
    let standing = match mark.standing {
        Standing::Bad => say("word-marked-bad", &[]),
        Standing::Good | Standing::Unproven => words::standing(mark.standing),
    };
    let arguments: [(&'static str, &dyn std::fmt::Display); 3] =
        [("service", &mark.service), ("version", &mark.version), ("standing", &standing)];
    let mut message = Message::line(Tone::Plain, say("answer-marked", &arguments));
    message.facts = vec![fact(say("label-reason", &[]), say("reason", &[("because", &line(&mark.because))]))];
    message
}

/// An incident was closed.
#[must_use]
pub fn closed(incident: IncidentId) -> Message {
    Message::line(Tone::Plain, say("answer-closed", &[("id", &incident)]))
}

/// A repair was asked for.
#[must_use]
pub fn repair_taken(incident: IncidentId) -> Message {
    Message::line(Tone::Plain, say("answer-repair", &[("id", &incident)]))
}

/// The text for users was changed.
#[must_use]
pub fn text_edited(rollback: RollbackId) -> Message {
    Message::line(Tone::Plain, say("answer-text-edited", &[("id", &rollback)]))
}

/// The text for users is on its way.
#[must_use]
pub fn text_published(rollback: RollbackId) -> Message {
    Message::line(Tone::Good, say("answer-text-published", &[("id", &rollback)]))
}
