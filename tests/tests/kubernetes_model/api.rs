//! What the server takes, what it refuses, and with which words.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tests::kubernetes::{Cluster, deployment};

use crate::{API, BAD, GOOD, call, client, cluster_with, deployments, undo};

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// Section 1.1 F: a version that is old is a conflict, a `test` that fails is invalid, and neither writes.
#[tokio::test]
async fn a_stale_version_is_409_and_a_failed_test_422() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    let before = cluster.deployment("prod", "api");
    let mut patch = undo(&cluster, GOOD);
    let stale = json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "1"});
    patch.as_array_mut().unwrap().insert(0, stale);
    let (code, answer, _) = call(&cluster, "PATCH", API, JSON_PATCH, &patch).await;
    assert_eq!((code, &answer["reason"]), (409, &json!("Conflict")));
    let words = "Operation cannot be fulfilled on deployments.apps \"api\": the object has been modified; please apply your \
                 changes to the latest version and try again";
    assert_eq!(answer["message"], words);
    patch[0] = json!({"op": "test", "path": "/metadata/resourceVersion", "value": "1"});
    let (code, answer, _) = call(&cluster, "PATCH", API, JSON_PATCH, &patch).await;
    assert_eq!((code, &answer["reason"]), (422, &json!("Invalid")));
    assert_eq!(answer["message"], "the server rejected our request due to an error in our request");
    assert_eq!(cluster.deployment("prod", "api"), before);
    patch[0] =
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": before["metadata"]["resourceVersion"]});
    let (code, answer, _) = call(&cluster, "PATCH", API, JSON_PATCH, &patch).await;
    assert_eq!((code, &answer["spec"]["template"]["spec"]["containers"][0]["image"]), (200, &json!(GOOD)));
}

/// The client knows the refusals as its own errors.
#[tokio::test]
async fn refusals_are_errors_of_the_client() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let api = deployments(&cluster).await;
    let kube::Error::Api(missing) = api.get("worker").await.unwrap_err() else { panic!("no refusal") };
    assert_eq!((missing.code, missing.reason.as_str()), (404, "NotFound"));
    assert_eq!(missing.message, "deployments.apps \"worker\" not found");
    let template = json!({"metadata": {"labels": {"app": "other"}}});
    let patch = Patch::Merge(json!({"spec": {"template": template}}));
    let kube::Error::Api(mismatch) = api.patch("api", &PatchParams::default(), &patch).await.unwrap_err() else {
        panic!("no refusal")
    };
    assert_eq!((mismatch.code, mismatch.reason.as_str()), (422, "Invalid"));
    assert!(mismatch.message.contains("`selector` does not match template `labels`"), "{}", mismatch.message);
    let again: Deployment = serde_json::from_value(deployment("api", GOOD, 1)).unwrap();
    let kube::Error::Api(twice) = api.create(&PostParams::default(), &again).await.unwrap_err() else {
        panic!("no refusal")
    };
    assert_eq!((twice.code, twice.reason.as_str()), (409, "AlreadyExists"));
}

/// Section 1.2 19: a rehearsal goes all the way but for the storing.
#[tokio::test]
async fn a_rehearsal_stores_nothing() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    let before = cluster.deployment("prod", "api");
    let path = format!("{API}?dryRun=All&fieldManager=rollback-bot");
    let (code, answer, _) = call(&cluster, "PATCH", &path, JSON_PATCH, &undo(&cluster, GOOD)).await;
    assert_eq!((code, &answer["spec"]["template"]["spec"]["containers"][0]["image"]), (200, &json!(GOOD)));
    assert_eq!(answer["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
    assert_eq!(cluster.deployment("prod", "api"), before);
    assert!(cluster.writes().is_empty() && cluster.calls().iter().any(tests::kubernetes::Call::is_rehearsal));
    cluster.refuse("deployments", "prod", "admission webhook \"policy\" denied the request: no rollbacks on Friday");
    let (code, answer, _) = call(&cluster, "PATCH", &path, JSON_PATCH, &undo(&cluster, GOOD)).await;
    assert_eq!(code, 403, "{answer}");
    // A pod of the template, for what policies say of pods.
    cluster.refuse("pods", "prod", "violates PodSecurity \"baseline:latest\": privileged");
    let pod: Pod = serde_json::from_value(json!({"metadata": {"generateName": "api-rehearsal-"}, "spec": {"containers": [{"name": "api", "image": GOOD}]}})).unwrap();
    let pods: Api<Pod> = Api::namespaced(client(&cluster).await, "prod");
    let kube::Error::Api(refused) =
        pods.create(&PostParams { dry_run: true, field_manager: None }, &pod).await.unwrap_err()
    else {
        panic!("no refusal")
    };
    assert_eq!(refused.code, 403);
}

#[tokio::test]
async fn a_patch_that_changes_nothing_is_no_write() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let version = cluster.version();
    let patch = json!({"spec": {"replicas": 1}});
    let (code, _, _) = call(&cluster, "PATCH", API, MERGE_PATCH, &patch).await;
    assert_eq!((code, cluster.version()), (200, version));
    assert!(!cluster.writes()[0].changed);
}

