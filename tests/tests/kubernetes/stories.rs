//! The whole bot on Kubernetes: asked in a chat, approved, moved, seen, watched.

use std::sync::Arc;

use adapters::platform::kubernetes::{KubernetesPlatform, KubernetesSettings};
use async_trait::async_trait;
use commands::model::{
    Findings, IncidentEvent, MoveOrder, Observation, Outcome, StepAction, Target, TargetPlan, Version,
};
use commands::ports::{Candidate, Examination, Platform, PlatformError, Resolution, Running};
use commands::saga::Phase;
use futures::stream::BoxStream;
use serde_json::json;
use tests::conformance::platform::{MovingRig as _, PlatformRig as _};
use tests::kubernetes::{PodBehaviour, deployment};
use tokio::sync::Notify;

use crate::bot::{Desk, service};
use crate::ground::Ground;
use crate::rig::{Rig, image};

/// A rig of three versions of which the oldest is good, and a desk for it.
async fn desk(ground: Ground) -> (Rig, Desk) {
    let rig = Rig::on(ground, 2, |_| {}).await;
    let desk = Desk::new(vec![service("api", vec![rig.target()])]).await;
    (rig, desk)
}

fn platform(rig: &Rig) -> Arc<dyn Platform> {
    let settings =
        KubernetesSettings { kubeconfig: Some(rig.ground.kubeconfig.clone()), ..KubernetesSettings::default() };
    Arc::new(KubernetesPlatform::new(settings))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k1_k2_the_ledger_chooses_and_a_second_rollback_does_not_toggle() {
    let (rig, desk) = desk(Ground::new().await).await;
    let bot = desk.start(platform(&rig));
    desk.says(&bot, "mark api v1.2.9 good because it served well for a week").await;
    for bad in ["v1.3.0", "v1.3.1"] {
        desk.says(&bot, &format!("mark api {bad} bad because it answers with errors")).await;
    }
    desk.says(&bot, "api because it answers with errors").await;
    desk.presses(&bot, "Approve").await;
    let state = desk.ended(1).await;
    assert_eq!(state.outcome, Some(Outcome::Done { skipped: Vec::new() }));
    assert_eq!(rig.image().await, image("v1.2.9"), "not the revision before, which is bad");
    let sets = rig.ground.all("replicasets").await;
    let mut numbers: Vec<&str> = sets
        .iter()
        .filter_map(|set| set["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["2", "3", "4"]);

    let before = rig.trace().await;
    let said = desk.says(&bot, "api because it is still slow").await;
    assert!(said.contains("Name the version"), "{said}");
    assert_eq!(rig.trace().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k3_a_deploy_between_plan_and_approval_brings_a_new_plan() {
    let (rig, desk) = desk(Ground::new().await).await;
    let bot = desk.start(platform(&rig));
    desk.says(&bot, "api v1.2.9 because it answers with errors").await;
    let first = desk.rollback(1, |state| state.plan.is_some()).await.digest();
    rig.ground.release_and_wait("deployments", "api", &image("v1.4.0")).await;
    let before = rig.trace().await;
    desk.presses(&bot, "Approve").await;
    let second = desk.rollback(1, |state| state.plans == 2 && state.phase == Phase::Proposed).await;
    assert_ne!(second.digest(), first);
    assert_eq!(rig.trace().await, before, "the bot changed nothing");
    desk.presses(&bot, "Approve").await;
    desk.ended(1).await;
    assert_eq!(rig.image().await, image("v1.2.9"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k16_a_revert_after_the_end_raises_an_alarm() {
    let (rig, desk) = desk(Ground::new().await).await;
    let bot = desk.start(platform(&rig));
    desk.says(&bot, "api v1.2.9 because it answers with errors").await;
    desk.presses(&bot, "Approve").await;
    desk.ended(1).await;
    let at = "/spec/template/spec/containers/0/image";
    let back = json!([{"op": "replace", "path": at, "value": image("v1.3.1")}]);
    rig.ground.patch_as("argocd-controller", "deployments", "api", back).await;
    let drifted = |event: &IncidentEvent| matches!(event, IncidentEvent::Drifted { .. });
    desk.incident(|state| state.timeline.iter().any(|entry| drifted(&entry.event))).await;
    assert_eq!(rig.image().await, image("v1.3.1"), "the bot does not fight");
}

/// A platform under which the process dies as soon as a move was accepted.
struct Dying {
    inner: Arc<dyn Platform>,
    moved: Arc<Notify>,
}

#[async_trait]
impl Platform for Dying {
    fn check_address(&self, target: &Target) -> Result<(), PlatformError> {
        self.inner.check_address(target)
    }

    async fn current(&self, target: &Target) -> Result<Running, PlatformError> {
        self.inner.current(target).await
    }

    async fn history(&self, target: &Target) -> Result<Vec<Candidate>, PlatformError> {
        self.inner.history(target).await
    }

    async fn resolve(&self, target: &Target, version: &Version) -> Result<Resolution, PlatformError> {
        self.inner.resolve(target, version).await
    }

    async fn examine(&self, target: &Target, running: &Running, to: &Candidate) -> Result<Examination, PlatformError> {
        self.inner.examine(target, running, to).await
    }

    async fn move_to(&self, order: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        self.inner.move_to(order).await?;
        self.moved.notify_one();
        std::future::pending().await
    }

    fn observe<'a>(&'a self, target: &'a Target, plan: &'a TargetPlan) -> BoxStream<'a, Observation> {
        self.inner.observe(target, plan)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k17_a_bot_that_is_killed_after_its_patch_patches_once() {
    let (rig, desk) = desk(Ground::new().await).await;
    let moved = Arc::new(Notify::new());
    let dying = desk.start(Arc::new(Dying { inner: platform(&rig), moved: Arc::clone(&moved) }));
    desk.says(&dying, "api v1.2.9 because it answers with errors").await;
    let before = rig.restarts().await;
    desk.presses(&dying, "Approve").await;
    moved.notified().await;
    drop(dying);
    let _next = desk.start(platform(&rig));
    let state = desk.ended(1).await;
    assert_eq!(state.outcome, Some(Outcome::Done { skipped: Vec::new() }));
    assert_eq!(rig.restarts().await, before + 1);
    if !rig.is_real() {
        let own = rig
            .ground
            .cluster()
            .writes()
            .into_iter()
            .filter(|call| call.query.get("fieldManager").is_some_and(|name| name == "switchback"));
        assert_eq!(own.count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_tells_which_of_two_services_moved() {
    let ground = Ground::model().await;
    ground.cluster().apply({
        let mut edge = deployment("websocket", &image("v1.2.9"), 1);
        edge["metadata"]["namespace"] = json!("edge");
        edge
    });
    ground.cluster().settle().await;
    ground.cluster().change("deployments", "edge", "websocket", |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image("v1.3.1"));
    });
    let rig = Rig::on(ground, 2, |_| {}).await;
    let edge = json!({"namespace": "edge", "workload": "deployment/websocket"});
    let edge = Target { address: edge, ..rig.target() };
    let desk = Desk::new(vec![service("api", vec![rig.target()]), service("websocket", vec![edge])]).await;
    let bot = desk.start(platform(&rig));
    rig.ground.behave("*", PodBehaviour::ReadyAfter(std::time::Duration::from_millis(800)));
    desk.says(&bot, "api,websocket v1.2.9 because both answer with errors").await;
    desk.presses(&bot, "Approve").await;
    desk.rollback(1, |state| state.may_have_moved()).await;
    rig.ground.cluster().refuse("deployments", "edge", "the policy of a test");
    let state = desk.rollback(1, |state| state.question.is_some()).await;
    let question = state.question.as_ref().unwrap();
    assert_eq!(question.step.0, "roll:websocket/release");
    assert!(question.trouble.evidence.iter().any(|words| words.contains("policy of a test")), "{question:?}");
    desk.says(&bot, "abort because the policy is in the way").await;
    let state = desk.ended(1).await;
    let Some(Outcome::Partial { moved, missing }) = &state.outcome else { panic!("{:?}", state.outcome) };
    assert_eq!(moved.iter().map(ToString::to_string).collect::<Vec<_>>(), ["roll:api/release"]);
    assert!(missing.iter().any(|step| step.0 == "roll:websocket/release"), "{missing:?}");
    assert_eq!(rig.image().await, image("v1.2.9"));
    let edge = rig.ground.cluster().deployment("edge", "websocket");
    assert_eq!(edge["spec"]["template"]["spec"]["containers"][0]["image"], image("v1.3.1"));
    let order: Vec<&str> = state
        .plan
        .iter()
        .flat_map(|plan| &plan.effects().steps)
        .filter(|step| matches!(step.action, StepAction::Roll { .. }))
        .map(|step| step.service.name.as_str())
        .collect();
    assert_eq!(order, ["api", "websocket"], "the order of the catalogue");
}
