//! What changes under a plan, and one rollback in the place of another.

use commands::model::{HookOperation, HookPoint};
use commands::saga::Phase;
use insta::assert_snapshot;
use tests::harness::{Scene, program};

use super::{ASK, approved, breaks, proposed, to_the_end, until_asked, until_ended, world_with};

fn breaks_configuration(scene: &mut Scene) {
    scene.add_hooks("api-service", &[HookPoint::Drain, HookPoint::Maintenance, HookPoint::Configuration]);
    breaks(scene, HookPoint::Configuration, HookOperation::Do);
}

#[tokio::test]
async fn an_approval_is_void_when_the_platform_changed() {
    let mut world = proposed(|_| {}).await;
    world.scene.platform.somebody_moves("api", "v1.2.8");
    let old = world.click("on-call", "Approve").expect("a button");
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.2.8 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#alert-8
    ! INC-2024-0115-001/1: the approval is void: api-service (production) changed
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.2.8 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ! INC-2024-0115-001/1: the plan is void: api-service (production) v1.2.8 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    ? INC-2024-0115-001/1: roll back api-service (production) v1.2.8 → v1.2.9?
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.2.8 → v1.2.9
    ");
    let seen = world.seen().await;
    assert!(seen.is(1, Phase::Proposed) && seen.rollback(1).votes.is_empty(), "old votes do not count");
    world.deliver(old).await;
    let digest = seen.rollback(1).digest().expect("a plan").short();
    assert_snapshot!(world.read().replace(&digest, "<digest>"), @r"
    to on-call alone
    ! Not done
      This is not the plan that stands now: that one is <digest>. Look at the new plan, then decide.
    ");
    assert_eq!(world.scene.platform.writes(), []);
    world.presses("on-call", "Approve").await;
    until_ended(&mut world).await;
    assert_eq!(world.scene.platform.runs("api").as_str(), "v1.2.9");
    world.skim();
    to_the_end(world).await;
}

#[tokio::test]
async fn an_unapproved_request_gives_way_to_a_newer_one_of_its_requester() {
    let mut world = proposed(|_| {}).await;
    world.says("on-call", "/rollback api-service v1.2.8 because that one is sick too").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/2: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/1#notice@desk now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #desk INC-2024-0115-001/2#notice@desk
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#notice
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#proposal
    ? INC-2024-0115-001/2: roll back api-service (production) v1.3.0 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/1#notice@status now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/2#notice@status
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    ");
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.is(2, Phase::Finished)).await;
    assert_eq!(world.scene.platform.runs("api").as_str(), "v1.2.8");
    world.skim();
    to_the_end(world).await;
}

