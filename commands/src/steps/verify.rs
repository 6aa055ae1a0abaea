//! Prove by probes that users are served the version, and well [V1 V2].

use super::context::{StepContext, StepOutcome};
use super::measure::{self, Samples};
use crate::model::{Findings, Note, Observation, ServicePlan, Trouble, Verdict};

pub(super) async fn perform(context: &StepContext<'_>) -> StepOutcome {
    let Some(service) = context.service() else {
        return StepOutcome::failed_for_good(Trouble::new(Note::new("service-not-in-plan")));
    };
    if let Err(trouble) = await_first_answer(context, service).await {
        return StepOutcome::failed(trouble);
    }
    let (measurements, verdict) = watch(context, service).await;
    let mut findings = Findings { measurements, ..Findings::default() };
    if service.service.checks.version.is_some() {
        findings.facts.insert("served_version".to_owned(), service.to.to_string());
    }
    match verdict {
        Ok(()) => StepOutcome::Finished(findings),
        Err(trouble) => StepOutcome::Failed { trouble, findings, retryable: true },
    }
}

/// A process that has just begun may not listen yet: the window starts with its first right answer,
/// which must come within the service's deadline.
async fn await_first_answer(context: &StepContext<'_>, service: &ServicePlan) -> Result<(), Trouble> {
    let clock = context.ports.clock.as_ref();
    let checks = &service.service.checks;
    let until = clock.monotonic().after(measure::real(service.service.timing.retry));
    loop {
        let served = measure::check_version(context.ports.probe.as_ref(), checks, &service.to).await;
        let trouble = match served {
            Err(trouble) => trouble,
            Ok(()) => {
                let once = measure::measure_once(context.ports.probe.as_ref(), checks, measure::real(checks.timeout));
                match once.await.into_iter().find(|one| one.failed > 0) {
                    None => return Ok(()),
                    Some(one) => Trouble {
                        why: Note::new("health-failed").with("url", &one.url),
                        evidence: one.last_failure.into_iter().collect(),
                    },
                }
            }
        };
        if clock.monotonic() >= until {
            return Err(trouble);
        }
        let verdict = Verdict::InProgress(trouble.why);
        (context.observed)(Observation { verdict, parts: Vec::new() });
        measure::pause(clock, checks.interval).await;
    }
}

async fn watch(
    context: &StepContext<'_>,
    service: &ServicePlan,
) -> (Vec<crate::model::Measurement>, Result<(), Trouble>) {
    let clock = context.ports.clock.as_ref();
    let checks = &service.service.checks;
    let end = clock.monotonic().after(measure::real(checks.window));
    let mut samples = Samples::default();
    loop {
        samples.take(context.ports.probe.as_ref(), checks, measure::real(checks.timeout)).await;
        if clock.monotonic() >= end {
            break;
        }
        measure::pause(clock, checks.interval).await;
    }
    let measured = samples.measurements();
    let verdict = match measure::check_version(context.ports.probe.as_ref(), checks, &service.to).await {
        Ok(()) => measure::judge(&measured, context.baseline, checks),
        Err(trouble) => Err(trouble),
    };
    (measured, verdict)
}
