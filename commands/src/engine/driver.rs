//! Drives one run: asks the pure function what comes next, says so in the log, does it, says what came
//! of it.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::attempt::{Attempt, Interrupted, Looks, Wheel};
use super::leases::Held;
use crate::model::{
    Findings, Measurement, Note, PlannedStep, RollbackEvent, RollbackId, StepAction, StepName, TargetName, Trouble,
};
use crate::saga::{JournalError, Move, RollbackState, StepProgress, next_move};
use crate::steps::{self, StepContext, StepOutcome};

/// How long a driver waits after the log failed it, before it asks again.
pub(super) const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// Whether the driver goes on.
enum Next {
    Again,
    Over,
}

impl Engine {
    /// Until the run is over, the lease is lost, or the bot stops.
    pub(super) async fn drive(&self, id: RollbackId, held: &Held, bell: &Notify, stop: &CancellationToken) {
        loop {
            let advance = self.advance(id, held, bell, stop);
            let next = tokio::select! {
                biased;
                () = held.lost.cancelled() => {
                    tracing::warn!(rollback = %id, "the lease is lost; another replica goes on");
                    return;
                }
                next = advance => next,
            };
            match next {
                Ok(Next::Over) => return,
                Ok(Next::Again) => {}
                Err(error) if error.is_conflict() => {}
                Err(JournalError::Commit(crate::ports::CommitError::Fenced(_))) => return,
                Err(error) => {
                    tracing::error!(rollback = %id, %error, "the log failed the driver; it asks again");
                    self.pause_after_trouble(stop).await;
                }
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }

    /// A moment, or until the bot stops.
    pub(super) async fn pause_after_trouble(&self, stop: &CancellationToken) {
        let clock = &self.ports.clock;
        tokio::select! {
            () = stop.cancelled() => {}
            () = clock.sleep_until(clock.monotonic().after(AFTER_TROUBLE)) => {}
        }
    }

    async fn advance(
        &self,
        id: RollbackId,
        held: &Held,
        bell: &Notify,
        stop: &CancellationToken,
    ) -> Result<Next, JournalError> {
        let state = self.journal.rollback(id).await?;
        let (now, clock) = (self.ports.clock.now(), &self.ports.clock);
        match next_move(&state, now) {
            Move::Rest => return self.rest(&state, bell, stop).await,
            Move::WaitUntil(when) => {
                // By the clock that never jumps: wall time may go back meanwhile.
                let wait = Duration::try_from(when.duration_since(now)).unwrap_or_default();
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = bell.notified() => {}
                    () = clock.sleep_until(clock.monotonic().after(wait)) => {}
                }
            }
            Move::Start => self.write(&state, held, RollbackEvent::Started).await?,
            Move::Perform { step, attempt, recovering } => {
                let wheel = Wheel { held, bell, stop };
                self.perform(&state, &wheel, &Attempt { step, number: attempt, recovering }).await?;
            }
            Move::ReadBack { step, attempt } => self.read_back(&state, held, &step, attempt).await?,
            Move::Ask { step, trouble } => self.ask(&state, held, step, trouble).await?,
            Move::Replan => return self.replan(&state, held).await.map(|()| Next::Over),
            Move::Finish(outcome) => return self.finish(&state, held, outcome).await.map(|()| Next::Over),
        }
        Ok(Next::Again)
    }

    /// Nothing to do until somebody speaks. What is over, or proposed again, needs no driver.
    async fn rest(&self, state: &RollbackState, bell: &Notify, stop: &CancellationToken) -> Result<Next, JournalError> {
        if state.phase != crate::saga::Phase::Running {
            return Ok(Next::Over);
        }
        let clock = &self.ports.clock;
        tokio::select! {
            () = stop.cancelled() => {}
            () = bell.notified() => {}
            // Another replica may have stored an answer.
            () = clock.sleep_until(clock.monotonic().after(self.settings().pace.look_every)) => {}
        }
        Ok(Next::Again)
    }

    /// Says that an attempt begins, lets it run, and says what came of it.
    async fn perform(&self, state: &RollbackState, wheel: &Wheel<'_>, attempt: &Attempt) -> Result<(), JournalError> {
        let name = &attempt.step;
        let started = RollbackEvent::StepStarted { step: name.clone(), attempt: attempt.number };
        self.write(state, wheel.held, started).await?;
        let (Some(approved), Some(step)) = (state.approved(), planned(state, name)) else {
            return Ok(());
        };
        let baseline = baseline(state);
        let left_out = left_out(state, step);
        let looks = Looks::default();
        let observed = |observation| looks.push(observation);
        let context = StepContext {
            ports: &self.ports,
            approved: &approved,
            lease: &wheel.held.lease,
            step,
            recovering: attempt.recovering,
            baseline: &baseline,
            left_out: &left_out,
            deadline: self.deadline_of(step),
            observed: &observed,
        };
        match self.run_step(&context, wheel, attempt, state.abort.is_some(), &looks).await? {
            Ok(outcome) => self.record(wheel.held, &context, attempt.number, outcome, looks.last()).await,
            Err(Interrupted::Stopping | Interrupted::Aborted) => Ok(()),
        }
    }

    /// For programs that are told when they must have ended.
    fn deadline_of(&self, step: &PlannedStep) -> Timestamp {
        self.ports.clock.now().checked_add(step.timeout).unwrap_or(Timestamp::MAX)
    }

    /// The run is to stop, and a pivot left no outcome: look, and say what is so.
    async fn read_back(
        &self,
        state: &RollbackState,
        held: &Held,
        name: &StepName,
        attempt: u32,
    ) -> Result<(), JournalError> {
        let (Some(approved), Some(step)) = (state.approved(), planned(state, name)) else { return Ok(()) };
        let context = StepContext {
            ports: &self.ports,
            approved: &approved,
            lease: &held.lease,
            step,
            recovering: true,
            baseline: &[],
            left_out: &[],
            deadline: self.deadline_of(step),
            observed: &|_| {},
        };
        let findings = Findings { movement: Some(steps::read_back(&context).await), ..Findings::default() };
        let trouble = Trouble::new(Note::new("stopped-in-the-middle"));
        let outcome = StepOutcome::Failed { trouble, findings, retryable: false };
        self.record(held, &context, attempt, outcome, None).await
    }
}

fn planned<'a>(state: &'a RollbackState, name: &StepName) -> Option<&'a PlannedStep> {
    state.plan.as_ref()?.effects().step(name)
}

/// What the endpoints measured before anything moved.
fn baseline(state: &RollbackState) -> Vec<Measurement> {
    let steps = state.plan.iter().flat_map(|plan| &plan.effects().steps);
    let mut examined = steps.filter(|step| step.action == StepAction::Examine);
    examined.next().map(|step| state.step(&step.name).findings.measurements).unwrap_or_default()
}

/// The targets of the step's service whose pivots people skipped.
fn left_out(state: &RollbackState, step: &PlannedStep) -> Vec<TargetName> {
    let skipped = state.pivots().filter(|(pivot, progress)| {
        pivot.service == step.service && matches!(progress.progress, StepProgress::Skipped { .. })
    });
    let target = |(pivot, _): (&PlannedStep, _)| match &pivot.action {
        StepAction::Roll { target } => Some(target.clone()),
        _ => None,
    };
    skipped.filter_map(target).collect()
}
