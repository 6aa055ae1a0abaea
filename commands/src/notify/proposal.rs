//! What is proposed, with the buttons to decide; afterwards, who decided.

use super::plan::{self, Assumed, section};
use super::subject::{asked_by, changed_since, difference, end_without_run, mark_unreadable, reason, subject};
use super::text::say;
use super::view::View;
use super::words::fact;
use super::{approval, steps};
use crate::model::{Block, Button, ButtonAction, ButtonStyle, Fact, Message, Plan, Standing, Tone};
use crate::saga::{Phase, RollbackState};

/// The proposal of one rollback.
#[must_use]
pub fn proposal(view: &View<'_>, state: &RollbackState) -> Message {
    let mut message = match (&state.plan, state.phase) {
        (_, Phase::Denied | Phase::Expired | Phase::Replaced) => over(view, state),
        (None, _) => planning(view, state),
        (Some(plan), Phase::Proposed) => asking(view, state, plan),
        (Some(plan), _) if state.voided.is_some() && !state.phase.is_over() => voided(view, state, plan),
        (Some(plan), _) => approved(view, state, plan),
    };
    message.is_final = state.phase.is_over();
    mark_unreadable(&mut message, state);
    message
}

fn planning(view: &View<'_>, state: &RollbackState) -> Message {
    let headline = say("headline-planning", &[("id", &state.id), ("subject", &subject(state))]);
    let mut message = Message::line(Tone::Working, headline);
    message.facts = asked(view, state);
    message
}

/// Who asked, and why.
fn asked(view: &View<'_>, state: &RollbackState) -> Vec<Fact> {
    let mut facts = vec![
        fact(say("label-asked-by", &[]), asked_by(&view.words(), state)),
        fact(say("label-reason", &[]), reason(state.request.because.as_deref())),
    ];
    if let Some(replaced) = state.replaces {
        facts.push(fact(say("label-replaces", &[]), say("proposal-replaces", &[("id", &replaced)])));
    }
    facts
}

fn asking(view: &View<'_>, state: &RollbackState, plan: &Plan) -> Message {
    let words = view.words();
    let headline = say("headline-proposed", &[("id", &state.id), ("subject", &subject(state))]);
    let mut message = Message::line(Tone::Asking, headline);
    message.facts = plan::facts(&words, plan, &state.assessment, view.on_call, Assumed::Asked);
    message.facts.extend(asked(view, state));
    if let Some(expires) = approval::expires_at(state) {
        message.facts.push(fact(say("label-expires", &[]), words.moment(expires)));
    }
    section(&mut message.blocks, say("title-changed-since", &[]), differences(state));
    section(&mut message.blocks, say("title-votes", &[]), approval::votes_cast(&words, state));
    message.blocks.extend(plan::blocks(plan, steps::planned(plan.effects())));
    message.buttons = buttons(state, plan);
    message.notify = approval::eligible(&words, plan.effects(), state.requester(), view.on_call);
    message
}

fn differences(state: &RollbackState) -> Vec<String> {
    changed_since(state).unwrap_or_default().iter().map(difference).collect()
}

/// Yes is the dangerous one where something would be lost or the version is known bad.
fn buttons(state: &RollbackState, plan: &Plan) -> Vec<Button> {
    let circumstances = plan.circumstances();
    let known_bad = circumstances.standings.iter().any(|(_, standing)| *standing == Standing::Bad);
    let dangerous = known_bad || !circumstances.losses.is_empty();
    let digest = plan.digest();
    let approve = Button {
        label: say("button-approve", &[]),
        action: ButtonAction::Approve { rollback: state.id, digest },
        style: if dangerous { ButtonStyle::Danger } else { ButtonStyle::Primary },
        confirm: Some(plan::confirmation(plan.effects(), &digest.short())),
    };
    let deny = Button {
        label: say("button-deny", &[]),
        action: ButtonAction::Deny { rollback: state.id },
        style: ButtonStyle::Plain,
        confirm: Some(say("confirm-deny", &[("id", &state.id), ("subject", &subject(state))])),
    };
    vec![approve, deny]
}

/// Who decided, and on what grounds; the plan itself goes on as the progress card.
fn approved(view: &View<'_>, state: &RollbackState, plan: &Plan) -> Message {
    let words = view.words();
    let headline = say("headline-approved", &[("id", &state.id), ("subject", &subject(state))]);
    let mut message = Message::line(Tone::Plain, headline);
    if let Some(at) = state.approved_at {
        message.facts.push(fact(say("label-approved", &[]), words.moment(at)));
    }
    message.facts.extend(plan::judgement(&words, &state.assessment, Assumed::Confirmed));
    message.facts.push(fact(say("label-plan", &[]), plan.digest().short()));
    message.facts.extend(asked(view, state));
    section(&mut message.blocks, say("title-votes", &[]), approval::votes_cast(&words, state));
    message
}

fn voided(view: &View<'_>, state: &RollbackState, plan: &Plan) -> Message {
    let headline = say("headline-void", &[("id", &state.id), ("subject", &subject(state))]);
    let mut message = Message::line(Tone::Warning, headline);
    message.facts.push(fact(say("label-plan", &[]), plan.digest().short()));
    message.facts.extend(asked(view, state));
    message.blocks.push(Block::Text(say("proposal-void", &[])));
    section(&mut message.blocks, say("title-changed-since", &[]), differences(state));
    message
}

fn over(view: &View<'_>, state: &RollbackState) -> Message {
    let words = view.words();
    let Some((headline, meaning)) = end_without_run(&words, state) else { return planning(view, state) };
    let mut message = Message::line(Tone::Plain, headline);
    message.facts = plan::judgement(&words, &state.assessment, Assumed::Shown);
    if let Some(plan) = &state.plan {
        message.facts.push(fact(say("label-plan", &[]), plan.digest().short()));
    }
    message.facts.extend(asked(view, state));
    message.blocks.push(Block::Text(meaning));
    section(&mut message.blocks, say("title-votes", &[]), approval::votes_cast(&words, state));
    message
}
