//! StatefulSets and DaemonSets: pods that hold up their own replacement, pods that stay, nodes.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::model::Verdict;
use commands::notify::text::sentence;
use commands::ports::Platform as _;
use serde_json::{Value, json};
use tests::conformance::platform::PlatformRig as _;
use tests::kubernetes::{PodBehaviour, daemon_set, stateful_set};

use crate::ground::Ground;
use crate::rig::{Rig, image};

const BAD: &str = "v1.4.0";

/// A StatefulSet of three pods that went from v1.2.9 to v1.3.0.
async fn set(ground: Ground, change: impl FnOnce(&mut Value)) -> Rig {
    let mut first = stateful_set("api", &image("v1.2.9"), 3);
    change(&mut first);
    let rig = Rig::of(ground, "statefulsets", first).await;
    rig.ground.release_and_wait("statefulsets", "api", &image("v1.3.0")).await;
    rig
}

/// Uid and image of each pod, by name.
async fn pods(rig: &Rig) -> BTreeMap<String, (String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pods = rig.ground.all("pods").await;
    let told = pods.iter().map(|pod| {
        let image = text(&pod["spec"]["containers"][0]["image"]);
        (text(&pod["metadata"]["name"]), (text(&pod["metadata"]["uid"]), image))
    });
    told.collect()
}

