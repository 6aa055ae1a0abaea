//! Where the minutes went: each span from two events, or not known.

use jiff::Timestamp;

use super::shape::Minutes;
use crate::model::{Outcome, StepAction};
use crate::saga::RollbackState;

/// The spans of one rollback.
#[must_use]
pub fn minutes(state: &RollbackState) -> Minutes {
    let detected = state.assessment.detected_at;
    let requested = state.timeline.first().map(|entry| entry.at);
    let seen = seen_at(state);
    let ended = state.outcome.as_ref().filter(|outcome| !matches!(outcome, Outcome::AsBefore { .. }));
    let ended = ended.and(state.ended_at);
    Minutes {
        detect: None,
        decide: seconds(Some(detected.value()), requested),
        decide_assumed: detected.is_assumed(),
        approve: seconds(requested, state.approved_at),
        execute: seconds(state.approved_at, seen),
        verify: seconds(seen, ended),
    }
}

/// When the last target was seen in its place; `None` unless each was.
fn seen_at(state: &RollbackState) -> Option<Timestamp> {
    let steps = &state.plan.as_ref()?.effects().steps;
    let looks = steps.iter().filter(|step| matches!(step.action, StepAction::See { .. }));
    let ends: Option<Vec<Timestamp>> = looks
        .map(|step| {
            let progress = state.steps.get(&step.name)?;
            progress.is_finished().then_some(progress.ended_at).flatten()
        })
        .collect();
    ends?.into_iter().max()
}

/// Never negative: a clock that was set back tells nothing.
fn seconds(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    let seconds = to?.duration_since(from?).as_secs();
    (seconds >= 0).then_some(seconds)
}