/// Containers are found by their names, and `$patch: replace` replaces, as undoing a StatefulSet needs it.
#[tokio::test]
async fn a_strategic_patch_knows_names() {
    let cluster = Cluster::start().await;
    let mut api = deployment("api", GOOD, 0);
    let proxy =
        json!({"name": "proxy", "image": "proxy:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]});
    api["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().push(proxy);
    cluster.apply(api);
    let env = json!([{"name": "B", "value": "3"}, {"name": "A", "$patch": "delete"}]);
    let patch =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "proxy", "image": "proxy:2", "env": env}]}}}});
    let (_, answer, _) = call(&cluster, "PATCH", API, STRATEGIC, &patch).await;
    let containers = &answer["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers[0]["image"], GOOD);
    assert_eq!(
        (&containers[1]["image"], &containers[1]["env"]),
        (&json!("proxy:2"), &json!([{"name": "B", "value": "3"}]))
    );
    let mut template = deployment("api", BAD, 0)["spec"]["template"].clone();
    template["$patch"] = json!("replace");
    let (_, answer, _) = call(&cluster, "PATCH", API, STRATEGIC, &json!({"spec": {"template": template}})).await;
    let containers = answer["spec"]["template"]["spec"]["containers"].as_array().unwrap();
    assert_eq!((containers.len(), &containers[0]["image"]), (1, &json!(BAD)));
}

#[tokio::test]
async fn lists_are_selected_and_cut_in_pages() {
    let cluster = cluster_with(&[GOOD, BAD], 3).await;
    cluster.apply(deployment("worker", GOOD, 1));
    cluster.settle().await;
    let client = client(&cluster).await;
    let sets: Api<ReplicaSet> = Api::namespaced(client.clone(), "prod");
    let found = sets.list(&ListParams::default().labels("app=api")).await.unwrap();
    assert_eq!(found.items.len(), 2);
    let pods: Api<Pod> = Api::all(client);
    assert_eq!(pods.list(&ListParams::default().labels("app in (api, worker),!gone")).await.unwrap().items.len(), 4);
    let running = ListParams::default().fields("status.phase=Running,metadata.namespace=prod");
    assert_eq!(pods.list(&running).await.unwrap().items.len(), 4);
    let page = pods.list(&ListParams::default().limit(3)).await.unwrap();
    assert_eq!((page.items.len(), page.metadata.remaining_item_count), (3, Some(1)));
    let token = page.metadata.continue_.unwrap();
    let rest = pods.list(&ListParams::default().limit(3).continue_token(&token)).await.unwrap();
    assert_eq!((rest.items.len(), rest.metadata.continue_), (1, None));
    cluster.apply(deployment("late", GOOD, 0));
    cluster.compact();
    let kube::Error::Api(gone) = pods.list(&ListParams::default().continue_token(&token)).await.unwrap_err() else {
        panic!("no refusal")
    };
    assert_eq!((gone.code, gone.reason.as_str()), (410, "Expired"));
}

/// Section 1.2 32: what is asked beforehand is what is refused later.
#[tokio::test]
async fn reviews_tell_what_is_refused() {
    let cluster = cluster_with(&[GOOD], 1).await;
    cluster.forbid("patch", "deployments", "prod");
    let client = client(&cluster).await;
    let ask = async |client: Client, verb: &str| {
        let what = ResourceAttributes {
            verb: Some(verb.into()),
            group: Some("apps".into()),
            resource: Some("deployments".into()),
            namespace: Some("prod".into()),
            ..ResourceAttributes::default()
        };
        let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(what), ..Default::default() };
        let review = SelfSubjectAccessReview { spec, ..Default::default() };
        let reviews: Api<SelfSubjectAccessReview> = Api::all(client);
        reviews.create(&PostParams::default(), &review).await.unwrap().status.unwrap().allowed
    };
    assert!(ask(client.clone(), "get").await && !ask(client.clone(), "patch").await);
    assert!(cluster.writes().is_empty(), "asking is no write");
    let patch = Patch::Merge(json!({"spec": {"replicas": 2}}));
    let api: Api<Deployment> = Api::namespaced(client, "prod");
    let kube::Error::Api(refused) = api.patch("api", &PatchParams::default(), &patch).await.unwrap_err() else {
        panic!("no refusal")
    };
    assert_eq!((refused.code, refused.reason.as_str()), (403, "Forbidden"));
    let words = "deployments.apps \"api\" is forbidden: User \"system:serviceaccount:switchback:switchback\" cannot patch \
                 resource \"deployments\" in API group \"apps\" in the namespace \"prod\"";
    assert_eq!(refused.message, words);
}

