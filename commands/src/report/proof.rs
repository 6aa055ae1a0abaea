//! What the log proves about data, services and targets.

use std::sync::Arc;

use crate::model::{HookResult, Outcome, PlannedStep, RollbackEvent, ServiceKey, StepAction, StepName, TargetName};
use crate::model::{Measurement, Movement};
use crate::saga::{Phase, RollbackState, StepState};

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
    let Some((step, progress)) = verification(state, service) else { return ServiceState::NotChecked };
    if progress.is_finished() {
        let compared = state.plan.as_ref().and_then(|plan| plan.effects().service(service));
        let has_version_check = compared.is_some_and(|plan| plan.service.checks.version.is_some());
        // A verification without anything to look at proves nothing.
        let proves = has_version_check || progress.findings.measurements.iter().any(|one| one.samples > 0);
        return if proves { ServiceState::Healthy } else { ServiceState::NotChecked };
    }
    if failed_last(state, &step.name) { ServiceState::Failing } else { ServiceState::NotChecked }
}

/// True where the last attempt at this step whose end is known failed, of the plan that stands. One that
/// was begun again since, or left out, has not proven the contrary.
fn failed_last(state: &RollbackState, name: &StepName) -> bool {
    let since_plan =
        state.timeline.iter().rev().take_while(|entry| !matches!(entry.event, RollbackEvent::Planned { .. }));
    let ends = since_plan.filter_map(|entry| match &entry.event {
        RollbackEvent::StepFailed { step, .. } if step == name => Some(true),
        RollbackEvent::StepFinished { step, .. } if step == name => Some(false),
        _ => None,
    });
    ends.into_iter().next().unwrap_or_default()
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

/// The rollback that says how an incident went: what moved something outweighs what is not over, and that
/// outweighs what came to nothing; of equals the last.
#[must_use]
pub(crate) fn weightiest(rollbacks: &[Arc<RollbackState>]) -> Option<&RollbackState> {
    let weight = |state: &&Arc<RollbackState>| match result(state) {
        ResultWord::Success | ResultWord::Partial | ResultWord::Failure => 2,
        ResultWord::Open => 1,
        ResultWord::AsBefore | ResultWord::NotRun => 0,
    };
    rollbacks.iter().max_by_key(weight).map(AsRef::as_ref)
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
