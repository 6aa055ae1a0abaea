//! `approve`: a person, in a role held now, says yes to exactly this plan.

use jiff::Timestamp;

use super::{Answered, Context, Declined};
use crate::authorize::{Ballot, RoleBook, Tally, ballot, look_up, tally};
use crate::model::{AnyId, Digest, Message, Note, Person, Plan, RollbackEvent, RollbackId, StepName, StreamId, Vote};
use crate::notify::{self, answer as say};
use crate::saga::{Draft, Phase, RollbackState};

impl Context<'_> {
    /// Typed: with the digest it is a vote; without one the plan is shown with its button instead of
    /// being approved unseen.
    pub(crate) async fn approve_by_word(&self, id: Option<AnyId>, digest: Option<&str>) -> Answered {
        let nothing = Note::new("nothing-to-approve");
        let state = self.find(id, nothing, |state| state.phase == Phase::Proposed).await?;
        let Some(plan) = &state.plan else { return Err(Note::new("nothing-to-approve").into()) };
        match digest {
            None => self.show_plan(&state).await,
            Some(typed) if plan.digest().to_string().starts_with(&typed.to_ascii_lowercase()) => {
                self.approve(state.id, plan.digest()).await
            }
            Some(typed) => {
                tracing::debug!(typed, "a digest of another plan was typed");
                Err(Note::new("digest-mismatch").with("expected", plan.digest().short()).into())
            }
        }
    }

    /// The card of the plan that stands, with its buttons, for this person alone.
    async fn show_plan(&self, state: &RollbackState) -> Answered {
        let incident = self.engine.journal.incident(state.id.incident).await?;
        let rollbacks = self.of_incident(incident.id).await?;
        let (_, book) = self.roles_for(state).await?;
        let on_call = book.on_call();
        let view =
            notify::View { incident: &incident, rollbacks: &rollbacks, settings: &self.settings, on_call: &on_call };
        Ok(notify::proposal(&view, state))
    }

    /// The role answer is obtained first; then one transaction checks its age, the digest, the expiry,
    /// the state and duplicates. Two clicks at once: the log lets one be first.
    pub(crate) async fn approve(&self, id: RollbackId, digest: Digest) -> Answered {
        let person = self.person()?;
        let state = self.engine.journal.rollback(id).await?;
        Self::understood(&state)?;
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
        Ok(voted(id, votes.len(), &tally))
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
            return Err(not_proposed(state).into());
        }
        if plan.digest() != digest {
            return Err(Note::new("digest-mismatch").with("expected", plan.digest().short()).into());
        }
        if state.planned_at.is_some_and(|at| now >= at + plan.effects().expires_after()) {
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
        let open = old.left_open();
        if let Some(step) = open.iter().find(|step| !closes(state, step)) {
            return Err(Note::new("replacement-leaves-open").with("rollback", old.id).with("step", step).into());
        }
        let took_over = RollbackEvent::TookOver { from: old.id, open };
        draft.add(StreamId::Rollback(state.id), state.sequence, actor, took_over);
        self.engine.mark_all_bad(draft, &old).await?;
        super::rollback::replace(draft, &old, state.id, actor, state.request.services.iter().map(|(key, _)| key));
        Ok(())
    }
}

/// Whether the plan has the closer of this step: who takes a run over answers for what it left open.
fn closes(state: &RollbackState, opened: &StepName) -> bool {
    let mut steps = state.plan.iter().flat_map(|plan| &plan.effects().steps);
    steps.any(|step| step.closes.as_ref() == Some(opened))
}

/// Why something that people decide on cannot be decided any more.
pub(super) fn not_proposed(state: &RollbackState) -> Note {
    Note::new("not-proposed").with("phase", notify::summary(state))
}

fn voted(id: RollbackId, cast: usize, tally: &Tally) -> Message {
    let cast = u32::try_from(cast).unwrap_or(u32::MAX);
    let wanting = match tally {
        Tally::Quorum => 0,
        Tally::Wanting(services) => services.iter().map(|(_, missing)| *missing).max().unwrap_or_default(),
    };
    say::voted(id, cast, cast + wanting)
}

fn vote(person: &Person, ballot: Ballot, digest: Digest) -> Vote {
    Vote { person: person.id.clone(), role: ballot.role, answer: ballot.answer, covers: ballot.covers, digest }
}
