//! What came of a step goes into the log, whatever people have said meanwhile.

use super::Engine;
use super::driver::AFTER_TROUBLE;
use super::leases::Held;
use crate::model::{
    Actor, Findings, IncidentEvent, Movement, Note, Observation, RollbackEvent, StepClass, StepName, StreamId, Trouble,
};
use crate::ports::{CommitError, Deadline, DeadlineChange, DeadlineName};
use crate::saga::{Draft, JournalError, RollbackState, direction, treatment};
use crate::steps::{StepContext, StepOutcome};

impl Engine {
    /// One fact of the run, under the lease. If somebody else wrote first, the caller decides again.
    pub(super) async fn write(
        &self,
        state: &RollbackState,
        held: &Held,
        event: RollbackEvent,
    ) -> Result<(), JournalError> {
        if let Err(illegal) = state.check(&event) {
            tracing::error!(rollback = %state.id, %illegal, "the driver wanted what cannot follow");
            return Ok(());
        }
        let mut draft = Draft::new().fact(StreamId::Rollback(state.id), state.sequence, &Actor::System, event);
        draft.rows.fence = Some(held.lease.clone());
        self.commit(draft).await.map(|_| ())
    }

    /// A changed verdict of a step on its way.
    pub(super) async fn write_observation(
        &self,
        held: &Held,
        context: &StepContext<'_>,
        attempt: u32,
        observation: Observation,
    ) -> Result<(), JournalError> {
        loop {
            let state = self.journal.rollback(context.approved.rollback()).await?;
            if state.step(&context.step.name).attempt != attempt {
                return Ok(());
            }
            let step = context.step.name.clone();
            let event = RollbackEvent::StepObserved { step, observation: observation.clone() };
            match self.write(&state, held, event).await {
                Err(error) if error.is_conflict() => {}
                other => return other,
            }
        }
    }

    /// What came of an attempt. A person's word may have been appended meanwhile: it is read and the
    /// outcome goes after it.
    pub(super) async fn record(
        &self,
        held: &Held,
        context: &StepContext<'_>,
        attempt: u32,
        outcome: StepOutcome,
        last_look: Option<Observation>,
    ) -> Result<(), JournalError> {
        loop {
            let state = self.journal.rollback(context.approved.rollback()).await?;
            let mut facts = Vec::new();
            if let Some(observation) = last_look.clone()
                && state.step(&context.step.name).observation.as_ref() != Some(&observation)
            {
                facts.push(RollbackEvent::StepObserved { step: context.step.name.clone(), observation });
            }
            facts.extend(facts_of(&state, context, attempt, outcome.clone()));
            if facts.iter().any(|fact| state.check(fact).is_err()) {
                tracing::error!(rollback = %state.id, step = %context.step.name, "an outcome cannot follow any more");
                return Ok(());
            }
            let draft = self.outcome_draft(&state, held, context, facts).await?;
            match self.commit(draft).await {
                Err(error) if error.is_conflict() => {}
                // The outcome is known, and would be lost with this call.
                Err(JournalError::Commit(CommitError::Store(error))) => {
                    tracing::error!(rollback = %state.id, %error, "an outcome could not be written; it is tried again");
                    let clock = &self.ports.clock;
                    clock.sleep_until(clock.monotonic().after(AFTER_TROUBLE)).await;
                }
                other => return other.map(|_| ()),
            }
        }
    }

    /// The facts, with what else must change with them: an open task, a reminder.
    async fn outcome_draft(
        &self,
        state: &RollbackState,
        held: &Held,
        context: &StepContext<'_>,
        facts: Vec<RollbackEvent>,
    ) -> Result<Draft, JournalError> {
        let mut draft = Draft::new();
        draft.rows.fence = Some(held.lease.clone());
        for fact in facts {
            if let RollbackEvent::StepFailed { step, trouble, .. } = &fact
                && treatment(context.step, &direction(state)) == StepClass::Always
            {
                let incident = self.journal.incident(state.id.incident).await?;
                let task =
                    IncidentEvent::TaskOpened { rollback: state.id, step: step.clone(), trouble: trouble.clone() };
                draft.add(StreamId::Incident(incident.id), incident.sequence, &Actor::System, task);
            }
            if matches!(fact, RollbackEvent::Asked { .. }) {
                draft.rows.deadlines.push(self.reminder(state));
            }
            draft.add(StreamId::Rollback(state.id), state.sequence, &Actor::System, fact);
        }
        Ok(draft)
    }

    /// People are asked, and reminded until they answer.
    pub(super) async fn ask(
        &self,
        state: &RollbackState,
        held: &Held,
        step: StepName,
        trouble: Trouble,
    ) -> Result<(), JournalError> {
        let event = RollbackEvent::Asked { step, trouble };
        let mut draft = Draft::new().fact(StreamId::Rollback(state.id), state.sequence, &Actor::System, event);
        draft.rows.fence = Some(held.lease.clone());
        draft.rows.deadlines.push(self.reminder(state));
        self.commit(draft).await.map(|_| ())
    }

    /// The next reminder of an open question, by the plan's own timing.
    pub(super) fn reminder(&self, state: &RollbackState) -> DeadlineChange {
        let services = state.plan.iter().flat_map(|plan| &plan.effects().services);
        let pace = services.map(|plan| plan.service.timing.remind).min();
        let at = self.ports.clock.now() + pace.unwrap_or(jiff::SignedDuration::from_mins(5));
        DeadlineChange::Set(Deadline { rollback: state.id, name: DeadlineName::Remind, at })
    }
}

fn facts_of(
    state: &RollbackState,
    context: &StepContext<'_>,
    attempt: u32,
    outcome: StepOutcome,
) -> Vec<RollbackEvent> {
    let step = context.step.name.clone();
    match outcome {
        StepOutcome::Finished(findings) => vec![RollbackEvent::StepFinished { step, attempt, findings }],
        StepOutcome::Failed { trouble, findings, retryable } => {
            vec![RollbackEvent::StepFailed { step, attempt, trouble, findings, retryable }]
        }
        StepOutcome::Ask(trouble) => vec![RollbackEvent::Asked { step, trouble }],
        StepOutcome::Voided(differences) => voided(state, context, attempt, differences),
    }
}

/// Another intent: before anything has moved the approval is void; after that, people are asked.
fn voided(
    state: &RollbackState,
    context: &StepContext<'_>,
    attempt: u32,
    differences: Vec<(String, String, String)>,
) -> Vec<RollbackEvent> {
    let step = context.step.name.clone();
    let evidence = differences.iter().map(|(field, pinned, now)| format!("{field}: {pinned} → {now}")).collect();
    let trouble = Trouble { why: Note::new("intent-changed"), evidence };
    let is_pivot = context.step.class == StepClass::Pivot;
    let movement = is_pivot.then_some(Movement::NotMoved);
    let findings = Findings { movement, ..Findings::default() };
    let failed = RollbackEvent::StepFailed { step: step.clone(), attempt, trouble, findings, retryable: false };
    let others_moved = state.pivots().any(|(pivot, progress)| pivot.name != step && progress.may_have_moved());
    if others_moved { vec![failed] } else { vec![failed, RollbackEvent::PlanVoided { differences }] }
}
