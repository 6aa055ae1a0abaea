//! The objects of the cluster, as others than the bot read and write them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Cluster;
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::fields::Writer;
use crate::kubernetes::kinds::Kind;
use crate::kubernetes::selectors::selects;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{annotation, list, part, remove, set, text};

/// Who writes for a test unless it says otherwise.
const DELIVERY: &str = "ci";

impl Cluster {
    /// Makes or replaces an object, as a delivery pipeline does. Its namespace is made if it is not there.
    ///
    /// # Panics
    /// If the cluster refuses it.
    pub fn apply(&self, object: Value) -> Arc<Value> {
        self.apply_as(DELIVERY, object)
    }

    /// The same, by this field manager.
    ///
    /// # Panics
    /// If the cluster refuses it.
    pub fn apply_as(&self, manager: &str, mut object: Value) -> Arc<Value> {
        let key = Key::of(&object).unwrap_or_else(|| panic!("no known kind: {object}"));
        let mut world = self.shared.world();
        if key.kind().namespaced {
            world.ensure_namespace(&key.namespace);
        }
        let writer = Writer::new(manager);
        let written = match world.store.get(&key) {
            None => world.create(object, &writer, false),
            Some(before) => {
                // What controllers and others said of it stays, as with an apply.
                let annotations = part(&before, "/metadata/annotations").as_object().cloned();
                for (name, value) in annotations.into_iter().flatten() {
                    if annotation(&object, &name).is_none() {
                        set(&mut object, &["metadata", "annotations", &name], value);
                    }
                }
                remove(&mut object, &["metadata", "resourceVersion"]);
                world.replace(&key, object, &writer, false)
            }
        };
        drop(world);
        self.shared.work.notify_one();
        written.unwrap_or_else(|refusal| panic!("refused: {}", refusal.message))
    }

    /// Changes an object in place, by this field manager.
    ///
    /// # Panics
    /// If it is not there, or the cluster refuses the change.
    pub fn change_as(&self, manager: &str, plural: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) {
        let key = Key::new(Kind::named(plural), namespace, name);
        let mut world = self.shared.world();
        let mut object = world.get(&key).map(|object| (*object).clone()).expect("it is there");
        change(&mut object);
        let written = world.replace(&key, object, &Writer::new(manager), false);
        drop(world);
        self.shared.work.notify_one();
        written.unwrap_or_else(|refusal| panic!("refused: {}", refusal.message));
    }

    /// Changes an object in place, as the delivery pipeline.
    ///
    /// # Panics
    /// If it is not there, or the cluster refuses the change.
    pub fn change(&self, plural: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) {
        self.change_as(DELIVERY, plural, namespace, name, change);
    }

    /// Changes the status of an object in place, as its controller would.
    ///
    /// # Panics
    /// If it is not there.
    pub fn change_status(&self, plural: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) {
        let key = Key::new(Kind::named(plural), namespace, name);
        let mut world = self.shared.world();
        let mut object = world.get(&key).map(|object| (*object).clone()).expect("it is there");
        change(&mut object["status"]);
        let written = world.replace(&key, object, &Writer::of_status("kube-controller-manager"), false);
        drop(world);
        self.shared.work.notify_one();
        written.expect("a status is taken");
    }

    /// Releases another image in the first container of a Deployment of `prod`, StatefulSet or DaemonSet, and
    /// waits until the cluster is at rest.
    pub async fn release(&self, plural: &str, name: &str, image: &str) {
        self.change(plural, "prod", name, |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        });
        self.settle().await;
    }

    /// An object.
    ///
    /// # Panics
    /// If it is not there.
    #[must_use]
    pub fn get(&self, plural: &str, namespace: &str, name: &str) -> Value {
        self.find(plural, namespace, name).unwrap_or_else(|| panic!("{plural} {namespace}/{name} is not there"))
    }

    /// An object, if it is there.
    #[must_use]
    pub fn find(&self, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let key = Key::new(Kind::named(plural), namespace, name);
        self.shared.world().store.get(&key).map(|object| (*object).clone())
    }

    /// A Deployment.
    ///
    /// # Panics
    /// If it is not there.
    #[must_use]
    pub fn deployment(&self, namespace: &str, name: &str) -> Value {
        self.get("deployments", namespace, name)
    }

    /// All objects of a kind in a namespace, by name.
    #[must_use]
    pub fn all(&self, plural: &str, namespace: &str) -> Vec<Value> {
        let objects = self.shared.world().store.all(Kind::named(plural), namespace);
        objects.iter().map(|object| (**object).clone()).collect()
    }

    /// The pods that a workload's selector takes.
    ///
    /// # Panics
    /// If the workload is not there.
    #[must_use]
    pub fn pods_of(&self, plural: &str, namespace: &str, name: &str) -> Vec<Value> {
        let selector = self.get(plural, namespace, name)["spec"]["selector"].clone();
        let mut pods = self.all("pods", namespace);
        pods.retain(|pod| selects(&selector, &pod["metadata"]["labels"]));
        pods
    }

    /// The revisions that a Deployment's sets have, with the first image of each, the lowest first.
    #[must_use]
    pub fn revisions(&self, namespace: &str, name: &str) -> Vec<(i64, String)> {
        let sets = self.all("replicasets", namespace);
        let mine = sets.iter().filter(|set| text(set, "/metadata/ownerReferences/0/name") == name);
        let number =
            |set: &Value| annotation(set, "deployment.kubernetes.io/revision").and_then(|text| text.parse().ok());
        let image = |set: &Value| text(&list(set, "/spec/template/spec/containers")[0], "/image").to_owned();
        let mut revisions: Vec<_> = mine.map(|set| (number(set).unwrap_or_default(), image(set))).collect();
        revisions.sort();
        revisions
    }

    /// Deletes an object, with what belongs to it.
    ///
    /// # Panics
    /// If it is not there.
    pub fn delete(&self, plural: &str, namespace: &str, name: &str) {
        let key = Key::new(Kind::named(plural), namespace, name);
        let deleted = self.shared.world().delete(&key, &Deletion::plain(), false);
        self.shared.work.notify_one();
        deleted.unwrap_or_else(|refusal| panic!("refused: {}", refusal.message));
    }
}
