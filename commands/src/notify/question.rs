//! A question that waits for a person: what failed, what it leaves open, and what each answer means.

use super::plan::section;
use super::subject::{mark_unreadable, reason};
use super::text::{say, sentence};
use super::view::View;
use super::words::{self, fact};
use super::{approval, steps};
use crate::model::{
    Answer, Block, Button, ButtonAction, ButtonStyle, Fact, Message, RollbackEvent, Sequence, StepAction, StepClass,
    StepName, Tone, Trouble,
};
use crate::saga::{Entry, RollbackState};

/// The questions of one rollback, each by the sequence of its event, in order.
#[must_use]
pub(super) fn questions(view: &View<'_>, state: &RollbackState) -> Vec<(u64, Message)> {
    let asked = state.timeline.iter().enumerate().filter_map(|(index, entry)| match &entry.event {
        RollbackEvent::Asked { step, trouble } => Some((entry, step, trouble, &state.timeline[index + 1..])),
        _ => None,
    });
    asked
        .map(|(entry, step, trouble, after)| {
            let open = state.question.as_ref().is_some_and(|question| question.sequence == entry.sequence);
            let message = if open {
                waiting(view, state, entry.sequence, step, trouble)
            } else {
                settled(view, state, entry.sequence, step, trouble, after)
            };
            (entry.sequence.0, message)
        })
        .collect()
}

/// Why it is asked, and the outside world's own words.
fn what_failed(trouble: &Trouble) -> (Vec<Fact>, Vec<Block>) {
    let facts = vec![fact(say("label-why", &[]), sentence(&trouble.why))];
    (facts, steps::evidence(trouble).map(Block::Code).into_iter().collect())
}

fn waiting(view: &View<'_>, state: &RollbackState, question: Sequence, step: &StepName, trouble: &Trouble) -> Message {
    let words = view.words();
    let described = steps::describe_named(state, step);
    let mut message = Message::line(Tone::Asking, say("headline-question", &[("id", &state.id), ("step", &described)]));
    (message.facts, message.blocks) = what_failed(trouble);
    message.facts.insert(0, fact(say("label-step", &[]), step.to_string()));
    if let Some(plan) = &state.plan {
        let who = approval::roles_awaited(&words, plan.effects(), view.on_call);
        message.facts.push(fact(say("label-may-answer", &[]), who));
        message.notify = approval::eligible(&words, plan.effects(), state.requester(), view.on_call);
    }
    section(&mut message.blocks, say("title-moved", &[]), steps::moved(state));
    message.blocks.push(Block::Title(say("title-answers", &[])));
    message.blocks.push(Block::List(vec![retry_means(state, step), skip_means(state, step), abort_means(state)]));
    message.buttons = buttons(state, question, step);
    mark_unreadable(&mut message, state);
    message
}

fn retry_means(state: &RollbackState, step: &StepName) -> String {
    say(
        "answer-retry-means",
        &[("step", &steps::describe_named(state, step)), ("attempt", &(state.step(step).attempt + 1))],
    )
}

/// What the run will lack if the step is left out.
fn skip_means(state: &RollbackState, step: &StepName) -> String {
    let effects = state.plan.as_ref().map(crate::model::Plan::effects);
    let planned = effects.and_then(|effects| Some((effects, effects.step(step)?)));
    let Some((effects, planned)) = planned else { return say("answer-skip-means", &[]) };
    let service = words::service(&planned.service);
    match &planned.action {
        StepAction::Roll { target } if state.step(step).may_have_moved() => {
            say("answer-skip-roll-unknown", &[("target", target), ("service", &service)])
        }
        StepAction::Roll { target } => {
            let from = effects.service(&planned.service).map(words::from).unwrap_or_default();
            say("answer-skip-roll", &[("target", target), ("service", &service), ("from", &from)])
        }
        StepAction::See { .. } | StepAction::Verify | StepAction::Hold => {
            say("answer-skip-proof", &[("service", &service)])
        }
        _ if planned.closes.is_some() || planned.class == StepClass::Always => say("answer-skip-closer", &[]),
        _ => say("answer-skip-means", &[]),
    }
}

fn abort_means(state: &RollbackState) -> String {
    if state.may_have_moved() { say("answer-abort-moved", &[]) } else { say("answer-abort-means", &[]) }
}

fn buttons(state: &RollbackState, question: Sequence, step: &StepName) -> Vec<Button> {
    let (rollback, question) = (state.id, question.0);
    vec![
        Button {
            label: say("button-retry", &[]),
            action: ButtonAction::Retry { rollback, question },
            style: ButtonStyle::Primary,
            confirm: None,
        },
        Button {
            label: say("button-skip", &[]),
            action: ButtonAction::Skip { rollback, question },
            style: ButtonStyle::Plain,
            confirm: Some(say("confirm-skip", &[("id", &state.id), ("means", &skip_means(state, step))])),
        },
        Button {
            label: say("button-abort", &[]),
            action: ButtonAction::Abort { rollback },
            style: ButtonStyle::Danger,
            confirm: Some(say("confirm-abort-question", &[("id", &state.id), ("means", &abort_means(state))])),
        },
    ]
}

/// Who answered and why; the buttons are gone, and nothing of it changes any more.
fn settled(
    view: &View<'_>,
    state: &RollbackState,
    question: Sequence,
    step: &StepName,
    trouble: &Trouble,
    after: &[Entry<RollbackEvent>],
) -> Message {
    let described = steps::describe_named(state, step);
    let headline = say("headline-question-over", &[("id", &state.id), ("step", &described)]);
    let mut message = Message::line(Tone::Plain, headline);
    (message.facts, message.blocks) = what_failed(trouble);
    let answer = after.iter().find_map(|entry| answered(view, question, entry));
    let answer = answer.unwrap_or_else(|| say("question-overtaken", &[]));
    message.facts.push(fact(say("label-answer", &[]), answer));
    message.is_final = true;
    message
}

fn answered(view: &View<'_>, question: Sequence, entry: &Entry<RollbackEvent>) -> Option<String> {
    let words = view.words();
    let (who, at) = (words.actor(&entry.actor), words.moment(entry.at));
    match &entry.event {
        RollbackEvent::Answered { question: answered, answer, role, because } if *answered == question => {
            let (role, because) = (words::role(*role), reason(because.as_deref()));
            let arguments: [(&'static str, &dyn std::fmt::Display); 4] =
                [("who", &who), ("role", &role), ("at", &at), ("reason", &because)];
            Some(match answer {
                Answer::Retry => say("question-retried", &arguments),
                Answer::Skip => say("question-skipped", &arguments),
            })
        }
        RollbackEvent::AbortRequested { because } => {
            let because = reason(because.as_deref());
            Some(say("question-aborted", &[("who", &who), ("at", &at), ("reason", &because)]))
        }
        RollbackEvent::Replaced { by } => Some(say("question-replaced", &[("by", by), ("at", &at)])),
        RollbackEvent::Planned { .. } | RollbackEvent::Finished { .. } => Some(say("question-overtaken", &[])),
        _ => None,
    }
}
