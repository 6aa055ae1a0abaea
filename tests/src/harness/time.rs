//! Time goes on only when everybody has come to rest, and then to the next moment for which somebody
//! waits: a story takes as long as it takes to compute, and is the same each time.

use std::time::Duration;

use commands::ports::Clock as _;

use super::Scene;

/// So many turns of every task without anything going on mean that all is quiet. A task that was woken
/// reaches the log, the clock or its end within a few turns.
const CALM: usize = 40;

impl Scene {
    /// Returns when nothing goes on until time does.
    ///
    /// # Panics
    /// If it never comes to rest.
    pub async fn quiet(&self) {
        let (mut calm, mut seen) = (0, self.activity());
        for _ in 0..200_000 {
            self.store.idle().await;
            tokio::task::yield_now().await;
            let now = self.activity();
            (calm, seen) = if now == seen { (calm + 1, seen) } else { (0, now) };
            if calm == CALM {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    fn activity(&self) -> (u64, u64) {
        (self.store.begun(), self.clock.activity())
    }

    /// Goes on to the next moment for which somebody waits, or by this long where nobody does so
    /// earlier. Gives how far that was.
    pub(super) async fn step(&self, at_most: Duration) -> Duration {
        let now = self.clock.monotonic();
        let next = self.clock.next_wakeup().map_or(at_most, |when| when.since(now)).min(at_most);
        self.clock.advance(next);
        self.quiet().await;
        next
    }

    /// Lets this much time pass.
    pub async fn pass(&self, time: Duration) {
        self.quiet().await;
        let end = self.clock.monotonic().after(time);
        while self.clock.monotonic() < end {
            self.step(end.since(self.clock.monotonic())).await;
        }
    }
}
