//! DaemonSets: one on each node, a few at a time.

use serde_json::{Value, json};
use tests::kubernetes::{Cluster, PodBehaviour, daemon_set};

use crate::{BAD, GOOD};

async fn cluster_with(change: impl FnOnce(&mut Value)) -> Cluster {
    let cluster = Cluster::start().await;
    for name in ["node-2", "node-3"] {
        cluster.apply(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}));
    }
    let mut agent = daemon_set("agent", GOOD);
    change(&mut agent);
    cluster.apply(agent);
    cluster.settle().await;
    cluster
}

fn images(cluster: &Cluster) -> Vec<String> {
    let pods = cluster.pods_of("daemonsets", "prod", "agent");
    let mut images: Vec<_> =
        pods.iter().map(|pod| pod["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()).collect();
    images.sort();
    images
}

#[tokio::test]
async fn each_node_has_one_and_history_is_kept() {
    let cluster = cluster_with(|_| {}).await;
    let pods = cluster.pods_of("daemonsets", "prod", "agent");
    let mut nodes: Vec<_> = pods.iter().map(|pod| pod["spec"]["nodeName"].as_str().unwrap()).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"]);
    cluster.release("daemonsets", "agent", BAD).await;
    assert_eq!(images(&cluster), [BAD, BAD, BAD]);
    let status = cluster.get("daemonsets", "prod", "agent")["status"].clone();
    assert_eq!((&status["updatedNumberScheduled"], &status["numberAvailable"]), (&json!(3), &json!(3)));
    cluster.release("daemonsets", "agent", GOOD).await;
    let history = cluster.all("controllerrevisions", "prod");
    let mut numbers: Vec<_> = history.iter().map(|one| one["revision"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!((numbers, images(&cluster)), (vec![2, 3], vec![GOOD.to_owned(); 3]));
}

/// Section 1.2 26: a node that does not come up holds the others back, and a rollback heals it.
#[tokio::test]
async fn a_release_that_fails_stops_at_its_bound() {
    let cluster = cluster_with(|_| {}).await;
    cluster.behave(BAD, PodBehaviour::NeverReady);
    cluster.release("daemonsets", "agent", BAD).await;
    assert_eq!(images(&cluster), [GOOD, GOOD, BAD]);
    assert_eq!(cluster.get("daemonsets", "prod", "agent")["status"]["numberUnavailable"], 1);
    cluster.release("daemonsets", "agent", GOOD).await;
    assert_eq!(images(&cluster), [GOOD, GOOD, GOOD]);
}

#[tokio::test]
async fn on_delete_waits_for_somebody() {
    let cluster = cluster_with(|agent| agent["spec"]["updateStrategy"] = json!({"type": "OnDelete"})).await;
    cluster.release("daemonsets", "agent", BAD).await;
    assert_eq!(images(&cluster), [GOOD, GOOD, GOOD]);
    let name = cluster.pods_of("daemonsets", "prod", "agent")[0]["metadata"]["name"].as_str().unwrap().to_owned();
    cluster.delete("pods", "prod", &name);
    cluster.settle().await;
    assert_eq!(images(&cluster), [GOOD, GOOD, BAD]);
}

#[tokio::test]
async fn a_node_that_comes_gets_one() {
    let cluster = cluster_with(|_| {}).await;
    cluster.apply(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-4"}}));
    cluster.settle().await;
    assert_eq!(cluster.pods_of("daemonsets", "prod", "agent").len(), 4);
}
