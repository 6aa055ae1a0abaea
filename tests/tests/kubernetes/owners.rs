//! What a look before the move says of owners, permissions, references, autoscalers and webhooks.

use commands::model::Note;
use commands::notify::text::sentence;
use commands::ports::Examination;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::ground::Ground;
use crate::rig::{Rig, image};

async fn rig() -> Rig {
    Rig::on(Ground::model().await, 2, |_| {}).await
}

fn blockers(found: &Examination) -> Vec<String> {
    found.blockers.iter().map(|trouble| sentence(&trouble.why)).collect()
}

fn warning<'a>(found: &'a Examination, code: &str) -> &'a Note {
    let note = found.warnings.iter().find(|note| note.code == code);
    note.unwrap_or_else(|| panic!("no {code}: {:?}", found.warnings))
}

async fn annotate(rig: &Rig, annotations: Value) {
    rig.ground.merge("deployments", "api", json!({"metadata": {"annotations": annotations}})).await;
}

async fn argo(rig: &Rig, policy: Value) {
    annotate(rig, json!({"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:prod/api"})).await;
    rig.ground.cluster().apply(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"}, "spec": {"syncPolicy": policy},
    }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k10_what_argo_cd_heals_is_refused_by_name() {
    let rig = rig().await;
    argo(&rig, json!({"automated": {"selfHeal": true}})).await;
    let said = blockers(&rig.examine("v1.2.9").await);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("shop") && said[0].contains("will be reverted"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_argo_cd_leaves_alone_for_now_is_offered_and_told() {
    let rig = rig().await;
    argo(&rig, json!({"automated": {}})).await;
    let found = rig.examine("v1.2.9").await;
    assert_eq!(blockers(&found), Vec::<String>::new());
    assert!(sentence(warning(&found, "kubernetes-argocd-automatic")).contains("next commit"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_cannot_be_read_is_told() {
    let rig = rig().await;
    argo(&rig, json!({"automated": {"selfHeal": true}})).await;
    rig.ground.cluster().forbid("get", "applications", "*");
    let found = rig.examine("v1.2.9").await;
    assert_eq!(warning(&found, "kubernetes-argocd-unread").arguments["application"], "shop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k10_the_next_revert_of_flux_is_told_to_the_second() {
    let rig = rig().await;
    let labels =
        json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
    rig.ground.merge("deployments", "api", json!({"metadata": {"labels": labels}})).await;
    let last = Timestamp::from_second(Timestamp::now().as_second()).unwrap() - SignedDuration::from_mins(4);
    rig.ground.cluster().apply(json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system"}, "spec": {"interval": "10m"},
    }));
    rig.ground.cluster().change_status("kustomizations", "flux-system", "apps", |status| {
        *status = json!({"history": [{"lastReconciled": last.to_string()}]});
    });
    let found = rig.examine("v1.2.9").await;
    let next = (last + SignedDuration::from_mins(10)).strftime("%H:%M:%S UTC").to_string();
    let said = sentence(warning(&found, "kubernetes-flux"));
    assert!(said.contains(&next) && said.contains("will revert"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_controller_moves_is_refused() {
    let rig = rig().await;
    let of = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"});
    rig.ground.cluster().apply(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "api-rollout", "namespace": "prod"},
        "spec": {"workloadRef": of},
    }));
    rig.ground.cluster().apply(json!({
        "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "metadata": {"name": "api-canary", "namespace": "prod"},
        "spec": {"targetRef": of},
    }));
    let said = blockers(&rig.examine("v1.2.9").await);
    assert!(said.iter().any(|text| text.contains("api-rollout")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("api-canary")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_deploys_of_others_are_told() {
    let rig = rig().await;
    let release = json!({"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "prod"});
    annotate(&rig, release).await;
    annotate(&rig, json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"})).await;
    let found = rig.examine("v1.2.9").await;
    assert_eq!(warning(&found, "kubernetes-helm").arguments["release"], "shop");
    warning(&found, "kubernetes-last-applied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permissions_are_asked_of_the_cluster_beforehand() {
    let rig = rig().await;
    rig.ground.cluster().forbid("patch", "deployments", "prod");
    rig.ground.cluster().forget_calls();
    let said = blockers(&rig.examine("v1.2.9").await);
    assert!(said.iter().any(|text| text.contains("may not patch deployments")), "{said:?}");
    assert_eq!(rig.ground.cluster().writes(), [], "a look writes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_at_is_said() {
    let rig = rig().await;
    rig.ground.cluster().forbid("list", "resourcequotas", "prod");
    let found = rig.examine("v1.2.9").await;
    assert_eq!(warning(&found, "kubernetes-unchecked").arguments["what"], "quotas");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_old_version_needs_must_be_there() {
    let ground = Ground::model().await;
    ground.create(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "flags"}, "data": {}})).await;
    let from = json!([{"configMapRef": {"name": "flags"}}, {"secretRef": {"name": "later", "optional": true}}]);
    let rig = Rig::on(ground, 1, |first| {
        first["spec"]["template"]["spec"]["containers"][0]["envFrom"] = from;
    })
    .await;
    let found = rig.examine("v1.2.9").await;
    assert_eq!(blockers(&found), Vec::<String>::new());
    let stays = found.losses.iter().find(|note| note.code == "kubernetes-references-stay").expect("it is told");
    assert_eq!(stays.arguments["names"], "ConfigMap flags, Secret later");
    rig.ground.api("configmaps").delete("flags", &kube::api::DeleteParams::default()).await.unwrap();
    let said = blockers(&rig.examine("v1.2.9").await);
    assert!(said.iter().any(|text| text.contains("ConfigMap flags is not there")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autoscaler_is_told_with_its_limits() {
    let rig = rig().await;
    rig.ground.cluster().apply(json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api", "namespace": "prod"},
        "spec": {"minReplicas": 4, "maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}},
    }));
    let found = rig.examine("v1.2.9").await;
    let note = warning(&found, "kubernetes-below-autoscaler");
    assert_eq!((note.arguments["replicas"].as_str(), note.arguments["least"].as_str()), ("2", "4"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_cluster_would_refuse_is_known_before_anybody_is_asked() {
    let rig = rig().await;
    rig.ground.cluster().refuse("deployments", "prod", "admission webhook \"policy.example\" denied the request");
    rig.ground.cluster().forget_calls();
    let found = rig.examine("v1.2.9").await;
    assert!(found.blockers.iter().any(|trouble| trouble.evidence.iter().any(|words| words.contains("policy.example"))));
    assert_eq!(rig.ground.cluster().writes(), []);
    assert_eq!(rig.image().await, image("v1.3.1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_before_new_pods_is_called_an_outage() {
    let rig = Rig::on(Ground::model().await, 2, |first| first["spec"]["strategy"] = json!({"type": "Recreate"})).await;
    warning(&rig.examine("v1.2.9").await, "kubernetes-outage");
}
