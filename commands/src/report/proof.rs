//! What the log proves about data, services and targets.

use crate::model::{HookResult, Outcome, PlannedStep, ServiceKey, StepAction, TargetName};
use crate::model::{Measurement, Movement};
use crate::saga::{Phase, RollbackState, StepProgress, StepState};

use super::shape::{MovementWord, ResultWord, ServiceState};

/// The fact by which a hook says what became of data: `none` means that nothing was lost.
const DATA_LOSS: &str = "data_loss";

/// What checks found about data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataFinding {
    /// No check looked.
    NotChecked,
    /// Every check that looked says that nothing was lost; who they are.
    NoLoss(Vec<String>),
    /// A check says that something was; who says what.
    Loss(Vec<(String, String)>),
}

/// What the hooks of a rollback found about data. A step that did not finish proves nothing.
#[must_use]
pub fn data_finding(state: &RollbackState) -> DataFinding {
    let findings = data_facts(state);
    if findings.is_empty() {
        return DataFinding::NotChecked;
    }
    let loss: Vec<_> = findings.iter().filter(|(_, value)| value != "none").cloned().collect();
    if loss.is_empty() {
        DataFinding::NoLoss(findings.into_iter().map(|(who, _)| who).collect())
    } else {
        DataFinding::Loss(loss)
    }
}

/// Each hook that said something about data, with what it said.
#[must_use]
pub(super) fn data_facts(state: &RollbackState) -> Vec<(String, String)> {
    let Some(plan) = &state.plan else { return Vec::new() };
    let answers = plan.circumstances().migrations.iter().filter(|(_, answer)| answer.result == HookResult::Done);
    let planned = answers
        .filter_map(|(key, answer)| Some((format!("migrations:{}", key.name), answer.facts.get(DATA_LOSS)?.clone())));
    let done = plan.effects().steps.iter().filter_map(|step| {
        let progress = state.steps.get(&step.name).filter(|progress| progress.is_finished())?;
        Some((step.name.to_string(), progress.findings.facts.get(DATA_LOSS)?.clone()))
    });
    planned.chain(done).collect()
}

/// How a service is, by the last verification of this rollback.
#[must_use]
pub fn service_state(state: &RollbackState, service: &ServiceKey) -> ServiceState {
    match verification(state, service).map(|(_, progress)| &progress.progress) {
        Some(StepProgress::Finished) => ServiceState::Healthy,
        Some(StepProgress::Failed { .. } | StepProgress::Again) => ServiceState::Failing,
        Some(StepProgress::Skipped { .. }) if failed_before(state, service) => ServiceState::Failing,
        _ => ServiceState::NotChecked,
    }
}

/// A step that people left out had failed: that is why they were asked.
fn failed_before(state: &RollbackState, service: &ServiceKey) -> bool {
    verification(state, service).is_some_and(|(_, progress)| progress.has_begun())
}

fn verification<'a>(state: &'a RollbackState, service: &ServiceKey) -> Option<(&'a PlannedStep, &'a StepState)> {
    let plan = state.plan.as_ref()?;
    let step =
        plan.effects().steps.iter().find(|step| step.action == StepAction::Verify && step.service == *service)?;
    Some((step, state.steps.get(&step.name)?))
}

/// What our own probes measured in that verification.
#[must_use]
pub(super) fn measurements(state: &RollbackState, service: &ServiceKey) -> Vec<Measurement> {
    verification(state, service).map(|(_, progress)| progress.findings.measurements.clone()).unwrap_or_default()
}

/// Whether a target went where the plan says.
#[must_use]
pub(super) fn movement(state: &RollbackState, service: &ServiceKey, target: &TargetName) -> MovementWord {
    let of_target = |step: &PlannedStep, action: &StepAction| step.service == *service && step.action == *action;
    let see = StepAction::See { target: target.clone() };
    let steps = || state.plan.iter().flat_map(|plan| &plan.effects().steps);
    if steps().any(|step| of_target(step, &see) && state.step(&step.name).is_finished()) {
        return MovementWord::Seen;
    }
    let roll = StepAction::Roll { target: target.clone() };
    let Some(step) = steps().find(|step| of_target(step, &roll)) else { return MovementWord::NotMoved };
    let progress = state.step(&step.name);
    match progress.findings.movement {
        Some(Movement::Moved) => MovementWord::Moved,
        Some(Movement::NotMoved) => MovementWord::NotMoved,
        Some(Movement::Unknown) => MovementWord::Unknown,
        None if progress.is_finished() => MovementWord::Moved,
        None if progress.may_have_moved() => MovementWord::Unknown,
        None => MovementWord::NotMoved,
    }
}

/// The result of the record [P7].
#[must_use]
pub(super) fn result(state: &RollbackState) -> ResultWord {
    match (&state.outcome, state.phase) {
        (Some(Outcome::Done { .. }), _) => ResultWord::Success,
        (Some(Outcome::AsBefore { .. }), _) => ResultWord::AsBefore,
        (Some(Outcome::Partial { .. }), _) if any_seen(state) => ResultWord::Partial,
        (Some(Outcome::Partial { .. }), _) => ResultWord::Failure,
        (None, Phase::Replaced) if state.may_have_moved() => ResultWord::Partial,
        (None, Phase::Denied | Phase::Expired | Phase::Replaced) => ResultWord::NotRun,
        (None, _) => ResultWord::Open,
    }
}

fn any_seen(state: &RollbackState) -> bool {
    let mut steps = state.plan.iter().flat_map(|plan| &plan.effects().steps);
    steps.any(|step| matches!(step.action, StepAction::See { .. }) && state.step(&step.name).is_finished())
}
