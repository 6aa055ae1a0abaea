//! How one step of a run stands.

use jiff::Timestamp;

use crate::model::{Findings, Movement, PersonId, Trouble};

/// How far one step has come, folded from its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepState {
    /// How it stands.
    pub progress: StepProgress,
    /// True where a rollback that this one replaced did it, and this one answers for it.
    pub inherited: bool,
    /// The last attempt; 0 before the first.
    pub attempt: u32,
    /// When its first attempt began.
    pub first_started_at: Option<Timestamp>,
    /// From when its time of being tried again counts: the first attempt, or a person's retry.
    pub retried_since: Option<Timestamp>,
    /// When its last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it was settled.
    pub ended_at: Option<Timestamp>,
    /// What is known of it on the platform, newest last seen.
    pub observation: Option<crate::model::Observation>,
    /// What it left, of the last attempt that left something.
    pub findings: Findings,
}

/// Where a step is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StepProgress {
    /// Not begun.
    #[default]
    Waiting,
    /// An attempt began, and its outcome is not in the log.
    Started,
    /// The last attempt failed.
    Failed {
        /// Why.
        trouble: Trouble,
        /// False where trying again cannot help.
        retryable: bool,
        /// When.
        at: Timestamp,
    },
    /// A person said: again.
    Again,
    /// It did what it should.
    Finished,
    /// A person said: without it.
    Skipped {
        /// Who.
        by: Option<PersonId>,
        /// Why.
        because: Option<String>,
    },
}

impl StepState {
    /// True once an attempt began: it may have had its effect.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.attempt > 0 || self.inherited
    }

    /// True where nothing more is to be done about it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.progress, StepProgress::Finished | StepProgress::Skipped { .. })
    }

    /// True where it did what it should.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.progress == StepProgress::Finished
    }

    /// Of a pivot: true if its target left the old revision, or may have.
    #[must_use]
    pub fn may_have_moved(&self) -> bool {
        match self.findings.movement {
            Some(Movement::Moved | Movement::Unknown) => true,
            Some(Movement::NotMoved) => false,
            None => self.has_begun() && !matches!(self.progress, StepProgress::Skipped { .. }),
        }
    }
}
