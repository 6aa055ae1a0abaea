//! `/rollback …` and `/rollback plan …`: from what was asked to a proposal, or a reason why not.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{Answered, Context, Declined};
use crate::authorize::{Refusal, look_up, may_replace};
use crate::decide::{assess, decision_deadlines, needs_reason};
use crate::engine::planned_event;
use crate::model::{
    Actor, Ask, Assessment, IncidentEvent, IncidentId, MarkCause, Note, Person, Place, Plan, Request, RollbackEvent,
    RollbackId, Sequence, Service, ServiceKey, Standing, StreamId, Wanted,
};
use crate::notify::answer as say;
use crate::plan;
use crate::ports::{Deadline, DeadlineChange, DeadlineName, IncidentChange, LockChange};
use crate::saga::{Draft, IncidentState, JournalError, Phase, RollbackState};

/// Within this time after a rollback another one needs an explicit version: "previous" would toggle.
const SECOND_NEEDS_VERSION: SignedDuration = SignedDuration::from_mins(30);

/// What is asked, checked and planned, before anything is opened.
struct Proposal {
    request: Request,
    assessment: Assessment,
    plan: Plan,
}

impl Context<'_> {
    pub(crate) async fn plan(&self, ask: Ask) -> Answered {
        let services = self.services(&ask)?;
        let assessment = self.assess(&ask)?;
        let plan = self.draw(&services, &assessment).await?;
        let ports = &self.engine.ports;
        let entries: Vec<_> = services.iter().map(|(service, _)| service).collect();
        let book = look_up(&entries, &self.settings, ports.on_call.as_ref(), ports.clock.now()).await;
        Ok(say::plan_preview(&self.words(), &plan, &assessment, &book.on_call()))
    }

    pub(crate) async fn rollback(&self, ask: Ask) -> Answered {
        let person = self.person()?;
        let services = self.services(&ask)?;
        let assessment = self.assess(&ask)?;
        if needs_reason(&assessment.advice) && ask.because.is_none() {
            let keys: Vec<_> = services.iter().map(|(service, _)| service.key.clone()).collect();
            return Ok(say::fix_forward(&self.words(), &keys, &assessment));
        }
        self.check_repetition(&services).await?;
        let replaces = self.holder(&services, &person).await?;
        let plan = self.draw(&services, &assessment).await?;
        let request = Request {
            requester: person.id.clone(),
            asked_in: Place { chat: self.invocation.chat().clone(), room: self.invocation.room.clone() },
            services: services.iter().map(|(service, wanted)| (service.key.clone(), wanted.clone())).collect(),
            because: ask.because.clone(),
        };
        self.propose(&person, Proposal { request, assessment, plan }, replaces).await
    }

    /// The catalogue entries that are meant, each with its version, in the order of the catalogue.
    fn services(&self, ask: &Ask) -> Result<Vec<(Service, Wanted)>, Declined> {
        let mut services = Vec::with_capacity(ask.subjects.len());
        for subject in &ask.subjects {
            let service = self.one_service(&subject.service, ask.environment.as_ref())?;
            let wanted = subject.wanted.clone().or_else(|| ask.wanted.clone()).unwrap_or(Wanted::LastGood);
            services.push((service, wanted));
        }
        let place = |key: &ServiceKey| self.settings.catalogue.iter().position(|service| service.key == *key);
        services.sort_by_key(|(service, _)| place(&service.key));
        Ok(services)
    }

    fn assess(&self, ask: &Ask) -> Result<Assessment, Declined> {
        assess(ask, self.engine.ports.clock.now(), &self.settings).map_err(|error| error.note().into())
    }

    async fn draw(&self, services: &[(Service, Wanted)], assessment: &Assessment) -> Result<Plan, Declined> {
        let priority = assessment.severity.value().priority();
        plan::draw(services, priority, &self.engine.ports, &self.engine.journal).await.map_err(Declined::Blocked)
    }

    /// A second rollback within half an hour must say to which version.
    async fn check_repetition(&self, services: &[(Service, Wanted)]) -> Result<(), Declined> {
        let horizon = self.engine.ports.clock.now() - SECOND_NEEDS_VERSION;
        for (service, wanted) in services {
            if matches!(wanted, Wanted::Version(_)) {
                continue;
            }
            let ledger = self.engine.journal.ledger(&service.key).await?;
            let recent = ledger.marks().iter().rev().find(|mark| {
                mark.at > horizon
                    && matches!(mark.cause, MarkCause::RolledBackFrom(_))
                    && mark.standing == Standing::Bad
            });
            if let Some(mark) = recent {
                let minutes = self.engine.ports.clock.now().duration_since(mark.at).as_mins();
                let note = Note::new("second-rollback-needs-version")
                    .with("service", &service.key.name)
                    .with("minutes", minutes);
                return Err(note.into());
            }
        }
        Ok(())
    }

    /// The rollback that holds a lock on any of the services, if the person may replace it.
    async fn holder(
        &self,
        services: &[(Service, Wanted)],
        person: &Person,
    ) -> Result<Option<Arc<RollbackState>>, Declined> {
        let locks = self.engine.journal.store().locks().await?;
        let mut holders: Vec<RollbackId> = services
            .iter()
            .filter_map(|(service, _)| locks.iter().find(|(key, _)| *key == service.key))
            .map(|(_, rollback)| *rollback)
            .collect();
        holders.sort_unstable();
        holders.dedup();
        let [holder] = holders.as_slice() else {
            return match holders.first() {
                None => Ok(None),
                Some(first) => Err(Note::new("several-hold-locks").with("rollback", first).into()),
            };
        };
        let state = self.engine.journal.rollback(*holder).await?;
        if state.phase.is_over() {
            return Ok(None);
        }
        let drives = state.question.is_none() && state.unreadable.is_none();
        let running = matches!(state.phase, Phase::Running | Phase::Approved) && drives;
        if running {
            return Err(Note::new("service-locked-running").with("rollback", holder).into());
        }
        if !may_replace(&person.id, &state, &self.settings) {
            let who = self.settings.person(state.requester()).map_or_else(String::new, |person| person.name.clone());
            let why = Note::new("service-locked")
                .with("rollback", holder)
                .with("service", state_services(&state))
                .with("who", who);
            let may = self.settings.commanders.iter().cloned();
            return Err(Refusal::new(why).or_persons([state.requester().clone()]).or_persons(may).into());
        }
        Ok(Some(state))
    }

    /// Opens the incident (or adds to the one that is open for a service), and proposes: one commit.
    async fn propose(&self, person: &Person, proposal: Proposal, replaces: Option<Arc<RollbackState>>) -> Answered {
        let actor = self.actor(person);
        let now = self.engine.ports.clock.now();
        let mut draft = Draft::new();
        let incident = self.open_incident(&proposal.request).await?;
        let id = match &incident {
            Some(open) => RollbackId { incident: open.id, number: next_number(open) },
            None => {
                let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
                let drawn = self.engine.journal.store().draw_incident(day).await?;
                self.open(&mut draft, drawn, &proposal, &actor);
                RollbackId { incident: drawn, number: 1 }
            }
        };
        let expected = incident.as_ref().map_or(Sequence::START, |open| open.sequence);
        let added = IncidentEvent::RollbackAdded {
            rollback: id,
            services: services_of(&proposal.request),
            severity: proposal.assessment.severity,
        };
        draft.add(StreamId::Incident(id.incident), expected, &actor, added);
        draft.rows.incidents.push(IncidentChange::Open(id.incident));
        // One that is not approved gives way at once; one that is paused, when this one is approved.
        let waits = replaces.as_ref().filter(|old| old.phase == Phase::Running).map(|old| old.id);
        let stream = StreamId::Rollback(id);
        let requested = RollbackEvent::Requested {
            request: proposal.request.clone(),
            assessment: proposal.assessment.clone(),
            replaces: waits,
        };
        draft.add(stream.clone(), Sequence::START, &actor, requested);
        draft.add(stream, Sequence::START, &Actor::System, planned_event(&proposal.plan));
        let services = proposal.request.services.iter().map(|(key, _)| key);
        match &replaces {
            None => take_locks(&mut draft, id, services),
            Some(old) if waits.is_none() => replace(&mut draft, old, id, &actor, services),
            Some(_) => {}
        }
        self.set_deadlines(&mut draft, id, &proposal);
        draft.rows.handles = Some(self.invocation.key.clone());
        self.engine.commit(draft).await?;
        let opened = self.engine.journal.incident(id.incident).await?;
        Ok(say::accepted(id, opened.room.as_ref(), &opened.room_name))
    }

    fn open(&self, draft: &mut Draft, id: IncidentId, proposal: &Proposal, actor: &Actor) {
        let short = id.to_string().trim_start_matches("INC-").to_owned();
        let opened = IncidentEvent::Opened {
            services: services_of(&proposal.request),
            severity: proposal.assessment.severity,
            detected_at: proposal.assessment.detected_at,
            room_name: self.settings.room_template.replace("{incident}", &short),
        };
        draft.add(StreamId::Incident(id), Sequence::START, actor, opened);
    }

    /// The newest open incident of any of the services.
    async fn open_incident(&self, request: &Request) -> Result<Option<Arc<IncidentState>>, JournalError> {
        for id in self.engine.journal.store().open_incidents().await? {
            let incident = match self.engine.journal.incident(id).await {
                Ok(incident) => incident,
                Err(error) => {
                    tracing::error!(incident = %id, %error, "it cannot be read");
                    continue;
                }
            };
            if request.services.iter().any(|(key, _)| incident.services.contains(key)) {
                return Ok(Some(incident));
            }
        }
        Ok(None)
    }

    fn set_deadlines(&self, draft: &mut Draft, id: RollbackId, proposal: &Proposal) {
        let now = self.engine.ports.clock.now();
        let mut set = |name, at| draft.rows.deadlines.push(DeadlineChange::Set(Deadline { rollback: id, name, at }));
        set(DeadlineName::Expiry, now + proposal.plan.effects().expires_after());
        for (name, at) in decision_deadlines(proposal.assessment.detected_at.value()) {
            match name {
                // Overdue is said at once; that it was soon due helps nobody any more.
                DeadlineName::DecisionDue => set(name, at.max(now)),
                _ if at > now => set(name, at),
                _ => {}
            }
        }
    }
}

