//! Whether the bot may do what a move takes, asked of the cluster itself before it is needed.

use commands::model::{Note, Trouble};
use commands::ports::{Examination, PlatformError};
use futures::future::try_join_all;
use kube::Client;
use kube::api::{DynamicObject, PostParams};
use serde_json::json;

use super::address::{KubernetesAddress, WorkloadKind};
use super::cluster::within;
use super::resource::{self, ACCESS_REVIEWS, PODS, Resource};

/// One thing that a move or a look takes.
struct Need {
    verb: &'static str,
    resource: Resource,
    /// Only of the workload itself: a role may name it.
    is_of_workload: bool,
    /// Without it nothing goes; without the others it goes less well.
    is_vital: bool,
}

/// All of them.
fn needs(kind: WorkloadKind) -> Vec<Need> {
    let own = |verb| Need { verb, resource: resource::workloads(kind), is_of_workload: true, is_vital: true };
    let vital = |verb, resource| Need { verb, resource, is_of_workload: false, is_vital: true };
    let mut needs: Vec<Need> = ["get", "list", "watch", "patch"].map(own).into();
    needs.push(vital("list", resource::revisions(kind)));
    needs.extend(["list", "watch"].map(|verb| vital(verb, PODS)));
    if kind == WorkloadKind::StatefulSet {
        needs.push(Need { is_vital: false, ..vital("delete", PODS) });
    }
    if kind != WorkloadKind::Deployment {
        needs.push(Need { is_vital: false, ..vital("list", resource::EVENTS) });
    }
    needs
}

/// What the bot may not do.
///
/// # Errors
/// The cluster does not say.
pub(super) async fn look(client: &Client, address: &KubernetesAddress) -> Result<Examination, PlatformError> {
    let needs = needs(address.workload.kind);
    let answers = try_join_all(needs.iter().map(|need| may(client, address, need))).await?;
    let mut found = Examination::default();
    for (need, why) in needs.iter().zip(answers) {
        let Some(why) = why else { continue };
        let note = |code| {
            let note = Note::new(code).with("verb", need.verb).with("resource", need.resource.3);
            note.with("namespace", &address.namespace)
        };
        if need.is_vital {
            let trouble = Trouble::new(note("kubernetes-may-not"));
            found.blockers.push(if why.is_empty() { trouble } else { trouble.saying(why) });
        } else {
            found.warnings.push(note("kubernetes-may-not-all"));
        }
    }
    Ok(found)
}

/// Whether it may make pods, which no move takes: only so can one be tried.
///
/// # Errors
/// The cluster does not say.
pub(super) async fn may_make_pods(client: &Client, address: &KubernetesAddress) -> Result<bool, PlatformError> {
    let need = Need { verb: "create", resource: PODS, is_of_workload: false, is_vital: false };
    Ok(may(client, address, &need).await?.is_none())
}

/// Why it may not, in the cluster's words; `None` where it may.
async fn may(client: &Client, address: &KubernetesAddress, need: &Need) -> Result<Option<String>, PlatformError> {
    let (group, _, _, plural) = need.resource;
    let mut attributes = json!({"namespace": address.namespace, "verb": need.verb, "group": group, "resource": plural});
    if need.is_of_workload {
        attributes["name"] = address.workload.name.as_str().into();
    }
    let review: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": attributes},
    }))
    .map_err(|error| PlatformError::Refused { what: "ask for permissions".to_owned(), why: error.to_string() })?;
    let what = format!("ask whether the bot may {} {plural}", need.verb);
    let api = resource::of_cluster(client, ACCESS_REVIEWS);
    let answer = within(&what, api.create(&PostParams::default(), &review)).await?;
    let status = &answer.data["status"];
    if status["allowed"].as_bool() == Some(true) {
        return Ok(None);
    }
    Ok(Some(crate::redact::redact(status["reason"].as_str().unwrap_or_default())))
}
