//! The ordered steps of one rollback as data.

use std::collections::BTreeMap;
use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    Digest, HookAnswer, HookPoint, Measurement, Note, Priority, Revision, Service, ServiceKey, Standing, TargetName,
    Version,
};

/// What a plan does: exactly what people approve. Its digest is over the bytes in which the `Planned`
/// event keeps it, never over a re-serialization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effects {
    /// The shape of this object: [`Effects::SCHEMA`].
    pub schema: u32,
    /// How urgent it is; decides who may approve.
    pub priority: Priority,
    /// What moves, in the order of the catalogue.
    pub services: Vec<ServicePlan>,
    /// What is done, in order.
    pub steps: Vec<PlannedStep>,
}

impl Effects {
    /// The shape that this release writes.
    pub const SCHEMA: u32 = 1;

    /// The plan of one service.
    #[must_use]
    pub fn service(&self, key: &ServiceKey) -> Option<&ServicePlan> {
        self.services.iter().find(|plan| plan.service.key == *key)
    }

    /// How long it may wait for approval: the shortest expiry of its services' rules.
    #[must_use]
    pub fn expires_after(&self) -> SignedDuration {
        let rules = self.services.iter().map(|plan| plan.service.policy.rule(self.priority).expires);
        rules.min().unwrap_or_default()
    }

    /// The step of this name.
    #[must_use]
    pub fn step(&self, name: &StepName) -> Option<&PlannedStep> {
        self.steps.iter().find(|step| step.name == *name)
    }
}

/// What moves of one service, with the catalogue entry that the plan was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePlan {
    /// The entry.
    pub service: Service,
    /// What people call what runs now, where it is known.
    pub from: Option<Version>,
    /// What people call what it goes back to.
    pub to: Version,
    /// Each target, in the order of the entry.
    pub targets: Vec<TargetPlan>,
}

impl ServicePlan {
    /// The plan of one target.
    #[must_use]
    pub fn target(&self, name: &TargetName) -> Option<&TargetPlan> {
        self.targets.iter().find(|plan| plan.target == *name)
    }
}

/// From which revision to which one target moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetPlan {
    /// The target of the catalogue entry.
    pub target: TargetName,
    /// What ran when the plan was made.
    pub from: Revision,
    /// Where it goes.
    pub to: Revision,
    /// What the plan pins of the live platform.
    pub intent: Intent,
    /// What the move may delete because it would hold the move up: pods, by name. It deletes nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deletes: Vec<String>,
}

/// What a plan pins of the live platform: identity, and the fields that its effect depends on. Never
/// a version counter, health or an estimate: those change while nothing that matters does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Intent {
    /// What makes it this thing and no other of the same name: a uid, an inode.
    pub identity: String,
    /// The fields by name. An adapter puts a digest in place of a value that is secret or long.
    pub fields: BTreeMap<String, String>,
}

impl Intent {
    /// What differs, as `(field, pinned, now)`.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<(String, String, String)> {
        let mut differences = Vec::new();
        if self.identity != now.identity {
            differences.push(("identity".to_owned(), self.identity.clone(), now.identity.clone()));
        }
        let names: std::collections::BTreeSet<&String> = self.fields.keys().chain(now.fields.keys()).collect();
        for name in names {
            let value = |intent: &Self| intent.fields.get(name).cloned().unwrap_or_default();
            if value(self) != value(now) {
                differences.push((name.clone(), value(self), value(now)));
            }
        }
        differences
    }
}

/// The name of a step within its plan: `backup:api-service`, `roll:api-service/release`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepName(pub String);

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the engine treats a step that fails, and those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepClass {
    /// Before anything moves. If it fails, what is open is closed and production is as before.
    Prepare,
    /// Moves one target. Once one has moved, nothing unwinds.
    Pivot,
    /// After a pivot. Retried to a deadline, then people are asked.
    Forward,
    /// At the end of either direction. If it fails it becomes an open task.
    Always,
}

