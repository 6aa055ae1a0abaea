//! The roles of the chart, held against every call that the adapter really makes.

use std::collections::BTreeSet;
use std::time::Duration;

use commands::model::Verdict;
use serde_json::{Value, json};
use tests::kubernetes::{Call, PodBehaviour, daemon_set, deployment, stateful_set};

use crate::chart::{of_kind, render, values};
use crate::ground::Ground;
use crate::rig::{Rig, image};

/// Namespace (none for what belongs to the whole cluster), group, resource, verb, and the name where the role
/// names one.
type Right = (String, String, String, String, Option<String>);

fn rights(objects: &[Value]) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    let words = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    for role in of_kind(objects, "Role").into_iter().chain(of_kind(objects, "ClusterRole")) {
        let namespace = role["metadata"]["namespace"].as_str().unwrap_or_default();
        for rule in role["rules"].as_array().unwrap() {
            let named: Vec<Option<String>> = match rule["resourceNames"].is_array() {
                true => words(&rule["resourceNames"]).into_iter().map(Some).collect(),
                false => vec![None],
            };
            for (group, resource, verb) in words(&rule["apiGroups"]).iter().flat_map(|group| {
                let verbs = words(&rule["verbs"]);
                words(&rule["resources"])
                    .into_iter()
                    .flat_map(move |resource| verbs.clone().into_iter().map(move |verb| (resource.clone(), verb)))
                    .map(move |(resource, verb)| (group.clone(), resource, verb))
            }) {
                let right = |name: &Option<String>| {
                    (namespace.to_owned(), group.clone(), resource.clone(), verb.clone(), name.clone())
                };
                rights.extend(named.iter().map(right));
            }
        }
    }
    rights
}

/// What a call takes: a list of one object by its name is of that object.
fn asked(call: &Call) -> Option<Right> {
    let parts: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    let (namespace, resource, name) = match rest {
        ["namespaces", namespace, resource, name @ ..] => (*namespace, *resource, name),
        // Questions about its own permissions are everybody's (`system:basic-user`).
        _ if group == "authorization.k8s.io" => return None,
        [resource, name @ ..] => ("", *resource, name),
        [] => return None,
    };
    let by_field = call.query.get("fieldSelector").and_then(|selector| selector.strip_prefix("metadata.name="));
    let name = name.first().copied().or(by_field).map(str::to_owned);
    Some((namespace.to_owned(), group.to_owned(), resource.to_owned(), call.verb.clone(), name))
}

/// What a template may name beside itself.
async fn needed(ground: &Ground) {
    for (kind, name) in [("ServiceAccount", "api"), ("PersistentVolumeClaim", "data")] {
        ground.create(json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}})).await;
    }
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}});
    ground.cluster().apply(class);
}

/// A workload that every tool owns, and whose pods name all that pods can name.
fn entangled(mut workload: Value) -> Value {
    let spec = &mut workload["spec"]["template"]["spec"];
    spec["serviceAccountName"] = json!("api");
    spec["priorityClassName"] = json!("high");
    spec["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    let optional = |name: &str| json!({"name": name, "optional": true});
    spec["containers"][0]["envFrom"] = json!([{"configMapRef": optional("flags")}, {"secretRef": optional("db")}]);
    let id = format!("shop:apps/{}:prod/api", workload["kind"].as_str().unwrap());
    workload["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": id});
    for tool in ["kustomize", "helm"] {
        workload["metadata"]["labels"][format!("{tool}.toolkit.fluxcd.io/name")] = json!("apps");
        workload["metadata"]["labels"][format!("{tool}.toolkit.fluxcd.io/namespace")] = json!("flux-system");
    }
    workload
}

/// Looks, moves and observes one workload, and tells what that took.
async fn calls(plural: &'static str, first: Value) -> BTreeSet<Right> {
    let ground = Ground::model().await;
    needed(&ground).await;
    let rig = Rig::of(ground, plural, entangled(first)).await;
    rig.ground.release_and_wait(plural, "api", &image("v1.3.0")).await;
    let bad = image("v1.4.0");
    if plural == "statefulsets" {
        rig.ground.behave(&bad, PodBehaviour::CannotPull);
        rig.ground.release(plural, "api", &bad).await;
        rig.ground
            .until("pods", "api-2", |pod| {
                pod["spec"]["containers"][0]["image"] == bad
                    && pod["status"]["containerStatuses"][0]["state"]["waiting"].is_object()
            })
            .await;
    }
    // Long enough for it to be watched.
    let slow = tests::kubernetes::PodBehaviour::ReadyAfter(std::time::Duration::from_millis(400));
    rig.ground.behave(&image("v1.2.9"), slow);
    // Slow enough that it is still on its way when it is looked at.
    rig.ground.behave(&image("v1.2.9"), PodBehaviour::ReadyAfter(Duration::from_millis(300)));
    rig.ground.cluster().forget_calls();
    rig.examine("v1.2.9").await;
    let plan = rig.plan("v1.2.9").await;
    rig.carry(&plan).await.unwrap();
    rig.await_verdict(&plan, |verdict| *verdict == Verdict::Done).await;
    rig.ground.cluster().calls().iter().filter_map(asked).collect()
}

/// The chart for one workload of one kind: what only others need is none of its business.
fn chart_for(key: &str) -> Vec<Value> {
    render(&values(|values| {
        let mut namespace = json!({"name": "prod", "readSecrets": true, "createPods": true});
        namespace[key] = json!(["api"]);
        values["namespaces"] = json!([namespace]);
        values["owners"] = json!({"argocd": ["argocd"], "flux": ["flux-system"], "rollouts": true});
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roles_allow_what_is_done_and_nothing_else() {
    let workloads = [
        ("deployments", "deployments", deployment("api", &image("v1.2.9"), 1)),
        ("statefulsets", "statefulSets", stateful_set("api", &image("v1.2.9"), 3)),
        ("daemonsets", "daemonSets", daemon_set("api", &image("v1.2.9"))),
    ];
    for (plural, key, first) in workloads {
        let (rights, asked) = (rights(&chart_for(key)), calls(plural, first).await);
        let without_name = |right: &Right| (right.0.clone(), right.1.clone(), right.2.clone(), right.3.clone(), None);
        let is_allowed = |right: &&Right| rights.contains(*right) || rights.contains(&without_name(right));
        let denied: Vec<&Right> = asked.iter().filter(|right| !is_allowed(right)).collect();
        assert_eq!(denied, Vec::<&Right>::new(), "the roles for {plural} do not allow this");
        let is_used =
            |right: &&Right| asked.contains(*right) || asked.iter().any(|asked| without_name(asked) == **right);
        let idle: Vec<&Right> = rights.iter().filter(|right| !is_used(right)).collect();
        assert_eq!(idle, Vec::<&Right>::new(), "no move of {plural} needs this");
    }
}

#[test]
fn what_lets_the_bot_do_more_is_off_unless_it_is_wanted() {
    let objects = render(&values(|values| values["namespaces"] = json!([{"name": "prod", "statefulSets": ["api"]}])));
    let strong = |right: &Right| right.2 == "secrets" || right.2 == "pods" && right.3 == "create";
    assert_eq!(rights(&objects).into_iter().filter(strong).collect::<Vec<_>>(), []);
}
