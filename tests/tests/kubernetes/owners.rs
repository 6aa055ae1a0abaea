//! What a look before the move says of owners, permissions, references, autoscalers and webhooks.

use adapters::platform::kubernetes::{ArgoCdSettings, KubernetesPlatform, KubernetesSettings, Unread};
use commands::model::Note;
use commands::notify::text::sentence;
use commands::ports::Examination;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::kubernetes::{Fault, On};

use crate::ground::Ground;
use crate::hostile::two_contexts;
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

/// The Application `shop` of this namespace, with these resources where it tells any.
fn application(ground: &Ground, namespace: &str, policy: Value, resources: Value) {
    ground.cluster().apply(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": namespace}, "spec": {"syncPolicy": policy},
        "status": {"resources": resources},
    }));
}

async fn track(rig: &Rig) {
    annotate(rig, json!({"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:prod/api"})).await;
}

async fn argo(rig: &Rig, policy: Value) {
    track(rig).await;
    application(&rig.ground, "argocd", policy, Value::Null);
}

/// The rig's platform by another configuration of Argo CD.
fn configure(rig: &mut Rig, kubeconfig: &std::path::Path, argocd: ArgoCdSettings) {
    let kubeconfig = Some(kubeconfig.to_owned());
    rig.platform = KubernetesPlatform::new(KubernetesSettings { kubeconfig, argocd, ..KubernetesSettings::default() });
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
async fn an_application_that_cannot_be_read_is_refused_unless_somebody_chose_otherwise() {
    let mut rig = rig().await;
    track(&rig).await;
    let refusal = |found: &Examination| {
        let [refused] = found.blockers.as_slice() else { panic!("{:?}", found.blockers) };
        let said = sentence(&refused.why);
        assert!(said.contains("shop") && said.contains("namespace argocd") && said.contains("unread"), "{said}");
        refused.evidence.join(" ")
    };
    application(&rig.ground, "elsewhere", json!({}), Value::Null);
    assert!(refusal(&rig.examine("v1.2.9").await).contains("not found"));
    rig.ground.cluster().fault(On::next("get", "applications"), Fault::internal());
    assert!(refusal(&rig.examine("v1.2.9").await).contains("request timed out"));
    rig.ground.cluster().forbid("get", "applications", "*");
    assert!(refusal(&rig.examine("v1.2.9").await).contains("cannot get resource"));
    let kubeconfig = rig.ground.kubeconfig.clone();
    configure(&mut rig, &kubeconfig, ArgoCdSettings { unread: Unread::Warn, ..ArgoCdSettings::default() });
    let found = rig.examine("v1.2.9").await;
    assert_eq!(blockers(&found), Vec::<String>::new());
    assert_eq!(warning(&found, "kubernetes-argocd-unread").arguments["application"], "shop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn argo_cd_is_asked_where_it_runs() {
    let (mut rig, hub) = (rig().await, Ground::model().await);
    track(&rig).await;
    application(&rig.ground, "gitops", json!({}), Value::Null);
    application(&hub, "gitops", json!({"automated": {"selfHeal": true}}), Value::Null);
    let kubeconfig = two_contexts(&rig.ground, &hub);
    for (context, heals) in [(None, false), (Some("west".to_owned()), true)] {
        let namespace = "gitops".to_owned();
        configure(&mut rig, kubeconfig.path(), ArgoCdSettings { namespace, context, unread: Unread::Refuse });
        let found = rig.examine("v1.2.9").await;
        assert_eq!(found.blockers.iter().any(|trouble| trouble.why.code == "kubernetes-argocd-heals"), heals);
        assert_eq!(found.warnings.iter().any(|note| note.code == "kubernetes-argocd-manual"), !heals);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_label_counts_only_if_the_application_says_so() {
    let rig = rig().await;
    let label = json!({"metadata": {"labels": {"app.kubernetes.io/instance": "shop"}}});
    rig.ground.merge("deployments", "api", label).await;
    // What is refused, and what was not looked at.
    let look = async || {
        let found = rig.examine("v1.2.9").await;
        let unchecked = found.warnings.iter().find(|note| note.code == "kubernetes-unchecked");
        assert!(!found.warnings.iter().any(|note| note.code.contains("argocd")), "{:?}", found.warnings);
        let codes: Vec<String> = found.blockers.iter().map(|trouble| trouble.why.code.clone()).collect();
        (codes.join(" "), unchecked.map(|note| note.arguments["what"].clone()).unwrap_or_default())
    };
    let (nothing, heals) = (String::new(), "kubernetes-argocd-heals".to_owned());
    // Where there is no Argo CD, also the one who may not look learns so.
    assert_eq!(look().await, (nothing.clone(), nothing.clone()));
    rig.ground.cluster().forbid("get", "applications", "*");
    assert_eq!(look().await, (nothing.clone(), nothing.clone()));
    rig.ground.cluster().forbid_nothing();

    let listed = |name: &str| json!([{"group": "apps", "kind": "Deployment", "namespace": "prod", "name": name}]);
    let heal = || json!({"automated": {"selfHeal": true}});
    application(&rig.ground, "argocd", heal(), listed("api"));
    assert_eq!(look().await, (heals.clone(), nothing.clone()));
    application(&rig.ground, "argocd", heal(), listed("web"));
    assert_eq!(look().await, (nothing.clone(), nothing.clone()));
    application(&rig.ground, "argocd", heal(), Value::Null);
    assert_eq!(look().await, (heals, nothing.clone()));
    rig.ground.cluster().forbid("get", "applications", "*");
    assert_eq!(look().await, (nothing.clone(), "applications".to_owned()));
    rig.ground.cluster().forbid_nothing();
    annotate(&rig, json!({"meta.helm.sh/release-name": "shop"})).await;
    assert_eq!(look().await, (nothing.clone(), nothing));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k10_the_next_revert_of_flux_is_told_to_the_second_where_it_is_known() {
    let rig = rig().await;
    let labels =
        json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
    rig.ground.merge("deployments", "api", json!({"metadata": {"labels": labels}})).await;
    rig.ground.cluster().apply(json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system"}, "spec": {"interval": "10m"},
    }));
    let seen_before = |minutes: i64| {
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let last = now - SignedDuration::from_mins(minutes);
        rig.ground.cluster().change_status("kustomizations", "flux-system", "apps", |status| {
            *status = json!({"conditions": [{"type": "Ready", "lastTransitionTime": last.to_string()}]});
        });
        last
    };
    let last = seen_before(4);
    let found = rig.examine("v1.2.9").await;
    let next = (last + SignedDuration::from_mins(10)).strftime("%H:%M:%S UTC").to_string();
    let said = sentence(warning(&found, "kubernetes-flux"));
    assert!(said.contains(&next) && said.contains("will revert"), "{said}");
    // A condition that did not change for long says nothing of rounds.
    seen_before(47);
    let said = sentence(warning(&rig.examine("v1.2.9").await, "kubernetes-flux-within"));
    assert!(said.contains("will revert the move within 10m, at an unknown moment"), "{said}");
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
