//! From what was seen to a verdict. Pure: what is remembered from one look to the next is a value.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use commands::model::{Note, Observation, Trouble, Verdict};
use commands::ports::PlatformError;
use jiff::Timestamp;
use serde_json::Value;

use super::address::WorkloadKind;
use super::history::{History, Revision};
use super::ordered;
use super::parts::parts;
use super::pod::Pod;
use super::restarts::Restarts;
use super::template::text;
use super::workload::Workload;

/// How long the controller must say that it cannot make pods before that counts: a quota may be freed by
/// a pod that is just ending.
const CANNOT_CREATE: Duration = Duration::from_secs(10);

/// How long a pod must wait for what waiting does not mend.
const STUCK: Duration = Duration::from_secs(10);

/// A passed deadline of the rollout before is told again until this one makes progress; then it is this
/// one's own.
const STALE: Duration = Duration::from_secs(15);

/// Where a target is to go.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Which object it is.
    pub(super) uid: String,
    /// The name of the revision where it goes.
    pub(super) to: commands::model::Revision,
}

/// What one look found.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) cluster: Result<&'a Cluster, &'a PlatformError>,
    /// When, on a clock that never jumps, counted from the first look.
    pub(super) at: Duration,
    /// When, by the clock of the bot's machine.
    pub(super) now: Timestamp,
}

/// A workload, its revisions and its pods, at one moment.
#[derive(Debug)]
pub(super) struct Cluster {
    /// None where it is not there any more.
    pub(super) workload: Option<Workload>,
    pub(super) history: History,
    /// By uid.
    pub(super) pods: BTreeMap<String, Pod>,
    /// That a pod of a StatefulSet or DaemonSet could not be made, where events say so since the first look.
    pub(super) refused: Option<Refusal>,
}

impl Cluster {
    /// The pods that the workload made.
    pub(super) fn pods_of<'a>(&'a self, workload: &'a Workload) -> impl Iterator<Item = &'a Pod> {
        self.pods.values().filter(|pod| pod.is_made_by(workload, &self.history))
    }
}

/// A pod that could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// When that happened last, by the cluster's clock.
    pub(super) when: Option<Timestamp>,
    /// The cluster's words.
    pub(super) said: String,
}

/// What is remembered of earlier looks.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Since when it has been set to where it goes, and its controller has seen that.
    observed_since: Option<Duration>,
    /// What the controller said of its progress at the first look.
    progress_before: Option<Value>,
    cannot_create_since: Option<Duration>,
    /// Pods that wait, each since when.
    stuck_since: BTreeMap<String, Duration>,
    /// For which pod an ordered set waits.
    waits: ordered::Wait,
    restarts: Restarts,
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
        let verdict = by_controller(workload, target, cluster, seen, memory);
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
        return Err(target);
    }
    memory.observed_since = None;
    // Also where it is set to what it was before: the move was accepted, and no read is older than that.
    Ok(Verdict::Superseded { by: format!("{}: {}", workload.supplanter(), workload.template.shown_images()) })
}

fn by_controller(
    workload: &Workload,
    target: &Revision,
    cluster: &Cluster,
    seen: &Seen<'_>,
    memory: &mut Memory,
) -> Verdict {
    if !workload.is_observed() {
        return Verdict::InProgress(Note::new("kubernetes-not-observed"));
    }
    let at = seen.at;
    let observed_since = *memory.observed_since.get_or_insert(at);
    let (own, others): (Vec<&Pod>, Vec<&Pod>) =
        cluster.pods_of(workload).filter(|pod| !pod.is_leaving).partition(|pod| pod.comes(workload, target));
    if let Some(failed) = cannot_create(workload, cluster, &own, &others, at, memory) {
        return failed;
    }
    if deadline_passed(workload, at.saturating_sub(observed_since), memory) {
        let said = workload.condition("Progressing").map(|condition| text(&condition["message"])).unwrap_or_default();
        return Verdict::Failed(Trouble::new(Note::new("kubernetes-deadline")).saying(crate::redact::redact(said)));
    }
    if let Some(failed) = memory.restarts.failed_since(&own).filter(|_| memory.was_done) {
        return failed;
    }
    let is_settled = memory.restarts.are_settled(&own, at, seen.now);
    let in_vain = |memory: &mut Memory| memory.waits.in_vain(workload, target, cluster.pods_of(workload), at);
    if let Some(failed) = stuck(&own, at, memory).or_else(|| in_vain(memory)) {
        return failed;
    }
    if let Some(missing) = missing(workload, &own, &others) {
        return Verdict::InProgress(missing);
    }
    if let Some(failed) = images_differ(target, &own) {
        return failed;
    }
    if is_settled { Verdict::Done } else { Verdict::InProgress(Note::new("kubernetes-restarts")) }
}

