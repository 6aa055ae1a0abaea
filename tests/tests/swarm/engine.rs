//! What the specification asks of Swarm by name, on the real engine where one node allows.

use std::time::Duration;

use commands::model::{Verdict, Version};
use commands::ports::Platform as _;
use serde_json::json;
use tests::conformance::platform::{MovingRig as _, PlatformRig as _, plan, until};
use tests::swarm::{Docker, SwarmRig};

use super::acts::{NEW, OLD, codes, end, examine, failure, found, roll_back};

/// S1: the same rollback twice does not lead forward again, as the engine's own would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_twice_is_not_forward() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let first = roll_back(&rig, OLD).await;
    assert_eq!(end(&rig, &first).await.verdict, Verdict::Done);
    let again = roll_back(&rig, OLD).await;
    assert_eq!(again.from, again.to, "it runs already, and that is seen");
    assert_eq!(end(&rig, &again).await.verdict, Verdict::Done);
    assert_eq!(rig.served().await, Some(Version::new(OLD)));
}

/// S2: what was scaled since stays so, and the plan says what the engine's own rollback would undo.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_replicas_stay() {
    let rig = SwarmRig::before(&[OLD], &["--replicas", "1"]).await;
    rig.update(&["--image", &rig.image(NEW), "--replicas", "3"]).await;
    let found = examine(&rig, OLD).await;
    let stays = found.losses.iter().find(|note| note.arguments["field"] == "replicas").unwrap();
    assert_eq!((stays.arguments["then"].as_str(), stays.arguments["now"].as_str()), ("1", "3"));
    let plan = roll_back(&rig, OLD).await;
    let seen = end(&rig, &plan).await;
    assert_eq!((seen.verdict, seen.parts.len()), (Verdict::Done, 3));
    let spec = &rig.inspect().await["Spec"];
    assert_eq!(spec["Mode"]["Replicated"]["Replicas"], 3);
    assert_eq!(spec["TaskTemplate"]["ContainerSpec"]["Image"], plan.to.as_str());
}

/// S3: after the engine's own rollback there is no previous specification; an older release is reached
/// all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_without_a_previous_specification() {
    let rig = SwarmRig::with(&["v1.2.8", OLD], &["--update-failure-action", "rollback"]).await;
    rig.behave(NEW, "crashing");
    rig.update_detached(&["--image", &rig.image(NEW)]).await;
    rig.await_state(|now| now["UpdateStatus"]["State"] == "rollback_completed").await;
    assert!(rig.inspect().await["PreviousSpec"].is_null());
    let plan = roll_back(&rig, "v1.2.8").await;
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done);
    assert_eq!(rig.served().await, Some(Version::new("v1.2.8")));
}

/// The engine takes the move back by itself: that is a failure, not somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engines_own_rollback_is_a_failure() {
    let rig = SwarmRig::with(&[OLD, NEW], &["--update-failure-action", "rollback"]).await;
    rig.update(&["--label-add", "since=then"]).await;
    let warned = examine(&rig, OLD).await.warnings;
    assert!(codes(&warned).contains(&"swarm-engine-may-roll-back"), "{warned:?}");
    rig.behave(OLD, "crashing");
    let plan = plan(&rig, &Version::new(OLD)).await;
    let target = rig.target();
    let mut observations = rig.platform.observe(&target, &plan);
    until(&mut observations, rig.patience(), |verdict| matches!(verdict, Verdict::InProgress(_))).await;
    rig.carry_out(&target, &plan).await.unwrap();
    let failed = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_) | Verdict::Done | Verdict::Superseded { .. });
    let Verdict::Failed(trouble) = until(&mut observations, rig.patience(), failed).await.verdict else { panic!() };
    assert!(["swarm-engine-rolled-back", "swarm-crashes"].contains(&trouble.why.code.as_str()), "{trouble}");
}

/// S5: the engine calls an update completed whose tasks crash.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s5_completed_is_no_proof() {
    let rig = SwarmRig::with(&[OLD, NEW], &["--update-failure-action", "continue"]).await;
    rig.update(&["--label-add", "since=then"]).await;
    rig.behave(OLD, "crashing");
    let plan = roll_back(&rig, OLD).await;
    let trouble = failure(&rig, &plan).await;
    assert_eq!(trouble.why.code, "swarm-crashes");
    assert!(trouble.evidence[0].contains("non-zero exit (1)"), "{trouble}");
    rig.await_state(|now| now["UpdateStatus"]["State"] == "completed").await;
    assert_eq!(failure(&rig, &plan).await.why.code, "swarm-crashes", "nor is it one for who looks only now");
}

