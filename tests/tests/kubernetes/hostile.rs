//! An API server that hangs, loses answers, talks nonsense, forgets, and forbids; a bot that is called
//! twice, at once, and in the wrong moment.

use std::time::Duration;

use adapters::platform::kubernetes::{KubernetesPlatform, KubernetesSettings};
use commands::model::Verdict;
use commands::ports::{Platform as _, PlatformError};
use futures::StreamExt as _;
use tests::conformance::platform::{self, PlatformRig as _};
use tests::kubernetes::{Fault, Interrupt, On, PodBehaviour};

use crate::ground::Ground;
use crate::rig::{Rig, image};

async fn rig() -> Rig {
    Rig::on(Ground::model().await, 2, |_| {}).await
}

fn is_unknown(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unknown(_))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_whose_answer_is_lost_is_one_patch() {
    let rig = rig().await;
    let plan = rig.plan("v1.2.9").await;
    rig.ground.cluster().forget_calls();
    rig.ground.cluster().fault(On::next("patch", "deployments"), Fault::LoseAnswer);
    let findings = rig.carry(&plan).await.unwrap();
    assert_eq!(findings.facts["written"], "the template of the revision", "it knows its own");
    assert_eq!(rig.ground.cluster().patches("deployments"), 1);
    assert_eq!(rig.carry(&plan).await.unwrap().facts["written"], "the template of the revision");
    assert_eq!(rig.ground.cluster().patches("deployments"), 1);
}

