//! Which version is meant.

use insta::assert_snapshot;

use super::{to_the_end, until_ended, world, world_with};

#[tokio::test]
async fn a_version_that_is_not_there_shows_what_is() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-service v1.2.90 because answers are slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ✗ This rollback cannot be done now
      api-service (production): There is no v1.2.90 on the platform. It has: v1.3.0, v1.2.9, v1.2.8. Check the spelling, or choose one of these.
    ");
    assert!(world.seen().await.incidents.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_version_of_which_there_are_two_is_not_guessed() {
    let mut world = world_with(|scene| scene.platform.double("api", "v1.2.9")).await;
    world.says("on-call", "/rollback api-service v1.2.9 because answers are slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ✗ This rollback cannot be done now
      api-service (production): v1.2.9 is more than one revision: api-twin-of-v1.2.9, revision-of-v1.2.9. Name the revision instead.
      | api-twin-of-v1.2.9
      | revision-of-v1.2.9
    ");
    world.finish().await;
}

#[tokio::test]
async fn the_version_that_runs_is_no_rollback() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-service v1.3.0 because answers are slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ✗ This rollback cannot be done now
      api-service (production): v1.3.0 is running already. There is nothing to roll back.
    ");
    world.finish().await;
}

#[tokio::test]
async fn newer_bad_and_unproven_versions_are_called_that() {
    let mut world = world_with(|scene| scene.platform.somebody_moves("api", "v1.2.8")).await;
    world.says("lead", "/rollback mark api-service v1.3.0 bad because it loses orders").await;
    world.skim();
    world.says("on-call", "/rollback plan api-service v1.3.0").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    • Plan: api-service (production) v1.2.8 → v1.3.0
      api-service (production): v1.2.8 → v1.3.0 · known bad in the ledger · api: revision-of-v1.2.8 → revision-of-v1.3.0
      Severity: high (P2) (assumed)
      Data impact: none (assumed)
      Detected: 15:30 UTC (assumed)
      Advice: roll back, if the assumptions hold. High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
      Fix forward: 1 h 30 min (assumed). Consider this first: a rollback is the last resort.
      Not stated: severity, data impact, detected, fix forward
      Estimate: about 34 s
      May approve: 1 vote of: on-call engineer (On-call engineer); who asked may vote too, if they hold the role
      Plan: f9f68940
      This is what would happen. Nothing was changed or opened.
      Warnings
      - v1.3.0 is marked bad: “it loses orders”. Choose another version, unless you know better.
      - v1.3.0 is newer than what runs. This is a deployment, not a rollback.
      - api-service says that it is v1.3.0, the platform says v1.2.8. Find out which is so before you decide.
      - Migrations of api-service are not checked: no program tells them. What the schema and the data have become does not go back.
      What would be lost
      No check named a loss. That does not prove that nothing is lost.
      What changes
      - The link moves from revision-of-v1.2.8 to revision-of-v1.3.0.
      Health now, by our own probes
      - http://api/health: failed, HTTP 500
      - http://api/orders: failed, HTTP 500
      Steps
      · Check api-service (production): version, health, target, permissions
      · Roll api-service (production) api: v1.2.8 → v1.3.0
      · See all of api-service (production) api run v1.3.0
      · Verify api-service (production) by our own probes
      · See that api-service (production) stays well for 10 s
    ");
    world.finish().await;
}

#[tokio::test]
async fn without_a_version_it_is_the_last_good_one() {
    let mut world = world().await;
    world.says("on-call", "/rollback api-service because answers are slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ✗ This rollback cannot be done now
      api-service (production): The ledger marks no version good that is not running. Name a version, or mark one good first.
    ");
    world.says("lead", "/rollback mark api-service v1.2.8 good because it ran all December").await;
    assert_snapshot!(world.read(), @r"
    to lead alone
    • api-service v1.2.8 is now marked good
      Reason: “it ran all December”
    ");
    world.says("on-call", "/rollback api-service because answers are slow").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/1: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/1#notice@desk
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal
    ? INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/1#notice@status
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    ");
    world.presses("on-call", "Approve").await;
    until_ended(&mut world).await;
    assert_eq!(world.scene.platform.runs("api").as_str(), "v1.2.8");
    world.skim();
    to_the_end(world).await;
}

#[tokio::test]
async fn previous_is_what_the_bot_saw_before() {
    let mut world = world_with(|scene| scene.platform.somebody_moves("api", "v1.2.8")).await;
    world.pass(60).await;
    world.says("on-call", "/rollback api-service previous because answers are slow").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    ✗ This rollback cannot be done now
      api-service (production): The bot has not seen anything run before what runs now. Name a version.
    ");
    world.scene.platform.somebody_moves("api", "v1.3.0");
    world.pass(60).await;
    world.says("on-call", "/rollback api-service previous because answers are slow").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/1: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/1#notice@desk
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal
    ? INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/1#notice@status
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.8
    ");
    world.presses("on-call", "Deny").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn a_version_that_ran_well_for_long_is_good() {
    let mut world = world_with(|scene| scene.platform.somebody_moves("api", "v1.2.8")).await;
    world.pass(20 * 60).await;
    world.says("on-call", "/rollback why api-service").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    • Without a version, api-service (production) would go back to
      api runs: v1.2.8
      The ledger marks no version good that is not running. Name a version, or mark one good first.
      The rule: of the versions that the bot's own ledger marks good and that do not run now, the one that ran last. The platform's own “previous” is never asked.
    ");
    world.pass(20 * 60).await;
    world.scene.platform.somebody_moves("api", "v1.3.0");
    world.pass(60).await;
    world.says("on-call", "/rollback why api-service").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    • Without a version, api-service (production) would go back to
      api runs: v1.3.0
      Chosen: v1.2.8
      Standing: good
      Last seen running: 15:30 UTC
      Mark: 16:00 UTC v1.2.8: good, checks passed through a soak
      The rule: of the versions that the bot's own ledger marks good and that do not run now, the one that ran last. The platform's own “previous” is never asked.
    ");
    world.says("on-call", "/rollback history api-service").await;
    assert_snapshot!(world.read(), @r"
    to on-call alone
    • History of api-service (production)
      Seen running, newest first
      - 16:10 UTC api: v1.3.0 (unproven)
      - 15:30 UTC api: v1.2.8 (good)
      Marks, newest first
      - 16:00 UTC v1.2.8: good, checks passed through a soak
      The platform still has, of api
      - v1.3.0 (revision-of-v1.3.0), made not known, unproven
      - v1.2.9 (revision-of-v1.2.9), made not known, unproven
      - v1.2.8 (revision-of-v1.2.8), made not known, good
    ");
    world.finish().await;
}

#[tokio::test]
async fn several_services_go_in_the_order_of_the_catalogue() {
    let mut world = world().await;
    world.says("on-call", "/rollback web-service@v1.2.8,api-service v1.2.9 because both are slow").await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ▸ INC-2024-0115-001/1: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-001/1#notice@desk
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9, web-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9, web-service (production) v1.3.0 → v1.2.8
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal
    ? INC-2024-0115-001/1: roll back api-service (production) v1.3.0 → v1.2.9, web-service (production) v1.3.0 → v1.2.8?
      [Approve!] [Deny!]
    #status INC-2024-0115-001/1#notice@status
    ! INC-2024-0115-001/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9, web-service (production) v1.3.0 → v1.2.8
    ");
    world.presses("on-call", "Approve").await;
    until_ended(&mut world).await;
    let moved: Vec<String> = world.scene.platform.writes().into_iter().map(|write| write.address).collect();
    assert_eq!(moved, ["api", "web"]);
    assert_eq!(world.scene.platform.runs("web").as_str(), "v1.2.8");
    world.skim();
    to_the_end(world).await;
}
