//! From the old sets to the new one: rolling, or all at once.

use std::sync::Arc;

use serde_json::Value;

use super::{Look, Stop, Sync, sum, wanted};
use crate::kubernetes::kinds::Kind;
use crate::kubernetes::selectors::selects;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{number, part, text};

impl Sync<'_> {
    pub(super) fn roll(&mut self) -> Look {
        let new = self.new_set(true)?.ok_or(Stop::Done)?;
        if self.grow_new(&new)? {
            return self.write_progress(Some(&new));
        }
        let old = self.others(Some(&new));
        if self.shrink_old(&old, &new)? {
            return self.write_progress(Some(&new));
        }
        if self.is_complete(&self.deployment["status"]) {
            self.clean_up(&old)?;
        }
        self.write_progress(Some(&new))
    }

    /// How many pods the new set may have now.
    pub(super) fn share_of_new(&self, others: &[Arc<Value>], has: i64) -> i64 {
        if !self.is_rolling() {
            return self.replicas();
        }
        let (there, most) = (wanted(others) + has, self.replicas() + self.surge());
        if there >= most { has } else { has + (most - there).min(self.replicas() - has) }
    }

    fn grow_new(&mut self, new: &Arc<Value>) -> Result<bool, Stop> {
        let has = number(new, "/spec/replicas");
        if has >= self.replicas() {
            return self.scale_set(new, self.replicas());
        }
        let others = self.others(Some(new));
        let may = self.share_of_new(&others, has);
        self.scale_set(new, may)
    }

    fn shrink_old(&mut self, old: &[Arc<Value>], new: &Arc<Value>) -> Result<bool, Stop> {
        if wanted(old) == 0 {
            return Ok(false);
        }
        let least = self.replicas() - self.unavailable();
        let new_missing = number(new, "/spec/replicas") - number(new, "/status/availableReplicas");
        let all = wanted(old) + number(new, "/spec/replicas");
        let most = all - least - new_missing;
        if most <= 0 {
            return Ok(false);
        }
        let unhealthy = self.shrink_unhealthy(old, most)?;
        let old: Vec<_> = old.iter().map(|set| self.fresh_set(set)).collect();
        let healthy = self.shrink_healthy(&old, new, least)?;
        Ok(unhealthy + healthy > 0)
    }

    /// Pods that serve nobody go first: so a rollback of a release that crashes comes through at once.
    fn shrink_unhealthy(&mut self, old: &[Arc<Value>], most: i64) -> Result<i64, Stop> {
        let mut gone = 0;
        for set in old {
            let (has, serving) = (number(set, "/spec/replicas"), number(set, "/status/availableReplicas"));
            if gone >= most {
                break;
            }
            if has == 0 || has == serving {
                continue;
            }
            let fewer = (most - gone).min(has - serving);
            self.scale_set(set, has - fewer)?;
            gone += fewer;
        }
        Ok(gone)
    }

    fn shrink_healthy(&mut self, old: &[Arc<Value>], new: &Arc<Value>, least: i64) -> Result<i64, Stop> {
        let serving = sum(old, "/status/availableReplicas") + number(new, "/status/availableReplicas");
        let (mut gone, most) = (0, serving - least);
        for set in old {
            if gone >= most {
                break;
            }
            let has = number(set, "/spec/replicas");
            let fewer = has.min(most - gone);
            if fewer > 0 {
                self.scale_set(set, has - fewer)?;
                gone += fewer;
            }
        }
        Ok(gone)
    }

    pub(super) fn recreate(&mut self) -> Look {
        let new = self.new_set(false)?;
        let old = self.others(new.as_ref());
        let mut shrunk = false;
        for set in old.iter().filter(|set| number(set, "/spec/replicas") > 0) {
            shrunk |= self.scale_set(set, 0)?;
        }
        if shrunk || self.old_pods_run(new.as_ref(), &old) {
            return self.write_progress(new.as_ref());
        }
        let new = match new {
            Some(new) => new,
            None => self.new_set(true)?.ok_or(Stop::Done)?,
        };
        self.scale_set(&new, self.replicas())?;
        if self.is_complete(&self.deployment["status"]) {
            self.clean_up(&old)?;
        }
        self.write_progress(Some(&new))
    }

    /// Whether a pod of another set is still there, even one that is about to go.
    fn old_pods_run(&self, new: Option<&Arc<Value>>, old: &[Arc<Value>]) -> bool {
        if sum(old, "/status/replicas") > 0 {
            return true;
        }
        let uid = new.map(|new| text(new, "/metadata/uid")).unwrap_or_default();
        let pods = self.world.store.all(Kind::named("pods"), &self.key.namespace);
        let mine = |pod: &&Arc<Value>| selects(part(&self.deployment, "/spec/selector"), part(pod, "/metadata/labels"));
        pods.iter().filter(mine).any(|pod| {
            let ended = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
            !ended && text(pod, "/metadata/ownerReferences/0/uid") != uid
        })
    }

    /// The set of this key, as this look has it.
    pub(super) fn key_of(set: &Value) -> Result<Key, Stop> {
        Key::of(set).ok_or(Stop::Done)
    }
}