#[tokio::test]
async fn somebody_elses_request_is_not_replaced_but_by_a_commander() {
    let mut world = proposed(|_| {}).await;
    world.says("second", "/rollback api-service v1.2.8 because I know better").await;
    assert_snapshot!(world.read(), @r"
    to second alone
    ! Not done
      May do it: On-call engineer, Incident commander
      api-service is locked by INC-2024-0115-001/1, asked for by On-call engineer. Follow that one, deny or abort it, or replace it by a new request that is approved.
    ");
    world.says("commander", "/rollback api-service v1.2.8 because the commander knows").await;
    assert_snapshot!(world.skim(), @r"
    to commander alone
    ▸ INC-2024-0115-001/2: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/1#notice@desk now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #desk INC-2024-0115-001/2#notice@desk
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#notice
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#proposal
    ? INC-2024-0115-001/2: roll back api-service (production) v1.3.0 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/1#notice@status now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/2#notice@status
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    ");
    world.presses("on-call", "Deny").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn a_running_rollback_is_not_replaced() {
    let mut world = approved(|_| {}).await;
    world.says("commander", "/rollback api-service v1.2.8 because I know better").await;
    assert_snapshot!(world.read(), @r"
    to commander alone
    ! Not done
      INC-2024-0115-001/1 is running for this service. Wait for it, or abort it first.
    ");
    until_ended(&mut world).await;
    world.skim();
    to_the_end(world).await;
}

#[tokio::test]
async fn a_paused_rollback_is_replaced_and_what_it_opened_is_closed() {
    let mut world = approved(breaks_configuration).await;
    until_asked(&mut world).await;
    world.skim();
    world.says("on-call", "/rollback api-service v1.2.8 because that one is sick too").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/2: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/2#notice@desk
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#notice
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#proposal
    ? INC-2024-0115-001/2: roll back api-service (production) v1.2.9 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/2#notice@status
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.2.9 → v1.2.8
    ");
    let seen = world.seen().await;
    assert!(seen.asks(1), "it waits on until the newer one is approved");
    world.scene.hooks.mend();
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/2: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/1#notice@desk now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #desk INC-2024-0115-001/2#notice@desk now
    ! INC-2024-0115-001/2: EMERGENCY: rolling back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#question-28 now
    • INC-2024-0115-001/1: the question is settled: Configuration of api-service (production)
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#notice now
    ! INC-2024-0115-001/2: EMERGENCY: rolling back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#progress
    ▸ INC-2024-0115-001/2: rolling back api-service (production) v1.2.9 → v1.2.8
      [Abort!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#proposal now
    • INC-2024-0115-001/2: approved: api-service (production) v1.2.9 → v1.2.8
    #status INC-2024-0115-001/1#notice@status now
    • INC-2024-0115-001/1: replaced: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/2#notice@status now
    ! INC-2024-0115-001/2: EMERGENCY: rolling back api-service (production) v1.2.9 → v1.2.8
    ");
    world.until(|seen| seen.is(2, Phase::Finished)).await;
    assert_snapshot!(world.skim(), @r"
    #desk INC-2024-0115-001/2#notice@desk now
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#notice now
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#progress now
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#user-text
    ✓ INC-2024-0115-001/2: text for users
    #status INC-2024-0115-001/2#notice@status now
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    ");
    for point in [HookPoint::Drain, HookPoint::Maintenance] {
        assert!(!world.scene.hooks.program(&program("api-service", point)).on, "{} stays open", point.word());
    }
    to_the_end(world).await;
}

#[tokio::test]
async fn a_second_rollback_within_half_an_hour_needs_a_version() {
    let mut world = approved(|_| {}).await;
    until_ended(&mut world).await;
    world.skim();
    world.says("on-call", "/rollback api-service previous because it is still slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      api-service was rolled back 0 min ago. Name the version, so that it does not toggle.
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn a_service_in_two_requests_is_locked_as_one() {
    let mut world = proposed(|_| {}).await;
    world.says("second", "/rollback web-service,api-service v1.2.8 because both are slow").await;
    assert_snapshot!(world.read(), @r"
    to second alone
    ! Not done
      May do it: On-call engineer, Incident commander
      api-service is locked by INC-2024-0115-001/1, asked for by On-call engineer. Follow that one, deny or abort it, or replace it by a new request that is approved.
    ");
    world.says("second", "/rollback web-service v1.2.8 because it is slow").await;
    assert_snapshot!(world.skim(), @r"
    to second alone
    ▸ INC-2024-0115-002/1: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-002/1#notice@desk
    ! INC-2024-0115-002/1: PROPOSED, not decided: roll back web-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-002 INC-2024-0115-002/1#notice
    ! INC-2024-0115-002/1: PROPOSED, not decided: roll back web-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-002 INC-2024-0115-002/1#proposal
    ? INC-2024-0115-002/1: roll back web-service (production) v1.3.0 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-002/1#notice@status
    ! INC-2024-0115-002/1: PROPOSED, not decided: roll back web-service (production) v1.3.0 → v1.2.8
    ");
    world.says("on-call", "/rollback deny INC-2024-0115-001").await;
    world.says("on-call", "/rollback deny INC-2024-0115-002").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn where_several_are_open_the_bot_asks_which() {
    let mut world = world_with(|_| {}).await;
    world.says("on-call", ASK).await;
    world.says("on-call", "/rollback web-service v1.2.9 because it is slow too").await;
    world.skim();
    world.says("on-call", "/rollback deny").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ? Several are open. Name one:
      - INC-2024-0115-002/1
      - INC-2024-0115-001/1
    ");
    world.says("on-call", "/rollback deny INC-2024-0115-001").await;
    world.says("on-call", "/rollback deny").await;
    world.skim();
    world.finish().await;
}
