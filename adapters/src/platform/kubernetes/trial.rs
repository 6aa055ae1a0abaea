//! A pod of the old version, tried without writing. A dry run of the workload meets the checks and webhooks
//! of workloads; what policies say of pods is asked when its controller makes them, which is too late.

use commands::model::{Note, Trouble};
use commands::ports::{Examination, PlatformError};
use kube::Client;
use kube::api::PostParams;
use serde_json::{Value, json};

use super::address::{KubernetesAddress, WorkloadKind};
use super::cluster::within;
use super::examine::NO_DRY_RUN;
use super::permission;
use super::resource::{self, PODS};
use super::template::{Template, text};
use super::workload::{FIELD_MANAGER, Workload};

/// What was not looked at, in the words of the plan.
const UNCHECKED: &str = "pod admission";

/// What a quota says of a pod that does not fit now (`resourcequota/controller.go`). The pods of the update
/// have the room of those that it takes away; whether that is enough is judged elsewhere.
const OVER_QUOTA: &str = "exceeded quota";

/// A workload, and the template whose pods it would make.
pub(super) struct Trial<'a> {
    pub(super) client: &'a Client,
    pub(super) address: &'a KubernetesAddress,
    pub(super) workload: &'a Workload,
    pub(super) to: &'a Template,
}

impl Trial<'_> {
    /// What the cluster would say of such a pod, where the bot may ask. Making pods is a strong permission,
    /// and no move takes it. `unchecked` gets what could not be asked.
    pub(super) async fn look(&self, unchecked: &mut Vec<&'static str>) -> Examination {
        let mut found = Examination::default();
        if !matches!(permission::may_make_pods(self.client, self.address).await, Ok(true)) {
            unchecked.push(UNCHECKED);
            return found;
        }
        match self.make().await {
            Ok(()) => {}
            Err(error) if error.to_string().contains(OVER_QUOTA) => {}
            Err(error) if error.to_string().contains(NO_DRY_RUN) => {
                found.warnings.push(Note::new("kubernetes-no-dry-run"));
            }
            Err(error @ (PlatformError::Forbidden { .. } | PlatformError::Refused { .. })) => {
                found.blockers.push(Trouble::new(Note::new("kubernetes-pod-refused")).saying(error));
            }
            Err(_) => unchecked.push(UNCHECKED),
        }
        found
    }

    async fn make(&self) -> Result<(), PlatformError> {
        let what = "try a pod without writing";
        let refused =
            |error: serde_json::Error| PlatformError::Refused { what: what.to_owned(), why: error.to_string() };
        let pod = serde_json::from_value(pod(self.workload, self.to)).map_err(refused)?;
        let params = PostParams { dry_run: true, field_manager: Some(FIELD_MANAGER.to_owned()) };
        let api = resource::within(self.client, &self.address.namespace, PODS);
        within(what, api.create(&params, &pod)).await.map(drop)
    }
}

/// A pod as the controller of the workload would make it, as far as policies look. With an owner: policies
/// against bare pods refuse one without.
fn pod(workload: &Workload, to: &Template) -> Value {
    let template = to.value();
    let owner = json!({
        "apiVersion": "apps/v1", "kind": workload.kind.word(), "name": workload.name(), "uid": workload.uid(),
        "controller": true,
    });
    let mut spec = template["spec"].clone();
    if workload.kind == WorkloadKind::StatefulSet {
        add_claims(workload, &mut spec);
    }
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "generateName": format!("{}-", workload.name()),
            "labels": template["metadata"]["labels"],
            "annotations": template["metadata"]["annotations"],
            "ownerReferences": [owner],
        },
        "spec": spec,
    })
}

/// The volumes of the set's claims, which its controller puts into each pod: without them a container would
/// mount what is not there.
fn add_claims(workload: &Workload, spec: &mut Value) {
    let claims = workload.spec()["volumeClaimTemplates"].as_array();
    let claims: Vec<&str> = claims.into_iter().flatten().map(|claim| text(&claim["metadata"]["name"])).collect();
    let mut volumes = spec["volumes"].as_array().cloned().unwrap_or_default();
    volumes.retain(|volume| !claims.contains(&text(&volume["name"])));
    let first = workload.first_ordinal();
    volumes.extend(claims.iter().map(|claim| {
        let of_first = format!("{claim}-{}-{first}", workload.name());
        json!({"name": claim, "persistentVolumeClaim": {"claimName": of_first}})
    }));
    spec["volumes"] = volumes.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(kind: WorkloadKind, spec: Value) -> Workload {
        let object = json!({"metadata": {"name": "db", "namespace": "eu", "uid": "u-1"}, "spec": spec});
        Workload::of(kind, serde_json::from_value(object).unwrap())
    }

    #[test]
    fn a_pod_is_as_its_controller_would_make_it() {
        let template = json!({
            "metadata": {"labels": {"app": "db"}, "annotations": {"team": "shop"}},
            "spec": {"containers": [{"name": "db", "image": "db:v1"}]},
        });
        let made = pod(&workload(WorkloadKind::Deployment, json!({"template": {}})), &Template::new(template.clone()));
        assert_eq!(made["metadata"]["generateName"], "db-");
        assert_eq!((&made["metadata"]["labels"], &made["spec"]), (&template["metadata"]["labels"], &template["spec"]));
        assert_eq!(made["metadata"]["annotations"], template["metadata"]["annotations"]);
        assert_eq!(made["metadata"]["ownerReferences"][0]["uid"], "u-1");
    }

    #[test]
    fn a_pod_of_a_set_has_the_volumes_of_its_claims() {
        let set = workload(
            WorkloadKind::StatefulSet,
            json!({"template": {}, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}),
        );
        let volumes = json!([{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]);
        let made = pod(&set, &Template::new(json!({"spec": {"containers": [], "volumes": volumes}})));
        let claim = json!({"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}});
        assert_eq!(made["spec"]["volumes"], json!([{"name": "tmp", "emptyDir": {}}, claim]));
    }
}
