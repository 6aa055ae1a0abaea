//! The cluster as tests hold it.

mod decisions;
mod journal;
mod objects;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::api::{Shared, TOKEN, serve};
use super::controllers;
use super::world::World;

/// How long a quiet cluster is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A cluster, on a port of its own. It is gone when dropped.
#[derive(Debug)]
pub struct Cluster {
    shared: Shared,
    address: std::net::SocketAddr,
    folder: tempfile::TempDir,
    tasks: Vec<JoinHandle<()>>,
}

impl Cluster {
    /// An empty one, with one node, whose controllers work by themselves.
    ///
    /// # Panics
    /// If no port or no folder can be had.
    pub async fn start() -> Self {
        let cluster = Self::start_still().await;
        cluster.go_on();
        cluster
    }

    /// One whose controllers do nothing but what [`step`](Self::step) and [`settle`](Self::settle) make them
    /// do.
    ///
    /// # Panics
    /// If no port or no folder can be had.
    pub async fn start_still() -> Self {
        let shared = Shared::new(World::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let folder = tempfile::tempdir().expect("a folder");
        let server = tokio::spawn(serve(listener, shared.clone()));
        let cluster = Self { shared, address, folder, tasks: vec![server] };
        std::fs::write(cluster.kubeconfig(), cluster.kubeconfig_text()).expect("the file is written");
        cluster
    }

    /// Lets the controllers of a still cluster work by themselves from now on.
    pub fn go_on(&self) {
        let mut world = self.shared.world();
        if !world.works {
            world.works = true;
            let controllers = tokio::spawn(controllers::run(self.shared.clone()));
            world.controllers = Some(controllers.abort_handle());
        }
    }

    /// Stops the controllers: only steps move the cluster from now on.
    pub fn hold_still(&self) {
        let mut world = self.shared.world();
        world.works = false;
        if let Some(controllers) = world.controllers.take() {
            controllers.abort();
        }
    }

    /// One look of one controller at one object; whether there was anything to look at.
    pub fn step(&self) -> bool {
        let mut world = self.shared.world();
        let now = world.now();
        let Some(work) = world.queue.pop_soon(now) else { return false };
        world.carry_out(work);
        true
    }

    /// Waits until the controllers have nothing to do; moves a still cluster there.
    ///
    /// # Panics
    /// If it never comes to rest.
    pub async fn settle(&self) {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            {
                let world = self.shared.world();
                if world.queue.is_quiet(world.now()) {
                    return;
                }
                assert!(tokio::time::Instant::now() < until, "no rest: {:?}", world.queue);
                if !world.works {
                    drop(world);
                    self.step();
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until this holds of an object.
    ///
    /// # Panics
    /// If it does not within a while, with the object as it is.
    pub async fn until(&self, plural: &str, namespace: &str, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let object = self.find(plural, namespace, name).unwrap_or_default();
            if holds(&object) {
                return object;
            }
            assert!(tokio::time::Instant::now() < until, "{plural} {namespace}/{name}: {object:#}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Moves the cluster's clock forward.
    pub fn advance(&self, by: Duration) {
        self.shared.world().ahead += SignedDuration::try_from(by).expect("a duration of a test");
        self.shared.work.notify_one();
    }

    /// Where the server is: `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The path of a kubeconfig for it, with the context `model`.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// The folder of the kubeconfig, gone with the cluster.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the kubeconfig says.
    #[must_use]
    pub fn kubeconfig_text(&self) -> String {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "model",
            "clusters": [{"name": "model", "cluster": {"server": self.url()}}],
            "users": [{"name": "bot", "user": {"token": self.token()}}],
            "contexts": [{"name": "model", "context": {"cluster": "model", "user": "bot", "namespace": "prod"}}],
        });
        // JSON is YAML.
        format!("{config:#}\n")
    }

    /// The secret that the server wants to see.
    #[must_use]
    pub fn token(&self) -> &'static str {
        TOKEN
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.hold_still();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
