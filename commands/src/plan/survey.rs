//! What is found about one service before it is planned: what runs, which revision the version is,
//! whether it can be deployed, how users are served, which migrations lie between.

use std::time::Duration;

use futures::future::{join_all, join3};

use super::resolve::{Resolved, resolve};
use crate::ledger::{Ledger, NoChoice, choose};
use crate::model::{
    HookAnswer, HookCall, HookOperation, HookPoint, MarkCause, Measurement, Note, Service, Standing, Target, Trouble,
    Version, Wanted,
};
use crate::ports::{Candidate, Examination, PlatformError, Ports, Running};
use crate::steps::{measure_once, platform_trouble, served_version};

/// How long the health probes of a plan may take: a plan must be there at once, broken service or not.
const PROBE_WITHIN: Duration = Duration::from_secs(1);

/// What was found about one service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceFacts {
    /// The catalogue entry.
    pub service: Service,
    /// What was asked for.
    pub wanted: Wanted,
    /// The version that users are served now, as the service itself says; `None` where it does not.
    pub served: Option<Version>,
    /// What people call what runs now.
    pub from: Option<Version>,
    /// The version to go back to, and what the ledger thinks of it.
    pub to: Option<(Version, Standing)>,
    /// Why the ledger calls that version bad, where it does.
    pub bad: Option<MarkCause>,
    /// Each target.
    pub targets: Vec<TargetFacts>,
    /// How the endpoints answer now.
    pub health: Vec<Measurement>,
    /// What the migration hooks say.
    pub migrations: Vec<HookAnswer>,
    /// Why it cannot be planned.
    pub blockers: Vec<Trouble>,
}

/// What was found about one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// What runs now.
    pub running: Running,
    /// Where it would go.
    pub candidate: Candidate,
    /// What the platform says of that.
    pub examination: Examination,
}

/// Looks at everything that a plan for this service needs. What goes wrong becomes a blocker.
pub async fn survey(service: &Service, wanted: &Wanted, ledger: &Ledger, ports: &Ports) -> ServiceFacts {
    let (running, health, served) = join3(
        join_all(service.targets.iter().map(|target| current(target, ports))),
        measure_once(ports.probe.as_ref(), &service.checks, PROBE_WITHIN),
        served(service, ports),
    )
    .await;
    let mut facts = ServiceFacts {
        service: service.clone(),
        wanted: wanted.clone(),
        served,
        from: None,
        to: None,
        bad: None,
        targets: Vec::new(),
        health,
        migrations: Vec::new(),
        blockers: Vec::new(),
    };
    let running: Vec<Running> = match running.into_iter().collect() {
        Ok(running) => running,
        Err(error) => {
            facts.blockers.push(platform_trouble(&error));
            return facts;
        }
    };
    let Some(primary) = service.primary_target() else { return facts };
    let place = service.targets.iter().position(|target| target.name == primary.name).unwrap_or_default();
    facts.from = running[place].version.clone();
    match choose(ledger, wanted, &primary.name, facts.from.as_ref()) {
        Err(none) => facts.blockers.push(no_choice(none, service)),
        Ok(choice) => {
            facts.bad = why_bad(ledger, &choice.version);
            facts.to = Some((choice.version, choice.standing));
        }
    }
    if let Some((version, _)) = facts.to.clone() {
        survey_targets(&mut facts, running, &version, ledger, ports).await;
        // As the platform spells it: however it was typed, the plan is the same.
        let spelled = facts.targets.get(place).and_then(|target| target.candidate.version.clone());
        if let (Some((to, _)), Some(spelled)) = (&mut facts.to, spelled) {
            *to = spelled;
        }
        survey_migrations(&mut facts, &version, ports).await;
    }
    facts
}

/// Which version the service itself says that it is [B1].
async fn served(service: &Service, ports: &Ports) -> Option<Version> {
    let endpoint = service.checks.version.as_ref()?;
    served_version(ports.probe.as_ref(), endpoint, PROBE_WITHIN).await.ok()
}

async fn current(target: &Target, ports: &Ports) -> Result<Running, PlatformError> {
    ports.platform(&target.platform)?.current(target).await
}

async fn survey_targets(
    facts: &mut ServiceFacts,
    running: Vec<Running>,
    version: &Version,
    ledger: &Ledger,
    ports: &Ports,
) {
    let looks = facts.service.targets.iter().zip(running);
    let found = join_all(looks.map(|(target, running)| survey_target(target, running, version, ledger, ports))).await;
    for found in found {
        match found {
            Ok(target) => {
                facts.blockers.extend(target.examination.blockers.iter().cloned());
                facts.targets.push(target);
            }
            Err(trouble) => facts.blockers.push(trouble),
        }
    }
}

async fn survey_target(
    target: &Target,
    running: Running,
    version: &Version,
    ledger: &Ledger,
    ports: &Ports,
) -> Result<TargetFacts, Trouble> {
    let platform = ports.platform(&target.platform).map_err(|error| platform_trouble(&error))?;
    let resolution = platform.resolve(target, version).await.map_err(|error| platform_trouble(&error))?;
    let Resolved { candidate, warning } = resolve(resolution, ledger, &target.name, version)?;
    let looked = platform.examine(target, &running, &candidate).await;
    let mut examination = looked.map_err(|error| platform_trouble(&error))?;
    examination.warnings.extend(warning);
    Ok(TargetFacts { running, candidate, examination })
}

async fn survey_migrations(facts: &mut ServiceFacts, version: &Version, ports: &Ports) {
    let hooks = facts.service.hooks.iter().filter(|hook| hook.point == HookPoint::Migrations);
    for hook in hooks {
        let call = HookCall {
            schema: HookCall::SCHEMA,
            op: HookOperation::Check,
            key: format!("plan/migrations:{}", facts.service.key.name),
            service: facts.service.key.clone().into(),
            from: facts.from.clone(),
            to: Some(version.clone()),
            deadline: ports.clock.now() + hook.timeout,
        };
        match ports.hooks.call(hook, &call).await {
            Ok(answer) => facts.migrations.push(answer),
            Err(error) => facts.blockers.push(Trouble::new(Note::new("migrations-not-told")).saying(error)),
        }
    }
}

fn no_choice(none: NoChoice, service: &Service) -> Trouble {
    let code = match none {
        NoChoice::NothingGood => "no-good-version",
        NoChoice::NothingBefore => "nothing-before",
    };
    Trouble::new(Note::new(code).with("service", &service.key.name))
}

fn why_bad(ledger: &Ledger, version: &Version) -> Option<MarkCause> {
    let marking = ledger.marking(version).filter(|marking| marking.standing == Standing::Bad)?;
    Some(marking.cause.clone())
}
