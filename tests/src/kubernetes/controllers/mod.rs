//! The controllers: small loops that each look at one object and bring it one step nearer to what it
//! should be. Each write of theirs is one version, as in a cluster.

mod daemon_set;
mod deployment;
mod kubelet;
mod replica_set;
mod revisions;
mod stateful_set;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::api::Shared;
use super::fields::Writer;
use super::queue::Work;
use super::quota;
use super::refusal::Refusal;
use super::selectors::selects;
use super::store::Key;
use super::value::{list, part, set, text};
use super::world::World;

/// The field manager of all controllers.
const MANAGER: &str = "kube-controller-manager";

/// Why a look ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A write was refused; it is tried again a little later.
    Refused(Refusal),
    /// There is nothing more to do now.
    Done,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

type Look = Result<(), Stop>;

/// Works until dropped.
pub(crate) async fn run(shared: Shared) {
    loop {
        let wait = {
            let mut world = shared.world();
            let now = world.now();
            while let Some(work) = world.queue.pop(now) {
                world.carry_out(work);
            }
            world.queue.next().map(|next| next.duration_since(now))
        };
        let wait = wait.map_or(SignedDuration::from_secs(3600), |wait| wait.max(SignedDuration::from_micros(200)));
        let wait = std::time::Duration::try_from(wait).unwrap_or_default();
        tokio::select! {
            () = shared.work.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

impl World {
    /// One look at one thing.
    pub(crate) fn carry_out(&mut self, work: Work) {
        match &work {
            Work::Quota(namespace) => quota::count(self, namespace),
            Work::Orphans(uid) => self.collect(uid),
            Work::Hold(key) => self.hold(key),
            Work::Sync(key) if self.stopped.contains(key.plural) => {
                self.queue.push(work.clone(), self.now() + SignedDuration::from_secs(1));
            }
            Work::Sync(key) => {
                let Some(object) = self.store.get(key) else {
                    self.failures.remove(key);
                    return;
                };
                let look = match key.plural {
                    "deployments" => deployment::sync(self, key, object),
                    "replicasets" => replica_set::sync(self, key, &object),
                    "statefulsets" => stateful_set::sync(self, key, &object),
                    "daemonsets" => daemon_set::sync(self, key, &object),
                    _ => kubelet::sync(self, key, &object),
                };
                match look {
                    Err(Stop::Refused(refusal)) => {
                        tracing::debug!(name = key.name, plural = key.plural, why = refusal.message, "looks again");
                        let wait = self.back_off(key);
                        self.queue.push(work.clone(), self.now() + wait);
                    }
                    Ok(()) | Err(Stop::Done) => drop(self.failures.remove(key)),
                }
            }
        }
    }

    /// 5 ms, doubled with each failure (`workqueue/default_rate_limiters.go`), here to a second at most.
    fn back_off(&mut self, key: &Key) -> SignedDuration {
        let failed = self.failures.entry(key.clone()).or_default();
        *failed += 1;
        SignedDuration::from_millis(5 << (*failed - 1).min(8))
    }

    /// Looks at it again after this long.
    pub(crate) fn look_again(&mut self, key: &Key, after: SignedDuration) {
        self.queue.push(Work::Sync(key.clone()), self.now() + after);
    }

    /// Writes an event about an object.
    pub(crate) fn record(&mut self, about: &Value, kind: &str, reason: &str, message: &str) {
        let component = match (text(about, "/kind"), reason) {
            ("Pod", "FailedScheduling" | "Scheduled") => "default-scheduler",
            ("Pod", _) => "kubelet",
            ("Deployment", _) => "deployment-controller",
            ("ReplicaSet", _) => "replicaset-controller",
            ("StatefulSet", _) => "statefulset-controller",
            _ => "daemonset-controller",
        };
        let (namespace, name) = (text(about, "/metadata/namespace"), text(about, "/metadata/name"));
        let uid = text(about, "/metadata/uid");
        let same = |event: &Value| event["reason"] == reason && event["message"] == message;
        let told = self.store.belonging(uid);
        let known = told.into_iter().find(|(key, event)| key.plural == "events" && same(event));
        let time = self.time();
        if let Some((key, known)) = known {
            let mut again = (*known).clone();
            again["count"] = json!(super::value::number(&known, "/count") + 1);
            again["lastTimestamp"] = json!(time);
            let _ = self.replace(&key, again, &Writer::new(MANAGER), false);
            return;
        }
        let metadata = part(about, "/metadata");
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"generateName": format!("{name}."), "namespace": namespace},
            "involvedObject": {"kind": about["kind"], "apiVersion": about["apiVersion"], "namespace": namespace,
                               "name": name, "uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]},
            "type": kind, "reason": reason, "message": message, "count": 1,
            "source": {"component": component}, "reportingComponent": component, "reportingInstance": "",
            "firstTimestamp": time, "lastTimestamp": time,
        });
        // A namespace that is going away takes no events.
        let _ = self.create(event, &Writer::new(MANAGER), false);
    }

    /// The objects of a kind that belong to this controller; those that it selects and nobody has, it takes.
    pub(crate) fn claimed(&mut self, plural: &str, owner: &Value) -> Vec<Arc<Value>> {
        let namespace = text(owner, "/metadata/namespace");
        let uid = part(owner, "/metadata/uid");
        let mut mine = Vec::new();
        let own = self.store.belonging(text(owner, "/metadata/uid"));
        let candidates = own.into_iter().chain(self.store.belonging(""));
        let here = |key: &Key| key.plural == plural && key.namespace == namespace;
        let mut candidates: Vec<_> = candidates.filter(|(key, _)| here(key)).collect();
        candidates.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (_, object) in candidates {
            let controller = list(&object, "/metadata/ownerReferences").iter().find(|one| one["controller"] == true);
            let selected = selects(&owner["spec"]["selector"], part(&object, "/metadata/labels"));
            let leaving = |object: &Value| object["metadata"].get("deletionTimestamp").is_some();
            match controller {
                Some(controller) if controller["uid"] == *uid && selected => mine.push(object),
                None if selected && !leaving(&object) && !leaving(owner) => {
                    let mut adopted = (*object).clone();
                    set(&mut adopted, &["metadata", "ownerReferences"], json!([reference(owner)]));
                    let key = Key::of(&object);
                    let adopted = key.and_then(|key| self.replace(&key, adopted, &Writer::new(MANAGER), false).ok());
                    mine.extend(adopted);
                }
                _ => {}
            }
        }
        mine
    }
}

/// How what belongs to a controller names it.
pub(crate) fn reference(owner: &Value) -> Value {
    json!({"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
           "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true})
}

/// The condition of this type.
pub(crate) fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    list(status, "/conditions").iter().find(|condition| condition["type"] == kind)
}

/// Whether the pod says that it is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    condition(&pod["status"], "Ready").is_some_and(|condition| condition["status"] == "True")
}

/// Whether it has been ready for so many seconds; if not yet, when it will have been.
pub(crate) fn availability(pod: &Value, seconds: i64, now: Timestamp) -> Result<(), Option<SignedDuration>> {
    let Some(ready) = condition(&pod["status"], "Ready").filter(|condition| condition["status"] == "True") else {
        return Err(None);
    };
    let since: Timestamp = text(ready, "/lastTransitionTime").parse().map_err(|_| None)?;
    let until = since + SignedDuration::from_secs(seconds);
    if seconds == 0 || until <= now { Ok(()) } else { Err(Some(until.duration_since(now))) }
}

/// Whether it is neither ended nor about to.
pub(crate) fn is_active(pod: &Value) -> bool {
    !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") && !is_leaving(pod)
}

/// Whether it is being deleted.
pub(crate) fn is_leaving(object: &Value) -> bool {
    object["metadata"].get("deletionTimestamp").is_some()
}

/// A pod made of a template.
pub(crate) fn pod_of(owner: &Value, template: &Value) -> Value {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"], "spec": template["spec"],
    });
    set(&mut pod, &["metadata", "namespace"], owner["metadata"]["namespace"].clone());
    set(&mut pod, &["metadata", "ownerReferences"], json!([reference(owner)]));
    pod
}
