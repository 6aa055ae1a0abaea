//! The model's whole state, and the one way in which anything is written: filled in, checked, admitted,
//! counted, stored, told.
//!
//! After `staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go` and the strategies under
//! `pkg/registry` (1.36).

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::admission::{self, Denial};
use super::behaviour::Behaviours;
use super::defaults;
use super::faults::{Faults, Rival};
use super::fields::{self, Writer};
use super::journal::Call;
use super::kinds::Kind;
use super::names::Names;
use super::queue::{Queue, Work};
use super::refusal::Refusal;
use super::store::{Key, Store};
use super::validation;
use super::value::{list, part, remove, set, text};

/// How long a controller needs to notice a change.
const LAG: SignedDuration = SignedDuration::from_millis(2);

/// All of it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) names: Names,
    pub(crate) behaviours: Behaviours,
    pub(crate) faults: Faults,
    pub(crate) rivals: Vec<Rival>,
    pub(crate) denials: Vec<Denial>,
    pub(crate) holders: Vec<super::gitops::Holder>,
    /// Verbs and resources that the bot may not use.
    pub(crate) forbidden: Vec<super::access::Rule>,
    pub(crate) journal: Vec<Call>,
    /// Groups of other tools that are there.
    pub(crate) installed: BTreeSet<&'static str>,
    /// How far the model's clock is before the real one.
    pub(crate) ahead: SignedDuration,
    pub(crate) lag: SignedDuration,
    /// Controllers that do not work at the moment, by the plural of what they look after.
    pub(crate) stopped: BTreeSet<String>,
    pub(crate) interruptions: Vec<super::api::Interruption>,
    /// Whether controllers work by themselves, and the task in which they do.
    pub(crate) works: bool,
    pub(crate) controllers: Option<tokio::task::AbortHandle>,
    /// Whether no token is asked for.
    pub(crate) admits_anybody: bool,
    /// Whether lists may be asked for as a watch.
    pub(crate) streams_lists: bool,
    /// How often the pods of an owner could not be made in a row, for the back-off.
    pub(crate) failures: std::collections::BTreeMap<Key, u32>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self {
            store: Store::new(),
            queue: Queue::default(),
            names: Names::default(),
            behaviours: Behaviours::default(),
            faults: Faults::default(),
            rivals: Vec::new(),
            denials: Vec::new(),
            holders: Vec::new(),
            forbidden: Vec::new(),
            journal: Vec::new(),
            installed: BTreeSet::new(),
            ahead: SignedDuration::ZERO,
            lag: LAG,
            stopped: BTreeSet::new(),
            interruptions: Vec::new(),
            works: false,
            controllers: None,
            admits_anybody: false,
            streams_lists: true,
            failures: std::collections::BTreeMap::new(),
        };
        ["default", "kube-system"].iter().for_each(|name| world.ensure_namespace(name));
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}});
        world.create(node, &Writer::new("kubelet"), false).expect("nothing is there yet");
        world
    }

    /// The model's time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead
    }

    /// As objects write times: to the second.
    pub(crate) fn time(&self) -> String {
        written(self.now())
    }

    /// Makes a namespace unless it is there.
    pub(crate) fn ensure_namespace(&mut self, name: &str) {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        // That it is there already is what is wanted.
        let _ = self.create(namespace, &Writer::new("kubectl-create"), false);
    }

    /// Makes an object that is not there yet.
    pub(crate) fn create(&mut self, mut object: Value, writer: &Writer, dry: bool) -> Result<Arc<Value>, Refusal> {
        let kind = Kind::of(&object).ok_or_else(|| Refusal::bad_request("the kind of the object is not known"))?;
        let prefix = text(&object, "/metadata/generateName").to_owned();
        // Admission that changes objects comes before the name is made up, the rest after it.
        admission::accounts(self, kind, &object)?;
        if text(&object, "/metadata/name").is_empty() && !prefix.is_empty() {
            let name = format!("{prefix}{}", self.names.suffix());
            set(&mut object, &["metadata", "name"], json!(name));
        }
        if !kind.namespaced {
            remove(&mut object, &["metadata", "namespace"]);
        }
        let key = Key::of(&object).expect("its kind is known");
        self.namespace_takes(kind, &key)?;
        if self.store.get(&key).is_some() {
            return Err(Refusal::already_exists(kind, &key.name));
        }
        let metadata = [("uid", json!(self.names.uid())), ("creationTimestamp", json!(self.time()))];
        metadata.into_iter().for_each(|(name, value)| set(&mut object, &["metadata", name], value));
        if has_generation(kind) {
            set(&mut object, &["metadata", "generation"], json!(1));
        }
        ["managedFields", "deletionTimestamp", "resourceVersion"]
            .iter()
            .for_each(|name| drop(remove(&mut object, &["metadata", name])));
        if has_status(kind) {
            object["status"] = first_status(kind);
        }
        defaults::fill(kind, &mut object);
        validation::check(kind, &object, None)?;
        admission::check(self, kind, &object)?;
        fields::update(&json!({}), &mut object, writer, &self.time());
        if dry {
            return Ok(Arc::new(object));
        }
        if kind.custom {
            self.installed.insert(kind.group);
        }
        Ok(self.put(key, object))
    }

    fn namespace_takes(&self, kind: &Kind, key: &Key) -> Result<(), Refusal> {
        if !kind.namespaced {
            return Ok(());
        }
        let namespaces = Kind::named("namespaces");
        let Some(namespace) = self.store.get(&Key::new(namespaces, "", &key.namespace)) else {
            return Err(Refusal::not_found(namespaces, &key.namespace));
        };
        if namespace["metadata"].get("deletionTimestamp").is_none() {
            return Ok(());
        }
        let why = "unable to create new content in namespace because it is being terminated";
        let why = why.replace("namespace because", &format!("namespace {} because", key.namespace));
        Err(Refusal::forbidden(kind, &key.name, &why))
    }

    /// Writes over an object that is there.
    pub(crate) fn replace(
        &mut self,
        key: &Key,
        mut object: Value,
        writer: &Writer,
        dry: bool,
    ) -> Result<Arc<Value>, Refusal> {
        let (kind, before) = (key.kind(), self.get(key)?);
        preconditions(kind, &before, &object)?;
        for name in [
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generation",
            "name",
            "namespace",
            "resourceVersion",
        ] {
            keep(&before, &mut object, &["metadata", name]);
        }
        for name in ["apiVersion", "kind"] {
            object[name] = before[name].clone();
        }
        if writer.beside == Some("status") {
            let mut whole = (*before).clone();
            whole["status"] = object["status"].take();
            // A Deployment's revision is an annotation that its controller writes with the status.
            set(&mut whole, &["metadata", "annotations"], part(&object, "/metadata/annotations").clone());
            object = whole;
        } else if has_status(kind) {
            keep(&before, &mut object, &["status"]);
        }
        tidy(&mut object);
        defaults::fill(kind, &mut object);
        validation::check(kind, &object, Some(&before))?;
        if writer.beside != Some("status") {
            admission::check_update(self, kind, &object)?;
            if bumps_generation(kind, &before, &object) {
                let next = super::value::number(&before, "/metadata/generation") + 1;
                set(&mut object, &["metadata", "generation"], json!(next));
            }
        }
        keep(&before, &mut object, &["metadata", "managedFields"]);
        // A write that changes nothing is none.
        if *before == object {
            return Ok(before);
        }
        fields::update(&before, &mut object, writer, &self.time());
        self.finish(key, object, dry)
    }

    /// Stores what was made ready; takes away what only waited for its last finalizer.
    pub(crate) fn finish(&mut self, key: &Key, object: Value, dry: bool) -> Result<Arc<Value>, Refusal> {
        if dry {
            return Ok(Arc::new(object));
        }
        let leaving = object["metadata"].get("deletionTimestamp").is_some();
        let stored = self.put(key.clone(), object);
        if leaving && list(&stored, "/metadata/finalizers").is_empty() && key.plural != "pods" {
            self.erase(key);
        }
        Ok(stored)
    }

    /// What is there, or the words for it not being there.
    pub(crate) fn get(&self, key: &Key) -> Result<Arc<Value>, Refusal> {
        self.store.get(key).ok_or_else(|| Refusal::not_found(key.kind(), &key.name))
    }

    fn put(&mut self, key: Key, object: Value) -> Arc<Value> {
        let fresh = key.plural == "pods" && self.store.get(&key).is_none();
        let stored = self.store.put(key.clone(), object);
        if fresh {
            let now = self.now();
            self.behaviours.bear(text(&stored, "/metadata/uid"), now);
        }
        self.notice(&key, &stored);
        stored
    }

    /// Takes an object away for good.
    pub(crate) fn erase(&mut self, key: &Key) -> Option<Arc<Value>> {
        let gone = self.store.take(key)?;
        self.notice(key, &gone);
        let uid = text(&gone, "/metadata/uid");
        self.behaviours.forget(uid);
        let orphans = Work::Orphans(uid.to_owned());
        self.queue.push(orphans, self.now() + self.lag);
        Some(gone)
    }

    /// Tells the controllers whose matter this is.
    fn notice(&mut self, key: &Key, object: &Value) {
        let soon = self.now() + self.lag;
        if key.kind().is_workload() || key.plural == "pods" {
            // A set writes pods before it writes its status, and a node does things: both take longer.
            let later = if matches!(key.plural, "replicasets" | "pods") { self.lag } else { SignedDuration::ZERO };
            self.queue.push(Work::Sync(key.clone()), soon + later);
        }
        if let Some(owner) = controller_of(object) {
            let later = if owner.plural == "replicasets" { self.lag } else { SignedDuration::ZERO };
            self.queue.push(Work::Sync(Key { namespace: key.namespace.clone(), ..owner }), soon + later);
        }
        if matches!(key.plural, "pods" | "resourcequotas") {
            self.queue.push(Work::Quota(key.namespace.clone()), soon);
        }
        self.tell_holders(key, object);
        if key.plural == "nodes" {
            let sets = self.store.all(Kind::named("daemonsets"), "");
            for key in sets.iter().filter_map(|set| Key::of(set)) {
                self.queue.push(Work::Sync(key), soon);
            }
        }
    }
}

