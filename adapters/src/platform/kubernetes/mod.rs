//! Deployments, StatefulSets and DaemonSets of Kubernetes, by the API server of their cluster.
//!
//! A move sets the template of a workload's pods to that of a revision that the cluster still has, by one
//! patch under the resource version that was just read, and leaves everything else. It is done when pods
//! of that revision are ready in every place, not when the API server has taken the patch nor when a
//! condition says so.

use std::time::Duration;

use async_trait::async_trait;
use commands::model::{Findings, MoveOrder, Note, Observation, Target, TargetPlan, Trouble, Verdict, Version};
use commands::ports::{Candidate, Examination, LeaseName, Platform, PlatformError, Resolution, Running};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::time::Instant;

mod address;
mod argocd;
mod capacity;
mod cluster;
mod compare;
mod examine;
mod failure;
mod fields;
mod flux;
mod history;
mod image;
mod judge;
mod mask;
mod moving;
mod ordered;
mod owner;
mod parts;
mod permission;
mod pod;
mod quantity;
mod reference;
mod resource;
mod restarts;
mod retry;
mod source;
mod template;
mod trial;
mod unblock;
mod watch;
mod workload;

pub use address::{KubernetesAddress, WorkloadKind, WorkloadName};
pub use argocd::{ArgoCdSettings, Unread};
pub use cluster::KubernetesSettings;

use cluster::{Clusters, Connection};
use history::History;
use workload::Workload;

/// The name by which catalogue entries call this platform.
pub const NAME: &str = "kubernetes";

/// The Kubernetes platform. It keeps connections to clusters and nothing else; one serves every target.
#[derive(Debug, Clone, Default)]
pub struct KubernetesPlatform {
    clusters: Clusters,
}

impl KubernetesPlatform {
    /// One that has asked nobody yet.
    #[must_use]
    pub fn new(settings: KubernetesSettings) -> Self {
        Self { clusters: Clusters::new(settings) }
    }

    async fn look(&self, target: &Target) -> Result<Look, PlatformError> {
        let address = KubernetesAddress::of(target)?;
        let connection = self.clusters.connection(address.context.as_deref()).await?;
        let workload = Workload::read(&connection.client, &address).await?;
        let history = History::read(&connection.client, &address, &workload).await?;
        Ok(Look { address, connection, workload, history })
    }
}

/// What a first look brings.
struct Look {
    address: KubernetesAddress,
    connection: Connection,
    workload: Workload,
    history: History,
}

#[async_trait]
impl Platform for KubernetesPlatform {
    fn check_address(&self, target: &Target) -> Result<(), PlatformError> {
        KubernetesAddress::of(target).map(drop)
    }

    async fn current(&self, target: &Target) -> Result<Running, PlatformError> {
        let look = self.look(target).await?;
        Ok(look.workload.running(&look.history))
    }

    async fn history(&self, target: &Target) -> Result<Vec<Candidate>, PlatformError> {
        Ok(self.look(target).await?.history.candidates())
    }

    async fn resolve(&self, target: &Target, version: &Version) -> Result<Resolution, PlatformError> {
        let look = self.look(target).await?;
        Ok(look.history.resolve(version, &look.workload.template))
    }

    async fn examine(&self, target: &Target, _running: &Running, to: &Candidate) -> Result<Examination, PlatformError> {
        let Look { address, connection, workload, history } = self.look(target).await?;
        let what = || format!("the revision {} of the {}", to.revision, address.workload);
        let to = history.named(&to.revision).ok_or_else(|| PlatformError::Missing { what: what() })?;
        let Connection { client, cluster, .. } = &connection;
        let (clusters, address) = (&self.clusters, &address);
        let look = examine::Look { clusters, client, cluster, address, workload: &workload, history: &history, to };
        // It asks much at once, and is large for it.
        Box::pin(look.examine()).await
    }

    async fn move_to(&self, order: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        let address = KubernetesAddress::of(order.target())?;
        let until = Instant::now() + Duration::try_from(order.step().timeout).unwrap_or_default();
        let client = self.clusters.client(address.context.as_deref()).await?;
        let (key, cause) = (order.key(), cause(order));
        let (client, address) = (&client, &address);
        moving::Move { client, address, plan: order.plan(), key: &key, cause: &cause, until }.carry_out().await
    }

    fn observe<'a>(&'a self, target: &'a Target, plan: &'a TargetPlan) -> BoxStream<'a, Observation> {
        match KubernetesAddress::of(target) {
            Ok(address) => watch::watch(&self.clusters, address, plan),
            Err(error) => {
                let verdict = Verdict::Unknown(Trouble::new(Note::new("kubernetes-unread")).saying(error));
                stream::iter([Observation { verdict, parts: Vec::new() }]).chain(stream::pending()).boxed()
            }
        }
    }
}

/// What `kubectl rollout history` shows of the move: to which version, and in which rollback.
fn cause(order: &MoveOrder<'_>) -> String {
    let version = &order.service().to;
    match &order.lease().name {
        LeaseName::Rollback(id) => format!("rollback to {version} ({id})"),
        _ => format!("rollback to {version}"),
    }
}
