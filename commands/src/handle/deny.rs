//! `deny`: any eligible approver's no ends the request.

use super::{Answered, Context};
use crate::authorize::ballot;
use crate::model::{AnyId, Note, RollbackEvent, StreamId};
use crate::notify::answer as say;
use crate::ports::{DeadlineChange, LockChange};
use crate::saga::{Draft, Phase};

impl Context<'_> {
    /// With a digest it is a no to that plan alone: a newer one may be what people want.
    pub(crate) async fn deny(&self, id: Option<AnyId>, digest: Option<&str>, because: Option<String>) -> Answered {
        let person = self.person()?;
        let state = self.find(id, Note::new("nothing-to-approve"), |state| state.phase == Phase::Proposed).await?;
        if state.phase != Phase::Proposed {
            return Err(super::approve::not_proposed(&state).into());
        }
        Self::understood(&state)?;
        if let (Some(typed), Some(stands)) = (digest, state.digest())
            && !stands.to_string().starts_with(typed)
        {
            return Err(Note::new("digest-mismatch").with("expected", stands.short()).into());
        }
        let (plan, book) = self.roles_for(&state).await?;
        let ballot = ballot(&person.id, plan.effects(), &book, self.engine.ports.clock.now());
        // Who asked may take it back: that harms nobody.
        let role = match ballot {
            Ok(ballot) => Some(ballot.role),
            Err(_) if *state.requester() == person.id => None,
            Err(refusal) => return Err(refusal.into()),
        };
        let event = RollbackEvent::Denied { role, because };
        let mut draft = Draft::new().fact(StreamId::Rollback(state.id), state.sequence, &self.actor(&person), event);
        draft.rows.locks.push(LockChange::Free { rollback: state.id });
        draft.rows.deadlines.push(DeadlineChange::ClearAll { rollback: state.id });
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(say::denied(state.id))
    }
}
