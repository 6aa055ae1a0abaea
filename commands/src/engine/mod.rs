//! The loops that keep rollbacks going: one inbox, a driver for each run, the timekeeper, the
//! projection onto chats, the observer of what runs, the keeper of leases. None of them holds a fact
//! that the log does not.

mod attempt;
mod bell;
mod door;
mod driver;
mod finish;
mod inbox;
mod leases;
mod observer;
mod projection;
mod record;
mod recruiter;
mod retention;
mod timekeeper;

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::model::{Invocation, StoredEvent};
use crate::ports::{Accepted, Ports, StoreError};
use crate::saga::{Draft, Journal, JournalError};
use crate::settings::Settings;

use bell::Bell;
pub(crate) use finish::planned_event;
use leases::Leases;

/// One replica of the bot, without its body.
pub struct Engine {
    pub(crate) ports: Ports,
    pub(crate) journal: Journal,
    settings: RwLock<Arc<Settings>>,
    bell: Bell,
    leases: Leases,
    arrivals: mpsc::UnboundedSender<Invocation>,
    waiting: tokio::sync::Mutex<Option<mpsc::UnboundedReceiver<Invocation>>>,
    heard: tokio::sync::broadcast::Sender<StoredEvent>,
    /// The keys of what is being handled here.
    handling: dashmap::DashSet<String>,
}

impl Engine {
    /// A replica of this name (unique for each start of each process) with these powers and settings.
    #[must_use]
    pub fn new(ports: Ports, settings: Settings, replica: String) -> Arc<Self> {
        let (arrivals, waiting) = mpsc::unbounded_channel();
        let journal = Journal::new(Arc::clone(&ports.store), Arc::clone(&ports.clock));
        let leases = Leases::new(Arc::clone(&ports.store), Arc::clone(&ports.clock), replica);
        Arc::new(Self {
            ports,
            journal,
            settings: RwLock::new(Arc::new(settings)),
            bell: Bell::default(),
            leases,
            arrivals,
            waiting: tokio::sync::Mutex::new(Some(waiting)),
            heard: tokio::sync::broadcast::channel(1024).0,
            handling: dashmap::DashSet::new(),
        })
    }

    /// The settings of now. Hold them for one decision, not longer.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// New requests go by these from now on; plans that were made keep what they carry.
    pub fn reload(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// Stores what came in from a chat, once, and has it handled. When this returns, it is durable: the
    /// chat may be told so.
    ///
    /// # Errors
    /// [`StoreError`]: it is not stored, and the chat must not be told that it was accepted.
    pub async fn accept(&self, invocation: Invocation) -> Result<Accepted, StoreError> {
        let accepted = self.ports.store.accept(&invocation).await?;
        if accepted == Accepted::New {
            // The receiver lives as long as the engine; after a stop the next start finds it stored.
            let _ = self.arrivals.send(invocation);
        }
        Ok(accepted)
    }

    /// What `/rollback plan …` answers, for a terminal: changes nothing, opens nothing.
    pub async fn preview(self: &Arc<Self>, text: &str) -> crate::model::Message {
        crate::handle::preview(self, text).await
    }

    /// Each event that this replica appends, for metrics. A slow listener loses events, never delays.
    #[must_use]
    pub fn listen(&self) -> tokio::sync::broadcast::Receiver<StoredEvent> {
        self.heard.subscribe()
    }

    /// Runs every loop until `stop`; then lets running effects end and gives leases back.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let loops = TaskTracker::new();
        loops.spawn(Arc::clone(&self).handle_arrivals(stop.clone()));
        loops.spawn(Arc::clone(&self).recruit_drivers(stop.clone()));
        loops.spawn(Arc::clone(&self).keep_time(stop.clone()));
        loops.spawn(Arc::clone(&self).project(stop.clone()));
        loops.spawn(Arc::clone(&self).observe(stop.clone()));
        let keeper = tokio::spawn(Arc::clone(&self).keep_leases());
        loops.close();
        loops.wait().await;
        keeper.abort();
        self.leases.release_all().await;
    }

    /// Appends, and wakes whoever may have something to do because of it.
    pub(crate) async fn commit(&self, draft: Draft) -> Result<Vec<StoredEvent>, JournalError> {
        let configuration = self.settings().configuration;
        let sets_deadline = draft.rows.deadlines.iter().any(bell::is_set);
        let stored = self.journal.commit(draft, configuration).await?;
        self.bell.ring(&stored, sets_deadline);
        for event in &stored {
            // Nobody listening is no error.
            let _ = self.heard.send(event.clone());
        }
        Ok(stored)
    }
}
