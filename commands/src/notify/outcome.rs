//! How a run ended, in words. Nothing is said here that a finished step does not prove.

use super::steps;
use super::subject::{reason, subject};
use super::text::{say, sentence};
use super::words::{self, Words};
use crate::model::{Note, Outcome, StepAction, StepName, Tone};
use crate::saga::RollbackState;

/// One line.
#[must_use]
pub(super) fn headline(state: &RollbackState, outcome: &Outcome) -> String {
    let arguments: [(&'static str, &dyn std::fmt::Display); 2] = [("id", &state.id), ("subject", &subject(state))];
    match outcome {
        Outcome::Done { skipped } if skipped.is_empty() => say("headline-done", &arguments),
        Outcome::Done { .. } => say("headline-done-skipped", &arguments),
        Outcome::Partial { .. } => say("headline-partial", &arguments),
        Outcome::AsBefore { .. } => say("headline-as-before", &arguments),
    }
}

/// How a message about it should look.
#[must_use]
pub(super) fn tone(outcome: &Outcome) -> Tone {
    match outcome {
        Outcome::Done { skipped } if skipped.is_empty() => Tone::Good,
        Outcome::Done { .. } | Outcome::AsBefore { .. } => Tone::Warning,
        Outcome::Partial { .. } => Tone::Bad,
    }
}

/// What it means, target by target and step by step.
#[must_use]
pub(super) fn meaning(words: &Words<'_>, state: &RollbackState, outcome: &Outcome) -> Vec<String> {
    let named = |names: &[StepName]| words::joined(names.iter().map(|name| steps::describe_named(state, name)));
    match outcome {
        Outcome::Done { skipped } if skipped.is_empty() => proven(state),
        Outcome::Done { skipped } => {
            let left_out = say("outcome-skipped", &[("steps", &named(skipped))]);
            proven(state).into_iter().chain([left_out]).collect()
        }
        Outcome::Partial { missing, .. } => {
            let mut lines = steps::moved(state);
            if !missing.is_empty() {
                lines.push(say("outcome-missing", &[("steps", &named(missing))]));
            }
            lines
        }
        Outcome::AsBefore { why } => vec![as_before(words, state, why), say("outcome-as-before", &[])],
    }
}

/// Why nothing moved; where people said stop, who and why.
#[must_use]
pub(crate) fn as_before(words: &Words<'_>, state: &RollbackState, why: &Note) -> String {
    match &state.abort {
        Some((who, because)) if why.code == "ended-aborted" => {
            let (who, because) = (words.actor(who), reason(because.as_deref()));
            say("outcome-aborted", &[("who", &who), ("reason", &because)])
        }
        _ => sentence(why),
    }
}

/// What the finished steps of this run prove.
#[must_use]
pub(super) fn proven(state: &RollbackState) -> Vec<String> {
    let Some(plan) = &state.plan else { return Vec::new() };
    let effects = plan.effects();
    let mut lines = Vec::new();
    for step in &effects.steps {
        let progress = state.step(&step.name);
        let Some(service) = effects.service(&step.service).filter(|_| progress.is_finished()) else { continue };
        let key = words::service(&step.service);
        match &step.action {
            StepAction::See { target } => {
                lines.push(say("proven-seen", &[("service", &key), ("target", target), ("to", &service.to)]));
            }
            StepAction::Verify => {
                if service.service.checks.version.is_some() {
                    lines.push(say("proven-version", &[("service", &key), ("to", &service.to)]));
                }
                let endpoints = steps::compared(state, &step.service, &progress.findings.measurements);
                let said = |probes: &String| say("proven-probes", &[("service", &key), ("probes", probes)]);
                lines.extend(endpoints.iter().map(said));
            }
            StepAction::Hold => {
                let hold = words::span(service.service.timing.hold);
                lines.push(say("proven-held", &[("service", &key), ("span", &hold)]));
            }
            _ => {}
        }
    }
    lines
}
