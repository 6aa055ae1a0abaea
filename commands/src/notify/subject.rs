//! What a rollback is about, and the few lines that every message about one has.

use super::clean::line;
use super::text::say;
use super::words::{self, Words, fact};
use crate::model::{Message, RollbackEvent, Tone};
use crate::saga::{Phase, RollbackState};

/// The services with their change; before there is a plan, with what was asked for.
#[must_use]
pub(crate) fn subject(state: &RollbackState) -> String {
    if let Some(plan) = &state.plan {
        return words::changes(plan.effects());
    }
    let asked = state.request.services.iter().map(|(key, wanted)| {
        say("subject-asked", &[("service", &words::service(key)), ("wanted", &wanted_word(wanted))])
    });
    words::joined(asked)
}

fn wanted_word(wanted: &crate::model::Wanted) -> String {
    match wanted {
        crate::model::Wanted::Version(version) => version.to_string(),
        crate::model::Wanted::Previous => say("wanted-previous", &[]),
        crate::model::Wanted::LastGood => say("wanted-last-good", &[]),
    }
}

/// Why, as typed; said so where nobody gave a reason.
#[must_use]
pub(crate) fn reason(because: Option<&str>) -> String {
    because.map_or_else(|| say("reason-none", &[]), |because| say("reason", &[("because", &line(because))]))
}

/// Who asked, and when.
#[must_use]
pub(crate) fn asked_by(words: &Words<'_>, state: &RollbackState) -> String {
    let who = words.person(state.requester());
    match state.timeline.first() {
        Some(first) => say("asked-by-at", &[("who", &who), ("at", &words.moment(first.at))]),
        None => who,
    }
}

/// True once somebody approved any plan of it: from then on it has a progress card.
#[must_use]
pub(crate) fn was_approved(state: &RollbackState) -> bool {
    state.timeline.iter().any(|entry| matches!(entry.event, RollbackEvent::Approved { .. }))
}

/// True once a run of it began.
#[must_use]
pub(crate) fn was_started(state: &RollbackState) -> bool {
    state.started_at.is_some()
}

/// What changed on the platform since the plan before this one, where that voided it.
#[must_use]
pub(crate) fn changed_since(state: &RollbackState) -> Option<&[(String, String, String)]> {
    state.timeline.iter().rev().find_map(|entry| match &entry.event {
        RollbackEvent::PlanVoided { differences } => Some(differences.as_slice()),
        _ => None,
    })
}

/// `replicas: was 3, is 5`
#[must_use]
pub(crate) fn difference((field, pinned, now): &(String, String, String)) -> String {
    let or_nothing = |value: &String| if value.is_empty() { say("difference-nothing", &[]) } else { value.clone() };
    say("difference", &[("field", field), ("pinned", &or_nothing(pinned)), ("now", &or_nothing(now))])
}

/// Where this release cannot read the log any further nothing may be pressed, and people must know.
pub(crate) fn mark_unreadable(message: &mut Message, state: &RollbackState) {
    let Some(why) = &state.unreadable else { return };
    message.buttons.clear();
    message.is_final = false;
    message.tone = Tone::Bad;
    message.facts.push(fact(say("label-stands-still", &[]), say("stands-still", &[("why", why)])));
}

/// The end of a rollback that never ran, as `(headline, what it means)`; `None` for any other.
#[must_use]
pub(crate) fn end_without_run(words: &Words<'_>, state: &RollbackState) -> Option<(String, String)> {
    let subject = subject(state);
    let id = state.id;
    match state.phase {
        Phase::Denied => {
            let (actor, role, because) = state.denial.as_ref()?;
            let who = words.actor(actor);
            let meaning = say(
                "ended-denied",
                &[
                    ("who", &who),
                    ("role", &words::role_or_requester(*role)),
                    ("at", &ended_at(words, state)),
                    ("reason", &reason(because.as_deref())),
                ],
            );
            Some((say("headline-denied", &[("id", &id), ("subject", &subject)]), meaning))
        }
        Phase::Expired => {
            let meaning = if state.approved_at.is_some() {
                say("ended-expired-approved", &[("at", &ended_at(words, state))])
            } else {
                say("ended-expired", &[("at", &ended_at(words, state))])
            };
            Some((say("headline-expired", &[("id", &id), ("subject", &subject)]), meaning))
        }
        Phase::Replaced => {
            let by = state.replaced_by.map(|by| by.to_string()).unwrap_or_default();
            let arguments: [(&'static str, &dyn std::fmt::Display); 2] = [("by", &by), ("at", &ended_at(words, state))];
            let ran = was_started(state);
            let meaning =
                if ran { say("ended-replaced-running", &arguments) } else { say("ended-replaced", &arguments) };
            Some((say("headline-replaced", &[("id", &id), ("subject", &subject)]), meaning))
        }
        Phase::Proposed | Phase::Approved | Phase::Running | Phase::Finished => None,
    }
}

/// When it ended.
#[must_use]
pub(crate) fn ended_at(words: &Words<'_>, state: &RollbackState) -> String {
    state.ended_at.map_or_else(|| say("word-not-known", &[]), |at| words.moment(at))
}
