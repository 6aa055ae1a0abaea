//! Changes that need eyes: a new message each, which never changes. What it says is of its event alone.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::plan::section;
use super::subject::difference;
use super::text::{say, sentence};
use super::view::View;
use super::words::{self, Words, fact};
use super::{approval, steps};
use crate::model::{
    Block, IncidentEvent, Message, PersonId, Reminder, RollbackEvent, RollbackId, Sequence, SlotOwner, Tone,
};
use crate::saga::{Entry, RollbackState};

/// The alerts of an incident and of its rollbacks, each by the sequence of its event.
#[must_use]
pub(super) fn alerts(view: &View<'_>) -> Vec<(SlotOwner, u64, Message)> {
    let owner = SlotOwner::Incident(view.incident.id);
    let of_incident = view.incident.timeline.iter().filter_map(|entry| {
        let message = of_incident(view, entry.at, &entry.event)?;
        Some((owner, entry.sequence.0, message))
    });
    let of_rollbacks = view.rollbacks.iter().flat_map(|state| {
        state.timeline.iter().filter_map(|entry| {
            let message = of_rollback(view, state, entry)?;
            Some((SlotOwner::Rollback(state.id), entry.sequence.0, message))
        })
    });
    of_incident.chain(of_rollbacks).collect()
}

fn final_line(headline: String) -> Message {
    Message { is_final: true, ..Message::line(Tone::Warning, headline) }
}

fn of_incident(view: &View<'_>, at: Timestamp, event: &IncidentEvent) -> Option<Message> {
    match event {
        IncidentEvent::Drifted { rollback, service, target, now } => {
            let service = words::service(service);
            let arguments: [(&'static str, &dyn std::fmt::Display); 2] =
                [("id", &view.incident.id), ("service", &service)];
            let mut message = final_line(say("headline-drift", &arguments));
            message.tone = Tone::Bad;
            message.facts = vec![
                fact(say("label-target", &[]), target.as_str()),
                fact(say("label-runs-now", &[]), now.as_str()),
                fact(say("label-after", &[]), rollback.to_string()),
            ];
            message.blocks = vec![Block::Text(say("drift-means", &[]))];
            message.notify = responders(view, *rollback, at);
            Some(message)
        }
        IncidentEvent::TaskOpened { rollback, step, trouble } => {
            let mut message = final_line(say("headline-task", &[("id", rollback), ("step", step)]));
            message.facts = vec![fact(say("label-why", &[]), sentence(&trouble.why))];
            message.blocks = steps::evidence(trouble).map(Block::Code).into_iter().collect();
            message.blocks.push(Block::Text(say("task-means", &[])));
            message.notify = responders(view, *rollback, at);
            Some(message)
        }
        _ => None,
    }
}

/// Who asked for it, who had voted for it by then (later votes do not change an alert), and who is on call.
fn responders(view: &View<'_>, rollback: RollbackId, at: Timestamp) -> Vec<PersonId> {
    let Some(state) = view.rollback(rollback) else { return Vec::new() };
    let until_then = state.timeline.iter().filter(|entry| entry.at <= at);
    let voters = until_then.filter_map(|entry| match &entry.event {
        RollbackEvent::Voted(vote) => Some(vote.person.clone()),
        _ => None,
    });
    let on_call = view.on_call.iter().cloned();
    sorted(voters.chain(on_call).chain([state.requester().clone()]).collect())
}

fn sorted(mut persons: Vec<PersonId>) -> Vec<PersonId> {
    persons.sort();
    persons.dedup();
    persons
}

fn of_rollback(view: &View<'_>, state: &RollbackState, entry: &Entry<RollbackEvent>) -> Option<Message> {
    match &entry.event {
        RollbackEvent::PlanVoided { differences } => {
            let services = words::services(state.request.services.iter().map(|(key, _)| key));
            let mut message = final_line(say("headline-plan-void", &[("id", &state.id), ("services", &services)]));
            message.blocks = vec![Block::Text(say("void-means", &[]))];
            section(&mut message.blocks, say("title-changed-since", &[]), differences.iter().map(difference).collect());
            message.notify = eyes(view, state, false);
            Some(message)
        }
        RollbackEvent::Reminded { of } => Some(reminder(view, state, *of)),
        _ => None,
    }
}

fn reminder(view: &View<'_>, state: &RollbackState, of: Reminder) -> Message {
    let words = view.words();
    let detected = words::stated(&state.assessment.detected_at, |at| words.moment(at));
    let mut message = match of {
        Reminder::DecisionSoon => final_line(say("headline-decision-soon", &[("id", &state.id)])),
        Reminder::DecisionDue => final_line(say("headline-decision-due", &[("id", &state.id)])),
        Reminder::Question(_) => final_line(say("headline-still-asked", &[("id", &state.id)])),
    };
    match of {
        Reminder::DecisionSoon | Reminder::DecisionDue => {
            message.facts.push(fact(say("label-detected", &[]), detected));
            message.facts.extend(who_decides(&words, state).filter(|_| of == Reminder::DecisionDue));
        }
        Reminder::Question(question) => message.facts.extend(asked(view, state, question)),
    }
    message.notify = eyes(view, state, of == Reminder::DecisionDue);
    message
}

/// The roles that may decide. Who is on call changes, and an alert does not: they are notified instead.
fn who_decides(words: &Words<'_>, state: &RollbackState) -> Option<crate::model::Fact> {
    let effects = state.plan.as_ref()?.effects();
    let who = approval::roles_awaited(words, effects, &BTreeSet::new());
    Some(fact(say("label-may-approve", &[]), who))
}

fn asked(view: &View<'_>, state: &RollbackState, question: Sequence) -> Vec<crate::model::Fact> {
    let found = state.timeline.iter().find(|entry| entry.sequence == question);
    let Some(Entry { at, event: RollbackEvent::Asked { step, trouble }, .. }) = found else { return Vec::new() };
    vec![
        fact(say("label-step", &[]), &step.0),
        fact(say("label-why", &[]), sentence(&trouble.why)),
        fact(say("label-asked", &[]), view.words().moment(*at)),
    ]
}

/// Who is on call, the owners, who asked; and the commanders where the time to decide is over.
fn eyes(view: &View<'_>, state: &RollbackState, is_due: bool) -> Vec<PersonId> {
    let services = state.request.services.iter().filter_map(|(key, _)| view.settings.service(key));
    let mut persons: Vec<PersonId> = services.flat_map(|service| service.owners.clone()).collect();
    persons.extend(view.on_call.iter().cloned());
    if is_due {
        persons.extend(view.settings.commanders.iter().cloned());
    }
    persons.push(state.requester().clone());
    sorted(persons)
}
