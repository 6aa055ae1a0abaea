//! Time. The engine waits by nothing else; tests move it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// A point of a clock that never jumps, counted from an origin of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Monotonic(pub Duration);

impl Monotonic {
    /// This long after.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }

    /// How long it was since then; zero if that lies ahead.
    #[must_use]
    pub fn since(self, then: Self) -> Duration {
        self.0.saturating_sub(then.0)
    }
}

/// Wall time for what people read, monotonic time for what the engine measures.
///
/// Wall time may jump in either direction; nothing that is safe may depend on it going forward.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Wall time.
    fn now(&self) -> Timestamp;

    /// Time that never jumps.
    fn monotonic(&self) -> Monotonic;

    /// Returns at this moment or soon after it; at once if it has passed. May be dropped.
    async fn sleep_until(&self, when: Monotonic);

    /// Returns when wall time is this or later, whatever jumps it makes. Looks at least once a second.
    async fn wait_for(&self, when: Timestamp) {
        loop {
            let left = self.now().duration_until(when);
            if left.is_zero() || left.is_negative() {
                return;
            }
            let left = left.unsigned_abs().min(Duration::from_secs(1));
            self.sleep_until(self.monotonic().after(left)).await;
        }
    }
}
