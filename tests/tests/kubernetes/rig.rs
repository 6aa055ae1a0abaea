//! One workload, and somebody who works on it beside the bot.

use std::time::Duration;

use adapters::platform::kubernetes::{KubernetesPlatform, KubernetesSettings};
use async_trait::async_trait;
use commands::model::{Findings, Observation, Target, TargetKind, TargetPlan, Verdict, Version};
use commands::ports::{Candidate, Examination, Platform, PlatformError, Resolution};
use futures::stream::BoxStream;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::approve::Leave;
use tests::conformance::platform::{self, MovingRig, PlatformRig};
use tests::kubernetes::{PodBehaviour, deployment};

use crate::ground::{Ground, PATIENCE};

/// Its versions, oldest first.
pub const VERSIONS: [&str; 3] = ["v1.2.9", "v1.3.0", "v1.3.1"];

/// How long one attempt at a move may take.
const ATTEMPT: SignedDuration = SignedDuration::from_secs(20);

/// A Deployment that went through versions one after the other.
pub struct Rig {
    /// Where it is.
    pub ground: Ground,
    /// The adapter.
    pub platform: KubernetesPlatform,
    plural: &'static str,
    resumes: bool,
}

/// The image of a version.
pub fn image(version: &str) -> String {
    format!("registry.example:5000/shop/api:{version}")
}

impl Rig {
    /// A Deployment of one pod; the newest version runs.
    pub async fn new() -> Self {
        Self::on(Ground::new().await, 1, |_| {}).await
    }

    /// The same with so many pods, and changed before it is made.
    pub async fn on(ground: Ground, replicas: i64, change: impl FnOnce(&mut Value)) -> Self {
        let mut first = deployment("api", &image(VERSIONS[0]), replicas);
        change(&mut first);
        let rig = Self::of(ground, "deployments", first).await;
        for version in &VERSIONS[1..] {
            rig.ground.release_and_wait("deployments", "api", &image(version)).await;
        }
        rig
    }

    /// Any workload called `api`, all of it there.
    pub async fn of(ground: Ground, plural: &'static str, workload: Value) -> Self {
        ground.create(workload).await;
        ground.settled(plural, "api").await;
        let settings =
            KubernetesSettings { kubeconfig: Some(ground.kubeconfig.clone()), ..KubernetesSettings::default() };
        Self { ground, platform: KubernetesPlatform::new(settings), plural, resumes: false }
    }

    /// The same, of which a catalogue entry says that a pause may end with a rollback.
    pub fn resuming(self) -> Self {
        Self { resumes: true, ..self }
    }

    /// True on a real cluster.
    pub fn is_real(&self) -> bool {
        self.ground.is_real()
    }

    /// The workload as it is.
    pub async fn now(&self) -> Value {
        self.ground.get(self.plural, "api").await
    }

    /// The workload's image.
    pub async fn image(&self) -> String {
        let now = self.now().await;
        now["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned()
    }

    /// The plan from what runs to this version.
    pub async fn plan(&self, version: &str) -> TargetPlan {
        platform::plan(self, &Version::new(version)).await
    }

    /// The only revision of this version.
    pub async fn candidate(&self, version: &str) -> Candidate {
        match self.platform.resolve(&self.target(), &Version::new(version)).await.unwrap() {
            Resolution::Found(candidate) => candidate,
            other => panic!("{version}: {other:?}"),
        }
    }

    /// What a look before a move to this version finds.
    pub async fn examine(&self, version: &str) -> Examination {
        let running = self.platform.current(&self.target()).await.unwrap();
        let to = self.candidate(version).await;
        self.platform.examine(&self.target(), &running, &to).await.unwrap()
    }

    /// Moves it there by this plan.
    pub async fn carry(&self, plan: &TargetPlan) -> Result<Findings, PlatformError> {
        self.carry_out(&self.target(), plan).await
    }

    /// Waits for a verdict; the last one seen is told where it does not come.
    pub async fn await_verdict(&self, plan: &TargetPlan, wanted: impl Fn(&Verdict) -> bool) -> Observation {
        let target = self.target();
        let mut looks: BoxStream<'_, Observation> = self.platform.observe(&target, plan);
        platform::until(&mut looks, self.patience(), wanted).await
    }
}

#[async_trait]
impl PlatformRig for Rig {
    fn platform(&self) -> &dyn Platform {
        &self.platform
    }

