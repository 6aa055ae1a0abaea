//! The kinds of objects that the model knows, and where they live in the API.
//!
//! The kinds of other tools (Argo CD, Flux, Argo Rollouts, Flagger) are stored as they come and are there
//! only from the moment that one of them is applied: as in a cluster, where their definitions have to be
//! installed.

use serde_json::{Value, json};

/// One kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its group; empty for the core.
    pub group: &'static str,
    /// The version that the model serves.
    pub version: &'static str,
    /// Its name in addresses.
    pub plural: &'static str,
    /// Its name in objects.
    pub name: &'static str,
    /// Whether it lives in a namespace.
    pub namespaced: bool,
    /// Whether it is of another tool, and not of every cluster.
    pub custom: bool,
}

const fn of(group: &'static str, version: &'static str, plural: &'static str, name: &'static str) -> Kind {
    Kind { group, version, plural, name, namespaced: true, custom: false }
}

const fn custom(group: &'static str, version: &'static str, plural: &'static str, name: &'static str) -> Kind {
    Kind { group, version, plural, name, namespaced: true, custom: true }
}

const fn cluster_wide(group: &'static str, version: &'static str, plural: &'static str, name: &'static str) -> Kind {
    Kind { group, version, plural, name, namespaced: false, custom: false }
}

/// All of them.
pub static KINDS: [Kind; 33] = [
    of("apps", "v1", "deployments", "Deployment"),
    of("apps", "v1", "replicasets", "ReplicaSet"),
    of("apps", "v1", "statefulsets", "StatefulSet"),
    of("apps", "v1", "daemonsets", "DaemonSet"),
    of("apps", "v1", "controllerrevisions", "ControllerRevision"),
    of("", "v1", "pods", "Pod"),
    of("", "v1", "events", "Event"),
    of("events.k8s.io", "v1", "events", "Event"),
    of("", "v1", "secrets", "Secret"),
    of("", "v1", "configmaps", "ConfigMap"),
    of("", "v1", "resourcequotas", "ResourceQuota"),
    of("", "v1", "limitranges", "LimitRange"),
    of("", "v1", "serviceaccounts", "ServiceAccount"),
    of("", "v1", "services", "Service"),
    of("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    of("", "v1", "replicationcontrollers", "ReplicationController"),
    cluster_wide("", "v1", "namespaces", "Namespace"),
    cluster_wide("", "v1", "nodes", "Node"),
    cluster_wide("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass"),
    cluster_wide("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"),
    of("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    of("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    of("batch", "v1", "jobs", "Job"),
    of("batch", "v1", "cronjobs", "CronJob"),
    of("coordination.k8s.io", "v1", "leases", "Lease"),
    custom("argoproj.io", "v1alpha1", "applications", "Application"),
    custom("argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet"),
    custom("argoproj.io", "v1alpha1", "rollouts", "Rollout"),
    custom("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization"),
    custom("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease"),
    custom("flagger.app", "v1beta1", "canaries", "Canary"),
    custom("keda.sh", "v1alpha1", "scaledobjects", "ScaledObject"),
    custom("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule"),
];

/// What people write instead of a plural.
const SHORT: [(&str, &str); 11] = [
    ("deployments", "deploy"),
    ("replicasets", "rs"),
    ("statefulsets", "sts"),
    ("daemonsets", "ds"),
    ("pods", "po"),
    ("events", "ev"),
    ("configmaps", "cm"),
    ("namespaces", "ns"),
    ("services", "svc"),
    ("horizontalpodautoscalers", "hpa"),
    ("poddisruptionbudgets", "pdb"),
];

impl Kind {
    /// The kind at this place of the API.
    #[must_use]
    pub fn at(group: &str, version: &str, plural: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| (kind.group, kind.version, kind.plural) == (group, version, plural))
    }

    /// The kind that an object says it is of.
    #[must_use]
    pub fn of(object: &Value) -> Option<&'static Self> {
        let (version, name) = (object["apiVersion"].as_str()?, object["kind"].as_str()?);
        KINDS.iter().find(|kind| kind.api_version() == version && kind.name == name)
    }

    /// The kind by its name in addresses, for tests: `deployments`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn named(plural: &str) -> &'static Self {
        KINDS.iter().find(|kind| kind.plural == plural).unwrap_or_else(|| panic!("no kind is called {plural}"))
    }

    /// As objects write it: `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// As errors write it: `deployments.apps`.
    #[must_use]
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Whether its pods are made of a template by a controller of the model.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        self.group == "apps" && self.plural != "controllerrevisions"
    }

    /// Whether a `/scale` stands beside it.
    #[must_use]
    pub fn scales(&self) -> bool {
        matches!(self.plural, "deployments" | "replicasets" | "statefulsets" | "rollouts")
    }

    /// Its entry in the list of what a group holds.
    #[must_use]
    pub fn listed(&self) -> Vec<Value> {
        let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
        let mut listed = vec![json!({
            "name": self.plural, "singularName": self.name.to_lowercase(), "namespaced": self.namespaced,
            "kind": self.name, "verbs": verbs,
        })];
        if let Some((_, short)) = SHORT.iter().find(|(plural, _)| *plural == self.plural) {
            listed[0]["shortNames"] = json!([short]);
        }
        let beside = |name: &str, kind: &str, group: &str, version: &str, verbs: &[&str]| {
            json!({"name": format!("{}/{name}", self.plural), "singularName": "", "namespaced": self.namespaced,
                   "group": group, "version": version, "kind": kind, "verbs": verbs})
        };
        if self.is_workload() || self.custom {
            listed.push(beside("status", self.name, self.group, self.version, &["get", "patch", "update"]));
        }
        if self.scales() {
            listed.push(beside("scale", "Scale", "autoscaling", "v1", &["get", "patch", "update"]));
        }
        if self.plural == "pods" {
            listed.push(beside("eviction", "Eviction", "policy", "v1", &["create"]));
            listed.push(beside("log", "Pod", "", "v1", &["get"]));
        }
        listed
    }
}
