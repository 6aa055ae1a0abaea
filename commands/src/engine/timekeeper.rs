//! Deadlines: rows of the store, so that whoever is alive when one comes acts on it. Two replicas may
//! act at once: the log lets one of them win.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::model::{Actor, IncidentEvent, Reminder, RollbackEvent, StreamId};
use crate::ports::{Deadline, DeadlineChange, DeadlineName, LockChange, StoreError};
use crate::saga::{Draft, JournalError, Phase, RollbackState};

impl Engine {
    pub(super) async fn keep_time(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let next = match self.meet_deadlines().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "deadlines could not be read");
                    None
                }
            };
            let clock = &self.ports.clock;
            // Another replica may have set one.
            let look = clock.monotonic().after(self.settings().pace.look_every.max(std::time::Duration::from_secs(1)));
            let until = async {
                match next {
                    Some(at) => clock.wait_for(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.bell.deadline.notified() => {}
                () = until => {}
                () = clock.sleep_until(look) => {}
            }
        }
    }

    /// Acts on every deadline that has come, and gives the time of the next.
    async fn meet_deadlines(&self) -> Result<Option<jiff::Timestamp>, StoreError> {
        let now = self.ports.clock.now();
        let (due, ahead): (Vec<Deadline>, Vec<Deadline>) =
            self.ports.store.deadlines().await?.into_iter().partition(|deadline| deadline.at <= now);
        for deadline in due {
            match self.meet(&deadline).await {
                Ok(()) => {}
                Err(error) if error.is_conflict() => {}
                Err(error) => tracing::error!(rollback = %deadline.rollback, name = deadline.name.word(), %error,
                    "a deadline could not be acted on; it stays"),
            }
        }
        Ok(ahead.first().map(|deadline| deadline.at))
    }

    async fn meet(&self, deadline: &Deadline) -> Result<(), JournalError> {
        let state = self.journal.rollback(deadline.rollback).await?;
        // Another replica may have met it, or moved it, since the deadlines were read.
        if state.unreadable.is_some() || !self.ports.store.deadlines().await?.contains(deadline) {
            return Ok(());
        }
        let mut draft = Draft::new();
        draft.rows.deadlines.push(DeadlineChange::Met(deadline.clone()));
        let fact = match deadline.name {
            DeadlineName::DecisionSoon => {
                undecided(&state).then_some(RollbackEvent::Reminded { of: Reminder::DecisionSoon })
            }
            DeadlineName::DecisionDue => {
                undecided(&state).then_some(RollbackEvent::Reminded { of: Reminder::DecisionDue })
            }
            // It answers for what another run left open: it must run, if only to close that.
            DeadlineName::Expiry if state.phase == Phase::Approved && !state.left_open().is_empty() => {
                state.abort.is_none().then_some(RollbackEvent::AbortRequested { because: None })
            }
            DeadlineName::Expiry => matches!(state.phase, Phase::Proposed | Phase::Approved).then(|| {
                draft.rows.locks.push(LockChange::Free { rollback: state.id });
                draft.rows.deadlines.push(DeadlineChange::ClearAll { rollback: state.id });
                RollbackEvent::Expired
            }),
            DeadlineName::Remind => state.question.as_ref().filter(|_| !state.phase.is_over()).map(|question| {
                draft.rows.deadlines.push(self.reminder(&state));
                RollbackEvent::Reminded { of: Reminder::Question(question.sequence) }
            }),
            DeadlineName::WatchEnd => state.is_watched().then_some(RollbackEvent::WatchEnded),
            DeadlineName::ArchiveRoom => {
                let incident = self.journal.incident(state.id.incident).await?;
                // One that was opened again keeps its room, and gets a new deadline with its next end.
                if !incident.is_open() && !incident.archive_due {
                    let stream = StreamId::Incident(incident.id);
                    draft.add(stream, incident.sequence, &Actor::System, IncidentEvent::ArchiveDue);
                }
                None
            }
        };
        if let Some(fact) = fact {
            draft.add(StreamId::Rollback(state.id), state.sequence, &Actor::System, fact);
        }
        self.commit(draft).await.map(|_| ())
    }
}

fn undecided(state: &RollbackState) -> bool {
    state.phase == Phase::Proposed
}
