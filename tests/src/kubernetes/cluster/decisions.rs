//! What tests decide: how images behave, what is denied, what goes wrong.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use super::Cluster;
use crate::kubernetes::access::Rule;
use crate::kubernetes::admission::Denial;
use crate::kubernetes::api::{Interrupt, Interruption};
use crate::kubernetes::behaviour::PodBehaviour;
use crate::kubernetes::faults::{Fault, On, Rival};
use crate::kubernetes::gitops::Holder;
use crate::kubernetes::kinds::Kind;
use crate::kubernetes::queue::Work;
use crate::kubernetes::store::Key;

impl Cluster {
    /// Containers of this image behave so, also those that are there already. `*` is every image.
    pub fn behave(&self, image: &str, behaviour: PodBehaviour) {
        let mut world = self.shared.world();
        world.behaviours.set(image, behaviour);
        let now = world.now();
        for key in world.store.all(Kind::named("pods"), "").iter().filter_map(|pod| Key::of(pod)) {
            world.queue.push(Work::Sync(key), now);
        }
        drop(world);
        self.shared.work.notify_one();
    }

    /// Containers of this image print this.
    pub fn print(&self, image: &str, text: &str) {
        self.shared.world().behaviours.print(image, text);
    }

    /// Another image is behind this tag from now on: containers that start later have this digest.
    pub fn push_image(&self, image: &str, digest: &str) {
        self.shared.world().behaviours.push(image, digest);
    }

    /// Pods take this long to go.
    pub fn pods_go_after(&self, going: Duration) {
        self.shared.world().behaviours.go_after(going);
    }

    /// How long controllers need to notice anything, 2 ms unless told otherwise.
    pub fn set_lag(&self, lag: Duration) {
        self.shared.world().lag = SignedDuration::try_from(lag).expect("a duration of a test");
    }

    /// The controllers of this kind (or the nodes: `pods`) do nothing.
    pub fn stop_controller(&self, plural: &str) {
        self.shared.world().stopped.insert(plural.into());
    }

    /// They work again.
    pub fn start_controller(&self, plural: &str) {
        let mut world = self.shared.world();
        world.stopped.remove(plural);
        let now = world.now();
        for key in world.store.all(Kind::named(plural), "").iter().filter_map(|object| Key::of(object)) {
            world.queue.push(Work::Sync(key), now);
        }
        drop(world);
        self.shared.work.notify_one();
    }

    /// Objects of this kind in this namespace are refused with these words, as a policy would.
    pub fn refuse(&self, plural: &str, namespace: &str, words: &str) {
        let denial = Denial { plural: plural.into(), namespace: namespace.into(), words: words.into() };
        self.shared.world().denials.push(denial);
    }

    /// No policy refuses anything any more; owners that failed try again at once.
    pub fn refuse_nothing(&self) {
        self.shared.world().denials.clear();
    }

    /// The bot may not do this; `*` is any.
    pub fn forbid(&self, verb: &str, resource: &str, namespace: &str) {
        let rule = Rule { verb: verb.into(), resource: resource.into(), namespace: namespace.into() };
        self.shared.world().forbidden.push(rule);
    }

    /// The bot may do everything.
    pub fn forbid_nothing(&self) {
        self.shared.world().forbidden.clear();
    }

    /// Asks nobody for a token: `kubectl` shows none where there is no TLS.
    pub fn admit_anybody(&self) {
        self.shared.world().admits_anybody = true;
    }

    /// Plans something to go wrong.
    pub fn fault(&self, on: On, fault: Fault) {
        self.shared.world().faults.plan(on, fault);
    }

    /// Nothing more goes wrong.
    pub fn no_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// Somebody writes to an object just before the next patch of it that is not a rehearsal.
    pub fn rival(
        &self,
        manager: &str,
        plural: &str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value) + Send + 'static,
    ) {
        let key = Key::new(Kind::named(plural), namespace, name);
        let rival = Rival { key, manager: manager.into(), change: Box::new(change) };
        self.shared.world().rivals.push(rival);
    }

    /// A tool holds a workload to the template that it has now: so long after each change of it by others it
    /// writes it back, as this field manager.
    ///
    /// # Panics
    /// If the workload is not there.
    pub fn hold_to_git(&self, manager: &str, plural: &str, namespace: &str, name: &str, after: Duration) {
        let template = self.get(plural, namespace, name)["spec"]["template"].clone();
        let key = Key::new(Kind::named(plural), namespace, name);
        let after = SignedDuration::try_from(after).expect("a duration of a test");
        self.shared.world().holders.push(Holder { manager: manager.into(), key, template, after });
    }

    /// No tool holds anything any more.
    pub fn let_go_of_git(&self) {
        self.shared.world().holders.clear();
    }

    /// This happens to the watches of a kind that are open now; `*` is all kinds.
    pub fn interrupt_watches(&self, plural: &str, how: Interrupt) {
        let mut world = self.shared.world();
        world.interruptions.push(Interruption { plural: plural.into(), how });
        world.store.wake();
    }

    /// Forgets all changes that have been: a watch from an earlier version is `410 Gone`.
    pub fn compact(&self) {
        self.shared.world().store.compact();
    }

    /// Lists cannot be asked for as a watch, as with servers before 1.32.
    pub fn stream_no_lists(&self) {
        self.shared.world().streams_lists = false;
    }
}
