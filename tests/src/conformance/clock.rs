//! Every clock. Its time must pass while a property waits: that of a manual one is moved by its test.

use std::sync::Arc;
use std::time::Duration;

use commands::ports::{Clock, Monotonic};
use futures::FutureExt;

/// A clock whose time passes.
pub type ClockSubject = Arc<dyn Clock>;

/// Monotonic time only grows.
pub async fn monotonic_time_never_goes_back(clock: &ClockSubject) {
    let mut last = clock.monotonic();
    for _ in 0..1000 {
        let now = clock.monotonic();
        assert!(now >= last, "{last:?} {now:?}");
        last = now;
    }
    assert_eq!(last.since(last.after(Duration::from_secs(1))), Duration::ZERO);
}

/// A moment that has passed is not waited for.
pub async fn what_has_passed_is_not_waited_for(clock: &ClockSubject) {
    let now = clock.monotonic();
    assert!(clock.sleep_until(now).now_or_never().is_some());
    assert!(clock.sleep_until(Monotonic::default()).now_or_never().is_some());
    assert!(clock.wait_for(clock.now()).now_or_never().is_some());
}

/// Nobody is woken early, and by wall time neither.
pub async fn nobody_wakes_early(clock: &ClockSubject) {
    let wait = Duration::from_millis(30);
    let when = clock.monotonic().after(wait);
    clock.sleep_until(when).await;
    assert!(clock.monotonic() >= when);
    let when = clock.now() + wait;
    clock.wait_for(when).await;
    assert!(clock.now() >= when);
}

/// Many may sleep at once, each until its own moment, in whatever order they came.
pub async fn each_sleeper_has_its_own_moment(clock: &ClockSubject) {
    let start = clock.monotonic();
    let sleepers = [60, 20, 40].map(|wait| async move {
        let when = start.after(Duration::from_millis(wait));
        clock.sleep_until(when).await;
        assert!(clock.monotonic() >= when, "{wait} ms");
    });
    futures::future::join_all(sleepers).await;
}

/// A sleep may be dropped, and one that never ends does not end.
pub async fn a_sleep_may_be_dropped(clock: &ClockSubject) {
    let for_ever = clock.sleep_until(Monotonic(Duration::MAX));
    let soon = clock.sleep_until(clock.monotonic().after(Duration::from_millis(20)));
    tokio::select! {
        () = for_ever => panic!("the end of time was reached"),
        () = soon => {}
    }
}

/// Makes a test of each property for this subject.
#[macro_export]
macro_rules! clock_conformance {
    ($subject:expr) => {
        $crate::properties!(
            clock,
            $subject,
            [
                monotonic_time_never_goes_back,
                what_has_passed_is_not_waited_for,
                nobody_wakes_early,
                each_sleeper_has_its_own_moment,
                a_sleep_may_be_dropped,
            ]
        );
    };
}
