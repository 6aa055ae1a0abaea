//! From what was seen to a verdict. Pure: what is remembered from one look to the next is a value.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use commands::model::{Note, Observation, Part, Trouble, Verdict};
use commands::ports::PlatformError;
use serde_json::Value;

use super::address::WorkloadKind;
use super::history::{History, Revision};
use super::pod::Pod;
use super::template::text;
use super::workload::Workload;

/// How long the controller must say that it cannot make pods before that counts: a quota may be freed by
/// a pod that is just ending.
const CANNOT_CREATE: Duration = Duration::from_secs(10);

/// How long a pod must wait for what waiting does not mend.
const STUCK: Duration = Duration::from_secs(10);

/// How long a pod that holds up its own replacement is given to get ready after all.
const BLOCKED: Duration = Duration::from_secs(5);

/// A passed deadline of the rollout before is told again until this one makes progress; then it is this
/// one's own.
const STALE: Duration = Duration::from_secs(15);

/// How long a pod that has restarted in this rollout must have been quiet.
const SETTLE_AFTER_RESTART: Duration = Duration::from_secs(5);

/// Where a target is to go.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Which object it is.
    pub(super) uid: String,
    /// The digest of the template that the plan found.
    pub(super) from: String,
    /// The name of the revision where it goes.
    pub(super) to: commands::model::Revision,
}

/// What one look found.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) cluster: Result<&'a Cluster, &'a PlatformError>,
    /// When, on a clock that never jumps, counted from the first look.
    pub(super) at: Duration,
}

/// A workload, its revisions and its pods, at one moment.
#[derive(Debug)]
pub(super) struct Cluster {
    /// None where it is not there any more.
    pub(super) workload: Option<Workload>,
    pub(super) history: History,
    /// By uid.
    pub(super) pods: BTreeMap<String, Pod>,
    /// Why pods of a StatefulSet or DaemonSet cannot be made, where events say so since the first look.
    pub(super) refused: Option<String>,
}

/// What is remembered of earlier looks.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Since when it has been set to where it goes, and its controller has seen that.
    observed_since: Option<Duration>,
    arrived: bool,
    /// What the controller said of its progress at the first look.
    progress_before: Option<Value>,
    cannot_create_since: Option<Duration>,
    /// Pods that wait, each since when.
    stuck_since: BTreeMap<String, Duration>,
    blocked_since: Option<Duration>,
    /// How often each pod has restarted, and when that was seen to rise.
    restarts: BTreeMap<String, (i64, Option<Duration>)>,
    /// Done was said: from now on a restart is a failure.
    was_done: bool,
}

/// What it means.
pub(super) fn judge(way: &Way, seen: &Seen<'_>, memory: &mut Memory) -> Observation {
    let cluster = match seen.cluster {
        Ok(cluster) => cluster,
        Err(error) => {
            let verdict = Verdict::Unknown(Trouble::new(Note::new("kubernetes-unread")).saying(error));
            return Observation { verdict, parts: Vec::new() };
        }
    };
    let Some(workload) = &cluster.workload else {
        let verdict = Verdict::Failed(Trouble::new(Note::new("kubernetes-deleted")));
        return Observation { verdict, parts: Vec::new() };
    };
    let verdict = by_template(way, workload, cluster, memory).unwrap_or_else(|target| {
        let verdict = by_controller(workload, target, cluster, seen.at, memory);
        memory.was_done |= verdict == Verdict::Done;
        verdict
    });
    Observation { verdict, parts: parts(workload, cluster) }
}

/// The verdict, if what the workload is set to alone gives it; else the revision that it is set to.
fn by_template<'a>(
    way: &Way,
    workload: &Workload,
    cluster: &'a Cluster,
    memory: &mut Memory,
) -> Result<Verdict, &'a Revision> {
    memory.progress_before.get_or_insert_with(|| progress(workload));
    if workload.uid() != way.uid {
        return Ok(Verdict::Failed(Trouble::new(Note::new("kubernetes-recreated"))));
    }
    let Some(target) = cluster.history.named(&way.to) else {
        let note = Note::new("target-revision-gone").with("revision", &way.to);
        return Ok(Verdict::Failed(Trouble::new(note)));
    };
    if workload.template == target.template {
        memory.arrived = true;
        return Err(target);
    }
    memory.observed_since = None;
    if !memory.arrived && workload.template.digest().to_string() == way.from {
        let images = workload.template.shown_images();
        return Ok(Verdict::InProgress(Note::new("kubernetes-not-moved").with("images", images)));
    }
    let (manager, when) = workload.author().unwrap_or(("somebody", None));
    let when = when.map(|when| when.strftime(" at %H:%M:%S UTC").to_string()).unwrap_or_default();
    Ok(Verdict::Superseded { by: format!("{manager}{when}: {}", workload.template.shown_images()) })
}

