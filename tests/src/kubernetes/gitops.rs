//! Tools that bring an object back to what is written elsewhere, as Argo CD and Flux do.
//!
//! Argo CD with self-healing reverts at once, and after 2, 6, 18, 54, 162 and then 300 seconds if it has to
//! again (`controller/appcontroller.go`); Flux at its interval. Here a test says after how long.

use jiff::SignedDuration;
use serde_json::Value;

use super::fields::Writer;
use super::queue::Work;
use super::store::Key;
use super::world::World;

/// What one of them holds an object to.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) manager: String,
    pub(crate) key: Key,
    pub(crate) template: Value,
    pub(crate) after: SignedDuration,
}

impl World {
    /// Something changed: whoever holds it to something else comes back to it.
    pub(crate) fn tell_holders(&mut self, key: &Key, object: &Value) {
        let differs = |holder: &Holder| holder.key == *key && object["spec"]["template"] != holder.template;
        let found = self.holders.iter().find(|holder| differs(holder)).map(|holder| holder.after);
        if let Some(after) = found {
            self.queue.push(Work::Hold(key.clone()), self.now() + after);
        }
    }

    /// Brings an object back.
    pub(crate) fn hold(&mut self, key: &Key) {
        let Some(holder) = self.holders.iter().find(|holder| holder.key == *key) else { return };
        let Some(object) = self.store.get(key) else { return };
        let mut object = (*object).clone();
        object["spec"]["template"] = holder.template.clone();
        let writer = Writer::new(&holder.manager);
        // Refused, it comes again with the next change.
        let _ = self.replace(key, object, &writer, false);
    }
}
