//! Facts to steps.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;

use super::{ServiceFacts, TargetFacts, compose};
use crate::model::*;
use crate::notify::story;
use crate::ports::{Candidate, Examination, Running};

const EVERY_POINT: [HookPoint; 8] = [
    HookPoint::Migrations,
    HookPoint::Backup,
    HookPoint::Maintenance,
    HookPoint::Drain,
    HookPoint::Configuration,
    HookPoint::Flags,
    HookPoint::RestoreTraffic,
    HookPoint::CleanUp,
];

fn running(version: &str) -> Running {
    let fields = BTreeMap::from([("current".to_owned(), version.to_owned())]);
    Running {
        revision: Revision::new(version),
        version: Some(Version::new(version)),
        intent: Intent { identity: "inode 7".to_owned(), fields },
        since: None,
    }
}

fn target(name: &str) -> Target {
    let kind = TargetKind::Release;
    Target { name: name.into(), kind, platform: "host".into(), address: serde_json::Value::Null }
}

/// A service of these targets and hooks that runs v1.3.0 and can go to v1.2.9.
pub(crate) fn facts(name: &str, targets: &[&str], points: &[HookPoint]) -> ServiceFacts {
    let hook = |point: &HookPoint| Hook {
        point: *point,
        program: PathBuf::from("/opt/hooks/run"),
        arguments: Vec::new(),
        timeout: SignedDuration::from_mins(1),
    };
    let service = Service {
        key: ServiceKey { name: name.into(), environment: "production".into() },
        targets: targets.iter().map(|name| target(name)).collect(),
        hooks: points.iter().map(hook).collect(),
        ..story::service()
    };
    let to = Version::new("v1.2.9");
    let candidate = Candidate {
        revision: Revision::new("v1.2.9"),
        version: Some(to.clone()),
        created: None,
        details: BTreeMap::new(),
    };
    let found = || TargetFacts {
        running: running("v1.3.0"),
        candidate: candidate.clone(),
        examination: Examination::default(),
    };
    ServiceFacts {
        wanted: Wanted::Version(to.clone()),
        served: None,
        from: Some(Version::new("v1.3.0")),
        to: Some((to, Standing::Good)),
        bad: None,
        targets: targets.iter().map(|_| found()).collect(),
        health: Vec::new(),
        migrations: Vec::new(),
        blockers: Vec::new(),
        service,
    }
}

fn steps(facts: Vec<ServiceFacts>) -> Vec<String> {
    let plan = compose(facts, Priority::P2).unwrap();
    let line = |step: &PlannedStep| {
        let closes = step.closes.as_ref().map(|opener| format!(" closes {opener}")).unwrap_or_default();
        let after = if step.only_after_move { " only after a move" } else { "" };
        format!("{:?} {}{closes}{after}", step.class, step.name)
    };
    plan.effects().steps.iter().map(line).collect()
}

