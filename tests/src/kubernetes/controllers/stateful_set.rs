//! StatefulSets: pods with names, one after the other.
//!
//! After `pkg/controller/statefulset/{stateful_set_control,stateful_set_utils}.go` (1.36). In the order
//! `OrderedReady` a pod that is not ready stops everything, also the update that would heal it: a rollback
//! waits for ever until that pod is deleted by somebody.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Look, MANAGER, Stop, availability, is_leaving, is_ready, pod_of, revisions};
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::fields::Writer;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{list, number, part, set, text};
use crate::kubernetes::world::World;

/// The label by which pods tell the name of their revision.
const REVISION: &str = "controller-revision-hash";
/// The label by which revisions tell their hash.
const HASH: &str = "controller.kubernetes.io/hash";

/// One look at a StatefulSet.
struct Sync<'a> {
    world: &'a mut World,
    key: &'a Key,
    set: &'a Value,
    /// By ordinal; what is not there is missing.
    pods: Vec<Option<Arc<Value>>>,
    /// Those beyond what is wanted, the highest ordinal first.
    condemned: Vec<Arc<Value>>,
    current: Arc<Value>,
    update: Arc<Value>,
}

pub(super) fn sync(world: &mut World, key: &Key, set: &Value) -> Look {
    let history = revisions::all(world, set);
    let update = revisions::wanted(world, set, &history, HASH)?;
    let named = text(set, "/status/currentRevision");
    let current = history.iter().find(|revision| text(revision, "/metadata/name") == named).unwrap_or(&update);
    let wanted = usize::try_from(number(set, "/spec/replicas")).unwrap_or_default();
    let mut pods = vec![None; wanted];
    let mut condemned = Vec::new();
    for pod in world.claimed("pods", set) {
        match ordinal(&pod) {
            Some(ordinal) if ordinal < wanted => pods[ordinal] = Some(pod),
            _ => condemned.push(pod),
        }
    }
    condemned.sort_by_key(|pod| std::cmp::Reverse(ordinal(pod)));
    let mut sync = Sync { world, key, set, pods, condemned, current: Arc::clone(current), update: Arc::clone(&update) };
    let acted = if is_leaving(set) { Ok(()) } else { sync.act() };
    sync.write_status()?;
    sync.clean_up(&history);
    match acted {
        Err(Stop::Refused(refusal)) => Err(Stop::Refused(refusal)),
        _ => Ok(()),
    }
}

fn ordinal(pod: &Value) -> Option<usize> {
    text(pod, "/metadata/name").rsplit('-').next()?.parse().ok()
}

fn revision_of(pod: &Value) -> &str {
    pod["metadata"]["labels"][REVISION].as_str().unwrap_or_default()
}

/// A volume for each claim template (`updateStorage`). The claims themselves nobody here looks at.
fn add_claims(set: &Value, name: &str, pod: &mut Value) {
    let of_claim = |claim: &Value| {
        let claim = text(claim, "/metadata/name");
        json!({"name": claim, "persistentVolumeClaim": {"claimName": format!("{claim}-{name}")}})
    };
    let volumes: Vec<Value> = list(set, "/spec/volumeClaimTemplates").iter().map(of_claim).collect();
    if !volumes.is_empty() {
        let is_other = |own: &&Value| volumes.iter().all(|volume| volume["name"] != own["name"]);
        let others: Vec<Value> = list(pod, "/spec/volumes").iter().filter(is_other).cloned().collect();
        pod["spec"]["volumes"] = [volumes, others].concat().into();
    }
}

fn is_healthy(pod: &Value) -> bool {
    text(pod, "/status/phase") == "Running" && is_ready(pod) && !is_leaving(pod)
}

fn has_ended(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Failed" | "Succeeded")
}

