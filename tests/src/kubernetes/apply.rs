//! Server-side apply: who applies owns what it names, and what another owns is a conflict.
//!
//! After `sigs.k8s.io/structured-merge-diff/merge/update.go` and
//! `staging/src/k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go` (1.36).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::fields::{self, Difference, Path, Share, Writer, leaves, shares};
use super::refusal::Refusal;
use super::store::Key;
use super::strategic;
use super::value::{number, remove, set, text};
use super::world::World;

impl World {
    /// Applies a configuration; makes the object if it is not there.
    pub(crate) fn apply(
        &mut self,
        key: &Key,
        mut wanted: Value,
        writer: &Writer,
        force: bool,
        dry: bool,
    ) -> Result<Arc<Value>, Refusal> {
        let kind = key.kind();
        wanted["apiVersion"] = json!(kind.api_version());
        wanted["kind"] = json!(kind.name);
        set(&mut wanted, &["metadata", "name"], json!(key.name));
        if kind.namespaced {
            set(&mut wanted, &["metadata", "namespace"], json!(key.namespace));
        }
        remove(&mut wanted, &["metadata", "managedFields"]);
        let named: BTreeSet<Path> = leaves(&wanted).into_keys().collect();
        let Some(before) = self.store.get(key) else {
            let made = self.create(wanted, writer, dry)?;
            if dry {
                return Ok(made);
            }
            let mut owned = (*made).clone();
            let share = Share { entry: writer.entry("Apply", &kind.api_version(), &self.time()), paths: named };
            fields::write(&mut owned, vec![share]);
            return self.finish(key, owned, false);
        };
        let disputed = disputes(&before, &wanted, writer);
        if !disputed.is_empty() && !force {
            return Err(conflicts(&disputed, &kind.api_version()));
        }
        let mut object = (*before).clone();
        self.give_up(&mut object, writer, &named);
        remove(&mut wanted, &["status"]);
        strategic::merge(&mut object, &wanted);
        let written = self.replace(key, object, writer, true)?;
        let owned = self.owned(&before, (*written).clone(), writer, named);
        let same = number(&owned, "/metadata/generation") == number(&before, "/metadata/generation")
            && leaves(&owned) == leaves(&before)
            && owned["metadata"]["managedFields"] == before["metadata"]["managedFields"];
        if same { Ok(before) } else { self.finish(key, owned, dry) }
    }

    /// What this writer applied before, names no more, and nobody else owns, is taken away.
    fn give_up(&self, object: &mut Value, writer: &Writer, named: &BTreeSet<Path>) {
        let all = shares(object);
        let Some(own) = all.iter().find(|share| writer.owns(&share.entry, "Apply")) else { return };
        let others = |path: &Path| all.iter().any(|share| share.entry != own.entry && share.paths.contains(path));
        let dropped: Vec<&Path> = own.paths.difference(named).filter(|path| !others(path)).collect();
        for path in dropped.into_iter().rev() {
            take(object, path);
        }
    }

    fn owned(&self, before: &Value, mut object: Value, writer: &Writer, named: BTreeSet<Path>) -> Value {
        let Difference { taken, gone } = Difference::between(before, &object);
        let mut all = shares(before);
        all.iter_mut().for_each(|share| share.paths.retain(|path| !gone.contains(path) && !taken.contains(path)));
        let api_version = text(&object, "/apiVersion").to_owned();
        match all.iter_mut().find(|share| writer.owns(&share.entry, "Apply")) {
            Some(own) => {
                if own.paths != named || !taken.is_empty() {
                    own.entry["time"] = json!(self.time());
                }
                own.paths = named;
            }
            None => all.push(Share { entry: writer.entry("Apply", &api_version, &self.time()), paths: named }),
        }
        fields::write(&mut object, all);
        object
    }
}

/// Fields that another owns and that would change, with their owners.
fn disputes(before: &Value, wanted: &Value, writer: &Writer) -> Vec<(String, Path)> {
    let now = leaves(before);
    let changing = leaves(wanted).into_iter().filter(|(path, value)| now.get(path).is_some_and(|old| old != value));
    let changing: Vec<Path> = changing.map(|(path, _)| path).collect();
    let others = shares(before).into_iter().filter(|share| share.entry["manager"] != writer.manager.as_str());
    let disputed = others.flat_map(|share| {
        let manager = text(&share.entry, "/manager").to_owned();
        let taken: Vec<_> = changing.iter().filter(|path| share.paths.contains(*path)).cloned().collect();
        taken.into_iter().map(move |path| (manager.clone(), path))
    });
    disputed.collect()
}

fn conflicts(disputed: &[(String, Path)], api_version: &str) -> Refusal {
    let cause = |(manager, path): &(String, Path)| {
        let message = format!("conflict with \"{manager}\" using {api_version}");
        json!({"reason": "FieldManagerConflict", "message": message, "field": dotted(path)})
    };
    let said =
        |(manager, path): &(String, Path)| format!("conflict with \"{manager}\" using {api_version}: {}", dotted(path));
    let words = match disputed {
        [one] => format!("Apply failed with 1 conflict: {}", said(one)),
        more => {
            let lines: Vec<_> = more.iter().map(said).collect();
            format!("Apply failed with {} conflicts: {}", more.len(), lines.join("\n"))
        }
    };
    let mut refusal = Refusal::new(409, "Conflict", words);
    refusal.details = json!({"causes": disputed.iter().map(cause).collect::<Vec<_>>()});
    refusal
}

/// A path as the server writes it: `.spec.template.spec.containers[name="api"].image`.
pub(crate) fn dotted(path: &Path) -> String {
    let piece = |step: &String| match step.split_once(':') {
        Some(("k", keys)) => {
            let keys: serde_json::Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let keys: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        Some((_, field)) => format!(".{field}"),
        None => String::new(),
    };
    path.iter().map(piece).collect()
}

/// Takes away what a path leads to.
fn take(object: &mut Value, path: &Path) {
    let Some((last, way)) = path.split_last() else { return };
    let mut place = &mut *object;
    for step in way {
        let Some(next) = step_into(place, step) else { return };
        place = next;
    }
    match last.as_str() {
        "." => place["$gone"] = json!(true),
        field => {
            let field = field.trim_start_matches("f:");
            if let Some(map) = place.as_object_mut() {
                map.remove(field);
            }
        }
    }
    sweep(object);
}

fn step_into<'a>(place: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    if let Some(field) = step.strip_prefix("f:") {
        return place.get_mut(field);
    }
    let keys: serde_json::Map<String, Value> = serde_json::from_str(step.strip_prefix("k:")?).ok()?;
    place.as_array_mut()?.iter_mut().find(|member| keys.iter().all(|(key, value)| member.get(key) == Some(value)))
}

/// Takes members of lists away that were marked.
fn sweep(object: &mut Value) {
    match object {
        Value::Array(members) => {
            members.retain(|member| member.get("$gone").is_none());
            members.iter_mut().for_each(sweep);
        }
        Value::Object(map) => map.values_mut().for_each(sweep),
        _ => {}
    }
}
