//! The HTTP side: from a request to an answer.

mod discovery;
mod reads;
mod request;
mod serve;
mod subresources;
mod watches;
mod writes;

pub(crate) use request::TOKEN;
pub(crate) use serve::serve;
pub use watches::Interrupt;
pub(crate) use watches::Interruption;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::world::World;

/// The world, shared between the server, the controllers and the test.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    world: Arc<Mutex<World>>,
    /// Told when there may be work for controllers.
    pub(crate) work: Arc<tokio::sync::Notify>,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self { world: Arc::new(Mutex::new(world)), work: Arc::default() }
    }

    /// The world, for a moment.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
