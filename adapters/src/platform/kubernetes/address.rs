//! Where a workload is: what its catalogue entry says under `address`.

use std::fmt;

use commands::model::Target;
use commands::ports::PlatformError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest name of a namespace (RFC 1123 label, as the API server checks it).
const LONGEST_LABEL: usize = 63;

/// The longest name of a workload (RFC 1123 subdomain, likewise).
const LONGEST_SUBDOMAIN: usize = 253;

/// A workload, and the cluster that has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesAddress {
    /// Its namespace.
    pub namespace: String,
    /// What it is and its name: `deployment/api`, `statefulset/db`, `daemonset/agent`.
    #[schemars(with = "String")]
    pub workload: WorkloadName,
    /// The context of the kubeconfig that leads to its cluster; the one of `[kubernetes]` where nothing
    /// is said.
    #[serde(default)]
    pub context: Option<String>,
    /// The container whose image's tag people mean by a version. Where nothing is said: the one that
    /// the annotation `kubectl.kubernetes.io/default-container` names, the one that is called like the
    /// workload, the only one, or the one whose image differs between revisions.
    #[serde(default)]
    pub container: Option<String>,
    /// What a rollback does with a Deployment that is paused.
    #[serde(default, skip_serializing_if = "Paused::is_default")]
    pub paused: Paused,
}

/// What a rollback does with a Deployment that is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Paused {
    /// It refuses: edits that wait would be released, and somebody paused it for a reason.
    #[default]
    Refuse,
    /// It resumes it in the same write that sets the old version: the plan says so, and is approved with it.
    Resume,
}

impl Paused {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What can be rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkloadKind {
    /// Its revisions are ReplicaSets.
    Deployment,
    /// Its revisions are ControllerRevisions; its pods are replaced one by one, from the last.
    StatefulSet,
    /// Its revisions are ControllerRevisions; its pods are replaced node by node.
    DaemonSet,
}

impl WorkloadKind {
    /// As the API writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }

    /// As it stands in a URL.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }

    fn of(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "deployment" | "deployments" | "deploy" => Some(Self::Deployment),
            "statefulset" | "statefulsets" | "sts" => Some(Self::StatefulSet),
            "daemonset" | "daemonsets" | "ds" => Some(Self::DaemonSet),
            _ => None,
        }
    }
}

/// A kind and a name, as `kubectl` takes them: `deployment/api`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkloadName {
    /// What it is.
    pub kind: WorkloadKind,
    /// Its name within the namespace.
    pub name: String,
}

impl fmt::Display for WorkloadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word().to_ascii_lowercase(), self.name)
    }
}

impl From<WorkloadName> for String {
    fn from(name: WorkloadName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for WorkloadName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Some((word, name)) = text.split_once('/') else {
            return Err(format!("`workload` is `{text}`; a kind and a name are needed, like `deployment/api`"));
        };
        let kind = WorkloadKind::of(word).ok_or_else(|| instead(word))?;
        if !is_subdomain(name) {
            return Err(format!("`workload` is `{text}`; `{name}` cannot be the name of an object"));
        }
        Ok(Self { kind, name: name.to_owned() })
    }
}

/// What to do about a kind that has no revisions to go back to.
fn instead(word: &str) -> String {
    let known = "`workload` takes `deployment/…`, `statefulset/…` or `daemonset/…`";
    let why = match word.to_ascii_lowercase().as_str() {
        "cronjob" | "cronjobs" | "cj" => {
            "a CronJob keeps no revisions: set the image of its jobTemplate by hand, and its next run takes it"
        }
        "job" | "jobs" => "a Job ends by itself and keeps no revisions: run a new Job of the older version",
        "replicaset" | "replicasets" | "rs" => "a ReplicaSet has one revision: name the Deployment that owns it",
        "pod" | "pods" | "po" => "a pod has one revision: name the workload that owns it",
        "rollout" | "rollouts" => {
            "an Argo Rollout is moved by its own controller: `kubectl argo rollouts undo`, which replays its steps"
        }
        _ => return format!("`{word}` cannot be rolled back; {known}"),
    };
    format!("{why}; {known}")
}

