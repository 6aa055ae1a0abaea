//! What the server refuses of an object, before it stores it.
//!
//! After `pkg/apis/apps/validation/validation.go` and `pkg/apis/core/validation/validation.go` (1.36), for
//! the mistakes that a rollback can make.

use serde_json::{Value, json};

use super::kinds::Kind;
use super::refusal::{Cause, Refusal};
use super::selectors::selects;
use super::value::{list, number, part, text};

/// Refuses what is wrong in itself, and what must not change from what was there.
pub(crate) fn check(kind: &'static Kind, object: &Value, before: Option<&Value>) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    if kind.is_workload() {
        workload(kind, object, &mut causes);
    }
    if kind.plural == "pods" {
        containers(part(object, "/spec"), "spec", &mut causes);
    }
    if let Some(before) = before {
        unchanged(kind, object, before, &mut causes);
    }
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid(kind, text(object, "/metadata/name"), &causes)) }
}

fn workload(kind: &Kind, object: &Value, causes: &mut Vec<Cause>) {
    let (selector, labels) = (part(object, "/spec/selector"), part(object, "/spec/template/metadata/labels"));
    let empty = ["matchLabels", "matchExpressions"].iter().all(|key| {
        selector[*key].as_object().is_none_or(serde_json::Map::is_empty)
            && selector[*key].as_array().is_none_or(Vec::is_empty)
    });
    if selector.is_null() {
        causes.push(Cause::required("spec.selector", ""));
    } else if empty {
        causes.push(Cause::invalid(
            "spec.selector",
            selector,
            &format!("empty selector is invalid for {}", said(kind)),
        ));
    }
    if !selector.is_null() && !selects(selector, labels) {
        let why = "`selector` does not match template `labels`";
        causes.push(Cause::invalid("spec.template.metadata.labels", labels, why));
    }
    if number(object, "/spec/replicas") < 0 {
        let why = "must be greater than or equal to 0";
        causes.push(Cause::invalid("spec.replicas", part(object, "/spec/replicas"), why));
    }
    let zero = |at: &str| matches!(part(object, at), Value::Number(number) if number.as_i64() == Some(0));
    if kind.plural == "deployments"
        && zero("/spec/strategy/rollingUpdate/maxSurge")
        && zero("/spec/strategy/rollingUpdate/maxUnavailable")
    {
        let why = "may not be 0 when `maxSurge` is 0";
        causes.push(Cause::invalid("spec.strategy.rollingUpdate.maxUnavailable", &json!(0), why));
    }
    containers(part(object, "/spec/template/spec"), "spec.template.spec", causes);
}

fn said(kind: &Kind) -> &'static str {
    match kind.plural {
        "statefulsets" => "statefulset",
        "daemonsets" => "daemonset",
        _ => "deployment",
    }
}

fn containers(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
    if list(spec, "/containers").is_empty() {
        causes.push(Cause::required(&format!("{at}.containers"), ""));
    }
    for key in ["initContainers", "containers"] {
        let mut names = Vec::new();
        for (index, container) in list(spec, &format!("/{key}")).iter().enumerate() {
            let place = format!("{at}.{key}[{index}]");
            let name = text(container, "/name");
            if name.is_empty() {
                causes.push(Cause::required(&format!("{place}.name"), ""));
            }
            if names.contains(&name) {
                let words = format!("Duplicate value: \"{name}\"");
                causes.push(Cause { field: format!("{place}.name"), reason: "FieldValueDuplicate", words });
            }
            names.push(name);
            if text(container, "/image").is_empty() {
                causes.push(Cause::required(&format!("{place}.image"), ""));
            }
            if at == "spec" {
                mounts(spec, container, &place, causes);
            }
        }
    }
}

/// Of pods: a template of a StatefulSet may mount what only its claims bring.
fn mounts(spec: &Value, container: &Value, place: &str, causes: &mut Vec<Cause>) {
    let has = |name: &str| list(spec, "/volumes").iter().any(|volume| text(volume, "/name") == name);
    for (index, mount) in list(container, "/volumeMounts").iter().enumerate() {
        let name = text(mount, "/name");
        if !has(name) {
            let (field, words) = (format!("{place}.volumeMounts[{index}].name"), format!("Not found: \"{name}\""));
            causes.push(Cause { field, reason: "FieldValueNotFound", words });
        }
    }
}

fn unchanged(kind: &Kind, object: &Value, before: &Value, causes: &mut Vec<Cause>) {
    let mut fixed = |at: &str, field: &str| {
        let (now, was) = (part(object, at), part(before, at));
        if now != was {
            causes.push(Cause::invalid(field, now, "field is immutable"));
        }
    };
    fixed("/metadata/name", "metadata.name");
    if kind.is_workload() {
        fixed("/spec/selector", "spec.selector");
    }
    if kind.plural == "controllerrevisions" {
        fixed("/data", "data");
    }
    if kind.plural == "statefulsets" {
        stateful_set(object, before, causes);
    }
}

/// All that a StatefulSet's owner may change.
const OPEN: [&str; 9] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
    "selector",
    "volumeClaimRetentionPolicy",
];

fn stateful_set(object: &Value, before: &Value, causes: &mut Vec<Cause>) {
    let closed = |spec: &Value| {
        let mut spec = spec.as_object().cloned().unwrap_or_default();
        OPEN.iter().for_each(|key| drop(spec.remove(*key)));
        spec
    };
    if closed(part(object, "/spec")) != closed(part(before, "/spec")) {
        let words = "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                     'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                     'minReadySeconds' are forbidden";
        causes.push(Cause { field: "spec".into(), reason: "FieldValueForbidden", words: words.into() });
    }
}
