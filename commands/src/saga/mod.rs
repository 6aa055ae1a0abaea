//! The durable engine: facts are appended before anything is done because of them, and what is done
//! next is decided by a pure function of the folded facts, live and on recovery alike.
//!
//! [`RollbackState`] and [`IncidentState`] are folds. [`next_move`] says what the driver does next.
//! [`Journal`] reads and appends. The driver, the timekeeper and the rest of the loops live in
//! [`crate::engine`].

mod chain;
mod codec;
mod incident;
mod journal;
mod next;
mod rollback;
mod step;
#[cfg(test)]
mod tests;
mod transition;

pub use chain::{Inspection, inspect};
pub use codec::{CodecError, VERSION, decode, encode};
pub use incident::{IncidentState, Room, Task};
pub use journal::{Draft, Journal, JournalError};
pub use next::{Direction, Move, backoff, direction, next_move, outcome, treatment};
pub use rollback::{Entry, Phase, Question, RollbackState};
pub use step::{StepProgress, StepState};
pub use transition::Illegal;
