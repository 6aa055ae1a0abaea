//! What every platform must do, whatever it moves.
//!
//! An adapter brings a [`PlatformRig`]: a target with three revisions of which the newest runs, and the
//! hands of somebody who works beside the bot. [`platform_reads`] and [`platform_moves`] make one test
//! of each check, each on a rig of its own.

use std::time::Duration;

use async_trait::async_trait;
use commands::model::{Findings, Intent, Movement, Observation, Revision, Target, TargetPlan, Verdict, Version};
use commands::ports::{Candidate, Platform, PlatformError, Resolution};
use futures::StreamExt as _;
use futures::stream::BoxStream;

/// A target of one platform, and somebody who works on it beside the bot.
#[async_trait]
pub trait PlatformRig: Send + Sync {
    /// The adapter.
    fn platform(&self) -> &dyn Platform;

    /// A target with three revisions. The newest runs.
    fn target(&self) -> Target;

    /// Their versions, oldest first.
    fn versions(&self) -> [Version; 3];

    /// Addresses that it cannot understand.
    fn nonsense(&self) -> Vec<serde_json::Value>;

    /// Makes another revision of this version.
    async fn double(&self, version: &Version);

    /// Changes something that means nothing to a plan: health, counters, times of change.
    async fn stir(&self);

    /// Sets the target to this version, without the bot.
    async fn move_by_hand(&self, to: &Version);

    /// How long something may take that is under way.
    fn patience(&self) -> Duration;
}

/// A rig on which moves can be ordered.
#[async_trait]
pub trait MovingRig: PlatformRig {
    /// One move under an order with this plan, always under the same key.
    async fn carry_out(&self, target: &Target, plan: &TargetPlan) -> Result<Findings, PlatformError>;

    /// Which version users get, found without the adapter.
    async fn served(&self) -> Option<Version>;

    /// How often what serves was restarted so far, found without the adapter.
    async fn restarts(&self) -> usize;

    /// All that a write would change, found without the adapter.
    async fn trace(&self) -> String;

    /// Makes this version end as soon as it begins.
    async fn spoil(&self, version: &Version);
}

/// The plan from what runs to this version.
pub async fn plan(rig: &(impl PlatformRig + ?Sized), to: &Version) -> TargetPlan {
    let target = rig.target();
    let running = rig.platform().current(&target).await.unwrap();
    let to = candidate(rig, to).await;
    let deletes = rig.platform().examine(&target, &running, &to).await.unwrap().deletes;
    TargetPlan { target: target.name, from: running.revision, to: to.revision, intent: running.intent, deletes }
}

async fn candidate(rig: &(impl PlatformRig + ?Sized), version: &Version) -> Candidate {
    match rig.platform().resolve(&rig.target(), version).await.unwrap() {
        Resolution::Found(candidate) => candidate,
        other => panic!("{version} is not found: {other:?}"),
    }
}

async fn revision(rig: &(impl PlatformRig + ?Sized), version: &Version) -> Revision {
    candidate(rig, version).await.revision
}

/// Waits for the first observation that is wanted; the last one seen is told where it does not come.
pub async fn until(
    observations: &mut BoxStream<'_, Observation>,
    patience: Duration,
    wanted: impl Fn(&Verdict) -> bool,
) -> Observation {
    let mut last = None;
    let search = async {
        while let Some(seen) = observations.next().await {
            if wanted(&seen.verdict) {
                return Some(seen);
            }
            last = Some(seen);
        }
        None
    };
    let found = tokio::time::timeout(patience, search).await;
    match found {
        Ok(Some(seen)) => seen,
        Ok(None) => panic!("the observations ended"),
        Err(_) => panic!("not seen within {patience:?}; the last was {last:?}"),
    }
}

/// An address that means nothing is refused, and the target is named.
pub async fn nonsense_is_refused(rig: &impl PlatformRig) {
    rig.platform().check_address(&rig.target()).unwrap();
    let nonsense = rig.nonsense();
    assert!(!nonsense.is_empty());
    for address in nonsense {
        let target = Target { address, ..rig.target() };
        let error = rig.platform().check_address(&target).unwrap_err();
        assert!(matches!(&error, PlatformError::Address { target: named, .. } if *named == target.name.to_string()));
        let asked = rig.platform().current(&target).await.unwrap_err();
        assert_eq!(asked, error, "what is refused is not asked");
    }
}

/// What runs is known by revision and version.
pub async fn what_runs_is_told(rig: &impl PlatformRig) {
    let [_, _, newest] = rig.versions();
    let running = rig.platform().current(&rig.target()).await.unwrap();
    assert_eq!(running.version.as_ref(), Some(&newest));
    assert_eq!(running.revision, revision(rig, &newest).await);
}

