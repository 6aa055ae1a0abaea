//! ReplicaSets: as many pods as are wanted.
//!
//! After `pkg/controller/replicaset/{replica_set,replica_set_utils}.go` (1.36). What cannot be made is told
//! by `ReplicaFailure` alone, and tried again with longer and longer pauses.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Look, MANAGER, Stop, availability, condition, is_active, is_leaving, is_ready, pod_of};
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::fields::Writer;
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{entries, number, part, set, text};
use crate::kubernetes::world::World;

pub(super) fn sync(world: &mut World, key: &Key, set: &Value) -> Look {
    let pods = world.claimed("pods", set);
    let (active, rest): (Vec<_>, Vec<_>) = pods.into_iter().partition(|pod| is_active(pod));
    let managed = if is_leaving(set) { Ok(()) } else { manage(world, set, &active) };
    // What was made or deleted just now is seen at the next look.
    let leaving = rest.iter().filter(|pod| is_leaving(pod)).count();
    let wait = write_status(world, key, set, &active, leaving, managed.as_ref().err())?;
    if let Some(wait) = wait {
        world.look_again(key, wait);
    }
    managed.map_err(|(_, refusal)| Stop::Refused(refusal))
}

/// Which of both could not be done, and why.
type Trouble = (&'static str, Refusal);

fn manage(world: &mut World, set: &Value, active: &[Arc<Value>]) -> Result<(), Trouble> {
    let wanted = usize::try_from(number(set, "/spec/replicas")).unwrap_or_default();
    for _ in active.len()..wanted {
        let name = text(set, "/metadata/name");
        let mut pod = pod_of(set, part(set, "/spec/template"));
        crate::kubernetes::value::set(&mut pod, &["metadata", "generateName"], json!(format!("{name}-")));
        match world.create(pod, &Writer::new(MANAGER), false) {
            Ok(pod) => {
                let message = format!("Created pod: {}", text(&pod, "/metadata/name"));
                world.record(set, "Normal", "SuccessfulCreate", &message);
            }
            // The first that fails ends the batch: it begins with one (`slowStartBatch`).
            Err(refusal) => {
                world.record(set, "Warning", "FailedCreate", &format!("Error creating: {}", refusal.message));
                return Err(("FailedCreate", refusal));
            }
        }
    }
    let mut ranked: Vec<_> = active.iter().collect();
    ranked.sort_by_key(|pod| rank(pod));
    for pod in ranked.into_iter().take(active.len().saturating_sub(wanted)) {
        let Some(key) = Key::of(pod) else { continue };
        world.delete(&key, &Deletion::plain(), false).map_err(|refusal| ("FailedDelete", refusal))?;
        world.record(set, "Normal", "SuccessfulDelete", &format!("Deleted pod: {}", key.name));
    }
    Ok(())
}

/// Who goes first: on no node, not running, not ready, the younger (`ActivePodsWithRanks`).
fn rank(pod: &Value) -> (bool, bool, bool, std::cmp::Reverse<String>) {
    let placed = !text(pod, "/spec/nodeName").is_empty();
    let age = text(pod, "/metadata/creationTimestamp").to_owned();
    (placed, text(pod, "/status/phase") == "Running", is_ready(pod), std::cmp::Reverse(age))
}

fn write_status(
    world: &mut World,
    key: &Key,
    before: &Value,
    active: &[Arc<Value>],
    leaving: usize,
    trouble: Option<&Trouble>,
) -> Result<Option<SignedDuration>, Refusal> {
    let now = world.now();
    let least = number(before, "/spec/minReadySeconds");
    let waits: Vec<_> = active.iter().map(|pod| availability(pod, least, now)).collect();
    let labels = |pod: &Arc<Value>| {
        let template = part(before, "/spec/template/metadata");
        entries(template, "/labels").all(|(key, value)| pod["metadata"]["labels"][key] == value)
    };
    let mut status = json!({
        "replicas": active.len(),
        "observedGeneration": before["metadata"]["generation"],
        "terminatingReplicas": leaving,
    });
    // Zeros are left out of what is sent, as the field says `omitempty`.
    let counts = [
        ("fullyLabeledReplicas", active.iter().filter(|pod| labels(pod)).count()),
        ("readyReplicas", active.iter().filter(|pod| is_ready(pod)).count()),
        ("availableReplicas", waits.iter().filter(|wait| wait.is_ok()).count()),
    ];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        status[name] = json!(count);
    }
    let failure = condition(&before["status"], "ReplicaFailure").cloned();
    if let Some((reason, refusal)) = trouble {
        let fresh = json!({"type": "ReplicaFailure", "status": "True", "reason": reason, "message": refusal.message,
                           "lastTransitionTime": world.time()});
        // It is not written again while it lasts, so its words are those of the first failure.
        status["conditions"] = json!([failure.unwrap_or(fresh)]);
    }
    if status != before["status"] {
        let mut object = world.get(key)?.as_ref().clone();
        set(&mut object, &["status"], status);
        world.replace(key, object, &Writer::of_status(MANAGER), false)?;
    }
    Ok(waits.into_iter().filter_map(|wait| wait.err().flatten()).min())
}
