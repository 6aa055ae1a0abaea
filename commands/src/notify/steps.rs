//! Steps in words: what each does, how it stands, what it left.

use super::clean::{line, quote};
use super::text::{say, sentence};
use super::words::{self, Words};
use crate::model::{
    Effects, Findings, HookPoint, Measurement, Movement, Observation, PlannedStep, ServiceKey, StepAction, StepLine,
    StepMark, StepName, TargetName, Trouble, Verdict,
};
use crate::saga::{RollbackState, StepProgress, StepState};

/// What a step does.
#[must_use]
pub(crate) fn describe(effects: &Effects, step: &PlannedStep) -> String {
    let service = words::service(&step.service);
    match &step.action {
        StepAction::Examine => say("step-examine", &[("service", &service)]),
        StepAction::Hook { point, .. } => hook(*point, &service),
        StepAction::UndoHook { point, .. } => undo(*point, &service),
        StepAction::Roll { target } => say(
            "step-roll",
            &[("service", &service), ("target", target), ("change", &change_of(effects, step, target))],
        ),
        StepAction::See { target } => {
            let to = effects.service(&step.service).map(|plan| plan.to.to_string()).unwrap_or_default();
            say("step-see", &[("service", &service), ("target", target), ("to", &to)])
        }
        StepAction::Verify => say("step-verify", &[("service", &service)]),
        StepAction::Hold => {
            let hold = effects.service(&step.service).map(|plan| plan.service.timing.hold).unwrap_or_default();
            say("step-hold", &[("service", &service), ("span", &words::span(hold))])
        }
        StepAction::CleanUp { target } => {
            let from = effects.service(&step.service).map(words::from).unwrap_or_default();
            say("step-clean-up", &[("service", &service), ("target", target), ("from", &from)])
        }
    }
}

/// What the step of this name does; its name where the plan does not have it.
#[must_use]
pub(crate) fn describe_named(state: &RollbackState, name: &StepName) -> String {
    let effects = state.plan.as_ref().map(crate::model::Plan::effects);
    let found = effects.and_then(|effects| Some(describe(effects, effects.step(name)?)));
    found.unwrap_or_else(|| line(&name.0))
}

fn hook(point: HookPoint, service: &str) -> String {
    let service: &dyn std::fmt::Display = &service;
    match point {
        HookPoint::Migrations => say("step-hook-migrations", &[("service", service)]),
        HookPoint::Backup => say("step-hook-backup", &[("service", service)]),
        HookPoint::Maintenance => say("step-hook-maintenance", &[("service", service)]),
        HookPoint::Drain => say("step-hook-drain", &[("service", service)]),
        HookPoint::Configuration => say("step-hook-configuration", &[("service", service)]),
        HookPoint::Flags => say("step-hook-flags", &[("service", service)]),
        HookPoint::RestoreTraffic => say("step-hook-restore-traffic", &[("service", service)]),
        HookPoint::CleanUp => say("step-hook-clean-up", &[("service", service)]),
    }
}

fn undo(point: HookPoint, service: &str) -> String {
    match point {
        HookPoint::Maintenance => say("step-undo-maintenance", &[("service", &service)]),
        HookPoint::Drain => say("step-undo-drain", &[("service", &service)]),
        _ => say("step-undo", &[("what", &hook(point, service))]),
    }
}

/// The versions where they are known, else the revisions of this target.
fn change_of(effects: &Effects, step: &PlannedStep, target: &TargetName) -> String {
    let Some(plan) = effects.service(&step.service) else { return String::new() };
    match (&plan.from, plan.target(target)) {
        (None, Some(target)) => say("word-change", &[("from", &target.from), ("to", &target.to)]),
        _ => words::change(plan),
    }
}

/// The steps of a plan that has not begun.
#[must_use]
pub(crate) fn planned(effects: &Effects) -> Vec<StepLine> {
    let waiting = |step| StepLine { mark: StepMark::Waiting, text: describe(effects, step), detail: String::new() };
    effects.steps.iter().map(waiting).collect()
}

/// The steps of a run, each with how it stands.
#[must_use]
pub(crate) fn running(words: &Words<'_>, state: &RollbackState) -> Vec<StepLine> {
    let Some(plan) = &state.plan else { return Vec::new() };
    let effects = plan.effects();
    let one = |step: &PlannedStep| {
        let progress = state.step(&step.name);
        StepLine {
            mark: mark(state, effects, step, &progress),
            text: describe(effects, step),
            detail: detail(words, state, &progress),
        }
    };
    effects.steps.iter().map(one).collect()
}

