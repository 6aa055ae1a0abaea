//! The system's clock and the one that tests move.

use std::sync::Arc;
use std::time::Duration;

use commands::ports::{Clock, Monotonic};
use futures::FutureExt;
use jiff::SignedDuration;
use tests::conformance::clock::ClockSubject;
use tests::fake::ManualClock;

mod system {
    use super::*;

    fn subject() -> ClockSubject {
        Arc::new(adapters::clock::SystemClock::new())
    }

    tests::clock_conformance!(subject());
}

mod manual {
    use super::*;

    /// Moved a millisecond at a time, for as long as the test runs.
    fn subject() -> ClockSubject {
        let clock = ManualClock::at("2024-01-15T15:30:00Z");
        let moved = clock.clone();
        tokio::spawn(async move {
            loop {
                moved.advance(Duration::from_millis(1));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        clock
    }

    tests::clock_conformance!(subject());
}

#[tokio::test]
async fn a_manual_clock_stands_still_and_wakes_those_who_are_due() {
    let clock = ManualClock::at("2024-01-15T15:30:00Z");
    let (ten, twenty) = (Monotonic(Duration::from_secs(10)), Monotonic(Duration::from_secs(20)));
    let sleepers = [twenty, ten].map(|when| {
        let clock = clock.clone();
        tokio::spawn(async move { clock.sleep_until(when).await })
    });
    clock.sleepers(2).await;
    assert_eq!(clock.next_wakeup(), Some(ten));
    assert_eq!(clock.advance_to_next_sleeper(), Some(Duration::from_secs(10)));
    clock.settle().await;
    assert_eq!(sleepers.each_ref().map(tokio::task::JoinHandle::is_finished), [false, true]);
    assert_eq!(clock.now(), "2024-01-15T15:30:10Z".parse().unwrap());
    clock.advance(Duration::from_secs(60));
    for sleeper in sleepers {
        sleeper.await.unwrap();
    }
    assert_eq!(clock.next_wakeup(), None);
    assert_eq!(clock.advance_to_next_sleeper(), None);
}

#[tokio::test]
async fn a_jump_of_the_wall_moves_no_monotonic_time() {
    let clock = ManualClock::at("2024-01-15T15:30:00Z");
    let when = clock.monotonic().after(Duration::from_secs(1));
    clock.jump_wall(SignedDuration::from_hours(-5));
    assert_eq!(clock.now(), "2024-01-15T10:30:00Z".parse().unwrap());
    assert!(clock.sleep_until(when).now_or_never().is_none());
    clock.jump_wall(SignedDuration::from_hours(10));
    assert!(clock.sleep_until(when).now_or_never().is_none());
}

#[tokio::test]
async fn who_waits_for_wall_time_notices_a_jump_within_a_second() {
    let clock = ManualClock::at("2024-01-15T15:30:00Z");
    let waiting = tokio::spawn({
        let clock = clock.clone();
        async move { clock.wait_for("2024-01-15T16:00:00Z".parse().unwrap()).await }
    });
    clock.sleepers(1).await;
    clock.jump_wall(SignedDuration::from_mins(30));
    clock.advance(Duration::from_secs(1));
    waiting.await.unwrap();
}