/// The kinds of other tools are there once one of them is installed.
#[tokio::test]
async fn other_tools_have_to_be_installed() {
    let cluster = Cluster::start().await;
    let path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/api";
    let (code, answer, _) = call(&cluster, "GET", path, "", &Value::Null).await;
    assert_eq!((code, answer), (404, json!("404 page not found\n")));
    let client = client(&cluster).await;
    let groups = client.list_api_groups().await.unwrap();
    assert!(!groups.groups.iter().any(|group| group.name == "argoproj.io"));
    let application = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                             "metadata": {"name": "api", "namespace": "argocd"},
                             "spec": {"syncPolicy": {"automated": {"selfHeal": true}}}, "status": {"sync": {"status": "Synced"}}});
    cluster.apply(application.clone());
    let (code, answer, _) = call(&cluster, "GET", path, "", &Value::Null).await;
    assert_eq!((code, &answer["spec"], &answer["status"]), (200, &application["spec"], &application["status"]));
    let groups = client.list_api_groups().await.unwrap();
    assert!(groups.groups.iter().any(|group| group.name == "argoproj.io"));
    let (_, version, _) = call(&cluster, "GET", "/version", "", &Value::Null).await;
    assert_eq!(version["minor"], "36");
}

#[tokio::test]
async fn a_scale_is_beside_the_object() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let api = deployments(&cluster).await;
    assert_eq!(api.get_scale("api").await.unwrap().spec.unwrap().replicas, Some(1));
    let patch = Patch::Merge(json!({"spec": {"replicas": 3}}));
    let scale = api.patch_scale("api", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(3));
    cluster.settle().await;
    assert_eq!(api.get_scale("api").await.unwrap().status.unwrap().replicas, 3);
}

/// Section 1.2 27: eviction obeys a budget, deletion does not.
#[tokio::test]
async fn a_budget_holds_evictions() {
    let cluster = cluster_with(&[GOOD], 2).await;
    cluster.apply(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                         "metadata": {"name": "api", "namespace": "prod"},
                         "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "api"}}}}));
    let pods: Api<Pod> = Api::namespaced(client(&cluster).await, "prod");
    let name = cluster.pods_of("deployments", "prod", "api")[0]["metadata"]["name"].as_str().unwrap().to_owned();
    let kube::Error::Api(refused) = pods.evict(&name, &kube::api::EvictParams::default()).await.unwrap_err() else {
        panic!("no refusal")
    };
    assert_eq!(refused.code, 429);
    pods.delete(&name, &kube::api::DeleteParams::default()).await.unwrap();
    cluster.settle().await;
    let now = cluster.pods_of("deployments", "prod", "api");
    assert!(now.len() == 2 && now.iter().all(|pod| pod["metadata"]["name"] != name.as_str()));
}

#[tokio::test]
async fn who_shows_no_token_is_nobody() {
    let cluster = Cluster::start().await;
    crate::choose_crypto();
    let answer = reqwest::get(format!("{}/api/v1/pods", cluster.url())).await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
}

/// Section 1.2 25: what is not in a StatefulSet's revision cannot be changed back either.
#[tokio::test]
async fn fixed_fields_stay() {
    let cluster = Cluster::start().await;
    cluster.apply(tests::kubernetes::stateful_set("db", GOOD, 1));
    let path = "/apis/apps/v1/namespaces/prod/statefulsets/db";
    let (code, answer, _) =
        call(&cluster, "PATCH", path, MERGE_PATCH, &json!({"spec": {"serviceName": "other"}})).await;
    assert_eq!(code, 422);
    assert!(answer["message"].as_str().unwrap().contains("updates to statefulset spec for fields other than"));
}
