//! Which event may follow in which phase: one table, used before an event is appended and again when
//! it is read back.

use super::rollback::{Phase, RollbackState};
use super::step::StepProgress;
use crate::model::{RollbackEvent, StepName};

/// Said of an event that cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{event}` cannot follow in phase {phase:?}: {why}")]
pub struct Illegal {
    /// The event.
    pub event: &'static str,
    /// The phase.
    pub phase: Phase,
    /// Which rule of the table forbids it.
    pub why: &'static str,
}

/// The table.
pub(super) fn check(state: &RollbackState, event: &RollbackEvent) -> Result<(), Illegal> {
    use Phase::{Approved, Finished, Proposed, Running};
    let rule = match event {
        RollbackEvent::Requested { .. } => ("requested", "it was requested before", false),
        RollbackEvent::Planned { .. } => ("planned", "only a new or a voided plan is replaced", may_plan(state)),
        RollbackEvent::Voted(vote) => {
            let fresh = !state.votes.iter().any(|(_, cast)| cast.person == vote.person);
            let fits = state.phase == Proposed && state.digest() == Some(vote.digest) && fresh;
            ("voted", "one vote of each person, on the plan that stands, while it is proposed", fits)
        }
        RollbackEvent::Approved { digest } => {
            let fits = state.phase == Proposed && state.digest() == Some(*digest) && !state.votes.is_empty();
            ("approved", "by votes on the plan that stands", fits)
        }
        RollbackEvent::Denied { .. } => ("denied", "only what is proposed", state.phase == Proposed),
        RollbackEvent::Expired => ("expired", "only what has not started", matches!(state.phase, Proposed | Approved)),
        RollbackEvent::Replaced { .. } => ("replaced", "only what is not over", !state.phase.is_over()),
        RollbackEvent::TookOver { .. } => ("took-over", "as it is approved", state.phase == Approved),
        RollbackEvent::Reminded { .. } => ("reminded", "only what is not over", !state.phase.is_over()),
        RollbackEvent::Started => ("started", "once, after approval", state.phase == Approved),
        RollbackEvent::StepStarted { step, attempt } => {
            ("step-started", "a step that is not settled, the next attempt", may_start(state, step, *attempt))
        }
        RollbackEvent::StepObserved { step, .. } => {
            ("step-observed", "a step that has begun", runs(state) && state.step(step).has_begun())
        }
        RollbackEvent::StepFinished { step, attempt, .. } | RollbackEvent::StepFailed { step, attempt, .. } => {
            ("step-ended", "the attempt that began", is_attempt(state, step, *attempt))
        }
        RollbackEvent::PlanVoided { .. } => {
            ("plan-voided", "only before anything moved", runs(state) && state.voided.is_none())
        }
        RollbackEvent::Asked { step, .. } => {
            let fits = runs(state) && state.question.is_none() && state.steps.contains_key(step);
            ("asked", "one question at a time, about a step", fits)
        }
        RollbackEvent::Answered { question, .. } => {
            let fits = state.question.as_ref().is_some_and(|open| open.sequence == *question);
            ("answered", "the question that is open", runs(state) && fits)
        }
        RollbackEvent::AbortRequested { .. } => {
            let fits = matches!(state.phase, Approved | Running) && state.abort.is_none();
            ("abort-requested", "once, after approval and before the end", fits)
        }
        RollbackEvent::Finished { .. } => ("finished", "only a run ends", matches!(state.phase, Running | Approved)),
        RollbackEvent::WatchEnded => {
            ("watch-ended", "once, after the run", state.phase == Finished && state.watch_ended_at.is_none())
        }
        RollbackEvent::UserTextEdited { .. } | RollbackEvent::UserTextPublished { .. } => {
            let fits = state.phase == Finished && state.published.is_none();
            ("user-text", "after the run, until it is published", fits)
        }
    };
    let (event, why, fits) = rule;
    if fits { Ok(()) } else { Err(Illegal { event, phase: state.phase, why }) }
}

fn runs(state: &RollbackState) -> bool {
    state.phase == Phase::Running
}

fn may_plan(state: &RollbackState) -> bool {
    match state.phase {
        Phase::Proposed => true,
        Phase::Running => state.voided.is_some() && !state.may_have_moved() && state.abort.is_none(),
        _ => false,
    }
}

fn may_start(state: &RollbackState, step: &StepName, attempt: u32) -> bool {
    let Some(step) = state.steps.get(step) else { return false };
    let next = match step.progress {
        StepProgress::Waiting => attempt == 1,
        // The same attempt again is a recovery: the one before it left no outcome.
        StepProgress::Started => attempt == step.attempt,
        StepProgress::Failed { .. } | StepProgress::Again => attempt == step.attempt + 1,
        StepProgress::Finished | StepProgress::Skipped { .. } => false,
    };
    runs(state) && state.question.is_none() && next
}

fn is_attempt(state: &RollbackState, step: &StepName, attempt: u32) -> bool {
    let Some(step) = state.steps.get(step) else { return false };
    runs(state) && step.attempt == attempt && step.progress == StepProgress::Started
}
