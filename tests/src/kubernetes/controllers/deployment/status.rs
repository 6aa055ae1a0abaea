//! What a Deployment says of itself: counters, and the conditions Available, Progressing, ReplicaFailure.
//!
//! Three of its traps are here. A rollout that was complete is never timed out, so a set that is reused
//! and whose pods cannot be made keeps `NewReplicaSetAvailable` for ever, and only `ReplicaFailure` tells.
//! A rollout that timed out stays so until there is progress, also under a new generation. And the
//! conditions lag behind the specification by as many looks as it takes.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Look, Sync, condition, remove_condition, set_condition, sum};
use crate::kubernetes::value::{number, part, text};

impl Sync<'_> {
    /// Whether this status is that of a rollout that came through.
    pub(super) fn is_complete(&self, status: &Value) -> bool {
        let all = self.replicas();
        ["/updatedReplicas", "/replicas", "/availableReplicas"].iter().all(|at| number(status, at) == all)
            && number(status, "/observedGeneration") >= number(&self.deployment, "/metadata/generation")
    }

    /// Counters alone, as a paused or a scaled Deployment writes them.
    pub(super) fn write_counters(&mut self, new: Option<&Arc<Value>>) -> Look {
        let status = self.counted(new);
        self.put_status(status)
    }

    /// Counters, and how the rollout is doing.
    pub(super) fn write_progress(&mut self, new: Option<&Arc<Value>>) -> Look {
        let mut status = self.counted(new);
        if !self.has_deadline() {
            remove_condition(&mut status, "Progressing");
        }
        let known = condition(&self.deployment["status"], "Progressing").cloned();
        let came_through = known.as_ref().is_some_and(|known| text(known, "/reason") == "NewReplicaSetAvailable")
            && number(&status, "/replicas") == number(&status, "/updatedReplicas");
        if self.has_deadline() && !came_through {
            let who = match new {
                Some(new) => format!("ReplicaSet \"{}\"", text(new, "/metadata/name")),
                None => format!("Deployment \"{}\"", self.key.name),
            };
            self.tell_progress(&mut status, known.as_ref(), &who);
        }
        match self.failure(new) {
            Some(failure) => set_condition(&mut status, failure),
            None => remove_condition(&mut status, "ReplicaFailure"),
        }
        if status == self.deployment["status"] {
            self.look_at_deadline(&status);
            return Ok(());
        }
        self.put_status(status)
    }

    fn tell_progress(&self, status: &mut Value, known: Option<&Value>, who: &str) {
        if self.is_complete(status) {
            let words = format!("{who} has successfully progressed.");
            set_condition(status, self.fresh("Progressing", "True", "NewReplicaSetAvailable", &words));
        } else if self.has_progressed(status) {
            let mut fresh = self.fresh("Progressing", "True", "ReplicaSetUpdated", &format!("{who} is progressing."));
            if let Some(known) = known.filter(|known| known["status"] == "True") {
                fresh["lastTransitionTime"] = known["lastTransitionTime"].clone();
            }
            // Its time is that of the last progress, so it is written anew.
            remove_condition(status, "Progressing");
            set_condition(status, fresh);
        } else if self.is_timed_out(status) {
            let words = format!("{who} has timed out progressing.");
            set_condition(status, self.fresh("Progressing", "False", "ProgressDeadlineExceeded", &words));
        }
    }

    fn counted(&self, new: Option<&Arc<Value>>) -> Value {
        let sets: Vec<Arc<Value>> = self.sets.clone();
        let updated = new.map(|new| number(&self.fresh_set(new), "/status/replicas")).unwrap_or_default();
        let (all, available) = (sum(&sets, "/status/replicas"), sum(&sets, "/status/availableReplicas"));
        let mut status = json!({
            "observedGeneration": self.deployment["metadata"]["generation"],
            "terminatingReplicas": sum(&sets, "/status/terminatingReplicas"),
        });
        // Zeros are left out, as the fields say `omitempty`: who reads must take nothing for 0.
        let counts = [
            ("replicas", all),
            ("updatedReplicas", updated),
            ("readyReplicas", sum(&sets, "/status/readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (all - available).max(0)),
        ];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count != 0) {
            status[name] = json!(count);
        }
        for kept in ["collisionCount", "conditions"] {
            if let Some(value) = self.deployment["status"].get(kept) {
                status[kept] = value.clone();
            }
        }
        let serves = available >= self.replicas() - self.unavailable();
        let (holds, reason, words) = if serves {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        set_condition(&mut status, self.fresh("Available", holds, reason, words));
        status
    }

    fn put_status(&mut self, status: Value) -> Look {
        if status == self.deployment["status"] {
            return Ok(());
        }
        self.deployment["status"] = status;
        self.write_status()
    }

    /// Whether more is up, or less of the old is, than the last status said.
    fn has_progressed(&self, status: &Value) -> bool {
        let before = part(&self.deployment, "/status");
        let more = |at: &str| number(status, at) > number(before, at);
        let old = |status: &Value| number(status, "/replicas") - number(status, "/updatedReplicas");
        more("/updatedReplicas") || old(status) < old(before) || more("/readyReplicas") || more("/availableReplicas")
    }

    fn is_timed_out(&self, status: &Value) -> bool {
        let Some(known) = condition(status, "Progressing") else { return false };
        match text(known, "/reason") {
            // It is so until a new set is made or something moves.
            "NewReplicaSetAvailable" => false,
            "ProgressDeadlineExceeded" => true,
            _ => self.deadline(known).is_some_and(|deadline| deadline < self.world.now()),
        }
    }

    fn deadline(&self, progressing: &Value) -> Option<Timestamp> {
        let since: Timestamp = text(progressing, "/lastUpdateTime").parse().ok()?;
        Some(since + SignedDuration::from_secs(number(&self.deployment, "/spec/progressDeadlineSeconds")))
    }

    /// Looks again when the deadline has passed (`requeueStuckDeployment`).
    fn look_at_deadline(&mut self, status: &Value) {
        let Some(known) = condition(status, "Progressing") else { return };
        let over = text(known, "/reason") == "ProgressDeadlineExceeded" || self.is_complete(status);
        if let Some(deadline) = self.deadline(known).filter(|_| !over) {
            let after = deadline.duration_since(self.world.now()) + SignedDuration::from_secs(1);
            let key = self.key.clone();
            self.world.look_again(&key, after.max(SignedDuration::from_millis(20)));
        }
    }

    /// What the sets say cannot be done: the new one first, then any.
    fn failure(&self, new: Option<&Arc<Value>>) -> Option<Value> {
        let told = |set: &Arc<Value>| condition(&self.fresh_set(set)["status"], "ReplicaFailure").cloned();
        let found = new.and_then(told).or_else(|| self.sets.iter().find_map(told))?;
        let mut failure = self.fresh("ReplicaFailure", "True", text(&found, "/reason"), text(&found, "/message"));
        failure["status"] = found["status"].clone();
        failure["lastTransitionTime"] = found["lastTransitionTime"].clone();
        failure["lastUpdateTime"] = found["lastTransitionTime"].clone();
        Some(failure)
    }
}
