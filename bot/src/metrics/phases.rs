//! Where the time of a rollback went: from noticed to asked, planned, approved, moved, verified.

use std::collections::{BTreeMap, BTreeSet};

use commands::model::{Effects, RollbackEvent, RollbackId, StepAction, StepName};
use jiff::Timestamp;

/// A stretch of a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// From noticed to asked.
    Detect,
    /// From asked to the first plan that people could vote on.
    Decide,
    /// From that plan to approval.
    Wait,
    /// From approval to the first proof, or to the end.
    Execute,
    /// From the first proof to the end.
    Verify,
}

impl Phase {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Decide => "decide",
            Self::Wait => "wait",
            Self::Execute => "execute",
            Self::Verify => "verify",
        }
    }
}

/// The rollbacks that have begun and not ended. One whose beginning was not seen is left out.
#[derive(Debug, Default)]
pub(super) struct Phases {
    running: BTreeMap<RollbackId, Marks>,
}

/// When a rollback came to which point.
#[derive(Debug)]
struct Marks {
    requested: Timestamp,
    planned: Option<Timestamp>,
    approved: Option<Timestamp>,
    proving: Option<Timestamp>,
    proofs: BTreeSet<StepName>,
}

impl Phases {
    /// The phases that this event ends, each with its length in seconds. Never negative, whatever the
    /// wall clock did.
    pub(super) fn observe(&mut self, id: RollbackId, at: Timestamp, event: &RollbackEvent) -> Vec<(Phase, f64)> {
        if let RollbackEvent::Requested { assessment, .. } = event {
            let marks = Marks { requested: at, planned: None, approved: None, proving: None, proofs: BTreeSet::new() };
            let first = self.running.insert(id, marks).is_none();
            return if first { vec![(Phase::Detect, seconds(assessment.detected_at.value(), at))] } else { Vec::new() };
        }
        let ended = ends(event);
        let passed = self.running.get_mut(&id).map(|marks| marks.observe(at, event)).unwrap_or_default();
        if ended {
            self.running.remove(&id);
        }
        passed
    }
}

impl Marks {
    fn observe(&mut self, at: Timestamp, event: &RollbackEvent) -> Vec<(Phase, f64)> {
        match event {
            RollbackEvent::Planned { effects, .. } => {
                self.proofs = proofs(effects);
                let first = self.planned.replace(self.planned.unwrap_or(at)).is_none();
                if first { vec![(Phase::Decide, seconds(self.requested, at))] } else { Vec::new() }
            }
            RollbackEvent::Approved { .. } => {
                let since = self.approved.replace(at).or(self.planned);
                since.map(|since| (Phase::Wait, seconds(since, at))).into_iter().collect()
            }
            RollbackEvent::StepStarted { step, .. } if self.proving.is_none() && self.proofs.contains(step) => {
                self.proving = Some(at);
                self.approved.map(|since| (Phase::Execute, seconds(since, at))).into_iter().collect()
            }
            RollbackEvent::Finished { .. } => match (self.proving, self.approved) {
                (Some(since), _) => vec![(Phase::Verify, seconds(since, at))],
                (None, Some(since)) => vec![(Phase::Execute, seconds(since, at))],
                (None, None) => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

fn ends(event: &RollbackEvent) -> bool {
    matches!(
        event,
        RollbackEvent::Finished { .. }
            | RollbackEvent::Denied { .. }
            | RollbackEvent::Expired
            | RollbackEvent::Replaced { .. }
    )
}

/// The steps of a plan that prove what users are served.
fn proofs(effects: &str) -> BTreeSet<StepName> {
    let steps = serde_json::from_str::<Effects>(effects).map(|effects| effects.steps).unwrap_or_default();
    steps.into_iter().filter(|step| step.action == StepAction::Verify).map(|step| step.name).collect()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}
