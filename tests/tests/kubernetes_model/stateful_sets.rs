//! StatefulSets: order, partitions, and the pod that blocks its own rollback.

use serde_json::{Value, json};
use tests::kubernetes::{Cluster, PodBehaviour, stateful_set};

use crate::{BAD, GOOD, call};

const DB: &str = "/apis/apps/v1/namespaces/prod/statefulsets/db";

async fn cluster_with(change: impl FnOnce(&mut Value)) -> Cluster {
    let cluster = Cluster::start().await;
    let mut db = stateful_set("db", GOOD, 3);
    change(&mut db);
    cluster.apply(db);
    cluster.settle().await;
    cluster
}

fn image_of(cluster: &Cluster, pod: &str) -> String {
    cluster.get("pods", "prod", pod)["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
}

fn images(cluster: &Cluster) -> Vec<String> {
    ["db-0", "db-1", "db-2"].iter().map(|pod| image_of(cluster, pod)).collect()
}

fn uid(cluster: &Cluster, pod: &str) -> Value {
    cluster.get("pods", "prod", pod)["metadata"]["uid"].clone()
}

/// What `kubectl rollout undo` sends: the data of a revision.
async fn undo(cluster: &Cluster, revision: i64) {
    let history = cluster.all("controllerrevisions", "prod");
    let data = history.iter().find(|one| one["revision"] == revision).unwrap()["data"].clone();
    let (code, answer, _) = call(cluster, "PATCH", DB, "application/strategic-merge-patch+json", &data).await;
    assert_eq!(code, 200, "{answer:#}");
}

fn numbers(cluster: &Cluster) -> Vec<i64> {
    let history = cluster.all("controllerrevisions", "prod");
    let mut numbers: Vec<_> = history.iter().map(|one| one["revision"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// Section 1.1 B: history by revisions, and a way back by a strategic patch of one.
#[tokio::test]
async fn it_rolls_from_the_last_and_back_again() {
    let cluster = cluster_with(|_| {}).await;
    cluster.release("statefulsets", "db", BAD).await;
    assert_eq!(images(&cluster), [BAD, BAD, BAD]);
    let status = cluster.get("statefulsets", "prod", "db")["status"].clone();
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    assert_eq!((&status["updatedReplicas"], &status["readyReplicas"]), (&json!(3), &json!(3)));
    assert_eq!(numbers(&cluster), [1, 2]);
    undo(&cluster, 1).await;
    cluster.settle().await;
    assert_eq!(images(&cluster), [GOOD, GOOD, GOOD]);
    assert_eq!(numbers(&cluster), [2, 3]);
}

/// Trap 8, K9: the pod that cannot start blocks the rollback that would heal it; deleted, it comes back good.
#[tokio::test]
async fn trap_8_a_stuck_pod_blocks_its_own_rollback() {
    let cluster = cluster_with(|_| {}).await;
    cluster.behave(BAD, PodBehaviour::CannotPull);
    let kept = [uid(&cluster, "db-0"), uid(&cluster, "db-1")];
    cluster.release("statefulsets", "db", BAD).await;
    assert_eq!(images(&cluster), [GOOD, GOOD, BAD]);
    undo(&cluster, 1).await;
    cluster.settle().await;
    assert_eq!(images(&cluster), [GOOD, GOOD, BAD], "nothing happens by itself");
    let db = cluster.get("statefulsets", "prod", "db");
    assert_eq!(db["status"]["observedGeneration"], db["metadata"]["generation"]);
    let stuck = cluster.get("pods", "prod", "db-2");
    assert_ne!(stuck["metadata"]["labels"]["controller-revision-hash"], db["status"]["updateRevision"]);
    cluster.delete("pods", "prod", "db-2");
    cluster.settle().await;
    assert_eq!(images(&cluster), [GOOD, GOOD, GOOD]);
    assert_eq!(cluster.get("statefulsets", "prod", "db")["status"]["readyReplicas"], 3);
    assert_eq!([uid(&cluster, "db-0"), uid(&cluster, "db-1")], kept);
}

/// Section 1.2 24: deleted before the rollback it comes back on the bad template.
#[tokio::test]
async fn a_stuck_pod_deleted_too_early_comes_back_bad() {
    let cluster = cluster_with(|_| {}).await;
    cluster.behave(BAD, PodBehaviour::CannotPull);
    cluster.release("statefulsets", "db", BAD).await;
    cluster.delete("pods", "prod", "db-2");
    cluster.settle().await;
    assert_eq!(image_of(&cluster, "db-2"), BAD);
}

/// Section 1.2 24: those that start side by side recover by themselves.
#[tokio::test]
async fn parallel_sets_recover_by_themselves() {
    let cluster = cluster_with(|db| db["spec"]["podManagementPolicy"] = json!("Parallel")).await;
    cluster.behave(BAD, PodBehaviour::CannotPull);
    cluster.release("statefulsets", "db", BAD).await;
    undo(&cluster, 1).await;
    cluster.settle().await;
    assert_eq!(images(&cluster), [GOOD, GOOD, GOOD]);
}

/// Section 1.2 25: pods below the partition stay as they are.
#[tokio::test]
async fn a_partition_holds_pods_back() {
    let cluster = cluster_with(|db| db["spec"]["updateStrategy"] = json!({"rollingUpdate": {"partition": 2}})).await;
    cluster.release("statefulsets", "db", BAD).await;
    assert_eq!(images(&cluster), [GOOD, GOOD, BAD]);
    let status = cluster.get("statefulsets", "prod", "db")["status"].clone();
    assert_eq!((&status["updatedReplicas"], &status["currentReplicas"]), (&json!(1), &json!(2)));
    assert_ne!(status["currentRevision"], status["updateRevision"]);
    // One below it that goes comes back as it was.
    cluster.delete("pods", "prod", "db-0");
    cluster.settle().await;
    assert_eq!(image_of(&cluster, "db-0"), GOOD);
}

/// Section 1.2 25: with `OnDelete` nothing happens until somebody deletes.
#[tokio::test]
async fn on_delete_waits_for_somebody() {
    let cluster = cluster_with(|db| db["spec"]["updateStrategy"] = json!({"type": "OnDelete"})).await;
    cluster.release("statefulsets", "db", BAD).await;
    assert_eq!(images(&cluster), [GOOD, GOOD, GOOD]);
    cluster.delete("pods", "prod", "db-1");
    cluster.settle().await;
    assert_eq!(images(&cluster), [GOOD, BAD, GOOD]);
}

#[tokio::test]
async fn it_shrinks_from_the_last() {
    let cluster = cluster_with(|_| {}).await;
    cluster.change("statefulsets", "prod", "db", |db| db["spec"]["replicas"] = json!(1));
    cluster.settle().await;
    let pods = cluster.pods_of("statefulsets", "prod", "db");
    assert_eq!((pods.len(), &pods[0]["metadata"]["name"]), (1, &json!("db-0")));
}
