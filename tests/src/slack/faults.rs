//! What goes wrong on demand.

use std::collections::VecDeque;
use std::time::Duration;

/// How a call fails on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// HTTP 429, with a `Retry-After` of so many seconds, or without one.
    RateLimited(Option<u64>),
    /// This status with a page of HTML, as a load balancer gives it.
    ServerError(u16),
    /// The head of the answer at once, its body after this long in real time.
    SlowBody(Duration),
    /// The connection is reset.
    Reset,
    /// The text `ok` in the place of JSON.
    PlainOk,
    /// Status 200 and nothing.
    Empty,
    /// JSON that breaks off.
    HalfJson,
    /// `{"ok": false, "error": …}` with this word.
    Refused(&'static str),
    /// No answer, for as long as the caller waits.
    Hangs,
}

/// Whether the call did its work before it went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was done.
    Lost,
    /// It was done, and the caller does not know.
    Taken,
}

/// The troubles to come.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: VecDeque<Planned>,
    /// All of it is away.
    pub away: bool,
}

#[derive(Debug)]
struct Planned {
    method: String,
    left: usize,
    trouble: Trouble,
    effect: Effect,
}

impl Faults {
    /// The next so many calls of this method, or of any if it is `*`.
    pub fn plan(&mut self, method: &str, times: usize, trouble: Trouble, effect: Effect) {
        self.planned.push_back(Planned { method: method.into(), left: times, trouble, effect });
    }

    /// Forgets what was planned.
    pub fn clear(&mut self) {
        self.planned.clear();
        self.away = false;
    }

    /// What goes wrong with this call.
    pub fn next(&mut self, method: &str) -> Option<(Trouble, Effect)> {
        if self.away {
            return Some((Trouble::Reset, Effect::Lost));
        }
        let matches = |planned: &Planned| planned.method == "*" || planned.method == method;
        let place = self.planned.iter().position(matches)?;
        let planned = &mut self.planned[place];
        planned.left = planned.left.saturating_sub(1);
        let found = (planned.trouble.clone(), planned.effect);
        if planned.left == 0 {
            self.planned.remove(place);
        }
        Some(found)
    }

    /// What is planned and has not happened, as `method × times`.
    pub fn left(&self) -> Vec<String> {
        self.planned.iter().map(|planned| format!("{} × {}", planned.method, planned.left)).collect()
    }
}
