//! `close`: the incident is over.

use super::{Answered, Context};
use crate::model::{AnyId, IncidentEvent, Note, StreamId};
use crate::notify::answer as say;
use crate::ports::{Deadline, DeadlineChange, DeadlineName, IncidentChange};
use crate::saga::Draft;

impl Context<'_> {
    pub(crate) async fn close(&self, id: Option<AnyId>) -> Answered {
        let person = self.person()?;
        let id = match id {
            Some(id) => Self::incident_of(id),
            None => match self.engine.journal.store().open_incidents().await?.as_slice() {
                [] => return Err(Note::new("nothing-open").into()),
                // What was opened after the word was typed cannot be meant by it.
                [one] if self.engine.journal.incident(*one).await?.opened_at <= self.invocation.received_at => *one,
                [_] => return Err(Note::new("nothing-open").into()),
                several => {
                    return Err(super::Declined::Which(several.iter().map(|id| AnyId::Incident(*id)).collect()));
                }
            },
        };
        let incident = self.engine.journal.incident(id).await?;
        if !incident.is_open() {
            return Err(Note::new("already-closed").with("incident", id).into());
        }
        if let Some(open) = self.of_incident(id).await?.iter().find(|state| !state.phase.is_over()) {
            return Err(Note::new("incident-has-open-rollback").with("rollback", open.id).into());
        }
        let mut draft =
            Draft::new().fact(StreamId::Incident(id), incident.sequence, &self.actor(&person), IncidentEvent::Closed);
        draft.rows.incidents.push(IncidentChange::Close { incident: id, at: self.engine.ports.clock.now() });
        if let (Some(stays), Some(last)) = (self.settings.rooms.archive_after, incident.rollbacks.last()) {
            let at = self.engine.ports.clock.now().checked_add(stays).unwrap_or(jiff::Timestamp::MAX);
            let deadline = Deadline { rollback: *last, name: DeadlineName::ArchiveRoom, at };
            draft.rows.deadlines.push(DeadlineChange::Set(deadline));
        }
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(say::closed(id))
    }
}
