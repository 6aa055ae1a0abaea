//! History is not kept for ever: sets without pods go, the oldest revision first.

use std::sync::Arc;

use serde_json::Value;

use super::revision::revision_of;
use super::{Look, Sync, is_leaving};
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::value::{number, part};

impl Sync<'_> {
    /// Takes away what is more than `revisionHistoryLimit`. A set that still has pods stays: so with a
    /// limit of 0 a rollback works in the middle of a rollout, and not after it.
    pub(super) fn clean_up(&mut self, old: &[Arc<Value>]) -> Look {
        let limit = part(&self.deployment, "/spec/revisionHistoryLimit").as_i64();
        let Some(limit) = limit.filter(|limit| *limit != i64::from(i32::MAX)) else { return Ok(()) };
        let mut sets: Vec<_> = old.iter().filter(|set| !is_leaving(set)).collect();
        sets.sort_by_key(|set| revision_of(set));
        let more = sets.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        for set in sets.into_iter().take(more).filter(|set| is_empty(set)) {
            let key = Self::key_of(set)?;
            self.world.delete(&key, &Deletion::plain(), false)?;
            self.sets.retain(|other| other["metadata"]["uid"] != set["metadata"]["uid"]);
        }
        Ok(())
    }
}

/// Whether it has no pods, wants none, and its controller knows that.
fn is_empty(set: &Value) -> bool {
    number(set, "/status/replicas") == 0
        && number(set, "/spec/replicas") == 0
        && number(set, "/metadata/generation") <= number(set, "/status/observedGeneration")
}
