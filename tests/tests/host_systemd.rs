//! The host platform with a real systemd.

use std::fs;
use std::time::{Duration, Instant};

use adapters::platform::host::HostPlatform;
use async_trait::async_trait;
use commands::model::{Findings, Observation, Revision, Target, TargetPlan, Verdict, Version};
use commands::ports::{Platform, PlatformError, Resolution};
use futures::StreamExt as _;
use jiff::SignedDuration;
use serde_json::json;
use tests::approve::Leave;
use tests::conformance::host::{Layout, VERSIONS};
use tests::conformance::platform::{self, MovingRig, PlatformRig, plan, until};
use tests::systemd::Systemd;

const UNIT: &str = "api.service";

/// How long one attempt at a move may take.
const ATTEMPT: SignedDuration = SignedDuration::from_secs(20);

struct Rig {
    // Before the folder of its service, so that it ends first.
    systemd: Systemd,
    layout: Layout,
    platform: HostPlatform,
}

impl Rig {
    /// The newest release runs, as a unit with these lines.
    fn with(service: &str) -> Self {
        let rig = Self { systemd: Systemd::start(), layout: Layout::new(), platform: HostPlatform::new() };
        rig.install(service);
        rig.systemd.systemctl(&["start", UNIT]);
        rig
    }

    fn new() -> Self {
        let rig = Self::with("Restart=on-failure\nRestartSec=100ms\n");
        assert_eq!(rig.in_release().as_deref(), Some(VERSIONS[2]));
        rig
    }

    fn install(&self, service: &str) {
        let folder = self.layout.path("");
        // It counts its starts itself.
        let text = format!(
            "[Service]\nWorkingDirectory={0}current\nExecStart={0}current/api 1000\n\
             ExecStartPost=/bin/sh -c 'echo started >> {0}restarts'\n{service}",
            folder.display()
        );
        self.systemd.install(UNIT, &text);
    }

    async fn plan(&self, version: &str) -> TargetPlan {
        plan(self, &Version::new(version)).await
    }

