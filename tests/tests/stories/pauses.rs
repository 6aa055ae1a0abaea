//! Runs that stop, wait for people, and go on or end.

use commands::model::{HookOperation, HookPoint, HookResult};
use commands::ports::PlatformError;
use insta::assert_snapshot;
use tests::fake::{HookScript, MoveScript};
use tests::harness::program;

use super::{approved, breaks, proposed, to_the_end, until_asked, until_ended};

fn refused() -> MoveScript {
    MoveScript::Fails(PlatformError::Refused { what: "moving sockets".to_owned(), why: "no".to_owned() })
}

#[tokio::test]
async fn a_later_target_that_is_refused_ends_as_partial_and_says_so() {
    let mut world = approved(|scene| {
        scene.add_target("api-service", "sockets");
        scene.platform.next_moves("sockets", vec![refused(); 9]);
    })
    .await;
    until_asked(&mut world).await;
    assert_snapshot!(world.read(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Paused: people are asked.
      ETA: not known
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ? INC-2024-0115-001/1: paused: api-service (production) v1.3.0 → v1.2.9
      ETA: not known
      Waiting for: an answer by on-call engineer (On-call engineer)
      ✓ See all of api-service (production) api run v1.2.9 — 3 s
      ✗ Roll api-service (production) sockets: v1.3.0 → v1.2.9 — attempt 1 failed at 15:30 UTC: The platform did not do it. Read its words. It says: moving sockets was refused: no
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-16
    ? INC-2024-0115-001/1: needs an answer: Roll api-service (production) sockets: v1.3.0 → v1.2.9
      Step: roll:api-service/sockets
      Why: The platform did not do it. Read its words.
      May answer: on-call engineer (On-call engineer)
      | moving sockets was refused: no
      What has moved
      - api of api-service (production): moved
      - sockets of api-service (production): not moved
      What each answer means
      - Retry: Roll api-service (production) sockets: v1.3.0 → v1.2.9 is tried again (attempt 2).
      - Skip: sockets of api-service (production) stays on v1.3.0, and the report names it.
      - Abort: nothing is moved back. What was opened is closed, and the run ends as partial.
      [Retry] [Skip!] [Abort!]
      (notifies on-call)
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Paused: people are asked.
      ETA: not known
    ");
    world.presses("on-call", "Skip").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: the run goes on without the step.
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-16 now
    • INC-2024-0115-001/1: the question is settled: Roll api-service (production) sockets: v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    until_ended(&mut world).await;
    assert_snapshot!(world.read(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      Status: not finished, not all is proven
      <INC-2024-0115-001.md: 114 lines>
      <INC-2024-0115-001.json: 340 lines>
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
      Action: Incomplete.
      Ended: 15:30 UTC
      - api of api-service (production): moved
      - sockets of api-service (production): not moved
      - Not done, or not proven: Roll api-service (production) sockets: v1.3.0 → v1.2.9, See all of api-service (production) sockets run v1.2.9.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
      Ended: 15:30 UTC
      Took: 17 s
      Watched: for drift until 15:30 UTC
      - api of api-service (production): moved
      - sockets of api-service (production): not moved
      - Not done, or not proven: Roll api-service (production) sockets: v1.3.0 → v1.2.9, See all of api-service (production) sockets run v1.2.9.
      · See all of api-service (production) sockets run v1.2.9 — not run
      ✓ Verify api-service (production) by our own probes — 4 s · 6 of 6 of our own probes were answered well
      ✓ See that api-service (production) stays well for 10 s — 10 s · 12 of 12 of our own probes were answered well
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ! INC-2024-0115-001/1: text for users
      Status: Not finished. Not all is proven.
      Time: 2024-01-15 15:30 UTC
      Duration: 17 s, from its detection at 15:30 UTC (assumed)
      What happened
      A problem was reported, and we began to roll back api-service (production) from v1.3.0 to v1.2.9. Not all of it is confirmed.
      Current status
      - api-service (production): checks pass. 6 of 6 of our own probes were answered well.
      - Data was not checked.
      Next steps
      - Switchback watches for drift until 15:30 UTC. Further steps: from the team.
    #status INC-2024-0115-001/1#notice@status now
    ✗ INC-2024-0115-001/1: not finished: api-service (production) v1.3.0 → v1.2.9. Not all is proven.
      Action: Incomplete.
      Ended: 15:30 UTC
      - api of api-service (production): moved
      - sockets of api-service (production): not moved
      - Not done, or not proven: Roll api-service (production) sockets: v1.3.0 → v1.2.9, See all of api-service (production) sockets run v1.2.9.
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn a_write_of_which_nobody_knows_is_never_called_not_moved() {
    let lost = || PlatformError::Undecided { what: "moving it".to_owned(), why: "no answer".to_owned() };
    let mut world =
        approved(|scene| scene.platform.next_moves("api", (0..99).map(|_| MoveScript::Fails(lost())))).await;
    until_asked(&mut world).await;
    let said = world.read();
    assert!(said.contains("api of api-service (production): may have moved"), "{said}");
    assert!(!said.contains("not moved"), "it reads as before, and may be done yet: {said}");
}

#[tokio::test]
async fn a_step_that_fails_is_tried_and_then_people_are_asked() {
    let mut world = approved(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Configuration]);
        breaks(scene, HookPoint::Configuration, HookOperation::Do);
    })
    .await;
    until_asked(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ? INC-2024-0115-001/1: paused: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-24
    ? INC-2024-0115-001/1: needs an answer: Configuration of api-service (production)
      [Retry] [Skip!] [Abort!]
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    world.pass(11 * 60).await;
    assert_snapshot!(world.skim(), @r"
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#alert-25
    ! INC-2024-0115-001/1: a question still waits
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#alert-26
    ! INC-2024-0115-001/1: a question still waits
    ");
    world.says("second", "/rollback retry").await;
    assert_snapshot!(world.skim(), @r"
    to second alone
    ! Not done
    ");
    world.says("on-call", "/rollback skip").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ! Not done
    ");
    world.scene.hooks.mend();
    world.presses("on-call", "Retry").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: the step is tried again.
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-24 now
    • INC-2024-0115-001/1: the question is settled: Configuration of api-service (production)
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    until_ended(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ✓ INC-2024-0115-001/1: text for users
    #status INC-2024-0115-001/1#notice@status now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn an_old_card_answers_nothing_new() {
    let mut world = approved(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Configuration, HookPoint::Flags]);
        breaks(scene, HookPoint::Configuration, HookOperation::Do);
        breaks(scene, HookPoint::Flags, HookOperation::Do);
    })
    .await;
    until_asked(&mut world).await;
    let old = world.click("on-call", "Skip").expect("a button");
    world.presses("on-call", "Skip").await;
    until_asked(&mut world).await;
    world.skim();
    world.deliver(old).await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      This card is old. The question was answered, or another one is asked now. Use the newest card.
    ");
    world.presses("on-call", "Skip").await;
    until_ended(&mut world).await;
    world.skim();
    to_the_end(world).await;
}

#[tokio::test]
async fn a_closer_that_fails_is_left_for_people() {
    let mut world = approved(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Maintenance]);
        breaks(scene, HookPoint::Maintenance, HookOperation::Undo);
    })
    .await;
    until_ended(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#alert-4
    ! INC-2024-0115-001/1: step end-maintenance:api-service is left for people to do
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ✓ INC-2024-0115-001/1: text for users
    #status INC-2024-0115-001/1#notice@status now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn a_program_that_says_no_stops_the_run_before_anything_moves() {
    let mut world = proposed(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Maintenance, HookPoint::Drain]);
        let drain = program("api-service", HookPoint::Drain);
        scene.hooks.next(&drain, HookOperation::Do, [HookScript::Answers(HookResult::Blocked, "a release is on")]);
    })
    .await;
    world.presses("on-call", "Approve").await;
    until_ended(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ! INC-2024-0115-001/1: text for users
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: not rolled back: api-service (production) v1.3.0 → v1.2.9
    ");
    assert_eq!(world.scene.platform.writes(), []);
    world.finish().await;
}

#[tokio::test]
async fn a_program_found_half_run_is_asked_about() {
    let mut world = approved(|scene| {
        scene.add_hooks("api-service", &[HookPoint::Backup]);
        let backup = program("api-service", HookPoint::Backup);
        scene.hooks.next(&backup, HookOperation::Do, [HookScript::Hangs]);
        scene.hooks.next(&backup, HookOperation::Observe, [HookScript::Answers(HookResult::Unknown, "half of it")]);
    })
    .await;
    world.restart().await;
    until_asked(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ? INC-2024-0115-001/1: paused: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-10
    ? INC-2024-0115-001/1: needs an answer: Back up api-service (production)
      [Retry] [Skip!] [Abort!]
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: PAUSED: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    world.presses("on-call", "Retry").await;
    until_ended(&mut world).await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: the step is tried again.
    #desk INC-2024-0115-001/1#notice@desk now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-10 now
    • INC-2024-0115-001/1: the question is settled: Back up api-service (production)
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ✓ INC-2024-0115-001/1: text for users
    #status INC-2024-0115-001/1#notice@status now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}
