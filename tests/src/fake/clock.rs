//! A clock that only a test moves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use commands::ports::{Clock, Monotonic};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, oneshot};

/// Wall time and monotonic time stand still until the test moves them.
///
/// ```
/// # use std::time::Duration;
/// # use commands::ports::Clock;
/// # use tests::fake::ManualClock;
/// let clock = ManualClock::at("2024-01-15T15:30:00Z");
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now(), "2024-01-15T15:31:30Z".parse().unwrap());
/// ```
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    wall: Timestamp,
    monotonic: Monotonic,
    /// Who sleeps until when; the number keeps those of one moment apart, in the order they came.
    sleepers: BTreeMap<(Monotonic, u64), oneshot::Sender<()>>,
    /// Counts every sleeper that came or went.
    changes: u64,
}

impl ManualClock {
    /// At this wall time; monotonic time starts at zero.
    #[must_use]
    pub fn at(wall: &str) -> Arc<Self> {
        let wall = wall.parse().expect("the test gives a timestamp");
        let state = State { wall, monotonic: Monotonic::default(), sleepers: BTreeMap::new(), changes: 0 };
        Arc::new(Self { state: Mutex::new(state), changed: Notify::new() })
    }

    /// Moves both times, and wakes whoever is due on the way, the earliest first.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.wall = state.wall.checked_add(by).expect("the test stays within the calendar");
        state.monotonic = state.monotonic.after(by);
        let now = state.monotonic;
        while let Some(first) = state.sleepers.first_entry()
            && first.key().0 <= now
        {
            // One that was dropped meanwhile needs no waking.
            let _ = first.remove().send(());
        }
    }

    /// Moves wall time alone, in either direction, as an operator or NTP does.
    pub fn jump_wall(&self, by: SignedDuration) {
        let mut state = self.lock();
        state.wall = state.wall.checked_add(by).expect("the test stays within the calendar");
    }

    /// Grows whenever somebody came to sleep or went: the same twice means that nobody did.
    #[must_use]
    pub fn activity(&self) -> u64 {
        self.lock().changes
    }

    /// When the next sleeper wants to be woken.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Monotonic> {
        let mut state = self.lock();
        state.sleepers.retain(|_, sleeper| !sleeper.is_closed());
        state.sleepers.first_key_value().map(|((when, _), _)| *when)
    }

    /// Moves both times to the next sleeper and wakes it; gives how far that was, `None` if nobody
    /// sleeps.
    pub fn advance_to_next_sleeper(&self) -> Option<Duration> {
        let by = self.next_wakeup()?.since(self.monotonic());
        self.advance(by);
        Some(by)
    }

    /// Waits until this many sleep.
    ///
    /// # Panics
    /// After ten seconds of real time.
    pub async fn sleepers(&self, count: usize) {
        let enough = async {
            loop {
                let changed = self.changed.notified();
                if self.lock().sleepers.values().filter(|sleeper| !sleeper.is_closed()).count() >= count {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), enough).await.expect("nobody sleeps by this clock");
    }

    /// Waits until nobody came to sleep or went for 10 ms of real time: whoever works has come to
    /// rest, or waits for something that is not this clock.
    ///
    /// # Panics
    /// After ten seconds of real time.
    pub async fn settle(&self) {
        let quiet = async {
            let mut seen = self.lock().changes;
            loop {
                tokio::time::sleep(Duration::from_millis(10)).await;
                let now = self.lock().changes;
                if now == seen {
                    return;
                }
                seen = now;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), quiet).await.expect("it never comes to rest");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it moves the clock")
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().wall
    }

    fn monotonic(&self) -> Monotonic {
        self.lock().monotonic
    }

    async fn sleep_until(&self, when: Monotonic) {
        let woken = {
            let mut state = self.lock();
            if when <= state.monotonic {
                return;
            }
            let (sender, woken) = oneshot::channel();
            state.changes += 1;
            let number = state.changes;
            state.sleepers.insert((when, number), sender);
            woken
        };
        self.changed.notify_waiters();
        // The clock lives for as long as somebody sleeps by it.
        let _ = woken.await;
        self.lock().changes += 1;
    }
}
