//! Judging: what is known of the trouble, what follows from it, and by when people must decide.
//!
//! The bot advises and people decide. `docs/decisions/decision-matrix.md` holds the whole table and
//! tells why it is so; a test holds the document to [`advise`].

mod assess;
mod clock;
mod matrix;
mod note;

#[cfg(test)]
mod tests;

pub use assess::{CLOCK_TOLERANCE, DecideError, LONGEST_AGO, assess};
pub use clock::{DECISION_DUE, DECISION_SOON, decision_deadlines};
pub use matrix::{TimeBand, advise, needs_reason};
pub use note::{decision_note, notes, rule_note};
