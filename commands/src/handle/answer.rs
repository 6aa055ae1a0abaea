//! `retry` and `skip`: what to do about a step that waits for a person.

use super::{Answered, Context};
use crate::authorize::ballot;
use crate::model::{Answer, AnyId, Effects, Note, Plan, RollbackEvent, StepAction, StepName, StreamId};
use crate::notify::answer as say;
use crate::ports::{DeadlineChange, DeadlineName};
use crate::saga::Draft;

impl Context<'_> {
    /// `question` is the sequence that a button was made for: an old card answers nothing new.
    pub(crate) async fn answer(
        &self,
        id: Option<AnyId>,
        question: Option<u64>,
        answer: Answer,
        because: Option<String>,
    ) -> Answered {
        let person = self.person()?;
        let state = self.find(id, Note::new("nothing-to-answer"), |state| state.question.is_some()).await?;
        let Some(open) = &state.question else {
            let code = if state.phase.is_over() { "already-over" } else { "not-paused" };
            return Err(Note::new(code).with("rollback", state.id).into());
        };
        if question.is_some_and(|shown| shown != open.sequence.0) {
            return Err(Note::new("old-card").with("rollback", state.id).into());
        }
        // A word that was typed before the question was asked cannot be about it.
        if question.is_none() && self.invocation.received_at < open.asked_at {
            return Err(Note::new("old-card").with("rollback", state.id).into());
        }
        if answer == Answer::Skip && because.is_none() && question.is_none() {
            return Err(Note::new("skip-needs-reason").with("rollback", state.id).into());
        }
        Self::understood(&state)?;
        let (plan, book) = self.roles_for(&state).await?;
        let effects = of_step(plan, &open.step);
        let ballot = ballot(&person.id, &effects, &book, self.engine.ports.clock.now())?;
        ballot.allows_own_request(&person.id, state.requester(), &effects, &book)?;
        let event = RollbackEvent::Answered { question: open.sequence, answer, role: ballot.role, because };
        let mut draft = Draft::new().fact(StreamId::Rollback(state.id), state.sequence, &self.actor(&person), event);
        draft.rows.deadlines.push(DeadlineChange::Clear { rollback: state.id, name: DeadlineName::Remind });
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(match answer {
            Answer::Retry => say::retry_taken(state.id),
            Answer::Skip => say::skip_taken(state.id),
        })
    }
}

/// What the step concerns: those who may decide on its service decide on it. The examination is of all.
fn of_step(plan: &Plan, name: &StepName) -> Effects {
    let mut effects = plan.effects().clone();
    if let Some(step) = plan.effects().step(name)
        && step.action != StepAction::Examine
    {
        effects.services.retain(|of| of.service.key == step.service);
    }
    effects
}
