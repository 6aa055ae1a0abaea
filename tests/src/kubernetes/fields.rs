//! Who set which field: `metadata.managedFields`.
//!
//! After `staging/src/k8s.io/apimachinery/pkg/util/managedfields` and
//! `sigs.k8s.io/structured-merge-diff`: a write takes the fields that it changed, whoever had them before;
//! members of keyed lists are named by their keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// A path to a field: `f:spec`, `k:{"name":"api"}`, `.` for a member itself.
pub(crate) type Path = Vec<String>;

/// The keys of lists whose members have a name, by the list's own name; all others are one value.
const KEYED: [(&str, &[&str]); 13] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("env", &["name"]),
    ("ports", &["containerPort", "protocol"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("imagePullSecrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("conditions", &["type"]),
    ("ownerReferences", &["uid"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
];

/// The keys of the list of this name, if its members have any.
pub(crate) fn keys_of(list: &str) -> Option<&'static [&'static str]> {
    KEYED.iter().find(|(name, _)| *name == list).map(|(_, keys)| *keys)
}

/// What a member of a keyed list is called.
pub(crate) fn member(keys: &[&str], value: &Value) -> String {
    let named: BTreeMap<&str, &Value> = keys.iter().filter_map(|key| Some((*key, value.get(*key)?))).collect();
    format!("k:{}", serde_json::to_string(&named).unwrap_or_default())
}

/// All places of an object where a value stands, with the value.
pub(crate) fn leaves(object: &Value) -> BTreeMap<Path, Value> {
    let mut found = BTreeMap::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        match key.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => metadata(value, &mut found),
            _ => walk(key, value, &mut vec![format!("f:{key}")], &mut found),
        }
    }
    found
}

/// What of the metadata people and controllers write.
const METADATA: [&str; 5] = ["annotations", "labels", "ownerReferences", "finalizers", "generateName"];

/// Of the metadata only what people and controllers write.
fn metadata(value: &Value, found: &mut BTreeMap<Path, Value>) {
    for key in METADATA {
        if let Some(value) = value.get(key) {
            walk(key, value, &mut vec!["f:metadata".into(), format!("f:{key}")], found);
        }
    }
}

fn walk(name: &str, value: &Value, path: &mut Path, found: &mut BTreeMap<Path, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() && !is_whole(name) => {
            for (key, value) in map {
                path.push(format!("f:{key}"));
                walk(key, value, path, found);
                path.pop();
            }
        }
        Value::Array(members) if !members.is_empty() && keys_of(name).is_some() => {
            let keys = keys_of(name).unwrap_or_default();
            for value in members {
                path.push(member(keys, value));
                found.insert([path.as_slice(), &[".".to_owned()]].concat(), Value::Null);
                walk("", value, path, found);
                path.pop();
            }
        }
        Value::Null => {}
        other => drop(found.insert(path.clone(), other.clone())),
    }
}

/// Maps that are one value to the server.
fn is_whole(name: &str) -> bool {
    matches!(name, "selector" | "matchLabels" | "secretKeyRef" | "configMapKeyRef" | "fieldRef")
}

/// What differs between two states of an object.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Set or changed.
    pub(crate) taken: BTreeSet<Path>,
    /// There no more.
    pub(crate) gone: BTreeSet<Path>,
}

impl Difference {
    /// Looks only where something differs: most writes are of one corner of an object.
    pub(crate) fn between(before: &Value, after: &Value) -> Self {
        let mut difference = Self::default();
        let keys: BTreeSet<&String> =
            [before, after].iter().filter_map(|one| one.as_object()).flat_map(Map::keys).collect();
        for key in keys {
            match key.as_str() {
                "apiVersion" | "kind" => {}
                "metadata" => {
                    for part in METADATA {
                        let mut path = vec!["f:metadata".into(), format!("f:{part}")];
                        difference.look(part, &before["metadata"][part], &after["metadata"][part], &mut path);
                    }
                }
                _ => difference.look(key, &before[key], &after[key], &mut vec![format!("f:{key}")]),
            }
        }
        difference
    }

    fn look(&mut self, name: &str, before: &Value, after: &Value, path: &mut Path) {
        if before == after {
            return;
        }
        match (before, after) {
            (Value::Object(old), Value::Object(new)) if !is_whole(name) && !old.is_empty() && !new.is_empty() => {
                for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
                    path.push(format!("f:{key}"));
                    self.look(key, &before[key], &after[key], path);
                    path.pop();
                }
            }
            _ => {
                let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
                walk(name, before, path, &mut old);
                walk(name, after, path, &mut new);
                self.gone.extend(old.keys().filter(|path| !new.contains_key(*path)).cloned());
                new.retain(|path, value| old.get(path) != Some(value));
                self.taken.extend(new.into_keys());
            }
        }
    }
}

