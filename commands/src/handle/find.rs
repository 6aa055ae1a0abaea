//! Which rollback somebody means: by either id, or by being the only one that fits.

use std::sync::Arc;

use super::{Context, Declined};
use crate::model::{AnyId, IncidentId, Note, RollbackId};
use crate::saga::RollbackState;

impl Context<'_> {
    /// The one rollback that this id and this verb can mean. An incident's id means its only
    /// rollback that fits, else its last; no id means the only one that fits of all open incidents.
    pub(crate) async fn find(
        &self,
        id: Option<AnyId>,
        nothing: Note,
        fits: impl Fn(&RollbackState) -> bool,
    ) -> Result<Arc<RollbackState>, Declined> {
        match id {
            Some(AnyId::Rollback(id)) => Ok(self.engine.journal.rollback(id).await?),
            Some(AnyId::Incident(id)) => {
                let all = self.of_incident(id).await?;
                let fitting: Vec<_> = all.iter().filter(|state| fits(state)).collect();
                match fitting.as_slice() {
                    [] => all.last().cloned().ok_or_else(|| nothing.into()),
                    [one] => Ok(Arc::clone(one)),
                    several => Err(Declined::Which(several.iter().map(|state| AnyId::Rollback(state.id)).collect())),
                }
            }
            None => {
                let mut found = Vec::new();
                for id in self.engine.journal.store().open_incidents().await? {
                    match self.of_incident(id).await {
                        Ok(all) => found.extend(all.into_iter().filter(|state| fits(state) && self.is_older(state))),
                        // One that cannot be read must not hide the others.
                        Err(Declined::Log(error)) => tracing::error!(incident = %id, %error, "it cannot be read"),
                        Err(declined) => return Err(declined),
                    }
                }
                match found.as_slice() {
                    [] => Err(nothing.into()),
                    [one] => Ok(Arc::clone(one)),
                    several => Err(Declined::Which(several.iter().map(|state| AnyId::Rollback(state.id)).collect())),
                }
            }
        }
    }

    /// What was asked for after the word was typed cannot be meant by it.
    fn is_older(&self, state: &RollbackState) -> bool {
        state.timeline.first().is_some_and(|first| first.at <= self.invocation.received_at)
    }

    /// Refuses to decide on a rollback whose log this release does not understand.
    pub(crate) fn understood(state: &RollbackState) -> Result<(), Declined> {
        match &state.unreadable {
            None => Ok(()),
            Some(why) => Err(Note::new("unreadable-log").with("why", why).into()),
        }
    }

    /// The rollbacks of an incident, oldest first.
    pub(crate) async fn of_incident(&self, id: IncidentId) -> Result<Vec<Arc<RollbackState>>, Declined> {
        let incident = self.engine.journal.incident(id).await?;
        let mut all = Vec::with_capacity(incident.rollbacks.len());
        for rollback in &incident.rollbacks {
            all.push(self.engine.journal.rollback(*rollback).await?);
        }
        Ok(all)
    }

    /// The incident that either id means.
    pub(crate) fn incident_of(id: AnyId) -> IncidentId {
        match id {
            AnyId::Incident(id) => id,
            AnyId::Rollback(RollbackId { incident, .. }) => incident,
        }
    }
}
