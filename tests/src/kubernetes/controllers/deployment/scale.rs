//! A Deployment that is paused, or whose number of pods was changed: the pods are spread over its sets as
//! they are, and no template moves.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::Value;

use super::{DESIRED, Look, MOST, Stop, Sync, age, wanted};
use crate::kubernetes::value::{annotation, flag, number};

impl Sync<'_> {
    /// Whether a set that has pods was last told of another number of pods.
    pub(super) fn is_scaled(&mut self) -> Result<bool, Stop> {
        self.new_set(false)?;
        let told = |set: &&Arc<Value>| annotation(set, DESIRED).and_then(|number| number.parse::<i64>().ok());
        let active = self.sets.iter().filter(|set| number(set, "/spec/replicas") > 0);
        Ok(active.filter_map(|set| told(&set)).any(|told| told != self.replicas()))
    }

    pub(super) fn scale(&mut self) -> Look {
        let new = self.new_set(false)?;
        self.spread(new.as_ref())?;
        if flag(&self.deployment, "/spec/paused") {
            let old = self.others(new.as_ref());
            self.clean_up(&old)?;
        }
        self.write_counters(new.as_ref())
    }

    fn spread(&mut self, new: Option<&Arc<Value>>) -> Look {
        let mut old = self.others(new);
        old.sort_by_key(|set| Reverse(age(set)));
        let mut active: Vec<Arc<Value>> = new.into_iter().chain(&old).cloned().collect();
        active.retain(|set| number(set, "/spec/replicas") > 0);
        let only = match active.as_slice() {
            [] => new.or(old.first()).cloned(),
            [one] => Some(Arc::clone(one)),
            _ => None,
        };
        if let Some(only) = only {
            self.scale_set(&only, self.replicas())?;
            return Ok(());
        }
        if new.is_some_and(|new| self.is_saturated(new)) {
            for set in old.iter().filter(|set| number(set, "/spec/replicas") > 0) {
                self.scale_set(set, 0)?;
            }
            return Ok(());
        }
        if self.is_rolling() { self.spread_in_proportion(active) } else { Ok(()) }
    }

    fn is_saturated(&self, new: &Value) -> bool {
        let all = self.replicas();
        number(new, "/spec/replicas") == all
            && annotation(new, DESIRED) == Some(all.to_string().as_str())
            && number(new, "/status/availableReplicas") == all
    }

    /// Each set by its part of the whole; what is left over goes to the largest.
    fn spread_in_proportion(&mut self, mut active: Vec<Arc<Value>>) -> Look {
        let there = wanted(&active);
        let most = if self.replicas() > 0 { self.replicas() + self.surge() } else { 0 };
        let change = most - there;
        if change > 0 {
            active.sort_by_key(|set| (Reverse(number(set, "/spec/replicas")), Reverse(age(set))));
        } else {
            active.sort_by_key(|set| (Reverse(number(set, "/spec/replicas")), age(set)));
        }
        let mut left = change;
        let mut sizes = Vec::new();
        for set in &active {
            let fair = self.fair_change(set);
            let part = if change > 0 { fair.min(left) } else { fair.max(left) };
            left -= part;
            sizes.push(number(set, "/spec/replicas") + part);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + left).max(0);
        }
        for (set, size) in active.iter().zip(sizes) {
            self.resize(set, size)?;
        }
        Ok(())
    }

    /// By how many pods a set changes if it keeps its part of the most that there could be before.
    fn fair_change(&self, set: &Value) -> i64 {
        let has = number(set, "/spec/replicas");
        if self.replicas() == 0 {
            return -has;
        }
        let told = annotation(set, MOST).and_then(|number| number.parse::<i64>().ok()).filter(|most| *most > 0);
        let before = told.unwrap_or_else(|| number(&self.deployment, "/status/replicas"));
        if before == 0 {
            return 0;
        }
        let most = self.replicas() + self.surge();
        (has * most * 2 + before).div_euclid(before * 2) - has
    }
}