impl KubernetesAddress {
    /// The address of this target.
    ///
    /// # Errors
    /// [`PlatformError::Address`], with what would be right.
    pub fn of(target: &Target) -> Result<Self, PlatformError> {
        let wrong = |why: String| PlatformError::Address { target: target.name.to_string(), why };
        let address: Self = serde_json::from_value(target.address.clone()).map_err(|error| wrong(error.to_string()))?;
        address.check().map_err(wrong)?;
        Ok(address)
    }

    fn check(&self) -> Result<(), String> {
        if !is_label(&self.namespace) {
            return Err(format!("`namespace` is `{}`; the name of a namespace is needed", self.namespace));
        }
        if let Some(container) = self.container.as_ref().filter(|container| !is_label(container)) {
            return Err(format!("`container` is `{container}`; the name of a container is needed"));
        }
        match &self.context {
            Some(context) if context.trim().is_empty() => {
                Err("`context` is empty; leave it out, or name one of the kubeconfig".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// RFC 1123: what may stand in a URL's path and cannot leave it.
fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=LONGEST_LABEL).contains(&text.len())
        && text.chars().all(|c| plain(c) || c == '-')
        && text.starts_with(plain)
        && text.ends_with(plain)
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= LONGEST_SUBDOMAIN && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use commands::model::TargetKind;
    use serde_json::json;

    use super::*;

    fn read(address: serde_json::Value) -> Result<KubernetesAddress, String> {
        let target =
            Target { name: "release".into(), kind: TargetKind::Release, platform: super::super::NAME.into(), address };
        KubernetesAddress::of(&target).map_err(|error| error.to_string())
    }

    #[test]
    fn kinds_are_written_as_kubectl_takes_them() {
        for (text, kind) in [
            ("deployment/api", WorkloadKind::Deployment),
            ("deploy/api", WorkloadKind::Deployment),
            ("StatefulSet/db", WorkloadKind::StatefulSet),
            ("sts/db.eu", WorkloadKind::StatefulSet),
            ("daemonset/agent", WorkloadKind::DaemonSet),
        ] {
            assert_eq!(read(json!({"namespace": "shop", "workload": text})).unwrap().workload.kind, kind);
        }
    }

    #[test]
    fn what_has_no_revisions_is_refused_with_what_to_do_instead() {
        for (text, why) in [
            ("cronjob/report", "set the image of its jobTemplate"),
            ("job/report", "run a new Job"),
            ("pod/api-0", "name the workload that owns it"),
            ("replicaset/api-5f", "name the Deployment"),
            ("rollout/api", "kubectl argo rollouts undo"),
            ("service/api", "`deployment/…`"),
        ] {
            let said = read(json!({"namespace": "shop", "workload": text})).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_what_would_be_right() {
        for (address, why) in [
            (json!({}), "missing field `namespace`"),
            (json!({"namespace": "shop"}), "missing field `workload`"),
            (json!({"namespace": "shop", "workload": "api"}), "like `deployment/api`"),
            (json!({"namespace": "shop", "workload": "deployment/../x"}), "cannot be the name"),
            (json!({"namespace": "shop", "workload": "deployment/"}), "cannot be the name"),
            (json!({"namespace": "../x", "workload": "deployment/api"}), "the name of a namespace"),
            (json!({"namespace": "shop", "workload": "deployment/api", "context": " "}), "`context` is empty"),
            (json!({"namespace": "shop", "workload": "deployment/api", "cluster": "eu"}), "unknown field `cluster`"),
        ] {
            let said = read(address.clone()).unwrap_err();
            assert!(said.contains(why), "{address}: {said}");
        }
    }
}
