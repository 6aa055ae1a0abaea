//! Resource quotas: what is used of them, and who does not fit.
//!
//! After `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go` and
//! `pkg/quota/v1/evaluator/core/pods.go` (1.36).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fields::Writer;
use super::kinds::Kind;
use super::refusal::Refusal;
use super::store::Key;
use super::value::{entries, list, text};
use super::world::World;

/// Amounts in thousandths, by what a quota calls them.
type Amounts = BTreeMap<String, i64>;

/// A quantity in thousandths of its unit.
pub(crate) fn quantity(text: &str) -> i64 {
    let end = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit {
        "m" => 1.0,
        "k" => 1e6,
        "M" => 1e9,
        "G" => 1e12,
        "Ki" => 1024.0 * 1e3,
        "Mi" => 1_048_576.0 * 1e3,
        "Gi" => 1_073_741_824.0 * 1e3,
        _ => 1e3,
    };
    #[expect(clippy::cast_possible_truncation, reason = "no test's quantity is that large")]
    let amount = (number.parse::<f64>().unwrap_or_default() * factor).round() as i64;
    amount
}

/// A quantity as the server writes it.
fn written(amount: i64) -> String {
    for (unit, size) in [("Gi", 1_073_741_824_000), ("Mi", 1_048_576_000), ("Ki", 1_024_000)] {
        if amount > 0 && amount % size == 0 {
            return format!("{}{unit}", amount / size);
        }
    }
    if amount % 1000 == 0 { (amount / 1000).to_string() } else { format!("{amount}m") }
}

/// What one pod uses.
fn used_by(pod: &Value) -> Amounts {
    let mut used = Amounts::from([("pods".into(), 1000), ("count/pods".into(), 1000)]);
    for container in list(pod, "/spec/containers") {
        for share in ["requests", "limits"] {
            for (resource, amount) in entries(container, &format!("/resources/{share}")) {
                *used.entry(format!("{share}.{resource}")).or_default() += quantity(amount);
            }
        }
    }
    for resource in ["cpu", "memory"] {
        if let Some(amount) = used.get(&format!("requests.{resource}")).copied() {
            used.insert(resource.into(), amount);
        }
    }
    used
}

/// What is used of this quota now. Pods that have ended do not count.
fn used(world: &World, quota: &Value) -> Amounts {
    let pods = world.store.all(Kind::named("pods"), text(quota, "/metadata/namespace"));
    let live = pods.iter().filter(|pod| !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed"));
    let mut sum: Amounts = entries(quota, "/spec/hard").map(|(name, _)| (name.into(), 0)).collect();
    for (name, amount) in live.flat_map(|pod| used_by(pod)) {
        sum.entry(name).and_modify(|all| *all += amount);
    }
    sum
}

/// Refuses a pod that does not fit.
pub(crate) fn admit(world: &World, kind: &Kind, pod: &Value) -> Result<(), Refusal> {
    let name = text(pod, "/metadata/name");
    let wants = used_by(pod);
    for quota in world.store.all(Kind::named("resourcequotas"), text(pod, "/metadata/namespace")) {
        let (has, called) = (used(world, &quota), text(&quota, "/metadata/name"));
        let missing: Vec<&str> = entries(&quota, "/spec/hard")
            .map(|(name, _)| name)
            .filter(|name| !wants.contains_key(*name))
            .filter(|name| is_of_pods(name))
            .collect();
        if !missing.is_empty() {
            let why =
                format!("failed quota: {called}: must specify {} for: {}", missing.join(","), container_names(pod));
            return Err(Refusal::forbidden(kind, name, &why));
        }
        let over: Vec<(&str, i64)> = entries(&quota, "/spec/hard")
            .map(|(name, hard)| (name, quantity(hard)))
            .filter(|(name, hard)| wants.contains_key(*name) && has[*name] + wants[*name] > *hard)
            .collect();
        if !over.is_empty() {
            let listed = |amount: &dyn Fn(&str, i64) -> i64| {
                let one = |(name, hard): &(&str, i64)| format!("{name}={}", written(amount(name, *hard)));
                over.iter().map(one).collect::<Vec<_>>().join(",")
            };
            let why = format!(
                "exceeded quota: {called}, requested: {}, used: {}, limited: {}",
                listed(&|name, _| wants[name]),
                listed(&|name, _| has[name]),
                listed(&|_, hard| hard),
            );
            return Err(Refusal::forbidden(kind, name, &why));
        }
    }
    Ok(())
}

fn is_of_pods(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("requests.") || name.starts_with("limits.")
}

fn container_names(pod: &Value) -> String {
    let names = list(pod, "/spec/containers").iter().map(|container| text(container, "/name"));
    names.collect::<Vec<_>>().join(",")
}

/// Writes down what is used in a namespace, as the quota controller does.
pub(crate) fn count(world: &mut World, namespace: &str) {
    for quota in world.store.all(Kind::named("resourcequotas"), namespace) {
        let used: Map<String, Value> =
            used(world, &quota).into_iter().map(|(name, amount)| (name, json!(written(amount)))).collect();
        let mut counted = (*quota).clone();
        counted["status"] = json!({"hard": quota["spec"]["hard"], "used": used});
        if let Some(key) = Key::of(&counted) {
            // The next change of a pod counts again.
            let _ = world.replace(&key, counted, &Writer::of_status("kube-controller-manager"), false);
        }
    }
}
