//! Each step fails: once, or until somebody mends it; and people answer with retry, skip or abort.

use commands::model::{HookOperation, HookPoint};
use commands::ports::PlatformError;
use tests::fake::{HookScript, MoveScript};
use tests::harness::{RecordingStage, Scene, Seen, World, ending, program};

use super::paths;

const STEPS: [&str; 11] = [
    "examine",
    "backup:api-service",
    "maintenance:api-service",
    "drain:api-service",
    "roll:api-service/api",
    "see:api-service/api",
    "configuration:api-service",
    "verify:api-service",
    "restore-traffic:api-service",
    "hold:api-service",
    "clean-up:api-service",
];

/// What goes wrong with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// One attempt fails.
    Once,
    /// Every attempt fails until it is mended.
    ForGood,
    /// One attempt has its effect and fails all the same.
    AfterItsEffect,
    /// One attempt never answers.
    Silence,
}

fn away() -> PlatformError {
    PlatformError::Unavailable { what: "asking the model".to_owned(), why: "no answer".to_owned() }
}

/// Breaks the step before it begins.
fn breaks(scene: &Scene, step: &str, trouble: Trouble) {
    let times = if trouble == Trouble::ForGood { 200 } else { 1 };
    match step {
        "examine" => scene.platform.next_looks("api", vec![away(); times]),
        "roll:api-service/api" => {
            let script = match trouble {
                Trouble::Once | Trouble::ForGood => MoveScript::Fails(away()),
                Trouble::AfterItsEffect => MoveScript::MovesAndFails(away()),
                Trouble::Silence => MoveScript::MovesAndHangs,
            };
            scene.platform.next_moves("api", vec![script; times]);
        }
        "see:api-service/api" => scene.platform.never_arrives("api", true),
        "verify:api-service" | "hold:api-service" => {
            scene.probe.fail_next(if trouble == Trouble::ForGood { 2_000 } else { 1 });
        }
        hook => {
            let script = match trouble {
                Trouble::Once | Trouble::ForGood => HookScript::Fails,
                Trouble::AfterItsEffect => HookScript::DoesAndFails,
                Trouble::Silence => HookScript::DoesAndHangs,
            };
            scene.hooks.next(&program("api-service", point(hook)), HookOperation::Do, vec![script; times]);
        }
    }
}

fn point(step: &str) -> HookPoint {
    let word = step.split(':').next().unwrap_or_default();
    let all = [HookPoint::Backup, HookPoint::Maintenance, HookPoint::Drain, HookPoint::Configuration];
    let more = [HookPoint::RestoreTraffic, HookPoint::CleanUp];
    all.into_iter().chain(more).find(|point| point.word() == word).expect("a step of a program")
}

fn mend(scene: &Scene) {
    scene.hooks.mend();
    scene.platform.never_arrives("api", false);
    scene.platform.clear_scripts("api");
    scene.probe.fail_next(0);
}

/// Probes are broken once the step has begun, everything else before the run.
fn breaks_on_the_way(step: &str) -> bool {
    step.starts_with("verify") || step.starts_with("hold")
}

fn has_begun(seen: &Seen, step: &str) -> bool {
    let state = seen.rollback(1);
    state.phase.is_over() || state.steps.iter().any(|(name, step_state)| name.0 == step && step_state.has_begun())
}

/// Walks to the end with one step broken; whoever is asked answers so. After two answers it is mended.
async fn walk(step: &'static str, trouble: Trouble, answer: &str) -> String {
    let mut world = World::with(RecordingStage::open(), paths::with_hooks).await;
    world.says("on-call", "/rollback api-service v1.2.9 because answers are slow").await;
    if !breaks_on_the_way(step) {
        breaks(&world.scene, step, trouble);
    }
    world.presses("on-call", "Approve").await;
    if breaks_on_the_way(step) {
        world.until(|seen| has_begun(seen, step)).await;
        breaks(&world.scene, step, trouble);
    }
    for asked in 1.. {
        let seen = world.until(|seen| seen.asks(1) || seen.is_over()).await;
        if seen.is_over() {
            break;
        }
        assert!(asked < 12, "{step}: people are asked again and again");
        if asked > 2 {
            mend(&world.scene);
        }
        // Who said stop is asked about traffic only.
        let answer = if asked > 1 && answer == "Abort" { "Skip" } else { answer };
        world.presses("on-call", answer).await;
    }
    mend(&world.scene);
    world.pass(30).await;
    world.check_laws().await;
    ending(world.seen().await.rollback(1))
}

/// How it must end, by what broke and what people say.
fn may_end(step: &str, trouble: Trouble, answer: &str) -> &'static [&'static str] {
    let prepares = ["examine", "backup", "maintenance", "drain"].iter().any(|word| step.starts_with(word));
    match (prepares, step, trouble, answer) {
        // A preparation that fails is not tried again: nothing moves.
        (true, ..) => &["as before"],
        // Nor is the first move: production is as before.
        (_, "roll:api-service/api", Trouble::Once | Trouble::ForGood, _) => &["as before"],
        // Tried again without asking, and done.
        (_, "clean-up:api-service", ..) => &["done"],
        (_, "see:api-service/api", _, "Retry") | (_, _, Trouble::ForGood, "Retry") => &["done"],
        (_, "see:api-service/api", ..) => &["partial"],
        (_, "verify:api-service" | "hold:api-service", Trouble::ForGood, _) => &["partial"],
        (_, _, Trouble::ForGood, "Skip") => &["done, not all"],
        (_, _, Trouble::ForGood, _) => &["partial"],
        _ => &["done"],
    }
}

fn each_step(trouble: Trouble, answer: &str) {
    for step in STEPS {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let end = runtime.block_on(walk(step, trouble, answer));
        let may = may_end(step, trouble, answer);
        assert!(may.contains(&end.as_str()), "{step} fails {trouble:?}, people say {answer}: {end}, not {may:?}");
    }
}

#[test]
fn once() {
    each_step(Trouble::Once, "Retry");
}

#[test]
fn after_its_effect() {
    each_step(Trouble::AfterItsEffect, "Retry");
}

#[test]
fn without_an_answer() {
    each_step(Trouble::Silence, "Retry");
}

#[test]
fn for_good_and_it_is_tried_again() {
    each_step(Trouble::ForGood, "Retry");
}

#[test]
fn for_good_and_it_is_left_out() {
    each_step(Trouble::ForGood, "Skip");
}

#[test]
fn for_good_and_the_run_is_stopped() {
    each_step(Trouble::ForGood, "Abort");
}

/// A platform that says nothing during the hold is no platform on which all has held.
#[tokio::test]
async fn a_hold_of_which_the_platform_says_nothing_is_not_over() {
    let mut world = World::with(RecordingStage::open(), |_| {}).await;
    world.says("on-call", "/rollback api-service v1.2.9 because answers are slow").await;
    world.presses("on-call", "Approve").await;
    world.until(|seen| has_begun(seen, "verify:api-service")).await;
    world.scene.platform.next_looks("api", vec![away(); 2_000]);
    let seen = world.until(|seen| seen.asks(1) || seen.is_over()).await;
    assert!(seen.asks(1), "{:?}", seen.rollback(1).phase);
    assert!(has_begun(&seen, "hold:api-service"));
    mend(&world.scene);
    world.presses("on-call", "Retry").await;
    let seen = world.until(|seen| seen.is_over()).await;
    assert_eq!(ending(seen.rollback(1)), "done");
}
