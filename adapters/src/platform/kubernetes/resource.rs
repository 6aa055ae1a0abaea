//! The kinds of objects that are read and written, without a type for each: what goes through a type
//! comes back without the fields that the type does not know.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube::api::{ApiResource, DynamicObject, ListParams, ObjectList, ObjectMeta};
use kube::core::GroupVersionKind;
use kube::{Api, Client, Error};

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

/// How many objects are asked for at once: as many as `kubectl` does.
const PAGE: u32 = 500;

/// All objects that a list finds, page by page.
///
/// # Errors
/// As the API server says; 410 where it takes so long that their beginning is not known any more.
pub(super) async fn all(api: &Api<DynamicObject>, params: ListParams) -> Result<Vec<DynamicObject>, Error> {
    Ok(all_at(api, params).await?.0)
}

/// The same, with the resource version as of which all pages are told.
///
/// # Errors
/// Likewise.
pub(super) async fn all_at(
    api: &Api<DynamicObject>,
    params: ListParams,
) -> Result<(Vec<DynamicObject>, String), Error> {
    paged(params, |page| async move { api.list(&page).await }.boxed()).await
}

/// No more than who they are and in which version.
///
/// # Errors
/// Likewise.
pub(super) async fn all_metadata(api: &Api<DynamicObject>, params: ListParams) -> Result<Vec<ObjectMeta>, Error> {
    let (found, _) = paged(params, |page| async move { api.list_metadata(&page).await }.boxed()).await?;
    Ok(found.into_iter().map(|object| object.metadata).collect())
}

async fn paged<'a, T: Clone>(
    params: ListParams,
    list: impl Fn(ListParams) -> BoxFuture<'a, Result<ObjectList<T>, Error>>,
) -> Result<(Vec<T>, String), Error> {
    let first = list(params.clone().limit(PAGE)).await?;
    let version = first.metadata.resource_version.unwrap_or_default();
    let (mut found, mut rest) = (first.items, first.metadata.continue_);
    while let Some(token) = rest.filter(|token| !token.is_empty()) {
        let page = list(params.clone().limit(PAGE).continue_token(&token)).await?;
        found.extend(page.items);
        rest = page.metadata.continue_;
    }
    Ok((found, version))
}
