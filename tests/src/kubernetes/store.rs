//! All objects, the counter of versions, and what changed: what etcd is to a cluster.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::kinds::Kind;
use super::value::{list, set, text};

/// How many changes are kept for watches; older ones are compacted.
const KEPT: usize = 20_000;

/// Where an object is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) group: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(kind: &'static Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.namespaced { namespace } else { "" };
        Self { group: kind.group, plural: kind.plural, namespace: namespace.into(), name: name.into() }
    }

    pub(crate) fn of(object: &Value) -> Option<Self> {
        let kind = Kind::of(object)?;
        Some(Self::new(kind, text(object, "/metadata/namespace"), text(object, "/metadata/name")))
    }

    pub(crate) fn kind(&self) -> &'static Kind {
        let found = super::kinds::KINDS.iter().find(|kind| (kind.group, kind.plural) == (self.group, self.plural));
        found.expect("keys are made of kinds")
    }
}

/// One change: before and after, either of which may be missing.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) key: Key,
    pub(crate) before: Option<Arc<Value>>,
    /// What is there now; of what was deleted, its last state with the version of the deletion.
    pub(crate) object: Arc<Value>,
    pub(crate) deleted: bool,
}

/// The store.
#[derive(Debug)]
pub(crate) struct Store {
    objects: BTreeMap<Key, Arc<Value>>,
    /// Where an identity is.
    identities: HashMap<String, Key>,
    /// What belongs to an identity, or is told about it; what belongs to nobody under the empty one.
    belongings: HashMap<String, BTreeSet<Key>>,
    version: u64,
    changes: VecDeque<Change>,
    compacted: u64,
    news: watch::Sender<u64>,
}

impl Store {
    pub(crate) fn new() -> Self {
        // No cluster is at its first version when somebody looks.
        Self {
            objects: BTreeMap::new(),
            identities: HashMap::new(),
            belongings: HashMap::new(),
            version: 100,
            changes: VecDeque::new(),
            compacted: 0,
            news: watch::Sender::new(100),
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Told whenever something changed.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Wakes whoever listens though nothing changed.
    pub(crate) fn wake(&self) {
        self.news.send_modify(|_| {});
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.objects.get(key).cloned()
    }

    /// All of a kind in a namespace, by name; in all namespaces if it is empty.
    pub(crate) fn all(&self, kind: &'static Kind, namespace: &str) -> Vec<Arc<Value>> {
        let from = Key::new(kind, namespace, "");
        let same = |key: &Key| {
            key.group == kind.group
                && key.plural == kind.plural
                && (namespace.is_empty() || !kind.namespaced || key.namespace == namespace)
        };
        self.objects.range(from..).take_while(|(key, _)| same(key)).map(|(_, object)| Arc::clone(object)).collect()
    }

    /// Everything, for who must look through all.
    pub(crate) fn everything(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    /// Where the object of this identity is.
    pub(crate) fn place_of(&self, uid: &str) -> Option<&Key> {
        self.identities.get(uid)
    }

    /// What belongs to this identity, or is told about it; to nobody, if it is empty.
    pub(crate) fn belonging(&self, uid: &str) -> Vec<(Key, Arc<Value>)> {
        let keys = self.belongings.get(uid).into_iter().flatten();
        keys.filter_map(|key| Some((key.clone(), self.get(key)?))).collect()
    }

    fn index(&mut self, key: &Key, before: Option<&Value>, after: Option<&Value>) {
        for uid in before.into_iter().flat_map(owners) {
            if let Some(keys) = self.belongings.get_mut(uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.belongings.remove(uid);
                }
            }
        }
        if let Some(before) = before {
            self.identities.remove(text(before, "/metadata/uid"));
        }
        let Some(after) = after else { return };
        self.identities.insert(text(after, "/metadata/uid").into(), key.clone());
        for uid in owners(after) {
            self.belongings.entry(uid.into()).or_default().insert(key.clone());
        }
    }

    /// Puts it there, under a fresh version.
    pub(crate) fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        self.version += 1;
        set(&mut object, &["metadata", "resourceVersion"], json!(self.version.to_string()));
        let object = Arc::new(object);
        let before = self.objects.insert(key.clone(), Arc::clone(&object));
        self.index(&key, before.as_deref(), Some(&object));
        self.tell(Change { version: self.version, key, before, object: Arc::clone(&object), deleted: false });
        object
    }

    /// Takes it away, under a fresh version.
    pub(crate) fn take(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.objects.remove(key)?;
        self.index(key, Some(&before), None);
        self.version += 1;
        let mut last = (*before).clone();
        set(&mut last, &["metadata", "resourceVersion"], json!(self.version.to_string()));
        let object = Arc::new(last);
        let key = key.clone();
        let deleted = Arc::clone(&object);
        self.tell(Change { version: self.version, key, before: Some(before), object, deleted: true });
        Some(deleted)
    }

    fn tell(&mut self, change: Change) {
        self.changes.push_back(change);
        if self.changes.len() > KEPT
            && let Some(oldest) = self.changes.pop_front()
        {
            self.compacted = oldest.version;
        }
        self.news.send_replace(self.version);
    }

    /// Forgets all that has been: a watch from an earlier version is told `410 Gone`.
    pub(crate) fn compact(&mut self) {
        self.changes.clear();
        self.compacted = self.version;
    }

    /// What changed after this version, oldest first; nothing if that is not known any more.
    pub(crate) fn since(&self, version: u64) -> Option<impl Iterator<Item = &Change>> {
        let first = self.changes.partition_point(|change| change.version <= version);
        (version >= self.compacted).then(|| self.changes.range(first..))
    }
}

/// Whom an object belongs to, or is about.
fn owners(object: &Value) -> Vec<&str> {
    let about = text(object, "/involvedObject/uid");
    let mut owners: Vec<&str> =
        list(object, "/metadata/ownerReferences").iter().map(|owner| text(owner, "/uid")).collect();
    if owners.is_empty() || !about.is_empty() {
        owners.push(about);
    }
    owners
}