    fn target(&self) -> Target {
        let workload = format!("{}/api", self.plural);
        let mut address = json!({"namespace": self.ground.namespace, "workload": workload});
        if self.resumes {
            address["paused"] = json!("resume");
        }
        Target { name: "release".into(), kind: TargetKind::Release, platform: "kubernetes".into(), address }
    }

    fn versions(&self) -> [Version; 3] {
        VERSIONS.map(Version::new)
    }

    fn nonsense(&self) -> Vec<Value> {
        vec![
            json!(null),
            json!({}),
            json!({"namespace": "prod"}),
            json!({"namespace": "prod", "workload": "api"}),
            json!({"namespace": "prod", "workload": "cronjob/api"}),
            json!({"namespace": "../prod", "workload": "deployment/api"}),
            json!({"namespace": "prod", "workload": "deployment/api", "cluster": "east"}),
        ]
    }

    async fn double(&self, version: &Version) {
        let variable = json!([{"name": "LOG_LEVEL", "value": "debug"}]);
        let (env, of) = ("/spec/template/spec/containers/0/env", "/spec/template/spec/containers/0/image");
        let newest = self.image().await;
        let to = image(version.as_str());
        let operations = json!([
            {"op": "add", "path": env, "value": variable}, {"op": "replace", "path": of, "value": to},
        ]);
        self.ground.patch(self.plural, "api", operations).await;
        self.ground.settled(self.plural, "api").await;
        let operations = json!([{"op": "remove", "path": env}, {"op": "replace", "path": of, "value": newest}]);
        self.ground.patch(self.plural, "api", operations).await;
        self.ground.settled(self.plural, "api").await;
    }

    async fn stir(&self) {
        self.ground.merge(self.plural, "api", json!({"metadata": {"labels": {"stirred": "yes"}}})).await;
        for replicas in [2, 1] {
            self.ground.merge(self.plural, "api", json!({"spec": {"replicas": replicas}})).await;
            self.ground.settled(self.plural, "api").await;
        }
    }

    async fn move_by_hand(&self, to: &Version) {
        // With all that controllers do because of it: none of that is the bot's.
        self.ground.release_and_wait(self.plural, "api", &image(to.as_str())).await;
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }
}

#[async_trait]
impl MovingRig for Rig {
    async fn carry_out(&self, target: &Target, plan: &TargetPlan) -> Result<Findings, PlatformError> {
        let leave = Leave::to_move(target, plan, ATTEMPT);
        self.platform.move_to(&leave.order()).await
    }

    async fn served(&self) -> Option<Version> {
        let pods = self.ground.all("pods").await;
        let live = pods.iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        let images: std::collections::BTreeSet<&str> =
            live.filter_map(|pod| pod["spec"]["containers"][0]["image"].as_str()).collect();
        let only = images.first().filter(|_| images.len() == 1)?;
        only.rsplit_once(':').map(|(_, tag)| Version::new(tag))
    }

    /// Each change of the template is one revision more.
    async fn restarts(&self) -> usize {
        let sets = self.ground.all("replicasets").await;
        let number =
            |set: &Value| set["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str()?.parse().ok();
        sets.iter().filter_map(number).max().unwrap_or_default()
    }

    async fn trace(&self) -> String {
        let now = self.now().await;
        let mut annotations = now["metadata"]["annotations"].clone();
        if let Some(annotations) = annotations.as_object_mut() {
            // The controller's own counter.
            annotations.remove("deployment.kubernetes.io/revision");
        }
        format!("{} {annotations}", now["spec"])
    }

    async fn spoil(&self, version: &Version) {
        self.ground.behave(&image(version.as_str()), PodBehaviour::Crashes(1));
    }
}