fn mark(state: &RollbackState, effects: &Effects, step: &PlannedStep, progress: &StepState) -> StepMark {
    let taken_back = |closer: &&PlannedStep| {
        matches!(closer.action, StepAction::UndoHook { .. })
            && closer.closes.as_ref() == Some(&step.name)
            && state.step(&closer.name).is_finished()
    };
    match progress.progress {
        StepProgress::Waiting => StepMark::Waiting,
        // What runs no more cannot be at work: it was cut off.
        StepProgress::Started | StepProgress::Again if state.phase.is_over() => StepMark::Failed,
        StepProgress::Started | StepProgress::Again => StepMark::Working,
        StepProgress::Failed { .. } => StepMark::Failed,
        StepProgress::Skipped { .. } => StepMark::Skipped,
        StepProgress::Finished if effects.steps.iter().any(|closer| taken_back(&closer)) => StepMark::Undone,
        StepProgress::Finished => StepMark::Done,
    }
}

fn detail(words: &Words<'_>, state: &RollbackState, step: &StepState) -> String {
    let parts = match &step.progress {
        StepProgress::Waiting if state.phase.is_over() => vec![say("step-not-run", &[])],
        StepProgress::Waiting => Vec::new(),
        StepProgress::Started | StepProgress::Again if state.phase.is_over() => vec![say("step-cut-off", &[])],
        StepProgress::Started => {
            let since = step.started_at.map(|at| say("step-since", &[("at", &words.moment(at))]));
            let attempt = (step.attempt > 1).then(|| say("step-attempt", &[("attempt", &step.attempt)]));
            since.into_iter().chain(attempt).chain(step.observation.as_ref().map(observed)).collect()
        }
        StepProgress::Failed { trouble, at, .. } => vec![failed(words, step.attempt, *at, trouble)],
        StepProgress::Again => vec![say("step-again", &[])],
        StepProgress::Finished => taken(step).into_iter().chain(left(&step.findings)).collect(),
        StepProgress::Skipped { by, because } => vec![skipped(words, by.as_ref(), because.as_deref())],
    };
    parts.join(" · ")
}

/// With the first line of the outside world's own words; all of them stand in the question and the report.
fn failed(words: &Words<'_>, attempt: u32, at: jiff::Timestamp, trouble: &Trouble) -> String {
    let (at, why) = (words.moment(at), sentence(&trouble.why));
    let first = trouble.evidence.iter().flat_map(|said| said.lines()).find(|said| !said.trim().is_empty());
    match first {
        Some(first) => {
            say("step-failed-saying", &[("attempt", &attempt), ("at", &at), ("why", &why), ("words", &line(first))])
        }
        None => say("step-failed", &[("attempt", &attempt), ("at", &at), ("why", &why)]),
    }
}

fn skipped(words: &Words<'_>, by: Option<&crate::model::PersonId>, because: Option<&str>) -> String {
    let by = by.map_or_else(|| say("word-not-known", &[]), |by| words.person(by));
    match because {
        Some(because) => say("step-skipped-because", &[("by", &by), ("because", &line(because))]),
        None => say("step-skipped", &[("by", &by)]),
    }
}

/// How long it took from its first attempt; with the number of attempts where there was more than one.
fn taken(step: &StepState) -> Option<String> {
    let span = words::span(step.ended_at?.duration_since(step.first_started_at?));
    let several = step.attempt > 1;
    Some(if several { say("step-took-attempts", &[("span", &span), ("attempts", &step.attempt)]) } else { span })
}

/// What a step left: a hook's own sentence, what a platform has to say, and what probes measured.
fn left(findings: &Findings) -> Vec<String> {
    let mut parts = Vec::new();
    if !findings.message.is_empty() {
        parts.push(line(&findings.message));
    }
    parts.extend(findings.notes.iter().map(sentence));
    parts.extend(probed(&findings.measurements));
    parts
}

