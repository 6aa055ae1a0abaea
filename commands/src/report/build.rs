//! Fills the report from folded state.

use std::collections::BTreeSet;

use super::minutes::minutes;
use super::proof;
use super::shape::{
    Approver, FollowUp, Impact, KindWord, Report, ResultWord, RollbackReport, ServiceReport, StepReport, TargetReport,
};
use super::timeline::timeline;
use crate::model::{DataImpact, Effects, ServicePlan, Standing, TargetKind};
use crate::notify::View;
use crate::notify::text::sentence;
use crate::notify::words::Words;
use crate::notify::{outcome_lines, step_lines, steps};
use crate::saga::RollbackState;

/// The report of an incident as it stands now.
#[must_use]
pub fn report(view: &View<'_>) -> Report {
    let incident = view.incident;
    let first = view.rollbacks.first();
    let start = view.rollbacks.iter().filter_map(|state| state.started_at).min();
    let all_over = view.rollbacks.iter().all(|state| state.phase.is_over());
    let end = view.rollbacks.iter().filter_map(|state| state.ended_at).max().filter(|_| all_over);
    Report {
        schema: Report::SCHEMA,
        id: incident.id.to_string(),
        date: view.words().day.to_string(),
        closed: !incident.is_open(),
        services: incident.services.iter().map(ToString::to_string).collect(),
        severity: incident.severity.value(),
        severity_assumed: incident.severity.is_assumed(),
        priority: incident.severity.value().priority(),
        detected_at: incident.detected_at.value(),
        detected_assumed: incident.detected_at.is_assumed(),
        start,
        end,
        duration_seconds: start.zip(end).map(|(start, end)| end.duration_since(start).as_secs().max(0)),
        result: proof::weightiest(view.rollbacks).map_or(ResultWord::Open, proof::result),
        impact: impact(view),
        reported_reasons: view.rollbacks.iter().filter_map(|state| state.request.because.clone()).collect(),
        assumptions_confirmed: first.is_some_and(|state| state.approved_at.is_some()),
        rollbacks: view.rollbacks.iter().map(|state| rollback(&view.words(), state)).collect(),
        timeline: timeline(view),
        follow_ups: follow_ups(view),
    }
}

fn impact(view: &View<'_>) -> Impact {
    let first = view.rollbacks.first();
    let data = first.map(|state| state.assessment.data);
    let checks = view.rollbacks.iter().flat_map(|state| proof::data_facts(state));
    let circumstances = first.and_then(|state| state.plan.as_ref()).map(|plan| plan.circumstances());
    Impact {
        stated_data: data.map_or(DataImpact::None, |data| data.value()),
        stated_data_assumed: data.is_none_or(|data| data.is_assumed()),
        data_checks: checks.map(|(who, value)| format!("{who}: data_loss={value}")).collect(),
        probes_before: circumstances.map(|seen| seen.health.clone()).unwrap_or_default(),
    }
}

fn follow_ups(view: &View<'_>) -> Vec<FollowUp> {
    let tasks = view.incident.tasks.iter().map(|task| FollowUp {
        rollback: task.rollback.to_string(),
        step: task.step.to_string(),
        why: sentence(&task.trouble.why),
        evidence: task.trouble.evidence.clone(),
    });
    tasks.collect()
}

fn rollback(words: &Words<'_>, state: &RollbackState) -> RollbackReport {
    let effects = state.plan.as_ref().map(crate::model::Plan::effects);
    RollbackReport {
        id: state.id.to_string(),
        kinds: effects.map(kinds).unwrap_or_default(),
        services: effects.map(|effects| services(state, effects)).unwrap_or_default(),
        plan: state.digest().map(|digest| digest.to_string()),
        requester: words.person(state.requester()),
        requested_at: state.timeline.first().map(|entry| entry.at),
        approvers: approvers(words, state),
        reported_reason: state.request.because.clone(),
        result: proof::result(state),
        outcome: outcome_lines(words, state),
        steps: effects.map(|effects| step_reports(words, state, effects)).unwrap_or_default(),
        start: state.started_at,
        end: state.ended_at,
        minutes: minutes(state),
    }
}

fn kinds(effects: &Effects) -> Vec<KindWord> {
    let targets = effects.services.iter().flat_map(|plan| &plan.service.targets);
    let kinds: BTreeSet<KindWord> = targets
        .map(|target| match target.kind {
            TargetKind::Release => KindWord::A,
            TargetKind::Schema => KindWord::B,
            TargetKind::Infrastructure => KindWord::C,
            TargetKind::Configuration => KindWord::D,
        })
        .collect();
    kinds.into_iter().collect()
}

fn services(state: &RollbackState, effects: &Effects) -> Vec<ServiceReport> {
    effects.services.iter().map(|plan| service(state, plan)).collect()
}

fn service(state: &RollbackState, plan: &ServicePlan) -> ServiceReport {
    let key = &plan.service.key;
    let standings = state.plan.as_ref().map(|plan| plan.circumstances().standings.as_slice()).unwrap_or_default();
    let standing = standings.iter().find(|(service, _)| service == key);
    let target = |target: &crate::model::TargetPlan| TargetReport {
        target: target.target.to_string(),
        from: target.from.to_string(),
        to: target.to.to_string(),
        movement: proof::movement(state, key, &target.target),
    };
    ServiceReport {
        service: key.name.to_string(),
        environment: key.environment.to_string(),
        from: plan.from.as_ref().map(ToString::to_string),
        to: plan.to.to_string(),
        standing: standing.map_or(Standing::Unproven, |(_, standing)| *standing),
        state: proof::service_state(state, key),
        measurements: proof::measurements(state, key),
        answers: steps::compared(state, key, &proof::measurements(state, key)),
        targets: plan.targets.iter().map(target).collect(),
    }
}

fn approvers(words: &Words<'_>, state: &RollbackState) -> Vec<Approver> {
    let one = |(at, vote): &(jiff::Timestamp, crate::model::Vote)| Approver {
        name: words.person(&vote.person),
        role: vote.role.word().to_owned(),
        source: vote.answer.source.clone(),
        as_of: vote.answer.as_of,
        at: *at,
    };
    state.votes.iter().map(one).collect()
}

fn step_reports(words: &Words<'_>, state: &RollbackState, effects: &Effects) -> Vec<StepReport> {
    let lines = step_lines(words, state);
    let named = effects.steps.iter().zip(lines);
    named
        .map(|(step, line)| StepReport {
            name: step.name.to_string(),
            text: line.text,
            mark: line.mark,
            detail: line.detail,
        })
        .collect()
}
