//! Where releases run: hosts, Kubernetes, Swarm, ECS, a secret, a stack.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;

use crate::model::{
    CleanUpOrder, Findings, Intent, MoveOrder, Note, Observation, Revision, Target, TargetPlan, Trouble, Version,
};

/// What a target is set to now, and what a plan pins of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// What it is set to. Whether all of it runs that, [`Platform::observe`] tells.
    pub revision: Revision,
    /// What people call it, where the platform knows.
    pub version: Option<Version>,
    /// What a plan pins.
    pub intent: Intent,
    /// Since when, where the platform knows.
    pub since: Option<Timestamp>,
}

/// A revision that the platform still has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The platform's name for it.
    pub revision: Revision,
    /// What people call it, where the platform knows.
    pub version: Option<Version>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What sets it apart, by name, for people who must choose: images, variables. Nothing secret.
    pub details: BTreeMap<String, String>,
}

/// Which revision a version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Exactly this one.
    Found(Candidate),
    /// More than one: people choose, the bot never guesses.
    Ambiguous(Vec<Candidate>),
    /// None; these are there, newest first.
    Missing(Vec<Candidate>),
}

/// What a look before the move finds [B1 B3 B6].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Examination {
    /// Why it cannot be done. Empty means that it can.
    pub blockers: Vec<Trouble>,
    /// What people must know before they decide.
    pub warnings: Vec<Note>,
    /// What will change.
    pub changes: Vec<Note>,
    /// What will not be rolled back, or would be lost.
    pub losses: Vec<Note>,
    /// True where the catalogue entry asks the platform to remove what the revision that runs now leaves:
    /// the plan then ends with a step that does.
    pub cleans_up: bool,
    /// What the move would have to delete because it holds the move up, by name: it goes into the plan, and
    /// is approved with it.
    pub deletes: Vec<String>,
}

/// Why a platform did not do or say what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// The address of the target means nothing to this platform: a mistake in the catalogue.
    #[error("the address of {target} is wrong: {why}")]
    Address {
        /// Which target.
        target: String,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// Something that was named is not there.
    #[error("{what} is not there")]
    Missing {
        /// What.
        what: String,
    },
    /// The bot may not.
    #[error("not permitted to {what}: {why}")]
    Forbidden {
        /// What it wanted to do.
        what: String,
        /// The platform's words.
        why: String,
    },
    /// The platform does not answer, or answers that it cannot now. Trying again may help.
    #[error("{what} failed: {why}")]
    Unavailable {
        /// What it was asked.
        what: String,
        /// The platform's words.
        why: String,
    },
    /// A write was sent, and whether it was done is not known: it may still be. Trying again may help.
    #[error("{what}: whether it was done is not known: {why}")]
    Undecided {
        /// What it was asked.
        what: String,
        /// What is known.
        why: String,
    },
    /// The platform said no for good.
    #[error("{what} was refused: {why}")]
    Refused {
        /// What it was asked.
        what: String,
        /// The platform's words.
        why: String,
    },
    /// The live platform is not as the plan pins it. Nothing was written.
    #[error("the target changed since the plan was made")]
    IntentChanged {
        /// What it is now.
        now: Box<Running>,
    },
}

impl PlatformError {
    /// True where the same call may succeed a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Undecided { .. })
    }
}

/// Moves targets between revisions.
///
/// Contract: every method but [`move_to`](Self::move_to) and [`clean_up`](Self::clean_up) only reads,
/// needs no lease and may be dropped at any time. Deadlines are real time and each call has one.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Refuses an address that it cannot understand, before anything else is asked of it.
    ///
    /// # Errors
    /// [`PlatformError::Address`].
    fn check_address(&self, target: &Target) -> Result<(), PlatformError>;

    /// What the target is set to now.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    async fn current(&self, target: &Target) -> Result<Running, PlatformError>;

    /// The revisions that the platform still has, newest first.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    async fn history(&self, target: &Target) -> Result<Vec<Candidate>, PlatformError>;

    /// Which revision this version is, matched whole.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    async fn resolve(&self, target: &Target, version: &Version) -> Result<Resolution, PlatformError>;

    /// Whether the target could move to this revision now, and what that means.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    async fn examine(&self, target: &Target, running: &Running, to: &Candidate) -> Result<Examination, PlatformError>;

    /// Moves the target. Reads again first: already there → repeats only what is missing; the same
    /// intent → writes, with the platform's own precondition where it has one; another →
    /// [`PlatformError::IntentChanged`] and nothing is written. Passes the order's key on where the
    /// platform has a place for it. Returns when the platform has accepted it, not when it has done it.
    ///
    /// # Errors
    /// Any. After an error the caller reads [`current`](Self::current) to see whether it moved; after
    /// [`PlatformError::Undecided`] it may move even later than that.
    async fn move_to(&self, order: &MoveOrder<'_>) -> Result<Findings, PlatformError>;

    /// How the target stands on its way to the plan's revision, once its move was accepted: one observation
    /// at once, then one for each change of it. A target that is set to what it was before has been moved
    /// back: `Superseded` where what is read is never old, else `InProgress` for as long as it may be. It never ends by itself; a platform that cannot be asked is `Unknown`. What has
    /// arrived is `Done` at the first observation, since a hold begins with one of its own.
    fn observe<'a>(&'a self, target: &'a Target, plan: &'a TargetPlan) -> BoxStream<'a, Observation>;

    /// Removes what the revision that ran before the move left, and only where nothing uses it; what is
    /// in use stays, and the findings say by whom. Twice is the same as once. Asked only of a platform
    /// whose [`examine`](Self::examine) said that it cleans up, after the target was proven.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    async fn clean_up(&self, order: &CleanUpOrder<'_>) -> Result<Findings, PlatformError> {
        let what = format!("clean up after {}", order.target().name);
        Err(PlatformError::Refused { what, why: "this platform removes nothing".to_owned() })
    }

    /// What answers at the target's address, in a few words for a terminal: a product, its version, its
    /// part. `None` where there is nothing to say.
    ///
    /// # Errors
    /// Any but `IntentChanged`; `Refused` where it could never roll back.
    async fn introduce(&self, target: &Target) -> Result<Option<String>, PlatformError> {
        self.check_address(target).map(|()| None)
    }
}