/// What a look at the platform found.
#[must_use]
pub(crate) fn observed(observation: &Observation) -> String {
    let verdict = match &observation.verdict {
        Verdict::Done => say("verdict-done", &[]),
        Verdict::InProgress(why) => sentence(why),
        Verdict::Failed(trouble) => say("verdict-failed", &[("why", &sentence(&trouble.why))]),
        Verdict::Superseded { by } => say("verdict-superseded", &[("by", by)]),
        Verdict::Unknown(trouble) => say("verdict-unknown", &[("why", &sentence(&trouble.why))]),
    };
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for part in &observation.parts {
        *counts.entry(&part.state).or_default() += 1;
    }
    let counted = counts.into_iter().map(|(state, count)| say("verdict-part", &[("state", &state), ("count", &count)]));
    let parts = words::joined(counted);
    if parts.is_empty() { verdict } else { say("verdict-with-parts", &[("verdict", &verdict), ("parts", &parts)]) }
}

/// All probes of a step together: `40 of 40 own probes were answered well`. Nothing where none was sent.
#[must_use]
pub(crate) fn probed(measurements: &[Measurement]) -> Option<String> {
    let samples: u32 = measurements.iter().map(|one| one.samples).sum();
    let failed: u32 = measurements.iter().map(|one| one.failed).sum();
    let well = samples.saturating_sub(failed);
    (samples > 0).then(|| say("probes-together", &[("well", &well), ("samples", &samples)]))
}

/// What the probes of one endpoint measured.
#[must_use]
pub(crate) fn measured(measurement: &Measurement) -> String {
    let url = &measurement.url;
    let median = median(measurement);
    if measurement.samples > 1 {
        let well = measurement.samples.saturating_sub(measurement.failed);
        let samples = &measurement.samples;
        return say("probes-endpoint", &[("url", url), ("well", &well), ("samples", samples), ("median", &median)]);
    }
    if measurement.failed == 0 {
        return say("probe-answered", &[("url", url), ("median", &median)]);
    }
    let why = measurement.last_failure.as_deref().map_or_else(|| say("word-not-known", &[]), line);
    say("probe-failed", &[("url", url), ("why", &why)])
}

fn median(measurement: &Measurement) -> String {
    measurement.median.map_or_else(|| say("word-not-known", &[]), words::span)
}

/// What a verification measured of each endpoint, beside what was measured of it before the move.
#[must_use]
pub(crate) fn compared(state: &RollbackState, service: &ServiceKey, measurements: &[Measurement]) -> Vec<String> {
    let steps = state.plan.iter().flat_map(|plan| &plan.effects().steps);
    let examined = steps.filter(|step| step.service == *service && step.action == StepAction::Examine);
    let before: Vec<Measurement> = examined.flat_map(|step| state.step(&step.name).findings.measurements).collect();
    let one = |now: &Measurement| match before.iter().find(|then| then.url == now.url) {
        Some(then) if then.median.is_some() => {
            let well = now.samples.saturating_sub(now.failed);
            let (url, samples, median, before) = (&now.url, &now.samples, median(now), median(then));
            say(
                "probes-endpoint-before",
                &[("url", url), ("well", &well), ("samples", samples), ("median", &median), ("before", &before)],
            )
        }
        _ => measured(now),
    };
    measurements.iter().map(one).collect()
}

/// The targets, each with whether it has moved.
#[must_use]
pub(crate) fn moved(state: &RollbackState) -> Vec<String> {
    let one = |(step, progress): (&PlannedStep, &StepState)| {
        let name = match &step.action {
            StepAction::Roll { target } => {
                say("target-of", &[("target", target), ("service", &words::service(&step.service))])
            }
            _ => line(&step.name.0),
        };
        let target: &dyn std::fmt::Display = &name;
        match progress.findings.movement {
            Some(Movement::Moved) => say("target-moved", &[("target", target)]),
            Some(Movement::NotMoved) => say("target-not-moved", &[("target", target)]),
            Some(Movement::Unknown) => say("target-may-have-moved", &[("target", target)]),
            None if progress.is_finished() => say("target-moved", &[("target", target)]),
            None if progress.may_have_moved() => say("target-may-have-moved", &[("target", target)]),
            None => say("target-not-moved", &[("target", target)]),
        }
    };
    state.pivots().map(one).collect()
}

/// The outside world's own words, as one quoted block; nothing where there are none.
#[must_use]
pub(crate) fn evidence(trouble: &Trouble) -> Option<String> {
    (!trouble.evidence.is_empty()).then(|| quote(&trouble.evidence.join("\n")))
}
