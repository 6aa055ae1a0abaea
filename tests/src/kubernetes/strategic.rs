//! Strategic merge patches: maps are merged, lists of named members by their names.
//!
//! After `staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go` (1.36), with the directives
//! `$patch: replace|delete|merge` and `$retainKeys`; which lists are merged, and by what, is of `core/v1`.

use serde_json::Value;

/// The keys by which members of lists are merged; other lists are replaced.
const MERGED: [(&str, &str); 12] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("ports", "containerPort"),
    ("volumes", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("conditions", "type"),
    ("ownerReferences", "uid"),
];

/// Carries a patch out.
pub(crate) fn merge(object: &mut Value, patch: &Value) {
    merge_value(object, patch);
}

fn merge_value(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    match changes.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            let mut whole = changes.clone();
            whole.remove("$patch");
            *target = Value::Object(whole);
            return;
        }
        Some("delete") => {
            *target = Value::Object(serde_json::Map::new());
            return;
        }
        _ => {}
    }
    let map = super::value::map_at_own(target).as_object_mut().expect("it is a map now");
    if let Some(kept) = changes.get("$retainKeys").and_then(Value::as_array) {
        map.retain(|key, _| kept.iter().any(|kept| kept == key.as_str()));
    }
    for (key, change) in changes.iter().filter(|(key, _)| !key.starts_with('$')) {
        match (change, merged_by(key)) {
            (Value::Null, _) => drop(map.remove(key)),
            (Value::Array(members), Some(name)) => {
                merge_list(map.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new())), members, name);
            }
            (Value::Object(_), _) => merge_value(map.entry(key.clone()).or_insert(Value::Null), change),
            _ => drop(map.insert(key.clone(), change.clone())),
        }
    }
}

fn merged_by(list: &str) -> Option<&'static str> {
    MERGED.iter().find(|(name, _)| *name == list).map(|(_, key)| *key)
}

fn merge_list(target: &mut Value, members: &[Value], name: &str) {
    if !target.is_array() {
        *target = Value::Array(Vec::new());
    }
    let list = target.as_array_mut().expect("it is a list now");
    if members
        .iter()
        .any(|member| member.get("$patch").is_some_and(|how| how == "replace") && member.get(name).is_none())
    {
        *list = members.iter().filter(|member| member.get("$patch").is_none()).cloned().collect();
        return;
    }
    for member in members {
        let found = list.iter().position(|one| one.get(name).is_some() && one.get(name) == member.get(name));
        let gone = member.get("$patch").is_some_and(|how| how == "delete");
        match found {
            Some(index) if gone => drop(list.remove(index)),
            Some(index) => merge_value(&mut list[index], member),
            None if gone => {}
            None => {
                let mut fresh = Value::Null;
                merge_value(&mut fresh, member);
                list.push(fresh);
            }
        }
    }
}
