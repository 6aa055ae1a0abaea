//! Deleting: with grace, with finalizers, and with what belongs to it.
//!
//! After `staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go` and
//! `pkg/controller/garbagecollector/garbagecollector.go` (1.36).

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::fields::Writer;
use super::refusal::Refusal;
use super::store::Key;
use super::value::{list, number, set, text};
use super::world::{World, written};

/// What happens to what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dependents {
    /// It is deleted soon after.
    Background,
    /// It is deleted first.
    Foreground,
    /// It stays, and belongs to nobody.
    Orphan,
}

/// How to delete.
#[derive(Debug, Clone)]
pub(crate) struct Deletion {
    pub(crate) dependents: Dependents,
    pub(crate) grace: Option<i64>,
    pub(crate) uid: String,
    pub(crate) version: String,
}

impl Deletion {
    pub(crate) fn plain() -> Self {
        Self { dependents: Dependents::Background, grace: None, uid: String::new(), version: String::new() }
    }

    pub(crate) fn read(policy: &str, grace: &str, body: &Value) -> Self {
        let policy = if policy.is_empty() { text(body, "/propagationPolicy") } else { policy };
        let dependents = match policy {
            "Foreground" => Dependents::Foreground,
            "Orphan" => Dependents::Orphan,
            _ => Dependents::Background,
        };
        Self {
            dependents,
            grace: grace.parse().ok().or_else(|| body["gracePeriodSeconds"].as_i64()),
            uid: text(body, "/preconditions/uid").into(),
            version: text(body, "/preconditions/resourceVersion").into(),
        }
    }
}

impl World {
    /// Deletes; what is left if it does not go at once.
    pub(crate) fn delete(&mut self, key: &Key, how: &Deletion, dry: bool) -> Result<Option<Arc<Value>>, Refusal> {
        let (kind, object) = (key.kind(), self.get(key)?);
        for (wanted, at, word) in
            [(&how.uid, "/metadata/uid", "UID"), (&how.version, "/metadata/resourceVersion", "ResourceVersion")]
        {
            let held = text(&object, at);
            if !wanted.is_empty() && wanted != held {
                let why =
                    format!("Precondition failed: {word} in precondition: {wanted}, {word} in object meta: {held}");
                return Err(Refusal::conflict_because(kind, &key.name, &why));
            }
        }
        if dry {
            return Ok(Some(object));
        }
        match (kind.plural, how.dependents) {
            ("namespaces", _) => self.empty(&key.name),
            (_, Dependents::Orphan) => self.orphan(text(&object, "/metadata/uid")),
            _ => {}
        }
        let waits = how.dependents == Dependents::Foreground || !list(&object, "/metadata/finalizers").is_empty();
        // A pod on no node is gone at once, and so is one that is given no time.
        let grace = if kind.plural == "pods" && !text(&object, "/spec/nodeName").is_empty() {
            how.grace.unwrap_or_else(|| number(&object, "/spec/terminationGracePeriodSeconds"))
        } else {
            0
        };
        if grace == 0 && !waits {
            self.erase(key);
            return Ok(None);
        }
        if object["metadata"].get("deletionTimestamp").is_some() {
            return Ok(Some(object));
        }
        let mut leaving = (*object).clone();
        let end = self.now() + SignedDuration::from_secs(grace);
        set(&mut leaving, &["metadata", "deletionTimestamp"], json!(written(end)));
        set(&mut leaving, &["metadata", "deletionGracePeriodSeconds"], json!(grace));
        if how.dependents == Dependents::Foreground {
            let mut finalizers = list(&leaving, "/metadata/finalizers").to_vec();
            finalizers.push(json!("foregroundDeletion"));
            set(&mut leaving, &["metadata", "finalizers"], json!(finalizers));
            let uid = text(&object, "/metadata/uid").to_owned();
            self.queue.push(super::queue::Work::Orphans(uid), self.now() + self.lag);
        }
        if kind.is_workload() {
            let next = number(&leaving, "/metadata/generation") + 1;
            set(&mut leaving, &["metadata", "generation"], json!(next));
        }
        self.finish(key, leaving, false).map(Some)
    }

    /// Everything in a namespace that is deleted.
    fn empty(&mut self, namespace: &str) {
        let inside: Vec<Key> =
            self.store.everything().map(|(key, _)| key).filter(|key| key.namespace == namespace).cloned().collect();
        inside.iter().for_each(|key| drop(self.erase(key)));
    }

    /// Takes this owner away from what belongs to it.
    fn orphan(&mut self, uid: &str) {
        for (key, object) in self.owned_by(uid) {
            let mut free = (*object).clone();
            let owners: Vec<Value> = list(&object, "/metadata/ownerReferences")
                .iter()
                .filter(|owner| owner["uid"] != uid)
                .cloned()
                .collect();
            set(&mut free, &["metadata", "ownerReferences"], json!(owners));
            let _ = self.replace(&key, free, &Writer::new("kube-controller-manager"), false);
        }
    }

    /// What names this owner.
    pub(crate) fn owned_by(&self, uid: &str) -> Vec<(Key, Arc<Value>)> {
        if uid.is_empty() { Vec::new() } else { self.store.belonging(uid) }
    }

    /// The garbage collector: what belonged to an owner that is gone, or that goes when they are gone.
    pub(crate) fn collect(&mut self, uid: &str) {
        let told = |key: &Key| key.plural == "events";
        for (key, _) in self.owned_by(uid).iter().filter(|(key, _)| !told(key)) {
            // Somebody else may have deleted it.
            let _ = self.delete(key, &Deletion::plain(), false);
        }
        let Some(key) = self.store.place_of(uid).cloned() else { return };
        let Ok(object) = self.get(&key) else { return };
        if self.owned_by(uid).iter().any(|(key, _)| !told(key)) {
            self.queue.push(super::queue::Work::Orphans(uid.into()), self.now() + SignedDuration::from_millis(5));
            return;
        }
        let mut free = (*object).clone();
        let rest: Vec<Value> =
            list(&object, "/metadata/finalizers").iter().filter(|one| *one != "foregroundDeletion").cloned().collect();
        set(&mut free, &["metadata", "finalizers"], json!(rest));
        let _ = self.finish(&key, free, false);
    }

    /// Whoever wanted to write to this object just before somebody's patch does so now.
    pub(crate) fn let_rivals_write(&mut self, key: &Key) {
        let Some(index) = self.rivals.iter().position(|rival| rival.key == *key) else { return };
        let rival = self.rivals.remove(index);
        let Some(object) = self.store.get(key) else { return };
        let mut object = (*object).clone();
        (rival.change)(&mut object);
        self.replace(key, object, &Writer::new(&rival.manager), false).expect("a rival writes what is right");
    }
}
