//! The model of a Kubernetes cluster, held to what clusters do; driven by the real client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod api;
mod daemon_sets;
mod deployments;
mod faults;
mod fields;
mod history;
mod pods;
mod stateful_sets;
mod traps;
mod watches;

use k8s_openapi::api::apps::v1::Deployment;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tests::kubernetes::{Cluster, deployment};

const GOOD: &str = "registry.example/api:v1.2.9";
const BAD: &str = "registry.example/api:v1.3.0";
const WORSE: &str = "registry.example/api:v1.3.1";

/// Whichever test is first.
fn choose_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The real client, by the cluster's kubeconfig.
async fn client(cluster: &Cluster) -> Client {
    choose_crypto();
    let file = Kubeconfig::read_from(cluster.kubeconfig()).unwrap();
    let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
    // By itself it asks again, and again, where the server has no time; here each answer is looked at.
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

/// The Deployments of `prod`, as the real client has them.
async fn deployments(cluster: &Cluster) -> Api<Deployment> {
    Api::namespaced(client(cluster).await, "prod")
}

/// A cluster in which `api` of these images was rolled out, one after the other.
async fn cluster_with(images: &[&str], replicas: i64) -> Cluster {
    let cluster = Cluster::start().await;
    cluster.apply(deployment("api", images[0], replicas));
    cluster.settle().await;
    for image in &images[1..] {
        cluster.release("deployments", "api", image).await;
    }
    cluster
}

/// A call without a client between, for what must be exact.
async fn call(
    cluster: &Cluster,
    method: &str,
    path: &str,
    content_type: &str,
    body: &Value,
) -> (u16, Value, reqwest::header::HeaderMap) {
    choose_crypto();
    let method = method.parse().unwrap();
    let client = reqwest::Client::new();
    let request = client.request(method, format!("{}{path}", cluster.url())).bearer_auth(cluster.token());
    let request = request.header("content-type", content_type).header("user-agent", "rollback-bot/1.0");
    let request = if body.is_null() { request } else { request.body(body.to_string()) };
    let answer = request.send().await.unwrap();
    let (code, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    (code, serde_json::from_str(&text).unwrap_or_else(|_| json!(text)), headers)
}

/// What `kubectl rollout undo` sends: the template of a set, without its hash.
fn undo(cluster: &Cluster, image: &str) -> Value {
    let sets = cluster.all("replicasets", "prod");
    let set = sets.iter().find(|set| set["spec"]["template"]["spec"]["containers"][0]["image"] == image).unwrap();
    let mut template = set["spec"]["template"].clone();
    template["metadata"]["labels"].as_object_mut().unwrap().remove("pod-template-hash");
    json!([{"op": "replace", "path": "/spec/template", "value": template}])
}

const API: &str = "/apis/apps/v1/namespaces/prod/deployments/api";

/// Sends it, and has the answer.
async fn roll_back(cluster: &Cluster, image: &str) -> Value {
    let patch = undo(cluster, image);
    let path = format!("{API}?fieldManager=rollback-bot");
    let (code, answer, _) = call(cluster, "PATCH", &path, "application/json-patch+json", &patch).await;
    assert_eq!(code, 200, "{answer:#}");
    answer
}

/// The condition of this type.
fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}

/// The reason of the condition of this type.
fn reason<'a>(object: &'a Value, kind: &str) -> &'a str {
    condition(object, kind)["reason"].as_str().unwrap_or_default()
}

/// All states of `api` since a version, in their order.
async fn seen_since(cluster: &Cluster, version: u64) -> Vec<Value> {
    let path =
        format!("/apis/apps/v1/namespaces/prod/deployments?watch=true&timeoutSeconds=1&resourceVersion={version}");
    let (_, text, _) = call(cluster, "GET", &path, "", &Value::Null).await;
    let lines = match &text {
        Value::String(text) => text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    lines.into_iter().map(|event| event["object"].clone()).collect()
}
