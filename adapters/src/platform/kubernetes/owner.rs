//! Which tool owns a workload: what is written beside it is taken back, at once or at its next round.
//!
//! The outermost tool decides whether a move makes sense. What is refused is what would be undone before
//! anybody could say that it helped.

use commands::model::{Note, Trouble};
use commands::ports::Examination;
use jiff::Timestamp;
use kube::Client;
use kube::api::{DynamicObject, ListParams};

use super::argocd::{Application, Hub};
use super::cluster::{Clusters, within};
use super::resource::{self, CANARIES, ROLLOUTS, Resource};
use super::template::text;
use super::workload::Workload;
use super::{failure, flux};

/// The annotation with which Helm marks what it installed.
pub(super) const HELM_RELEASE: &str = "meta.helm.sh/release-name";

/// Controllers that move the pods of a workload to which they refer, and what that means.
const REFERRING: [(Resource, &str, &str, &str); 2] = [
    (ROLLOUTS, "workloadRef", "kubernetes-rollout", "rollout"),
    (CANARIES, "targetRef", "kubernetes-flagger", "canary"),
];

/// A tool and the name of its object, as labels and annotations tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    /// A controller that made the workload: an operator, Flagger's primary.
    Controller {
        kind: String,
        name: String,
    },
    ArgoApplication(Application),
    FluxKustomization {
        namespace: String,
        name: String,
    },
    FluxHelmRelease {
        namespace: String,
        name: String,
    },
    HelmRelease {
        namespace: String,
        name: String,
    },
}

/// Who owns it, in words that stay the same while nothing that matters changes; empty for nobody. A label
/// that may be Argo CD's is none of them: whose it is takes a call to know.
pub(super) fn named(workload: &Workload) -> String {
    let words = of(workload).into_iter().map(|owner| match owner {
        Owner::Controller { kind, name } => format!("{kind} {name}"),
        Owner::ArgoApplication(application) => application.pinned(),
        Owner::FluxKustomization { namespace, name } => format!("Flux Kustomization {namespace}/{name}"),
        Owner::FluxHelmRelease { namespace, name } => format!("Flux HelmRelease {namespace}/{name}"),
        Owner::HelmRelease { namespace, name } => format!("Helm {namespace}/{name}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// All of them, the outermost first.
fn of(workload: &Workload) -> Vec<Owner> {
    let mut owners = Vec::new();
    let controllers = workload.object.metadata.owner_references.iter().flatten();
    for owner in controllers.filter(|owner| owner.controller == Some(true)) {
        owners.push(Owner::Controller { kind: owner.kind.clone(), name: owner.name.clone() });
    }
    owners.extend(Application::tracking(workload).map(Owner::ArgoApplication));
    let flux = |tool: &str| {
        let label = |what: &str| workload.label(&format!("{tool}.toolkit.fluxcd.io/{what}")).map(str::to_owned);
        Some((label("namespace")?, label("name")?))
    };
    owners.extend(flux("kustomize").map(|(namespace, name)| Owner::FluxKustomization { namespace, name }));
    owners.extend(flux("helm").map(|(namespace, name)| Owner::FluxHelmRelease { namespace, name }));
    if let Some(name) = workload.annotation(HELM_RELEASE) {
        let namespace = workload.annotation("meta.helm.sh/release-namespace").unwrap_or_default().to_owned();
        owners.push(Owner::HelmRelease { namespace, name: name.to_owned() });
    }
    owners
}

/// A workload whose owners are asked.
pub(super) struct Owned<'a> {
    pub(super) clusters: &'a Clusters,
    pub(super) client: &'a Client,
    pub(super) workload: &'a Workload,
}

impl Owned<'_> {
    /// What its owners would do to a move. `unchecked` gets what could not be asked.
    pub(super) async fn look(&self, now: Timestamp, unchecked: &mut Vec<&'static str>) -> Examination {
        let mut found = Examination::default();
        for owner in of(self.workload) {
            self.ask(owner, now, &mut found).await;
        }
        self.hub().look_at_label(self.workload, unchecked, &mut found).await;
        for (resource, field, code, name) in REFERRING {
            match self.referring(resource, field).await {
                Some(others) => {
                    let trouble = |other| Trouble::new(Note::new(code).with(name, other));
                    found.blockers.extend(others.into_iter().map(trouble));
                }
                None => unchecked.push(resource.3),
            }
        }
        found
    }

    async fn ask(&self, owner: Owner, now: Timestamp, found: &mut Examination) {
        match owner {
            Owner::Controller { kind, name } if kind == "Canary" => {
                found.blockers.push(Trouble::new(Note::new("kubernetes-flagger").with("canary", name)));
            }
            Owner::Controller { kind, name } => {
                found.warnings.push(Note::new("kubernetes-operator").with("kind", kind).with("name", name));
            }
            Owner::ArgoApplication(application) => self.hub().look_at_tracking(&application, found).await,
            Owner::FluxKustomization { namespace, name } => {
                found.warnings.push(flux::look_at_kustomization(self.client, &namespace, &name, now).await);
            }
            Owner::FluxHelmRelease { namespace, name } => {
                found.warnings.push(flux::look_at_release(self.client, &namespace, &name, now).await);
            }
            Owner::HelmRelease { name, .. } => found.warnings.push(Note::new("kubernetes-helm").with("release", name)),
        }
    }

    fn hub(&self) -> Hub<'_> {
        Hub { clusters: self.clusters, client: self.client }
    }

    /// The objects of this kind that refer to the workload: none where the cluster has no such kind, `None`
    /// where it does not say.
    async fn referring(&self, resource: Resource, field: &str) -> Option<Vec<String>> {
        let api = resource::within(self.client, self.workload.namespace(), resource);
        let listed = within("look for who refers to a workload", resource::all(&api, ListParams::default())).await;
        let all = match listed {
            Ok(all) => all,
            Err(error) => return failure::is_missing(&error).then(Vec::new),
        };
        let refers = |object: &&DynamicObject| {
            let reference = &object.data["spec"][field];
            text(&reference["kind"]) == self.workload.kind.word() && text(&reference["name"]) == self.workload.name()
        };
        Some(all.iter().filter(refers).filter_map(|object| object.metadata.name.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::address::WorkloadKind;
    use super::*;

    #[test]
    fn owners_are_found_by_what_they_leave() {
        let named = |mut metadata: Value| {
            metadata["name"] = json!("api");
            metadata["namespace"] = json!("eu");
            let object = json!({"metadata": metadata, "spec": {"template": {}}});
            named(&Workload::of(WorkloadKind::Deployment, serde_json::from_value(object).unwrap()))
        };
        let helm =
            json!({"annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "eu"}});
        let argo = json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:eu/api"}});
        let foreign = json!({"annotations": {"argocd.argoproj.io/tracking-id": "team_shop:apps/Deployment:eu/api"}});
        let flux = json!({"labels": {
            "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        }});
        for (metadata, owner) in [
            (json!({}), ""),
            (json!({"labels": {"app.kubernetes.io/instance": "shop"}}), ""),
            (helm, "Helm eu/shop"),
            (argo, "Argo CD argocd/shop"),
            (foreign, "Argo CD team/shop"),
            (flux, "Flux Kustomization flux-system/apps"),
        ] {
            assert_eq!(named(metadata), owner);
        }
    }
}