fn services_of(request: &Request) -> Vec<ServiceKey> {
    request.services.iter().map(|(key, _)| key.clone()).collect()
}

fn next_number(incident: &IncidentState) -> u32 {
    incident.rollbacks.iter().map(|id| id.number).max().unwrap_or_default() + 1
}

fn state_services(state: &RollbackState) -> String {
    let names: Vec<&str> = state.request.services.iter().map(|(key, _)| key.name.as_str()).collect();
    names.join(", ")
}

fn take_locks<'a>(draft: &mut Draft, rollback: RollbackId, services: impl Iterator<Item = &'a ServiceKey>) {
    draft.rows.locks.extend(services.map(|service| LockChange::Take { service: service.clone(), rollback }));
}

/// Puts a rollback in the place of another: that one ends, its locks pass on or are freed.
pub(super) fn replace<'a>(
    draft: &mut Draft,
    old: &RollbackState,
    new: RollbackId,
    actor: &Actor,
    services: impl Iterator<Item = &'a ServiceKey>,
) {
    draft.add(StreamId::Rollback(old.id), old.sequence, actor, RollbackEvent::Replaced { by: new });
    draft.rows.locks.push(LockChange::Free { rollback: old.id });
    draft.rows.deadlines.push(DeadlineChange::ClearAll { rollback: old.id });
    take_locks(draft, new, services);
}
