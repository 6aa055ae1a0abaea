//! The system's own clocks.

use std::time::Duration;

use async_trait::async_trait;
use commands::ports::{Clock, Monotonic};
use jiff::Timestamp;
use tokio::time::Instant;

/// Wall time of the system, and its monotonic clock counted from the making of this value.
///
/// On Linux the monotonic clock stands still while the machine sleeps. That is what leases want: a
/// replica that slept sees no term pass, and the fence of the log refuses what it lost meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts at zero now.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(self.origin.elapsed())
    }

    async fn sleep_until(&self, when: Monotonic) {
        /// The runtime's timer reaches a little over two years; further moments are reached in parts.
        const AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);
        loop {
            let left = when.since(self.monotonic());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(AT_MOST)).await;
        }
    }
}