/// S6: no node takes the task; the engine would wait for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s6_no_suitable_node() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    rig.update_detached(&["--constraint-add", "node.labels.absent==yes"]).await;
    let plan = roll_back(&rig, OLD).await;
    let trouble = failure(&rig, &plan).await;
    assert_eq!(trouble.why.code, "swarm-stuck");
    assert!(trouble.evidence[0].contains("no suitable node"), "{trouble}");
}

/// S7: an update that the engine stopped is failed at the first look, in the engine's words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s7_a_stopped_update_is_failed_at_once() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    rig.behave(OLD, "crashing");
    let plan = roll_back(&rig, OLD).await;
    rig.await_state(|now| now["UpdateStatus"]["State"].as_str().is_some_and(|state| state.ends_with("paused"))).await;
    let target = rig.target();
    let mut observations = rig.platform.observe(&target, &plan);
    let first = until(&mut observations, Duration::from_secs(2), |_| true).await;
    let Verdict::Failed(trouble) = first.verdict else { panic!("{first:?}") };
    assert_eq!(trouble.why.code, "swarm-paused");
    assert!(trouble.evidence[0].contains("paused due to failure"), "{trouble}");
}

/// S8: the tag means something else now; what ran then is what runs again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s8_by_digest_and_not_by_tag() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let ran = found(&rig, OLD).await.revision;
    let pushed = rig.push(OLD, "second", true);
    assert!(!ran.as_str().ends_with(&pushed));
    let plan = roll_back(&rig, OLD).await;
    assert_eq!(plan.to, ran);
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done);
    let image = rig.inspect().await["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"].take();
    assert!(image.as_str().unwrap().contains("@sha256:"), "{image}");
    assert_eq!(image, ran.as_str());
}

/// S10: the secret that the release used was removed: refused at the plan, and nothing is written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s10_a_removed_secret_is_a_blocker() {
    let secret = format!("key-{}", std::process::id());
    let rig = SwarmRig::before(&[OLD], &[]).await;
    let text = std::env::temp_dir().join(&secret);
    std::fs::write(&text, "of no use").unwrap();
    rig.order(&["secret", "create", &secret, text.to_str().unwrap()]).await;
    std::fs::remove_file(text).unwrap();
    rig.update(&["--secret-add", &secret]).await;
    rig.update(&["--image", &rig.image(NEW), "--secret-rm", &secret]).await;
    assert_eq!(examine(&rig, OLD).await.blockers, []);
    rig.order(&["secret", "rm", &secret]).await;
    let trace = rig.trace().await;
    let blockers = examine(&rig, OLD).await.blockers;
    assert_eq!(blockers.len(), 1, "{blockers:?}");
    assert_eq!(blockers[0].why.code, "swarm-removed");
    assert_eq!(blockers[0].why.arguments["name"], secret);
    assert_eq!(rig.trace().await, trace);
}

/// An image that nobody has any more is a blocker; a registry that is away is a warning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_image_is_looked_for() {
    let rig = SwarmRig::before(&[OLD], &[]).await;
    rig.update(&["--image", &rig.image(NEW)]).await;
    let running = rig.platform.current(&rig.target()).await.unwrap();
    let mut gone = found(&rig, OLD).await;
    let absent = format!("{}@sha256:{}", rig.image(OLD), "0".repeat(64));
    gone.revision = commands::model::Revision::new(absent);
    let blockers = rig.platform.examine(&rig.target(), &running, &gone).await.unwrap().blockers;
    assert_eq!(blockers.iter().map(|trouble| trouble.why.code.as_str()).collect::<Vec<_>>(), ["swarm-image-missing"]);
    rig.registry.go_away();
    let here = examine(&rig, OLD).await;
    assert_eq!(here.blockers, []);
    assert!(codes(&here.warnings).contains(&"swarm-registry-away-local"), "{:?}", here.warnings);
}

/// A service whose health check never succeeds is never done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unhealthy_is_never_done() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    rig.behave(OLD, "unhealthy");
    let plan = roll_back(&rig, OLD).await;
    failure(&rig, &plan).await;
}

