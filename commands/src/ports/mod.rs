//! The outside powers: one file for each, with its trait, its types, its error and its contract. Each
//! has a conformance suite in `tests` that every adapter of it, and its fake, must pass.

mod chat;
mod clock;
mod hooks;
mod inbox;
mod on_call;
mod platform;
mod probe;
mod store;

pub use chat::*;
pub use clock::*;
pub use hooks::*;
pub use inbox::*;
pub use on_call::*;
pub use platform::*;
pub use probe::*;
pub use store::*;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{ChatName, PlatformName};

/// All outside powers of one bot. `bot` fills it; nothing else names an adapter.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The log.
    pub store: Arc<dyn Store>,
    /// Where releases run, by name.
    pub platforms: BTreeMap<PlatformName, Arc<dyn Platform>>,
    /// Where people talk.
    pub chats: Vec<Arc<dyn Chat>>,
    /// People's own programs.
    pub hooks: Arc<dyn HookRunner>,
    /// Asking a service as its users would.
    pub probe: Arc<dyn Probe>,
    /// Who is on call.
    pub on_call: Arc<dyn OnCall>,
}

impl Ports {
    /// The chat of this name.
    #[must_use]
    pub fn chat(&self, name: &ChatName) -> Option<&Arc<dyn Chat>> {
        self.chats.iter().find(|chat| chat.name() == name)
    }

    /// The platform of this name.
    ///
    /// # Errors
    /// [`PlatformError::Missing`] where this bot has none of the name: a mistake in the configuration.
    pub fn platform(&self, name: &PlatformName) -> Result<&Arc<dyn Platform>, PlatformError> {
        self.platforms.get(name).ok_or_else(|| PlatformError::Missing { what: format!("the platform `{name}`") })
    }
}
