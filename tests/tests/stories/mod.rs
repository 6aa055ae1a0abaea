//! The stories: what people type, press and read from the first word to the incident report.
//!
//! A story knows its world only by [`World`], so that it can be played on the stage of any chat. Most
//! read headlines and buttons only; the first one reads every word.

mod aborts;
mod after;
mod approval;
mod changes;
mod pauses;
mod request;
mod targets;

use commands::model::{HookOperation, HookPoint};
use commands::saga::Phase;
use tests::fake::HookScript;
use tests::harness::{RecordingStage, Scene, World, program};

/// What most stories ask for.
const ASK: &str = "/rollback api-service v1.2.9 because answers are slow";

/// The next calls of this program fail, until it is mended.
fn breaks(scene: &Scene, point: HookPoint, operation: HookOperation) {
    scene.hooks.next(&program("api-service", point), operation, vec![HookScript::Fails; 99]);
}

async fn world() -> World {
    world_with(|_| {}).await
}

async fn world_with(set: impl FnOnce(&mut Scene)) -> World {
    World::with(RecordingStage::open(), set).await
}

/// A rollback is proposed, and that is read.
async fn proposed(set: impl FnOnce(&mut Scene)) -> World {
    let mut world = world_with(set).await;
    world.says("on-call", ASK).await;
    world.skim();
    world
}

/// A rollback is approved, and what follows at once is read.
async fn approved(set: impl FnOnce(&mut Scene)) -> World {
    let mut world = proposed(set).await;
    world.presses("on-call", "Approve").await;
    world.skim();
    world
}

/// Time passes until people are asked.
async fn until_asked(world: &mut World) {
    world.until(|seen| seen.asks(1)).await;
}

/// Time passes until the first rollback has ended.
async fn until_ended(world: &mut World) {
    world.until(|seen| seen.is(1, Phase::Finished)).await;
}

/// The rest is of no interest to the story: the watch ends, and all is read.
async fn to_the_end(mut world: World) {
    world.until(tests::harness::Seen::is_over).await;
    world.skim();
    world.finish().await;
}
