//! After the end: drift, and the end of the incident.

use commands::model::Revision;
use commands::saga::Phase;
use insta::assert_snapshot;

use super::{ASK, approved, to_the_end, until_ended, world};

#[tokio::test]
async fn drift_opens_the_incident_again() {
    let mut world =
        approved(|scene| scene.service("api-service").timing.watch = jiff::SignedDuration::from_mins(15)).await;
    until_ended(&mut world).await;
    world.says("on-call", "/rollback close").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001: closed
    #desk INC-2024-0115-001/1#notice@desk now
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report, closed
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
    world.scene.platform.somebody_moves("api", "v1.3.0");
    world.pass(60).await;
    assert_snapshot!(world.read(), @r"
    #incident-rollback-2024-0115-001 INC-2024-0115-001#alert-5
    ✗ INC-2024-0115-001: api-service (production) no longer runs what it was rolled back to
      Target: api
      Runs now: revision-of-v1.3.0
      After: INC-2024-0115-001/1
      Somebody or something moved it. Switchback does not move it back. Look at who deployed, then roll back again if it is wrong.
      (notifies on-call)
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report now
    • INC-2024-0115-001: incident report
      <INC-2024-0115-001.md: 101 lines>
      <INC-2024-0115-001.json: 306 lines>
      [Close incident!]
    ");
    let seen = world.seen().await;
    assert!(seen.incidents[0].is_open() && seen.is(1, Phase::Finished), "the incident, not the run");
    world.until(tests::harness::Seen::is_over).await;
    world.skim();
    world.says("on-call", "/rollback close").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001: closed
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report now
    • INC-2024-0115-001: incident report, closed
    ");
    world.finish().await;
}

#[tokio::test]
async fn an_incident_with_an_open_rollback_is_not_closed() {
    let mut world = world().await;
    world.says("on-call", ASK).await;
    world.skim();
    world.says("on-call", "/rollback close").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      The incident has a rollback that is not over: INC-2024-0115-001/1. Decide on it first.
    ");
    world.presses("on-call", "Deny").await;
    world.skim();
    world.says("on-call", "/rollback close INC-2024-0115-001").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • INC-2024-0115-001: closed
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report, closed
    ");
    world.says("on-call", "/rollback close").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      Nothing is open.
    ");
    world.finish().await;
}

#[tokio::test]
async fn another_rollback_of_an_open_incident_joins_it() {
    let mut world = approved(|_| {}).await;
    until_ended(&mut world).await;
    world.skim();
    world.says("on-call", "/rollback api-service v1.2.8 because it is still slow").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/2: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/2#notice@desk
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report now
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#notice
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#proposal
    ? INC-2024-0115-001/2: roll back api-service (production) v1.2.9 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/2#notice@status
    ! INC-2024-0115-001/2: PROPOSED, not decided: roll back api-service (production) v1.2.9 → v1.2.8
    ");
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.is(2, Phase::Finished)).await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ✓ INC-2024-0115-001/2: your vote counts. Approved (1 of 1).
    #desk INC-2024-0115-001/2#notice@desk now
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report now
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#notice now
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#progress
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#proposal now
    • INC-2024-0115-001/2: approved: api-service (production) v1.2.9 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/2#user-text
    ✓ INC-2024-0115-001/2: text for users
    #status INC-2024-0115-001/2#notice@status now
    ✓ INC-2024-0115-001/2: rolled back api-service (production) v1.2.9 → v1.2.8
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn what_the_bad_release_left_is_removed_once_it_is_proven() {
    let mut world = approved(|scene| scene.platform.set_cleans_up("api")).await;
    world.until(|seen| seen.rollback(1).may_have_moved()).await;
    assert_eq!(world.scene.platform.removed(), []);
    until_ended(&mut world).await;
    let removed = world.scene.platform.removed();
    let (key, from) = ("INC-2024-0115-001/1/clean-up:api-service/api", "revision-of-v1.3.0");
    assert_eq!(removed, [(key.to_owned(), Revision::new(from))]);
    to_the_end(world).await;
}

/// After an abort nobody knows yet which release people will want.
#[tokio::test]
async fn nothing_is_removed_after_an_abort() {
    let mut world = approved(|scene| {
        scene.platform.set_cleans_up("api");
        scene.platform.never_arrives("api", true);
    })
    .await;
    world.until(|seen| seen.rollback(1).may_have_moved()).await;
    world.says("on-call", "/rollback abort because it does not arrive").await;
    until_ended(&mut world).await;
    assert_eq!(world.scene.platform.removed(), []);
    to_the_end(world).await;
}

#[tokio::test]
async fn the_report_is_told_to_whoever_asks() {
    let mut world = approved(|_| {}).await;
    until_ended(&mut world).await;
    world.skim();
    world.says("passer-by", "/rollback report INC-2024-0115-001").await;
    assert_snapshot!(world.skim(), @r"
    to passer-by alone
    • INC-2024-0115-001: incident report
      [Close incident!]
    ");
    to_the_end(world).await;
}

#[tokio::test]
async fn an_incident_that_was_closed_long_ago_is_removed_and_its_number_explained() {
    let mut world = approved(|scene| scene.settings.keep_incidents = Some(jiff::SignedDuration::from_mins(40))).await;
    until_ended(&mut world).await;
    world.until(tests::harness::Seen::is_over).await;
    world.says("on-call", "/rollback close").await;
    world.skim();
    world.pass(38 * 60).await;
    world.says("on-call", "/rollback status INC-2024-0115-001").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    • 1 incident
    ");
    world.pass(3 * 60).await;
    world.says("on-call", "/rollback report INC-2024-0115-001").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ! Not done
      INC-2024-0115-001 was closed on 2024-01-15. Its record was removed on 2024-01-15, since the log does not keep closed incidents for longer.
    ");
    // What the ledger learned of it stays.
    world.says("on-call", "/rollback history api-service").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    • History of api-service (production)
      Seen running, newest first
      - 15:30 UTC api: v1.2.9 (good)
      - 15:30 UTC api: v1.3.0 (known bad)
      Marks, newest first
      - 16:01 UTC v1.2.9: good, checks passed through a soak
      - 15:30 UTC v1.3.0: known bad, rolled back from, in INC-2024-0115-001/1
      The platform still has, of api
      - v1.3.0 (revision-of-v1.3.0), made not known, known bad
      - v1.2.9 (revision-of-v1.2.9), made not known, good
      - v1.2.8 (revision-of-v1.2.8), made not known, unproven
    ");
    world.finish().await;
}

#[tokio::test]
async fn an_incident_is_as_bad_as_the_worst_request_says() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-service v1.2.9 because answers are slow").await;
    world.skim();
    world.says("on-call", "/rollback status").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    • 1 incident
      INC-2024-0115-001 · high (P2) (assumed) · opened 2024-01-15 15:30 UTC · #incident-rollback-2024-0115-001
      - INC-2024-0115-001/1: api-service (production) v1.3.0 → v1.2.9: waits for approval (for: on-call engineer), asked by On-call engineer
    ");
    world.says("on-call", "/rollback web-service,api-service v1.2.8 severity=critical because all is down").await;
    world.skim();
    world.says("on-call", "/rollback status").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    • 1 incident
      INC-2024-0115-001 · critical (P1) · opened 2024-01-15 15:30 UTC · #incident-rollback-2024-0115-001
      - INC-2024-0115-001/1: api-service (production) v1.3.0 → v1.2.9: replaced, asked by On-call engineer
      - INC-2024-0115-001/2: api-service (production) v1.3.0 → v1.2.8, web-service (production) v1.3.0 → v1.2.8: waits for approval (for: on-call engineer), asked by On-call engineer
    ");
    to_the_end(world).await;
}
