//! One service on the real engine, and somebody who works on it beside the bot.

use std::fs;
use std::time::{Duration, Instant};

use adapters::platform::swarm::SwarmPlatform;
use async_trait::async_trait;
use commands::model::{Findings, Revision, Target, TargetKind, TargetPlan, Version};
use commands::ports::{Platform, PlatformError};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Docker, Registry};
use crate::approve::Leave;
use crate::conformance::platform::{MovingRig, PlatformRig};

/// Its versions, oldest first.
pub const VERSIONS: [&str; 3] = ["v1.2.8", "v1.2.9", "v1.3.0"];

/// How long one attempt at a move may take.
const ATTEMPT: SignedDuration = SignedDuration::from_secs(20);

/// A service that went through versions one after the other.
#[derive(Debug)]
pub struct SwarmRig {
    /// The engine.
    pub docker: Docker,
    /// Where its images are.
    pub registry: Registry,
    /// The adapter.
    pub platform: SwarmPlatform,
    name: String,
    control: TempDir,
}

impl SwarmRig {
    /// All three versions were deployed, the newest runs.
    pub async fn new() -> Self {
        Self::with(&VERSIONS, &[]).await
    }

    /// These versions were deployed one after the other by a service of these settings. The last one runs;
    /// of those before it there was at least a task.
    ///
    /// # Panics
    /// If the engine refuses.
    pub async fn with(versions: &[&str], settings: &[&str]) -> Self {
        let (last, before) = versions.split_last().expect("a version");
        let Some((first, between)) = before.split_first() else { return Self::before(versions, settings).await };
        let rig = Self::create(first, settings, true).await;
        rig.await_task(first).await;
        for version in between {
            rig.update_detached(&["--image", &rig.image(version)]).await;
            rig.await_task(version).await;
        }
        rig.update(&["--image", &rig.image(last)]).await;
        rig
    }

    /// The first of these versions runs; all are in the registry.
    ///
    /// # Panics
    /// If the engine refuses.
    pub async fn before(versions: &[&str], settings: &[&str]) -> Self {
        Self::create(versions[0], settings, false).await
    }

    async fn create(version: &str, settings: &[&str], detached: bool) -> Self {
        let docker = tokio::task::spawn_blocking(Docker::shared).await.expect("an engine");
        let control = tempfile::tempdir().expect("a folder");
        bot::wiring::install_crypto_provider();
        let name = format!("api-{}", std::process::id());
        let rig = Self { docker, registry: Registry::start().await, platform: SwarmPlatform::new(), name, control };
        for version in VERSIONS {
            rig.push(version, "first", true);
        }
        // A test that was ended before its time may have left one, in a process of the same id.
        let _ = rig.docker.run(&["service", "rm", &rig.name]);
        let mount = format!("type=bind,source={},target=/control,readonly", rig.control.path().display());
        let image = rig.image(version);
        let mut create =
            vec!["service", "create", "--quiet", "--name", &rig.name, "--network", "host", "--mount", &mount];
        create.extend(["--update-monitor", "300ms", "--rollback-monitor", "300ms", "--restart-delay", "200ms"]);
        create.extend(["--stop-grace-period", "2s"]);
        create.extend(settings);
        create.extend(detached.then_some("--detach"));
        create.push(&image);
        rig.order(&create).await;
        rig
    }

    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a person calls the image of a version.
    #[must_use]
    pub fn image(&self, version: &str) -> String {
        format!("{}:{version}", self.registry.repository())
    }

    /// Puts another build of a version into the registry, under the same tag. Its digest.
    ///
    /// # Panics
    /// If the program of the service cannot be read.
    pub fn push(&self, version: &str, build: &str, health_check: bool) -> String {
        let program = fs::read(self.docker.service_program()).expect("the program of the service");
        self.registry.push(version, build, &program, health_check)
    }

    /// Tells what a version does from its next start: `healthy`, `crashing`, `unhealthy`, `slow`,
    /// `failing`.
    ///
    /// # Panics
    /// If the disk does not let it.
    pub fn behave(&self, version: &str, what: &str) {
        fs::write(self.control.path().join(version), what).expect("the behaviour is told");
    }

