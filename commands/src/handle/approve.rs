//! `approve`: a person, in a role held now, says yes to exactly this plan.

use jiff::Timestamp;

use super::{Answered, Context, Declined};
use crate::authorize::{Ballot, RoleBook, Tally, ballot, look_up, tally};
use crate::model::{AnyId, Digest, Note, Person, Plan, RollbackEvent, RollbackId, StreamId, Vote};
use crate::notify::answer as say;
use crate::saga::{Draft, Phase, RollbackState};

impl Context<'_> {
    /// Typed: with the digest it is a vote; without one the plan is shown with its button instead of
    /// being approved unseen.
    pub(crate) async fn approve_by_word(&self, id: Option<AnyId>, digest: Option<&str>) -> Answered {
        let nothing = Note::new("nothing-to-approve");
        let state = self.find(id, nothing, |state| state.phase == Phase::Proposed).await?;
        let Some(plan) = &state.plan else { return Err(Note::new("nothing-to-approve").into()) };
        match digest {
            None => Ok(say::plan_to_approve(&state, &self.settings)),
            Some(typed) if plan.digest().to_string().starts_with(&typed.to_ascii_lowercase()) => {
                self.approve(state.id, plan.digest()).await
            }
            Some(typed) => {
                let note = Note::new("digest-mismatch").with("typed", typed).with("expected", plan.digest().short());
                Err(note.into())
            }
        }
    }

    /// The role answer is obtained first; then one transaction checks its age, the digest, the expiry,
    /// the state and duplicates. Two clicks at once: the log lets one be first.
    pub(crate) async fn approve(&self, id: RollbackId, digest: Digest) -> Answered {
        let person = self.person()?;
        let state = self.engine.journal.rollback(id).await?;
        let (plan, book) = self.roles_for(&state).await?;
        let now = self.engine.ports.clock.now();
        self.check_open(&state, plan, digest, &person, now)?;
        let ballot = ballot(&person.id, plan.effects(), &book, now)?;
        ballot.allows_own_request(&person.id, state.requester(), plan.effects(), &book)?;
        let vote = vote(&person, ballot, digest);
        let mut votes = state.votes.clone();
        votes.push((now, vote.clone()));
        let tally = tally(plan.effects(), &votes, state.requester(), now);
        let actor = self.actor(&person);
        let stream = StreamId::Rollback(id);
        let mut draft = Draft::new().fact(stream.clone(), state.sequence, &actor, RollbackEvent::Voted(vote.clone()));
        if tally == Tally::Quorum {
            draft.add(stream, state.sequence, &actor, RollbackEvent::Approved { digest });
            self.take_over(&mut draft, &state, &actor).await?;
        }
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        Ok(say::voted(&state, &vote, &tally))
    }

    /// Who holds which role for the services of the plan that stands.
    pub(crate) async fn roles_for<'a>(&self, state: &'a RollbackState) -> Result<(&'a Plan, RoleBook), Declined> {
        let Some(plan) = &state.plan else { return Err(Note::new("nothing-to-approve").into()) };
        let services: Vec<_> = plan.effects().services.iter().map(|plan| &plan.service).collect();
        let ports = &self.engine.ports;
        Ok((plan, look_up(&services, &self.settings, ports.on_call.as_ref(), ports.clock.now()).await))
    }

    fn check_open(
        &self,
        state: &RollbackState,
        plan: &Plan,
        digest: Digest,
        person: &Person,
        now: Timestamp,
    ) -> Result<(), Declined> {
        if state.phase != Phase::Proposed {
            return Err(say::not_proposed(state).into());
        }
        if plan.digest() != digest {
            return Err(Note::new("old-card").with("expected", plan.digest().short()).into());
        }
        if state.planned_at.is_some_and(|at| now >= at + crate::engine::expiry(plan)) {
            return Err(Note::new("plan-expired").with("rollback", state.id).into());
        }
        if state.votes.iter().any(|(_, vote)| vote.person == person.id) {
            return Err(Note::new("already-voted").with("rollback", state.id).into());
        }
        Ok(())
    }

    /// An approved newer rollback takes over the locks of the one that it replaces, if that one waits or
    /// is paused. One that runs is not replaced: its effects are under way.
    async fn take_over(
        &self,
        draft: &mut Draft,
        state: &RollbackState,
        actor: &crate::model::Actor,
    ) -> Result<(), Declined> {
        let Some(old) = state.replaces else { return Ok(()) };
        let old = self.engine.journal.rollback(old).await?;
        if old.phase.is_over() {
            let services = state.request.services.iter().map(|(service, _)| service.clone());
            draft
                .rows
                .locks
                .extend(services.map(|service| crate::ports::LockChange::Take { service, rollback: state.id }));
            return Ok(());
        }
        if old.phase == Phase::Running && old.question.is_none() {
            return Err(Note::new("replaced-one-runs").with("rollback", old.id).into());
        }
        let took_over = RollbackEvent::TookOver { from: old.id, open: old.left_open() };
        draft.add(StreamId::Rollback(state.id), state.sequence, actor, took_over);
        super::rollback::replace(draft, &old, state.id, actor, state.request.services.iter().map(|(key, _)| key));
        Ok(())
    }
}

fn vote(person: &Person, ballot: Ballot, digest: Digest) -> Vote {
    Vote { person: person.id.clone(), role: ballot.role, answer: ballot.answer, covers: ballot.covers, digest }
}
