//! See that it stays so: on the platform and for users, until the hold is over.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::select_all;

use super::context::{StepContext, StepOutcome};
use super::measure;
use crate::model::{Findings, Note, ServicePlan, TargetName, TargetPlan, Trouble, Verdict};

pub(super) async fn perform(context: &StepContext<'_>) -> StepOutcome {
    let Some(service) = context.service() else {
        return StepOutcome::failed_for_good(Trouble::new(Note::new("service-not-in-plan")));
    };
    let known = Known::default();
    let platform = pin!(fall_on_platform(context, service, &known));
    let users = pin!(fall_for_users(context, service, &known));
    match select(platform, users).await {
        Either::Left((outcome, _)) | Either::Right((outcome, _)) => outcome,
    }
}

/// The targets of which the platform said last that they are as they should be: what it does not say is not
/// known to have held.
#[derive(Default)]
struct Known(Mutex<BTreeSet<TargetName>>);

impl Known {
    fn note(&self, target: &TargetName, verdict: &Verdict) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *verdict == Verdict::Done {
            known.insert(target.clone());
        } else {
            known.remove(target);
        }
    }

    fn are_all(&self, count: usize) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len() >= count
    }
}

/// The targets that the hold is about.
fn targets<'a>(context: &'a StepContext<'_>, service: &'a ServicePlan) -> impl Iterator<Item = &'a TargetPlan> {
    service.targets.iter().filter(|plan| !context.left_out.contains(&plan.target))
}

/// Ends only if a target leaves what it should run, or is no longer well.
async fn fall_on_platform(context: &StepContext<'_>, service: &ServicePlan, known: &Known) -> StepOutcome {
    let mut looks = Vec::new();
    for plan in targets(context, service) {
        match context.target(&plan.target) {
            Ok((target, plan, platform)) => {
                looks.push(platform.observe(target, plan).map(|look| (&plan.target, look)));
            }
            Err(error) => return StepOutcome::of_platform(&error),
        }
    }
    let mut looks = select_all(looks);
    while let Some((target, observation)) = looks.next().await {
        known.note(target, &observation.verdict);
        match observation.verdict {
            Verdict::Done | Verdict::Unknown(_) => {}
            Verdict::InProgress(why) => return StepOutcome::failed(Trouble::new(why)),
            Verdict::Failed(trouble) => return StepOutcome::failed(trouble),
            Verdict::Superseded { by } => {
                return StepOutcome::failed_for_good(Trouble::new(Note::new("superseded").with("by", by)));
            }
        }
    }
    std::future::pending().await
}

/// Ends well when the hold is over, users were served all the time, and the platform still knows every target
/// to be there.
async fn fall_for_users(context: &StepContext<'_>, service: &ServicePlan, known: &Known) -> StepOutcome {
    let clock = context.ports.clock.as_ref();
    let probe = context.ports.probe.as_ref();
    let checks = &service.service.checks;
    let end = clock.monotonic().after(measure::real(service.service.timing.hold));
    let mut samples = measure::Samples::default();
    loop {
        samples.take(probe, checks, measure::real(checks.timeout)).await;
        let served = measure::check_version(probe, checks, &service.to).await;
        if let Err(trouble) = served.and_then(|()| measure::judge(&samples.measurements(), context.baseline, checks)) {
            return StepOutcome::failed(trouble);
        }
        if clock.monotonic() >= end && known.are_all(targets(context, service).count()) {
            let findings = Findings { measurements: samples.measurements(), ..Findings::default() };
            return StepOutcome::Finished(findings);
        }
        measure::pause(clock, checks.interval).await;
    }
}