/// One named action of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Unique within the plan.
    pub name: StepName,
    /// How a failure is treated.
    pub class: StepClass,
    /// What it does.
    pub action: StepAction,
    /// For which service.
    pub service: ServiceKey,
    /// The `Prepare` step that it closes: it runs at the end of either direction if that one began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<StepName>,
    /// True for what makes no sense where nothing has moved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_after_move: bool,
    /// How long one attempt may take.
    pub timeout: SignedDuration,
    /// How long it is tried again before people are asked; zero means once.
    pub retry_for: SignedDuration,
}

/// What a step does. One file under `steps/` for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAction {
    /// Read everything again: version, health, target there and deployable, disk, permissions, intent.
    Examine,
    /// Run the catalogue entry's hook at this place of its list.
    Hook {
        /// Its point.
        point: HookPoint,
        /// Its place in the entry's list of hooks.
        index: usize,
    },
    /// Take back what that hook did.
    UndoHook {
        /// Its point.
        point: HookPoint,
        /// Its place in the entry's list of hooks.
        index: usize,
    },
    /// Move a target to its revision.
    Roll {
        /// Which target.
        target: TargetName,
    },
    /// Wait until the platform runs all of it on its revision.
    See {
        /// Which target.
        target: TargetName,
    },
    /// Prove by probes that users are served the version, and well.
    Verify,
    /// See that it stays so.
    Hold,
    /// Remove what the revision that ran before left on the platform, where nothing uses it.
    CleanUp {
        /// Which target.
        target: TargetName,
    },
}

/// What was seen when the plan was made: shown with it, and no part of what is approved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Circumstances {
    /// How long it should take, from approval to done.
    pub estimate: SignedDuration,
    /// What the ledger thinks of each service's version to go back to.
    pub standings: Vec<(ServiceKey, Standing)>,
    /// What the health probes met.
    pub health: Vec<Measurement>,
    /// What people must know before they decide.
    pub warnings: Vec<Note>,
    /// What would be lost, or would not come back.
    pub losses: Vec<Note>,
    /// What the platform says will change.
    pub changes: Vec<Note>,
    /// What the migration hooks found, by service.
    pub migrations: Vec<(ServiceKey, HookAnswer)>,
}

/// A plan as it is shown and kept: effects, their exact bytes and digest, and the circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    effects: Effects,
    bytes: String,
    digest: Digest,
    circumstances: Circumstances,
}

/// Said of bytes that hold no plan that this release understands.
#[derive(Debug, thiserror::Error)]
#[error("the plan cannot be read")]
pub struct UnreadablePlan(#[source] serde_json::Error);

impl Plan {
    /// A new plan: the bytes are made here, once.
    ///
    /// # Errors
    /// [`UnreadablePlan`] if a field cannot be written as JSON.
    pub fn new(effects: Effects, circumstances: Circumstances) -> Result<Self, UnreadablePlan> {
        let bytes = serde_json::to_string(&effects).map_err(UnreadablePlan)?;
        Ok(Self { digest: Digest::of(bytes.as_bytes()), effects, bytes, circumstances })
    }

    /// A plan from the bytes of the log.
    ///
    /// # Errors
    /// [`UnreadablePlan`] if another release wrote them in a shape that this one does not know.
    pub fn from_bytes(bytes: String, circumstances: Circumstances) -> Result<Self, UnreadablePlan> {
        let effects = serde_json::from_str(&bytes).map_err(UnreadablePlan)?;
        Ok(Self { digest: Digest::of(bytes.as_bytes()), effects, bytes, circumstances })
    }

    /// What it does.
    #[must_use]
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The exact bytes over which the digest is.
    #[must_use]
    pub fn bytes(&self) -> &str {
        &self.bytes
    }

    /// What a vote says yes to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What was seen when it was made.
    #[must_use]
    pub fn circumstances(&self) -> &Circumstances {
        &self.circumstances
    }
}
