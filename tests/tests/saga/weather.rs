//! What the outside does to a run: clocks jump, the disk fills up, programs hang, the chat is away.

use commands::model::{HookOperation, HookPoint};
use commands::ports::{CommitError, StoreError};
use commands::saga::Phase;
use insta::assert_snapshot;
use jiff::SignedDuration;
use tests::fake::{HookScript, MoveScript};
use tests::harness::{RecordingStage, Scene, Seen, World, ending, program};

use super::paths::with_hooks;

const ASK: &str = "/rollback api-service v1.2.9 because answers are slow";

async fn approved(set: impl FnOnce(&mut Scene)) -> World {
    let mut world = World::with(RecordingStage::open(), set).await;
    world.says("on-call", ASK).await;
    world.presses("on-call", "Approve").await;
    world
}

async fn ends(mut world: World, end: &str) {
    world.until(Seen::is_over).await;
    world.pass(30).await;
    assert_eq!(ending(world.seen().await.rollback(1)), end);
    world.skim();
    world.finish().await;
}

fn fails_at_first(scene: &mut Scene) {
    with_hooks(scene);
    let configuration = program("api-service", HookPoint::Configuration);
    scene.hooks.next(&configuration, HookOperation::Do, vec![HookScript::Fails; 3]);
}

#[tokio::test]
async fn the_wall_clock_jumps_ahead_in_a_run() {
    let mut world = approved(with_hooks).await;
    world.pass(4).await;
    world.scene.clock.jump_wall(SignedDuration::from_hours(5));
    world.pass(40).await;
    assert!(world.seen().await.is(1, Phase::Finished), "it waits by a clock that never jumps");
    ends(world, "done").await;
}

#[tokio::test]
async fn the_wall_clock_jumps_back_between_two_attempts() {
    let mut world = approved(fails_at_first).await;
    world
        .until(|seen| {
            seen.find(1).is_some_and(|state| state.timeline.iter().any(|entry| entry.at > state.timeline[0].at))
        })
        .await;
    world.scene.clock.jump_wall(SignedDuration::from_hours(-5));
    world.pass(120).await;
    assert!(world.seen().await.is(1, Phase::Finished), "nobody waits for five hours");
    ends(world, "done").await;
}

#[tokio::test]
async fn the_wall_clock_jumps_ahead_of_a_decision() {
    let mut world = World::on(RecordingStage::open()).await;
    world.says("on-call", ASK).await;
    world.scene.clock.jump_wall(SignedDuration::from_hours(5));
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.is(1, Phase::Expired)).await;
    assert_eq!(world.scene.platform.writes(), []);
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_run_goes_on_when_there_is_room() {
    let mut world = approved(with_hooks).await;
    world.pass(2).await;
    world.skim();
    world.replicas[0].store.set_full(true);
    world.says("on-call", "/rollback abort because it takes long").await;
    assert_snapshot!(world.read(), @"not accepted: the disk of the log is full: full by the script");
    world.pass(60).await;
    assert!(world.seen().await.is(1, Phase::Running));
    world.replicas[0].store.set_full(false);
    ends(world, "done").await;
}

#[tokio::test]
async fn a_word_that_the_log_could_not_take_waits_for_it() {
    let mut world = World::with(RecordingStage::open(), with_hooks).await;
    let store = &world.replicas[0].store;
    let full = CommitError::Store(StoreError::Full("no space left".to_owned()));
    store.fail_commit(store.asked() + 1, full);
    world.says("on-call", ASK).await;
    assert_eq!(world.read(), "");
    world.pass(15).await;
    assert_snapshot!(world.skim(), @r"
    to on-call alone
    ▸ INC-2024-0115-002/1: proposed. Those who may decide are asked in its room.
    #desk INC-2024-0115-002/1#notice@desk
    ! INC-2024-0115-002/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-002 INC-2024-0115-002/1#notice
    ! INC-2024-0115-002/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-002 INC-2024-0115-002/1#proposal
    ? INC-2024-0115-002/1: roll back api-service (production) v1.3.0 → v1.2.9?
      [Approve!] [Deny!]
    #status INC-2024-0115-002/1#notice@status
    ! INC-2024-0115-002/1: PROPOSED, not decided: roll back api-service (production) v1.3.0 → v1.2.9
    ");
    world.presses("on-call", "Deny").await;
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_and_what_was_begun_is_taken_back() {
    let mut world = approved(|scene| {
        with_hooks(scene);
        scene.hooks.next(&program("api-service", HookPoint::Drain), HookOperation::Do, [HookScript::Hangs]);
    })
    .await;
    world.pass(40).await;
    assert!(world.seen().await.is(1, Phase::Finished), "within the program's time and a little more");
    ends(world, "as before").await;
}

#[tokio::test]
async fn the_chat_is_away_for_the_whole_run() {
    let mut world = World::with(RecordingStage::open(), with_hooks).await;
    world.scene.stage.set_away(true);
    world.says("on-call", ASK).await;
    let digest = world.seen().await.rollback(1).digest().expect("a plan").short();
    world.says("on-call", &format!("/rollback approve INC-2024-0115-001 {digest}")).await;
    world.until(Seen::is_over).await;
    assert_eq!(world.skim(), "");
    world.scene.stage.set_away(false);
    world.pass(30).await;
    assert_snapshot!(world.skim(), @r"
    #desk INC-2024-0115-001/1#notice@desk
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001#report
    • INC-2024-0115-001: incident report
      [Close incident!]
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#notice
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#progress
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#proposal
    • INC-2024-0115-001/1: approved: api-service (production) v1.3.0 → v1.2.9
    #incident-rollback-2024-0115-001 INC-2024-0115-001/1#user-text
    ✓ INC-2024-0115-001/1: text for users
    #status INC-2024-0115-001/1#notice@status
    ✓ INC-2024-0115-001/1: rolled back api-service (production) v1.3.0 → v1.2.9
    ");
    ends(world, "done").await;
}

#[tokio::test]
async fn nobody_hears_whether_a_message_was_posted() {
    let mut world = World::with(RecordingStage::open(), with_hooks).await;
    world.scene.stage.lose_outcomes(3);
    world.says("on-call", ASK).await;
    world.pass(20).await;
    world.scene.stage.lose_outcomes(9);
    world.presses("on-call", "Approve").await;
    world.until(Seen::is_over).await;
    world.pass(60).await;
    assert_eq!(world.scene.stage.duplicates(), Vec::<String>::new());
    ends(world, "done").await;
}

/// The bot looks whether the target moved, and goes on by what it sees.
#[tokio::test]
async fn a_step_whose_code_panics_has_failed_and_the_bot_goes_on() {
    let mut world = approved(|scene| {
        with_hooks(scene);
        scene.platform.next_moves("api", [MoveScript::MovesAndPanics]);
    })
    .await;
    world.until(Seen::is_over).await;
    assert_eq!(world.scene.platform.runs("api").as_str(), "v1.2.9");
    world.skim();
    ends(world, "done").await;
}
