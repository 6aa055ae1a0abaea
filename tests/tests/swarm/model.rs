//! What one node cannot show, against a model of the engine's HTTP interface.

use adapters::platform::swarm::SwarmPlatform;
use commands::model::{Findings, Revision, TargetPlan, Verdict};
use commands::ports::{Platform as _, PlatformError};
use futures::StreamExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;
use tests::approve::Leave;
use tests::swarm::{ModelEngine, model_service, model_task};

const OLD: &str = "api:v1.2.9";
const NEW: &str = "api:v1.3.0";

fn replicated() -> Value {
    json!({"Replicated": {"Replicas": 1}})
}

async fn plan(engine: &ModelEngine, platform: &SwarmPlatform) -> TargetPlan {
    let (target, to) = (engine.target(), Revision::new(OLD));
    let running = platform.current(&target).await.unwrap();
    TargetPlan { target: target.name, from: running.revision, to, intent: running.intent, deletes: Vec::new() }
}

async fn carry_out(
    engine: &ModelEngine,
    platform: &SwarmPlatform,
    plan: &TargetPlan,
) -> Result<Findings, PlatformError> {
    let target = engine.target();
    let leave = Leave::to_move(&target, plan, SignedDuration::from_secs(20));
    platform.move_to(&leave.order()).await
}

/// S4, in the model: only the counter was old, twice.
#[tokio::test]
async fn s4_an_old_counter_is_tried_again() {
    let (engine, platform) = (ModelEngine::start(model_service(NEW, &replicated())).await, SwarmPlatform::new());
    let plan = plan(&engine, &platform).await;
    // The second also scales, which is no part of the intent and must stay.
    engine.add_rival("/UpdatedAt", json!("later"));
    engine.add_rival("/Spec/Mode/Replicated/Replicas", json!(4));
    let findings = carry_out(&engine, &platform, &plan).await.unwrap();
    assert_eq!((engine.writes(), findings.facts["conflicts"].as_str()), (3, "2"));
    let accepted = engine.accepted();
    assert_eq!(accepted[0]["TaskTemplate"]["ContainerSpec"]["Image"], OLD);
    assert_eq!(accepted[0]["Mode"]["Replicated"]["Replicas"], 4);
}

/// S4, in the model: the specification changed, so nothing more is written.
#[tokio::test]
async fn s4_a_changed_specification_voids_the_order() {
    let (engine, platform) = (ModelEngine::start(model_service(NEW, &replicated())).await, SwarmPlatform::new());
    let plan = plan(&engine, &platform).await;
    engine.add_rival("/Spec/TaskTemplate/ContainerSpec", json!({"Image": NEW, "Env": ["MODE=b"]}));
    let error = carry_out(&engine, &platform, &plan).await.unwrap_err();
    assert!(matches!(error, PlatformError::IntentChanged { .. }), "{error}");
    assert_eq!((engine.writes(), engine.accepted().len()), (1, 0));
}

/// A counter that is always old ends after five writes.
#[tokio::test]
async fn conflicts_without_end_are_given_up() {
    let (engine, platform) = (ModelEngine::start(model_service(NEW, &replicated())).await, SwarmPlatform::new());
    let plan = plan(&engine, &platform).await;
    for _ in 0..9 {
        engine.add_rival("/UpdatedAt", json!("later"));
    }
    let error = carry_out(&engine, &platform, &plan).await.unwrap_err();
    assert!(error.is_passing() && error.to_string().contains("out of sequence"), "{error}");
    assert_eq!(engine.writes(), 5);
}

/// S7, in the model: the engine's own rollback stopped.
#[tokio::test]
async fn s7_a_stopped_rollback_is_failed_at_the_first_look() {
    let mut service = model_service(OLD, &replicated());
    service["UpdateStatus"] = json!({"State": "rollback_paused", "Message": "rollback paused due to failure"});
    let (engine, platform) = (ModelEngine::start(service).await, SwarmPlatform::new());
    let (target, plan) = (engine.target(), plan(&engine, &platform).await);
    let first = platform.observe(&target, &plan).next().await.unwrap();
    let Verdict::Failed(trouble) = first.verdict else { panic!("{first:?}") };
    assert_eq!(trouble.evidence, ["rollback paused due to failure"]);
}

/// S9, in the model: three nodes, one of them drained: two tasks are all that is wanted.
#[tokio::test]
async fn s9_a_drained_node_is_not_waited_for() {
    let (engine, platform) =
        (ModelEngine::start(model_service(NEW, &json!({"Global": {}}))).await, SwarmPlatform::new());
    engine.set_nodes(&[("n1", "active"), ("n2", "active"), ("n3", "drain")]);
    let (target, plan) = (engine.target(), plan(&engine, &platform).await);
    carry_out(&engine, &platform, &plan).await.unwrap();
    engine.set_tasks(vec![model_task("t1", "n1", OLD, "running"), model_task("t2", "n2", OLD, "starting")]);
    let mut observations = platform.observe(&target, &plan);
    let first = observations.next().await.unwrap();
    let Verdict::InProgress(note) = &first.verdict else { panic!("{first:?}") };
    assert_eq!(note.arguments["wanted"], "2");
    engine.set_tasks(vec![model_task("t1", "n1", OLD, "running"), model_task("t2", "n2", OLD, "running")]);
    let wait = Duration::from_secs(10);
    tests::conformance::platform::until(&mut observations, wait, |verdict| *verdict == Verdict::Done).await;
}

/// A part of the engine that does not answer as it should says nothing of the service.
#[tokio::test]
async fn only_a_missing_service_was_removed() {
    let (engine, platform) = (ModelEngine::start(model_service(NEW, &replicated())).await, SwarmPlatform::new());
    let (target, plan) = (engine.target(), plan(&engine, &platform).await);
    engine.forget("/tasks");
    let first = platform.observe(&target, &plan).next().await.unwrap();
    assert!(matches!(first.verdict, Verdict::Unknown(_)), "{first:?}");
    engine.forget("/services/api");
    let first = platform.observe(&target, &plan).next().await.unwrap();
    assert!(matches!(first.verdict, Verdict::Superseded { .. }), "{first:?}");
}
