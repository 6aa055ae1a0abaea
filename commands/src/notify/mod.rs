//! State to messages. Chat is a projection: what each slot shows is a function of the folded log and the
//! settings, so a restart loses nothing and two replicas agree. No clock is asked: moments are shown as
//! they are in the log, in UTC, and a card needs no drawing while time passes.
//!
//! A message claims only what an event proves. Sentences live in [`text`], nowhere else; headlines hold
//! ids, names and versions only, and what people typed stands in values.

mod alert;
pub mod answer;
mod approval;
pub mod clean;
mod details;
mod notice;
pub(crate) mod outcome;
mod plan;
pub(crate) mod progress;
mod proposal;
mod question;
mod slots;
pub(crate) mod steps;
pub(crate) mod subject;
pub mod text;
mod users;
mod view;
pub mod words;

#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod tests;

pub use approval::expires_at;
pub use proposal::proposal;
pub use slots::{Showing, Where, report_now, slots};
pub use users::user_text;
pub use view::View;

use crate::model::StepLine;
use crate::saga::{IncidentState, Phase, RollbackState};
use text::say;
use words::Words;

/// One line about what an incident's room is for.
#[must_use]
pub fn room_topic(incident: &IncidentState) -> String {
    let services = words::services(&incident.services);
    let arguments: [(&'static str, &dyn std::fmt::Display); 3] = [
        ("id", &incident.id),
        ("services", &services),
        ("severity", &words::stated(&incident.severity, words::severity)),
    ];
    say("room-topic", &arguments)
}

/// How a rollback ended, in sentences; empty while it is not over.
#[must_use]
pub fn outcome_lines(words: &Words<'_>, state: &RollbackState) -> Vec<String> {
    if let Some((_, meaning)) = subject::end_without_run(words, state) {
        return vec![meaning];
    }
    state.outcome.as_ref().map(|ended| outcome::meaning(words, state, ended)).unwrap_or_default()
}

/// The steps of a rollback, each with how it stands.
#[must_use]
pub fn step_lines(words: &Words<'_>, state: &RollbackState) -> Vec<StepLine> {
    steps::running(words, state)
}

/// Where a rollback is, in a few words.
#[must_use]
pub fn summary(state: &RollbackState) -> String {
    if state.unreadable.is_some() {
        return say("summary-stands-still", &[]);
    }
    if let Some(ended) = &state.outcome {
        return match ended {
            crate::model::Outcome::Done { .. } => say("summary-done", &[]),
            crate::model::Outcome::Partial { .. } => say("summary-partial", &[]),
            crate::model::Outcome::AsBefore { .. } => say("summary-as-before", &[]),
        };
    }
    match state.phase {
        Phase::Proposed if state.plan.is_none() => say("summary-planning", &[]),
        Phase::Proposed => say("summary-proposed", &[]),
        Phase::Approved => say("summary-approved", &[]),
        Phase::Running if state.question.is_some() => say("summary-paused", &[]),
        Phase::Running if state.abort.is_some() => say("summary-stopping", &[]),
        Phase::Running | Phase::Finished => say("summary-running", &[]),
        Phase::Denied => say("summary-denied", &[]),
        Phase::Expired => say("summary-expired", &[]),
        Phase::Replaced => say("summary-replaced", &[]),
    }
}
