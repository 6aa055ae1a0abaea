//! `abort`: stop, with a defined end at every point.

use super::{Answered, Context};
use crate::authorize::{ballot, may_abort};
use crate::model::{AnyId, Note, RollbackEvent, StreamId};
use crate::notify::answer as say;
use crate::saga::{Draft, Phase};

impl Context<'_> {
    pub(crate) async fn abort(&self, id: Option<AnyId>, because: Option<String>) -> Answered {
        let person = self.person()?;
        let stoppable = |phase| matches!(phase, Phase::Approved | Phase::Running);
        let nothing = Note::new("nothing-to-abort");
        let state = self.find(id, nothing, |state| stoppable(state.phase) || state.phase == Phase::Proposed).await?;
        if state.phase == Phase::Proposed {
            // Nothing runs: stopping is denying.
            return self.deny(Some(AnyId::Rollback(state.id)), None, because).await;
        }
        if !stoppable(state.phase) {
            return Err(Note::new("already-over").with("rollback", state.id).into());
        }
        if state.abort.is_some() {
            return Err(Note::new("already-stopping").with("rollback", state.id).into());
        }
        Self::understood(&state)?;
        let (plan, book) = self.roles_for(&state).await?;
        let ballot = ballot(&person.id, plan.effects(), &book, self.engine.ports.clock.now());
        may_abort(&person.id, &state, &ballot, &self.settings)?;
        let event = RollbackEvent::AbortRequested { because };
        let mut draft = Draft::new().fact(StreamId::Rollback(state.id), state.sequence, &self.actor(&person), event);
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(say::abort_taken(state.id, state.may_have_moved()))
    }
}
