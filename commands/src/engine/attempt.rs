//! One attempt at a step, from its start to its end, its timeout or an interruption.

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::leases::Held;
use crate::model::{Findings, Note, Observation, StepAction, StepClass, StepName, Trouble, Verdict};
use crate::ports::Monotonic;
use crate::saga::JournalError;
use crate::steps::{self, StepContext, StepOutcome};

/// At most one changed verdict of a step is written in this time; final ones at once.
const OBSERVATION_PACE: Duration = Duration::from_secs(2);
/// An effect has a deadline of its own outside, and says more than ours when it passes that: so ours comes
/// a little later.
const EFFECT_GRACE: Duration = Duration::from_secs(5);

/// What a driver holds and hears.
pub(super) struct Wheel<'a> {
    /// The lease under which it drives.
    pub(super) held: &'a Held,
    /// Rings when something was appended to the rollback.
    pub(super) bell: &'a Notify,
    /// The bot stops.
    pub(super) stop: &'a CancellationToken,
}

/// Which attempt at which step.
pub(super) struct Attempt {
    /// The step.
    pub(super) step: StepName,
    /// Counts from 1.
    pub(super) number: u32,
    /// True where it began before and left no outcome.
    pub(super) recovering: bool,
}

/// Why a step was left without an outcome.
pub(super) enum Interrupted {
    /// The bot stops; the next one recovers the step.
    Stopping,
    /// A person said stop, and the step only waits or looks.
    Aborted,
}

impl Engine {
    /// Runs a step, and writes what is seen on the way. A step that runs because people said stop is not
    /// interrupted by that word again.
    pub(super) async fn run_step(
        &self,
        context: &StepContext<'_>,
        wheel: &Wheel<'_>,
        attempt: &Attempt,
        was_aborted: bool,
        looks: &Looks,
    ) -> Result<Result<StepOutcome, Interrupted>, JournalError> {
        let clock = &self.ports.clock;
        let waits = only_waits(&context.step.action);
        let heeds_abort = waits && !was_aborted;
        let timeout = clock.monotonic().after(limit(context, waits));
        let look_every = self.settings().pace.look_every;
        let mut look = clock.monotonic().after(look_every);
        let mut running = Box::pin(contained(context));
        let mut written: Option<(Verdict, Monotonic)> = None;
        loop {
            let pace = written.as_ref().map_or(Monotonic::default(), |(_, at)| at.after(OBSERVATION_PACE));
            let due = looks.pending(written.as_ref().map(|(verdict, _)| verdict));
            tokio::select! {
                biased;
                outcome = &mut running => return Ok(Ok(outcome)),
                () = clock.sleep_until(timeout) => break,
                () = wheel.stop.cancelled(), if waits => return Ok(Err(Interrupted::Stopping)),
                () = wheel.bell.notified(), if heeds_abort => {
                    if self.is_aborted(context).await? {
                        return Ok(Err(Interrupted::Aborted));
                    }
                }
                // Another replica may have stored the word.
                () = clock.sleep_until(look), if heeds_abort => {
                    if self.is_aborted(context).await? {
                        return Ok(Err(Interrupted::Aborted));
                    }
                    look = clock.monotonic().after(look_every);
                }
                () = clock.sleep_until(pace), if due.is_some() => {
                    let Some(observation) = due else { continue };
                    written = Some((observation.verdict.clone(), clock.monotonic()));
                    self.write_observation(wheel.held, context, attempt.number, observation).await?;
                }
                () = looks.news.notified(), if due.is_none() => {}
            }
        }
        // What is under way must end before anybody looks whether it had its effect.
        drop(running);
        Ok(Ok(timed_out(context).await))
    }

    async fn is_aborted(&self, context: &StepContext<'_>) -> Result<bool, JournalError> {
        Ok(self.journal.rollback(context.approved.rollback()).await?.abort.is_some())
    }
}

fn limit(context: &StepContext<'_>, waits: bool) -> Duration {
    let grace = if waits { Duration::ZERO } else { EFFECT_GRACE };
    Duration::try_from(context.step.timeout).unwrap_or_default().saturating_add(grace)
}

/// A step in whose code something panics has failed, and is tried again as after a crash; the bot and its
/// other rollbacks go on.
async fn contained(context: &StepContext<'_>) -> StepOutcome {
    match AssertUnwindSafe(steps::perform(context)).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::error!(rollback = %context.approved.rollback(), step = %context.step.name, "a step panicked");
            without_outcome(context, Note::new("step-panicked")).await
        }
    }
}

async fn timed_out(context: &StepContext<'_>) -> StepOutcome {
    let note = Note::new("deadline-passed").with("span", format!("{:#}", context.step.timeout));
    without_outcome(context, note).await
}

/// Nobody heard what came of it: of a pivot, looks whether it moved.
async fn without_outcome(context: &StepContext<'_>, why: Note) -> StepOutcome {
    let movement = match context.step.class {
        StepClass::Pivot => Some(steps::read_back(context).await),
        StepClass::Prepare | StepClass::Forward | StepClass::Always => None,
    };
    let findings = Findings { movement, ..Findings::default() };
    StepOutcome::Failed { trouble: Trouble::new(why), findings, retryable: true }
}

/// Steps that have no effect of their own may be dropped at any time.
fn only_waits(action: &StepAction) -> bool {
    matches!(action, StepAction::Examine | StepAction::See { .. } | StepAction::Verify | StepAction::Hold)
}

/// What a running step saw last.
#[derive(Default)]
pub(super) struct Looks {
    seen: Mutex<Option<Observation>>,
    news: Notify,
}

impl Looks {
    pub(super) fn push(&self, observation: Observation) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(observation);
        self.news.notify_one();
    }

    pub(super) fn last(&self) -> Option<Observation> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest look, if its verdict is another than the one that was written.
    fn pending(&self, written: Option<&Verdict>) -> Option<Observation> {
        self.last().filter(|observation| Some(&observation.verdict) != written)
    }
}
