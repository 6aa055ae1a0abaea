//! What goes wrong on demand between the bot and the cluster.

use std::time::Duration;

use serde_json::Value;

use super::refusal::Refusal;
use super::store::Key;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The server answers with this and does nothing.
    Refuse(Refusal),
    /// The server answers with something that is no `Status`, as a proxy before it would.
    Garbage(u16, String),
    /// The connection ends without an answer, and nothing was done.
    Cut,
    /// It is done, and the connection ends before the answer.
    LoseAnswer,
    /// It is done, and the answer says this all the same, as that of a proxy that did not wait.
    Belie(Refusal),
    /// The connection ends without an answer, and it is done so much later.
    DoneLater(Duration),
    /// The answer takes this much longer.
    Slow(Duration),
    /// There is never an answer, and nothing was done.
    Hang,
    /// Just before it, a controller writes the status: the resource version is another.
    StatusWrite,
}

impl Fault {
    /// `500`, of the kind that a retry may get past.
    #[must_use]
    pub fn internal() -> Self {
        Self::Refuse(Refusal::new(500, "InternalError", "Internal error occurred: etcdserver: request timed out"))
    }

    /// `503`.
    #[must_use]
    pub fn unavailable() -> Self {
        let words = "the server is currently unable to handle the request";
        Self::Refuse(Refusal::new(503, "ServiceUnavailable", words))
    }

    /// `504`, though it was done.
    #[must_use]
    pub fn gateway_timeout() -> Self {
        Self::Belie(Refusal::new(504, "Timeout", "request did not complete within the allotted timeout"))
    }

    /// `429`, to come back after so many seconds.
    #[must_use]
    pub fn too_many(seconds: u32) -> Self {
        let words = "the server has received too many requests and has asked us to try again later";
        Self::Refuse(Refusal::new(429, "TooManyRequests", words).retry_after(seconds))
    }

    /// `410`, as the answer itself.
    #[must_use]
    pub fn gone() -> Self {
        Self::Refuse(Refusal::expired("too old resource version: 1 (100)"))
    }

    /// `401`.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::Refuse(Refusal::new(401, "Unauthorized", "Unauthorized"))
    }

    /// `409`, as another writer's win.
    #[must_use]
    pub fn conflict(plural: &str, name: &str) -> Self {
        Self::Refuse(Refusal::conflict(super::kinds::Kind::named(plural), name))
    }
}

/// Which calls a fault is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct On {
    verb: &'static str,
    plural: &'static str,
    times: usize,
    skip: usize,
    rehearsals: bool,
}

impl On {
    /// The next call of this verb about this kind; `*` is any.
    #[must_use]
    pub fn next(verb: &'static str, plural: &'static str) -> Self {
        Self { verb, plural, times: 1, skip: 0, rehearsals: false }
    }

    /// The next so many calls.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// All calls from now on.
    #[must_use]
    pub fn always(self) -> Self {
        Self { times: usize::MAX, ..self }
    }

    /// After so many that go well.
    #[must_use]
    pub fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Of rehearsals too, which are left alone otherwise.
    #[must_use]
    pub fn with_rehearsals(self) -> Self {
        Self { rehearsals: true, ..self }
    }

    fn means(&self, verb: &str, plural: &str, rehearsal: bool) -> bool {
        let same = |mine: &str, other: &str| mine == "*" || mine == other;
        same(self.verb, verb) && same(self.plural, plural) && (self.rehearsals || !rehearsal)
    }
}

/// Those that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Vec<(On, Fault)>,
}

impl Faults {
    pub(crate) fn plan(&mut self, on: On, fault: Fault) {
        self.planned.push((on, fault));
    }

    pub(crate) fn clear(&mut self) {
        self.planned.clear();
    }

    /// What happens to this call: the first that is planned for it.
    pub(crate) fn take(&mut self, verb: &str, plural: &str, rehearsal: bool) -> Option<Fault> {
        let index = self.planned.iter().position(|(on, _)| on.means(verb, plural, rehearsal))?;
        let (on, fault) = &mut self.planned[index];
        if on.skip > 0 {
            on.skip -= 1;
            return None;
        }
        on.times = if on.times == usize::MAX { usize::MAX } else { on.times - 1 };
        let fault = fault.clone();
        if on.times == 0 {
            self.planned.remove(index);
        }
        Some(fault)
    }
}

/// How a rival changes an object.
pub(crate) type Change = Box<dyn FnOnce(&mut Value) + Send>;

/// Somebody who writes to an object just before the next patch of it.
pub(crate) struct Rival {
    pub(crate) key: Key,
    pub(crate) manager: String,
    pub(crate) change: Change,
}

impl std::fmt::Debug for Rival {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Rival").field("key", &self.key).field("manager", &self.manager).finish_non_exhaustive()
    }
}
