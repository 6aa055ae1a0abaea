//! A rollback, folded from its events.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::step::{StepProgress, StepState};
use super::transition::{self, Illegal};
use crate::model::{
    Actor, Approved, Assessment, Digest, Event, Outcome, PersonId, Plan, Request, Role, RollbackEvent, RollbackId,
    Sequence, StepAction, StepClass, StepName, StoredEvent, Trouble, Vote,
};

/// One event with what the timeline needs of its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<E> {
    /// Its place in the stream.
    pub sequence: Sequence,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub event: E,
}

impl<E> Entry<E> {
    /// Of a stored event.
    #[must_use]
    pub fn of(stored: &StoredEvent, event: E) -> Self {
        Self { sequence: stored.sequence, at: stored.at, actor: stored.actor.clone(), event }
    }
}

/// Where a rollback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Asked for; people decide.
    Proposed,
    /// Approved; a replica is about to drive it.
    Approved,
    /// Being driven, or paused by a question.
    Running,
    /// Somebody who could have approved said no.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// A newer rollback took its place.
    Replaced,
    /// The run has ended; it may still be watched.
    Finished,
}

impl Phase {
    /// True where nothing more is done to production.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Denied | Self::Expired | Self::Replaced | Self::Finished)
    }
}

/// What waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its name: the sequence of its event.
    pub sequence: Sequence,
    /// About which step.
    pub step: StepName,
    /// Why it is asked.
    pub trouble: Trouble,
    /// Since when.
    pub asked_at: Timestamp,
}

/// A rollback as its log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackState {
    /// Its id.
    pub id: RollbackId,
    /// The last event that is folded in.
    pub sequence: Sequence,
    /// Where it is.
    pub phase: Phase,
    /// What was asked.
    pub request: Request,
    /// How bad it is.
    pub assessment: Assessment,
    /// The rollback that it means to replace.
    pub replaces: Option<RollbackId>,
    /// The plan that stands.
    pub plan: Option<Plan>,
    /// How many plans were made, this one included.
    pub plans: u32,
    /// When it was made.
    pub planned_at: Option<Timestamp>,
    /// Yes to the plan that stands.
    pub votes: Vec<(Timestamp, Vote)>,
    /// When enough votes were there.
    pub approved_at: Option<Timestamp>,
    /// When the run began.
    pub started_at: Option<Timestamp>,
    /// How each step stands, of the plan that stands.
    pub steps: BTreeMap<StepName, StepState>,
    /// What waits for a person.
    pub question: Option<Question>,
    /// Who said stop, and why.
    pub abort: Option<(Actor, Option<String>)>,
    /// What changed on the platform, where that voided the plan and no new one stands yet.
    pub voided: Option<Vec<(String, String, String)>>,
    /// Who denied it, in which role, and why.
    pub denial: Option<(Actor, Option<Role>, Option<String>)>,
    /// The rollback that took its place.
    pub replaced_by: Option<RollbackId>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// When it ended, in whatever way.
    pub ended_at: Option<Timestamp>,
    /// When the watch for drift was over.
    pub watch_ended_at: Option<Timestamp>,
    /// The text for users as somebody changed it last.
    pub user_text: Option<String>,
    /// The text for users as it was published, by whom and when.
    pub published: Option<(Timestamp, Actor, String)>,
    /// Why it stands still until a newer release drives it: an event that this one does not know.
    pub unreadable: Option<String>,
    /// Everything that happened, for the timeline.
    pub timeline: Vec<Entry<RollbackEvent>>,
}

impl RollbackState {
    /// The state after the first event; `None` if that is not `Requested`.
    #[must_use]
    pub fn begin(id: RollbackId, stored: &StoredEvent, event: &Event) -> Option<Self> {
        let Event::Rollback(event) = event else { return None };
        let RollbackEvent::Requested { request, assessment, replaces } = event.as_ref() else { return None };
        Some(Self {
            id,
            sequence: stored.sequence,
            phase: Phase::Proposed,
            request: request.clone(),
            assessment: assessment.clone(),
            replaces: *replaces,
            plan: None,
            plans: 0,
            planned_at: None,
            votes: Vec::new(),
            approved_at: None,
            started_at: None,
            steps: BTreeMap::new(),
            question: None,
            abort: None,
            voided: None,
            denial: None,
            replaced_by: None,
            outcome: None,
            ended_at: None,
            watch_ended_at: None,
            user_text: None,
            published: None,
            unreadable: None,
            timeline: vec![Entry::of(stored, event.as_ref().clone())],
        })
    }

