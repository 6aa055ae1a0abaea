//! Pods, and the words with which they fail.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use serde_json::{Value, json};
use tests::kubernetes::{Cluster, PodBehaviour, deployment};

use crate::{GOOD, client};

async fn pod_that(behaviour: PodBehaviour) -> (Cluster, Value) {
    let cluster = Cluster::start().await;
    cluster.behave(GOOD, behaviour);
    cluster.apply(deployment("api", GOOD, 1));
    cluster.settle().await;
    let pod = cluster.pods_of("deployments", "prod", "api")[0].clone();
    (cluster, pod)
}

fn waiting(pod: &Value) -> (&str, &str) {
    let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"];
    (waiting["reason"].as_str().unwrap_or_default(), waiting["message"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_pod_is_ready_and_tells_its_digest() {
    let (cluster, pod) = pod_that(PodBehaviour::ReadyAfter(Duration::ZERO)).await;
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!(
        (&pod["status"]["phase"], &status["ready"], &status["restartCount"]),
        (&json!("Running"), &json!(true), &json!(0))
    );
    let id = status["imageID"].as_str().unwrap();
    assert!(id.starts_with("registry.example/api@sha256:") && id.len() == 28 + 64, "{id}");
    cluster.push_image(GOOD, "sha256:1111");
    cluster.delete("pods", "prod", pod["metadata"]["name"].as_str().unwrap());
    cluster.settle().await;
    let pod = &cluster.pods_of("deployments", "prod", "api")[0];
    assert_eq!(pod["status"]["containerStatuses"][0]["imageID"], "registry.example/api@sha256:1111");
    serde_json::from_value::<Pod>(pod.clone()).unwrap();
}

#[tokio::test]
async fn an_image_that_is_not_there_backs_off() {
    let (cluster, pod) = pod_that(PodBehaviour::CannotPull).await;
    let (reason, words) = waiting(&pod);
    assert_eq!((reason, &pod["status"]["phase"]), ("ImagePullBackOff", &json!("Pending")));
    assert!(words.contains("registry.example/api:v1.2.9: not found"), "{words}");
    let events = cluster.all("events", "prod");
    let told: Vec<_> = events
        .iter()
        .filter(|event| event["involvedObject"]["kind"] == "Pod")
        .map(|event| event["reason"].as_str().unwrap())
        .collect();
    assert!(told.contains(&"Failed") && told.contains(&"BackOff"), "{told:?}");
}

#[tokio::test]
async fn other_reasons_to_wait_have_their_names() {
    let expected = [
        (PodBehaviour::InvalidImageName, "InvalidImageName"),
        (PodBehaviour::NeverPulled, "ErrImageNeverPull"),
        (PodBehaviour::ConfigMissing("settings".into()), "CreateContainerConfigError"),
        (PodBehaviour::Stuck, "ContainerCreating"),
    ];
    for (behaviour, reason) in expected {
        let (_cluster, pod) = pod_that(behaviour).await;
        assert_eq!(waiting(&pod).0, reason);
    }
    let (_cluster, pod) = pod_that(PodBehaviour::Unschedulable).await;
    assert_eq!(pod["status"]["conditions"][0]["reason"], "Unschedulable");
    let (_cluster, pod) = pod_that(PodBehaviour::NeverReady).await;
    assert_eq!(pod["status"]["containerStatuses"][0]["ready"], false);
    assert_eq!(pod["status"]["phase"], "Running");
}

#[tokio::test]
async fn a_container_that_ends_is_started_again_with_pauses() {
    let (cluster, pod) = pod_that(PodBehaviour::Crashes(3)).await;
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!((waiting(&pod).0, &status["restartCount"]), ("CrashLoopBackOff", &json!(1)));
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 3);
    let name = pod["metadata"]["name"].as_str().unwrap();
    for restarts in 2..4 {
        cluster.advance(Duration::from_secs(60));
        let again = |pod: &Value| {
            let status = &pod["status"]["containerStatuses"][0];
            status["restartCount"] == restarts && status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        };
        cluster.until("pods", "prod", name, again).await;
    }
    // It is mended: the next start is good.
    cluster.behave(GOOD, PodBehaviour::ReadyAfter(Duration::ZERO));
    cluster.until("pods", "prod", name, |pod| pod["status"]["containerStatuses"][0]["ready"] == true).await;
}

#[tokio::test]
async fn one_may_serve_for_a_while_and_then_end() {
    let cluster = Cluster::start().await;
    cluster.behave(GOOD, PodBehaviour::CrashesAfter(Duration::from_secs(20)));
    cluster.apply(deployment("api", GOOD, 1));
    cluster.until("deployments", "prod", "api", |api| api["status"]["availableReplicas"] == 1).await;
    let name = cluster.pods_of("deployments", "prod", "api")[0]["metadata"]["name"].as_str().unwrap().to_owned();
    cluster.advance(Duration::from_secs(21));
    let restarted = |pod: &Value| pod["status"]["containerStatuses"][0]["restartCount"] == 1;
    cluster.until("pods", "prod", &name, restarted).await;
}

#[tokio::test]
async fn memory_is_told_and_logs_can_be_read() {
    let (cluster, pod) = pod_that(PodBehaviour::OutOfMemory).await;
    let last = &pod["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!((&last["reason"], &last["exitCode"]), (&json!("OOMKilled"), &json!(137)));
    cluster.print(GOOD, "starting\nheap is full");
    let pods: Api<Pod> = Api::namespaced(client(&cluster).await, "prod");
    let name = pod["metadata"]["name"].as_str().unwrap();
    let params = LogParams { previous: true, tail_lines: Some(1), ..LogParams::default() };
    assert_eq!(pods.logs(name, &params).await.unwrap(), "heap is full");
}

#[tokio::test]
async fn init_containers_come_first() {
    let cluster = Cluster::start().await;
    cluster.behave("migrate:v2", PodBehaviour::Crashes(1));
    let mut api = deployment("api", GOOD, 1);
    api["spec"]["template"]["spec"]["initContainers"] = json!([{"name": "migrate", "image": "migrate:v2"}]);
    cluster.apply(api);
    cluster.settle().await;
    let pod = cluster.pods_of("deployments", "prod", "api")[0].clone();
    assert_eq!(waiting(&pod).0, "PodInitializing");
    assert_eq!(pod["status"]["initContainerStatuses"][0]["state"]["waiting"]["reason"], "CrashLoopBackOff");
    cluster.behave("migrate:v2", PodBehaviour::ReadyAfter(Duration::ZERO));
    let ready = |pod: &Value| pod["status"]["containerStatuses"][0]["ready"] == true;
    cluster.until("pods", "prod", pod["metadata"]["name"].as_str().unwrap(), ready).await;
}

/// What is deleted stays a while, and is no part of its set from the first moment.
#[tokio::test]
async fn a_pod_takes_its_time_to_go() {
    let (cluster, pod) = pod_that(PodBehaviour::ReadyAfter(Duration::ZERO)).await;
    cluster.pods_go_after(Duration::from_secs(5));
    let name = pod["metadata"]["name"].as_str().unwrap();
    cluster.delete("pods", "prod", name);
    cluster
        .until("deployments", "prod", "api", |api| {
            api["status"]["terminatingReplicas"] == 1 && api["status"]["availableReplicas"] == 1
        })
        .await;
    assert_eq!(cluster.get("pods", "prod", name)["metadata"]["deletionGracePeriodSeconds"], 30);
    cluster.advance(Duration::from_secs(6));
    cluster.until("deployments", "prod", "api", |api| api["status"]["terminatingReplicas"] == 0).await;
    assert!(cluster.find("pods", "prod", name).is_none());
}
