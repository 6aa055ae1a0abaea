//! Watches: every change in its order, and how they end.

use std::time::Duration;

use futures::{StreamExt as _, stream::BoxStream};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{WatchEvent, WatchParams};
use serde_json::{Value, json};
use tests::kubernetes::{Cluster, Interrupt, deployment};

use crate::{BAD, GOOD, call, client, cluster_with, deployments, seen_since};

type Events<K> = BoxStream<'static, kube::Result<WatchEvent<K>>>;

async fn watch(cluster: &Cluster, version: &str) -> Events<Deployment> {
    deployments(cluster).await.watch(&WatchParams::default(), version).await.unwrap().boxed()
}

async fn next<K: 'static>(events: &mut Events<K>) -> kube::Result<WatchEvent<K>> {
    let next = tokio::time::timeout(Duration::from_secs(10), events.next()).await;
    next.expect("an event comes").expect("the watch goes on")
}

fn version_of(object: &Value) -> String {
    object["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_write_is_told_once_and_in_order() {
    let cluster = cluster_with(&[GOOD], 2).await;
    let version = cluster.version();
    cluster.release("deployments", "api", BAD).await;
    let states = seen_since(&cluster, version).await;
    let versions: Vec<u64> = states.iter().map(|state| version_of(state).parse().unwrap()).collect();
    assert!(versions.is_sorted() && versions.len() > 5, "{versions:?}");
    assert_eq!(states.last().unwrap(), &cluster.deployment("prod", "api"));
    let images: Vec<_> =
        states.iter().map(|state| &state["spec"]["template"]["spec"]["containers"][0]["image"]).collect();
    assert!(images.iter().all(|image| *image == BAD));
    // Every state is decoded by the real client.
    for state in states {
        serde_json::from_value::<Deployment>(state).unwrap();
    }
}

#[tokio::test]
async fn a_watch_from_0_begins_with_what_is_there() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let mut events = watch(&cluster, "0").await;
    assert!(matches!(next(&mut events).await.unwrap(), WatchEvent::Added(_)));
    cluster.change("deployments", "prod", "api", |api| api["metadata"]["labels"]["tier"] = json!("front"));
    assert!(matches!(next(&mut events).await.unwrap(), WatchEvent::Modified(_)));
    cluster.delete("deployments", "prod", "api");
    assert!(matches!(next(&mut events).await.unwrap(), WatchEvent::Deleted(_)));
}

#[tokio::test]
async fn what_leaves_a_selection_is_deleted_from_it() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let pods: Api<Pod> = Api::namespaced(client(&cluster).await, "prod");
    let params = WatchParams::default().labels("app=api");
    let mut events: Events<Pod> = pods.watch(&params, &cluster.version().to_string()).await.unwrap().boxed();
    let pod = cluster.pods_of("deployments", "prod", "api")[0].clone();
    let name = pod["metadata"]["name"].as_str().unwrap();
    cluster.stop_controller("replicasets");
    cluster.change("pods", "prod", name, |pod| pod["metadata"]["labels"]["app"] = json!("quarantine"));
    let WatchEvent::Deleted(last) = next(&mut events).await.unwrap() else { panic!("not deleted") };
    assert_eq!(last.metadata.labels.unwrap()["app"], "api");
    cluster.change("pods", "prod", name, |pod| pod["metadata"]["labels"]["app"] = json!("api"));
    assert!(matches!(next(&mut events).await.unwrap(), WatchEvent::Added(_)));
}

/// A version that is compacted is told by an event, after a 200.
#[tokio::test]
async fn a_version_that_is_too_old_is_gone() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let version = version_of(&cluster.deployment("prod", "api"));
    cluster.release("deployments", "api", BAD).await;
    cluster.compact();
    let mut events = watch(&cluster, &version).await;
    let WatchEvent::Error(gone) = next(&mut events).await.unwrap() else { panic!("no error") };
    assert_eq!((gone.code, gone.reason.as_str()), (410, "Expired"));
    assert!(gone.message.starts_with("too old resource version"), "{}", gone.message);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn watches_end_as_a_test_wants() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let version = cluster.version().to_string();
    let mut cut = watch(&cluster, &version).await;
    cluster.interrupt_watches("deployments", Interrupt::Cut);
    // The client takes a connection that breaks between two events for an end.
    assert!(cut.next().await.is_none_or(|event| event.is_err()));
    let mut ended = watch(&cluster, &version).await;
    cluster.interrupt_watches("pods", Interrupt::End);
    cluster.interrupt_watches("deployments", Interrupt::End);
    assert!(ended.next().await.is_none());
    let mut gone = watch(&cluster, &version).await;
    cluster.interrupt_watches("*", Interrupt::Gone);
    assert!(matches!(next(&mut gone).await.unwrap(), WatchEvent::Error(status) if status.code == 410));
}

/// A bookmark tells how far a watch is, though nothing that it tells of changed.
#[tokio::test]
async fn bookmarks_tell_the_version() {
    let cluster = cluster_with(&[GOOD], 1).await;
    let mut events = watch(&cluster, &cluster.version().to_string()).await;
    cluster.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "prod"}}));
    let version = cluster.version().to_string();
    cluster.interrupt_watches("deployments", Interrupt::Bookmark);
    let WatchEvent::Bookmark(bookmark) = next(&mut events).await.unwrap() else { panic!("no bookmark") };
    assert_eq!(bookmark.metadata.resource_version, version);
}

const PATH: &str = "/apis/apps/v1/namespaces/prod/deployments?watch=true&timeoutSeconds=1&allowWatchBookmarks=true\
                    &sendInitialEvents=true&resourceVersionMatch=NotOlderThan";

/// A list as a watch ends with a bookmark that says so; a server that does not know it refuses.
#[tokio::test]
async fn a_list_may_be_a_watch() {
    let cluster = cluster_with(&[GOOD], 1).await;
    cluster.apply(deployment("worker", GOOD, 0));
    cluster.settle().await;
    let (_, text, _) = call(&cluster, "GET", PATH, "", &Value::Null).await;
    let events: Vec<Value> = text.as_str().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = events.iter().take(3).map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ADDED", "ADDED", "BOOKMARK"]);
    assert_eq!(events[2]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    cluster.stream_no_lists();
    let (code, answer, _) = call(&cluster, "GET", PATH, "", &Value::Null).await;
    assert_eq!((code, &answer["reason"]), (422, &json!("Invalid")));
}
