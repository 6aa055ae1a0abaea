//! What policies say of pods, asked before anybody is: by a pod of the old version that is never made.

use commands::notify::text::sentence;
use commands::ports::Examination;
use serde_json::json;
use tests::kubernetes::{Call, Fault, On, Refusal, stateful_set};

use crate::ground::Ground;
use crate::rig::{Rig, image};

const POLICY: &str = "violates PodSecurity \"restricted:latest\": runAsNonRoot != true (password=hunter2hunter2)";

async fn rig() -> Rig {
    Rig::on(Ground::model().await, 2, |_| {}).await
}

fn trials(rig: &Rig) -> Vec<Call> {
    let calls = rig.ground.cluster().calls().into_iter();
    calls.filter(|call| call.verb == "create" && call.is_about("pods")).collect()
}

/// What was not looked at; nothing where all was.
fn unchecked(found: &Examination) -> &str {
    let note = found.warnings.iter().find(|note| note.code == "kubernetes-unchecked");
    note.map_or("", |note| note.arguments["what"].as_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_policy_says_of_pods_is_known_before_anybody_is_asked() {
    let rig = rig().await;
    rig.ground.cluster().refuse("pods", "prod", POLICY);
    rig.ground.cluster().forget_calls();
    let pods = rig.ground.all("pods").await.len();
    let found = rig.examine("v1.2.9").await;
    let [refused] = found.blockers.as_slice() else { panic!("{:?}", found.blockers) };
    assert!(sentence(&refused.why).contains("would refuse the pods"), "{refused:?}");
    assert!(refused.evidence[0].contains("runAsNonRoot") && !refused.evidence[0].contains("hunter2"), "{refused:?}");
    let [trial] = trials(&rig).try_into().unwrap();
    assert!(trial.is_rehearsal(), "{trial:?}");
    assert_eq!(trial.body["spec"]["containers"][0]["image"], image("v1.2.9"));
    assert_eq!(trial.body["metadata"]["generateName"], "api-");
    assert_eq!(rig.ground.cluster().writes(), []);
    assert_eq!(rig.ground.all("pods").await.len(), pods);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_may_not_make_pods_tries_none_and_says_so() {
    let rig = rig().await;
    rig.ground.cluster().refuse("pods", "prod", POLICY);
    rig.ground.cluster().forbid("create", "pods", "prod");
    rig.ground.cluster().forget_calls();
    let found = rig.examine("v1.2.9").await;
    assert_eq!(found.blockers, []);
    assert_eq!(unchecked(&found), "pod admission");
    assert_eq!(trials(&rig), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_is_full_is_no_policy() {
    let rig = rig().await;
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": {"hard": {"pods": "2"}}});
    rig.ground.create(quota).await;
    rig.ground.until("resourcequotas", "team", |quota| quota["status"]["used"]["pods"] == "2").await;
    let found = rig.examine("v1.2.9").await;
    assert_eq!(trials(&rig).last().and_then(|call| call.answered), Some(403), "the quota was asked");
    assert_eq!(found.blockers, []);
    assert!(found.warnings.iter().any(|note| note.code == "kubernetes-quota-short"), "{:?}", found.warnings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_tried_now_forbids_nothing() {
    let rig = rig().await;
    let on = || On::next("create", "pods").with_rehearsals();
    for fault in [Fault::internal(), Fault::Cut] {
        rig.ground.cluster().fault(on(), fault);
        let found = rig.examine("v1.2.9").await;
        assert_eq!((found.blockers.len(), unchecked(&found)), (0, "pod admission"));
    }
    // One webhook for workloads and pods that has effects of its own.
    let refusal = Refusal::new(400, "BadRequest", "admission webhook \"inject.example\" does not support dry run");
    rig.ground.cluster().fault(on(), Fault::Refuse(refusal.clone()));
    rig.ground.cluster().fault(On::next("patch", "deployments").with_rehearsals(), Fault::Refuse(refusal));
    let found = rig.examine("v1.2.9").await;
    assert_eq!((found.blockers.len(), unchecked(&found)), (0, ""));
    assert_eq!(found.warnings.iter().filter(|note| note.code == "kubernetes-no-dry-run").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_of_a_set_is_tried_with_the_volumes_of_its_claims() {
    let mut set = stateful_set("api", &image("v1.2.9"), 1);
    set["spec"]["volumeClaimTemplates"] =
        json!([{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]);
    let mount = json!([{"name": "data", "mountPath": "/var/lib/api"}]);
    set["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = mount;
    let rig = Rig::of(Ground::model().await, "statefulsets", set).await;
    rig.ground.release_and_wait("statefulsets", "api", &image("v1.3.0")).await;
    assert_eq!(rig.examine("v1.2.9").await.blockers, []);
    assert_eq!(trials(&rig).last().and_then(|call| call.answered), Some(201));
}
