//! One start of the bot.

use std::sync::Arc;

use commands::engine::Engine;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::ports::ports;
use super::{Life, Scene, Vital};
use crate::fake::FaultyStore;

/// An engine with the life that it has.
pub struct Replica {
    /// Its life.
    pub life: Arc<Life>,
    /// The log as it sees it: may be told to die, fail or fill up.
    pub store: Arc<FaultyStore>,
    /// The engine.
    pub engine: Arc<Engine>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Replica {
    /// Starts one; `arm` may tell its log when to die before anything is asked of it.
    pub(super) fn start(scene: &Scene, name: String, arm: impl FnOnce(&FaultyStore)) -> Self {
        let store = Arc::new(FaultyStore::new(Arc::clone(&scene.store) as _));
        arm(&store);
        let life = Life::new(Arc::clone(&store));
        let engine = Engine::new(ports(scene, &life, &store), scene.settings.clone(), name);
        let stop = CancellationToken::new();
        let task = tokio::spawn(Arc::clone(&engine).run(stop.clone()));
        Self { life, store, engine, stop, task }
    }

    /// Asks it to end, as a signal would.
    pub(super) fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// Whether it has ended.
    pub(super) fn has_stopped(&self) -> bool {
        self.task.is_finished()
    }

    /// Ends it where it stands.
    pub(super) fn kill(&self) {
        self.life.set(Vital::Dead);
        self.task.abort();
    }
}
