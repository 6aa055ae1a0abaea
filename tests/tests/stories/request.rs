//! From a request to its report, or to a no.

use commands::model::Input;
use commands::saga::Phase;
use insta::assert_snapshot;

use super::{ASK, proposed, until_ended, world};

#[tokio::test]
async fn a_rollback_from_request_to_report() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-service v1.2.9 detected=15:25 because answers are slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/1: proposed. Those who may decide are asked in its room.
      Status channel: #incident-rollback-2024-0115-001 (being made)
    #desk INC-2024-0115-001/1#notice@desk
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
      Status channel: #incident-rollback-2024-0115-001
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
      Issue: Severity high (P2) (assumed). Reported: “answers are slow”
      Action: Proposed: roll back api-service (production) from v1.3.0 to v1.2.9. Not decided.
      ETA: about 34 s after approval
      Impact: api-service (production). Data impact: none (assumed). Before: 0 of 2 of our own probes were answered well.
      Status channel: #incident-rollback-2024-0115-001
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal
    ? INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.9?
      api-service (production): v1.3.0 → v1.2.9 · unproven in the ledger · api: revision-of-v1.3.0 → revision-of-v1.2.9
      Severity: high (P2) (assumed)
      Data impact: none (assumed)
      Detected: 15:25 UTC
      Advice: roll back, if the assumptions hold. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
      Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
      Not stated: severity, data impact, fix forward. Approving confirms them.
      Estimate: about 34 s
      May approve: 1 vote of: on-call engineer (On-call engineer); who asked may vote too, if they hold the role
      Plan: e4bd66d9
      Asked by: On-call engineer at 15:30 UTC
      Reason: “answers are slow”
      Expires: 16:00 UTC
      Warnings
      - v1.2.9 is unproven: the bot never saw it run well. Check it, or mark it good: `mark <service> v1.2.9 good because …`
      - Migrations of api-service are not checked: no program tells them. What the schema and the data have become does not go back.
      What would be lost
      No check named a loss. That does not prove that nothing is lost.
      What changes
      - The link moves from revision-of-v1.3.0 to revision-of-v1.2.9.
      Health now, by our own probes
      - http://api/health: failed, HTTP 500
      - http://api/orders: failed, HTTP 500
      Steps
      · Check api-service (production): version, health, target, permissions
      · Roll api-service (production) api: v1.3.0 → v1.2.9
      · See all of api-service (production) api run v1.2.9
      · Verify api-service (production) by our own probes
      · See that api-service (production) stays well for 10 s
      [Approve!] [Deny!]
      (notifies on-call)
    #status INC-2024-0115-001/1#notice@status
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
      Issue: Severity high (P2) (assumed). Reported: “answers are slow”
      Action: Proposed: roll back api-service (production) from v1.3.0 to v1.2.9. Not decided.
      ETA: about 34 s after approval
      Impact: api-service (production). Data impact: none (assumed). Before: 0 of 2 of our own probes were answered well.
      Status channel: #incident-rollback-2024-0115-001
    ");
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/1: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/1#notice@desk now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Approved by On-call engineer.
      ETA: about 15:30 UTC (estimate)
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
      Approved: On-call engineer at 15:30 UTC
      Started: 15:30 UTC
      ETA: about 15:30 UTC (estimate)
      Steps
      ✓ Check api-service (production): version, health, target, permissions — 0 s · 0 of 6 of our own probes were answered well
      ✓ Roll api-service (production) api: v1.3.0 → v1.2.9 — 0 s
      … See all of api-service (production) api run v1.2.9 — since 15:30 UTC · not-seen-yet (1 running)
      · Verify api-service (production) by our own probes
      · See that api-service (production) stays well for 10 s
      [Abort!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
      Approved: 15:30 UTC
      Advice: roll back. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
      Not stated: severity, data impact, fix forward. Assumed, and confirmed by the votes.
      Votes
      - On-call engineer at 15:30 UTC
    #status INC-2024-0115-001/1#notice@status now
    ! INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Approved by On-call engineer.
      ETA: about 15:30 UTC (estimate)
    ");
    until_ended(&mut world).await;
    assert_snapshot!(world.read(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      Status: rolled back
      <INC-2024-0115-001.md: 99 lines>
      <INC-2024-0115-001.json: 292 lines>
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
      Action: Done.
      Ended: 15:30 UTC
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
      Ended: 15:30 UTC
      Took: 17 s
      Watched: for drift until 15:30 UTC
      - api-service (production) api: all of it was seen running v1.2.9 on the platform.
      - api-service (production): its version endpoint answered v1.2.9.
      - api-service (production), by our own probes: http://api/health: 3 of 3 answered well, median 20 ms.
      - api-service (production), by our own probes: http://api/orders: 3 of 3 answered well, median 20 ms.
      - api-service (production): it stayed so for 10 s.
      ✓ See all of api-service (production) api run v1.2.9 — 3 s
      ✓ Verify api-service (production) by our own probes — 4 s · 6 of 6 of our own probes were answered well
      ✓ See that api-service (production) stays well for 10 s — 10 s · 12 of 12 of our own probes were answered well
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ✓ INC-2024-0115-001/1: text for users
      Status: Rolled back
      Time: 2024-01-15 15:30 UTC
      Duration: 5 min 17 s, from its detection at 15:25 UTC
      What happened
      A problem was reported, and we rolled back api-service (production) from v1.3.0 to v1.2.9.
      Current status
      - api-service (production): checks pass. 6 of 6 of our own probes were answered well.
      - Data was not checked.
      Next steps
      - Switchback watches for drift until 15:30 UTC. Further steps: from the team.
    #status INC-2024-0115-001/1#notice@status now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
      Action: Done.
      Ended: 15:30 UTC
    ");
    world.until(tests::harness::Seen::is_over).await;
    assert_snapshot!(world.read(), @r"
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report now
      <INC-2024-0115-001.md: 100 lines>
      <INC-2024-0115-001.json: 299 lines>
    ");
    world.finish().await;
}

#[tokio::test]
async fn a_denial_ends_the_request() {
    let mut world = proposed(|_| {}).await;
    world.says("on-call", "/rollback deny because the network is at fault").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001/1: denied. No target has moved.
    #desk INC-2024-0115-001/1#notice@desk now
    • INC-2024-0115-001/1: denied: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    • INC-2024-0115-001/1: denied: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: denied: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    • INC-2024-0115-001/1: denied: api-service (production) v1.3.0 → v1.2.9
    ");
    assert_eq!(world.scene.platform.runs("api").as_str(), "v1.3.0");
    world.finish().await;
}

#[tokio::test]
async fn nobody_decides_and_people_are_reminded_until_it_expires() {
    let mut world = proposed(|_| {}).await;
    world.pass(10 * 60).await;
    assert_snapshot!(world.skim(), @r"
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#alert-3
    ! INC-2024-0115-001/1: 10 of 15 minutes to decide are over
    ");
    world.pass(5 * 60).await;
    assert_snapshot!(world.skim(), @r"
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#alert-4
    ! INC-2024-0115-001/1: the 15 minutes to decide are over
    ");
    world.until(|seen| seen.is(1, Phase::Expired)).await;
    assert_snapshot!(world.skim(), @r"
    #desk INC-2024-0115-001/1#notice@desk now
    • INC-2024-0115-001/1: expired: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    • INC-2024-0115-001/1: expired: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: expired: api-service (production) v1.3.0 → v1.2.9
    #status INC-2024-0115-001/1#notice@status now
    • INC-2024-0115-001/1: expired: api-service (production) v1.3.0 → v1.2.9
    ");
    world.finish().await;
}

#[tokio::test]
async fn a_fix_forward_is_advised_and_a_rollback_against_it_needs_a_reason() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-service v1.2.9 severity=low").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Fix forward: api-service (production)
      Severity: low (P4)
      Data impact: none (assumed)
      Detected: 15:30 UTC (assumed)
      Advice: fix forward, if the assumptions hold. Low severity. Users can wait for a fix, however long it takes.
      Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
      Not stated: data impact, detected, fix forward
      Status: Nothing was opened.
      The advice is to fix forward. To roll back all the same, add `because …`
    ");
    world.says("on-call", "/rollback api-service v1.2.9 severity=low because the fix is far away").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
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
    world.says("on-call", "/rollback deny").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn what_is_not_understood_is_answered_with_help() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-servise v1.2.9").await;
    assert_snapshot!(world.read(), @r#"
    to on-call alone
    ! Not understood
      "api-servise" is neither a service nor a verb. Did you mean: api-service, web-service?
      Type `/rollback help` to see every form.
    "#);
    world.says("on-call", "/rollback api-service v1.2.9 severity=awful").await;
    assert_snapshot!(world.read(), @r#"
    to on-call alone
    ! Not understood
      "awful" is no severity. Use critical, high, medium or low: severity=high
      Type `/rollback help` to see every form.
    "#);
    world.finish().await;
}

#[tokio::test]
async fn a_plan_changes_nothing_and_opens_nothing() {
    let mut world = world().await;
    world.says("passer-by", "/rollback plan api-service v1.2.9").await;
    assert_snapshot!(world.skim(), @r"
    to passer-by alone
    • Plan: api-service (production) v1.3.0 → v1.2.9
    ");
    assert!(world.seen().await.incidents.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn somebody_unknown_may_read_and_not_decide() {
    let mut world = proposed(|_| {}).await;
    world.says("passer-by", "/rollback status").await;
    assert_snapshot!(world.skim(), @r"
    to passer-by alone
    • 1 incident
    ");
    world.presses("passer-by", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to passer-by alone
    ! Not done
      Your account: console:local/passer-by
      Your chat account belongs to no person in the configuration. You may read, not decide. Ask an operator to add you.
    ");
    world.says("passer-by", ASK).await;
    assert_snapshot!(world.skim(), @r"
    to passer-by alone
    ! Not done
    ");
    world.presses("on-call", "Deny").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn the_same_delivery_twice_is_one_request() {
    let mut world = world().await;
    let invocation = world.invocation("on-call", Input::Command(ASK.trim_start_matches("/rollback ").to_owned()));
    world.deliver(invocation.clone()).await;
    world.skim();
    world.deliver(invocation).await;
    assert_eq!(world.skim(), "");
    assert_eq!(world.seen().await.rollbacks.len(), 1);
    world.presses("on-call", "Deny").await;
    world.skim();
    world.finish().await;
}
