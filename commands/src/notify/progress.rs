//! The live card of a run: every step with its state, who is awaited, and the end.

use super::notice::eta;
use super::outcome;
use super::plan::section;
use super::subject::{difference, end_without_run, ended_at, mark_unreadable, reason, subject, was_approved};
use super::text::{say, sentence};
use super::view::View;
use super::words::{self, fact};
use super::{approval, steps};
use crate::model::{Block, Button, ButtonAction, ButtonStyle, Fact, Message, Tone};
use crate::saga::{Direction, Phase, RollbackState, direction};

/// The card of one rollback; `None` until it was approved for the first time.
#[must_use]
pub(super) fn progress(view: &View<'_>, state: &RollbackState) -> Option<Message> {
    if !was_approved(state) {
        return None;
    }
    let mut message = match state.phase {
        Phase::Proposed => void(view, state),
        Phase::Denied | Phase::Expired | Phase::Replaced => stopped(view, state),
        Phase::Finished => finished(view, state),
        Phase::Approved | Phase::Running => running(view, state),
    };
    message.is_final = state.phase.is_over();
    mark_unreadable(&mut message, state);
    Some(message)
}

/// The plan that ran is void and another one is proposed: its steps are not those of this run.
fn void(view: &View<'_>, state: &RollbackState) -> Message {
    let headline = say("headline-void", &[("id", &state.id), ("subject", &subject(state))]);
    let mut message = Message::line(Tone::Warning, headline);
    message.blocks.push(Block::Text(say("progress-proposed-again", &[])));
    if let Some(plan) = &state.plan {
        let who = approval::roles_awaited(&view.words(), plan.effects(), view.on_call);
        message.facts.push(fact(say("label-waiting-for", &[]), say("waiting-approval", &[("who", &who)])));
    }
    message
}

fn stopped(view: &View<'_>, state: &RollbackState) -> Message {
    let Some((headline, meaning)) = end_without_run(&view.words(), state) else { return running(view, state) };
    let mut message = Message::line(Tone::Plain, headline);
    message.facts = when(view, state);
    message.blocks = step_blocks(view, state);
    message.blocks.push(Block::Text(meaning));
    message
}

fn running(view: &View<'_>, state: &RollbackState) -> Message {
    let (tone, headline) = headline(state);
    let mut message = Message::line(tone, headline);
    message.facts = when(view, state);
    message.facts.push(eta(view, state));
    message.facts.extend(waiting_for(view, state));
    if let Some((actor, because)) = &state.abort {
        let who = view.words().actor(actor);
        let line = say("progress-abort", &[("who", &who), ("reason", &reason(because.as_deref()))]);
        message.facts.push(fact(say("label-stopped-by", &[]), line));
    }
    if let Some(differences) = &state.voided {
        section(&mut message.blocks, say("title-changed-since", &[]), differences.iter().map(difference).collect());
    }
    message.blocks.extend(step_blocks(view, state));
    if state.abort.is_none() {
        message.buttons = vec![abort_button(state)];
    }
    message
}

fn headline(state: &RollbackState) -> (Tone, String) {
    let arguments: [(&'static str, &dyn std::fmt::Display); 2] = [("id", &state.id), ("subject", &subject(state))];
    if state.question.is_some() {
        return (Tone::Asking, say("headline-paused", &arguments));
    }
    if state.phase == Phase::Approved {
        return (Tone::Working, say("headline-starting", &arguments));
    }
    match direction(state) {
        Direction::Forward => (Tone::Working, say("headline-running", &arguments)),
        Direction::Unwinding(_) => (Tone::Warning, say("headline-unwinding", &arguments)),
        Direction::Closing => (Tone::Warning, say("headline-closing", &arguments)),
    }
}

/// Approved by whom, begun and ended when.
fn when(view: &View<'_>, state: &RollbackState) -> Vec<Fact> {
    let words = view.words();
    let mut facts = Vec::new();
    let votes = approval::votes_cast(&words, state);
    if !votes.is_empty() {
        facts.push(fact(say("label-approved", &[]), votes.join(" · ")));
    }
    if let Some(started) = state.started_at {
        facts.push(fact(say("label-started", &[]), words.moment(started)));
    }
    if state.phase.is_over() {
        facts.push(fact(say("label-ended", &[]), ended_at(&words, state)));
    }
    if let (Some(started), Some(ended)) = (state.started_at, state.ended_at) {
        facts.push(fact(say("label-took", &[]), words::span(ended.duration_since(started))));
    }
    facts
}

/// Only a person is awaited: a step at work stands in the list of steps.
fn waiting_for(view: &View<'_>, state: &RollbackState) -> Option<Fact> {
    state.question.as_ref()?;
    let effects = state.plan.as_ref()?.effects();
    let who = approval::roles_awaited(&view.words(), effects, view.on_call);
    Some(fact(say("label-waiting-for", &[]), say("waiting-answer", &[("who", &who)])))
}

fn step_blocks(view: &View<'_>, state: &RollbackState) -> Vec<Block> {
    vec![Block::Title(say("title-steps", &[])), Block::Steps(steps::running(&view.words(), state))]
}

/// The same button before and after something moved; what it means differs, and says so.
fn abort_button(state: &RollbackState) -> Button {
    let arguments: [(&'static str, &dyn std::fmt::Display); 2] = [("id", &state.id), ("subject", &subject(state))];
    let confirm =
        if state.may_have_moved() { say("confirm-abort-moved", &arguments) } else { say("confirm-abort", &arguments) };
    Button {
        label: say("button-abort", &[]),
        action: ButtonAction::Abort { rollback: state.id },
        style: ButtonStyle::Danger,
        confirm: Some(confirm),
    }
}

fn finished(view: &View<'_>, state: &RollbackState) -> Message {
    let Some(ended) = &state.outcome else { return running(view, state) };
    let mut message = Message::line(outcome::tone(ended), outcome::headline(state, ended));
    message.facts = when(view, state);
    if let Some(until) = watched_until(view, state) {
        message.facts.push(fact(say("label-watched", &[]), say("watched-until", &[("at", &until)])));
    }
    message.blocks.push(Block::List(outcome::meaning(&view.words(), state, ended)));
    message.blocks.extend(step_blocks(view, state));
    let tasks = view.incident.tasks.iter().filter(|task| task.rollback == state.id);
    let tasks = tasks.map(|task| {
        let step = steps::describe_named(state, &task.step);
        say("task", &[("step", &step), ("why", &sentence(&task.trouble.why))])
    });
    section(&mut message.blocks, say("title-tasks", &[]), tasks.collect());
    message
}

/// Until when the services that moved are watched for drift, by the longest of their watches.
#[must_use]
pub(crate) fn watched_until(view: &View<'_>, state: &RollbackState) -> Option<String> {
    if matches!(state.outcome, Some(crate::model::Outcome::AsBefore { .. }) | None) {
        return None;
    }
    let services = &state.plan.as_ref()?.effects().services;
    let longest = services.iter().map(|plan| plan.service.timing.watch).max()?;
    let until = state.ended_at?.checked_add(longest).ok()?;
    Some(view.words().moment(until))
}