    /// Folds one more event of the log in. What is not understood, or cannot follow what came before,
    /// makes the rollback stand still; it is never guessed at.
    pub fn apply(&mut self, stored: &StoredEvent, event: Result<&Event, String>) {
        self.sequence = stored.sequence;
        let event = match event {
            Ok(Event::Rollback(event)) => event.as_ref(),
            Ok(_) => {
                self.unreadable = Some(format!("event {} is of another stream", stored.sequence.0));
                return;
            }
            Err(why) => {
                self.unreadable = Some(why);
                return;
            }
        };
        if let Err(illegal) = self.check(event) {
            self.unreadable = Some(illegal.to_string());
            return;
        }
        self.fold(stored, event);
        self.timeline.push(Entry::of(stored, event.clone()));
    }

    /// Whether this event may follow now: asked before it is appended, and again when it is read.
    ///
    /// # Errors
    /// [`Illegal`], with the event and the phase.
    pub fn check(&self, event: &RollbackEvent) -> Result<(), Illegal> {
        transition::check(self, event)
    }

    fn fold(&mut self, stored: &StoredEvent, event: &RollbackEvent) {
        match event {
            RollbackEvent::Requested { .. } | RollbackEvent::Reminded { .. } => {}
            RollbackEvent::Planned { effects, digest, circumstances } => {
                match Plan::from_bytes(effects.clone(), circumstances.clone()) {
                    Ok(plan) if plan.digest() == *digest => self.take_plan(plan, stored.at),
                    Ok(_) => self.unreadable = Some("the digest is not of the plan's bytes".to_owned()),
                    Err(error) => self.unreadable = Some(error.to_string()),
                }
            }
            RollbackEvent::Voted(vote) => self.votes.push((stored.at, vote.clone())),
            RollbackEvent::Approved { .. } => {
                self.phase = Phase::Approved;
                self.approved_at = Some(stored.at);
            }
            RollbackEvent::Denied { role, because } => {
                self.denial = Some((stored.actor.clone(), *role, because.clone()));
                self.end(Phase::Denied, stored.at);
            }
            RollbackEvent::Expired => self.end(Phase::Expired, stored.at),
            RollbackEvent::Replaced { by } => {
                self.replaced_by = Some(*by);
                self.question = None;
                self.end(Phase::Replaced, stored.at);
            }
            RollbackEvent::TookOver { open, .. } => {
                for name in open {
                    self.steps.entry(name.clone()).and_modify(|step| step.inherited = true);
                }
            }
            RollbackEvent::Started => {
                self.phase = Phase::Running;
                self.started_at.get_or_insert(stored.at);
            }
            RollbackEvent::StepStarted { .. }
            | RollbackEvent::StepObserved { .. }
            | RollbackEvent::StepFinished { .. }
            | RollbackEvent::StepFailed { .. } => self.fold_step(stored.at, event),
            RollbackEvent::PlanVoided { differences } => self.voided = Some(differences.clone()),
            RollbackEvent::Asked { step, trouble } => {
                self.question = Some(Question {
                    sequence: stored.sequence,
                    step: step.clone(),
                    trouble: trouble.clone(),
                    asked_at: stored.at,
                });
            }
            RollbackEvent::Answered { answer, because, .. } => {
                self.fold_answer(stored, *answer, because.clone());
            }
            RollbackEvent::AbortRequested { because } => {
                self.abort = Some((stored.actor.clone(), because.clone()));
                self.question = None;
            }
            RollbackEvent::Finished { outcome } => {
                self.outcome = Some(outcome.clone());
                self.question = None;
                self.end(Phase::Finished, stored.at);
            }
            RollbackEvent::WatchEnded => self.watch_ended_at = Some(stored.at),
            RollbackEvent::UserTextEdited { text } => self.user_text = Some(text.clone()),
            RollbackEvent::UserTextPublished { text } => {
                self.published = Some((stored.at, stored.actor.clone(), text.clone()));
            }
        }
    }

    /// A new plan voids votes, approval and steps of the one before.
    fn take_plan(&mut self, plan: Plan, at: Timestamp) {
        self.steps = plan.effects().steps.iter().map(|step| (step.name.clone(), StepState::default())).collect();
        self.plan = Some(plan);
        self.plans += 1;
        self.planned_at = Some(at);
        self.votes.clear();
        self.approved_at = None;
        self.voided = None;
        self.question = None;
        self.phase = Phase::Proposed;
    }