/// A version that cannot be pulled is released, and the last pod waits for it.
async fn stuck(rig: &Rig) {
    rig.ground.behave(&image(BAD), PodBehaviour::CannotPull);
    rig.ground.release("statefulsets", "api", &image(BAD)).await;
    rig.ground
        .until("pods", "api-2", |pod| {
            let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"];
            waiting.is_string() && pod["spec"]["containers"][0]["image"] == image(BAD)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k9_only_the_pod_that_holds_up_the_move_is_deleted_and_only_after_it() {
    let rig = set(Ground::new().await, |_| {}).await;
    let before = pods(&rig).await;
    stuck(&rig).await;
    let said: Vec<String> = rig.examine("v1.3.0").await.changes.iter().map(sentence).collect();
    let proposal = said.iter().find(|text| text.contains("deleted")).expect("it is proposed");
    assert!(proposal.contains("api-2") && !proposal.contains("api-1"), "{proposal}");

    let plan = rig.plan("v1.3.0").await;
    if !rig.is_real() {
        rig.ground.cluster().forget_calls();
    }
    let findings = rig.carry(&plan).await.unwrap();
    assert_eq!(findings.facts["deleted-pods"], "api-2");
    if !rig.is_real() {
        let writes: Vec<String> = rig.ground.cluster().writes().into_iter().map(|call| call.verb).collect();
        assert_eq!(writes, ["patch", "delete"]);
    }
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    let after = pods(&rig).await;
    assert_eq!((&after["api-0"], &after["api-1"]), (&before["api-0"], &before["api-1"]), "others are not touched");
    assert_eq!(after["api-2"].1, image("v1.3.0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_that_gets_stuck_during_the_move_is_named() {
    let rig = set(Ground::new().await, |_| {}).await;
    stuck(&rig).await;
    // Somebody else sets it back, and does not know what else it takes.
    let plan = rig.plan("v1.3.0").await;
    rig.ground.release("statefulsets", "api", &image("v1.3.0")).await;
    let seen = rig.await_verdict(&plan, |verdict| matches!(verdict, Verdict::Failed(_))).await;
    let Verdict::Failed(trouble) = seen.verdict else { unreachable!() };
    assert_eq!((trouble.why.code.as_str(), trouble.why.arguments["pod"].as_str()), ("kubernetes-pod-blocks", "api-2"));
}

/// The images of all pods, once the move has come to its end.
async fn end(rig: &Rig, plan: &commands::model::TargetPlan) -> Vec<String> {
    rig.await_verdict(plan, |verdict| *verdict == Verdict::Done).await;
    pods(rig).await.into_values().map(|(_, image)| image).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_that_hold_up_the_move_go_one_after_the_other() {
    let rig = set(Ground::model().await, |_| {}).await;
    let cluster = rig.ground.cluster();
    // Ready for a moment, and then none of them any more.
    rig.ground.release_and_wait("statefulsets", "api", &image(BAD)).await;
    rig.ground.behave(&image(BAD), PodBehaviour::Crashes(1));
    for pod in ["api-0", "api-1", "api-2"] {
        cluster.until("pods", "prod", pod, |pod| !is_ready(pod)).await;
    }
    rig.ground.behave(&image("v1.3.0"), PodBehaviour::ReadyAfter(Duration::from_millis(300)));
    let plan = rig.plan("v1.3.0").await;
    assert_eq!(plan.deletes, ["api-0", "api-1", "api-2"]);
    let watched = std::sync::atomic::AtomicBool::new(true);
    let most_away = async {
        let mut most = 0;
        while watched.load(std::sync::atomic::Ordering::Relaxed) {
            let came = cluster.all("pods", "prod").iter().filter(|pod| is_of(pod, "v1.3.0") && !is_ready(pod)).count();
            most = most.max(came);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        most
    };
    let carried = async {
        let findings = rig.carry(&plan).await.unwrap();
        watched.store(false, std::sync::atomic::Ordering::Relaxed);
        findings
    };
    let (findings, most) = tokio::join!(carried, most_away);
    assert_eq!(findings.facts["deleted-pods"], "api-0 api-1 api-2", "in the order in which the controller waits");
    assert_eq!(most, 1, "never two at once");
    assert_eq!(end(&rig, &plan).await, [image("v1.3.0"), image("v1.3.0"), image("v1.3.0")]);
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

fn is_of(pod: &Value, version: &str) -> bool {
    pod["spec"]["containers"][0]["image"] == image(version)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_that_the_plan_does_not_name_is_left_alone() {
    let rig = set(Ground::model().await, |_| {}).await;
    let plan = rig.plan("v1.2.9").await;
    assert_eq!(plan.deletes, Vec::<String>::new());
    // It falls after people have approved.
    rig.ground.behave(&image("v1.3.0"), PodBehaviour::Crashes(1));
    rig.ground.until("pods", "api-1", |pod| !is_ready(pod)).await;
    rig.ground.cluster().forget_calls();
    let findings = rig.carry(&plan).await.unwrap();
    assert!(!findings.facts.contains_key("deleted-pods"), "{findings:?}");
    assert!(rig.ground.cluster().writes().iter().all(|call| call.verb == "patch"));
    let seen = rig.await_verdict(&plan, |verdict| matches!(verdict, Verdict::Failed(_))).await;
    let Verdict::Failed(trouble) = seen.verdict else { unreachable!() };
    assert_eq!((trouble.why.code.as_str(), trouble.why.arguments["pod"].as_str()), ("kubernetes-pod-blocks", "api-0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_move_deletes_what_it_did_not_come_to() {
    let rig = set(Ground::new().await, |_| {}).await;
    stuck(&rig).await;
    let plan = rig.plan("v1.3.0").await;
    rig.ground.release("statefulsets", "api", &image("v1.3.0")).await;
    let findings = rig.carry(&plan).await.unwrap();
    assert_eq!((findings.facts["written"].as_str(), findings.facts["deleted-pods"].as_str()), ("was there", "api-2"));
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_goes_back_pod_by_pod() {
    let rig = set(Ground::new().await, |_| {}).await;
    let plan = rig.plan("v1.2.9").await;
    let findings = rig.carry(&plan).await.unwrap();
    assert!(!findings.facts.contains_key("deleted-pods"), "{findings:?}");
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    assert!(pods(&rig).await.values().all(|(_, found)| *found == image("v1.2.9")));
    assert_eq!(rig.platform.current(&rig.target()).await.unwrap().revision, plan.to);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_is_told_and_kept() {
    let rig = set(Ground::new().await, |_| {}).await;
    let partition = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    rig.ground.merge("statefulsets", "api", json!({"spec": {"updateStrategy": partition}})).await;
    let codes: Vec<String> = rig.examine("v1.2.9").await.warnings.into_iter().map(|note| note.code).collect();
    assert!(codes.contains(&"kubernetes-partition".to_owned()), "{codes:?}");
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    let images: Vec<String> = pods(&rig).await.into_values().map(|(_, image)| image).collect();
    assert_eq!(images, [image("v1.3.0"), image("v1.3.0"), image("v1.2.9")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_that_nobody_deletes_are_listed() {
    let rig = set(Ground::new().await, |_| {}).await;
    let strategy = json!({"type": "OnDelete", "rollingUpdate": null});
    rig.ground.merge("statefulsets", "api", json!({"spec": {"updateStrategy": strategy}})).await;
    let found = rig.examine("v1.2.9").await;
    let by_hand = found.warnings.iter().find(|note| note.code == "kubernetes-by-hand").expect("it is told");
    assert_eq!(by_hand.arguments["pods"], "api-0, api-1, api-2");
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    let waits = |verdict: &Verdict| matches!(verdict, Verdict::InProgress(note) if note.code == "kubernetes-on-delete");
    rig.await_verdict(&plan, waits).await;
    for pod in ["api-0", "api-1", "api-2"] {
        rig.ground.api("pods").delete(pod, &kube::api::DeleteParams::default()).await.unwrap();
        let is_new = |pod: &Value| {
            let ready = pod["status"]["conditions"].as_array().into_iter().flatten();
            let mut ready = ready.filter(|condition| condition["type"] == "Ready");
            pod["spec"]["containers"][0]["image"] == image("v1.2.9") && ready.any(|one| one["status"] == "True")
        };
        rig.ground.until("pods", pod, is_new).await;
    }
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_that_may_make_no_pod_fails_by_its_events() {
    let rig = set(Ground::model().await, |_| {}).await;
    let plan = rig.plan("v1.2.9").await;
    let target = rig.target();
    let mut looks = rig.platform.observe(&target, &plan);
    rig.ground.cluster().refuse("pods", "prod", "pods are refused by the policy of a test");
    rig.carry(&plan).await.unwrap();
    let over = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_) | Verdict::Done);
    let seen = tests::conformance::platform::until(&mut looks, Duration::from_secs(40), over).await;
    let Verdict::Failed(trouble) = seen.verdict else { panic!("{seen:?}") };
    assert_eq!(trouble.why.code, "kubernetes-cannot-create");
    assert!(trouble.evidence[0].contains("policy of a test"), "{trouble:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_set_goes_back_on_every_node() {
    let rig = Rig::of(Ground::model().await, "daemonsets", daemon_set("api", &image("v1.2.9"))).await;
    rig.ground.release_and_wait("daemonsets", "api", &image("v1.3.0")).await;
    let codes: Vec<String> = rig.examine("v1.2.9").await.changes.into_iter().map(|note| note.code).collect();
    assert!(codes.contains(&"kubernetes-rounds".to_owned()), "{codes:?}");
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    assert!(pods(&rig).await.values().all(|(_, found)| *found == image("v1.2.9")));
    assert_eq!(rig.platform.current(&rig.target()).await.unwrap().revision, plan.to);
}