fn by_controller(
    workload: &Workload,
    target: &Revision,
    cluster: &Cluster,
    at: Duration,
    memory: &mut Memory,
) -> Verdict {
    if !workload.is_observed() {
        return Verdict::InProgress(Note::new("kubernetes-not-observed"));
    }
    let observed_since = *memory.observed_since.get_or_insert(at);
    let pods: Vec<&Pod> = cluster.pods.values().filter(|pod| !pod.is_leaving).collect();
    let (own, others): (Vec<&Pod>, Vec<&Pod>) = pods.into_iter().partition(|pod| pod.is_of(target));
    if let Some(failed) = cannot_create(workload, cluster, &own, at, memory) {
        return failed;
    }
    if deadline_passed(workload, at.saturating_sub(observed_since), memory) {
        let said = workload.condition("Progressing").map(|condition| text(&condition["message"])).unwrap_or_default();
        return Verdict::Failed(Trouble::new(Note::new("kubernetes-deadline")).saying(crate::redact::redact(said)));
    }
    if let Some(failed) = restarted_after_done(&own, memory) {
        return failed;
    }
    let quiet = note_restarts(&own, at, memory);
    if let Some(failed) = stuck(&own, at, memory).or_else(|| blocked(workload, &others, at, memory)) {
        return failed;
    }
    if let Some(missing) = missing(workload, &own, &others) {
        return Verdict::InProgress(missing);
    }
    if quiet { Verdict::Done } else { Verdict::InProgress(Note::new("kubernetes-restarts")) }
}

/// The only sign of a quota or an admission that refuses pods of a revision that was there before: such
/// a rollout never passes a deadline (kubernetes 1.36, `deployment/progress.go`).
fn cannot_create(
    workload: &Workload,
    cluster: &Cluster,
    own: &[&Pod],
    at: Duration,
    memory: &mut Memory,
) -> Option<Verdict> {
    let failing = workload.condition("ReplicaFailure").filter(|condition| text(&condition["status"]) == "True");
    let lacks_pods = i64::try_from(own.len()).unwrap_or(i64::MAX) < workload.wanted();
    let said = failing
        .map(|condition| crate::redact::redact(text(&condition["message"])))
        .or_else(|| cluster.refused.clone().filter(|_| lacks_pods));
    let Some(said) = said else {
        memory.cannot_create_since = None;
        return None;
    };
    let since = *memory.cannot_create_since.get_or_insert(at);
    if at.saturating_sub(since) >= CANNOT_CREATE {
        return Some(Verdict::Failed(Trouble::new(Note::new("kubernetes-cannot-create")).saying(said)));
    }
    Some(Verdict::InProgress(Note::new("kubernetes-creation-fails").with("error", said)))
}

/// What the controller says of its progress, with when it said so first: a deadline that is told again
/// keeps its time.
fn progress(workload: &Workload) -> Value {
    workload.condition("Progressing").cloned().map_or(Value::Null, |condition| {
        Value::from(["reason", "lastUpdateTime", "lastTransitionTime"].map(|field| condition[field].clone()).to_vec())
    })
}

fn deadline_passed(workload: &Workload, observed_for: Duration, memory: &Memory) -> bool {
    let condition = workload.condition("Progressing");
    let passed = condition.is_some_and(|condition| text(&condition["reason"]) == "ProgressDeadlineExceeded");
    let is_old = memory.progress_before.as_ref() == Some(&progress(workload));
    passed && (!is_old || observed_for >= STALE)
}

fn restarted_after_done(own: &[&Pod], memory: &Memory) -> Option<Verdict> {
    let rose = |pod: &&&Pod| memory.restarts.get(&pod.uid).is_some_and(|(known, _)| pod.restarts > *known);
    let pod = own.iter().find(rose).filter(|_| memory.was_done)?;
    let note = Note::new("kubernetes-restarted").with("pod", &pod.name).with("times", pod.restarts);
    let said = if pod.detail.is_empty() { &pod.state } else { &pod.detail };
    Some(Verdict::Failed(Trouble::new(note).saying(said)))
}

/// True where no pod has restarted lately. Restarts before the first look belong to an earlier time.
fn note_restarts(own: &[&Pod], at: Duration, memory: &mut Memory) -> bool {
    let was_done = memory.was_done;
    for pod in own {
        let entry = memory.restarts.entry(pod.uid.clone()).or_insert((pod.restarts, None));
        if pod.restarts > entry.0 && !was_done {
            *entry = (pod.restarts, Some(at));
        }
    }
    let is_quiet = |pod: &&Pod| {
        let last = memory.restarts.get(&pod.uid).and_then(|(_, last)| *last);
        last.is_none_or(|last| at.saturating_sub(last) >= SETTLE_AFTER_RESTART)
    };
    own.iter().all(is_quiet)
}

