//! What everybody must know of a plan before they decide: shown on the proposal, and by `plan`.

use std::collections::BTreeSet;

use super::clean::line;
use super::text::{say, sentence};
use super::words::{self, Words, fact};
use super::{approval, steps};
use crate::model::{
    Assessment, Block, Circumstances, Effects, Fact, HookAnswer, HookResult, Note, PersonId, Plan, ServiceKey,
    ServicePlan, Standing, StepLine,
};

/// From where to where, judged how, decided by whom.
#[must_use]
pub(super) fn facts(
    words: &Words<'_>,
    plan: &Plan,
    assessment: &Assessment,
    on_call: &BTreeSet<PersonId>,
    assumed: Assumed,
) -> Vec<Fact> {
    let effects = plan.effects();
    let mut facts: Vec<Fact> = Vec::new();
    for service in &effects.services {
        facts.push(fact(words::service(&service.service.key), change_line(service, plan.circumstances())));
    }
    facts.extend(judgement(words, assessment, assumed));
    facts.push(fact(say("label-estimate", &[]), estimate(plan.circumstances())));
    facts.push(fact(say("label-may-approve", &[]), approval::who_may_approve(words, effects, on_call)));
    facts.push(fact(say("label-plan", &[]), plan.digest().short()));
    facts
}

fn change_line(plan: &ServicePlan, circumstances: &Circumstances) -> String {
    let found = circumstances.standings.iter().find(|(key, _)| *key == plan.service.key);
    let standing = words::standing(found.map_or(Standing::Unproven, |(_, standing)| *standing));
    let moves = plan.targets.iter().map(|target| {
        let change = say("word-change", &[("from", &target.from), ("to", &target.to)]);
        say("plan-target", &[("target", &target.target), ("change", &change)])
    });
    let change = words::change(plan);
    say("plan-change", &[("change", &change), ("standing", &standing), ("targets", &words::joined(moves))])
}

/// How bad it is, what the matrix says and why; fixing forward is always named [J4].
#[must_use]
pub(super) fn judgement(words: &Words<'_>, assessment: &Assessment, assumed: Assumed) -> Vec<Fact> {
    let fix = words::stated(&assessment.time_to_fix, words::span);
    let mut facts = vec![
        fact(say("label-severity", &[]), words::stated(&assessment.severity, words::severity)),
        fact(say("label-data-impact", &[]), words::stated(&assessment.data, words::data)),
        fact(say("label-detected", &[]), words::stated(&assessment.detected_at, |at| words.moment(at))),
        fact(say("label-advice", &[]), advice(assessment, assumed)),
        fact(say("label-fix-forward", &[]), say("plan-fix-forward", &[("span", &fix)])),
    ];
    let what = assumptions(assessment).join(", ");
    if !what.is_empty() {
        let what: [(&'static str, &dyn std::fmt::Display); 1] = [("what", &what)];
        let line = match assumed {
            Assumed::Shown => say("plan-assumed", &what),
            Assumed::Asked => say("plan-assumed-asked", &what),
            Assumed::Confirmed => say("plan-assumed-confirmed", &what),
        };
        facts.push(fact(say("label-assumed", &[]), line));
    }
    facts
}

/// What becomes of the values that nobody stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assumed {
    /// They are only shown: nobody is asked here, or nobody said yes.
    Shown,
    /// A yes would confirm them.
    Asked,
    /// The votes confirmed them.
    Confirmed,
}

/// Advice that rests on what nobody stated says so, until the votes confirm it.
fn advice(assessment: &Assessment, assumed: Assumed) -> String {
    let rests = assessment.severity.is_assumed() || assessment.data.is_assumed() || assessment.time_to_fix.is_assumed();
    let arguments: [(&'static str, &dyn std::fmt::Display); 2] =
        [("decision", &words::decision(assessment.advice.decision)), ("rule", &words::rule(assessment))];
    if rests && assumed != Assumed::Confirmed {
        return say("plan-advice-assumed", &arguments);
    }
    say("plan-advice", &arguments)
}

fn assumptions(assessment: &Assessment) -> Vec<String> {
    let all = [
        (assessment.severity.is_assumed(), say("label-severity", &[])),
        (assessment.data.is_assumed(), say("label-data-impact", &[])),
        (assessment.detected_at.is_assumed(), say("label-detected", &[])),
        (assessment.time_to_fix.is_assumed(), say("label-fix-forward", &[])),
    ];
    all.into_iter().filter(|(assumed, _)| *assumed).map(|(_, label)| label.to_lowercase()).collect()
}

/// How long it should take, or that nobody knows.
#[must_use]
pub(super) fn estimate(circumstances: &Circumstances) -> String {
    if circumstances.estimate.is_zero() {
        return say("word-not-known", &[]);
    }
    say("plan-estimate", &[("span", &words::span(circumstances.estimate))])
}

/// Warnings, losses, changes, migrations, health before, and the steps.
#[must_use]
pub(super) fn blocks(plan: &Plan, step_lines: Vec<StepLine>) -> Vec<Block> {
    let circumstances = plan.circumstances();
    let mut blocks = Vec::new();
    section(&mut blocks, say("title-warnings", &[]), sentences(&circumstances.warnings));
    blocks.push(Block::Title(say("title-losses", &[])));
    blocks.push(losses(circumstances));
    section(&mut blocks, say("title-changes", &[]), sentences(&circumstances.changes));
    section(&mut blocks, say("title-migrations", &[]), circumstances.migrations.iter().map(migration).collect());
    section(&mut blocks, say("title-health-before", &[]), circumstances.health.iter().map(steps::measured).collect());
    blocks.push(Block::Title(say("title-steps", &[])));
    blocks.push(Block::Steps(step_lines));
    blocks
}

/// That no check named a loss is no proof that there is none, and it is not said so.
fn losses(circumstances: &Circumstances) -> Block {
    if circumstances.losses.is_empty() {
        return Block::Text(say("plan-no-loss-named", &[]));
    }
    Block::List(sentences(&circumstances.losses))
}

fn migration((key, answer): &(ServiceKey, HookAnswer)) -> String {
    let said = match answer.result {
        HookResult::Done => say("migration-done", &[]),
        HookResult::NotDone => say("migration-not-done", &[]),
        HookResult::Blocked => say("migration-blocked", &[]),
        HookResult::Unknown => say("migration-unknown", &[]),
    };
    let facts = words::joined(answer.facts.iter().map(|(name, value)| format!("{name}={value}")));
    let message = if answer.message.is_empty() { facts.clone() } else { line(&answer.message) };
    let service = words::service(key);
    say("migration", &[("service", &service), ("said", &said), ("message", &message), ("facts", &facts)])
}

fn sentences(notes: &[Note]) -> Vec<String> {
    notes.iter().map(sentence).collect()
}

/// A title with its list; nothing where the list is empty.
pub(super) fn section(blocks: &mut Vec<Block>, title: String, lines: Vec<String>) {
    if !lines.is_empty() {
        blocks.push(Block::Title(title));
        blocks.push(Block::List(lines));
    }
}

/// What is asked before a yes counts: service, from, to and the digest.
#[must_use]
pub(super) fn confirmation(effects: &Effects, digest: &str) -> String {
    say("confirm-approve", &[("changes", &words::destinations(effects)), ("digest", &digest)])
}