/// All revisions are told, the newest first.
pub async fn history_is_newest_first(rig: &impl PlatformRig) {
    let mut expected = rig.versions().to_vec();
    expected.reverse();
    let told = || async {
        let history = rig.platform().history(&rig.target()).await.unwrap();
        history.into_iter().filter_map(|candidate| candidate.version).collect::<Vec<_>>()
    };
    assert_eq!(told().await, expected);
    rig.stir().await;
    assert_eq!(told().await, expected, "what means nothing does not reorder it");
}

/// A version is matched whole, with and without a `v`.
pub async fn a_version_is_matched_whole(rig: &impl PlatformRig) {
    for version in rig.versions() {
        let found = revision(rig, &version).await;
        assert_eq!(revision(rig, &Version::new(version.bare())).await, found);
        for other in [format!("{version}0"), format!("{version}-rc.1"), version.as_str()[..3].to_owned()] {
            let resolved = rig.platform().resolve(&rig.target(), &Version::new(&other)).await.unwrap();
            assert!(matches!(resolved, Resolution::Missing(_)), "{other}: {resolved:?}");
        }
    }
}

/// A version that is not there: what is there is offered, newest first.
pub async fn a_missing_version_shows_what_is_there(rig: &impl PlatformRig) {
    let resolved = rig.platform().resolve(&rig.target(), &Version::new("v99.0.0")).await.unwrap();
    let Resolution::Missing(offered) = resolved else { panic!("{resolved:?}") };
    assert_eq!(offered, rig.platform().history(&rig.target()).await.unwrap());
}

/// A version of which there are two is not guessed.
pub async fn two_of_one_version_are_ambiguous(rig: &impl PlatformRig) {
    let [_, middle, _] = rig.versions();
    rig.double(&middle).await;
    let resolved = rig.platform().resolve(&rig.target(), &middle).await.unwrap();
    let Resolution::Ambiguous(both) = resolved else { panic!("{resolved:?}") };
    assert_eq!(both.len(), 2);
    assert_ne!(both[0].revision, both[1].revision);
}

/// What means nothing leaves the intent; what moves the target changes it.
pub async fn the_intent_is_of_what_matters(rig: &impl PlatformRig) {
    let [oldest, ..] = rig.versions();
    let intent = || async { rig.platform().current(&rig.target()).await.unwrap().intent };
    let before: Intent = intent().await;
    rig.stir().await;
    assert_eq!(before.differences(&intent().await), []);
    rig.move_by_hand(&oldest).await;
    assert_ne!(before.differences(&intent().await), []);
}

/// What can be moved to has no blocker.
pub async fn a_whole_release_is_not_blocked(rig: &impl PlatformRig) {
    let [_, middle, _] = rig.versions();
    let target = rig.target();
    let running = rig.platform().current(&target).await.unwrap();
    let resolved = rig.platform().resolve(&target, &middle).await.unwrap();
    let Resolution::Found(candidate) = resolved else { panic!("{resolved:?}") };
    let found = rig.platform().examine(&target, &running, &candidate).await.unwrap();
    assert_eq!(found.blockers, []);
    assert_ne!(found.changes, []);
}

/// Somebody else's move on the way is seen for what it is.
pub async fn somebody_elses_move_is_seen(rig: &impl PlatformRig) {
    let [oldest, middle, _] = rig.versions();
    let (target, plan) = (rig.target(), plan(rig, &middle).await);
    let mut observations = rig.platform().observe(&target, &plan);
    let first = observations.next().await.unwrap();
    assert_ne!(first.verdict, Verdict::Done);
    rig.move_by_hand(&oldest).await;
    let seen = until(&mut observations, rig.patience(), |verdict| matches!(verdict, Verdict::Superseded { .. })).await;
    let Verdict::Superseded { by } = seen.verdict else { unreachable!() };
    assert!(!by.is_empty());
}

/// Looking changes nothing, and may stop at any time.
pub async fn looking_may_stop_at_any_time(rig: &impl PlatformRig) {
    let [_, middle, _] = rig.versions();
    let (target, plan) = (rig.target(), plan(rig, &middle).await);
    let before = rig.platform().current(&target).await.unwrap();
    for wait in [0, 1, 5, 20, 250] {
        let mut observations = rig.platform().observe(&target, &plan);
        let _ = tokio::time::timeout(Duration::from_millis(wait), observations.next()).await;
    }
    assert_eq!(rig.platform().current(&target).await.unwrap(), before);
}

/// A move arrives, is seen, and is served.
pub async fn a_move_is_seen_and_served(rig: &impl MovingRig) {
    let [_, middle, _] = rig.versions();
    let (target, plan) = (rig.target(), plan(rig, &middle).await);
    let mut observations = rig.platform().observe(&target, &plan);
    let before = observations.next().await.unwrap();
    assert!(matches!(before.verdict, Verdict::InProgress(_) | Verdict::Superseded { .. }), "{before:?}");

    let findings = rig.carry_out(&target, &plan).await.unwrap();
    assert_eq!(findings.movement, Some(Movement::Moved));
    let done = until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    assert!(!done.parts.is_empty());
    let again = rig.platform().observe(&target, &plan).next().await.unwrap();
    assert_eq!(again.verdict, Verdict::Done, "a hold begins with a look of its own");
    assert_eq!(rig.served().await, Some(middle.clone()));
    let now = rig.platform().current(&target).await.unwrap();
    assert_eq!((now.revision, now.version), (plan.to.clone(), Some(middle)));
}

