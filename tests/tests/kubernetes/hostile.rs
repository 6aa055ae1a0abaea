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
    let error = rig.carry(&plan).await.unwrap_err();
    assert!(error.is_passing(), "{error:?}");
    assert_eq!(rig.platform.current(&rig.target()).await.unwrap().revision, plan.to, "it can be read back");
    let findings = rig.carry(&plan).await.unwrap();
    assert_eq!(findings.facts["written"], "was there");
    assert_eq!(rig.ground.cluster().patches("deployments"), 1);
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
    let kubeconfig = two_contexts(&east, &west);
    let settings = KubernetesSettings { kubeconfig: Some(kubeconfig.path().to_owned()), context: None };
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

fn two_contexts(east: &Rig, west: &Rig) -> tempfile::NamedTempFile {
    let cluster =
        |name: &str, rig: &Rig| serde_json::json!({"name": name, "cluster": {"server": rig.ground.cluster().url()}});
    let context = |name: &str| serde_json::json!({"name": name, "context": {"cluster": name, "user": "bot"}});
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "east",
        "clusters": [cluster("east", east), cluster("west", west)],
        "users": [{"name": "bot", "user": {"token": east.ground.cluster().token()}}],
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
    let missing = KubernetesSettings { kubeconfig: Some("/nonexistent/kubeconfig".into()), context: None };
    let error = KubernetesPlatform::new(missing).current(&target).await.unwrap_err();
    assert!(
        matches!(&error, PlatformError::Refused { what, .. } if what.contains("/nonexistent/kubeconfig")),
        "{error:?}"
    );
}
