//! From a request to its report, or to a no.

use commands::saga::Phase;
use insta::assert_snapshot;

use super::world;

#[tokio::test]
async fn a_rollback_from_request_to_report() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-service v1.2.9 detected=15:25 because answers are slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/1: proposed. Those who may decide are asked in its room.
      Status channel: incident-rollback-2024-0115-001 (not there yet)
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
      Advice: roll back. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
      Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
      Assumed: severity, data impact, fix forward. Nobody stated this. A yes confirms it.
      Estimate: about 34 s
      May approve: 1 vote of: on-call engineer (On-call engineer); the requester may vote
      Plan: e4294dbd
      Asked by: On-call engineer at 15:30 UTC
      Reason: “answers are slow”
      Expires: 16:00 UTC
      Warnings
      - v1.2.9 is unproven: the bot never saw it run well. Check it, or mark it good: `mark <service> v1.2.9 good because …`
      What would be lost
      - Migrations of api-service are not checked: no program tells them. What the schema and the data have become does not go back.
      What changes
      - The link moves from revision-of-v1.3.0 to revision-of-v1.2.9.
      Health now, by our own probes
      - http://api/health: 0 of 1 of our own probes were answered well, median 900 ms
      - http://api/orders: 0 of 1 of our own probes were answered well, median 900 ms
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
    #desk INC-2024-0115-001/1#notice@desk
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
      Status channel: #incident-rollback-2024-0115-001
    ");
    world.presses("on-call", "Approve").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/1: your vote counts. 1 of 1 are there, so it is approved.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✗ INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Approved by On-call engineer.
      ETA: about 15:30 UTC (estimate)
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
      Approved: 15:30 UTC
      Votes
      - On-call engineer as on-call engineer at 15:30 UTC (by fixed on-call, as of 15:30 UTC)
    #status INC-2024-0115-001/1#notice@status now
    ✗ INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
      Action: Rolling back api-service (production) from v1.3.0 to v1.2.9. Approved by On-call engineer.
      ETA: about 15:30 UTC (estimate)
    #desk INC-2024-0115-001/1#notice@desk now
    ✗ INC-2024-0115-001/1: EMERGENCY: rolling back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ▸ INC-2024-0115-001/1: rolling back api-service (production) v1.3.0 → v1.2.9
      Approved: On-call engineer as on-call engineer at 15:30 UTC (by fixed on-call, as of 15:30 UTC)
      Started: 15:30 UTC
      ETA: about 15:30 UTC (estimate)
      Waiting for: See all of api-service (production) api run v1.2.9
      Steps
      ✓ Check api-service (production): version, health, target, permissions — 0 s · 0 of 6 of our own probes were answered well
      ✓ Roll api-service (production) api: v1.3.0 → v1.2.9 — 0 s
      … See all of api-service (production) api run v1.2.9 — since 15:30 UTC · Moved, not yet seen running. (1 running)
      · Verify api-service (production) by our own probes
      · See that api-service (production) stays well for 10 s
      [Abort!]
    ");
    world.until(|seen| seen.is(1, Phase::Finished)).await;
    assert_snapshot!(world.read(), @r"
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
      Action: The rollback of api-service (production) from v1.3.0 to v1.2.9 has ended.
      ETA: ended at 15:30 UTC
      - api-service (production) api: all of it was seen running v1.2.9 on the platform.
      - api-service (production): its version endpoint answered v1.2.9.
      - api-service (production): 6 of 6 of our own probes were answered well.
      - api-service (production): it stayed so for 10 s.
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal now
    #status INC-2024-0115-001/1#notice@status now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
      Action: The rollback of api-service (production) from v1.3.0 to v1.2.9 has ended.
      ETA: ended at 15:30 UTC
      - api-service (production) api: all of it was seen running v1.2.9 on the platform.
      - api-service (production): its version endpoint answered v1.2.9.
      - api-service (production): 6 of 6 of our own probes were answered well.
      - api-service (production): it stayed so for 10 s.
    #desk INC-2024-0115-001/1#notice@desk now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
      Ended: 15:30 UTC
      Took: 17 s
      Watched: for drift until 15:32 UTC
      - api-service (production) api: all of it was seen running v1.2.9 on the platform.
      - api-service (production): its version endpoint answered v1.2.9.
      - api-service (production): 6 of 6 of our own probes were answered well.
      - api-service (production): it stayed so for 10 s.
      ✓ See all of api-service (production) api run v1.2.9 — 3 s
      ✓ Verify api-service (production) by our own probes — 4 s · 6 of 6 of our own probes were answered well
      ✓ See that api-service (production) stays well for 10 s — 10 s · 12 of 12 of our own probes were answered well
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
      - We watch the service, and look for the cause.
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      Status: rolled back
      <INC-2024-0115-001.md: 99 lines>
      [Close incident!]
    ");
    world.until(tests::harness::Seen::is_over).await;
    assert_snapshot!(world.read(), @r"
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report now
      <INC-2024-0115-001.md: 100 lines>
    ");
    world.finish().await;
}
