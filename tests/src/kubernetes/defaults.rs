//! What the server fills in where an object says nothing.
//!
//! After `pkg/apis/apps/v1/defaults.go` and `pkg/apis/core/v1/defaults.go` (1.36), for the fields that a
//! rollback touches or reads. A template in history compares equal only if both sides were filled in.

use serde_json::{Value, json};

use super::kinds::Kind;
use super::value::{default, text};

/// Fills in.
pub(crate) fn fill(kind: &Kind, object: &mut Value) {
    match (kind.group, kind.plural) {
        ("apps", "deployments") => deployment(&mut object["spec"]),
        ("apps", "replicasets") => {
            default(&mut object["spec"], "replicas", json!(1));
            template(&mut object["spec"]["template"]);
        }
        ("apps", "statefulsets") => stateful_set(&mut object["spec"]),
        ("apps", "daemonsets") => daemon_set(&mut object["spec"]),
        ("", "pods") => {
            pod(&mut object["spec"]);
            default(&mut object["spec"], "enableServiceLinks", json!(true));
        }
        ("", "secrets") => default(object, "type", json!("Opaque")),
        ("", "namespaces") => {
            default(&mut object["spec"], "finalizers", json!(["kubernetes"]));
            default(&mut object["status"], "phase", json!("Active"));
            let name = json!(text(object, "/metadata/name"));
            super::value::set(object, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
        }
        ("autoscaling", _) => default(&mut object["spec"], "minReplicas", json!(1)),
        _ => {}
    }
}

fn deployment(spec: &mut Value) {
    default(spec, "replicas", json!(1));
    default(spec, "revisionHistoryLimit", json!(10));
    default(spec, "progressDeadlineSeconds", json!(600));
    default(spec, "strategy", json!({}));
    default(&mut spec["strategy"], "type", json!("RollingUpdate"));
    if spec["strategy"]["type"] == "RollingUpdate" {
        default(&mut spec["strategy"], "rollingUpdate", json!({}));
        default(&mut spec["strategy"]["rollingUpdate"], "maxUnavailable", json!("25%"));
        default(&mut spec["strategy"]["rollingUpdate"], "maxSurge", json!("25%"));
    }
    template(&mut spec["template"]);
}

fn stateful_set(spec: &mut Value) {
    default(spec, "replicas", json!(1));
    default(spec, "revisionHistoryLimit", json!(10));
    default(spec, "podManagementPolicy", json!("OrderedReady"));
    default(spec, "updateStrategy", json!({}));
    default(&mut spec["updateStrategy"], "type", json!("RollingUpdate"));
    if spec["updateStrategy"]["type"] == "RollingUpdate" {
        default(&mut spec["updateStrategy"], "rollingUpdate", json!({}));
        default(&mut spec["updateStrategy"]["rollingUpdate"], "partition", json!(0));
    }
    default(spec, "persistentVolumeClaimRetentionPolicy", json!({"whenDeleted": "Retain", "whenScaled": "Retain"}));
    template(&mut spec["template"]);
}

fn daemon_set(spec: &mut Value) {
    default(spec, "revisionHistoryLimit", json!(10));
    default(spec, "updateStrategy", json!({}));
    default(&mut spec["updateStrategy"], "type", json!("RollingUpdate"));
    if spec["updateStrategy"]["type"] == "RollingUpdate" {
        default(&mut spec["updateStrategy"], "rollingUpdate", json!({}));
        default(&mut spec["updateStrategy"]["rollingUpdate"], "maxUnavailable", json!(1));
        default(&mut spec["updateStrategy"]["rollingUpdate"], "maxSurge", json!(0));
    }
    template(&mut spec["template"]);
}

/// A template of pods.
pub(crate) fn template(template: &mut Value) {
    default(template, "metadata", json!({}));
    // Controllers' clients write the field out, the server keeps no empty time.
    if template["metadata"].get("creationTimestamp").is_some_and(Value::is_null) {
        super::value::remove(template, &["metadata", "creationTimestamp"]);
    }
    pod(&mut template["spec"]);
}

fn pod(spec: &mut Value) {
    default(spec, "restartPolicy", json!("Always"));
    default(spec, "terminationGracePeriodSeconds", json!(30));
    default(spec, "dnsPolicy", json!("ClusterFirst"));
    default(spec, "securityContext", json!({}));
    default(spec, "schedulerName", json!("default-scheduler"));
    // The old name of the field is kept beside the new one, whichever was written.
    if let Some(account) = spec.get("serviceAccountName").or(spec.get("serviceAccount")).cloned() {
        default(spec, "serviceAccountName", account.clone());
        spec["serviceAccount"] = account;
    }
    for list in ["containers", "initContainers"] {
        spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(container);
    }
}

fn container(container: &mut Value) {
    default(container, "terminationMessagePath", json!("/dev/termination-log"));
    default(container, "terminationMessagePolicy", json!("File"));
    default(container, "resources", json!({}));
    let image = text(container, "/image");
    let last = image.rsplit('/').next().unwrap_or_default();
    let moves = !image.contains('@') && (!last.contains(':') || last.ends_with(":latest"));
    default(container, "imagePullPolicy", json!(if moves { "Always" } else { "IfNotPresent" }));
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        default(port, "protocol", json!("TCP"));
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get_mut(probe).filter(|probe| probe.is_object()) else { continue };
        let defaults = [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)];
        defaults.into_iter().for_each(|(key, value)| default(probe, key, json!(value)));
        if let Some(get) = probe.get_mut("httpGet") {
            default(get, "scheme", json!("HTTP"));
            default(get, "path", json!("/"));
        }
    }
}
