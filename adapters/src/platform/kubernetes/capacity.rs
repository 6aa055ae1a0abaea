//! Whether there is room for a move, and who else decides how many pods there are.

use commands::model::Note;
use commands::ports::Examination;
use kube::Client;
use kube::api::{DynamicObject, ListParams};
use serde_json::{Value, json};

use super::address::WorkloadKind;
use super::cluster::within;
use super::quantity::{amount, share};
use super::resource::{self, AUTOSCALERS, QUOTAS, Resource};
use super::template::{Template, text};
use super::workload::Workload;

/// The API server's own default of both limits of a rolling update.
const DEFAULT_SHARE: &str = "25%";

/// What the namespace says of room and of numbers. `unchecked` gets what could not be asked.
pub(super) async fn look(
    client: &Client,
    namespace: &str,
    workload: &Workload,
    to: &Template,
    unchecked: &mut Vec<&'static str>,
) -> Examination {
    let mut found = Examination::default();
    let (autoscalers, quotas) = tokio::join!(list(client, namespace, AUTOSCALERS), list(client, namespace, QUOTAS));
    match autoscalers {
        Some(all) => all.iter().for_each(|one| judge_autoscaler(one, workload, &mut found)),
        None => unchecked.push("autoscalers"),
    }
    match quotas {
        Some(all) => found.warnings.extend(all.iter().filter_map(|quota| short(quota, workload, to))),
        None => unchecked.push("quotas"),
    }
    found
}

async fn list(client: &Client, namespace: &str, resource: Resource) -> Option<Vec<DynamicObject>> {
    let api = resource::within(client, namespace, resource);
    let listed = within("look at what limits a workload", api.list(&ListParams::default())).await;
    listed.ok().map(|list| list.items)
}

/// A rollback never changes the number of pods; an autoscaler does.
fn judge_autoscaler(autoscaler: &DynamicObject, workload: &Workload, found: &mut Examination) {
    let spec = &autoscaler.data["spec"];
    let of = &spec["scaleTargetRef"];
    if text(&of["kind"]) != workload.kind.word() || text(&of["name"]) != workload.name() {
        return;
    }
    // The API server's own default.
    let least = spec["minReplicas"].as_i64().unwrap_or(1);
    let most = spec["maxReplicas"].as_i64().unwrap_or_default();
    let note = |code: &'static str| {
        let note = Note::new(code).with("least", least).with("most", most).with("replicas", workload.wanted());
        note.with("name", autoscaler.metadata.name.as_deref().unwrap_or_default())
    };
    found.losses.push(note("kubernetes-autoscaler"));
    if workload.wanted() < least {
        found.warnings.push(note("kubernetes-below-autoscaler"));
    }
}

/// How many pods a Deployment's update makes before it takes any away, and how many it may take away
/// before it makes any.
pub(super) fn limits(workload: &Workload) -> (i64, i64) {
    let default = json!(DEFAULT_SHARE);
    let or_default = |value: &Value| if value.is_null() { default.clone() } else { value.clone() };
    let wanted = workload.wanted();
    let surge = share(&or_default(workload.rolling("maxSurge")), wanted, true).unwrap_or_default();
    let unavailable = share(&or_default(workload.rolling("maxUnavailable")), wanted, false).unwrap_or_default();
    // Both nought would never move: then the controller takes one away (`deploymentutil.ResolveFenceposts`).
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// What a quota lacks for a move that must make pods before it takes any away.
fn short(quota: &DynamicObject, workload: &Workload, to: &Template) -> Option<Note> {
    if workload.kind != WorkloadKind::Deployment || workload.strategy() == "Recreate" {
        return None;
    }
    let (surge, unavailable) = limits(workload);
    if surge == 0 || unavailable > 0 {
        return None;
    }
    let status = &quota.data["status"];
    let hard = status["hard"].as_object()?;
    hard.iter().find_map(|(what, hard)| {
        let used = status["used"][what].as_str().unwrap_or("0");
        let need = needed(to, what)? * f64::from(i32::try_from(surge).ok()?);
        let is_short = amount(used)? + need > amount(hard.as_str()?)?;
        let note =
            Note::new("kubernetes-quota-short").with("quota", quota.metadata.name.as_deref().unwrap_or_default());
        is_short.then(|| note.with("what", what).with("used", used).with("hard", text(hard)).with("surge", surge))
    })
}

/// How much of this one pod of the template takes.
fn needed(template: &Template, what: &str) -> Option<f64> {
    let (sort, name) = match what {
        "pods" | "count/pods" => return Some(1.0),
        "cpu" | "memory" => ("requests", what),
        _ => what.split_once('.').filter(|(sort, _)| matches!(*sort, "requests" | "limits"))?,
    };
    let of = |container: &Value| container["resources"][sort][name].as_str().and_then(amount);
    Some(template.containers().filter_map(of).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(replicas: i64, rolling: &Value) -> Workload {
        let object = json!({
            "metadata": {"name": "api"},
            "spec": {"replicas": replicas, "template": {}, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}},
        });
        Workload::of(WorkloadKind::Deployment, serde_json::from_value(object).unwrap())
    }

    fn object(value: Value) -> DynamicObject {
        serde_json::from_value(value).unwrap()
    }

    fn template(cpu: &str) -> Template {
        let container = json!({"name": "api", "resources": {"requests": {"cpu": cpu}}});
        Template::new(json!({"spec": {"containers": [container]}}))
    }

    #[test]
    fn limits_are_those_of_the_controller() {
        assert_eq!(limits(&workload(3, &json!({}))), (1, 0));
        assert_eq!(limits(&workload(10, &json!({"maxSurge": "30%", "maxUnavailable": 1}))), (3, 1));
        assert_eq!(limits(&workload(3, &json!({"maxSurge": 0, "maxUnavailable": "10%"}))), (0, 1));
    }

    #[test]
    fn a_quota_without_room_is_told() {
        let quota = |hard: Value, used: Value| {
            object(json!({"metadata": {"name": "team"}, "status": {"hard": hard, "used": used}}))
        };
        let full = quota(json!({"pods": "3"}), json!({"pods": "3"}));
        let note = short(&full, &workload(3, &json!({})), &template("1")).unwrap();
        assert_eq!((note.arguments["what"].as_str(), note.arguments["hard"].as_str()), ("pods", "3"));
        assert_eq!(short(&full, &workload(3, &json!({"maxUnavailable": 1})), &template("1")), None);
        let cpu = quota(json!({"requests.cpu": "4"}), json!({"requests.cpu": "3500m"}));
        assert!(short(&cpu, &workload(3, &json!({})), &template("1")).is_some());
        assert_eq!(short(&cpu, &workload(3, &json!({})), &template("500m")), None);
    }

    #[test]
    fn an_autoscaler_of_another_workload_says_nothing() {
        let autoscaler = |name: &str| {
            let of = json!({"kind": "Deployment", "name": name});
            object(
                json!({"metadata": {"name": "s"}, "spec": {"minReplicas": 4, "maxReplicas": 9, "scaleTargetRef": of}}),
            )
        };
        let mut found = Examination::default();
        judge_autoscaler(&autoscaler("web"), &workload(3, &json!({})), &mut found);
        assert_eq!(found, Examination::default());
        judge_autoscaler(&autoscaler("api"), &workload(3, &json!({})), &mut found);
        assert_eq!((found.losses.len(), found.warnings.len()), (1, 1));
    }
}
