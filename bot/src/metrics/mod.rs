//! Figures about the bot and its rollbacks [V6], for Prometheus. All that is about rollbacks is made
//! from the log, so that two replicas that read the same log say the same.

mod phases;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use commands::model::{Event, IncidentEvent, IncidentId, Outcome, RollbackEvent, StoredEvent, StreamId};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use phases::{Phase, Phases};

/// The upper bounds of the phases' buckets, in seconds: from a fast machine's step to the four hours
/// after which an unanswered request expires.
const BUCKETS: [f64; 12] = [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 14400.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByPhase {
    phase: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByChat {
    chat: String,
}

/// Figures about the bot and its rollbacks.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    rollbacks: Family<ByOutcome, Counter>,
    approvals: Counter,
    steps_failed: Counter,
    phases: Family<ByPhase, Histogram, fn() -> Histogram>,
    invocations: Family<ByChat, Counter>,
    chat_errors: Family<ByChat, Counter>,
    open_incidents: Gauge,
    not_understood: Counter,
    memory: Mutex<Memory>,
}

/// What must be kept from one event to the next.
#[derive(Debug, Default)]
struct Memory {
    open: BTreeSet<IncidentId>,
    phases: Phases,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("switchback"),
            rollbacks: Family::default(),
            approvals: Counter::default(),
            steps_failed: Counter::default(),
            phases: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            invocations: Family::default(),
            chat_errors: Family::default(),
            open_incidents: Gauge::default(),
            not_understood: Counter::default(),
            memory: Mutex::default(),
        };
        metrics.registered()
    }
}

impl Metrics {
    /// The media type of [`text`](Self::text).
    pub const CONTENT_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    fn registered(mut self) -> Self {
        let all = &mut self.registry;
        all.register("rollbacks", "Rollbacks that ended, by how they ended", self.rollbacks.clone());
        all.register("approvals", "Plans that got enough votes", self.approvals.clone());
        all.register("steps_failed", "Attempts at a step that failed", self.steps_failed.clone());
        all.register("phase_seconds", "Where the time of a rollback went", self.phases.clone());
        all.register("invocations", "Commands and clicks that came in, once each", self.invocations.clone());
        all.register("chat_errors", "Calls to a chat that failed", self.chat_errors.clone());
        all.register("open_incidents", "Incidents that are open now", self.open_incidents.clone());
        all.register("events_not_understood", "Events of the log in no known shape", self.not_understood.clone());
        all.register("build", "What runs", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        self
    }

    /// Counts one event of the log. Each event once, in the order of the log.
    pub fn observe(&self, stored: &StoredEvent) {
        match (understood(stored), &stored.stream) {
            (Some(Event::Incident(event)), StreamId::Incident(id)) => self.observe_incident(*id, &event),
            (Some(Event::Rollback(event)), StreamId::Rollback(_)) => self.observe_rollback(stored, &event),
            (Some(Event::Service(_)), StreamId::Service(_)) => {}
            _ => {
                self.not_understood.inc();
            }
        }
    }

    /// Says which incidents are open, at the start: events tell only what changes after that.
    pub fn incidents_open(&self, open: impl IntoIterator<Item = IncidentId>) {
        self.remember(|memory| memory.open = open.into_iter().collect());
    }

    /// Counts a command or click that is new.
    pub fn invoked(&self, chat: &str) {
        self.invocations.get_or_create(&ByChat { chat: chat.to_owned() }).inc();
    }

    /// Counts a call to a chat that failed.
    pub fn chat_failed(&self, chat: &str) {
        self.chat_errors.get_or_create(&ByChat { chat: chat.to_owned() }).inc();
    }

    /// All figures in the text form of OpenMetrics 1.0.
    ///
    /// # Errors
    /// A figure cannot be written.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn observe_incident(&self, id: IncidentId, event: &IncidentEvent) {
        match event {
            IncidentEvent::Opened { .. } | IncidentEvent::Drifted { .. } => {
                self.remember(|memory| memory.open.insert(id));
            }
            IncidentEvent::Closed => {
                self.remember(|memory| memory.open.remove(&id));
            }
            IncidentEvent::RoomFailed { chat, .. } => self.chat_failed(chat.as_str()),
            IncidentEvent::RollbackAdded { .. }
            | IncidentEvent::RoomReady { .. }
            | IncidentEvent::TaskOpened { .. }
            | IncidentEvent::RepairAsked
            | IncidentEvent::ArchiveDue
            | IncidentEvent::RoomArchived => {}
        }
    }

    fn observe_rollback(&self, stored: &StoredEvent, event: &RollbackEvent) {
        match event {
            RollbackEvent::Approved { .. } => {
                self.approvals.inc();
            }
            RollbackEvent::StepFailed { .. } => {
                self.steps_failed.inc();
            }
            _ => {}
        }
        if let Some(outcome) = outcome(event) {
            self.rollbacks.get_or_create(&ByOutcome { outcome }).inc();
        }
        let StreamId::Rollback(id) = &stored.stream else { return };
        let mut passed = Vec::new();
        self.remember(|memory| passed = memory.phases.observe(*id, stored.at, event));
        for (phase, seconds) in passed {
            self.phases.get_or_create(&ByPhase { phase: Phase::word(phase) }).observe(seconds);
        }
    }

    fn remember<T>(&self, change: impl FnOnce(&mut Memory) -> T) {
        // Whoever panicked while holding it left at worst one event uncounted.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut memory);
        self.open_incidents.set(i64::try_from(memory.open.len()).unwrap_or(i64::MAX));
    }
}

/// The event in a body; `None` for a shape that this release does not know.
fn understood(stored: &StoredEvent) -> Option<Event> {
    match stored.stream {
        StreamId::Incident(_) => serde_json::from_str(&stored.body).map(Event::Incident).ok(),
        StreamId::Rollback(_) => serde_json::from_str(&stored.body).map(Box::new).map(Event::Rollback).ok(),
        StreamId::Service(_) => serde_json::from_str(&stored.body).map(Event::Service).ok(),
    }
}

/// How a rollback ended, if this is its end.
fn outcome(event: &RollbackEvent) -> Option<&'static str> {
    match event {
        RollbackEvent::Denied { .. } => Some("denied"),
        RollbackEvent::Expired => Some("expired"),
        RollbackEvent::Replaced { .. } => Some("replaced"),
        RollbackEvent::Finished { outcome: Outcome::Done { .. } } => Some("done"),
        RollbackEvent::Finished { outcome: Outcome::Partial { .. } } => Some("partial"),
        RollbackEvent::Finished { outcome: Outcome::AsBefore { .. } } => Some("as-before"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
