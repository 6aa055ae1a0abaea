//! The traps of section 0 that are the cluster's own, by their numbers.

use std::time::Duration;

use serde_json::{Value, json};
use tests::kubernetes::{Cluster, PodBehaviour, deployment};

use crate::{BAD, GOOD, cluster_with, condition, reason, roll_back, seen_since};

fn quota(pods: i64) -> Value {
    json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small", "namespace": "prod"},
           "spec": {"hard": {"pods": pods.to_string()}}})
}

/// Trap 5: whoever looks at the condition alone sees a rollout that is done before it began.
#[tokio::test]
async fn trap_5_the_answer_to_the_patch_says_complete() {
    let cluster = cluster_with(&[GOOD, BAD], 3).await;
    let answer = roll_back(&cluster, GOOD).await;
    assert_eq!(reason(&answer, "Progressing"), "NewReplicaSetAvailable");
    assert_eq!(condition(&answer, "Progressing")["status"], "True");
    let (generation, seen) = (&answer["metadata"]["generation"], &answer["status"]["observedGeneration"]);
    assert_eq!(generation.as_i64().unwrap(), seen.as_i64().unwrap() + 1);
    let version = answer["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    cluster.settle().await;
    let states = seen_since(&cluster, version).await;
    let early = states.iter().take_while(|state| reason(state, "Progressing") == "NewReplicaSetAvailable");
    assert!(early.count() >= 1, "the first events after the patch still say so");
}

/// Trap 6: a set that is reused and whose pods cannot be made never runs out of time.
#[tokio::test]
async fn trap_6_a_quota_that_blocks_a_rollback_is_told_by_replica_failure_alone() {
    let cluster = cluster_with(&[GOOD, BAD], 3).await;
    cluster.change("deployments", "prod", "api", |api| api["spec"]["progressDeadlineSeconds"] = json!(5));
    cluster.apply(quota(3));
    cluster.settle().await;
    roll_back(&cluster, GOOD).await;
    let api = cluster.until("deployments", "prod", "api", |api| !condition(api, "ReplicaFailure").is_null()).await;
    let failure = condition(&api, "ReplicaFailure");
    assert_eq!((&failure["status"], &failure["reason"]), (&json!("True"), &json!("FailedCreate")));
    let words = failure["message"].as_str().unwrap();
    assert!(
        words.ends_with("is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3"),
        "{words}"
    );
    cluster.advance(Duration::from_secs(60));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let api = cluster.deployment("prod", "api");
    assert_eq!(reason(&api, "Progressing"), "NewReplicaSetAvailable");
    assert_eq!(api["metadata"]["generation"], api["status"]["observedGeneration"]);
    // Room is made: it comes through, and the failure is taken back.
    cluster.apply(quota(10));
    let done = |api: &Value| api["status"]["updatedReplicas"] == 3 && api["status"]["replicas"] == 3;
    let api = cluster.until("deployments", "prod", "api", done).await;
    assert!(condition(&api, "ReplicaFailure").is_null(), "{api:#}");
}

/// Beside trap 6: a set that is new is timed out like any other.
#[tokio::test]
async fn a_quota_that_blocks_a_release_runs_out_of_time() {
    let cluster = cluster_with(&[GOOD], 3).await;
    cluster.change("deployments", "prod", "api", |api| api["spec"]["progressDeadlineSeconds"] = json!(5));
    cluster.apply(quota(3));
    cluster.settle().await;
    cluster.change("deployments", "prod", "api", |api| {
        api["spec"]["template"]["spec"]["containers"][0]["image"] = json!(BAD)
    });
    cluster.until("deployments", "prod", "api", |api| !condition(api, "ReplicaFailure").is_null()).await;
    cluster.advance(Duration::from_secs(8));
    let out = |api: &Value| reason(api, "Progressing") == "ProgressDeadlineExceeded";
    cluster.until("deployments", "prod", "api", out).await;
}

/// Trap 6, by a policy and by an account that is missing.
#[tokio::test]
async fn trap_6_policies_and_missing_accounts_are_told_in_the_same_way() {
    let words = "violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false";
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    cluster.refuse("pods", "prod", words);
    roll_back(&cluster, GOOD).await;
    let api = cluster.until("deployments", "prod", "api", |api| !condition(api, "ReplicaFailure").is_null()).await;
    assert!(condition(&api, "ReplicaFailure")["message"].as_str().unwrap().ends_with(words));
    let events = cluster.all("events", "prod");
    assert!(events.iter().any(|event| event["reason"] == "FailedCreate" && event["type"] == "Warning"));

    let cluster = Cluster::start().await;
    let mut api = deployment("api", GOOD, 1);
    api["spec"]["template"]["spec"]["serviceAccountName"] = json!("robot");
    cluster.apply(api);
    let api = cluster.until("deployments", "prod", "api", |api| !condition(api, "ReplicaFailure").is_null()).await;
    let words = condition(&api, "ReplicaFailure")["message"].as_str().unwrap().to_owned();
    assert!(
        words.ends_with("error looking up service account prod/robot: serviceaccount \"robot\" not found"),
        "{words}"
    );
}

/// A rollout that timed out, and its rollback; how many events told the old failure under the new generation.
async fn told_again(replicas: i64) -> usize {
    let cluster = Cluster::start().await;
    cluster.behave(BAD, PodBehaviour::Crashes(1));
    let mut api = deployment("api", GOOD, replicas);
    api["spec"]["progressDeadlineSeconds"] = json!(4);
    cluster.apply(api);
    cluster.settle().await;
    cluster.release("deployments", "api", BAD).await;
    cluster.advance(Duration::from_secs(6));
    let out = |api: &Value| reason(api, "Progressing") == "ProgressDeadlineExceeded";
    let before = cluster.until("deployments", "prod", "api", out).await;
    let answer = roll_back(&cluster, GOOD).await;
    let version = answer["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    let done = |api: &Value| reason(api, "Progressing") == "NewReplicaSetAvailable";
    cluster.until("deployments", "prod", "api", done).await;
    let states = seen_since(&cluster, version).await;
    let again: Vec<_> = states
        .iter()
        .filter(|state| out(state) && state["metadata"]["generation"] == state["status"]["observedGeneration"])
        .collect();
    for state in &again {
        // With the times of the first telling: that is how it can be known.
        assert_eq!(condition(state, "Progressing"), condition(&before, "Progressing"));
    }
    again.len()
}

/// Trap 7: with one replica there is no progress to tell before the old set is gone.
#[tokio::test]
async fn trap_7_an_old_timeout_is_told_again_under_the_new_generation() {
    for _ in 0..3 {
        assert_eq!(told_again(1).await, 1);
    }
}

/// Trap 7: with more, the pods that serve are progress at once.
#[tokio::test]
async fn trap_7_not_with_more_replicas() {
    for replicas in [2, 3] {
        assert_eq!(told_again(replicas).await, 0);
    }
}

/// Trap 9: nobody serves, and it is said to be done.
#[tokio::test]
async fn trap_9_no_replicas_are_a_success_with_any_image() {
    let cluster = Cluster::start().await;
    cluster.behave(BAD, PodBehaviour::CannotPull);
    cluster.apply(deployment("api", BAD, 0));
    cluster.settle().await;
    let api = cluster.deployment("prod", "api");
    assert_eq!(reason(&api, "Progressing"), "NewReplicaSetAvailable");
    assert_eq!(condition(&api, "Available")["status"], "True");
    assert_eq!(api["status"].get("replicas"), None);
}

/// Trap 12: a tool that holds the object to its repository takes a rollback back.
#[tokio::test]
async fn trap_12_a_tool_takes_the_rollback_back() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    cluster.hold_to_git("argocd-controller", "deployments", "prod", "api", Duration::ZERO);
    let answer = roll_back(&cluster, GOOD).await;
    let image = |api: &Value| api["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image(&answer), GOOD);
    cluster.settle().await;
    assert_eq!(image(&cluster.deployment("prod", "api")), BAD);
    // Flux comes minutes later, when all seems well.
    cluster.let_go_of_git();
    cluster.hold_to_git("kustomize-controller", "deployments", "prod", "api", Duration::from_mins(10));
    roll_back(&cluster, GOOD).await;
    cluster.settle().await;
    assert_eq!(image(&cluster.deployment("prod", "api")), GOOD);
    cluster.advance(Duration::from_mins(11));
    cluster.until("deployments", "prod", "api", |api| image(api) == BAD).await;
}

/// Trap 10: a patch of the template alone keeps annotations that were added since; only kubectl drops them.
#[tokio::test]
async fn trap_10_a_patch_of_the_template_keeps_annotations() {
    let cluster = cluster_with(&[GOOD, BAD], 1).await;
    cluster.change("deployments", "prod", "api", |api| api["metadata"]["annotations"]["oncall"] = json!("team-a"));
    cluster.settle().await;
    let answer = roll_back(&cluster, GOOD).await;
    assert_eq!(answer["metadata"]["annotations"]["oncall"], "team-a");
}

/// Many at once come to rest.
#[tokio::test]
async fn sixty_roll_at_once() {
    let cluster = Cluster::start().await;
    let names: Vec<String> = (0..60).map(|number| format!("api-{number}")).collect();
    names.iter().for_each(|name| drop(cluster.apply(deployment(name, GOOD, 2))));
    cluster.settle().await;
    for name in &names {
        cluster.change("deployments", "prod", name, |api| {
            api["spec"]["template"]["spec"]["containers"][0]["image"] = json!(BAD)
        });
    }
    cluster.settle().await;
    let done = |name: &String| reason(&cluster.deployment("prod", name), "Progressing") == "NewReplicaSetAvailable";
    assert!(names.iter().all(done));
    assert_eq!(cluster.all("pods", "prod").len(), 120);
}
