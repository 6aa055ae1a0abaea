//! What the driver does next: a pure function of the folded log and the time, the same live and on
//! recovery.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::rollback::{Phase, RollbackState};
use super::step::{StepProgress, StepState};
use crate::model::{Note, Outcome, PlannedStep, ServiceKey, StepAction, StepClass, StepName, Trouble};

/// The next thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Nothing: people are asked, or it is over, or this release does not understand the log.
    Rest,
    /// Not before this moment.
    WaitUntil(Timestamp),
    /// Say that the run begins.
    Start,
    /// Begin this attempt at a step. Recovering: an attempt began and left no outcome.
    Perform {
        /// Which step.
        step: StepName,
        /// Which attempt.
        attempt: u32,
        /// True where its effect may be there already.
        recovering: bool,
    },
    /// Only look whether this pivot moved: the run is to stop.
    ReadBack {
        /// Which step.
        step: StepName,
        /// Which attempt.
        attempt: u32,
    },
    /// Ask people what to do about a step.
    Ask {
        /// Which step.
        step: StepName,
        /// Why.
        trouble: Trouble,
    },
    /// The plan is void and nothing is open any more: make a new one.
    Replan,
    /// The run is over.
    Finish(Outcome),
}

/// Which way a run goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Direction {
    /// Through the plan.
    Forward,
    /// Nothing has moved and nothing will: close what is open.
    Unwinding(Note),
    /// Something moved and people said stop: close what is open, and ask about traffic if checks fail.
    Closing,
}

/// Which way the run goes now.
#[must_use]
pub fn direction(state: &RollbackState) -> Direction {
    let moved = state.may_have_moved();
    if state.abort.is_some() {
        return if moved { Direction::Closing } else { Direction::Unwinding(Note::new("ended-aborted")) };
    }
    if moved {
        return Direction::Forward;
    }
    if state.voided.is_some() {
        return Direction::Unwinding(Note::new("ended-plan-void"));
    }
    let failed = planned(state)
        .filter(|step| matches!(step.class, StepClass::Prepare | StepClass::Pivot))
        .find(|step| matches!(state.step(&step.name).progress, StepProgress::Failed { .. }));
    match failed {
        Some(step) => Direction::Unwinding(Note::new("ended-step-failed").with("step", &step.name)),
        None => Direction::Forward,
    }
}

/// How long to wait after this attempt before the next: 1 s, 2 s, 4 s … at most 15 s.
#[must_use]
pub fn backoff(attempt: u32) -> SignedDuration {
    let seconds = 1_u64 << attempt.saturating_sub(1).min(4);
    SignedDuration::try_from(Duration::from_secs(seconds.min(15))).unwrap_or(SignedDuration::ZERO)
}

/// How a failure of this step is treated in this direction: a closer that runs because the run stops
/// early must not hold up the others. What was under way when people said stop stays what it is: nobody
/// is to do it by hand now.
#[must_use]
pub fn treatment(step: &PlannedStep, direction: &Direction) -> StepClass {
    match (direction, step.class) {
        (Direction::Unwinding(_), StepClass::Forward | StepClass::Always) => StepClass::Always,
        (_, class) => class,
    }
}

/// The next thing to do.
#[must_use]
pub fn next_move(state: &RollbackState, now: Timestamp) -> Move {
    if state.unreadable.is_some() {
        return Move::Rest;
    }
    match state.phase {
        // The timekeeper ends it: a vote that has expired reaches nothing.
        Phase::Approved if is_expired(state, now) => return Move::Rest,
        Phase::Approved => return Move::Start,
        Phase::Running => {}
        _ => return Move::Rest,
    }
    if state.question.is_some() {
        return Move::Rest;
    }
    if let Some(step) = unsettled_pivot(state) {
        return step;
    }
    let direction = direction(state);
    let steps = agenda(state, &direction);
    for step in steps {
        if let Some(next) = next_of_step(state, step, &direction, now) {
            return next;
        }
    }
    match (&direction, &state.voided) {
        (Direction::Unwinding(_), Some(_)) if state.abort.is_none() => Move::Replan,
        _ => Move::Finish(outcome(state, &direction)),
    }
}

