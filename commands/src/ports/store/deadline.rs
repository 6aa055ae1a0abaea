//! Deadlines: rows, so that whoever is alive when one comes acts on it.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::model::RollbackId;

/// Something that is to happen at a wall time, whoever is alive then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Whose.
    pub rollback: RollbackId,
    /// Which; unique within the rollback.
    pub name: DeadlineName,
    /// When.
    pub at: Timestamp,
}

/// Which deadline of a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadlineName {
    /// Ten minutes since the trouble was noticed [J5].
    DecisionSoon,
    /// Fifteen minutes since [J5].
    DecisionDue,
    /// The request, or its votes, expire.
    Expiry,
    /// A question still waits.
    Remind,
    /// The watch for drift is over.
    WatchEnd,
    /// The room of the closed incident has been there for long enough.
    ArchiveRoom,
}

impl DeadlineName {
    /// Every name.
    pub const ALL: [Self; 6] =
        [Self::DecisionSoon, Self::DecisionDue, Self::Expiry, Self::Remind, Self::WatchEnd, Self::ArchiveRoom];

    /// How a row names it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DecisionSoon => "decision-soon",
            Self::DecisionDue => "decision-due",
            Self::Expiry => "expiry",
            Self::Remind => "remind",
            Self::WatchEnd => "watch-end",
            Self::ArchiveRoom => "archive-room",
        }
    }
}

impl FromStr for DeadlineName {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|name| name.word() == text)
            .ok_or_else(|| StoreError::Corrupt { what: "a deadline".to_owned(), why: text.to_owned() })
    }
}
