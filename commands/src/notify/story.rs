//! Stories for tests: an incident told event by event, folded as the journal folds it.

mod scenes;
mod things;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub(crate) use things::*;

use super::{Showing, View, Where, slots};
use crate::model::*;
use crate::saga::{IncidentState, RollbackState, decode, encode};
use crate::settings::Settings;

/// One service, its persons, and what happens to it.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) settings: Settings,
    pub(crate) on_call: BTreeSet<PersonId>,
    now: Timestamp,
    log: Vec<StoredEvent>,
    sequences: BTreeMap<StreamId, u64>,
}

/// What a log tells.
pub(crate) struct Told {
    pub(crate) incident: IncidentState,
    pub(crate) rollbacks: Vec<Arc<RollbackState>>,
}

impl Story {
    pub(crate) fn later(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    fn append(&mut self, stream: StreamId, actor_id: &str, event: Event) -> &mut Self {
        let sequence = self.sequences.entry(stream.clone()).or_default();
        *sequence += 1;
        let (kind, body) = encode(&event).unwrap();
        self.log.push(StoredEvent {
            position: self.log.len() as u64 + 1,
            stream,
            sequence: Sequence(*sequence),
            at: self.now,
            actor: if actor_id == "system" { Actor::System } else { actor(actor_id) },
            kind,
            version: 1,
            configuration: Digest::default(),
            previous: Digest::default(),
            body,
            hash: Digest::default(),
        });
        self
    }

    pub(crate) fn incident(&mut self, actor: &str, event: IncidentEvent) -> &mut Self {
        self.append(StreamId::Incident(incident_id()), actor, event.into())
    }

    /// An event of the rollback of this number.
    pub(crate) fn of(&mut self, number: u32, actor: &str, event: RollbackEvent) -> &mut Self {
        self.append(StreamId::Rollback(rollback_id(number)), actor, event.into())
    }

    /// An event of the first rollback.
    pub(crate) fn event(&mut self, actor: &str, event: RollbackEvent) -> &mut Self {
        self.of(1, actor, event)
    }

    /// An event that this release cannot read.
    pub(crate) fn garbled(&mut self) -> &mut Self {
        self.event("system", RollbackEvent::Expired);
        if let Some(last) = self.log.last_mut() {
            last.version = 99;
        }
        self
    }

    pub(crate) fn last_sequence(&self, number: u32) -> Sequence {
        Sequence(self.sequences[&StreamId::Rollback(rollback_id(number))])
    }

    pub(crate) fn len(&self) -> usize {
        self.log.len()
    }

    /// All of it, which must be understood.
    pub(crate) fn told(&self) -> Told {
        let told = self.told_until(self.len());
        for state in &told.rollbacks {
            assert_eq!(state.unreadable, None, "the story breaks the transition table");
        }
        told
    }

    /// The first events of it.
    pub(crate) fn told_until(&self, length: usize) -> Told {
        let mut incident: Option<IncidentState> = None;
        let mut rollbacks: BTreeMap<RollbackId, RollbackState> = BTreeMap::new();
        for stored in &self.log[..length] {
            let event = decode(stored);
            match &stored.stream {
                StreamId::Incident(id) => match &mut incident {
                    Some(state) => state.apply(stored, event.as_ref().ok()),
                    none => *none = IncidentState::begin(*id, stored, event.as_ref().unwrap()),
                },
                StreamId::Rollback(id) => match rollbacks.get_mut(id) {
                    Some(state) => state.apply(stored, event.as_ref().map_err(ToString::to_string)),
                    None => {
                        let state = RollbackState::begin(*id, stored, event.as_ref().unwrap());
                        rollbacks.insert(*id, state.unwrap());
                    }
                },
                StreamId::Service(_) => {}
            }
        }
        Told { incident: incident.unwrap(), rollbacks: rollbacks.into_values().map(Arc::new).collect() }
    }

    pub(crate) fn view<'a>(&'a self, told: &'a Told) -> View<'a> {
        View { incident: &told.incident, rollbacks: &told.rollbacks, settings: &self.settings, on_call: &self.on_call }
    }

    pub(crate) fn slots(&self) -> Vec<Showing> {
        slots(&self.view(&self.told()))
    }

    /// One slot of the room as plain text; `(none)` where it is not there.
    pub(crate) fn shows(&self, slot: &str) -> String {
        let found = self
            .slots()
            .into_iter()
            .find(|showing| showing.place == Where::Room && showing.slot.to_string().ends_with(&format!("#{slot}")));
        found.map_or_else(|| "(none)".to_owned(), |showing| plain(&showing.message))
    }
}

/// A message as plain text, every part of it.
pub(crate) fn plain(message: &Message) -> String {
    let mut text = format!("[{:?}] {}\n", message.tone, message.headline);
    for fact in &message.facts {
        let _ = writeln!(text, "{}: {}", fact.label, fact.value);
    }
    for block in &message.blocks {
        let _ = match block {
            Block::Title(title) => writeln!(text, "## {title}"),
            Block::Text(words) => writeln!(text, "{words}"),
            Block::List(lines) => lines.iter().try_for_each(|line| writeln!(text, "- {line}")),
            Block::Steps(steps) => steps.iter().try_for_each(|step| {
                let detail = if step.detail.is_empty() { String::new() } else { format!(" | {}", step.detail) };
                writeln!(text, "({:?}) {}{detail}", step.mark, step.text)
            }),
            Block::Code(code) => writeln!(text, "```\n{code}\n```"),
            Block::Document { name, text: document } => writeln!(text, "<{name}: {} lines>", document.lines().count()),
        };
    }
    for button in &message.buttons {
        let confirm = button.confirm.as_deref().unwrap_or("-");
        let _ = writeln!(text, "<{}> {:?}: {confirm}", button.label, button.style);
    }
    if !message.notify.is_empty() {
        let persons: Vec<&str> = message.notify.iter().map(PersonId::as_str).collect();
        let _ = writeln!(text, "notify: {}", persons.join(", "));
    }
    if message.is_final {
        text.push_str("final\n");
    }
    text
}
