//! Deletes the pods that hold up their own replacement in an ordered set: their controller waits for them for
//! ever. Only those that the plan names; one at a time, each only while nothing else of the set is going or
//! coming; and only once the controller has seen the new template, since it would make them anew from the
//! old one. By a plain delete, since a disruption budget may wait for these very pods.

use std::time::Duration;

use commands::ports::PlatformError;
use kube::Client;
use kube::api::{DeleteParams, ListParams, Preconditions};
use tokio::time::{Instant, sleep};

use super::address::KubernetesAddress;
use super::cluster::within;
use super::failure;
use super::history::Revision;
use super::ordered;
use super::pod::Pod;
use super::resource;
use super::workload::Workload;

/// How often it is looked whether the next one may go.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long it waits until the next one may go: for the controller, for another that comes. What is left then
/// is told by what is observed, where people are heard.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long before the end of the attempt it gives up: what is left is then told by what is observed.
const SPARE: Duration = Duration::from_secs(5);

/// What may be deleted, and by when.
pub(super) struct Unblock<'a> {
    pub(super) client: &'a Client,
    pub(super) address: &'a KubernetesAddress,
    /// Names of pods.
    pub(super) may_delete: &'a [String],
    pub(super) until: Instant,
}

/// What is to be done about an ordered set.
enum Next {
    /// This pod is waited for, and may go.
    Delete(Box<Pod>),
    /// Something is under way; then another may have to go.
    Wait,
    /// Nothing that may go holds it up, or what comes does not begin either.
    Nothing,
}

impl Unblock<'_> {
    /// Deletes what has to go, and tells what went. The template is set: that a pod may not be deleted, or is
    /// not, is told by what is observed of the set, and no failure of the move.
    pub(super) async fn carry_out(&self, workload: &Workload, target: &Revision) -> Vec<String> {
        let mut deleted = Vec::new();
        if self.may_delete.is_empty() || !workload.is_ordered() {
            return deleted;
        }
        if let Err(error) = self.delete_in_turn(target, &mut deleted).await {
            tracing::warn!(%error, "a pod that holds up the move may stay");
        }
        deleted
    }

    async fn delete_in_turn(&self, target: &Revision, deleted: &mut Vec<String>) -> Result<(), PlatformError> {
        let mut gives_up_at = Instant::now() + PATIENCE;
        while Instant::now() + SPARE < self.until && Instant::now() < gives_up_at {
            match self.next(target, deleted).await {
                Ok(Next::Nothing) => return Ok(()),
                Ok(Next::Wait) => {}
                Ok(Next::Delete(pod)) => match self.delete(&pod).await {
                    Ok(()) => {
                        deleted.push(pod.name);
                        gives_up_at = Instant::now() + PATIENCE;
                    }
                    // It went by itself, or it changed since it was listed.
                    Err(error) if failure::is_missing(&error) || error.is_passing() => {}
                    Err(error) => return Err(error),
                },
                Err(error) if error.is_passing() => {}
                Err(error) => return Err(error),
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn next(&self, target: &Revision, deleted: &[String]) -> Result<Next, PlatformError> {
        let workload = Workload::read(self.client, self.address).await?;
        if workload.template != target.template {
            return Ok(Next::Nothing);
        }
        if !workload.is_observed() {
            return Ok(Next::Wait);
        }
        let pods = resource::within(self.client, &self.address.namespace, resource::PODS);
        let selector = ListParams::default().labels(&workload.selector());
        let listed = within("list the pods that may hold up the move", resource::all(&pods, selector)).await?;
        let pods = listed.iter().map(Pod::of).filter(|pod| pod.is_of_set(&workload));
        let pods: Vec<Pod> = pods.collect();
        // Each once: what comes back as it was is not mended by that.
        let may_go = |pod: &Pod| self.may_delete.contains(&pod.name) && !deleted.contains(&pod.name);
        let held = ordered::holding_up(&workload, target, pods.iter());
        let comes_in_vain = pods.iter().any(|pod| pod.comes(&workload, target) && pod.stuck.is_some());
        if comes_in_vain || !held.into_iter().any(may_go) {
            return Ok(Next::Nothing);
        }
        let waited_for = ordered::waited_for(&workload, target, pods.iter());
        Ok(match waited_for.filter(|pod| may_go(pod)) {
            Some(pod) => Next::Delete(Box::new(pod.clone())),
            None => Next::Wait,
        })
    }

    /// Only as it was just listed: whatever it has become since, it stays.
    async fn delete(&self, pod: &Pod) -> Result<(), PlatformError> {
        let what = format!("delete the pod {}, which holds up its own replacement", pod.name);
        let only_this =
            Preconditions { uid: Some(pod.uid.clone()), resource_version: Some(pod.resource_version.clone()) };
        let params = DeleteParams::default().preconditions(only_this);
        let pods = resource::within(self.client, &self.address.namespace, resource::PODS);
        within(&what, pods.delete(&pod.name, &params)).await.map(drop)
    }
}
