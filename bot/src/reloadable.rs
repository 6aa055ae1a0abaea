//! Who is on call, by the configuration that was read last.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use commands::model::{RoleAnswer, Service};
use commands::ports::{OnCall, OnCallError};

/// A source that a reload of the configuration replaces while the engine holds on to it.
pub struct Reloadable {
    source: RwLock<Arc<dyn OnCall>>,
}

impl Reloadable {
    /// Asks this source until another one is put in its place.
    #[must_use]
    pub fn new(source: Arc<dyn OnCall>) -> Self {
        Self { source: RwLock::new(source) }
    }

    /// Asks this source from now on. A question that is under way is answered by the one before.
    pub fn replace(&self, source: Arc<dyn OnCall>) {
        *self.source.write().unwrap_or_else(PoisonError::into_inner) = source;
    }

    fn source(&self) -> Arc<dyn OnCall> {
        Arc::clone(&self.source.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl OnCall for Reloadable {
    async fn on_call(&self, service: &Service) -> Result<RoleAnswer, OnCallError> {
        // The lock is let go before the source is asked: a slow one must not keep a reload waiting.
        let source = self.source();
        source.on_call(service).await
    }
}