/// As objects write times: to the second.
pub(crate) fn written(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// The controller that an object says it belongs to, without its namespace.
pub(crate) fn controller_of(object: &Value) -> Option<Key> {
    let owner = list(object, "/metadata/ownerReferences").iter().find(|owner| owner["controller"] == true)?;
    let kind = Kind::of(owner)?;
    Some(Key { group: kind.group, plural: kind.plural, namespace: String::new(), name: text(owner, "/name").into() })
}

fn preconditions(kind: &'static Kind, before: &Value, object: &Value) -> Result<(), Refusal> {
    let name = text(before, "/metadata/name");
    let (uid, held) = (text(object, "/metadata/uid"), text(before, "/metadata/uid"));
    if !uid.is_empty() && uid != held {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {held}");
        return Err(Refusal::conflict_because(kind, name, &why));
    }
    let version = text(object, "/metadata/resourceVersion");
    if !version.is_empty() && version != text(before, "/metadata/resourceVersion") {
        return Err(Refusal::conflict(kind, name));
    }
    Ok(())
}

/// Takes over from before what no writer may set.
fn keep(before: &Value, object: &mut Value, path: &[&str]) {
    match path.iter().try_fold(before, |place, key| place.get(*key)) {
        Some(value) => set(object, path, value.clone()),
        None => drop(remove(object, path)),
    }
}

/// Empty maps of metadata are not stored, nor are nulls.
fn tidy(object: &mut Value) {
    for name in ["annotations", "labels", "finalizers", "ownerReferences"] {
        let value = part(&object["metadata"], &format!("/{name}"));
        let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        if empty || value.as_array().is_some_and(Vec::is_empty) {
            remove(object, &["metadata", name]);
        }
    }
}

/// Whether its status is written beside it. Argo CD's Applications keep theirs in the object itself.
pub(crate) fn has_status(kind: &Kind) -> bool {
    kind.is_workload()
        || matches!(
            kind.plural,
            "pods" | "resourcequotas" | "horizontalpodautoscalers" | "poddisruptionbudgets" | "nodes"
        )
        || kind.custom && !matches!(kind.plural, "applications" | "applicationsets" | "prometheusrules")
}

fn first_status(kind: &Kind) -> Value {
    match kind.plural {
        "pods" => json!({"phase": "Pending", "qosClass": "BestEffort"}),
        _ => json!({}),
    }
}

fn has_generation(kind: &Kind) -> bool {
    kind.is_workload() || kind.custom || matches!(kind.plural, "pods" | "poddisruptionbudgets")
}

/// `PrepareForUpdate` of each kind: a Deployment's annotations count as well as its specification.
fn bumps_generation(kind: &Kind, before: &Value, object: &Value) -> bool {
    let differs = |at: &str| part(before, at) != part(object, at);
    match kind.plural {
        "deployments" => differs("/spec") || differs("/metadata/annotations"),
        "pods" => false,
        _ => has_generation(kind) && differs("/spec"),
    }
}