    fn end(&mut self, phase: Phase, at: Timestamp) {
        self.phase = phase;
        self.ended_at = Some(at);
    }

    fn fold_step(&mut self, at: Timestamp, event: &RollbackEvent) {
        let name = match event {
            RollbackEvent::StepStarted { step, .. }
            | RollbackEvent::StepObserved { step, .. }
            | RollbackEvent::StepFinished { step, .. }
            | RollbackEvent::StepFailed { step, .. } => step,
            _ => return,
        };
        let Some(state) = self.steps.get_mut(name) else { return };
        match event {
            RollbackEvent::StepStarted { attempt, .. } => {
                state.progress = StepProgress::Started;
                state.attempt = *attempt;
                state.first_started_at.get_or_insert(at);
                state.retried_since.get_or_insert(at);
                state.started_at = Some(at);
            }
            RollbackEvent::StepObserved { observation, .. } => state.observation = Some(observation.clone()),
            RollbackEvent::StepFinished { findings, .. } => {
                state.progress = StepProgress::Finished;
                state.findings = findings.clone();
                state.ended_at = Some(at);
            }
            RollbackEvent::StepFailed { trouble, findings, retryable, .. } => {
                state.progress = StepProgress::Failed { trouble: trouble.clone(), retryable: *retryable, at };
                state.findings = findings.clone();
                state.ended_at = Some(at);
            }
            _ => {}
        }
    }

    fn fold_answer(&mut self, stored: &StoredEvent, answer: crate::model::Answer, because: Option<String>) {
        let Some(question) = self.question.take() else { return };
        let Some(state) = self.steps.get_mut(&question.step) else { return };
        match answer {
            crate::model::Answer::Retry => {
                state.progress = StepProgress::Again;
                state.retried_since = None;
            }
            crate::model::Answer::Skip => {
                state.progress = StepProgress::Skipped { by: stored.actor.person().cloned(), because };
                state.ended_at = Some(stored.at);
            }
        }
    }

    /// The proof that may reach production: only where the plan that stands was approved and the run
    /// is not over. The one function that makes it.
    #[must_use]
    pub fn approved(&self) -> Option<Approved> {
        if !matches!(self.phase, Phase::Approved | Phase::Running) || self.unreadable.is_some() {
            return None;
        }
        self.approved_at?;
        let plan = self.plan.as_ref()?;
        let votes = self.votes.iter().map(|(_, vote)| vote.clone()).collect();
        Some(Approved::grant(self.id, plan.effects().clone(), plan.digest(), votes, self.plans))
    }

    /// The digest of the plan that stands.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.plan.as_ref().map(Plan::digest)
    }

    /// Who asked.
    #[must_use]
    pub fn requester(&self) -> &PersonId {
        &self.request.requester
    }

    /// How a step stands.
    #[must_use]
    pub fn step(&self, name: &StepName) -> StepState {
        self.steps.get(name).cloned().unwrap_or_default()
    }

    /// The pivots of the plan that stands, each with how it stands.
    pub fn pivots(&self) -> impl Iterator<Item = (&crate::model::PlannedStep, &StepState)> {
        let steps = self.plan.iter().flat_map(|plan| &plan.effects().steps);
        steps
            .filter(|step| step.class == StepClass::Pivot && matches!(step.action, StepAction::Roll { .. }))
            .filter_map(|step| Some((step, self.steps.get(&step.name)?)))
    }

    /// True if any target left its old revision, or may have: from here on nothing unwinds.
    #[must_use]
    pub fn may_have_moved(&self) -> bool {
        self.pivots().any(|(_, state)| state.may_have_moved())
    }

    /// What a run has opened and nothing has closed: `Prepare` steps that have a closer.
    #[must_use]
    pub fn left_open(&self) -> Vec<StepName> {
        let steps = self.plan.iter().flat_map(|plan| &plan.effects().steps);
        let closers = steps.filter(|step| !self.step(&step.name).is_finished());
        closers.filter_map(|step| step.closes.clone()).filter(|opener| self.step(opener).has_begun()).collect()
    }

    /// True while it is watched for drift.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.phase == Phase::Finished
            && self.watch_ended_at.is_none()
            && !matches!(self.outcome, Some(Outcome::AsBefore { .. }) | None)
    }
}
