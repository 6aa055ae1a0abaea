//! The decision clock: people decide within 15 minutes of detection [J5].

use jiff::{SignedDuration, Timestamp};

use crate::ports::DeadlineName;

/// After this long people are reminded that the time to decide runs out [J5].
pub const DECISION_SOON: SignedDuration = SignedDuration::from_mins(10);

/// After this long people should have decided [J5].
pub const DECISION_DUE: SignedDuration = SignedDuration::from_mins(15);

/// When to remind people, counted from when the trouble was noticed. A moment that has passed is due
/// at once: the clock does not wait for the request.
#[must_use]
pub fn decision_deadlines(detected_at: Timestamp) -> [(DeadlineName, Timestamp); 2] {
    let after = |length| detected_at.checked_add(length).unwrap_or(Timestamp::MAX);
    [(DeadlineName::DecisionSoon, after(DECISION_SOON)), (DeadlineName::DecisionDue, after(DECISION_DUE))]
}
