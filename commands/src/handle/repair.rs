//! `repair`: what people removed from an incident's room is made again.

use super::{Answered, Context};
use crate::model::{AnyId, IncidentEvent, Note, StreamId};
use crate::notify::answer as say;
use crate::saga::Draft;

impl Context<'_> {
    /// The projection does the work; this only notes the wish, so that a restart does not lose it.
    pub(crate) async fn repair(&self, id: Option<AnyId>) -> Answered {
        let person = self.person()?;
        let id = match id {
            Some(id) => Self::incident_of(id),
            None => match self.engine.journal.store().open_incidents().await?.as_slice() {
                [] => return Err(Note::new("nothing-open").into()),
                [one] => *one,
                several => {
                    return Err(super::Declined::Which(several.iter().map(|id| AnyId::Incident(*id)).collect()));
                }
            },
        };
        let incident = self.engine.journal.incident(id).await?;
        if incident.rollbacks.is_empty() {
            return Err(Note::new("no-room").into());
        }
        let wish = IncidentEvent::RepairAsked;
        let mut draft = Draft::new().fact(StreamId::Incident(id), incident.sequence, &self.actor(&person), wish);
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(say::repair_taken(id))
    }
}
