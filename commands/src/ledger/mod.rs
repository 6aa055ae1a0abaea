//! What the bot itself knows of each target's revisions: when seen, when good, when bad, by whom.
//!
//! History that nobody observed is unproven: it may be offered, and is never a default. What a platform
//! calls "previous" is not asked for, since it toggles.

mod choose;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use choose::{Choice, NoChoice, choose};

use crate::model::{
    Actor, Event, MarkCause, Revision, Sequence, ServiceEvent, Standing, StoredEvent, TargetName, Version,
};

/// The ledger of one service in one environment, folded from its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    sequence: Sequence,
    sightings: Vec<Sighting>,
    marks: Vec<Marking>,
    checks: Option<ChecksSeen>,
}

/// A target began to run something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Which target.
    pub target: TargetName,
    /// What ran.
    pub revision: Revision,
    /// What people call it.
    pub version: Option<Version>,
    /// When it was first seen.
    pub at: Timestamp,
}

/// A version was said to be good or bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marking {
    /// What people call it.
    pub version: Option<Version>,
    /// Its revision of each target, where known.
    pub revisions: BTreeMap<TargetName, Revision>,
    /// What it is.
    pub standing: Standing,
    /// Why.
    pub cause: MarkCause,
    /// By whom.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// How the checks stood when they last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChecksSeen {
    /// Whether they pass.
    pub pass: bool,
    /// Since when.
    pub since: Timestamp,
}

impl Ledger {
    /// Folds one more event in.
    pub fn apply(&mut self, stored: &StoredEvent, event: Option<&Event>) {
        self.sequence = stored.sequence;
        let Some(Event::Service(event)) = event else { return };
        match event {
            ServiceEvent::SeenRunning { target, revision, version } => {
                self.checks = None;
                self.sightings.push(Sighting {
                    target: target.clone(),
                    revision: revision.clone(),
                    version: version.clone(),
                    at: stored.at,
                });
            }
            ServiceEvent::ChecksPass => self.checks = Some(ChecksSeen { pass: true, since: stored.at }),
            ServiceEvent::ChecksFail { .. } => self.checks = Some(ChecksSeen { pass: false, since: stored.at }),
            ServiceEvent::Marked { version, revisions, standing, cause } => self.marks.push(Marking {
                version: version.clone(),
                revisions: revisions.clone(),
                standing: *standing,
                cause: cause.clone(),
                actor: stored.actor.clone(),
                at: stored.at,
            }),
        }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(sightings: Vec<Sighting>, marks: Vec<Marking>) -> Self {
        Self { sightings, marks, ..Self::default() }
    }

    /// The last event that is folded in.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// What ran when, oldest first.
    #[must_use]
    pub fn sightings(&self) -> &[Sighting] {
        &self.sightings
    }

    /// What was said of versions, oldest first.
    #[must_use]
    pub fn marks(&self) -> &[Marking] {
        &self.marks
    }

    /// How the checks stood when they last changed; `None` since something else runs.
    #[must_use]
    pub fn checks(&self) -> Option<ChecksSeen> {
        self.checks
    }

    /// What was last seen running on this target.
    #[must_use]
    pub fn running(&self, target: &TargetName) -> Option<&Sighting> {
        self.sightings.iter().rev().find(|sighting| sighting.target == *target)
    }

    /// The last word on this version: the newest mark counts.
    #[must_use]
    pub fn marking(&self, version: &Version) -> Option<&Marking> {
        self.marks.iter().rev().find(|mark| mark.version.as_ref() == Some(version))
    }

    /// What is thought of this version.
    #[must_use]
    pub fn standing(&self, version: &Version) -> Standing {
        self.marking(version).map_or(Standing::Unproven, |mark| mark.standing)
    }
}