/// Votes expire until the run starts; a run that must close what another left open starts all the same.
fn is_expired(state: &RollbackState, now: Timestamp) -> bool {
    let expires_after = state.plan.as_ref().map(|plan| plan.effects().expires_after());
    let expires_at = state.planned_at.zip(expires_after).and_then(|(at, after)| at.checked_add(after).ok());
    state.abort.is_none() && state.left_open().is_empty() && expires_at.is_some_and(|at| now >= at)
}

/// A pivot that began and left no outcome, when people have said stop: look before deciding the way.
fn unsettled_pivot(state: &RollbackState) -> Option<Move> {
    state.abort.as_ref()?;
    let (step, progress) = state.pivots().find(|(_, progress)| progress.progress == StepProgress::Started)?;
    Some(Move::ReadBack { step: step.name.clone(), attempt: progress.attempt })
}

fn planned(state: &RollbackState) -> impl DoubleEndedIterator<Item = &PlannedStep> {
    state.plan.iter().flat_map(|plan| &plan.effects().steps)
}

/// The steps that this direction goes through, in order.
fn agenda<'a>(state: &'a RollbackState, direction: &Direction) -> Vec<&'a PlannedStep> {
    let opened = |step: &&PlannedStep| match &step.closes {
        Some(opener) => state.step(opener).has_begun(),
        None => step.class == StepClass::Always && !step.only_after_move,
    };
    match direction {
        Direction::Forward => {
            let first = planned(state).filter(|step| step.class != StepClass::Always);
            let last = planned(state).filter(|step| step.class == StepClass::Always);
            first.chain(last).filter(|step| is_due(state, step)).collect()
        }
        Direction::Unwinding(_) => closers_first(planned(state).rev().filter(opened).collect()),
        Direction::Closing => closing_agenda(state),
    }
}

/// What closes something, before what merely tidies up.
fn closers_first(mut steps: Vec<&PlannedStep>) -> Vec<&PlannedStep> {
    steps.sort_by_key(|step| step.closes.is_none());
    steps
}

/// After an abort: traffic goes back only to what was checked, then all that closes or tidies up.
fn closing_agenda(state: &RollbackState) -> Vec<&PlannedStep> {
    let mut agenda = Vec::new();
    let closes_open = |step: &&PlannedStep| step.closes.as_ref().is_some_and(|opener| state.step(opener).has_begun());
    let gates = planned(state).filter(|step| step.class == StepClass::Forward).filter(closes_open);
    for closer in gates {
        let check = planned(state).find(|step| step.action == StepAction::Verify && step.service == closer.service);
        let moved = |(pivot, progress): (&PlannedStep, &StepState)| {
            pivot.service == closer.service && progress.may_have_moved()
        };
        // What never moved serves what it served before.
        if state.pivots().any(moved) {
            agenda.extend(check);
        }
        agenda.push(closer);
    }
    let always = planned(state).filter(|step| step.class == StepClass::Always);
    // Which release people will want after an abort is open: nothing of either is removed.
    let tidies = always.filter(|step| !matches!(step.action, StepAction::CleanUp { .. }));
    agenda.extend(tidies.filter(|step| step.closes.is_none() || closes_open(step)));
    agenda
}

/// Whether a step of the forward way makes sense: what belongs to a target that people left out does
/// not, nor does closing what never opened.
fn is_due(state: &RollbackState, step: &PlannedStep) -> bool {
    if let Some(opener) = &step.closes
        && !state.step(opener).has_begun()
    {
        return false;
    }
    if step.only_after_move && !state.may_have_moved() {
        return false;
    }
    match &step.action {
        StepAction::See { target } => !pivot_left_out(state, step, |name| name == target),
        StepAction::Verify | StepAction::Hold => !all_pivots_left_out(state, step),
        StepAction::CleanUp { .. } => is_proven(state, &step.service),
        _ => true,
    }
}

