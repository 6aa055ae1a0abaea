//! Deployments, and what a rollback of one must not fall for.

use std::time::Duration;

use commands::model::{Observation, TargetPlan, Verdict};
use commands::notify::text::sentence;
use commands::ports::{Platform as _, PlatformError, Resolution};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use tests::conformance::platform::{self, MovingRig as _, PlatformRig as _};
use tests::kubernetes::{PodBehaviour, deployment};

use crate::ground::{Ground, is_settled};
use crate::rig::{Rig, VERSIONS, image};

async fn rig(replicas: i64) -> Rig {
    Rig::on(Ground::new().await, replicas, |_| {}).await
}

/// Everything that is observed until this verdict, that one included.
async fn all_until(rig: &Rig, looks: &mut BoxStream<'_, Observation>, wanted: &str) -> Vec<Verdict> {
    let mut seen = Vec::new();
    let search = async {
        while let Some(look) = looks.next().await {
            seen.push(look.verdict.clone());
            if word(&look.verdict) == wanted {
                return;
            }
        }
    };
    let found = tokio::time::timeout(rig.patience(), search).await;
    assert!(found.is_ok(), "no {wanted}: {seen:?}");
    seen
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "done",
        Verdict::InProgress(_) => "in progress",
        Verdict::Failed(_) => "failed",
        Verdict::Superseded { .. } => "superseded",
        Verdict::Unknown(_) => "unknown",
    }
}