/// One entry of `managedFields`, opened.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) entry: Value,
    pub(crate) paths: BTreeSet<Path>,
}

/// The entries of an object.
pub(crate) fn shares(object: &Value) -> Vec<Share> {
    let entries = super::value::list(object, "/metadata/managedFields");
    entries.iter().map(|entry| Share { entry: entry.clone(), paths: paths(&entry["fieldsV1"]) }).collect()
}

/// Writes the entries back; who owns nothing any more is gone.
pub(crate) fn write(object: &mut Value, shares: Vec<Share>) {
    let written = shares.into_iter().filter(|share| !share.paths.is_empty()).map(|mut share| {
        share.entry["fieldsV1"] = tree(&share.paths);
        share.entry
    });
    super::value::set(object, &["metadata", "managedFields"], written.collect());
}

fn paths(tree: &Value) -> BTreeSet<Path> {
    fn collect(tree: &Value, path: &mut Path, found: &mut BTreeSet<Path>) {
        let Some(map) = tree.as_object().filter(|map| !map.is_empty()) else {
            if !path.is_empty() {
                found.insert(path.clone());
            }
            return;
        };
        for (key, value) in map {
            path.push(key.clone());
            collect(value, path, found);
            path.pop();
        }
    }
    let mut found = BTreeSet::new();
    collect(tree, &mut Vec::new(), &mut found);
    found
}

fn tree(paths: &BTreeSet<Path>) -> Value {
    let mut tree = Value::Object(Map::new());
    paths.iter().for_each(|path| gain(&mut tree, path));
    tree
}

/// Who writes.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    /// The field manager.
    pub(crate) manager: String,
    /// The part of the object that was addressed: `status`, `scale`.
    pub(crate) beside: Option<&'static str>,
}

impl Writer {
    pub(crate) fn new(manager: &str) -> Self {
        Self { manager: manager.into(), beside: None }
    }

    pub(crate) fn of_status(manager: &str) -> Self {
        Self { manager: manager.into(), beside: Some("status") }
    }

    /// Whether an entry is this writer's, for writes of this kind.
    pub(crate) fn owns(&self, entry: &Value, operation: &str) -> bool {
        entry["manager"] == self.manager.as_str()
            && entry["operation"] == operation
            && entry.get("subresource").and_then(Value::as_str) == self.beside
    }

    /// A fresh entry.
    pub(crate) fn entry(&self, operation: &str, api_version: &str, time: &str) -> Value {
        let mut entry = json!({"manager": self.manager, "operation": operation, "apiVersion": api_version,
                               "time": time, "fieldsType": "FieldsV1", "fieldsV1": {}});
        if let Some(beside) = self.beside {
            entry["subresource"] = json!(beside);
        }
        entry
    }
}

/// After an update: who wrote has what changed, and nobody has what is gone.
pub(crate) fn update(before: &Value, after: &mut Value, writer: &Writer, time: &str) {
    let difference = Difference::between(before, after);
    let mut entries = super::value::list(before, "/metadata/managedFields").to_vec();
    for entry in &mut entries {
        difference.taken.iter().chain(&difference.gone).for_each(|path| lose(&mut entry["fieldsV1"], path));
    }
    if !difference.taken.is_empty() {
        let own = entries.iter().position(|entry| writer.owns(entry, "Update"));
        let own = own.unwrap_or_else(|| {
            entries.push(writer.entry("Update", super::value::text(after, "/apiVersion"), time));
            entries.len() - 1
        });
        entries[own]["time"] = json!(time);
        difference.taken.iter().for_each(|path| gain(&mut entries[own]["fieldsV1"], path));
    }
    entries.retain(|entry| entry["fieldsV1"].as_object().is_some_and(|fields| !fields.is_empty()));
    super::value::set(after, &["metadata", "managedFields"], Value::Array(entries));
}

fn gain(fields: &mut Value, path: &[String]) {
    let mut place = fields;
    for key in path {
        place = &mut super::value::map_at_own(place)[key.as_str()];
    }
    super::value::map_at_own(place);
}

/// Takes a path out of a tree, and what it leaves empty.
fn lose(fields: &mut Value, path: &[String]) {
    let Some((key, rest)) = path.split_first() else { return };
    let Some(map) = fields.as_object_mut() else { return };
    let Some(inner) = map.get_mut(key) else { return };
    lose(inner, rest);
    if inner.as_object().is_none_or(Map::is_empty) {
        map.remove(key);
    }
}
