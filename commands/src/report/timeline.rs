//! The timeline: every fact of an incident and its rollbacks in words, oldest first [P3 P6].

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::shape::TimelineEntry;
use crate::model::{Answer, IncidentEvent, Outcome, Reminder, RollbackEvent, StepName, Trouble, Verdict};
use crate::notify::View;
use crate::notify::outcome::as_before;
use crate::notify::subject::{difference, reason};
use crate::notify::text::{say, sentence};
use crate::notify::words::{self, Words};
use crate::saga::RollbackState;

/// What happened, with the outside world's own words.
type Told = (String, Vec<String>);

/// The timeline of an incident.
#[must_use]
pub(crate) fn timeline(view: &View<'_>) -> Vec<TimelineEntry> {
    let words = view.words();
    let incident = view.incident.timeline.iter().filter_map(|entry| {
        let told = of_incident(&words, &entry.event)?;
        Some(line(&words, entry.at, words.actor(&entry.actor), told))
    });
    // One rollback needs no name in each line.
    let is_alone = view.rollbacks.len() == 1;
    let rollbacks = view.rollbacks.iter().flat_map(|state| {
        state.timeline.iter().enumerate().filter_map(|(index, entry)| {
            let told = match &entry.event {
                RollbackEvent::StepStarted { step, attempt } => started(state, index, step, *attempt),
                event => of_rollback(&words, state, event),
            }?;
            let told = if is_alone { (without_id(state, told.0), told.1) } else { told };
            Some(line(&words, entry.at, words.actor(&entry.actor), told))
        })
    });
    let mut entries: Vec<TimelineEntry> = incident.chain(rollbacks).collect();
    // Stable: what happened at one moment stays in the order of its stream.
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn without_id(state: &RollbackState, text: String) -> String {
    let Some(rest) = text.strip_prefix(&format!("{} ", state.id)) else { return text };
    let mut letters = rest.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// An attempt that begins a second time was interrupted the first time.
fn started(state: &RollbackState, index: usize, step: &StepName, attempt: u32) -> Option<Told> {
    let before = state.timeline[..index].iter().rev();
    let since_plan = before.take_while(|entry| !matches!(entry.event, RollbackEvent::Planned { .. }));
    let is_again = since_plan.into_iter().any(
        |entry| matches!(&entry.event, RollbackEvent::StepStarted { step: before, attempt: at } if before == step && *at == attempt),
    );
    let arguments: [(&'static str, &dyn std::fmt::Display); 3] =
        [("id", &state.id), ("step", step), ("attempt", &attempt)];
    plain(if is_again { say("timeline-step-again", &arguments) } else { say("timeline-step-started", &arguments) })
}

fn line(words: &Words<'_>, at: Timestamp, who: String, (text, evidence): Told) -> TimelineEntry {
    let zoned = at.to_zoned(TimeZone::UTC);
    let form = if zoned.date() == words.day { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    TimelineEntry { at, time: zoned.strftime(form).to_string(), who, text, evidence }
}

fn plain(text: String) -> Option<Told> {
    Some((text, Vec::new()))
}

fn troubled(text: String, trouble: &Trouble) -> Option<Told> {
    Some((text, trouble.evidence.clone()))
}

fn of_incident(words: &Words<'_>, event: &IncidentEvent) -> Option<Told> {
    match event {
        IncidentEvent::Opened { services, severity, detected_at, .. } => plain(say(
            "timeline-opened",
            &[
                ("services", &words::services(services)),
                ("severity", &words::stated(severity, words::severity)),
                ("detected", &words::stated(detected_at, |at| words.moment(at))),
            ],
        )),
        IncidentEvent::RollbackAdded { rollback, .. } => {
            plain(say("timeline-rollback-added", &[("rollback", rollback)]))
        }
        IncidentEvent::RoomReady { shown_as, .. } => plain(say("timeline-room-ready", &[("room", shown_as)])),
        IncidentEvent::RoomFailed { chat, trouble } => {
            troubled(say("timeline-room-failed", &[("chat", chat), ("why", &sentence(&trouble.why))]), trouble)
        }
        IncidentEvent::TaskOpened { rollback, step, trouble } => {
            let why = sentence(&trouble.why);
            troubled(say("timeline-task", &[("rollback", rollback), ("step", step), ("why", &why)]), trouble)
        }
        IncidentEvent::Drifted { service, target, now, .. } => {
            let service = words::service(service);
            plain(say("timeline-drifted", &[("service", &service), ("target", target), ("now", now)]))
        }
        IncidentEvent::Closed => plain(say("timeline-closed", &[])),
        IncidentEvent::RepairAsked => plain(say("timeline-repair", &[])),
        IncidentEvent::ArchiveDue => plain(say("timeline-archive-due", &[])),
        IncidentEvent::RoomArchived => plain(say("timeline-archived", &[])),
    }
}

fn of_rollback(words: &Words<'_>, state: &RollbackState, event: &RollbackEvent) -> Option<Told> {
    let id = &state.id;
    match event {
        RollbackEvent::Requested { request, .. } => {
            let asked = request
                .services
                .iter()
                .map(|(key, wanted)| say("timeline-wanted", &[("service", &words::service(key)), ("wanted", wanted)]));
            let because = reason(request.because.as_deref());
            plain(say("timeline-requested", &[("id", id), ("services", &words::joined(asked)), ("reason", &because)]))
        }
        RollbackEvent::Planned { digest, .. } => {
            plain(say("timeline-planned", &[("id", id), ("digest", &digest.short())]))
        }
        RollbackEvent::Voted(vote) => plain(say(
            "timeline-voted",
            &[
                ("id", id),
                ("role", &words::role(vote.role)),
                ("source", &vote.answer.source),
                ("digest", &vote.digest.short()),
            ],
        )),
        RollbackEvent::Approved { digest } => {
            plain(say("timeline-approved", &[("id", id), ("digest", &digest.short())]))
        }
        RollbackEvent::Denied { role, because } => {
            let because = reason(because.as_deref());
            plain(say(
                "timeline-denied",
                &[("id", id), ("role", &words::role_or_requester(*role)), ("reason", &because)],
            ))
        }
        RollbackEvent::Expired => plain(say("timeline-expired", &[("id", id)])),
        RollbackEvent::Replaced { by } => plain(say("timeline-replaced", &[("id", id), ("by", by)])),
        RollbackEvent::Reminded { of } => plain(reminded(state, *of)),
        RollbackEvent::Started => plain(say("timeline-started", &[("id", id)])),
        RollbackEvent::PlanVoided { differences } => {
            let changes = words::joined(differences.iter().map(difference));
            plain(say("timeline-void", &[("id", id), ("changes", &changes)]))
        }
        RollbackEvent::AbortRequested { because } => {
            plain(say("timeline-abort", &[("id", id), ("reason", &reason(because.as_deref()))]))
        }
        RollbackEvent::Finished { outcome } => plain(finished(words, state, outcome)),
        RollbackEvent::WatchEnded => plain(say("timeline-watch-ended", &[("id", id)])),
        RollbackEvent::UserTextEdited { .. } => plain(say("timeline-text-edited", &[("id", id)])),
        RollbackEvent::UserTextPublished { .. } => plain(say("timeline-text-published", &[("id", id)])),
        RollbackEvent::Asked { step, trouble } => {
            troubled(say("timeline-asked", &[("id", id), ("step", step), ("why", &sentence(&trouble.why))]), trouble)
        }
        RollbackEvent::Answered { answer, role, because, .. } => {
            plain(answered(state, *answer, words::role(*role), because.as_deref()))
        }
        _ => of_step(state, event),
    }
}

fn reminded(state: &RollbackState, of: Reminder) -> String {
    match of {
        Reminder::DecisionSoon => say("timeline-decision-soon", &[("id", &state.id)]),
        Reminder::DecisionDue => say("timeline-decision-due", &[("id", &state.id)]),
        Reminder::Question(_) => say("timeline-still-asked", &[("id", &state.id)]),
    }
}

fn finished(words: &Words<'_>, state: &RollbackState, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { .. } => say("timeline-done", &[("id", &state.id)]),
        Outcome::Partial { .. } => say("timeline-partial", &[("id", &state.id)]),
        Outcome::AsBefore { why } => {
            say("timeline-as-before", &[("id", &state.id), ("why", &as_before(words, state, why))])
        }
    }
}

fn answered(state: &RollbackState, answer: Answer, role: String, because: Option<&str>) -> String {
    let arguments: [(&'static str, &dyn std::fmt::Display); 3] =
        [("id", &state.id), ("role", &role), ("reason", &reason(because))];
    match answer {
        Answer::Retry => say("timeline-retry", &arguments),
        Answer::Skip => say("timeline-skip", &arguments),
    }
}

/// Steps as they began, ended and failed. What a look found is told where it is not merely on its way.
fn of_step(state: &RollbackState, event: &RollbackEvent) -> Option<Told> {
    let id = &state.id;
    match event {
        RollbackEvent::StepFinished { step, .. } => plain(say("timeline-step-finished", &[("id", id), ("step", step)])),
        RollbackEvent::StepFailed { step, attempt, trouble, .. } => {
            let why = sentence(&trouble.why);
            let text = say("timeline-step-failed", &[("id", id), ("step", step), ("attempt", attempt), ("why", &why)]);
            troubled(text, trouble)
        }
        RollbackEvent::StepObserved { step, observation } => {
            let seen = crate::notify::steps::observed(observation);
            let text = say("timeline-observed", &[("id", id), ("step", step), ("seen", &seen)]);
            match &observation.verdict {
                Verdict::Done | Verdict::InProgress(_) => None,
                Verdict::Superseded { .. } => plain(text),
                Verdict::Failed(trouble) | Verdict::Unknown(trouble) => troubled(text, trouble),
            }
        }
        _ => None,
    }
}
