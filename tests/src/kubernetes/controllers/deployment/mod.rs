//! Deployments: one ReplicaSet for each template, and the way from one to the next.
//!
//! After `pkg/controller/deployment/{deployment_controller,sync,rolling,recreate,progress}.go` and
//! `util/deployment_util.go` (1.36.2). The order of writes is the controller's own, since people who watch
//! see every one of them: sets first, the revision in a status write of its own, then the counters.

mod cleanup;
mod revision;
mod rollout;
mod scale;
mod status;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Look, MANAGER, Stop, condition, is_leaving};
use crate::kubernetes::fields::Writer;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{flag, number, part, share, text};
use crate::kubernetes::world::World;

const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MOST: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";

/// One look at a Deployment: the object as it was at its beginning, changed by the look itself.
struct Sync<'a> {
    world: &'a mut World,
    key: Key,
    deployment: Value,
    /// All its ReplicaSets, the oldest first.
    sets: Vec<Arc<Value>>,
}

pub(super) fn sync(world: &mut World, key: &Key, deployment: Arc<Value>) -> Look {
    let mut sets = world.claimed("replicasets", &deployment);
    sets.sort_by_key(|set| age(set));
    let mut sync = Sync { world, key: key.clone(), deployment: (*deployment).clone(), sets };
    sync.run()
}

/// By age, and by name among those of one second.
fn age(set: &Value) -> (String, String) {
    (text(set, "/metadata/creationTimestamp").into(), text(set, "/metadata/name").into())
}

impl Sync<'_> {
    fn run(&mut self) -> Look {
        if is_leaving(&self.deployment) {
            let new = self.find_new();
            return self.write_counters(new.as_ref());
        }
        self.tell_paused()?;
        if flag(&self.deployment, "/spec/paused") || self.is_scaled()? {
            return self.scale();
        }
        match text(&self.deployment, "/spec/strategy/type") {
            "Recreate" => self.recreate(),
            _ => self.roll(),
        }
    }

    fn replicas(&self) -> i64 {
        number(&self.deployment, "/spec/replicas")
    }

    fn is_rolling(&self) -> bool {
        text(&self.deployment, "/spec/strategy/type") != "Recreate"
    }

    /// How many pods more than wanted there may be.
    fn surge(&self) -> i64 {
        if !self.is_rolling() {
            return 0;
        }
        share(part(&self.deployment, "/spec/strategy/rollingUpdate/maxSurge"), self.replicas(), true)
    }

    /// How many of the wanted pods may be missing: surge is rounded up, this down, and both are not 0.
    fn unavailable(&self) -> i64 {
        if !self.is_rolling() || self.replicas() == 0 {
            return 0;
        }
        let may = share(part(&self.deployment, "/spec/strategy/rollingUpdate/maxUnavailable"), self.replicas(), false);
        let may = if may == 0 && self.surge() == 0 { 1 } else { may };
        may.min(self.replicas())
    }

    fn has_deadline(&self) -> bool {
        let seconds = part(&self.deployment, "/spec/progressDeadlineSeconds").as_i64();
        seconds.is_some_and(|seconds| seconds != i64::from(i32::MAX))
    }

    /// The set of the template that is wanted: the oldest that has it.
    fn find_new(&self) -> Option<Arc<Value>> {
        let wanted = bare(part(&self.deployment, "/spec/template"));
        self.sets.iter().find(|set| bare(part(set, "/spec/template")) == wanted).cloned()
    }

    fn others(&self, new: Option<&Arc<Value>>) -> Vec<Arc<Value>> {
        let uid = new.map(|new| text(new, "/metadata/uid"));
        self.sets.iter().filter(|set| Some(text(set, "/metadata/uid")) != uid).cloned().collect()
    }

    /// Writes the Deployment's status as this look has it. The look goes on with the version that it read,
    /// as the controller does: a second write of the same look is a conflict, and the look begins anew.
    fn write_status(&mut self) -> Look {
        let writer = Writer::of_status(MANAGER);
        self.world.replace(&self.key, self.deployment.clone(), &writer, false)?;
        Ok(())
    }

    /// Writes a set, and has it as it is now.
    fn write_set(&mut self, set: Value) -> Result<Arc<Value>, Stop> {
        let key = Key::of(&set).ok_or(Stop::Done)?;
        let written = self.world.replace(&key, set, &Writer::new(MANAGER), false)?;
        let uid = text(&written, "/metadata/uid").to_owned();
        for place in self.sets.iter_mut().filter(|place| text(place, "/metadata/uid") == uid) {
            *place = Arc::clone(&written);
        }
        Ok(written)
    }

    fn tell_paused(&mut self) -> Look {
        let progressing = condition(&self.deployment["status"], "Progressing");
        let reason = progressing.map(|condition| text(condition, "/reason").to_owned()).unwrap_or_default();
        if !self.has_deadline() || reason == "ProgressDeadlineExceeded" {
            return Ok(());
        }
        let (paused, told) = (flag(&self.deployment, "/spec/paused"), reason == "DeploymentPaused");
        if paused == told {
            return Ok(());
        }
        let (reason, words) = if paused {
            ("DeploymentPaused", "Deployment is paused")
        } else {
            ("DeploymentResumed", "Deployment is resumed")
        };
        let fresh = self.fresh("Progressing", "Unknown", reason, words);
        set_condition(&mut self.deployment["status"], fresh);
        self.write_status()
    }

    fn fresh(&self, kind: &str, status: &str, reason: &str, message: &str) -> Value {
        let time = self.world.time();
        json!({"type": kind, "status": status, "reason": reason, "message": message,
               "lastUpdateTime": time, "lastTransitionTime": time})
    }
}

/// A template without the label that tells sets apart.
fn bare(template: &Value) -> Value {
    let mut template = template.clone();
    crate::kubernetes::value::remove(&mut template, &["metadata", "labels", HASH]);
    template
}

/// A condition with the same status and reason stays as it is, its times included: a failure that is told
/// again is told with the time of the first telling.
fn set_condition(status: &mut Value, mut fresh: Value) {
    if let Some(known) = condition(status, text(&fresh, "/type")) {
        if known["status"] == fresh["status"] && known["reason"] == fresh["reason"] {
            return;
        }
        if known["status"] == fresh["status"] {
            fresh["lastTransitionTime"] = known["lastTransitionTime"].clone();
        }
    }
    remove_condition(status, text(&fresh, "/type").to_owned().as_str());
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    if let Some(conditions) = status["conditions"].as_array_mut() {
        conditions.push(fresh);
    }
}

fn remove_condition(status: &mut Value, kind: &str) {
    if let Some(conditions) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        conditions.retain(|condition| condition["type"] != kind);
    }
}

fn sum(sets: &[Arc<Value>], at: &str) -> i64 {
    sets.iter().map(|set| number(set, at)).sum()
}

/// How many pods these sets are to have.
fn wanted(sets: &[Arc<Value>]) -> i64 {
    sum(sets, "/spec/replicas")
}