/// The only sign of a quota or an admission that refuses pods of a revision that was there before: such
/// a rollout never passes a deadline (kubernetes 1.36, `deployment/progress.go`).
fn cannot_create(
    workload: &Workload,
    cluster: &Cluster,
    own: &[&Pod],
    others: &[&Pod],
    at: Duration,
    memory: &mut Memory,
) -> Option<Verdict> {
    let failing = workload.condition("ReplicaFailure").filter(|condition| text(&condition["status"]) == "True");
    let pods = i64::try_from(own.len() + others.len()).unwrap_or(i64::MAX);
    // A refusal has passed once all pods are there, or one was made after it.
    let persists = |refusal: &&Refusal| {
        pods < workload.wanted() && !own.iter().any(|pod| refusal.when.is_some_and(|when| pod.created > Some(when)))
    };
    let said = failing
        .map(|condition| crate::redact::redact(text(&condition["message"])))
        .or_else(|| cluster.refused.as_ref().filter(persists).map(|refusal| refusal.said.clone()));
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

/// What is still missing; `None` where all of it is there.
fn missing(workload: &Workload, own: &[&Pod], others: &[&Pod]) -> Option<Note> {
    let wanted = workload.wanted();
    let (updated, available) = workload.progress();
    let due = (wanted - workload.partition()).max(0);
    let old = match workload.kind {
        WorkloadKind::Deployment => workload.count("replicas") - updated,
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => 0,
    };
    // The controller counts pods of the revision in every place, also where they stay as they are.
    let is_due = |pod: &&&Pod| !workload.is_set() || pod.ordinal().is_none_or(|at| at >= workload.first_due());
    let own: Vec<&&Pod> = own.iter().filter(is_due).collect();
    let left: Vec<&str> = others.iter().filter(is_due).map(|pod| pod.name.as_str()).collect();
    let ready = own.iter().filter(|pod| pod.is_ready).count();
    let are_ready = i64::try_from(ready).is_ok_and(|ready| ready >= due);
    let is_left = workload.kind != WorkloadKind::Deployment && !left.is_empty();
    if updated >= due && available >= wanted && old <= 0 && are_ready && !is_left {
        return None;
    }
    if workload.strategy() == "OnDelete" && !left.is_empty() {
        return Some(Note::new("kubernetes-on-delete").with("pods", left.join(", ")));
    }
    // Counted from the pods themselves: the controller's counts mix both revisions.
    let note = Note::new("kubernetes-running").with("made", own.len()).with("ready", ready).with("wanted", due);
    Some(note.with("old", left.len()))
}

/// A tag that was pushed again means another image on a node that fetched it later: then not all users are
/// served the same. Told only of containers of the template; others are put in by webhooks.
fn images_differ(target: &Revision, own: &[&Pod]) -> Option<Verdict> {
    let differs = |container: &&str| {
        let digests: BTreeSet<&String> = own.iter().filter_map(|pod| pod.images.get(*container)).collect();
        digests.len() > 1
    };
    let container = target.template.containers().map(|one| text(&one["name"])).find(differs)?;
    let first_of_each: BTreeMap<&String, &Pod> =
        own.iter().rev().filter_map(|pod| Some((pod.images.get(container)?, *pod))).collect();
    let trouble = Trouble::new(Note::new("kubernetes-images-differ").with("container", container));
    let told = first_of_each.iter().map(|(digest, pod)| format!("{}: {digest}", pod.name));
    Some(Verdict::Failed(told.fold(trouble, Trouble::saying)))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
