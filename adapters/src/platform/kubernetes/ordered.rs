//! Sets that wait for each pod before they go on to the next (`OrderedReady`). A pod of another revision
//! that never gets ready holds up its own replacement for ever, and nothing but its deletion helps
//! (kubernetes/kubernetes#67250).

use std::time::Duration;

use commands::model::{Note, Trouble, Verdict};

use super::history::Revision;
use super::pod::Pod;
use super::workload::Workload;

/// How long a pod that waits for what waiting does not mend may hold up its set.
const STUCK: Duration = Duration::from_secs(10);

/// How long any other may: one that is only not ready may be about to join the others again, as members
/// of a quorum do while it is replaced one by one.
const STALLED: Duration = Duration::from_secs(60);

/// The pods that may hold up the set, in the order in which its controller comes to them: not ready, of
/// another revision than the one to come, and to be replaced.
pub(super) fn holding_up<'a>(
    workload: &Workload,
    target: &Revision,
    pods: impl Iterator<Item = &'a Pod>,
) -> Vec<&'a Pod> {
    let is_due = |pod: &Pod| pod.ordinal().is_some_and(|ordinal| ordinal >= workload.first_due());
    let holds = |pod: &&Pod| workload.is_ordered() && !pod.is_ready && !pod.comes(workload, target) && is_due(pod);
    let mut held: Vec<&Pod> = pods.filter(|pod| !pod.is_leaving).filter(holds).collect();
    held.sort_by_key(|pod| pod.ordinal());
    held
}

/// The one pod for which the controller waits, and for nothing else: no other pod is going, coming, to be made
/// before it or not long enough ready. Where it is deleted, never more than one is missing because of that.
pub(super) fn waited_for<'a>(
    workload: &Workload,
    target: &Revision,
    pods: impl Iterator<Item = &'a Pod>,
) -> Option<&'a Pod> {
    let pods: Vec<&Pod> = pods.collect();
    let moves = |pod: &&Pod| pod.is_leaving || (pod.comes(workload, target) && !pod.is_ready);
    // Its controller goes up from the first pod and stops at the first that is not ready, whichever that is.
    let first = pods.iter().filter(|pod| !pod.is_ready).min_by_key(|pod| pod.ordinal())?;
    let holds = holding_up(workload, target, pods.iter().copied()).iter().any(|pod| pod.uid == first.uid);
    let before = pods.iter().filter(|pod| pod.ordinal() < first.ordinal()).count();
    let due_before = first.ordinal()?.saturating_sub(workload.first_ordinal());
    let all_before = i64::try_from(before).is_ok_and(|before| before >= due_before);
    (holds && all_before && !workload.is_settling() && !pods.iter().any(moves)).then_some(first)
}

/// Since when the controller waits for which pod.
#[derive(Debug, Default)]
pub(super) struct Wait(Option<(String, Duration)>);

impl Wait {
    /// Failed where the controller waits for a pod, and has for so long that it is in vain.
    pub(super) fn in_vain<'a>(
        &mut self,
        workload: &Workload,
        target: &Revision,
        pods: impl Iterator<Item = &'a Pod>,
        at: Duration,
    ) -> Option<Verdict> {
        let Some(pod) = waited_for(workload, target, pods) else {
            self.0 = None;
            return None;
        };
        if self.0.as_ref().is_none_or(|(uid, _)| *uid != pod.uid) {
            self.0 = Some((pod.uid.clone(), at));
        }
        let since = self.0.as_ref().map_or(at, |(_, since)| *since);
        let patience = if pod.stuck.is_some() { STUCK } else { STALLED };
        if at.saturating_sub(since) < patience {
            return None;
        }
        let note = Note::new("kubernetes-pod-blocks").with("pod", &pod.name);
        let said = if pod.detail.is_empty() { &pod.state } else { &pod.detail };
        Some(Verdict::Failed(Trouble::new(note).saying(said)))
    }
}
