//! Which tool owns a workload: what is written beside it is taken back, at once or at its next round.
//!
//! The outermost tool decides whether a move makes sense. What is refused is what would be undone before
//! anybody could say that it helped.

use commands::model::{Note, Trouble};
use commands::ports::Examination;
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::api::{DynamicObject, ListParams};
use serde_json::Value;

use super::cluster::within;
use super::failure;
use super::resource::{self, APPLICATIONS, CANARIES, HELM_RELEASES, KUSTOMIZATIONS, ROLLOUTS, Resource};
use super::template::text;
use super::workload::Workload;

/// Where Argo CD's own applications are, unless their name says otherwise.
const ARGO_NAMESPACE: &str = "argocd";

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
    ArgoApplication {
        namespace: String,
        name: String,
    },
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

/// Who owns it, in words that stay the same while nothing that matters changes; empty for nobody.
pub(super) fn named(workload: &Workload) -> String {
    let words = of(workload).into_iter().map(|owner| match owner {
        Owner::Controller { kind, name } => format!("{kind} {name}"),
        Owner::ArgoApplication { namespace, name } => format!("Argo CD {namespace}/{name}"),
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
    // `app:group/Kind:namespace/name`; an application outside Argo's own namespace is `namespace_app`.
    if let Some(app) = workload.annotation("argocd.argoproj.io/tracking-id").and_then(|id| id.split(':').next()) {
        let (namespace, name) = app.split_once('_').unwrap_or((ARGO_NAMESPACE, app));
        owners.push(Owner::ArgoApplication { namespace: namespace.to_owned(), name: name.to_owned() });
    }
    let flux = |tool: &str| {
        let label = |what: &str| workload.label(&format!("{tool}.toolkit.fluxcd.io/{what}")).map(str::to_owned);
        Some((label("namespace")?, label("name")?))
    };
    owners.extend(flux("kustomize").map(|(namespace, name)| Owner::FluxKustomization { namespace, name }));
    owners.extend(flux("helm").map(|(namespace, name)| Owner::FluxHelmRelease { namespace, name }));
    if let Some(name) = workload.annotation("meta.helm.sh/release-name") {
        let namespace = workload.annotation("meta.helm.sh/release-namespace").unwrap_or_default().to_owned();
        owners.push(Owner::HelmRelease { namespace, name: name.to_owned() });
    }
    owners
}

/// What its owners would do to a move. `unchecked` gets what could not be asked.
pub(super) async fn look(
    client: &Client,
    namespace: &str,
    workload: &Workload,
    now: Timestamp,
    unchecked: &mut Vec<&'static str>,
) -> Examination {
    let mut found = Examination::default();
    for owner in of(workload) {
        match owner {
            Owner::Controller { kind, name } if kind == "Canary" => {
                found.blockers.push(Trouble::new(Note::new("kubernetes-flagger").with("canary", name)));
            }
            Owner::Controller { kind, name } => {
                found.warnings.push(Note::new("kubernetes-operator").with("kind", kind).with("name", name));
            }
            Owner::ArgoApplication { namespace, name } => {
                let application = read(client, &namespace, APPLICATIONS, &name).await;
                judge_application(application.as_ref(), &name, &mut found);
            }
            Owner::FluxKustomization { namespace, name } => {
                let object = read(client, &namespace, KUSTOMIZATIONS, &name).await;
                found.warnings.push(flux_note(object.as_ref(), "Kustomization", &name, now));
            }
            Owner::FluxHelmRelease { namespace, name } => {
                let object = read(client, &namespace, HELM_RELEASES, &name).await;
                let corrects = object
                    .as_ref()
                    .is_none_or(|object| text(&object.data["spec"]["driftDetection"]["mode"]) == "enabled");
                let stays = || Note::new("kubernetes-flux-release").with("name", &name);
                let note = if corrects { flux_note(object.as_ref(), "HelmRelease", &name, now) } else { stays() };
                found.warnings.push(note);
            }
            Owner::HelmRelease { name, .. } => found.warnings.push(Note::new("kubernetes-helm").with("release", name)),
        }
    }
    for (resource, field, code, name) in REFERRING {
        match referring(client, namespace, resource, field, workload).await {
            Some(others) => {
                found.blockers.extend(others.into_iter().map(|other| Trouble::new(Note::new(code).with(name, other))));
            }
            None => unchecked.push(resource.3),
        }
    }
    found
}

/// What cannot be read, for whatever reason, is not known.
async fn read(client: &Client, namespace: &str, resource: Resource, name: &str) -> Option<DynamicObject> {
    let api = resource::within(client, namespace, resource);
    within("read the owner of a workload", api.get(name)).await.ok()
}

/// Argo CD reverts at once where it heals by itself; else it leaves a change alone until the next commit
/// (argo-cd, "Automated Sync Policy").
fn judge_application(application: Option<&DynamicObject>, name: &str, found: &mut Examination) {
    let note = |code: &'static str| Note::new(code).with("application", name);
    let Some(application) = application else {
        found.warnings.push(note("kubernetes-argocd-unread"));
        return;
    };
    let automated = &application.data["spec"]["syncPolicy"]["automated"];
    let is_automatic = automated.is_object() && automated["enabled"].as_bool() != Some(false);
    if is_automatic && automated["selfHeal"].as_bool() == Some(true) {
        found.blockers.push(Trouble::new(note("kubernetes-argocd-heals")));
    } else if is_automatic {
        found.warnings.push(note("kubernetes-argocd-automatic"));
    } else {
        found.warnings.push(note("kubernetes-argocd-manual"));
    }
}

/// Flux reverts at its next round, unless it is suspended.
fn flux_note(object: Option<&DynamicObject>, kind: &str, name: &str, now: Timestamp) -> Note {
    let about = |code: &'static str| Note::new(code).with("kind", kind).with("name", name);
    let Some(object) = object else { return about("kubernetes-flux-unread") };
    if object.data["spec"]["suspend"].as_bool() == Some(true) {
        return about("kubernetes-flux-suspended");
    }
    match next_round(&object.data, now) {
        Some(when) => about("kubernetes-flux").with("when", when.strftime("%H:%M:%S UTC")),
        None => about("kubernetes-flux-unread"),
    }
}

/// The first moment after `now` that is a whole number of intervals after the last round.
fn next_round(object: &Value, now: Timestamp) -> Option<Timestamp> {
    let every = interval(text(&object["spec"]["interval"]))?;
    let status = &object["status"];
    let rounds = status["history"].as_array().into_iter().flatten().map(|entry| &entry["lastReconciled"]);
    let conditions = status["conditions"].as_array().into_iter().flatten().map(|entry| &entry["lastTransitionTime"]);
    let handled = [&status["lastHandledReconcileAt"]];
    let times = rounds.chain(conditions).chain(handled).filter_map(|time| time.as_str()?.parse::<Timestamp>().ok());
    let last = times.filter(|time| *time <= now).max()?;
    let passed = now.duration_since(last).as_secs() / every.as_secs();
    let rounds = i32::try_from(passed).ok()?.checked_add(1)?;
    last.checked_add(every.checked_mul(rounds)?).ok()
}

/// Go's way to write a span of time: `1h30m`, `90s`; at least one second.
fn interval(text: &str) -> Option<SignedDuration> {
    text.parse().ok().filter(|span: &SignedDuration| span.as_secs() >= 1)
}

/// The objects of this kind that refer to the workload: none where the cluster has no such kind, `None`
/// where it does not say.
async fn referring(
    client: &Client,
    namespace: &str,
    resource: Resource,
    field: &str,
    workload: &Workload,
) -> Option<Vec<String>> {
    let api = resource::within(client, namespace, resource);
    let list = match within("look for who refers to a workload", api.list(&ListParams::default())).await {
        Ok(list) => list,
        Err(error) => return failure::is_missing(&error).then(Vec::new),
    };
    let refers = |object: &&DynamicObject| {
        let reference = &object.data["spec"][field];
        text(&reference["kind"]) == workload.kind.word() && text(&reference["name"]) == workload.name()
    };
    Some(list.items.iter().filter(refers).filter_map(|object| object.metadata.name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::address::WorkloadKind;
    use super::*;

    fn workload(metadata: Value) -> Workload {
        let object = json!({"metadata": metadata, "spec": {"template": {}}});
        Workload::of(WorkloadKind::Deployment, serde_json::from_value(object).unwrap())
    }

    fn object(value: Value) -> DynamicObject {
        let mut whole = json!({"metadata": {"name": "shop"}});
        whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn owners_are_found_by_what_they_leave() {
        let helm =
            json!({"annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "eu"}});
        let argo = json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:eu/api"}});
        let foreign = json!({"annotations": {"argocd.argoproj.io/tracking-id": "team_shop:apps/Deployment:eu/api"}});
        let flux = json!({"labels": {
            "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        }});
        for (metadata, owner) in [
            (json!({}), ""),
            (helm, "Helm eu/shop"),
            (argo, "Argo CD argocd/shop"),
            (foreign, "Argo CD team/shop"),
            (flux, "Flux Kustomization flux-system/apps"),
        ] {
            assert_eq!(named(&workload(metadata)), owner);
        }
    }

    #[test]
    fn only_what_is_undone_at_once_is_refused() {
        let judged = |policy: Value| {
            let mut found = Examination::default();
            judge_application(Some(&object(json!({"spec": {"syncPolicy": policy}}))), "shop", &mut found);
            let refused = found.blockers.into_iter().map(|trouble| trouble.why.code);
            refused.chain(found.warnings.into_iter().map(|note| note.code)).collect::<Vec<_>>()
        };
        assert_eq!(judged(json!({"automated": {"selfHeal": true}})), ["kubernetes-argocd-heals"]);
        assert_eq!(judged(json!({"automated": {}})), ["kubernetes-argocd-automatic"]);
        assert_eq!(judged(json!({"automated": {"enabled": false, "selfHeal": true}})), ["kubernetes-argocd-manual"]);
        assert_eq!(judged(json!({})), ["kubernetes-argocd-manual"]);
    }

    #[test]
    fn the_next_round_of_flux_is_told() {
        let told = |status: Value, suspend: bool| {
            let flux = object(json!({"spec": {"interval": "10m0s", "suspend": suspend}, "status": status}));
            flux_note(Some(&flux), "Kustomization", "apps", time("2024-01-15T12:05:30Z"))
        };
        let ready = json!({"conditions": [{"type": "Ready", "lastTransitionTime": "2024-01-15T12:03:00Z"}]});
        assert_eq!(told(ready.clone(), false).arguments["when"], "12:13:00 UTC");
        let older = json!({"conditions": [{"type": "Ready", "lastTransitionTime": "2024-01-15T08:03:00Z"}]});
        assert_eq!(told(older, false).arguments["when"], "12:13:00 UTC");
        assert_eq!(told(ready, true).code, "kubernetes-flux-suspended");
        assert_eq!(told(json!({}), false).code, "kubernetes-flux-unread");
    }

    #[test]
    fn an_interval_of_nothing_divides_nothing() {
        assert_eq!(interval("0s"), None);
        assert_eq!(interval("soon"), None);
        assert_eq!(interval("1h30m"), Some(SignedDuration::from_mins(90)));
    }
}
