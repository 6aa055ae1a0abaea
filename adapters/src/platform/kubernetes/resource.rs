//! The kinds of objects that are read and written, without a type for each: what goes through a type
//! comes back without the fields that the type does not know.

use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use kube::{Api, Client};

use super::address::WorkloadKind;

/// A kind of object, by group, version, kind and plural.
pub(super) type Resource = (&'static str, &'static str, &'static str, &'static str);

pub(super) const PODS: Resource = ("", "v1", "Pod", "pods");
pub(super) const EVENTS: Resource = ("", "v1", "Event", "events");
pub(super) const QUOTAS: Resource = ("", "v1", "ResourceQuota", "resourcequotas");
pub(super) const REPLICA_SETS: Resource = ("apps", "v1", "ReplicaSet", "replicasets");
pub(super) const CONTROLLER_REVISIONS: Resource = ("apps", "v1", "ControllerRevision", "controllerrevisions");
pub(super) const AUTOSCALERS: Resource = ("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers");
pub(super) const ACCESS_REVIEWS: Resource =
    ("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews");
pub(super) const APPLICATIONS: Resource = ("argoproj.io", "v1alpha1", "Application", "applications");
pub(super) const ROLLOUTS: Resource = ("argoproj.io", "v1alpha1", "Rollout", "rollouts");
pub(super) const CANARIES: Resource = ("flagger.app", "v1beta1", "Canary", "canaries");
pub(super) const KUSTOMIZATIONS: Resource = ("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations");
pub(super) const HELM_RELEASES: Resource = ("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases");

/// The kind of a workload.
pub(super) fn workloads(kind: WorkloadKind) -> Resource {
    ("apps", "v1", kind.word(), kind.plural())
}

/// Where a kind's revisions are.
pub(super) fn revisions(kind: WorkloadKind) -> Resource {
    match kind {
        WorkloadKind::Deployment => REPLICA_SETS,
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => CONTROLLER_REVISIONS,
    }
}

fn about((group, version, kind, plural): Resource) -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
}

/// Objects of this kind in this namespace.
pub(super) fn within(client: &Client, namespace: &str, resource: Resource) -> Api<DynamicObject> {
    Api::namespaced_with(client.clone(), namespace, &about(resource))
}

/// Objects of this kind that belong to no namespace.
pub(super) fn of_cluster(client: &Client, resource: Resource) -> Api<DynamicObject> {
    Api::all_with(client.clone(), &about(resource))
}
