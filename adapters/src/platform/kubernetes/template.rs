//! The template of a workload's pods: what a rollback moves, and nothing else of the workload.

use commands::model::{Digest, Version};
use serde_json::Value;

use super::image::Image;

/// The label with which a Deployment's controller tells its ReplicaSets apart. It belongs to a ReplicaSet
/// and to no Deployment.
const HASH_LABEL: &str = "pod-template-hash";

/// What a patch of a ControllerRevision says of how it is to be applied.
const PATCH_DIRECTIVE: &str = "$patch";

/// The annotation that `kubectl rollout restart` sets. Two templates that differ in nothing else run the
/// same.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// The annotation with the container that `kubectl` means where none is named.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The label with the version that its author gave it; charts often put their own version there.
const VERSION_LABEL: &str = "app.kubernetes.io/version";

/// A template without what is not its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template(Value);

impl Template {
    /// Of what stands in a workload or in one of its revisions.
    pub(super) fn new(mut raw: Value) -> Self {
        prune(&mut raw);
        if let Some(fields) = raw.as_object_mut() {
            fields.remove(PATCH_DIRECTIVE);
        }
        remove(&mut raw, "labels", HASH_LABEL);
        Self(raw)
    }

    /// What is sent to the API server.
    pub(super) fn value(&self) -> &Value {
        &self.0
    }

    /// What a workload of the same name would have with another template has another digest.
    pub(super) fn digest(&self) -> Digest {
        let mut text = String::new();
        write_ordered(&self.0, &mut text);
        Digest::of(text.as_bytes())
    }

    /// True where both run the same: they differ in when somebody restarted them, at most.
    pub(super) fn runs_the_same(&self, other: &Self) -> bool {
        self == other || self.without_restart() == other.without_restart()
    }

    fn without_restart(&self) -> Value {
        let mut value = self.0.clone();
        remove(&mut value, "annotations", RESTARTED);
        value
    }

    /// The containers, then those that run before them.
    pub(super) fn containers(&self) -> impl Iterator<Item = &Value> {
        let list = |name: &str| self.0["spec"][name].as_array().map(Vec::as_slice).unwrap_or_default();
        list("containers").iter().chain(list("initContainers"))
    }

    /// Each container's name and image, without those that run before them.
    pub(super) fn images(&self) -> impl Iterator<Item = (&str, &str)> {
        let containers = self.0["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
        containers.iter().map(|one| (text(&one["name"]), text(&one["image"])))
    }

    /// Every image, as people read them.
    pub(super) fn shown_images(&self) -> String {
        let shown: Vec<String> =
            self.containers().map(|one| format!("{}={}", text(&one["name"]), text(&one["image"]))).collect();
        shown.join(" ")
    }

    /// The image of this container.
    pub(super) fn image(&self, container: &str) -> Option<Image> {
        self.images().find(|(name, _)| *name == container).map(|(_, image)| Image::read(image))
    }

    /// The version that the label claims.
    pub(super) fn labelled_version(&self) -> Option<Version> {
        self.0["metadata"]["labels"][VERSION_LABEL].as_str().map(Version::new)
    }

    /// True where every container tells when it is ready: only then is "ready" more than "begun".
    pub(super) fn tells_when_ready(&self) -> bool {
        let containers = self.0["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
        !containers.is_empty() && containers.iter().all(|container| container["readinessProbe"].is_object())
    }

    /// The labels of its pods.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.0["metadata"]["labels"].as_object();
        labels.into_iter().flatten().map(|(name, value)| (name.as_str(), text(value)))
    }

    /// The container whose image's tag people mean: the one that was named, the one that the template
    /// names, the one that is called like the workload, the only one, the first whose image differs
    /// between these templates, or the first.
    pub(super) fn primary(&self, named: Option<&str>, workload: &str, others: &[&Self]) -> Option<&str> {
        let names: Vec<&str> = self.images().map(|(name, _)| name).collect();
        let there = |wanted: &str| names.iter().copied().find(|name| *name == wanted);
        let annotated = || there(self.0["metadata"]["annotations"][DEFAULT_CONTAINER].as_str()?);
        let differs = |name: &&str| others.iter().any(|other| other.image(name) != self.image(name));
        named
            .and_then(there)
            .or_else(annotated)
            .or_else(|| there(workload))
            .or_else(|| names.iter().copied().find(differs))
            .or_else(|| names.first().copied())
    }
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Nothing and absent are the same to the API server.
fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// Takes a key out of the metadata's labels or annotations, and these too where nothing is left.
fn remove(template: &mut Value, map: &str, key: &str) {
    let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let Some(entries) = metadata.get_mut(map).and_then(Value::as_object_mut) else { return };
    entries.remove(key);
    if entries.is_empty() {
        metadata.remove(map);
    }
}

/// The same text for the same value, in whatever order its fields came.
fn write_ordered(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (name, field) in fields {
                text.push_str(&Value::String(name.clone()).to_string());
                text.push(':');
                write_ordered(field, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_ordered(item, text);
                text.push(',');
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(containers: Value) -> Template {
        Template::new(json!({"metadata": {"labels": {"app": "api"}}, "spec": {"containers": containers}}))
    }

    #[test]
    fn what_controllers_add_is_no_part_of_it() {
        let own = json!({"metadata": {"labels": {"app": "api"}}, "spec": {"containers": []}});
        let of_replica_set = json!({
            "metadata": {"creationTimestamp": null, "labels": {"app": "api", "pod-template-hash": "5f"}},
            "spec": {"containers": []},
        });
        let of_revision =
            json!({"$patch": "replace", "spec": {"containers": []}, "metadata": {"labels": {"app": "api"}}});
        assert_eq!(Template::new(own.clone()), Template::new(of_replica_set.clone()));
        assert_eq!(Template::new(own.clone()).digest(), Template::new(of_revision).digest());
        assert_eq!(Template::new(of_replica_set).value(), &own);
    }

    #[test]
    fn a_restart_alone_runs_the_same() {
        let plain = template(json!([{"name": "api", "image": "api:v1"}]));
        let mut restarted = plain.value().clone();
        restarted["metadata"]["annotations"] = json!({RESTARTED: "2024-01-15T12:00:00Z"});
        let restarted = Template::new(restarted);
        assert!(restarted.runs_the_same(&plain));
        assert_ne!(restarted.digest(), plain.digest());
        assert!(!template(json!([{"name": "api", "image": "api:v2"}])).runs_the_same(&plain));
    }

    #[test]
    fn the_container_that_people_mean_is_found_in_order() {
        let two = template(json!([{"name": "proxy", "image": "p:1"}, {"name": "api", "image": "a:2"}]));
        let older = template(json!([{"name": "proxy", "image": "p:1"}, {"name": "api", "image": "a:1"}]));
        assert_eq!(two.primary(Some("proxy"), "api", &[]), Some("proxy"));
        assert_eq!(two.primary(Some("gone"), "api", &[]), Some("api"));
        assert_eq!(two.primary(None, "shop", &[&older]), Some("api"));
        assert_eq!(two.primary(None, "shop", &[]), Some("proxy"));
        let mut annotated = two.value().clone();
        annotated["metadata"]["annotations"] = json!({DEFAULT_CONTAINER: "api"});
        assert_eq!(Template::new(annotated).primary(None, "proxy", &[]), Some("api"));
    }
}