fn is_final(verdict: &Verdict) -> bool {
    !matches!(verdict, Verdict::InProgress(_) | Verdict::Unknown(_))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k3_a_template_that_changed_is_left_alone() {
    let rig = Rig::on(Ground::model().await, 3, |_| {}).await;
    let plan = rig.plan("v1.2.9").await;
    let newer = image("v1.4.0");
    let theirs = newer.clone();
    // Between the bot's last read and its patch: only the resource version can tell.
    rig.ground.cluster().rival("ci", "deployments", "prod", "api", move |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(theirs);
    });
    rig.ground.cluster().forget_calls();
    let error = rig.carry(&plan).await.unwrap_err();
    let PlatformError::IntentChanged { now } = error else { panic!("{error:?}") };
    assert!(now.intent.fields["images"].contains("v1.4.0"), "{now:?}");
    assert_eq!(rig.image().await, newer);
    let answers: Vec<Option<u16>> = rig.ground.cluster().writes().iter().map(|call| call.answered).collect();
    assert_eq!(answers, [Some(409)], "one patch, refused, and no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_that_was_written_meanwhile_is_no_obstacle() {
    let rig = Rig::on(Ground::model().await, 3, |_| {}).await;
    let plan = rig.plan("v1.2.9").await;
    for _ in 0..3 {
        rig.ground.cluster().rival("kube-controller-manager", "deployments", "prod", "api", |object| {
            object["metadata"]["annotations"]["stirred"] = json!(object["metadata"]["resourceVersion"]);
        });
    }
    rig.ground.cluster().forget_calls();
    let findings = rig.carry(&plan).await.unwrap();
    assert_eq!(findings.facts["conflicts"], "3");
    assert_eq!(rig.image().await, image("v1.2.9"));
    let taken = rig.ground.cluster().writes().into_iter().filter(|call| call.answered == Some(200)).count();
    assert_eq!(taken, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k4_done_is_never_said_early() {
    let rig = Rig::on(Ground::model().await, 3, |_| {}).await;
    let plan = rig.plan("v1.2.9").await;
    let (target, cluster) = (rig.target(), rig.ground.cluster());
    let mut looks = rig.platform.observe(&target, &plan);
    looks.next().await.unwrap();
    cluster.hold_still();
    rig.carry(&plan).await.unwrap();
    let mut early = 0;
    loop {
        // Everything that can be known of this moment, and of no later one.
        while let Ok(Some(look)) = tokio::time::timeout(Duration::from_millis(60), looks.next()).await {
            let now = cluster.deployment("prod", "api");
            if look.verdict == Verdict::Done {
                assert!(is_settled(&now), "{now:#}");
                assert!(early > 3, "the rollout was looked at step by step");
                return;
            }
            assert_eq!(word(&look.verdict), "in progress", "{look:?}");
            early += 1;
        }
        if !cluster.step() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k5_a_deadline_of_the_rollout_before_is_not_this_ones() {
    let rig = Rig::on(Ground::new().await, 1, |first| first["spec"]["progressDeadlineSeconds"] = json!(4)).await;
    rig.ground.behave(&image("v1.4.0"), PodBehaviour::NeverReady);
    for round in 0..20 {
        rig.ground.release("deployments", "api", &image("v1.4.0")).await;
        timed_out(&rig).await;
        let (target, plan) = (rig.target(), rig.plan("v1.3.1").await);
        let mut looks = rig.platform.observe(&target, &plan);
        looks.next().await.unwrap();
        rig.carry(&plan).await.unwrap();
        let seen = all_until(&rig, &mut looks, "done").await;
        let failures: Vec<&Verdict> = seen.iter().filter(|verdict| word(verdict) != "in progress").collect();
        assert_eq!(failures, [&Verdict::Done], "round {round}");
        rig.ground.settled("deployments", "api").await;
    }
}

/// Waits until the controller says that the rollout made no progress in time.
async fn timed_out(rig: &Rig) {
    if std::env::var_os("SWITCHBACK_TEST_KUBECONFIG").is_none() {
        rig.ground.until("deployments", "api", |object| object["status"]["unavailableReplicas"] == 1).await;
        rig.ground.cluster().advance(Duration::from_secs(6));
    }
    let exceeded = |condition: &Value| condition["reason"] == "ProgressDeadlineExceeded";
    rig.ground
        .until("deployments", "api", |object| {
            object["status"]["conditions"].as_array().is_some_and(|all| all.iter().any(exceeded))
        })
        .await;
}

async fn quota(rig: &Rig, pods: &str) {
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": {"hard": {"pods": pods}},
    });
    rig.ground.create(quota).await;
    rig.ground.until("resourcequotas", "team", |quota| quota["status"]["used"]["pods"] == pods).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k6_a_quota_is_seen_at_once_and_never_taken_for_done() {
    let rig = rig(3).await;
    quota(&rig, "3").await;
    let found = rig.examine("v1.2.9").await;
    assert_eq!(found.blockers, []);
    assert!(found.warnings.iter().any(|note| note.code == "kubernetes-quota-short"), "{:?}", found.warnings);
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut looks = rig.platform.observe(&target, &plan);
    rig.carry(&plan).await.unwrap();
    let begun = std::time::Instant::now();
    let seen = all_until(&rig, &mut looks, "failed").await;
    let took = begun.elapsed();
    assert!(!seen.contains(&Verdict::Done), "{seen:?}");
    let Some(Verdict::Failed(trouble)) = seen.last() else { panic!("{seen:?}") };
    assert!(trouble.evidence[0].contains("exceeded quota"), "{trouble:?}");
    // The requirement itself, and far below the deadline of the rollout (600 s).
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k7_nobody_to_serve_is_done_and_said() {
    let rig = rig(1).await;
    rig.ground.merge("deployments", "api", json!({"spec": {"replicas": 0}})).await;
    rig.ground.settled("deployments", "api").await;
    let said: Vec<String> = rig.examine("v1.2.9").await.warnings.iter().map(sentence).collect();
    assert!(said.iter().any(|text| text.contains("0 replicas")), "{said:?}");
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    let done = rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    assert_eq!(done.parts[0].state, "0 replicas");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8_a_paused_deployment_is_refused_and_stays_paused() {
    let rig = rig(1).await;
    rig.ground.merge("deployments", "api", json!({"spec": {"paused": true}})).await;
    let found = rig.examine("v1.2.9").await;
    let said: Vec<String> = found.blockers.iter().map(|trouble| sentence(&trouble.why)).collect();
    assert!(said[0].contains("resume"), "{said:?}");
    assert_eq!(rig.now().await["spec"]["paused"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_deployment_is_resumed_by_the_same_write_where_that_is_agreed() {
    let rig = rig(1).await.resuming();
    let pending = json!([
        {"op": "add", "path": "/spec/paused", "value": true},
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image("v1.4.0")},
    ]);
    rig.ground.patch("deployments", "api", pending).await;
    let found = rig.examine("v1.2.9").await;
    assert_eq!(found.blockers, []);
    assert!(found.warnings.iter().any(|note| note.code == "kubernetes-resumes"), "{:?}", found.warnings);
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    assert!(rig.now().await["spec"]["paused"] != json!(true));
    let released = rig.ground.all("replicasets").await.iter().any(|set| set.to_string().contains("v1.4.0"));
    assert!(!released, "what waited was never released");
    let again = rig.carry(&plan).await.unwrap();
    assert_eq!(again.facts["written"], "the template of the revision", "twice is once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_after_the_plan_voids_it() {
    let rig = rig(1).await;
    let plan = rig.plan("v1.2.9").await;
    rig.ground.merge("deployments", "api", json!({"spec": {"paused": true}})).await;
    let before = rig.trace().await;
    assert!(matches!(rig.carry(&plan).await, Err(PlatformError::IntentChanged { .. })));
    assert_eq!(rig.trace().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k11_annotations_stay() {
    let rig = rig(1).await;
    let added = json!({"metadata": {"annotations": {"oncall": "platform-team"}}});
    rig.ground.merge("deployments", "api", added).await;
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    let annotations = &rig.now().await["metadata"]["annotations"];
    assert_eq!(annotations["oncall"], "platform-team");
    assert_eq!(annotations["switchback.rollback"], "INC-2024-0115-001/1/roll:api-service/release");
    let cause = annotations["kubernetes.io/change-cause"].as_str().unwrap();
    assert!(cause.starts_with("rollback to ") && cause.contains("INC-2024-0115-001/1"), "{cause}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k12_two_revisions_of_one_version_are_shown_with_what_differs() {
    let rig = rig(1).await;
    rig.double(&"v1.2.9".into_version()).await;
    let resolved = rig.platform.resolve(&rig.target(), &"v1.2.9".into_version()).await.unwrap();
    let Resolution::Ambiguous(both) = resolved else { panic!("{resolved:?}") };
    let differing: Vec<&str> = both.iter().map(|one| one.details["api variable LOG_LEVEL"].as_str()).collect();
    assert_eq!(differing, ["debug", "–"]);
    // Each can be named.
    for one in &both {
        let named = rig.candidate(one.revision.as_str()).await;
        let numbered = rig.candidate(&format!("rev:{}", one.details["rev"])).await;
        assert_eq!((&named.revision, &numbered.revision), (&one.revision, &one.revision));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k13_a_version_is_never_a_part_of_another() {
    let ground = Ground::new().await;
    let rig = Rig::of(ground, "deployments", deployment("api", &image("v1.2.90"), 1)).await;
    rig.ground.release_and_wait("deployments", "api", &image("1.2.9")).await;
    rig.ground.release_and_wait("deployments", "api", &image("v1.3.0")).await;
    let found = rig.candidate("v1.2.9").await;
    assert!(found.details["images"].ends_with(":1.2.9"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k15_a_deploy_during_the_rollout_is_named() {
    let rig = Rig::on(Ground::model().await, 3, |_| {}).await;
    rig.ground.behave("*", PodBehaviour::ReadyAfter(Duration::from_millis(300)));
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut looks = rig.platform.observe(&target, &plan);
    rig.carry(&plan).await.unwrap();
    platform::until(
        &mut looks,
        rig.patience(),
        |verdict| matches!(verdict, Verdict::InProgress(note) if note.code == "kubernetes-running"),
    )
    .await;
    rig.ground.cluster().forget_calls();
    rig.ground.cluster().change_as("ci", "deployments", "prod", "api", |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image("v1.5.0"));
    });
    let seen = platform::until(&mut looks, rig.patience(), is_final).await;
    let Verdict::Superseded { by } = seen.verdict else { panic!("{seen:?}") };
    assert!(by.starts_with("ci ") && by.contains("v1.5.0"), "{by}");
    assert_eq!(rig.ground.cluster().writes(), [], "the bot writes no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_cannot_be_pulled_fails_early_and_is_named() {
    let rig = rig(1).await;
    rig.ground.behave(&image("v1.2.9"), PodBehaviour::CannotPull);
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    let seen = rig.await_verdict(&plan, is_final).await;
    let Verdict::Failed(trouble) = &seen.verdict else { panic!("{seen:?}") };
    assert_eq!(trouble.why.code, "kubernetes-pod-stuck");
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&trouble.why.arguments["reason"].as_str()), "{trouble:?}");
    assert!(!trouble.evidence.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_is_made_anew_is_another_one() {
    let rig = rig(1).await;
    let (target, plan) = (rig.target(), rig.plan("v1.2.9").await);
    let mut looks = rig.platform.observe(&target, &plan);
    looks.next().await.unwrap();
    rig.ground.api("deployments").delete("api", &kube::api::DeleteParams::foreground()).await.unwrap();
    platform::until(&mut looks, rig.patience(), |verdict| word(verdict) == "failed").await;
    rig.ground.until("deployments", "api", Value::is_null).await;
    rig.ground.create(deployment("api", &image("v1.3.1"), 1)).await;
    let error = rig.carry(&plan).await.unwrap_err();
    assert!(matches!(error, PlatformError::IntentChanged { .. } | PlatformError::Missing { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kubectl_would_do_is_told_where_it_differs() {
    let rig = rig(1).await;
    let said: Vec<String> = rig.examine("v1.2.9").await.changes.iter().map(sentence).collect();
    assert!(said.iter().any(|text| text.contains("rollout undo") && text.contains("v1.3.0")), "{said:?}");
    let said: Vec<String> = rig.examine("v1.3.0").await.changes.iter().map(sentence).collect();
    assert!(!said.iter().any(|text| text.contains("rollout undo")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("api image") && text.contains("v1.3.1")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_that_is_rolled_back_keeps_its_revisions() {
    let rig = rig(1).await;
    let first: TargetPlan = rig.plan("v1.2.9").await;
    rig.carry(&first).await.unwrap();
    rig.await_verdict(&first, |verdict| *verdict == Verdict::Done).await;
    let back = rig.plan("v1.3.1").await;
    assert_eq!(back.to, first.from, "a revision keeps its name when its number changes");
    rig.carry(&back).await.unwrap();
    rig.await_verdict(&back, |verdict| *verdict == Verdict::Done).await;
    assert_eq!(rig.image().await, image(VERSIONS[2]));
}

trait IntoVersion {
    fn into_version(self) -> commands::model::Version;
}

impl IntoVersion for &str {
    fn into_version(self) -> commands::model::Version {
        commands::model::Version::new(self)
    }
}