impl Sync<'_> {
    fn in_order(&self) -> bool {
        text(self.set, "/spec/podManagementPolicy") != "Parallel"
    }

    fn partition(&self) -> usize {
        usize::try_from(number(self.set, "/spec/updateStrategy/rollingUpdate/partition")).unwrap_or_default()
    }

    /// One thing after the other: `Done` ends the look.
    fn act(&mut self) -> Look {
        for ordinal in 0..self.pods.len() {
            self.tend(ordinal)?;
        }
        self.shrink()?;
        if text(self.set, "/spec/updateStrategy/type") == "OnDelete" {
            return Ok(());
        }
        self.update()
    }

    fn tend(&mut self, ordinal: usize) -> Look {
        let in_order = self.in_order();
        let Some(pod) = self.pods[ordinal].clone() else {
            self.make(ordinal)?;
            return if in_order { Err(Stop::Done) } else { Ok(()) };
        };
        if has_ended(&pod) && !is_leaving(&pod) {
            self.delete(&pod)?;
            return if in_order { Err(Stop::Done) } else { Ok(()) };
        }
        if !in_order || is_healthy(&pod) && self.is_available(&pod)? {
            return Ok(());
        }
        // It is waited for, whatever it lacks and whichever template it has.
        Err(Stop::Done)
    }

    fn is_available(&mut self, pod: &Value) -> Result<bool, Stop> {
        let wait = availability(pod, number(self.set, "/spec/minReadySeconds"), self.world.now());
        if let Err(Some(wait)) = wait {
            self.world.look_again(self.key, wait.max(SignedDuration::from_millis(1)));
        }
        Ok(wait.is_ok())
    }

    fn make(&mut self, ordinal: usize) -> Look {
        let rolling = text(self.set, "/spec/updateStrategy/type") != "OnDelete";
        // The server always fills a partition in; so without one even a pod that somebody deleted before its
        // turn comes back with the new template.
        let of_current = rolling && ordinal < self.partition();
        let revision = if of_current { &self.current } else { &self.update };
        let template = revisions::template_of(revision);
        let name = format!("{}-{ordinal}", self.key.name);
        let mut pod = pod_of(self.set, &template);
        for (label, value) in [
            (REVISION, text(revision, "/metadata/name").to_owned()),
            ("statefulset.kubernetes.io/pod-name", name.clone()),
            ("apps.kubernetes.io/pod-index", ordinal.to_string()),
        ] {
            set(&mut pod, &["metadata", "labels", label], json!(value));
        }
        set(&mut pod, &["metadata", "name"], json!(name));
        add_claims(self.set, &name, &mut pod);
        set(&mut pod, &["spec", "hostname"], json!(name));
        set(&mut pod, &["spec", "subdomain"], part(self.set, "/spec/serviceName").clone());
        match self.world.create(pod, &Writer::new(MANAGER), false) {
            Ok(made) => {
                let words = format!("create Pod {name} in StatefulSet {} successful", self.key.name);
                self.world.record(self.set, "Normal", "SuccessfulCreate", &words);
                self.pods[ordinal] = Some(made);
                Ok(())
            }
            Err(refusal) => {
                let words =
                    format!("create Pod {name} in StatefulSet {} failed error: {}", self.key.name, refusal.message);
                self.world.record(self.set, "Warning", "FailedCreate", &words);
                Err(Stop::Refused(refusal))
            }
        }
    }

    fn delete(&mut self, pod: &Value) -> Look {
        let key = Key::of(pod).ok_or(Stop::Done)?;
        self.world.delete(&key, &Deletion::plain(), false)?;
        let words = format!("delete Pod {} in StatefulSet {} successful", key.name, self.key.name);
        self.world.record(self.set, "Normal", "SuccessfulDelete", &words);
        Ok(())
    }

    fn shrink(&mut self) -> Look {
        for pod in self.condemned.clone() {
            if !is_leaving(&pod) {
                self.delete(&pod)?;
            }
            if self.in_order() {
                return Err(Stop::Done);
            }
        }
        Ok(())
    }

    /// From the highest ordinal down to the partition, each when those above it are healthy.
    fn update(&mut self) -> Look {
        let name = text(&self.update, "/metadata/name").to_owned();
        for ordinal in (self.partition()..self.pods.len()).rev() {
            let Some(pod) = self.pods[ordinal].clone() else { return Err(Stop::Done) };
            if revision_of(&pod) != name && !is_leaving(&pod) {
                self.delete(&pod)?;
                return Err(Stop::Done);
            }
            if !is_healthy(&pod) {
                return Err(Stop::Done);
            }
        }
        Ok(())
    }

    fn write_status(&mut self) -> Look {
        let pods = self.world.claimed("pods", self.set);
        let names = [text(&self.current, "/metadata/name"), text(&self.update, "/metadata/name")];
        let count = |holds: &dyn Fn(&Value) -> bool| pods.iter().filter(|pod| holds(pod)).count();
        let of = |name: &str| count(&|pod: &Value| !is_leaving(pod) && revision_of(pod) == name);
        let ready = count(&|pod: &Value| text(pod, "/status/phase") == "Running" && is_ready(pod));
        let (least, now) = (number(self.set, "/spec/minReadySeconds"), self.world.now());
        let available = count(&|pod: &Value| is_ready(pod) && availability(pod, least, now).is_ok());
        let (mut current, updated) = (of(names[0]), of(names[1]));
        let mut status = json!({
            "observedGeneration": self.set["metadata"]["generation"], "replicas": pods.len(),
            "availableReplicas": available, "collisionCount": 0,
            "currentRevision": names[0], "updateRevision": names[1],
        });
        let rolling = text(self.set, "/spec/updateStrategy/type") != "OnDelete";
        // Only when every pod has it and is ready is the update the current one.
        if rolling && updated == pods.len() && ready == pods.len() && pods.len() == self.pods.len() {
            status["currentRevision"] = json!(names[1]);
            current = updated;
        }
        for (field, count) in [("readyReplicas", ready), ("currentReplicas", current), ("updatedReplicas", updated)] {
            if count > 0 {
                status[field] = json!(count);
            }
        }
        if status != self.set["status"] {
            let mut object = self.set.clone();
            object["status"] = status;
            self.world.replace(self.key, object, &Writer::of_status(MANAGER), false)?;
        }
        Ok(())
    }

    fn clean_up(&mut self, history: &[Arc<Value>]) {
        let pods = self.world.claimed("pods", self.set);
        let live = [self.current["metadata"]["name"].clone(), self.update["metadata"]["name"].clone()];
        let in_use = |revision: &Value| {
            let name = &revision["metadata"]["name"];
            live.contains(name) || pods.iter().any(|pod| name == revision_of(pod))
        };
        revisions::clean_up(self.world, self.set, history, in_use);
    }
}
