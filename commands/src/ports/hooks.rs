//! Programs of the people who own a service.

use async_trait::async_trait;

use crate::model::{Hook, HookAnswer, HookCall};

/// Why a hook gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// It could not be started: not there, not executable.
    #[error("cannot start {program}: {why}")]
    Start {
        /// The program.
        program: String,
        /// The system's words.
        why: String,
    },
    /// It ended with another status than 0, or by a signal.
    #[error("{program} ended with {status}: {output}")]
    Failed {
        /// The program.
        program: String,
        /// `exit status: 3`, `signal: 9`.
        status: String,
        /// The end of what it wrote to standard error, redacted.
        output: String,
    },
    /// It did not answer in time; its process group was ended.
    #[error("{program} gave no answer within {seconds} s and was ended")]
    TimedOut {
        /// The program.
        program: String,
        /// How long it was given.
        seconds: u64,
    },
    /// It wrote more than it may; its process group was ended.
    #[error("{program} wrote more than {limit} bytes and was ended")]
    Flooded {
        /// The program.
        program: String,
        /// The limit on each of its two outputs, in bytes.
        limit: usize,
    },
    /// What it wrote is not one JSON object of the agreed shape.
    #[error("{program} answered what is not understood: {why}")]
    Garbled {
        /// The program.
        program: String,
        /// Where and why.
        why: String,
    },
}

/// Runs hooks.
///
/// Contract: no shell; the program's process group ends with the call, with the deadline and with the
/// bot; output is bounded and redacted; dropping the future ends the process group.
#[async_trait]
pub trait HookRunner: Send + Sync {
    /// One call, one answer.
    ///
    /// # Errors
    /// See [`HookError`]; a non-zero exit is a failure whatever was printed.
    async fn call(&self, hook: &Hook, call: &HookCall) -> Result<HookAnswer, HookError>;
}