/// How many patches were sent, and how many changed anything.
fn patches(rig: &Rig) -> (usize, usize) {
    let writes = rig.ground.cluster().writes();
    (writes.len(), writes.iter().filter(|call| call.changed).count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_that_was_taken_and_answered_with_a_timeout_is_not_sent_again() {
    let rig = rig().await;
    let plan = rig.plan("v1.2.9").await;
    rig.ground.cluster().forget_calls();
    rig.ground.cluster().fault(On::next("patch", "deployments"), Fault::gateway_timeout());
    let findings = rig.carry(&plan).await.unwrap();
    assert_eq!(findings.facts["written"], "the template of the revision");
    assert_eq!(patches(&rig), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_that_comes_late_finds_its_place_taken() {
    let rig = rig().await;
    let plan = rig.plan("v1.2.9").await;
    rig.ground.cluster().forget_calls();
    rig.ground.cluster().fault(On::next("patch", "deployments"), Fault::DoneLater(Duration::from_millis(300)));
    rig.carry(&plan).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(patches(&rig), (2, 1), "the late one names an old version");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_a_lost_patch_was_taken_is_said_to_be_unknown() {
    let rig = rig().await;
    let plan = rig.plan("v1.2.9").await;
    rig.ground.cluster().fault(On::next("patch", "deployments").always(), Fault::DoneLater(Duration::from_secs(4)));
    let error = rig.carry(&plan).await.unwrap_err();
    assert!(matches!(error, PlatformError::Undecided { .. }), "{error:?}");
    assert_eq!(rig.platform.current(&rig.target()).await.unwrap().revision, plan.from, "it reads as not moved");
    rig.ground.until("deployments", "api", |now| now.to_string().contains(&image("v1.2.9"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_somebody_wrote_over_is_not_called_one_that_never_began() {
    let rig = rig().await;
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    // The bot was killed before it knew; then somebody deployed.
    rig.ground.release_and_wait("deployments", "api", &image("v1.4.0")).await;
    let PlatformError::Refused { why, .. } = rig.carry(&plan).await.unwrap_err() else { panic!() };
    assert!(why.contains("written over by ci") && why.contains("v1.4.0"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_busy_is_sent_the_patch_again() {
    let rig = rig().await;
    let plan = rig.plan("v1.2.9").await;
    rig.ground.cluster().forget_calls();
    rig.ground.cluster().fault(On::next("patch", "deployments").times(2), Fault::too_many(1));
    rig.carry(&plan).await.unwrap();
    assert_eq!(patches(&rig), (3, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_movers_at_once_are_one_change() {
    let rig = rig().await;
    let plan = rig.plan("v1.2.9").await;
    rig.ground.cluster().forget_calls();
    let (one, other) = tokio::join!(rig.carry(&plan), rig.carry(&plan));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let taken = rig.ground.cluster().writes().into_iter().filter(|call| call.changed).count();
    assert_eq!(taken, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_given_up() {
    let rig = rig().await;
    rig.ground.cluster().fault(On::next("get", "deployments"), Fault::Hang);
    let error = tokio::time::timeout(Duration::from_secs(30), rig.platform.current(&rig.target())).await;
    let Ok(Err(PlatformError::Unavailable { why, .. })) = error else { panic!("{error:?}") };
    assert!(why.contains("no answer within"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_and_refusals_are_told_for_what_they_are() {
    let rig = rig().await;
    let target = rig.target();
    for (fault, is_passing) in [
        (Fault::Garbage(502, "<html>bad gateway</html>".to_owned()), true),
        (Fault::internal(), true),
        (Fault::Cut, true),
        (Fault::unauthorized(), false),
    ] {
        rig.ground.cluster().fault(On::next("get", "deployments").times(1), fault.clone());
        let error = rig.platform.current(&target).await.unwrap_err();
        assert_eq!(error.is_passing(), is_passing, "{fault:?}: {error:?}");
        rig.ground.cluster().no_faults();
    }
    for fault in [Fault::unavailable(), Fault::too_many(1)] {
        rig.ground.cluster().fault(On::next("get", "deployments"), fault);
        rig.platform.current(&target).await.expect("a server that is busy for a moment is asked again");
    }
    rig.ground.cluster().forbid("list", "replicasets", "prod");
    let error = rig.platform.current(&target).await.unwrap_err();
    assert!(matches!(error, PlatformError::Forbidden { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watches_that_end_begin_again_and_lose_nothing() {
    let rig = rig().await;
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut looks = rig.platform.observe(&target, &plan);
    looks.next().await.unwrap();
    let cluster = rig.ground.cluster();
    for how in [Interrupt::Cut, Interrupt::End, Interrupt::Gone] {
        cluster.compact();
        cluster.interrupt_watches("*", how);
    }
    rig.carry(&plan).await.unwrap();
    platform::until(&mut looks, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    // What happens while no watch is open is found by the next list.
    cluster.interrupt_watches("*", Interrupt::Cut);
    rig.ground.release_and_wait("deployments", "api", &image("v1.3.1")).await;
    platform::until(&mut looks, rig.patience(), |verdict| matches!(verdict, Verdict::Superseded { .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_unknown_and_never_done() {
    let rig = rig().await;
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut looks = rig.platform.observe(&target, &plan);
    rig.carry(&plan).await.unwrap();
    platform::until(&mut looks, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    let cluster = rig.ground.cluster();
    cluster.fault(On::next("*", "*").always(), Fault::unavailable());
    cluster.interrupt_watches("*", Interrupt::Cut);
    platform::until(&mut looks, rig.patience(), is_unknown).await;
    cluster.no_faults();
    platform::until(&mut looks, rig.patience(), |verdict| *verdict == Verdict::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_watch_is_found_out() {
    let rig = rig().await;
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut looks = rig.platform.observe(&target, &plan);
    rig.carry(&plan).await.unwrap();
    platform::until(&mut looks, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    // Connections are taken, and nothing ever comes.
    rig.ground.cluster().fault(On::next("watch", "*").always(), Fault::Hang);
    rig.ground.cluster().interrupt_watches("*", Interrupt::End);
    tokio::time::sleep(Duration::from_secs(1)).await;
    rig.ground.release_and_wait("deployments", "api", &image("v1.3.1")).await;
    platform::until(&mut looks, rig.patience(), |verdict| matches!(verdict, Verdict::Superseded { .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_of_pods_that_falls_silent_is_found_out() {
    let rig = rig().await;
    rig.ground.behave(&image("v1.2.9"), PodBehaviour::ReadyAfter(Duration::from_secs(2)));
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    rig.carry(&plan).await.unwrap();
    let mut looks = rig.platform.observe(&target, &plan);
    let first = looks.next().await.unwrap();
    assert!(matches!(first.verdict, Verdict::InProgress(_)), "{first:?}");
    // The watch of the workload goes on, and by that alone nothing is ever done.
    rig.ground.cluster().interrupt_watches("pods", Interrupt::Silence);
    platform::until(&mut looks, rig.patience(), |verdict| *verdict == Verdict::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_for_credentials_that_hangs_holds_up_nothing_else() {
    let rig = rig().await;
    let folder = tempfile::tempdir().unwrap();
    let hangs = KubernetesSettings {
        kubeconfig: Some(kubeconfig_with_program(folder.path(), &rig, "echo $$ >> \"$0.begun\"; exec sleep 60")),
        ..KubernetesSettings::default()
    };
    let (platform, target) = (KubernetesPlatform::new(hangs), rig.target());
    let begun = std::time::Instant::now();
    let asked = (0..8).map(|_| platform.current(&target));
    let (answers, other) = tokio::join!(futures::future::join_all(asked), async {
        let other = rig.platform.current(&target).await;
        (other, begun.elapsed())
    });
    assert!(answers.iter().all(|answer| matches!(answer, Err(PlatformError::Unavailable { .. }))), "{answers:?}");
    assert!(other.0.is_ok() && other.1 < Duration::from_secs(10), "{other:?}");
    let programs = std::fs::read_to_string(folder.path().join("credentials.begun")).unwrap();
    assert_eq!(programs.lines().count(), 1, "one program hangs, and not one for each call");
    for pid in programs.lines() {
        let pid = nix::unistd::Pid::from_raw(pid.trim().parse().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    }
}

/// A kubeconfig of the model whose credentials come from this script.
fn kubeconfig_with_program(folder: &std::path::Path, rig: &Rig, script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let program = folder.join("credentials");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let exec = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": program, "interactiveMode": "IfAvailable",
    });
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "model",
        "clusters": [{"name": "model", "cluster": {"server": rig.ground.cluster().url()}}],
        "users": [{"name": "bot", "user": {"exec": exec}}],
        "contexts": [{"name": "model", "context": {"cluster": "model", "user": "bot"}}],
    });
    let path = folder.join("kubeconfig");
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_that_dies_after_it_was_ready_is_a_failure() {
    let rig = rig().await;
    rig.ground.behave(&image("v1.2.9"), PodBehaviour::CrashesAfter(Duration::from_secs(2)));
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut looks = rig.platform.observe(&target, &plan);
    rig.carry(&plan).await.unwrap();
    platform::until(&mut looks, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    // Within the hold.
    let fell = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_) | Verdict::InProgress(_));
    platform::until(&mut looks, rig.patience(), fell).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_context_leads_to_its_cluster() {
    let (east, west) = (rig().await, rig().await);
    west.ground.release_and_wait("deployments", "api", &image("v2.0.0")).await;
    let kubeconfig = two_contexts(&east.ground, &west.ground);
    let settings =
        KubernetesSettings { kubeconfig: Some(kubeconfig.path().to_owned()), ..KubernetesSettings::default() };
    let platform = KubernetesPlatform::new(settings);
    let mut target = east.target();
    let mut versions = Vec::new();
    for context in [serde_json::Value::Null, "west".into(), "east".into()] {
        target.address["context"] = context;
        versions.push(platform.current(&target).await.unwrap().version.unwrap().to_string());
    }
    assert_eq!(versions, ["v1.3.1", "v2.0.0", "v1.3.1"]);
    target.address["context"] = "north".into();
    let error = platform.current(&target).await.unwrap_err();
    assert!(matches!(&error, PlatformError::Refused { what, .. } if what.contains("north")), "{error:?}");
}

/// A kubeconfig that leads to the first by default.
pub fn two_contexts(east: &Ground, west: &Ground) -> tempfile::NamedTempFile {
    let cluster =
        |name: &str, of: &Ground| serde_json::json!({"name": name, "cluster": {"server": of.cluster().url()}});
    let context = |name: &str| serde_json::json!({"name": name, "context": {"cluster": name, "user": "bot"}});
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "east",
        "clusters": [cluster("east", east), cluster("west", west)],
        "users": [{"name": "bot", "user": {"token": east.cluster().token()}}],
        "contexts": [context("east"), context("west")],
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    // JSON is YAML.
    std::fs::write(file.path(), config.to_string()).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_cluster_it_is_said_what_is_missing() {
    bot::wiring::install_crypto_provider();
    let nowhere = KubernetesPlatform::new(KubernetesSettings::default());
    let rig = rig().await;
    let mut target = rig.target();
    let error = nowhere.current(&target).await.unwrap_err().to_string();
    assert!(error.contains("does not run in a cluster") && error.contains("[kubernetes]"), "{error}");
    target.address["context"] = "east".into();
    let error = nowhere.current(&target).await.unwrap_err().to_string();
    assert!(error.contains("no kubeconfig is set"), "{error}");
    let missing =
        KubernetesSettings { kubeconfig: Some("/nonexistent/kubeconfig".into()), ..KubernetesSettings::default() };
    let error = KubernetesPlatform::new(missing).current(&target).await.unwrap_err();
    assert!(
        matches!(&error, PlatformError::Refused { what, .. } if what.contains("/nonexistent/kubeconfig")),
        "{error:?}"
    );
}