    /// The release in which its main process is. A process that systemd just made is not in its own
    /// program yet.
    fn in_release(&self) -> Option<String> {
        let until = Instant::now() + Duration::from_secs(2);
        loop {
            let found = self.layout.release_of(&self.systemd.property(UNIT, "MainPID"));
            if found.is_some() || Instant::now() > until {
                return found;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    async fn observe_end(&self, plan: &TargetPlan) -> Observation {
        let target = self.target();
        let mut observations = self.platform.observe(&target, plan);
        let over = |verdict: &Verdict| matches!(verdict, Verdict::Done | Verdict::Failed(_));
        until(&mut observations, self.patience(), over).await
    }
}

#[async_trait]
impl PlatformRig for Rig {
    fn platform(&self) -> &dyn Platform {
        &self.platform
    }

    fn target(&self) -> Target {
        let unit = json!({"unit": UNIT, "bus": {"address": self.systemd.bus()}, "timeout": "10s"});
        self.layout.target(Some(&json!({"systemd": unit})))
    }

    fn versions(&self) -> [Version; 3] {
        VERSIONS.map(Version::new)
    }

    fn nonsense(&self) -> Vec<serde_json::Value> {
        Layout::nonsense()
    }

    async fn double(&self, version: &Version) {
        self.layout.double(version);
    }

    async fn stir(&self) {
        self.layout.stir();
    }

    async fn move_by_hand(&self, to: &Version) {
        self.layout.link(to.as_str());
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }
}

#[async_trait]
impl MovingRig for Rig {
    async fn carry_out(&self, target: &Target, plan: &TargetPlan) -> Result<Findings, PlatformError> {
        let leave = Leave::to_move(target, plan, ATTEMPT);
        self.platform.move_to(&leave.order()).await
    }

    async fn served(&self) -> Option<Version> {
        self.in_release().map(Version::new)
    }

    async fn restarts(&self) -> usize {
        self.layout.restarts()
    }

    async fn trace(&self) -> String {
        let invocation = self.systemd.property(UNIT, "InvocationID");
        format!("{} {invocation}", self.layout.trace())
    }

    async fn spoil(&self, version: &Version) {
        self.layout.spoil(version.as_str());
    }
}

tests::platform_reads!(platform, Rig::new());
tests::platform_moves!(platform, Rig::new());

/// The bad release crashed until systemd gave up: a restart by hand is refused then, and ours is not.
#[tokio::test]
async fn a_start_limit_that_was_hit_does_not_forbid_the_way_back() {
    let rig = Rig::with("Restart=always\nRestartSec=10ms\n[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=3\n");
    rig.layout.spoil(VERSIONS[2]);
    let _ = rig.systemd.try_systemctl(&["kill", "--signal=KILL", UNIT]);
    let until = Instant::now() + Duration::from_secs(10);
    while rig.systemd.property(UNIT, "ActiveState") != "failed" {
        assert!(Instant::now() < until, "{}", rig.systemd.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    rig.systemd.try_systemctl(&["restart", UNIT]).expect_err("systemd refuses a plain restart");

    let plan = rig.plan("v1.2.9").await;
    let findings = rig.carry_out(&rig.target(), &plan).await.unwrap();
    assert_eq!(findings.facts["job"], "done");
    assert_eq!(rig.observe_end(&plan).await.verdict, Verdict::Done);
    assert_eq!(rig.systemd.property(UNIT, "ActiveState"), "active");
}

/// A simple service whose program is not there: the job is done, and the release is not.
#[tokio::test]
async fn a_job_that_is_done_is_no_proof() {
    // Without its counter, which would make the job wait.
    let rig = Rig::with("Type=simple\nExecStartPost=\n");
    fs::remove_file(rig.layout.release("v1.2.9").join("api")).unwrap();
    let plan = rig.plan("v1.2.9").await;
    let findings = rig.carry_out(&rig.target(), &plan).await.unwrap();
    assert_eq!(findings.facts["job"], "done");
    let seen = rig.observe_end(&plan).await;
    let Verdict::Failed(trouble) = seen.verdict else { panic!("{seen:?}") };
    assert_eq!(trouble.why.code, "host-failed");
    assert_eq!(trouble.evidence[0], "result exit-code");
}

/// The same, with a manager that tries again for ever: not done for a moment, and failed in the end.
#[tokio::test]
async fn a_release_that_crashes_again_and_again_is_failed() {
    let rig = Rig::with("Restart=always\nRestartSec=50ms\n[Unit]\nStartLimitIntervalSec=0\n");
    rig.layout.spoil("v1.2.9");
    let plan = rig.plan("v1.2.9").await;
    // The job may be done before the first crash, or not.
    let _ = rig.carry_out(&rig.target(), &plan).await;
    let seen = rig.observe_end(&plan).await;
    let Verdict::Failed(trouble) = seen.verdict else { panic!("{seen:?}") };
    assert_eq!(trouble.why.code, "host-crashes");
}

/// A service that says when it is ready, and does not: the job fails, and so does the move.
#[tokio::test]
async fn a_job_that_fails_is_an_error_with_its_result() {
    let rig = Rig::new();
    rig.install("Type=notify\nTimeoutStartSec=300ms\n");
    let plan = rig.plan("v1.2.9").await;
    let error = rig.carry_out(&rig.target(), &plan).await.unwrap_err();
    assert!(error.to_string().contains("its job ended as failed; it is failed (failed), result timeout"), "{error}");
    assert_eq!(rig.platform.current(&rig.target()).await.unwrap().revision, plan.to);
}

/// A start that takes longer than a job is awaited goes on; the next attempt does not order another.
#[tokio::test]
async fn a_long_start_is_watched_and_not_ordered_again() {
    let rig = Rig::new();
    rig.install("ExecStartPre=/bin/sleep 2\n");
    let mut target = rig.target();
    target.address["restart"]["systemd"]["timeout"] = json!("300ms");
    let plan = rig.plan("v1.2.9").await;
    let findings = rig.carry_out(&target, &plan).await.unwrap();
    assert_eq!(findings.facts["job"], "running");
    let invocation = rig.systemd.property(UNIT, "InvocationID");
    let again = rig.carry_out(&target, &plan).await.unwrap();
    assert_eq!(again.facts["restart"], "not needed");
    assert_eq!(rig.systemd.property(UNIT, "InvocationID"), invocation);
    assert_eq!(rig.observe_end(&plan).await.verdict, Verdict::Done);
}

/// Killed after the link moved and before the restart: the next attempt restarts, once.
#[tokio::test]
async fn a_move_that_was_cut_off_before_the_restart_is_completed_by_one() {
    let rig = Rig::new();
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    rig.layout.link("v1.2.9");
    let mut observations = rig.platform.observe(&target, &plan);
    let seen = observations.next().await.unwrap();
    let Verdict::InProgress(note) = &seen.verdict else { panic!("{seen:?}") };
    assert_eq!(note.code, "host-old-process");
    let restarts = rig.restarts().await;
    rig.carry_out(&target, &plan).await.unwrap();
    let invocation = rig.systemd.property(UNIT, "InvocationID");
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    rig.carry_out(&target, &plan).await.unwrap();
    assert_eq!(rig.systemd.property(UNIT, "InvocationID"), invocation);
    assert_eq!(rig.restarts().await, restarts + 1);
}

/// A worker that outlives the restart keeps the old release in use, and it is not done.
#[tokio::test]
async fn a_worker_of_the_old_release_is_seen() {
    let rig = Rig::with("Type=simple\nKillMode=process\n");
    let current = rig.layout.path("current");
    let run = format!("#!/bin/sh\n{0}/api 1000 &\nexec {0}/api 999\n", current.display());
    fs::write(rig.layout.path("run"), run).unwrap();
    let text = format!(
        "[Service]\nKillMode=process\nWorkingDirectory={}\nExecStart=/bin/sh {}\n",
        current.display(),
        rig.layout.path("run").display()
    );
    rig.systemd.install(UNIT, &text);
    rig.systemd.systemctl(&["restart", UNIT]);
    assert_eq!(rig.in_release().as_deref(), Some("v1.3.0"));

    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    rig.carry_out(&target, &plan).await.unwrap();
    let mut observations = rig.platform.observe(&target, &plan);
    let old = |verdict: &Verdict| matches!(verdict, Verdict::InProgress(note) if note.code == "host-old-process");
    until(&mut observations, rig.patience(), old).await;
    assert_eq!(rig.in_release().as_deref(), Some("v1.2.9"), "its main process is in the new one already");
}

/// A unit file that is part of the release goes back with it, though systemd notices later changes
/// only.
#[tokio::test]
async fn a_unit_file_of_the_release_is_read_again() {
    let rig = Rig::new();
    let current = rig.layout.path("current");
    for version in VERSIONS {
        let text = format!("[Unit]\nDescription=api {version}\n[Service]\nExecStart={}/api 1000\n", current.display());
        fs::write(rig.layout.release(version).join(UNIT), text).unwrap();
    }
    let file = rig.systemd.folder().join("units").join(UNIT);
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(current.join(UNIT), &file).unwrap();
    rig.systemd.systemctl(&["daemon-reload"]);
    assert_eq!(rig.systemd.property(UNIT, "Description"), "api v1.3.0");
    let plan = rig.plan("v1.2.9").await;
    let findings = rig.carry_out(&rig.target(), &plan).await.unwrap();
    assert_eq!(findings.facts["daemon-reload"], "done");
    assert_eq!(rig.systemd.property(UNIT, "Description"), "api v1.2.9");
}

/// A unit that is not there, and a bus that is not there, are blockers with their reasons.
#[tokio::test]
async fn what_cannot_be_asked_is_a_blocker() {
    let rig = Rig::new();
    let target = rig.target();
    let running = rig.platform.current(&target).await.unwrap();
    let Resolution::Found(to) = rig.platform.resolve(&target, &Version::new("v1.2.9")).await.unwrap() else { panic!() };
    let codes = async |name: &str, value: serde_json::Value| {
        let mut target = target.clone();
        target.address["restart"]["systemd"][name] = value;
        let found = rig.platform.examine(&target, &running, &to).await.unwrap();
        found.blockers.into_iter().map(|trouble| (trouble.why.code, trouble.evidence)).collect::<Vec<_>>()
    };
    let absent = codes("unit", json!("absent.service")).await;
    assert_eq!(absent, [("host-unit-not-loaded".to_owned(), vec!["not-found".to_owned()])]);
    let silent = codes("bus", json!({"address": "unix:path=/nowhere/bus"})).await;
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert_eq!(silent[0].0, "host-unit-unread");
}

/// A systemd that ends while it is watched is not known, and nothing is taken for done.
#[tokio::test]
async fn a_systemd_that_is_gone_is_unknown() {
    let Rig { systemd, layout, platform } = Rig::new();
    let rig = Rig { systemd, layout, platform };
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    rig.carry_out(&target, &plan).await.unwrap();
    let Rig { systemd, layout: _layout, platform } = rig;
    let mut observations = platform.observe(&target, &plan);
    until(&mut observations, Duration::from_secs(20), |verdict| *verdict == Verdict::Done).await;
    drop(systemd);
    let gone = |verdict: &Verdict| matches!(verdict, Verdict::Unknown(_));
    let seen = until(&mut observations, Duration::from_secs(20), gone).await;
    let Verdict::Unknown(trouble) = seen.verdict else { unreachable!() };
    assert_eq!(trouble.why.code, "host-service-unread");
    assert_eq!(plan.to, Revision::new("v1.2.9"));
}
