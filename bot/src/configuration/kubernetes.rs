//! `[kubernetes]`: which clusters there are, and which tools own workloads there.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which clusters of Kubernetes there are. Without this section it is the one in which the bot runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kubernetes {
    /// The kubeconfig whose contexts lead to clusters. It is read again when it changes.
    #[schemars(with = "Option<String>")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of targets that name none; the kubeconfig's current one where it is left out.
    pub context: Option<String>,
    /// Argo CD, where it may own workloads.
    pub argocd: ArgoCd,
}

/// Where Argo CD keeps its Applications. Without this section they are in `argocd`, in the cluster of the
/// workload.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArgoCd {
    /// The namespace of its Applications, but of those whose own name says another.
    pub namespace: String,
    /// The context of the cluster in which Argo CD runs; the one of the workload where it is left out.
    pub context: Option<String>,
    /// What a plan does where the Application that owns a workload cannot be read.
    pub unread: Unread,
}

impl Default for ArgoCd {
    fn default() -> Self {
        Self { namespace: "argocd".to_owned(), context: None, unread: Unread::default() }
    }
}

/// What a plan does where the Application that owns a workload cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// It refuses: the move might be reverted at once.
    #[default]
    Refuse,
    /// It warns.
    Warn,
}