/// A pod that waits for what waiting does not mend, in two looks that lie far enough apart.
fn stuck(own: &[&Pod], at: Duration, memory: &mut Memory) -> Option<Verdict> {
    // One that crashes is not waiting all the time: it counts until it is ready.
    let ready: BTreeSet<&str> = own.iter().filter(|pod| pod.is_ready).map(|pod| pod.uid.as_str()).collect();
    memory.stuck_since.retain(|uid, _| own.iter().any(|pod| pod.uid == *uid) && !ready.contains(uid.as_str()));
    let mut said = None;
    for pod in own {
        let Some(wait) = &pod.stuck else { continue };
        let since = *memory.stuck_since.entry(pod.uid.clone()).or_insert(at);
        let note = |code| {
            let note = Note::new(code).with("pod", &pod.name).with("container", &wait.container);
            note.with("reason", &wait.reason)
        };
        if at.saturating_sub(since) >= STUCK {
            let trouble = Trouble::new(note("kubernetes-pod-stuck"));
            let words = if wait.message.is_empty() { &wait.reason } else { &wait.message };
            return Some(Verdict::Failed(trouble.saying(words)));
        }
        said.get_or_insert_with(|| Verdict::InProgress(note("kubernetes-pod-waits").with("message", &wait.message)));
    }
    said
}

/// A pod of another revision that is not ready, in a set that waits for it: its controller never goes on.
fn blocked(workload: &Workload, others: &[&Pod], at: Duration, memory: &mut Memory) -> Option<Verdict> {
    let blocking = blocking(workload, others.iter().copied());
    let Some(pod) = blocking.first() else {
        memory.blocked_since = None;
        return None;
    };
    let since = *memory.blocked_since.get_or_insert(at);
    if at.saturating_sub(since) < BLOCKED {
        return None;
    }
    let names: Vec<&str> = blocking.iter().map(|pod| pod.name.as_str()).collect();
    let note = Note::new("kubernetes-pod-blocks").with("pods", names.join(", "));
    let said = if pod.detail.is_empty() { &pod.state } else { &pod.detail };
    Some(Verdict::Failed(Trouble::new(note).saying(said)))
}

/// The pods that hold up an ordered set: not ready, of none of the revisions to come, and to be replaced.
pub(super) fn blocking<'a>(workload: &Workload, others: impl Iterator<Item = &'a Pod>) -> Vec<&'a Pod> {
    let partition = workload.partition();
    let is_due = |pod: &&Pod| pod.ordinal().is_some_and(|ordinal| ordinal >= partition);
    let blocks = |pod: &&Pod| workload.is_ordered() && !pod.is_ready && !pod.is_leaving && is_due(pod);
    others.filter(blocks).collect()
}

/// What is still missing; `None` where all of it is there.
fn missing(workload: &Workload, own: &[&Pod], others: &[&Pod]) -> Option<Note> {
    let wanted = workload.wanted();
    let (updated, available) = match workload.kind {
        WorkloadKind::Deployment => (workload.count("updatedReplicas"), workload.count("availableReplicas")),
        WorkloadKind::StatefulSet => (workload.count("updatedReplicas"), workload.count("readyReplicas")),
        WorkloadKind::DaemonSet => (workload.count("updatedNumberScheduled"), workload.count("numberAvailable")),
    };
    let due = (wanted - workload.partition()).max(0);
    let old = match workload.kind {
        WorkloadKind::Deployment => workload.count("replicas") - updated,
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => 0,
    };
    let ready = i64::try_from(own.iter().filter(|pod| pod.is_ready).count()).unwrap_or(i64::MAX);
    if updated >= due && available >= wanted && old <= 0 && ready >= due {
        return None;
    }
    let to_delete: Vec<&str> = others.iter().map(|pod| pod.name.as_str()).collect();
    if workload.strategy() == "OnDelete" && !to_delete.is_empty() {
        return Some(Note::new("kubernetes-on-delete").with("pods", to_delete.join(", ")));
    }
    let note = Note::new("kubernetes-running").with("updated", updated.min(due)).with("wanted", due);
    Some(note.with("available", available.min(wanted)).with("old", others.len()))
}

fn parts(workload: &Workload, cluster: &Cluster) -> Vec<Part> {
    let mut shown: Vec<&Pod> = cluster.pods.values().collect();
    shown.sort_by(|a, b| a.name.cmp(&b.name));
    let part = |pod: &&Pod| {
        let number = pod.revision_number(&cluster.history).map(|number| format!("revision {number}"));
        let ready = if pod.is_ready { "ready" } else { "not ready" }.to_owned();
        let restarts = (pod.restarts > 0).then(|| format!("{} restarts", pod.restarts));
        let said = (!pod.detail.is_empty()).then(|| pod.detail.clone());
        let detail: Vec<String> = [number, Some(ready), restarts, said].into_iter().flatten().collect();
        Part { name: pod.name.clone(), state: pod.state.clone(), detail: detail.join(", ") }
    };
    let nobody = (workload.wanted() == 0).then(|| Part {
        name: workload.name().to_owned(),
        state: "0 replicas".to_owned(),
        detail: "nothing serves".to_owned(),
    });
    nobody.into_iter().chain(shown.iter().map(part)).collect()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
