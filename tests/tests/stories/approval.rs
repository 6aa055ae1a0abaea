//! Who may say yes, and what a yes is.

use insta::assert_snapshot;

use super::{proposed, to_the_end, until_ended, world_with};

/// What a medium trouble asks for: a team lead.
const CALM: &str = "/rollback api-service v1.2.9 severity=medium fix=3h because part of it is slow";

#[tokio::test]
async fn who_is_not_on_call_is_told_who_may() {
    let mut world = proposed(|_| {}).await;
    world.presses("second", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to second alone
    ! Not done
      May do it: On-call engineer
      Your role does not count here. Needed: on-call.
    ");
    world.scene.on_call.set(["second"]);
    world.presses("second", "Approve").await;
    assert_snapshot!(world.skim(), @r"
    to second alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
      [Abort!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn when_nobody_can_say_who_is_on_call_nobody_gains_a_role() {
    let mut world = proposed(|_| {}).await;
    world.scene.on_call.set_away();
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      May do it: on-call engineer
      The rota does not say who is on call, so no on-call vote can count now: fixed on-call did not answer: connection refused. Try again, or ask an incident commander.
    ");
    world.scene.on_call.set(["on-call"]);
    world.presses("on-call", "Deny").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn a_double_click_is_one_vote() {
    let mut world = proposed(|_| {}).await;
    let first = world.click("on-call", "Approve").expect("a button");
    let second = world.click("on-call", "Approve").expect("a button");
    world.deliver(first.clone()).await;
    world.deliver(first).await;
    world.deliver(second).await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (1 of 1).
    to on-call alone
    ! Not done
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
      [Abort!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn two_clicks_at_once_are_one_approval() {
    let mut world = proposed(|scene| scene.on_call.set(["on-call", "second"])).await;
    let one = world.click("on-call", "Approve").expect("a button");
    let other = world.click("second", "Approve").expect("a button");
    let (one, other) = tokio::join!(world.hand_over(one), world.hand_over(other));
    assert!(one.is_some_and(|accepted| accepted.is_ok()) && other.is_some_and(|accepted| accepted.is_ok()));
    until_ended(&mut world).await;
    let seen = world.seen().await;
    assert_eq!(seen.rollback(1).votes.len(), 1, "the second found it approved");
    world.skim();
    to_the_end(world).await;
}

#[tokio::test]
async fn ones_own_request_does_not_count_where_a_lead_is_asked() {
    let mut world = world_with(|_| {}).await;
    world.says("lead", CALM).await;
    assert_snapshot!(world.skim(), @r"
    to lead alone
    ▸ INC-2024-0115-001/1: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/1#notice@desk
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal
    ? INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.9?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/1#notice@status
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    ");
    world.presses("lead", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to lead alone
    ! Not done
      May do it: team lead
      You asked for this rollback, so your vote does not count. Ask somebody else to vote.
    ");
    world.presses("lead", "Deny").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn a_team_lead_approves_what_can_wait() {
    let mut world = world_with(|_| {}).await;
    world.says("on-call", CALM).await;
    world.skim();
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      May do it: Team lead
      Your role does not count here. Needed: team-lead.
    ");
    world.presses("lead", "Approve").await;
    assert_snapshot!(world.skim(), @r"
    to lead alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
      [Abort!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn two_votes_are_two_persons() {
    let mut world = proposed(|scene| {
        scene.service("api-service").policy.p2.votes = 2;
        scene.on_call.set(["on-call", "second"]);
    })
    .await;
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: your vote counts. 1 of 2 are there.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    ");
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      You voted for this plan already.
    ");
    world.presses("second", "Approve").await;
    assert_snapshot!(world.skim(), @r"
    to second alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (2 of 2).
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
      [Abort!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn nothing_is_approved_unseen() {
    let mut world = proposed(|_| {}).await;
    world.says("on-call", "/rollback approve INC-2024-0115-001").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ? INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.9?
      [Approve!] [Deny!]
    ");
    world.says("on-call", "/rollback approve INC-2024-0115-001 00000000").await;
    let digest = world.seen().await.rollback(1).digest().expect("a plan").short();
    assert_snapshot!(world.read().replace(&digest, "<digest>"), @r"
    to on-call alone
    ! Not done
      This is not the plan that stands now: that one is <digest>. Look at the new plan, then decide.
    ");
    world.says("on-call", &format!("/rollback approve INC-2024-0115-001/1 {digest}")).await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
      [Abort!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    ");
    to_the_end(world).await;
}
