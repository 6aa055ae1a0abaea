//! What the log says, folded: for a story that waits, and for the laws.

use std::collections::BTreeSet;
use std::sync::Arc;

use commands::model::{RollbackId, StoredEvent, StreamId};
use commands::ports::{Clock as _, Store as _};
use commands::saga::{IncidentState, Journal, Phase, RollbackState};

use super::Scene;

/// So many grown streams are read at once.
const PAGE: usize = 100_000;

/// Reads the log beside the engines.
pub struct Reader {
    journal: Journal,
    position: u64,
    streams: BTreeSet<StreamId>,
}

/// Everything that the log says at one moment.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Every incident.
    pub incidents: Vec<Arc<IncidentState>>,
    /// Every rollback.
    pub rollbacks: Vec<Arc<RollbackState>>,
}

impl Seen {
    /// The rollback of this number of the first incident that there is: a draw that a death cut off
    /// leaves a gap.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn rollback(&self, number: u32) -> &Arc<RollbackState> {
        self.find(number).expect("there is a rollback of this number")
    }

    /// The same, where there may be none.
    #[must_use]
    pub fn find(&self, number: u32) -> Option<&Arc<RollbackState>> {
        let first = self.incidents.first()?.id;
        self.rollbacks.iter().find(|state| state.id.number == number && state.id.incident == first)
    }

    /// Whether the first rollback is in this phase.
    #[must_use]
    pub fn is(&self, number: u32, phase: Phase) -> bool {
        self.find(number).is_some_and(|state| state.phase == phase)
    }

    /// Whether a question of this rollback waits.
    #[must_use]
    pub fn asks(&self, number: u32) -> bool {
        self.find(number).is_some_and(|state| state.question.is_some())
    }

    /// Whether nothing more happens by itself: all is over, and watched no more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !self.rollbacks.is_empty() && self.rollbacks.iter().all(|state| state.phase.is_over() && !state.is_watched())
    }
}

impl Reader {
    /// Of this scene's log.
    #[must_use]
    pub fn of(scene: &Scene) -> Self {
        let journal = Journal::new(Arc::clone(&scene.store) as _, Arc::clone(&scene.clock) as _);
        Self { journal, position: 0, streams: BTreeSet::new() }
    }

    /// What the log says now.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn look(&mut self) -> Seen {
        let news = self.journal.store().since(self.position, PAGE).await.expect("the log can be read");
        self.position = news.last().map_or(self.position, |(position, _)| *position);
        self.streams.extend(news.into_iter().map(|(_, stream)| stream));
        let mut seen = Seen::default();
        for stream in &self.streams {
            match stream {
                StreamId::Incident(id) => {
                    seen.incidents.push(self.journal.incident(*id).await.expect("the incident folds"));
                }
                StreamId::Rollback(id) => {
                    seen.rollbacks.push(self.journal.rollback(*id).await.expect("the rollback folds"));
                }
                StreamId::Service(_) => {}
            }
        }
        seen
    }

    /// Every stream with its events.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn events(&mut self) -> Vec<(StreamId, Vec<StoredEvent>)> {
        self.look().await;
        let mut all = Vec::new();
        for stream in &self.streams {
            let events = self.journal.store().read(stream, commands::model::Sequence::START).await;
            all.push((stream.clone(), events.expect("the log can be read")));
        }
        all
    }

    /// How far the log has grown.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Scene {
    /// The timeline of a rollback in short lines: the moment, who, what.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn tell(&self, id: RollbackId) -> String {
        let stream = StreamId::Rollback(id);
        let events = self.store.read(&stream, commands::model::Sequence::START).await.expect("the log can be read");
        let lines = events.iter().map(|event| {
            let who = event.actor.person().map_or("bot", |person| person.as_str());
            format!("{} {} {who} {}", event.sequence.0, event.at, short(&event.body))
        });
        let mut lines: Vec<String> = lines.collect();
        lines.push(format!("it is {}", self.clock.now()));
        lines.join("\n")
    }
}

fn short(body: &str) -> String {
    body.chars().take(200).collect()
}
