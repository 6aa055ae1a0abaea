//! Two replicas of the bot on one log.

use commands::saga::Phase;
use tests::fake::MoveScript;
use tests::harness::{RecordingStage, Scene, Seen, Vital, World};

use super::paths::with_hooks;

const ASK: &str = "/rollback api-service v1.2.9 because answers are slow";

/// Two replicas, the first of which drives an approved rollback.
async fn two(set: impl FnOnce(&mut Scene)) -> World {
    let mut world = World::with(RecordingStage::open(), set).await;
    world.start().await;
    world.says("on-call", ASK).await;
    world.presses("on-call", "Approve").await;
    world
}

/// How often each attempt at each step began.
async fn starts(world: &mut World) -> Vec<String> {
    let events = world.reader().events().await;
    let all = events.into_iter().flat_map(|(_, events)| events).filter(|event| event.kind == "step-started");
    all.map(|event| event.body).collect()
}

async fn ends_well(mut world: World) {
    world.until(Seen::is_over).await;
    world.pass(30).await;
    let seen = world.seen().await;
    assert!(seen.is(1, Phase::Finished));
    assert_eq!(world.scene.platform.runs("api").as_str(), "v1.2.9");
    let effective = world.scene.platform.writes().into_iter().filter(|write| write.effective).count();
    assert_eq!(effective, 1);
    world.skim();
    world.finish().await;
}

#[tokio::test]
async fn one_of_them_drives() {
    let mut world = two(with_hooks).await;
    world.until(Seen::is_over).await;
    let mut begun = starts(&mut world).await;
    let all = begun.len();
    begun.sort();
    begun.dedup();
    assert_eq!(begun.len(), all, "no step is begun twice");
    ends_well(world).await;
}

#[tokio::test]
async fn one_is_killed_and_the_other_goes_on_after_a_term() {
    let mut world = two(with_hooks).await;
    world.pass(4).await;
    assert!(world.seen().await.rollback(1).may_have_moved());
    world.kill(0);
    ends_well(world).await;
}

#[tokio::test]
async fn one_stops_and_the_other_goes_on_at_once() {
    let mut world = two(with_hooks).await;
    world.pass(4).await;
    world.stop(0).await;
    world.pass(60).await;
    assert!(world.seen().await.is(1, Phase::Finished), "given leases need not run out");
    ends_well(world).await;
}

#[tokio::test]
async fn one_that_stalls_past_its_lease_and_wakes_writes_nothing() {
    let mut world = two(with_hooks).await;
    world.pass(4).await;
    world.set(0, Vital::Stalled);
    world.until(|seen| seen.is(1, Phase::Finished)).await;
    let before = starts(&mut world).await.len();
    world.set(0, Vital::Alive);
    world.pass(30).await;
    assert_eq!(starts(&mut world).await.len(), before);
    ends_well(world).await;
}

#[tokio::test]
async fn one_that_wakes_in_the_middle_of_the_others_run_writes_nothing() {
    let mut world = two(with_hooks).await;
    world.pass(4).await;
    world.set(0, Vital::Stalled);
    world.pass(16).await;
    let taken = world.seen().await;
    assert!(taken.is(1, Phase::Running), "the other one drives now");
    world.set(0, Vital::Alive);
    ends_well(world).await;
}

#[tokio::test]
async fn an_order_that_arrives_late_moves_nothing_again() {
    let mut world = two(|scene| {
        with_hooks(scene);
        scene.platform.next_moves("api", [MoveScript::Waits]);
    })
    .await;
    // The order is on its way; who sent it stalls.
    world.set(0, Vital::Stalled);
    world.until(|seen| seen.is(1, Phase::Finished)).await;
    world.scene.platform.deliver();
    world.set(0, Vital::Alive);
    world.pass(30).await;
    let writes = world.scene.platform.writes();
    assert_eq!(writes.iter().map(|write| write.effective).collect::<Vec<_>>(), [true, false]);
    assert!(writes[0].epoch > writes[1].epoch, "the late one is of the lease before");
    ends_well(world).await;
}

#[tokio::test]
async fn both_may_hear_people() {
    let mut world = World::with(RecordingStage::open(), |scene| scene.on_call.set(["on-call", "second"])).await;
    world.start().await;
    world.says("on-call", ASK).await;
    let one = world.click("on-call", "Approve").expect("a button");
    let other = world.click("second", "Approve").expect("a button");
    let (first, second) = tokio::join!(world.replicas[0].engine.accept(one), world.replicas[1].engine.accept(other));
    assert!(first.is_ok() && second.is_ok());
    ends_well(world).await;
}
