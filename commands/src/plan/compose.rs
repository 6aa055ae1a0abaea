//! From facts to a plan: pure.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::Blocked;
use super::survey::{ServiceFacts, TargetFacts};
use crate::model::{
    Circumstances, Effects, HookPoint, HookResult, MarkCause, Note, Plan, PlannedStep, Priority, Service, ServiceKey,
    ServicePlan, Standing, StepAction, StepClass, StepName, TargetName, TargetPlan, Trouble,
};

/// What a hook is reckoned to take in the estimate, where nothing is known: an assumption, shown as
/// an estimate and part of no digest.
const HOOK_ESTIMATE: SignedDuration = SignedDuration::from_secs(10);
/// Likewise for a target, from moved to seen.
const ROLL_ESTIMATE: SignedDuration = SignedDuration::from_secs(20);
/// How much longer than its window or hold a probing step may take before it counts as stuck.
const SLACK: SignedDuration = SignedDuration::from_secs(30);

/// Makes the plan, or says everything that stands against one.
///
/// # Errors
/// [`Blocked`].
pub fn compose(facts: Vec<ServiceFacts>, priority: Priority) -> Result<Plan, Blocked> {
    let mut blockers = Vec::new();
    for one in &facts {
        let key = &one.service.key;
        blockers.extend(one.blockers.iter().map(|trouble| (key.clone(), trouble.clone())));
        let blocked = one.migrations.iter().filter(|answer| answer.result == HookResult::Blocked);
        blockers.extend(
            blocked.map(|answer| (key.clone(), Trouble::new(Note::new("migrations-blocked")).saying(&answer.message))),
        );
        if one.blockers.is_empty() && runs_already(one) {
            blockers.push((key.clone(), Trouble::new(runs_already_note(one))));
        }
    }
    if !blockers.is_empty() {
        return Err(Blocked(blockers));
    }
    let circumstances = circumstances(&facts);
    let cleaned = cleaned(&facts);
    let services: Vec<ServicePlan> = facts.into_iter().filter_map(service_plan).collect();
    let steps = steps(&services, &cleaned);
    let effects = Effects { schema: Effects::SCHEMA, priority, services, steps };
    Plan::new(effects, circumstances).map_err(|error| {
        let trouble = Trouble::new(Note::new("plan-unwritable")).saying(error);
        Blocked(vec![(ServiceKey { name: "plan".into(), environment: "all".into() }, trouble)])
    })
}

fn runs_already(facts: &ServiceFacts) -> bool {
    !facts.targets.is_empty() && facts.targets.iter().all(is_there)
}

fn runs_already_note(facts: &ServiceFacts) -> Note {
    let version = facts.to.as_ref().map(|(version, _)| version.to_string()).unwrap_or_default();
    Note::new("target-equal").with("service", &facts.service.key.name).with("version", version)
}

/// Which targets leave something that their platform is to remove.
fn cleaned(facts: &[ServiceFacts]) -> BTreeSet<(ServiceKey, TargetName)> {
    let of_service = |one: &ServiceFacts| {
        let found = one.service.targets.iter().zip(&one.targets);
        let cleaned = found.filter(|(_, facts)| facts.examination.cleans_up && !is_there(facts));
        cleaned.map(|(target, _)| (one.service.key.clone(), target.name.clone())).collect::<Vec<_>>()
    };
    facts.iter().flat_map(of_service).collect()
}

fn is_there(target: &TargetFacts) -> bool {
    target.running.revision == target.candidate.revision
}

fn service_plan(facts: ServiceFacts) -> Option<ServicePlan> {
    let (to, _) = facts.to?;
    let targets = facts.service.targets.iter().zip(facts.targets).map(|(target, found)| TargetPlan {
        target: target.name.clone(),
        from: found.running.revision,
        to: found.candidate.revision,
        intent: found.running.intent,
        deletes: found.examination.deletes,
    });
    Some(ServicePlan { targets: targets.collect(), service: facts.service, from: facts.from, to })
}

