//! Runs that people stop, before anything has moved and after.

use commands::model::{HookOperation, HookPoint};
use insta::assert_snapshot;
use tests::fake::HookScript;
use tests::harness::program;

use super::{approved, breaks, to_the_end, until_asked, until_ended};

#[tokio::test]
async fn an_abort_before_anything_moved_takes_back_what_was_begun() {
    let mut world = approved(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Maintenance, HookPoint::Drain]);
        let drain = program("api-service", HookPoint::Drain);
        scene.hooks.next(&drain, HookOperation::Do, [HookScript::DoesAndHangs]);
    })
    .await;
    world.presses("on-call", "Abort").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: stopping. Nothing has moved: what was begun is taken back.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ! INC-2024-0115-001/1: stopping, nothing has moved: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ");
    until_ended(&mut world).await;
    assert_snapshot!(world.read(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      Status: not rolled back, nothing moved
      <INC-2024-0115-001.md: 99 lines>
      <INC-2024-0115-001.json: 300 lines>
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
      Action: None was carried out.
      Ended: 15:30 UTC
      - Stopped by On-call engineer before anything moved: no reason given
      - No target has moved.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
      Ended: 15:30 UTC
      Took: 25 s
      - Stopped by On-call engineer before anything moved: no reason given
      - No target has moved.
      ↶ Maintenance page on, for api-service (production) — 0 s
      ✗ Drain traffic from api-service (production) — attempt 1 failed at 15:30 UTC: It was not there after 20s.
      · Roll api-service (production) api: v1.3.0 → v1.2.9 — not run
      · See all of api-service (production) api run v1.2.9 — not run
      · Verify api-service (production) by our own probes — not run
      ✓ Traffic back to api-service (production), by the program that drained it — 0 s
      · See that api-service (production) stays well for 10 s — not run
      ✓ Maintenance page off, for api-service (production) — 0 s
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ! INC-2024-0115-001/1: text for users
      Status: Unchanged
      Time: 2024-01-15 15:30 UTC
      Duration: 25 s, from its detection at 15:30 UTC (assumed)
      What happened
      A problem was reported, and we prepared to roll back api-service (production) from v1.3.0 to v1.2.9. We did not carry it out, and no version was changed.
      Current status
      - api-service (production): not checked.
      - Data was not checked.
      Next steps
      - Further steps: from the team.
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
      Action: None was carried out.
      Ended: 15:30 UTC
      - Stopped by On-call engineer before anything moved: no reason given
      - No target has moved.
    ");
    assert_eq!(world.scene.platform.writes(), []);
    world.finish().await;
}

#[tokio::test]
async fn an_abort_after_a_move_asks_about_traffic_where_checks_fail() {
    let mut world = approved(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Maintenance, HookPoint::Drain]);
        scene.platform.never_arrives("api", true);
    })
    .await;
    world.presses("on-call", "Abort").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: stopping. Something has moved and is not moved back: the run ends as partial.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ! INC-2024-0115-001/1: stopping, something has moved: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ");
    until_asked(&mut world).await;
    assert_snapshot!(world.read(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Paused: people are asked.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ? INC-2024-0115-001/1: paused: api-service (production) v1.3.0 → v1.2.9
      Waiting for: an answer by on-call engineer (On-call engineer)
      ✗ Verify api-service (production) by our own probes — attempt 1 failed at 15:30 UTC: Users are served v1.3.0, not v1.2.9. A cache, or a process of the old release, may still answer. It says: http://api/version answers v1.3.0
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-21
    ? INC-2024-0115-001/1: needs an answer: Verify api-service (production) by our own probes
      Step: verify:api-service
      Why: Users are served v1.3.0, not v1.2.9. A cache, or a process of the old release, may still answer.
      May answer: on-call engineer (On-call engineer)
      | http://api/version answers v1.3.0
      What has moved
      - api of api-service (production): moved
      What each answer means
      - Retry: Verify api-service (production) by our own probes is tried again (attempt 2).
      - Skip: it is not proven that api-service (production) is well, and the run ends as partial.
      - Abort: nothing is moved back. What was opened is closed, and the run ends as partial.
      [Retry] [Skip!] [Abort!]
      (notifies on-call)
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Paused: people are asked.
    ");
    world.says("on-call", "/rollback skip because users may come back").await;
    until_ended(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: the run goes on without the step.
    #desk INC-2024-0115-001/1#notice@desk now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-21 now
    • INC-2024-0115-001/1: the question is settled: Verify api-service (production) by our own probes
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ! INC-2024-0115-001/1: text for users
    #status INC-2024-0115-001/1#notice@status now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn a_pause_may_end_in_an_abort() {
    let mut world = approved(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Drain, HookPoint::Configuration]);
        breaks(scene, HookPoint::Configuration, HookOperation::Do);
    })
    .await;
    until_asked(&mut world).await;
    world.skim();
    world.says("commander", "/rollback abort because we fix forward").await;
    until_ended(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    to commander alone
    • INC-2024-0115-001/1: stopping. Something has moved and is not moved back: the run ends as partial.
    #desk INC-2024-0115-001/1#notice@desk now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-26 now
    • INC-2024-0115-001/1: the question is settled: Configuration of api-service (production)
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ! INC-2024-0115-001/1: text for users
    #status INC-2024-0115-001/1#notice@status now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    ");
    assert!(!world.scene.hooks.program("/hooks/drain-of-api-service").on, "traffic came back after the checks");
    to_the_end(world).await;
}
