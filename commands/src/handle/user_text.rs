//! The text for users: changed by people, and published by one who may.

use std::sync::Arc;

use super::{Answered, Context, Declined};
use crate::authorize::{ballot, may_decide_on_text};
use crate::model::{Actor, Digest, Message, Note, RollbackEvent, RollbackId, StreamId};
use crate::notify::{self, answer as say};
use crate::saga::{Draft, RollbackState};

impl Context<'_> {
    /// Takes the place of the text as it was; nothing is published by it.
    pub(crate) async fn edit_user_text(&self, id: RollbackId, text: &str) -> Answered {
        let (state, actor) = self.text_to_decide_on(id).await?;
        let text = notify::clean::text(text);
        if text.is_empty() {
            return Err(Note::new("text-empty").into());
        }
        self.append(&state, &actor, RollbackEvent::UserTextEdited { text }, say::text_edited(id)).await
    }

    /// Publishes exactly the text that was shown.
    pub(crate) async fn publish_user_text(&self, id: RollbackId, digest: Digest) -> Answered {
        let (state, actor) = self.text_to_decide_on(id).await?;
        let text = self.engine.user_text_of(&state).await?.ok_or_else(|| Note::new("no-user-text"))?;
        if Digest::of(text.as_bytes()) != digest {
            return Err(Note::new("text-changed").into());
        }
        self.append(&state, &actor, RollbackEvent::UserTextPublished { text }, say::text_published(id)).await
    }

    async fn text_to_decide_on(&self, id: RollbackId) -> Result<(Arc<RollbackState>, Actor), Declined> {
        let person = self.person()?;
        let state = self.engine.journal.rollback(id).await?;
        Self::understood(&state)?;
        if state.outcome.is_none() {
            return Err(Note::new("no-user-text").into());
        }
        if state.published.is_some() {
            return Err(Note::new("text-published").into());
        }
        let (plan, book) = self.roles_for(&state).await?;
        let ballot = ballot(&person.id, plan.effects(), &book, self.engine.ports.clock.now());
        may_decide_on_text(&person.id, &state, &ballot, &self.settings)?;
        let actor = self.actor(&person);
        Ok((state, actor))
    }

    async fn append(&self, state: &RollbackState, actor: &Actor, event: RollbackEvent, answer: Message) -> Answered {
        let mut draft = Draft::new().fact(StreamId::Rollback(state.id), state.sequence, actor, event);
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(answer)
    }
}