fn circumstances(facts: &[ServiceFacts]) -> Circumstances {
    let mut seen = Circumstances::default();
    for one in facts {
        let key = &one.service.key;
        if let Some((_, standing)) = &one.to {
            seen.standings.push((key.clone(), *standing));
        }
        seen.health.extend(one.health.iter().cloned());
        seen.warnings.extend(warnings(one));
        for target in &one.targets {
            seen.warnings.extend(target.examination.warnings.iter().cloned());
            seen.changes.extend(target.examination.changes.iter().cloned());
            seen.losses.extend(target.examination.losses.iter().cloned());
        }
        seen.migrations.extend(one.migrations.iter().map(|answer| (key.clone(), answer.clone())));
        if one.migrations.is_empty() {
            seen.warnings.push(Note::new("migrations-not-checked").with("service", &key.name));
        }
        seen.estimate += estimate(&one.service);
    }
    seen
}

fn warnings(facts: &ServiceFacts) -> Vec<Note> {
    let mut warnings = Vec::new();
    let Some((to, standing)) = &facts.to else { return warnings };
    let about = |code: &'static str| Note::new(code).with("service", &facts.service.key.name).with("version", to);
    match standing {
        Standing::Good => {}
        Standing::Unproven => warnings.push(about("target-unproven")),
        Standing::Bad => {
            warnings.push(match &facts.bad {
                Some(MarkCause::RolledBackFrom(rollback)) => about("target-known-bad").with("rolled_back_in", rollback),
                Some(MarkCause::Said { because }) => about("target-known-bad").with("because", because),
                Some(MarkCause::Soaked) | None => about("target-known-bad"),
            });
        }
    }
    match &facts.from {
        Some(from) if to.age(from) == Some(Ordering::Greater) => {
            warnings.push(about("target-newer").with("from", from))
        }
        Some(_) => {}
        None => warnings.push(Note::new("version-running-unknown").with("service", &facts.service.key.name)),
    }
    if let (Some(from), Some(served)) = (&facts.from, &facts.served)
        && from != served
    {
        warnings.push(
            Note::new("version-disagrees")
                .with("service", &facts.service.key.name)
                .with("platform", from)
                .with("served", served),
        );
    }
    if facts.wanted == crate::model::Wanted::Previous {
        warnings.push(about("target-previous-toggles"));
    }
    if facts.service.checks.version.is_none() {
        warnings.push(Note::new("no-version-check").with("service", &facts.service.key.name));
    }
    if facts.service.checks.endpoints().next().is_none() {
        warnings.push(Note::new("no-checks").with("service", &facts.service.key.name));
    }
    for answer in &facts.migrations {
        let code = match answer.result {
            // There are some, and the old version bears them.
            HookResult::Done => "migrations-between",
            HookResult::Unknown => "migrations-unknown",
            // There are none; or there is no plan.
            HookResult::NotDone | HookResult::Blocked => continue,
        };
        warnings.push(about(code).with("message", &answer.message));
    }
    warnings
}

fn estimate(service: &Service) -> SignedDuration {
    let hooks = i32::try_from(service.hooks.len()).unwrap_or(i32::MAX);
    let targets = i32::try_from(service.targets.len()).unwrap_or(i32::MAX);
    HOOK_ESTIMATE * hooks + ROLL_ESTIMATE * targets + service.checks.window + service.timing.hold
}

fn steps(services: &[ServicePlan], cleaned: &BTreeSet<(ServiceKey, TargetName)>) -> Vec<PlannedStep> {
    let mut steps = Vec::new();
    if let Some(first) = services.first() {
        steps.push(step(&first.service, "examine".to_owned(), StepClass::Prepare, StepAction::Examine));
    }
    for point in [HookPoint::Backup, HookPoint::Maintenance, HookPoint::Drain] {
        services.iter().for_each(|plan| steps.extend(hooks(&plan.service, point, StepClass::Prepare)));
    }
    for plan in services {
        for target in &plan.targets {
            steps.extend(roll_and_see(&plan.service, target));
        }
    }
    for plan in services {
        let service = &plan.service;
        steps.extend(hooks(service, HookPoint::Configuration, StepClass::Forward));
        steps.extend(hooks(service, HookPoint::Flags, StepClass::Forward));
        // Where nothing is looked at, nothing would be proven: the platform's word is all there is.
        if !service.checks.are_none() {
            steps.push(probing(service, "verify", StepAction::Verify, service.checks.window + service.timing.retry));
        }
        steps.extend(restore_traffic(service));
        steps.push(probing(service, "hold", StepAction::Hold, service.timing.hold));
    }
    for plan in services {
        steps.extend(undo_hooks(&plan.service, HookPoint::Maintenance, StepClass::Always));
        steps.extend(
            hooks(&plan.service, HookPoint::CleanUp, StepClass::Always)
                .map(|step| PlannedStep { only_after_move: true, ..step }),
        );
    }
    for plan in services {
        let key = &plan.service.key;
        let left = plan.targets.iter().filter(|target| cleaned.contains(&(key.clone(), target.target.clone())));
        steps.extend(left.map(|target| clean_up(&plan.service, &target.target)));
    }
    steps
}

