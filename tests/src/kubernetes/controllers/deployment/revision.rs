//! The set of the wanted template: found or made, and the numbers of revisions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{DESIRED, HASH, HISTORY, Look, MOST, REVISION, Stop, Sync, condition, set_condition};
use crate::kubernetes::controllers::{MANAGER, reference};
use crate::kubernetes::fields::Writer;
use crate::kubernetes::names::template_hash;
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{annotate, annotation, entries, number, part, set, text};

/// Annotations of a Deployment that its sets do not get.
const SKIPPED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MOST,
    "deprecated.deployment.rollback.rollbackTo",
];

/// The most that the list of a set's earlier numbers may have, in letters.
const LONGEST_HISTORY: usize = 2000;

impl Sync<'_> {
    /// The set of the wanted template, with its revision; made if it is not there and may be.
    pub(super) fn new_set(&mut self, may_make: bool) -> Result<Option<Arc<Value>>, Stop> {
        let found = self.find_new();
        let highest = self.others(found.as_ref()).iter().map(|set| revision_of(set)).max().unwrap_or_default();
        let revision = (highest + 1).to_string();
        match found {
            Some(found) => self.keep(&found, &revision).map(Some),
            None if may_make => self.make(&revision).map(Some),
            None => Ok(None),
        }
    }

    fn keep(&mut self, found: &Arc<Value>, revision: &str) -> Result<Arc<Value>, Stop> {
        let mut fresh = (**found).clone();
        self.annotate(&mut fresh, revision);
        let least = part(&self.deployment, "/spec/minReadySeconds");
        if number(&fresh, "/spec/minReadySeconds") != least.as_i64().unwrap_or_default() {
            fresh["spec"]["minReadySeconds"] = least.clone();
        }
        // The Deployment's own number follows at a later look: it must not be read from the patch's answer.
        // And what this look has read stays as it was read, so a second write of it is a conflict.
        if fresh != **found {
            let key = Self::key_of(found)?;
            return Ok(self.world.replace(&key, fresh, &Writer::new(MANAGER), false)?);
        }
        let number = annotation(found, REVISION).unwrap_or_default().to_owned();
        let mut changed = self.take_revision(&number);
        if self.has_deadline() && condition(&self.deployment["status"], "Progressing").is_none() {
            let words = format!("Found new replica set \"{}\"", text(found, "/metadata/name"));
            let fresh = self.fresh("Progressing", "True", "FoundNewReplicaSet", &words);
            set_condition(&mut self.deployment["status"], fresh);
            changed = true;
        }
        if changed {
            self.write_status()?;
        }
        Ok(Arc::clone(found))
    }

    /// Whether the Deployment's number was another.
    fn take_revision(&mut self, number: &str) -> bool {
        if annotation(&self.deployment, REVISION) == Some(number) {
            return false;
        }
        annotate(&mut self.deployment, REVISION, number);
        true
    }

    /// What a set is told by annotations: those of the Deployment, its number, its earlier numbers.
    fn annotate(&self, fresh: &mut Value, revision: &str) {
        let copied = entries(&self.deployment, "/metadata/annotations").filter(|(key, _)| !SKIPPED.contains(key));
        for (key, value) in copied {
            annotate(fresh, key, value);
        }
        let before = annotation(fresh, REVISION).map(str::to_owned);
        let old: i64 = match before.as_deref() {
            None | Some("") => 0,
            Some(text) => match text.parse() {
                Ok(number) => number,
                Err(_) => return,
            },
        };
        if old >= revision.parse().unwrap_or_default() {
            return;
        }
        annotate(fresh, REVISION, revision);
        let Some(before) = before else { return };
        let history = annotation(fresh, HISTORY).unwrap_or_default();
        let mut numbers: Vec<&str> = history.split(',').filter(|number| !number.is_empty()).collect();
        numbers.push(&before);
        while numbers.join(",").len() > LONGEST_HISTORY {
            numbers.remove(0);
        }
        let history = numbers.join(",");
        annotate(fresh, HISTORY, history);
    }

    fn make(&mut self, revision: &str) -> Result<Arc<Value>, Stop> {
        let collisions = number(&self.deployment, "/status/collisionCount");
        let mut template = part(&self.deployment, "/spec/template").clone();
        let hash = template_hash(&template, collisions);
        set(&mut template, &["metadata", "labels", HASH], json!(hash));
        let mut selector = part(&self.deployment, "/spec/selector").clone();
        set(&mut selector, &["matchLabels", HASH], json!(hash));
        let metadata = part(&self.deployment, "/metadata");
        let name = format!("{}-{hash}", text(metadata, "/name"));
        let mut fresh = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": name, "namespace": metadata["namespace"], "labels": template["metadata"]["labels"],
                         "ownerReferences": [reference(&self.deployment)]},
            "spec": {"replicas": 0, "selector": selector, "template": template},
        });
        if let Some(least) = self.deployment["spec"].get("minReadySeconds") {
            fresh["spec"]["minReadySeconds"] = least.clone();
        }
        let others = self.others(None);
        let replicas = self.share_of_new(&others, 0);
        fresh["spec"]["replicas"] = json!(replicas);
        self.annotate(&mut fresh, revision);
        annotate(&mut fresh, DESIRED, self.replicas().to_string());
        annotate(&mut fresh, MOST, (self.replicas() + self.surge()).to_string());
        let made = match self.world.create(fresh, &Writer::new(MANAGER), false) {
            Ok(made) => made,
            Err(refusal) => return Err(self.not_made(&name, refusal)),
        };
        self.sets.push(Arc::clone(&made));
        if replicas > 0 {
            self.record(&format!("Scaled up replica set {name} from 0 to {replicas}"));
        }
        let mut changed = self.take_revision(revision);
        if self.has_deadline() {
            let words = format!("Created new replica set \"{name}\"");
            let fresh = self.fresh("Progressing", "True", "NewReplicaSetCreated", &words);
            set_condition(&mut self.deployment["status"], fresh);
            changed = true;
        }
        if changed {
            self.write_status()?;
        }
        Ok(made)
    }

    fn not_made(&mut self, name: &str, refusal: Refusal) -> Stop {
        if refusal.reason == "AlreadyExists" {
            // Another template has the same hash, or somebody made a set of this name.
            let collisions = number(&self.deployment, "/status/collisionCount") + 1;
            set(&mut self.deployment, &["status", "collisionCount"], json!(collisions));
        } else if self.has_deadline() {
            let words = format!("Failed to create new replica set \"{name}\": {}", refusal.message);
            let fresh = self.fresh("Progressing", "False", "ReplicaSetCreateError", &words);
            set_condition(&mut self.deployment["status"], fresh);
        }
        // The look begins anew in any case.
        let _: Look = self.write_status();
        Stop::Refused(refusal)
    }

    pub(super) fn record(&mut self, words: &str) {
        let about = self.deployment.clone();
        self.world.record(&about, "Normal", "ScalingReplicaSet", words);
    }

    /// Writes how many pods a set is to have; whether that changed.
    pub(super) fn scale_set(&mut self, old: &Arc<Value>, replicas: i64) -> Result<bool, Stop> {
        if number(old, "/spec/replicas") == replicas {
            return Ok(false);
        }
        self.resize(old, replicas)
    }

    /// The same; a set that keeps its number is told of the Deployment's all the same.
    pub(super) fn resize(&mut self, old: &Arc<Value>, replicas: i64) -> Result<bool, Stop> {
        let had = number(old, "/spec/replicas");
        let mut fresh = (**old).clone();
        fresh["spec"]["replicas"] = json!(replicas);
        annotate(&mut fresh, DESIRED, self.replicas().to_string());
        annotate(&mut fresh, MOST, (self.replicas() + self.surge()).to_string());
        self.write_set(fresh)?;
        if had == replicas {
            return Ok(false);
        }
        let way = if had < replicas { "up" } else { "down" };
        let name = text(old, "/metadata/name");
        self.record(&format!("Scaled {way} replica set {name} from {had} to {replicas}"));
        Ok(true)
    }

    /// The set as it is after the writes of this look.
    pub(super) fn fresh_set(&self, set: &Arc<Value>) -> Arc<Value> {
        let key = Key::of(set);
        let now = self.sets.iter().find(|other| Key::of(other) == key);
        now.map_or_else(|| Arc::clone(set), Arc::clone)
    }
}

/// The number of a set; one that cannot be read counts as none.
pub(super) fn revision_of(set: &Value) -> i64 {
    annotation(set, REVISION).and_then(|number| number.parse().ok()).unwrap_or_default()
}
