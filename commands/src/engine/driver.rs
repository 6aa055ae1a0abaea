//! Drives one run: asks the pure function what comes next, says so in the log, does it, says what came
//! of it.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::leases::Held;
use crate::model::{
    Findings, Measurement, Note, Observation, PlannedStep, RollbackEvent, RollbackId, StepAction, StepClass, StepName,
    TargetName, Trouble, Verdict,
};
use crate::ports::Monotonic;
use crate::saga::{JournalError, Move, RollbackState, StepProgress, next_move};
use crate::steps::{self, StepContext, StepOutcome};

/// At most one changed verdict of a step is written in this time; final ones at once.
const OBSERVATION_PACE: Duration = Duration::from_secs(2);
/// An effect has a deadline of its own outside, and says more than ours when it passes that: so ours comes
/// a little later.
const EFFECT_GRACE: Duration = Duration::from_secs(5);
/// How long a driver waits after the log failed it, before it asks again.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// Why a step was left without an outcome.
enum Interrupted {
    /// The bot stops; the next one recovers the step.
    Stopping,
    /// A person said stop, and the step only waits or looks.
    Aborted,
}

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
                    let clock = &self.ports.clock;
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = clock.sleep_until(clock.monotonic().after(AFTER_TROUBLE)) => {}
                    }
                }
            }
            if stop.is_cancelled() {
                return;
            }
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
        match next_move(&state, self.ports.clock.now()) {
            Move::Rest => return self.rest(&state, bell, stop).await,
            Move::WaitUntil(when) => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = bell.notified() => {}
                    () = self.ports.clock.wait_for(when) => {}
                }
            }
            Move::Start => self.write(&state, held, RollbackEvent::Started).await?,
            Move::Perform { step, attempt, recovering } => {
                self.perform(&state, held, bell, stop, &step, attempt, recovering).await?;
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

    #[allow(clippy::too_many_arguments, reason = "the parts of one move; a struct would only rename them")]
    async fn perform(
        &self,
        state: &RollbackState,
        held: &Held,
        bell: &Notify,
        stop: &CancellationToken,
        name: &StepName,
        attempt: u32,
        recovering: bool,
    ) -> Result<(), JournalError> {
        self.write(state, held, RollbackEvent::StepStarted { step: name.clone(), attempt }).await?;
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
            lease: &held.lease,
            step,
            recovering,
            baseline: &baseline,
            left_out: &left_out,
            deadline: self.ports.clock.now() + step.timeout,
            observed: &observed,
        };
        match self.run_step(&context, held, bell, stop, &looks, attempt).await? {
            Ok(outcome) => self.record(held, &context, attempt, outcome, looks.last()).await,
            Err(Interrupted::Stopping | Interrupted::Aborted) => Ok(()),
        }
    }

    /// Runs a step to its end, its timeout, or an interruption, and writes what is seen on the way.
    async fn run_step(
        &self,
        context: &StepContext<'_>,
        held: &Held,
        bell: &Notify,
        stop: &CancellationToken,
        looks: &Looks,
        attempt: u32,
    ) -> Result<Result<StepOutcome, Interrupted>, JournalError> {
        let clock = &self.ports.clock;
        let waits = only_waits(&context.step.action);
        let grace = if waits { Duration::ZERO } else { EFFECT_GRACE };
        let limit = Duration::try_from(context.step.timeout).unwrap_or_default().saturating_add(grace);
        let timeout = clock.monotonic().after(limit);
        let mut running = pin!(steps::perform(context));
        let mut written: Option<(Verdict, Monotonic)> = None;
        loop {
            let pace = written.as_ref().map_or(Monotonic::default(), |(_, at)| at.after(OBSERVATION_PACE));
            let due = looks.pending(written.as_ref().map(|(verdict, _)| verdict));
            tokio::select! {
                biased;
                outcome = &mut running => return Ok(Ok(outcome)),
                () = clock.sleep_until(timeout) => return Ok(Ok(self.timed_out(context).await)),
                () = stop.cancelled(), if waits => return Ok(Err(Interrupted::Stopping)),
                () = bell.notified(), if waits => {
                    if self.journal.rollback(context.approved.rollback()).await?.abort.is_some() {
                        return Ok(Err(Interrupted::Aborted));
                    }
                }
                () = clock.sleep_until(pace), if due.is_some() => {
                    let Some(observation) = due else { continue };
                    written = Some((observation.verdict.clone(), clock.monotonic()));
                    self.write_observation(held, context, attempt, observation).await?;
                }
                () = looks.news.notified(), if due.is_none() => {}
            }
        }
    }

    async fn timed_out(&self, context: &StepContext<'_>) -> StepOutcome {
        let minutes = context.step.timeout.as_secs_f64() / 60.0;
        let trouble = Trouble::new(Note::new("deadline-passed").with("minutes", format!("{minutes:.1}")));
        let movement = match context.step.class {
            StepClass::Pivot => Some(steps::read_back(context).await),
            StepClass::Prepare | StepClass::Forward | StepClass::Always => None,
        };
        StepOutcome::Failed { trouble, findings: Findings { movement, ..Findings::default() }, retryable: true }
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
            deadline: self.ports.clock.now() + step.timeout,
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

/// Steps that have no effect of their own may be dropped at any time.
fn only_waits(action: &StepAction) -> bool {
    matches!(action, StepAction::Examine | StepAction::See { .. } | StepAction::Verify | StepAction::Hold)
}

/// What a running step has seen and the log does not have yet.
#[derive(Default)]
struct Looks {
    seen: Mutex<VecDeque<Observation>>,
    news: Notify,
}

impl Looks {
    fn push(&self, observation: Observation) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clear();
        seen.push_back(observation);
        self.news.notify_one();
    }

    fn last(&self) -> Option<Observation> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).back().cloned()
    }

    /// The newest look, if its verdict is another than the one that was written.
    fn pending(&self, written: Option<&Verdict>) -> Option<Observation> {
        self.last().filter(|observation| Some(&observation.verdict) != written)
    }
}
