//! The host platform with a program that restarts what runs.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adapters::platform::host::HostPlatform;
use async_trait::async_trait;
use commands::model::{Findings, Revision, Target, TargetPlan, Verdict, Version};
use commands::ports::{Platform, PlatformError};
use futures::StreamExt as _;
use jiff::SignedDuration;
use tests::approve::Leave;
use tests::conformance::host::{Layout, VERSIONS};
use tests::conformance::platform::{self, MovingRig, PlatformRig, plan, until};

/// How long one attempt at a move may take.
const ATTEMPT: SignedDuration = SignedDuration::from_secs(20);

struct Rig {
    layout: Layout,
    platform: HostPlatform,
}

impl Rig {
    fn new() -> Self {
        let rig = Self { layout: Layout::new(), platform: HostPlatform::new() };
        rig.layout.start();
        rig
    }

    async fn plan(&self, version: &str) -> TargetPlan {
        plan(self, &Version::new(version)).await
    }

    async fn carry_out_as(&self, target: &Target, plan: &TargetPlan) -> Result<Findings, PlatformError> {
        let leave = Leave::to_move(target, plan, ATTEMPT);
        self.platform.move_to(&leave.order()).await
    }
}

#[async_trait]
impl PlatformRig for Rig {
    fn platform(&self) -> &dyn Platform {
        &self.platform
    }

    fn target(&self) -> Target {
        self.layout.target(Some(&self.layout.by_program()))
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
        self.carry_out_as(target, plan).await
    }

    async fn served(&self) -> Option<Version> {
        self.layout.served().map(Version::new)
    }

    async fn restarts(&self) -> usize {
        self.layout.restarts()
    }

    async fn trace(&self) -> String {
        self.layout.trace()
    }

    async fn spoil(&self, version: &Version) {
        self.layout.spoil(version.as_str());
    }
}

tests::platform_reads!(platform, Rig::new());
tests::platform_moves!(platform, Rig::new());

/// Readers open a file by the link while it is swapped 1,000 times; not one of them finds a gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_swaps_are_never_seen_half_done() {
    let rig = Rig { layout: Layout::new(), platform: HostPlatform::new() };
    let target = rig.layout.target(None);
    let (stop, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (stop, reads, file) = (Arc::clone(&stop), Arc::clone(&reads), rig.layout.path("current/api"));
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    fs::File::open(&file).unwrap();
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut way = [Version::new(VERSIONS[1]), Version::new(VERSIONS[2])];
    for _ in 0..1000 {
        let plan = {
            let running = rig.platform.current(&target).await.unwrap();
            let to = Revision::new(way[0].as_str());
            TargetPlan {
                target: target.name.clone(),
                from: running.revision,
                to,
                intent: running.intent,
                deletes: Vec::new(),
            }
        };
        rig.carry_out_as(&target, &plan).await.unwrap();
        way.swap(0, 1);
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    assert!(reads.load(Ordering::Relaxed) > 1000, "the readers read");
    let left: Vec<_> = fs::read_dir(rig.layout.path("")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".current")), "{left:?}");
}

/// Which release it is goes by name, whatever was written to last.
#[tokio::test]
async fn releases_that_were_touched_out_of_order_are_chosen_by_name() {
    let rig = Rig::new();
    for name in [VERSIONS[2], VERSIONS[0]] {
        fs::write(rig.layout.release(name).join("touched"), "").unwrap();
    }
    let plan = rig.plan("1.2.9").await;
    rig.carry_out(&rig.target(), &plan).await.unwrap();
    assert_eq!(rig.layout.linked(), "v1.2.9");
}

/// Killed after the link moved and before the restart: the next attempt restarts, once.
#[tokio::test]
async fn a_move_that_was_cut_off_before_the_restart_is_completed_by_one() {
    let rig = Rig::new();
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    // What the killed attempt left: its link, and the temporary one of an attempt before it.
    rig.layout.link("v1.2.9");
    let mut observations = rig.platform.observe(&target, &plan);
    let seen = observations.next().await.unwrap();
    let Verdict::InProgress(note) = &seen.verdict else { panic!("{seen:?}") };
    assert_eq!(note.code, "host-old-process");

    let restarts = rig.layout.restarts();
    let findings = rig.carry_out(&target, &plan).await.unwrap();
    assert_eq!(findings.facts["link"], "was there");
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    let findings = rig.carry_out(&target, &plan).await.unwrap();
    assert_eq!(findings.facts["restart"], "not needed");
    assert_eq!(rig.layout.restarts(), restarts + 1);
}

/// An attempt that is dropped while its program runs ends the program, and the next one completes.
#[tokio::test]
async fn a_move_that_is_dropped_in_its_restart_is_completed() {
    let rig = Rig::new();
    let restart = fs::read_to_string(rig.layout.path("restart")).unwrap();
    fs::write(rig.layout.path("restart"), "#!/bin/sh\necho begun > begun\nsleep 60\n").unwrap();
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    tokio::select! {
        ended = rig.carry_out(&target, &plan) => panic!("{ended:?}"),
        () = async { while !rig.layout.path("begun").exists() { tokio::time::sleep(Duration::from_millis(5)).await } } => {}
    }
    assert_eq!((rig.layout.linked().as_str(), rig.layout.served().as_deref()), ("v1.2.9", Some("v1.3.0")));
    fs::write(rig.layout.path("restart"), restart).unwrap();
    rig.carry_out(&target, &plan).await.unwrap();
    let mut observations = rig.platform.observe(&target, &plan);
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    assert_eq!(rig.layout.served().as_deref(), Some("v1.2.9"));
}

/// A restart program that says no is quoted, and the link is known to have moved.
#[tokio::test]
async fn a_restart_program_that_fails_is_quoted() {
    let rig = Rig::new();
    fs::write(rig.layout.path("restart"), "#!/bin/sh\necho no such user >&2\nexit 4\n").unwrap();
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let error = rig.carry_out(&target, &plan).await.unwrap_err();
    assert!(matches!(error, PlatformError::Refused { .. }));
    assert!(error.to_string().ends_with("it ended with exit status: 4: no such user"), "{error}");
    assert_eq!(rig.platform.current(&target).await.unwrap().revision, plan.to);
}

/// Two movers of one link: one after the other, and the second finds nothing left to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_movers_at_once_are_one_move() {
    let rig = Rig::new();
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let restarts = rig.layout.restarts();
    let (first, second) = tokio::join!(rig.carry_out(&target, &plan), rig.carry_out(&target, &plan));
    let (first, second) = (first.unwrap(), second.unwrap());
    let moved = [&first, &second].iter().filter(|findings| findings.facts["link"] == "moved").count();
    assert_eq!(moved, 1, "{first:?} {second:?}");
    assert_eq!(rig.layout.restarts(), restarts + 1);
    assert_eq!(rig.layout.linked(), "v1.2.9");
}

/// What people wait for. It takes some hundredths of a second; the bound is for a busy machine.
#[tokio::test]
async fn a_move_and_its_proof_take_little_time() {
    let rig = Rig::new();
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut observations = rig.platform.observe(&target, &plan);
    observations.next().await.unwrap();
    let began = Instant::now();
    rig.carry_out(&target, &plan).await.unwrap();
    let moved = began.elapsed();
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    let seen = began.elapsed();
    assert!(seen < Duration::from_secs(3), "moved after {moved:?}, seen after {seen:?}");
}