/// The same order twice is one move and one restart.
pub async fn a_move_twice_is_one(rig: &impl MovingRig) {
    let [_, middle, _] = rig.versions();
    let (target, plan) = (rig.target(), plan(rig, &middle).await);
    let restarts = rig.restarts().await;
    rig.carry_out(&target, &plan).await.unwrap();
    let mut observations = rig.platform().observe(&target, &plan);
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    let trace = rig.trace().await;
    let again = rig.carry_out(&target, &plan).await.unwrap();
    assert_eq!(again.movement, Some(Movement::Moved));
    assert_eq!(rig.trace().await, trace, "the second attempt writes nothing");
    assert_eq!(rig.restarts().await, restarts + 1);
}

/// Somebody was faster: the order is void, what is now is told, nothing is written.
pub async fn a_changed_intent_voids_the_order(rig: &impl MovingRig) {
    let [oldest, middle, _] = rig.versions();
    let (target, plan) = (rig.target(), plan(rig, &middle).await);
    rig.move_by_hand(&oldest).await;
    let (trace, restarts) = (rig.trace().await, rig.restarts().await);
    let error = rig.carry_out(&target, &plan).await.unwrap_err();
    let PlatformError::IntentChanged { now } = error else { panic!("{error:?}") };
    assert_eq!(*now, rig.platform().current(&target).await.unwrap());
    assert_eq!(now.version, Some(oldest));
    assert_eq!((rig.trace().await, rig.restarts().await), (trace, restarts));
}

/// A target that is not there is not moved to.
pub async fn a_revision_that_is_gone_is_refused(rig: &impl MovingRig) {
    let [_, middle, _] = rig.versions();
    let (target, mut plan) = (rig.target(), plan(rig, &middle).await);
    plan.to = Revision::new("../elsewhere");
    let trace = rig.trace().await;
    let error = rig.carry_out(&target, &plan).await.unwrap_err();
    assert!(!matches!(error, PlatformError::IntentChanged { .. }), "{error:?}");
    assert_eq!(rig.platform().current(&target).await.unwrap().revision, plan.from);
    assert_eq!(rig.trace().await, trace);
}

/// What does not run is never done.
pub async fn a_release_that_dies_is_failed_and_never_done(rig: &impl MovingRig) {
    let [_, middle, _] = rig.versions();
    let (target, plan) = (rig.target(), plan(rig, &middle).await);
    rig.spoil(&middle).await;
    // The platform may accept it, or see the failure itself.
    let _ = rig.carry_out(&target, &plan).await;
    let mut observations = rig.platform().observe(&target, &plan);
    let over = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_) | Verdict::Done);
    let seen = until(&mut observations, rig.patience(), over).await;
    let Verdict::Failed(trouble) = seen.verdict else { panic!("{seen:?}") };
    assert!(!trouble.evidence.is_empty());
}

/// After the end, somebody else's move is still seen.
pub async fn drift_is_seen(rig: &impl MovingRig) {
    let [oldest, middle, _] = rig.versions();
    let (target, plan) = (rig.target(), plan(rig, &middle).await);
    rig.carry_out(&target, &plan).await.unwrap();
    let mut observations = rig.platform().observe(&target, &plan);
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    rig.move_by_hand(&oldest).await;
    until(&mut observations, rig.patience(), |verdict| matches!(verdict, Verdict::Superseded { .. })).await;
}

/// Makes one test of each of these checks.
#[macro_export]
macro_rules! platform_checks {
    ($suite:path, $make:expr; $($check:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                use $suite as suite;
                let rig = $make;
                suite::$check(&rig).await;
            }
        )*
    };
}

/// The checks of what only reads.
#[macro_export]
macro_rules! platform_reads {
    ($suite:path, $make:expr) => {
        $crate::platform_checks! { $suite, $make;
            nonsense_is_refused
            what_runs_is_told
            history_is_newest_first
            a_version_is_matched_whole
            a_missing_version_shows_what_is_there
            two_of_one_version_are_ambiguous
            the_intent_is_of_what_matters
            a_whole_release_is_not_blocked
            somebody_elses_move_is_seen
            looking_may_stop_at_any_time
        }
    };
}

/// The checks of what moves.
#[macro_export]
macro_rules! platform_moves {
    ($suite:path, $make:expr) => {
        $crate::platform_checks! { $suite, $make;
            a_move_is_seen_and_served
            a_move_twice_is_one
            a_changed_intent_voids_the_order
            a_revision_that_is_gone_is_refused
            a_release_that_dies_is_failed_and_never_done
            drift_is_seen
        }
    };
}
