//! DaemonSets: one pod on each node.
//!
//! After `pkg/controller/daemon/{daemon_controller,update}.go` (1.36), without `maxSurge`: a pod is replaced
//! only after it is gone.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Look, MANAGER, Stop, availability, is_leaving, is_ready, pod_of, revisions};
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::fields::Writer;
use crate::kubernetes::kinds::Kind;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{entries, number, part, set, share, text};
use crate::kubernetes::world::World;

/// The label by which pods and revisions tell their hash.
const HASH: &str = "controller-revision-hash";
/// Where a pod says for which node it is made.
const NODE: &str = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0\
                    /matchFields/0/values/0";

/// The node that a pod is made for, if it is made for one.
pub(super) fn node_of(pod: &Value) -> &str {
    let bound = text(pod, "/spec/nodeName");
    if bound.is_empty() { text(pod, NODE) } else { bound }
}

pub(super) fn sync(world: &mut World, key: &Key, owner: &Value) -> Look {
    let history = revisions::all(world, owner);
    let revision = revisions::wanted(world, owner, &history, HASH)?;
    let hash = revision["metadata"]["labels"][HASH].as_str().unwrap_or_default().to_owned();
    let nodes = nodes(world, owner);
    let made = if is_leaving(owner) { Ok(()) } else { tend(world, owner, &nodes, &hash) };
    write_status(world, key, owner, &nodes, &hash)?;
    let pods = world.claimed("pods", owner);
    let in_use = |revision: &Value| {
        let mine = &revision["metadata"]["labels"][HASH];
        *mine == hash.as_str() || pods.iter().any(|pod| pod["metadata"]["labels"][HASH] == *mine)
    };
    revisions::clean_up(world, owner, &history, in_use);
    made
}

/// The nodes that its pods may be on.
fn nodes(world: &World, owner: &Value) -> Vec<String> {
    let nodes = world.store.all(Kind::named("nodes"), "");
    let takes = |node: &Value| {
        entries(owner, "/spec/template/spec/nodeSelector").all(|(key, value)| node["metadata"]["labels"][key] == value)
    };
    nodes.iter().filter(|node| takes(node)).map(|node| text(node, "/metadata/name").to_owned()).collect()
}

fn tend(world: &mut World, owner: &Value, nodes: &[String], hash: &str) -> Look {
    let pods = world.claimed("pods", owner);
    for pod in pods.iter().filter(|pod| !nodes.iter().any(|node| node == node_of(pod)) && !is_leaving(pod)) {
        delete(world, owner, pod)?;
    }
    for node in nodes {
        let here = pods.iter().filter(|pod| node_of(pod) == node).count();
        if here == 0 {
            make(world, owner, node, hash)?;
        }
    }
    if text(owner, "/spec/updateStrategy/type") == "OnDelete" { Ok(()) } else { roll(world, owner, nodes, hash) }
}

/// Old pods that serve nobody go first, then as many others as may be missing.
fn roll(world: &mut World, owner: &Value, nodes: &[String], hash: &str) -> Look {
    let whole = i64::try_from(nodes.len()).unwrap_or_default();
    let most = share(part(owner, "/spec/updateStrategy/rollingUpdate/maxUnavailable"), whole, true).max(1);
    let (least, now) = (number(owner, "/spec/minReadySeconds"), world.now());
    let pods = world.claimed("pods", owner);
    let (mut missing, mut idle, mut serving) = (0, Vec::new(), Vec::new());
    for node in nodes {
        let Some(pod) = pods.iter().find(|pod| node_of(pod) == node && !is_leaving(pod)) else {
            missing += 1;
            continue;
        };
        let serves = availability(pod, least, now).is_ok();
        missing += i64::from(!serves);
        if pod["metadata"]["labels"][HASH] != hash {
            if serves { serving.push(Arc::clone(pod)) } else { idle.push(Arc::clone(pod)) }
        }
    }
    let may = usize::try_from(most - missing).unwrap_or_default();
    for pod in idle.into_iter().chain(serving.into_iter().take(may)) {
        delete(world, owner, &pod)?;
    }
    Ok(())
}

fn delete(world: &mut World, owner: &Value, pod: &Value) -> Look {
    let key = Key::of(pod).ok_or(Stop::Done)?;
    world.delete(&key, &Deletion::plain(), false)?;
    world.record(owner, "Normal", "SuccessfulDelete", &format!("Deleted pod: {}", key.name));
    Ok(())
}

fn make(world: &mut World, owner: &Value, node: &str, hash: &str) -> Look {
    let mut pod = pod_of(owner, part(owner, "/spec/template"));
    set(&mut pod, &["metadata", "generateName"], json!(format!("{}-", text(owner, "/metadata/name"))));
    set(&mut pod, &["metadata", "labels", HASH], json!(hash));
    let generation = number(owner, "/metadata/generation").to_string();
    set(&mut pod, &["metadata", "labels", "pod-template-generation"], json!(generation));
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let terms = json!({"nodeSelectorTerms": [{"matchFields": [field]}]});
    pod["spec"]["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}});
    match world.create(pod, &Writer::new(MANAGER), false) {
        Ok(made) => {
            let words = format!("Created pod: {}", text(&made, "/metadata/name"));
            world.record(owner, "Normal", "SuccessfulCreate", &words);
            Ok(())
        }
        Err(refusal) => {
            world.record(owner, "Warning", "FailedCreate", &format!("Error creating: {}", refusal.message));
            Err(Stop::Refused(refusal))
        }
    }
}

fn write_status(world: &mut World, key: &Key, owner: &Value, nodes: &[String], hash: &str) -> Look {
    let pods = world.claimed("pods", owner);
    let (least, now) = (number(owner, "/spec/minReadySeconds"), world.now());
    let (mut here, mut ready, mut serving, mut updated) = (0, 0, 0, 0);
    for node in nodes {
        let Some(pod) = pods.iter().find(|pod| node_of(pod) == node) else { continue };
        here += 1;
        ready += usize::from(is_ready(pod));
        updated += usize::from(pod["metadata"]["labels"][HASH] == hash);
        match availability(pod, least, now) {
            Ok(()) => serving += 1,
            Err(Some(wait)) => world.look_again(key, wait),
            Err(None) => {}
        }
    }
    let mut status = json!({
        "desiredNumberScheduled": nodes.len(), "currentNumberScheduled": here, "numberMisscheduled": 0,
        "numberReady": ready, "observedGeneration": owner["metadata"]["generation"],
    });
    let counts = [
        ("updatedNumberScheduled", updated),
        ("numberAvailable", serving),
        ("numberUnavailable", nodes.len() - serving),
    ];
    for (field, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        status[field] = json!(count);
    }
    if status != owner["status"] {
        let mut object = owner.clone();
        object["status"] = status;
        world.replace(key, object, &Writer::of_status(MANAGER), false)?;
    }
    Ok(())
}