#[test]
fn every_point_has_its_place_and_its_class() {
    insta::assert_snapshot!(steps(vec![facts("api", &["release", "sockets"], &EVERY_POINT)]).join("\n"), @r"
    Prepare examine
    Prepare backup:api
    Prepare maintenance:api
    Prepare drain:api
    Pivot roll:api/release
    Forward see:api/release
    Pivot roll:api/sockets
    Forward see:api/sockets
    Forward configuration:api
    Forward flags:api
    Forward verify:api
    Forward restore-traffic:api closes drain:api
    Forward hold:api
    Always end-maintenance:api closes maintenance:api
    Always clean-up:api only after a move
    ");
}

#[test]
fn a_drain_without_a_program_to_restore_is_undone() {
    insta::assert_snapshot!(steps(vec![facts("api", &["release"], &[HookPoint::Drain])]).join("\n"), @r"
    Prepare examine
    Prepare drain:api
    Pivot roll:api/release
    Forward see:api/release
    Forward verify:api
    Forward end-drain:api closes drain:api
    Forward hold:api
    ");
}

#[test]
fn several_services_are_prepared_together_and_moved_in_order() {
    let all = vec![facts("api", &["release"], &[HookPoint::Drain]), facts("web", &["release"], &[HookPoint::Backup])];
    insta::assert_snapshot!(steps(all).join("\n"), @r"
    Prepare examine
    Prepare backup:web
    Prepare drain:api
    Pivot roll:api/release
    Forward see:api/release
    Pivot roll:web/release
    Forward see:web/release
    Forward verify:api
    Forward end-drain:api closes drain:api
    Forward hold:api
    Forward verify:web
    Forward hold:web
    ");
}

#[test]
fn two_programs_of_one_point_have_names_of_their_own() {
    let named = steps(vec![facts(
        "api",
        &["release"],
        &[HookPoint::Backup, HookPoint::Backup, HookPoint::Drain, HookPoint::Drain],
    )]);
    insta::assert_snapshot!(named.join("\n"), @r"
    Prepare examine
    Prepare backup:api
    Prepare backup-2:api
    Prepare drain:api
    Prepare drain-2:api
    Pivot roll:api/release
    Forward see:api/release
    Forward verify:api
    Forward end-drain:api closes drain:api
    Forward end-drain-2:api closes drain-2:api
    Forward hold:api
    ");
}

/// After everything else, since two services may share what is to be removed; and nothing that stays
/// where it is leaves anything.
#[test]
fn what_is_left_is_removed_at_the_end_where_the_entry_asks_for_it() {
    let mut api = facts("api", &["release", "sockets"], &[HookPoint::CleanUp]);
    api.targets.iter_mut().for_each(|target| target.examination.cleans_up = true);
    api.targets[1].running = running("v1.2.9");
    let all = steps(vec![api, facts("web", &["release"], &[])]);
    let end: Vec<&str> = all.iter().map(String::as_str).skip_while(|step| !step.contains("hold:web")).collect();
    assert_eq!(
        end,
        ["Forward hold:web", "Always clean-up:api only after a move", "Always clean-up:api/release only after a move"]
    );
}

#[test]
fn no_two_steps_share_a_name_and_each_closer_has_its_opener() {
    let all = vec![facts("api", &["release", "sockets"], &EVERY_POINT), facts("web", &["release"], &EVERY_POINT)];
    let plan = compose(all, Priority::P1).unwrap();
    let names: Vec<&StepName> = plan.effects().steps.iter().map(|step| &step.name).collect();
    let once: std::collections::BTreeSet<&&StepName> = names.iter().collect();
    assert_eq!(once.len(), names.len());
    for step in &plan.effects().steps {
        assert!(step.closes.iter().all(|opener| names.contains(&opener)), "{} closes nothing", step.name);
    }
}

#[test]
fn what_stands_against_it_is_said_all_at_once() {
    let mut one = facts("api", &["release"], &[]);
    one.blockers = vec![story::trouble(), story::trouble()];
    let mut other = facts("web", &["release"], &[]);
    other.targets[0].running = running("v1.2.9");
    let blocked = compose(vec![one, other], Priority::P2).unwrap_err();
    let codes: Vec<&str> = blocked.0.iter().map(|(_, trouble)| trouble.why.code.as_str()).collect();
    assert_eq!(codes, ["health-failed", "health-failed", "target-equal"]);
}

#[test]
fn one_target_that_is_there_already_is_no_reason_to_stop() {
    let mut one = facts("api", &["release", "sockets"], &[]);
    one.targets[0].running = running("v1.2.9");
    assert!(compose(vec![one], Priority::P2).is_ok());
}

#[test]
fn what_is_seen_on_the_way_is_no_part_of_what_is_approved() {
    let quiet = compose(vec![facts("api", &["release"], &[])], Priority::P2).unwrap();
    let mut ill = facts("api", &["release"], &[]);
    ill.health = vec![story::measurement("/healthz", 5, 5, 900)];
    let ill = compose(vec![ill], Priority::P2).unwrap();
    assert_eq!(quiet.digest(), ill.digest());
    assert_ne!(quiet.circumstances(), ill.circumstances());
    let urgent = compose(vec![facts("api", &["release"], &[])], Priority::P1).unwrap();
    assert_ne!(quiet.digest(), urgent.digest(), "the priority decides who may approve");
}

#[test]
fn a_plan_reads_back_from_its_bytes_under_the_same_digest() {
    let plan = compose(vec![facts("api", &["release"], &EVERY_POINT)], Priority::P2).unwrap();
    let read = Plan::from_bytes(plan.bytes().to_owned(), plan.circumstances().clone()).unwrap();
    assert_eq!((read.digest(), read.effects()), (plan.digest(), plan.effects()));
}