fn step(service: &Service, name: String, class: StepClass, action: StepAction) -> PlannedStep {
    PlannedStep {
        name: StepName(name),
        class,
        action,
        service: service.key.clone(),
        closes: None,
        only_after_move: false,
        timeout: service.timing.deadline,
        retry_for: if class == StepClass::Forward { service.timing.retry } else { SignedDuration::ZERO },
    }
}

fn probing(service: &Service, word: &str, action: StepAction, takes: SignedDuration) -> PlannedStep {
    let name = format!("{word}:{}", service.key.name);
    PlannedStep { timeout: takes + SLACK, ..step(service, name, StepClass::Forward, action) }
}

fn roll_and_see(service: &Service, target: &TargetPlan) -> [PlannedStep; 2] {
    let name = |word: &str| format!("{word}:{}/{}", service.key.name, target.target);
    let roll = StepAction::Roll { target: target.target.clone() };
    let see = StepAction::See { target: target.target.clone() };
    let mut pivot = step(service, name("roll"), StepClass::Pivot, roll);
    pivot.retry_for = service.timing.retry;
    [pivot, step(service, name("see"), StepClass::Forward, see)]
}

/// Not before all services are through, so that what two of them share is not in use any more.
fn clean_up(service: &Service, target: &TargetName) -> PlannedStep {
    let name = format!("clean-up:{}/{target}", service.key.name);
    let action = StepAction::CleanUp { target: target.clone() };
    PlannedStep { only_after_move: true, ..step(service, name, StepClass::Always, action) }
}

/// The service's hooks of this point, each with its place in the catalogue entry.
fn numbered(service: &Service, point: HookPoint) -> impl Iterator<Item = (usize, &crate::model::Hook)> {
    service.hooks.iter().enumerate().filter(move |(_, hook)| hook.point == point)
}

/// `backup:api-service`, and `backup-2:api-service` for a second one.
fn hook_name(service: &Service, word: &str, point: HookPoint, index: usize) -> String {
    let place = numbered(service, point).position(|(known, _)| known == index).unwrap_or_default();
    let number = if place == 0 { String::new() } else { format!("-{}", place + 1) };
    format!("{word}{number}:{}", service.key.name)
}

fn hooks(service: &Service, point: HookPoint, class: StepClass) -> impl Iterator<Item = PlannedStep> {
    numbered(service, point).map(move |(index, hook)| {
        let name = hook_name(service, point.word(), point, index);
        PlannedStep { timeout: hook.timeout, ..step(service, name, class, StepAction::Hook { point, index }) }
    })
}

/// The closers of the hooks of this point: their own `undo`.
fn undo_hooks(service: &Service, point: HookPoint, class: StepClass) -> impl Iterator<Item = PlannedStep> {
    numbered(service, point).map(move |(index, hook)| {
        let name = hook_name(service, &format!("end-{}", point.word()), point, index);
        let closes = Some(StepName(hook_name(service, point.word(), point, index)));
        let closer = step(service, name, class, StepAction::UndoHook { point, index });
        PlannedStep { timeout: hook.timeout, closes, ..closer }
    })
}

/// The closers of `drain`: the `restore-traffic` hooks where there are any, else its own `undo`.
fn restore_traffic(service: &Service) -> Vec<PlannedStep> {
    let mut restore: Vec<PlannedStep> = hooks(service, HookPoint::RestoreTraffic, StepClass::Forward).collect();
    if restore.is_empty() {
        return undo_hooks(service, HookPoint::Drain, StepClass::Forward).collect();
    }
    let drain = numbered(service, HookPoint::Drain).next();
    if let (Some(first), Some((index, _))) = (restore.first_mut(), drain) {
        first.closes = Some(StepName(hook_name(service, HookPoint::Drain.word(), HookPoint::Drain, index)));
    }
    restore
}
