//! The scheduler and the nodes: a pod gets a node, its containers start or do not, and it goes when it is
//! told to.
//!
//! Reasons and words after `pkg/kubelet/images/types.go`, `pkg/kubelet/container/sync_result.go` and
//! `pkg/kubelet/kubelet_pods.go` (1.36).

mod containers;
mod failures;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::containers::{Progress, containers};
use super::{Look, condition, is_leaving};
use crate::kubernetes::behaviour::PodBehaviour;
use crate::kubernetes::fields::Writer;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{flag, list, number, set, text};
use crate::kubernetes::world::World;

/// How long a pod takes to go.
const GOING: SignedDuration = SignedDuration::from_millis(5);

pub(super) fn sync(world: &mut World, key: &Key, pod: &Arc<Value>) -> Look {
    if is_leaving(pod) {
        return leave(world, key, pod);
    }
    if text(pod, "/spec/nodeName").is_empty() && !schedule(world, key, pod)? {
        return Ok(());
    }
    let pod = world.get(key)?;
    let mut now = Progress { wait: None, statuses: Vec::new(), events: Vec::new() };
    let mut status = pod["status"].clone();
    let started = containers(world, &pod, "initContainers", "initContainerStatuses", true, &mut now);
    let initialized = now.statuses.iter().all(|status| text(status, "/state/terminated/reason") == "Completed");
    if !list(&pod, "/spec/initContainers").is_empty() {
        status["initContainerStatuses"] = json!(std::mem::take(&mut now.statuses));
    }
    containers(world, &pod, "containers", "containerStatuses", started && initialized, &mut now);
    let ready = initialized && now.statuses.iter().all(|status| flag(status, "/ready"));
    let running = now
        .statuses
        .iter()
        .any(|status| status["state"].get("running").is_some() || number(status, "/restartCount") > 0);
    let phase = if initialized && running { "Running" } else { "Pending" };
    status["phase"] = json!(phase);
    status["containerStatuses"] = json!(now.statuses);
    status["hostIP"] = json!("10.0.0.1");
    status["startTime"] = status.get("startTime").cloned().unwrap_or_else(|| json!(world.time()));
    for (kind, holds, reason) in [
        ("PodReadyToStartContainers", true, ""),
        ("Initialized", initialized, "ContainersNotInitialized"),
        ("ContainersReady", ready, "ContainersNotReady"),
        ("Ready", ready, "ContainersNotReady"),
        ("PodScheduled", true, ""),
    ] {
        tell(world, &mut status, kind, holds, if holds { "" } else { reason });
    }
    if status != pod["status"] {
        let mut object = (*pod).clone();
        object["status"] = status;
        world.replace(key, object, &Writer::of_status("kubelet"), false)?;
    }
    for (kind, reason, message) in now.events {
        world.record(&pod, kind, reason, &message);
    }
    if let Some(wait) = now.wait {
        world.look_again(key, wait);
    }
    Ok(())
}

fn leave(world: &mut World, key: &Key, pod: &Value) -> Look {
    let grace = SignedDuration::from_secs(number(pod, "/metadata/deletionGracePeriodSeconds"));
    let end: Timestamp = text(pod, "/metadata/deletionTimestamp").parse().unwrap_or_default();
    let told = end - grace;
    let (now, needs) = (world.now(), world.behaviours.going().unwrap_or(GOING));
    if now < told + needs {
        world.look_again(key, (told + needs).duration_since(now));
        return Ok(());
    }
    world.erase(key);
    Ok(())
}

/// Whether it got a node.
fn schedule(world: &mut World, key: &Key, pod: &Value) -> Result<bool, super::Stop> {
    let images = list(pod, "/spec/containers").iter().map(|container| text(container, "/image"));
    let mut object = pod.clone();
    if images.into_iter().any(|image| world.behaviours.of(image) == PodBehaviour::Unschedulable) {
        let words = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption \
                     victims found for incoming pod.";
        tell(world, &mut object["status"], "PodScheduled", false, "Unschedulable");
        if let Some(conditions) = object["status"]["conditions"].as_array_mut() {
            conditions.iter_mut().for_each(|condition| condition["message"] = json!(words));
        }
        world.replace(key, object, &Writer::of_status("kube-scheduler"), false)?;
        world.record(pod, "Warning", "FailedScheduling", words);
        return Ok(false);
    }
    let node = match super::daemon_set::node_of(pod) {
        "" => "node-1",
        node => node,
    };
    set(&mut object, &["spec", "nodeName"], json!(node));
    let bound = world.replace(key, object, &Writer::new("kube-scheduler"), false)?;
    let mut object = (*bound).clone();
    tell(world, &mut object["status"], "PodScheduled", true, "");
    world.replace(key, object, &Writer::of_status("kube-scheduler"), false)?;
    Ok(true)
}

/// Sets a condition; its time changes only with its status.
fn tell(world: &World, status: &mut Value, kind: &str, holds: bool, reason: &str) {
    let wanted = if holds { "True" } else { "False" };
    let before = condition(status, kind).cloned();
    let time = match &before {
        Some(before) if before["status"] == wanted => before["lastTransitionTime"].clone(),
        _ => json!(world.time()),
    };
    let mut fresh = json!({"type": kind, "status": wanted, "lastProbeTime": null, "lastTransitionTime": time});
    if !reason.is_empty() {
        fresh["reason"] = json!(reason);
    }
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let conditions = status["conditions"].as_array_mut().expect("it is a list now");
    match conditions.iter_mut().find(|condition| condition["type"] == kind) {
        Some(place) => *place = fresh,
        None => conditions.push(fresh),
    }
}
