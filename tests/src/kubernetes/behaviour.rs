//! How containers of an image behave once a node has them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodBehaviour {
    /// It starts and becomes ready by itself, after this long.
    ReadyAfter(Duration),
    /// It runs and is never ready.
    NeverReady,
    /// It ends with this exit code each time it starts.
    Crashes(i32),
    /// It is killed each time for using more memory than it may.
    OutOfMemory,
    /// It becomes ready, and ends with exit code 1 so long after.
    CrashesAfter(Duration),
    /// The image is not there.
    CannotPull,
    /// The name of the image makes no sense.
    InvalidImageName,
    /// The image must be on the node already, and is not.
    NeverPulled,
    /// Something that the container names is missing: this config map.
    ConfigMissing(String),
    /// No node has room.
    Unschedulable,
    /// A node has it and nothing more happens, as on a node that is slow.
    Stuck,
}

/// Those that tests set, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Behaviours {
    by_image: Vec<(String, PodBehaviour)>,
    logs: Vec<(String, String)>,
    digests: BTreeMap<String, String>,
    /// How long pods take to go, if a test says so.
    going: Option<SignedDuration>,
    born: BTreeMap<String, Timestamp>,
    /// When containers started last, by pod and container: nodes know it better than objects tell.
    started: RefCell<BTreeMap<(String, String), Timestamp>>,
}

/// How long a container needs unless a test says otherwise.
const START: Duration = Duration::from_millis(5);

impl Behaviours {
    pub(crate) fn set(&mut self, image: &str, behaviour: PodBehaviour) {
        self.by_image.retain(|(known, _)| known != image);
        self.by_image.push((image.into(), behaviour));
    }

    /// How containers of this image behave.
    pub(crate) fn of(&self, image: &str) -> PodBehaviour {
        let found = self.by_image.iter().find(|(known, _)| known == image || known == "*");
        found.map_or(PodBehaviour::ReadyAfter(START), |(_, behaviour)| behaviour.clone())
    }

    /// What containers of this image print.
    pub(crate) fn print(&mut self, image: &str, text: &str) {
        self.logs.push((image.into(), text.into()));
    }

    pub(crate) fn log_of(&self, image: &str) -> String {
        let found = self.logs.iter().rev().find(|(known, _)| known == image);
        found.map(|(_, text)| text.clone()).unwrap_or_default()
    }

    /// Another image is behind this name from now on.
    pub(crate) fn push(&mut self, image: &str, digest: &str) {
        self.digests.insert(image.into(), digest.into());
    }

    pub(crate) fn digest(&self, image: &str) -> Option<String> {
        self.digests.get(image).cloned()
    }

    /// Pods take this long to go.
    pub(crate) fn go_after(&mut self, going: Duration) {
        self.going = SignedDuration::try_from(going).ok();
    }

    pub(crate) fn going(&self) -> Option<SignedDuration> {
        self.going
    }

    /// A pod was made.
    pub(crate) fn bear(&mut self, uid: &str, time: Timestamp) {
        self.born.insert(uid.into(), time);
    }

    pub(crate) fn born(&self, uid: &str) -> Timestamp {
        self.born.get(uid).copied().unwrap_or_default()
    }

    pub(crate) fn start(&self, uid: &str, container: &str, time: Timestamp) {
        self.started.borrow_mut().insert((uid.into(), container.into()), time);
    }

    pub(crate) fn started(&self, uid: &str, container: &str) -> Option<Timestamp> {
        self.started.borrow().get(&(uid.into(), container.into())).copied()
    }

    /// A pod is gone.
    pub(crate) fn forget(&mut self, uid: &str) {
        self.born.remove(uid);
        self.started.borrow_mut().retain(|(pod, _), _| pod != uid);
    }
}
