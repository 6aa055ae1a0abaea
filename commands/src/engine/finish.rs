//! How a run ends, and how a void plan is drawn again.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::Engine;
use super::leases::Held;
use crate::model::{
    Actor, MarkCause, Note, Outcome, Plan, RollbackEvent, Service, ServiceEvent, ServicePlan, Standing, StreamId,
    Wanted,
};
use crate::plan;
use crate::ports::{Deadline, DeadlineChange, DeadlineName, LockChange};
use crate::saga::{Draft, JournalError, RollbackState};

impl Engine {
    /// The run is over: the locks are free, what was rolled back from is bad, and the watch begins.
    pub(super) async fn finish(
        &self,
        state: &RollbackState,
        held: &Held,
        outcome: Outcome,
    ) -> Result<(), JournalError> {
        let moved = !matches!(outcome, Outcome::AsBefore { .. });
        let event = RollbackEvent::Finished { outcome };
        let mut draft = Draft::new().fact(StreamId::Rollback(state.id), state.sequence, &Actor::System, event);
        draft.rows.fence = Some(held.lease.clone());
        draft.rows.locks.push(LockChange::Free { rollback: state.id });
        draft.rows.deadlines.push(DeadlineChange::ClearAll { rollback: state.id });
        if moved {
            let at = self.ports.clock.now() + watch(state);
            let end = Deadline { rollback: state.id, name: DeadlineName::WatchEnd, at };
            draft.rows.deadlines.push(DeadlineChange::Set(end));
            self.mark_all_bad(&mut draft, state).await?;
            self.end_older_watches(&mut draft, state).await?;
        }
        self.commit(draft).await.map(|_| ())
    }

    /// What an older rollback of the same services watched is meant to be otherwise from now on.
    async fn end_older_watches(&self, draft: &mut Draft, state: &RollbackState) -> Result<(), JournalError> {
        let deadlines = self.journal.store().deadlines().await?;
        let watches = deadlines.into_iter().filter(|known| known.name == DeadlineName::WatchEnd);
        for deadline in watches.filter(|known| known.rollback != state.id) {
            let Ok(older) = self.journal.rollback(deadline.rollback).await else {
                tracing::error!(rollback = %deadline.rollback, "its watch cannot be ended");
                continue;
            };
            let same = |(key, _): &(_, Wanted)| state.request.services.iter().any(|(other, _)| other == key);
            if older.is_watched() && older.request.services.iter().any(same) {
                let stream = StreamId::Rollback(older.id);
                draft.add(stream, older.sequence, &Actor::System, RollbackEvent::WatchEnded);
                draft.rows.deadlines.push(DeadlineChange::Met(deadline));
            }
        }
        Ok(())
    }

    /// Whatever a run moved away from is bad, also where another rollback takes its place.
    pub(crate) async fn mark_all_bad(&self, draft: &mut Draft, state: &RollbackState) -> Result<(), JournalError> {
        for service in moved_services(state) {
            self.mark_bad(draft, state, service).await?;
        }
        Ok(())
    }

    async fn mark_bad(
        &self,
        draft: &mut Draft,
        state: &RollbackState,
        service: &ServicePlan,
    ) -> Result<(), JournalError> {
        let key = &service.service.key;
        let ledger = self.journal.ledger(key).await?;
        let revisions: BTreeMap<_, _> =
            service.targets.iter().map(|target| (target.target.clone(), target.from.clone())).collect();
        let marked = ServiceEvent::Marked {
            version: service.from.clone(),
            revisions,
            standing: Standing::Bad,
            cause: MarkCause::RolledBackFrom(state.id),
        };
        draft.add(StreamId::Service(key.clone()), ledger.sequence(), &Actor::System, marked);
        Ok(())
    }

    /// The approval is void and nothing is open: the new plan is shown, with what changed. Where none
    /// can be made any more, the run ends with production as before.
    pub(super) async fn replan(&self, state: &RollbackState, held: &Held) -> Result<(), JournalError> {
        let Some(old) = &state.plan else { return Ok(()) };
        let services: Vec<(Service, Wanted)> = old
            .effects()
            .services
            .iter()
            .map(|plan| (plan.service.clone(), Wanted::Version(plan.to.clone())))
            .collect();
        match plan::draw(&services, old.effects().priority, &self.ports, &self.journal).await {
            Ok(new) => {
                let mut draft = planned_draft(Draft::new(), state, &new, self.ports.clock.now());
                draft.rows.fence = Some(held.lease.clone());
                self.commit(draft).await.map(|_| ())
            }
            Err(blocked) => {
                let why = Note::new("ended-plan-void").with("blocked", blocked);
                self.finish(state, held, Outcome::AsBefore { why }).await
            }
        }
    }
}

/// The facts and deadlines of a plan that is shown for approval.
fn planned_draft(mut draft: Draft, state: &RollbackState, plan: &Plan, now: jiff::Timestamp) -> Draft {
    let event = planned_event(plan);
    draft.add(StreamId::Rollback(state.id), state.sequence, &Actor::System, event);
    let at = now + plan.effects().expires_after();
    draft.rows.deadlines.push(DeadlineChange::Set(Deadline { rollback: state.id, name: DeadlineName::Expiry, at }));
    draft
}

/// A plan as a fact: its exact bytes, and the digest over them.
pub(crate) fn planned_event(plan: &Plan) -> RollbackEvent {
    RollbackEvent::Planned {
        effects: plan.bytes().to_owned(),
        digest: plan.digest(),
        circumstances: plan.circumstances().clone(),
    }
}

fn watch(state: &RollbackState) -> SignedDuration {
    let services = state.plan.iter().flat_map(|plan| &plan.effects().services);
    services.map(|plan| plan.service.timing.watch).max().unwrap_or(SignedDuration::from_mins(15))
}

/// The services of which at least one target moved.
fn moved_services(state: &RollbackState) -> Vec<&ServicePlan> {
    let services = state.plan.iter().flat_map(|plan| &plan.effects().services);
    let moved = |key: &crate::model::ServiceKey| {
        state.pivots().any(|(step, progress)| step.service == *key && progress.may_have_moved())
    };
    services.filter(|plan| moved(&plan.service.key)).collect()
}