    /// Gives an order by hand, without holding up the registry that this very test is.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn order(&self, arguments: &[&str]) -> String {
        tokio::task::block_in_place(|| self.docker.order(arguments))
    }

    /// Updates the service by hand and waits until it has converged.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn update(&self, settings: &[&str]) {
        self.update_service(&["service", "update", "--quiet"], settings).await;
    }

    /// Orders an update by hand and does not wait.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn update_detached(&self, settings: &[&str]) {
        self.update_service(&["service", "update", "--quiet", "--detach"], settings).await;
    }

    /// The engine itself may write between the reading and the writing of Docker's program.
    async fn update_service(&self, update: &[&str], settings: &[&str]) {
        let arguments: Vec<&str> = update.iter().chain(settings).copied().chain([self.name.as_str()]).collect();
        for _ in 0..9 {
            match tokio::task::block_in_place(|| self.docker.run(&arguments)) {
                Ok(_) => return,
                Err(said) if said.contains("out of sequence") => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(said) => panic!("docker {arguments:?}: {said}\n{}", self.docker.log()),
            }
        }
        panic!("docker {arguments:?}: always out of sequence");
    }

    /// Waits until there is a task of this version.
    async fn await_task(&self, version: &str) {
        let until = Instant::now() + self.patience();
        let (image, list) =
            (self.image(version), ["service", "ps", "--no-trunc", "--format", "{{.Image}}", &self.name]);
        while !self.order(&list).await.lines().any(|line| line.starts_with(&image)) {
            assert!(Instant::now() < until, "there is no task of {image}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Removes what the move by this plan left.
    ///
    /// # Errors
    /// What the platform meets.
    pub async fn clean_up(&self, plan: &TargetPlan) -> Result<Findings, PlatformError> {
        let target = self.target();
        let leave = Leave::to_move(&target, plan, ATTEMPT);
        self.platform.clean_up(&leave.clean_up_order()).await
    }

    /// True where the engine has this image.
    #[must_use]
    pub fn has_image(&self, image: &Revision) -> bool {
        let look = || self.docker.run(&["image", "inspect", "--format", "{{.Id}}", image.as_str()]);
        tokio::task::block_in_place(look).is_ok()
    }

    /// What the engine has of the service.
    ///
    /// # Panics
    /// If it tells no JSON.
    pub async fn inspect(&self) -> Value {
        let told = self.order(&["service", "inspect", &self.name]).await;
        serde_json::from_str::<Value>(&told).expect("JSON")[0].take()
    }

    /// Waits until the engine's own view of the service is as wanted.
    ///
    /// # Panics
    /// If that does not come.
    pub async fn await_state(&self, wanted: impl Fn(&Value) -> bool) {
        let until = Instant::now() + self.patience();
        loop {
            let now = self.inspect().await;
            if wanted(&now) {
                return;
            }
            assert!(Instant::now() < until, "the service stays {now:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Another target on it.
    #[must_use]
    pub fn target_with(&self, more: &Value) -> Target {
        let mut address = json!({"service": self.name, "engine": {"socket": self.docker.socket()}});
        if let (Some(address), Some(more)) = (address.as_object_mut(), more.as_object()) {
            address.extend(more.clone());
        }
        Target { name: "release".into(), kind: TargetKind::Release, platform: "swarm".into(), address }
    }
}

impl Drop for SwarmRig {
    fn drop(&mut self) {
        let _ = self.docker.run(&["service", "rm", &self.name]);
    }
}

#[async_trait]
impl PlatformRig for SwarmRig {
    fn platform(&self) -> &dyn Platform {
        &self.platform
    }

    fn target(&self) -> Target {
        self.target_with(&json!({}))
    }

    fn versions(&self) -> [Version; 3] {
        VERSIONS.map(Version::new)
    }

    fn nonsense(&self) -> Vec<Value> {
        vec![
            json!(null),
            json!({}),
            json!({"service": "api gateway"}),
            json!({"service": "../../info"}),
            json!({"service": "api", "namespace": "shop"}),
            json!({"service": "api", "engine": {"socket": "docker.sock"}}),
            json!({"service": "api", "engine": {"loopback": "10.1.2.3:2375"}}),
        ]
    }

    async fn double(&self, version: &Version) {
        self.push(version.as_str(), "second", true);
        self.order(&["pull", "--quiet", &self.image(version.as_str())]).await;
    }

    async fn stir(&self) {
        self.update(&["--label-add", "stirred=yes", "--replicas", "2"]).await;
        self.update(&["--replicas", "1"]).await;
    }

    async fn move_by_hand(&self, to: &Version) {
        self.update(&["--image", &self.image(to.as_str())]).await;
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(40)
    }
}

#[async_trait]
impl MovingRig for SwarmRig {
    async fn carry_out(&self, target: &Target, plan: &TargetPlan) -> Result<Findings, PlatformError> {
        let leave = Leave::to_move(target, plan, ATTEMPT);
        self.platform.move_to(&leave.order()).await
    }

    async fn served(&self) -> Option<Version> {
        let service = format!("label=com.docker.swarm.service.name={}", self.name);
        let ids = self.order(&["ps", "--quiet", "--filter", &service]).await;
        let id = ids.lines().next()?;
        let told = self.order(&["inspect", "--format", "{{json .Config.Env}}", id]).await;
        let environment: Vec<String> = serde_json::from_str(&told).ok()?;
        environment.iter().find_map(|variable| variable.strip_prefix("VERSION=")).map(Version::new)
    }

    async fn restarts(&self) -> usize {
        let tasks = self.order(&["service", "ps", "--quiet", "--no-trunc", &self.name]).await;
        tasks.lines().count()
    }

    async fn trace(&self) -> String {
        let tasks = self.order(&["service", "ps", "--quiet", "--no-trunc", &self.name]).await;
        format!("{} {tasks}", self.inspect().await["Spec"])
    }

    async fn spoil(&self, version: &Version) {
        self.behave(version.as_str(), "crashing");
    }
}