/// What takes its time is waited for, task by task, and not started again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_start_is_waited_for() {
    let rig = SwarmRig::with(&[OLD, NEW], &["--health-start-period", "20s"]).await;
    rig.behave(OLD, "slow");
    let before = rig.restarts().await;
    let plan = roll_back(&rig, OLD).await;
    let target = rig.target();
    let mut observations = rig.platform.observe(&target, &plan);
    let starting = |verdict: &Verdict| matches!(verdict, Verdict::InProgress(note) if note.code == "swarm-running");
    let seen = until(&mut observations, rig.patience(), starting).await;
    let Verdict::InProgress(note) = &seen.verdict else { unreachable!() };
    assert_eq!((note.arguments["running"].as_str(), note.arguments["wanted"].as_str()), ("0", "1"));
    let settled = |verdict: &Verdict| !matches!(verdict, Verdict::InProgress(_));
    let seen = until(&mut observations, rig.patience(), settled).await;
    assert_eq!(seen.verdict, Verdict::Done);
    assert_eq!(rig.restarts().await, before + 1);
}

/// A global service wants a task on each node that may run it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_global_service_goes_back() {
    let rig = SwarmRig::with(&[OLD, NEW], &["--mode", "global"]).await;
    let plan = roll_back(&rig, OLD).await;
    let seen = end(&rig, &plan).await;
    assert_eq!((seen.verdict, seen.parts.len()), (Verdict::Done, 1));
}

/// It follows its constraints: where no node meets them any more, nobody is served and nothing is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_global_service_follows_its_constraints() {
    let zone = format!("zone{}", std::process::id());
    let docker = tokio::task::spawn_blocking(Docker::shared).await.unwrap();
    let node = docker.order(&["node", "ls", "--quiet"]);
    docker.order(&["node", "update", "--label-add", &format!("{zone}=east"), &node]);
    let constraint = format!("node.labels.{zone}==east");
    let rig = SwarmRig::with(&[OLD, NEW], &["--mode", "global", "--constraint", &constraint]).await;
    let plan = roll_back(&rig, OLD).await;
    assert_eq!(end(&rig, &plan).await.verdict, Verdict::Done);
    let target = rig.target();
    let mut observations = rig.platform.observe(&target, &plan);
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    docker.order(&["node", "update", "--label-rm", &zone, &node]);
    let fell = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_));
    let Verdict::Failed(trouble) = until(&mut observations, rig.patience(), fell).await.verdict else { panic!() };
    assert_eq!(trouble.why.code, "swarm-nobody-serves");
}

/// Who misspelt the service is told so, in words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_not_there_is_named() {
    let rig = SwarmRig::before(&[OLD], &[]).await;
    let error = rig.platform.current(&rig.target_with(&json!({"service": "nowhere"}))).await.unwrap_err();
    assert_eq!(error.to_string(), "the service nowhere of the swarm is not there");
}

/// A job ends by itself, and is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_refused() {
    let rig = SwarmRig::before(&[OLD], &[]).await;
    let (name, image) = (format!("{}-job", rig.name()), rig.image(OLD));
    rig.order(&["service", "create", "--quiet", "--detach", "--name", &name, "--mode", "replicated-job", &image]).await;
    let target = rig.target_with(&json!({"service": &name}));
    let running = rig.platform.current(&target).await.unwrap();
    let found = rig.platform.examine(&target, &running, &found(&rig, OLD).await).await;
    rig.order(&["service", "rm", &name]).await;
    let blockers = found.unwrap().blockers;
    assert!(blockers.iter().any(|trouble| trouble.why.code == "swarm-job"), "{blockers:?}");
}

/// What people should know of order, stack and health before they decide.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_warns() {
    let settings = ["--update-parallelism", "0", "--label", "com.docker.stack.namespace=shop", "--no-healthcheck"];
    let rig = SwarmRig::with(&[OLD, NEW], &settings).await;
    let found = examine(&rig, OLD).await;
    assert_eq!(codes(&found.warnings), ["swarm-stack", "swarm-outage", "swarm-no-health-check"]);
    assert_eq!(codes(&found.changes), ["swarm-image-changes", "swarm-by-engine", "swarm-order"]);
    assert_eq!((found.blockers, found.losses), (vec![], vec![]));
}
