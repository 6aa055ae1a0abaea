//! The service of the stories, its persons and its plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::SignedDuration;

use crate::model::*;
use crate::settings::{Assumed, Pace, Settings, Texts};

pub(crate) const INCIDENT: &str = "INC-2024-0115-001";

pub(crate) fn incident_id() -> IncidentId {
    INCIDENT.parse().unwrap()
}

pub(crate) fn rollback_id(number: u32) -> RollbackId {
    RollbackId { incident: incident_id(), number }
}

pub(crate) fn key() -> ServiceKey {
    "api-service@production".parse().unwrap()
}

pub(crate) fn step(name: &str) -> StepName {
    StepName(name.to_owned())
}

fn person(id: &str, name: &str) -> Person {
    Person { id: id.into(), name: name.to_owned(), identities: vec![identity(id)] }
}

fn identity(id: &str) -> Identity {
    Identity { chat: "console".into(), workspace: "local".to_owned(), user: id.to_owned() }
}

pub(crate) fn actor(id: &str) -> Actor {
    Actor::Person { person: id.into(), identity: identity(id) }
}

pub(crate) fn endpoint(path: &str) -> Endpoint {
    Endpoint { url: format!("http://127.0.0.1:8080{path}"), status: None }
}

pub(crate) fn measurement(path: &str, samples: u32, failed: u32, median: i64) -> Measurement {
    Measurement {
        url: endpoint(path).url,
        samples,
        failed,
        median: Some(SignedDuration::from_millis(median)),
        slowest: Some(SignedDuration::from_millis(4 * median)),
        last_failure: (failed > 0).then(|| "status 500".to_owned()),
    }
}

/// Ended well, with 40 good probes.
pub(crate) fn verified() -> Findings {
    Findings {
        measurements: vec![measurement("/healthz", 20, 0, 12), measurement("/orders", 20, 0, 31)],
        ..Findings::default()
    }
}

pub(crate) fn moved() -> Findings {
    Findings { movement: Some(Movement::Moved), ..Findings::default() }
}

pub(crate) fn trouble() -> Trouble {
    Trouble::new(Note::new("health-failed").with("url", endpoint("/healthz").url)).saying("status 503\nupstream away")
}

pub(crate) fn service() -> Service {
    let hook = |point| Hook {
        point,
        program: PathBuf::from("/opt/hooks/run"),
        arguments: Vec::new(),
        timeout: SignedDuration::from_mins(1),
    };
    Service {
        key: key(),
        description: "Orders and carts".to_owned(),
        owners: vec!["lead".into()],
        targets: vec![Target {
            name: "release".into(),
            kind: TargetKind::Release,
            platform: "host".into(),
            address: serde_json::Value::Null,
        }],
        checks: Checks {
            version: Some(VersionEndpoint { url: endpoint("/version").url, pointer: None }),
            health: Some(endpoint("/healthz")),
            critical: vec![endpoint("/orders")],
            ..Checks::default()
        },
        hooks: vec![hook(HookPoint::Backup), hook(HookPoint::Maintenance), hook(HookPoint::CleanUp)],
        policy: Policy::default(),
        timing: Timing::default(),
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        configuration: Digest::of(b"configuration"),
        catalogue: vec![service()],
        persons: vec![
            person("on-call", "On-call engineer"),
            person("lead", "Team lead"),
            person("commander", "Incident commander"),
        ],
        commanders: BTreeSet::from(["commander".into()]),
        stakeholders: BTreeSet::new(),
        announce: Vec::new(),
        room_template: "incident-rollback-{incident}".to_owned(),
        rooms: crate::settings::Rooms::default(),
        zone: jiff::tz::TimeZone::UTC,
        assumed: Assumed::default(),
        texts: Texts::default(),
        keep_incidents: None,
        pace: Pace::default(),
    }
}

fn planned(name: &str, class: StepClass, action: StepAction) -> PlannedStep {
    PlannedStep {
        name: step(name),
        class,
        action,
        service: key(),
        closes: None,
        only_after_move: false,
        timeout: SignedDuration::from_mins(1),
        retry_for: SignedDuration::from_mins(2),
    }
}

/// Back up, maintenance page, roll, see, verify, hold, and what closes.
pub(crate) fn steps() -> Vec<PlannedStep> {
    let release = || TargetName::new("release");
    let maintenance_off = PlannedStep {
        closes: Some(step("maintenance:api-service")),
        ..planned(
            "maintenance-off:api-service",
            StepClass::Always,
            StepAction::UndoHook { point: HookPoint::Maintenance, index: 1 },
        )
    };
    let clean_up = StepAction::Hook { point: HookPoint::CleanUp, index: 2 };
    vec![
        planned("examine:api-service", StepClass::Prepare, StepAction::Examine),
        planned("backup:api-service", StepClass::Prepare, StepAction::Hook { point: HookPoint::Backup, index: 0 }),
        planned(
            "maintenance:api-service",
            StepClass::Prepare,
            StepAction::Hook { point: HookPoint::Maintenance, index: 1 },
        ),
        planned("roll:api-service/release", StepClass::Pivot, StepAction::Roll { target: release() }),
        planned("see:api-service/release", StepClass::Forward, StepAction::See { target: release() }),
        planned("verify:api-service", StepClass::Forward, StepAction::Verify),
        planned("hold:api-service", StepClass::Forward, StepAction::Hold),
        maintenance_off,
        PlannedStep { only_after_move: true, ..planned("clean-up:api-service", StepClass::Always, clean_up) },
    ]
}

pub(crate) fn plan(inode: &str) -> Plan {
    let intent =
        Intent { identity: inode.to_owned(), fields: BTreeMap::from([("current".to_owned(), "1.3.0".to_owned())]) };
    let effects = Effects {
        schema: Effects::SCHEMA,
        priority: Priority::P2,
        services: vec![ServicePlan {
            service: service(),
            from: Some(Version::new("v1.3.0")),
            to: Version::new("v1.2.9"),
            targets: vec![TargetPlan {
                target: "release".into(),
                from: Revision::new("releases/1.3.0"),
                to: Revision::new("releases/1.2.9"),
                intent,
                deletes: Vec::new(),
            }],
        }],
        steps: steps(),
    };
    let circumstances = Circumstances {
        estimate: SignedDuration::from_secs(95),
        standings: vec![(key(), Standing::Good)],
        health: vec![measurement("/healthz", 5, 2, 900)],
        ..Circumstances::default()
    };
    Plan::new(effects, circumstances).unwrap()
}

pub(crate) fn assessment() -> Assessment {
    Assessment {
        severity: Stated::Given(Severity::High),
        data: Stated::Assumed(DataImpact::None),
        time_to_fix: Stated::Assumed(SignedDuration::from_mins(90)),
        detected_at: Stated::Given("2024-01-15T15:25:00Z".parse().unwrap()),
        advice: Advice { decision: Decision::RollBack, rule: Rule::HighSlowFix },
    }
}
