//! The history of StatefulSets and DaemonSets: a `ControllerRevision` for each template.
//!
//! After `pkg/controller/history/controller_history.go` (1.36). One that comes back is not made again: it
//! gets the next number, and keeps the annotations of its first time.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{MANAGER, Stop, is_leaving, reference};
use crate::kubernetes::deletion::Deletion;
use crate::kubernetes::fields::Writer;
use crate::kubernetes::names::template_hash;
use crate::kubernetes::store::Key;
use crate::kubernetes::value::{number, part, set, text};
use crate::kubernetes::world::World;

/// What a revision keeps: a strategic merge patch that replaces the template.
fn data_of(owner: &Value) -> Value {
    let mut template = part(owner, "/spec/template").clone();
    template["$patch"] = json!("replace");
    json!({"spec": {"template": template}})
}

/// The template of a revision.
pub(super) fn template_of(revision: &Value) -> Value {
    let mut template = part(revision, "/data/spec/template").clone();
    crate::kubernetes::value::remove(&mut template, &["$patch"]);
    template
}

/// All revisions of an owner, the lowest number first.
pub(super) fn all(world: &mut World, owner: &Value) -> Vec<Arc<Value>> {
    let mut history = world.claimed("controllerrevisions", owner);
    history.sort_by_key(|revision| (number(revision, "/revision"), text(revision, "/metadata/name").to_owned()));
    history
}

/// The revision of the template that is wanted, under the highest number.
pub(super) fn wanted(
    world: &mut World,
    owner: &Value,
    history: &[Arc<Value>],
    label: &str,
) -> Result<Arc<Value>, Stop> {
    let data = data_of(owner);
    let highest = history.last().map(|revision| number(revision, "/revision")).unwrap_or_default();
    let Some(known) = history.iter().rev().find(|revision| revision["data"] == data) else {
        return make(world, owner, data, highest + 1, label);
    };
    if number(known, "/revision") == highest {
        return Ok(Arc::clone(known));
    }
    let mut again = (**known).clone();
    again["revision"] = json!(highest + 1);
    let key = Key::of(known).ok_or(Stop::Done)?;
    Ok(world.replace(&key, again, &Writer::new(MANAGER), false)?)
}

fn make(world: &mut World, owner: &Value, data: Value, number: i64, label: &str) -> Result<Arc<Value>, Stop> {
    let hash = template_hash(&data, 0);
    let metadata = part(owner, "/metadata");
    let mut labels = part(owner, "/spec/template/metadata/labels").clone();
    set(&mut labels, &[label], json!(hash));
    let mut revision = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {"name": format!("{}-{hash}", text(metadata, "/name")), "namespace": metadata["namespace"],
                     "labels": labels, "ownerReferences": [reference(owner)]},
        "data": data, "revision": number,
    });
    if let Some(annotations) = metadata.get("annotations") {
        revision["metadata"]["annotations"] = annotations.clone();
    }
    Ok(world.create(revision, &Writer::new(MANAGER), false)?)
}

/// Takes away what is more than `revisionHistoryLimit`, the lowest first; what pods still have stays.
pub(super) fn clean_up(world: &mut World, owner: &Value, history: &[Arc<Value>], in_use: impl Fn(&Value) -> bool) {
    let limit = usize::try_from(number(owner, "/spec/revisionHistoryLimit")).unwrap_or_default();
    let idle: Vec<_> = history.iter().filter(|revision| !in_use(revision) && !is_leaving(revision)).collect();
    let more = idle.len().saturating_sub(limit);
    for key in idle.into_iter().take(more).filter_map(|revision| Key::of(revision)) {
        // Gone already is as good.
        let _ = world.delete(&key, &Deletion::plain(), false);
    }
}
