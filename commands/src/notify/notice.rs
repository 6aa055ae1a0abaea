//! The emergency notification [P2]: proposed first, real once approved, and the end of it. The same
//! message stands in the incident's room and where stakeholders read.

use super::outcome;
use super::plan;
use super::subject::{end_without_run, ended_at, mark_unreadable, reason, subject, was_started};
use super::text::say;
use super::view::View;
use super::words::{self, Words, fact};
use crate::model::{Block, Decision, Fact, Message, Outcome, RollbackEvent, Severity, Tone};
use crate::saga::{Direction, Phase, RollbackState, direction};

/// The notification of one rollback.
#[must_use]
pub(super) fn notice(view: &View<'_>, state: &RollbackState) -> Message {
    let (tone, headline) = headline(view, state);
    let mut message = Message::line(tone, headline);
    message.facts = vec![
        fact(say("label-issue", &[]), issue(state)),
        fact(say("label-action", &[]), action(view, state)),
        eta(view, state),
        fact(say("label-impact", &[]), impact(state)),
        fact(say("label-status-channel", &[]), status_channel(view)),
    ];
    message.blocks = end(view, state);
    message.is_final = state.phase.is_over();
    message.room = view.room_link();
    mark_unreadable(&mut message, state);
    message
}

fn headline(view: &View<'_>, state: &RollbackState) -> (Tone, String) {
    if let Some((headline, _)) = end_without_run(&view.words(), state) {
        return (Tone::Plain, headline);
    }
    if let Some(ended) = &state.outcome {
        return (outcome::tone(ended), outcome::headline(state, ended));
    }
    let arguments: [(&'static str, &dyn std::fmt::Display); 2] = [("id", &state.id), ("subject", &subject(state))];
    match state.phase {
        Phase::Proposed => (Tone::Warning, say("notice-proposed", &arguments)),
        _ if state.voided.is_some() => (Tone::Warning, say("notice-void", &arguments)),
        _ if state.question.is_some() => (Tone::Warning, say("notice-paused", &arguments)),
        _ if state.assessment.severity.value() >= Severity::High => {
            (Tone::Warning, say("notice-emergency", &arguments))
        }
        _ => (Tone::Warning, say("notice-rolling-back", &arguments)),
    }
}

/// The reason is quoted: it is what somebody said, not what the bot found.
fn issue(state: &RollbackState) -> String {
    let severity = words::stated(&state.assessment.severity, words::severity);
    say("notice-issue", &[("severity", &severity), ("reason", &reason(state.request.because.as_deref()))])
}

fn action(view: &View<'_>, state: &RollbackState) -> String {
    let destinations = match &state.plan {
        Some(plan) => words::destinations(plan.effects()),
        None => subject(state),
    };
    let what: [(&'static str, &dyn std::fmt::Display); 1] = [("destinations", &destinations)];
    match state.phase {
        Phase::Proposed if was_started(state) => say("notice-action-proposed-again", &what),
        Phase::Proposed => say("notice-action-proposed", &what),
        Phase::Denied | Phase::Expired => say("notice-action-none", &what),
        Phase::Replaced => say("notice-action-replaced", &what),
        Phase::Finished => action_over(state.outcome.as_ref()),
        Phase::Approved | Phase::Running if state.voided.is_some() => say("notice-action-void", &what),
        Phase::Approved | Phase::Running if state.question.is_some() => say("notice-action-paused", &what),
        Phase::Approved | Phase::Running if state.abort.is_some() => say("notice-action-stopping", &what),
        Phase::Approved | Phase::Running => {
            let votes = view.words().persons(state.votes.iter().map(|(_, vote)| &vote.person));
            say("notice-action-running", &[("destinations", &destinations), ("approvers", &votes)])
        }
    }
}

/// What became of the action: where it stands proven is the progress card in the room.
fn action_over(ended: Option<&Outcome>) -> String {
    match ended {
        Some(Outcome::Done { .. }) => say("notice-action-done", &[]),
        Some(Outcome::AsBefore { .. }) => say("notice-action-as-before", &[]),
        Some(Outcome::Partial { .. }) | None => say("notice-action-incomplete", &[]),
    }
}

/// When it will be done, or when it ended. An absolute time: the card need not be drawn again while time
/// passes.
#[must_use]
pub(super) fn eta(view: &View<'_>, state: &RollbackState) -> Fact {
    let words = view.words();
    if state.phase.is_over() {
        return fact(say("label-ended", &[]), ended_at(&words, state));
    }
    fact(say("label-eta", &[]), expected(&words, state))
}

fn expected(words: &Words<'_>, state: &RollbackState) -> String {
    let estimate = state.plan.as_ref().map(|plan| plan.circumstances().estimate).unwrap_or_default();
    match state.phase {
        Phase::Proposed => match &state.plan {
            Some(plan) => say("eta-proposed", &[("estimate", &plan::estimate(plan.circumstances()))]),
            None => say("word-not-known", &[]),
        },
        _ if was_held_up(state) => say("word-not-known", &[]),
        _ if direction(state) != Direction::Forward || estimate.is_zero() => say("word-not-known", &[]),
        _ => match state.approved_at.and_then(|at| at.checked_add(estimate).ok()) {
            Some(at) => say("eta-at", &[("at", &words.moment(at))]),
            None => say("word-not-known", &[]),
        },
    }
}

/// True once a step of the plan that stands failed, or people were asked: the estimate is of a run
/// without that.
fn was_held_up(state: &RollbackState) -> bool {
    let since_plan =
        state.timeline.iter().rev().take_while(|entry| !matches!(entry.event, RollbackEvent::Planned { .. }));
    since_plan
        .into_iter()
        .any(|entry| matches!(entry.event, RollbackEvent::Asked { .. } | RollbackEvent::StepFailed { .. }))
}

/// What is stated of it, and what the bot's own probes met when the plan was made.
fn impact(state: &RollbackState) -> String {
    let services = words::services(state.request.services.iter().map(|(key, _)| key));
    let data = words::stated(&state.assessment.data, words::data);
    let before = state.plan.as_ref().and_then(|plan| super::steps::probed(&plan.circumstances().health));
    let probes = before.unwrap_or_else(|| say("notice-not-probed", &[]));
    say("notice-impact", &[("services", &services), ("data", &data), ("probes", &probes)])
}

/// Where to follow it.
#[must_use]
pub(super) fn status_channel(view: &View<'_>) -> String {
    match &view.incident.room {
        Some(room) => room.shown_as.clone(),
        None => say("room-not-there", &[("name", &view.incident.room_name)]),
    }
}

fn end(view: &View<'_>, state: &RollbackState) -> Vec<Block> {
    if let Some((_, meaning)) = end_without_run(&view.words(), state) {
        let mut blocks = vec![Block::Text(meaning)];
        if matches!(state.phase, Phase::Denied | Phase::Expired) {
            blocks.push(Block::Text(forward(state)));
        }
        return blocks;
    }
    match &state.outcome {
        // What proves it stands on the progress card of the same room, once.
        Some(Outcome::Done { .. }) | None => Vec::new(),
        Some(ended) => vec![Block::List(outcome::meaning(&view.words(), state, ended))],
    }
}

/// What remains where nothing is rolled back [J4].
fn forward(state: &RollbackState) -> String {
    let fix = state.assessment.time_to_fix;
    let span = words::span(fix.value());
    let fix = if fix.is_assumed() { say("word-assumed-first", &[("value", &span)]) } else { span };
    if state.assessment.advice.decision == Decision::FixForward {
        say("end-fix-forward", &[("span", &fix)])
    } else {
        say("end-still-advised", &[("span", &fix)])
    }
}

/// Issue, action, ETA, impact and channel as plain pairs, for the line where it was asked.
#[must_use]
pub(super) fn one_line(view: &View<'_>, state: &RollbackState) -> Message {
    let (tone, headline) = headline(view, state);
    let mut message = Message::line(tone, headline);
    message.facts = vec![followed_in(view)];
    message.is_final = state.phase.is_over();
    message.room = view.room_link();
    mark_unreadable(&mut message, state);
    message
}

fn followed_in(view: &View<'_>) -> Fact {
    fact(say("label-status-channel", &[]), status_channel(view))
}