/// Whether the service was seen, verified and held on its way, with nothing left out.
fn is_proven(state: &RollbackState, service: &ServiceKey) -> bool {
    let is_proof = |step: &&PlannedStep| {
        let proves = matches!(step.action, StepAction::See { .. } | StepAction::Verify | StepAction::Hold);
        proves && step.service == *service
    };
    planned(state).filter(is_proof).all(|step| state.step(&step.name).is_finished())
}

fn pivot_left_out(
    state: &RollbackState,
    step: &PlannedStep,
    wanted: impl Fn(&crate::model::TargetName) -> bool,
) -> bool {
    state.pivots().any(|(pivot, progress)| {
        let same = matches!(&pivot.action, StepAction::Roll { target } if wanted(target));
        same && pivot.service == step.service && is_left_out(progress)
    })
}

fn all_pivots_left_out(state: &RollbackState, step: &PlannedStep) -> bool {
    let mut of_service = state.pivots().filter(|(pivot, _)| pivot.service == step.service).peekable();
    of_service.peek().is_some() && of_service.all(|(_, progress)| is_left_out(progress))
}

fn is_left_out(progress: &StepState) -> bool {
    matches!(progress.progress, StepProgress::Skipped { .. }) && !progress.may_have_moved()
}

/// What to do about this step; `None` means that the next one comes.
fn next_of_step(state: &RollbackState, step: &PlannedStep, direction: &Direction, now: Timestamp) -> Option<Move> {
    let progress = state.step(&step.name);
    let perform = |attempt, recovering| Some(Move::Perform { step: step.name.clone(), attempt, recovering });
    match &progress.progress {
        StepProgress::Finished | StepProgress::Skipped { .. } => None,
        StepProgress::Waiting => perform(1, false),
        StepProgress::Started => perform(progress.attempt, true),
        StepProgress::Again => perform(progress.attempt + 1, false),
        StepProgress::Failed { trouble, retryable, at } => match treatment(step, direction) {
            // It became an open task when its failure was written.
            StepClass::Always => None,
            StepClass::Prepare | StepClass::Pivot | StepClass::Forward => {
                let ask = Some(Move::Ask { step: step.name.clone(), trouble: trouble.clone() });
                let Some(since) = progress.retried_since else { return ask };
                let next_at = *at + backoff(progress.attempt);
                if !retryable || next_at > since + step.retry_for {
                    ask
                } else if now < next_at && next_at.duration_since(now) <= backoff(progress.attempt) {
                    Some(Move::WaitUntil(next_at))
                } else {
                    perform(progress.attempt + 1, false)
                }
            }
        },
    }
}

/// How the run ended, from what its steps prove.
#[must_use]
pub fn outcome(state: &RollbackState, direction: &Direction) -> Outcome {
    if let Direction::Unwinding(why) = direction {
        return Outcome::AsBefore { why: why.clone() };
    }
    let matters = |step: &&PlannedStep| match step.action {
        StepAction::Roll { .. } | StepAction::See { .. } | StepAction::Verify | StepAction::Hold => true,
        _ => step.class == StepClass::Forward && step.closes.is_none(),
    };
    let moved: Vec<StepName> = state
        .pivots()
        .filter(|(_, progress)| progress.is_finished() || progress.may_have_moved())
        .map(|(step, _)| step.name.clone())
        .collect();
    if moved.is_empty() {
        return Outcome::AsBefore { why: Note::new("ended-all-skipped") };
    }
    let missing: Vec<StepName> = planned(state)
        .filter(matters)
        .filter(|step| !state.step(&step.name).is_finished())
        .map(|step| step.name.clone())
        .collect();
    let proof = |name: &StepName| {
        planned(state).any(|step| {
            step.name == *name
                && matches!(
                    step.action,
                    StepAction::Roll { .. } | StepAction::See { .. } | StepAction::Verify | StepAction::Hold
                )
        })
    };
    if missing.iter().any(proof) || *direction == Direction::Closing {
        return Outcome::Partial { moved, missing };
    }
    let skipped = planned(state)
        .filter(|step| matches!(state.step(&step.name).progress, StepProgress::Skipped { .. }))
        .map(|step| step.name.clone())
        .collect();
    Outcome::Done { skipped }
}
