//! Whether pods stay up: what has just restarted may do so again.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::model::{Note, Trouble, Verdict};
use jiff::{SignedDuration, Timestamp};

use super::pod::Pod;

/// How long a pod that has restarted must have been up.
const SETTLE: SignedDuration = SignedDuration::from_secs(5);

/// What is remembered of a pod.
#[derive(Debug)]
struct Known {
    restarts: i64,
    /// When it counts as settled, counted from the first look.
    settled_at: Duration,
}

/// Restarts from one look to the next, by the pod's uid.
#[derive(Debug, Default)]
pub(super) struct Restarts(BTreeMap<String, Known>);

impl Restarts {
    /// Takes a look. True where no pod has restarted lately.
    pub(super) fn are_settled(&mut self, pods: &[&Pod], at: Duration, now: Timestamp) -> bool {
        for pod in pods {
            let first = || Known { restarts: pod.restarts, settled_at: at + left_to_settle(pod, now) };
            let known = self.0.entry(pod.uid.clone()).or_insert_with(first);
            if pod.restarts > known.restarts {
                *known = Known { restarts: pod.restarts, settled_at: at + SETTLE.unsigned_abs() };
            }
        }
        pods.iter().all(|pod| self.0.get(&pod.uid).is_none_or(|known| at >= known.settled_at))
    }

    /// Failed where a pod has restarted since the look before.
    pub(super) fn failed_since(&self, pods: &[&Pod]) -> Option<Verdict> {
        let rose = |pod: &&&Pod| self.0.get(&pod.uid).is_some_and(|known| pod.restarts > known.restarts);
        let pod = pods.iter().find(rose)?;
        let note = Note::new("kubernetes-restarted").with("pod", &pod.name).with("times", pod.restarts);
        let said = if pod.detail.is_empty() { &pod.state } else { &pod.detail };
        Some(Verdict::Failed(Trouble::new(note).saying(said)))
    }
}

/// How much longer a pod must stay up that is seen for the first time. A node's clock that is further ahead
/// than that tells nothing.
fn left_to_settle(pod: &Pod, now: Timestamp) -> Duration {
    let Some(restarted) = pod.restarted else { return Duration::ZERO };
    let up = now.duration_since(restarted);
    if up.abs() >= SETTLE { Duration::ZERO } else { (SETTLE - up.max(SignedDuration::ZERO)).unsigned_abs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(restarts: i64, restarted: Option<&str>) -> Pod {
        let state = restarted.map_or(serde_json::json!({}), |time| serde_json::json!({"running": {"startedAt": time}}));
        let container = serde_json::json!({"name": "api", "restartCount": restarts, "state": state});
        let object = serde_json::json!({"metadata": {"uid": "u"}, "status": {"containerStatuses": [container]}});
        Pod::of(&serde_json::from_value(object).unwrap())
    }

    fn now() -> Timestamp {
        "2024-01-15T12:00:10Z".parse().unwrap()
    }

    #[test]
    fn what_restarted_before_the_first_look_is_watched_like_the_others() {
        let settled =
            |at: u64, pod: &Pod, restarts: &mut Restarts| restarts.are_settled(&[pod], Duration::from_secs(at), now());
        let (just, long_ago) = (pod(2, Some("2024-01-15T12:00:08Z")), pod(2, Some("2024-01-15T11:00:00Z")));
        let mut restarts = Restarts::default();
        assert!(!settled(0, &just, &mut restarts));
        assert!(!settled(2, &just, &mut restarts));
        assert!(settled(3, &just, &mut restarts));
        assert!(settled(0, &long_ago, &mut Restarts::default()));
        assert!(settled(0, &pod(0, Some("2024-01-15T12:00:09Z")), &mut Restarts::default()), "its first start");
        assert!(settled(0, &pod(2, Some("2024-01-15T13:00:00Z")), &mut Restarts::default()), "another clock");
    }

    #[test]
    fn a_restart_is_seen_once_and_then_watched() {
        let mut restarts = Restarts::default();
        assert!(restarts.are_settled(&[&pod(0, None)], Duration::ZERO, now()));
        assert!(restarts.failed_since(&[&pod(1, None)]).is_some());
        assert!(!restarts.are_settled(&[&pod(1, None)], Duration::from_secs(1), now()));
        assert!(restarts.are_settled(&[&pod(1, None)], Duration::from_secs(6), now()));
        assert!(restarts.failed_since(&[&pod(1, None)]).is_none());
    }
}
