//! Objects to begin with.

use serde_json::{Value, json};

/// A Deployment in the namespace `prod`, with one container of its own name.
#[must_use]
pub fn deployment(name: &str, image: &str, replicas: i64) -> Value {
    workload("Deployment", name, image, replicas)
}

/// A StatefulSet likewise.
#[must_use]
pub fn stateful_set(name: &str, image: &str, replicas: i64) -> Value {
    let mut set = workload("StatefulSet", name, image, replicas);
    set["spec"]["serviceName"] = json!(name);
    set
}

/// A DaemonSet likewise.
#[must_use]
pub fn daemon_set(name: &str, image: &str) -> Value {
    let mut set = workload("DaemonSet", name, image, 0);
    super::value::remove(&mut set, &["spec", "replicas"]);
    set
}

fn workload(kind: &str, name: &str, image: &str, replicas: i64) -> Value {
    let labels = json!({"app": name});
    json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": "prod", "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": image}]},
            },
        },
    })
}
