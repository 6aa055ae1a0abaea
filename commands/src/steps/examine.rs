//! Before anything: is the platform still as the plan pins it, is the target there, may the bot, and
//! how do the endpoints answer now [B1 B2 B3 B6]. Changes nothing.

use super::context::{StepContext, StepOutcome};
use super::measure;
use crate::model::{Findings, HookPoint, ServicePlan};
use crate::ports::{Candidate, Resolution};

/// How often each endpoint is probed for the baseline.
const BASELINE_PROBES: usize = 3;

pub(super) async fn perform(context: &StepContext<'_>) -> StepOutcome {
    let mut findings = Findings::default();
    for service in &context.approved.effects().services {
        if let Err(outcome) = examine_service(context, service).await {
            return outcome;
        }
        let ahead = service.service.hooks.iter().filter(|hook| hook.point != HookPoint::Migrations);
        for hook in ahead {
            if let Err(trouble) = super::hook::check(context, service, hook).await {
                return StepOutcome::failed_for_good(trouble);
            }
        }
        let checks = &service.service.checks;
        findings.measurements.extend(measure::baseline(context.ports.probe.as_ref(), checks, BASELINE_PROBES).await);
    }
    StepOutcome::Finished(findings)
}

async fn examine_service(context: &StepContext<'_>, service: &ServicePlan) -> Result<(), StepOutcome> {
    for plan in &service.targets {
        let Some(target) = service.service.targets.iter().find(|target| target.name == plan.target) else { continue };
        let failed = |error| StepOutcome::of_platform(&error);
        let platform = context.ports.platform(&target.platform).map_err(failed)?;
        let running = platform.current(target).await.map_err(failed)?;
        let differences = plan.intent.differences(&running.intent);
        if !differences.is_empty() {
            return Err(StepOutcome::Voided(differences));
        }
        let candidate = match platform.resolve(target, &service.to).await.map_err(failed)? {
            Resolution::Found(candidate) => candidate,
            Resolution::Ambiguous(candidates) | Resolution::Missing(candidates) => planned_one(candidates, plan)
                .ok_or_else(|| {
                    let note = crate::model::Note::new("target-revision-gone").with("revision", &plan.to);
                    StepOutcome::failed_for_good(crate::model::Trouble::new(note))
                })?,
        };
        let examination = platform.examine(target, &running, &candidate).await.map_err(failed)?;
        if let Some(blocker) = examination.blockers.into_iter().next() {
            return Err(StepOutcome::failed_for_good(blocker));
        }
    }
    Ok(())
}

fn planned_one(candidates: Vec<Candidate>, plan: &crate::model::TargetPlan) -> Option<Candidate> {
    candidates.into_iter().find(|candidate| candidate.revision == plan.to)
}
