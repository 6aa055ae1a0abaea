//! Where chats bring what people typed and pressed, and ask what a form needs to know.

use async_trait::async_trait;

use super::{Accepted, StoreError};
use crate::model::{Invocation, RollbackId, ServiceKey};

/// The inward side of the mind, as a chat's adapter sees it.
///
/// Contract: everything here returns within a second or two, whatever platforms are doing, so that a chat
/// can be answered in its time.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Stores what came in, once for each key, and has it handled. When this returns, it is durable.
    ///
    /// # Errors
    /// [`StoreError`]: it is not stored, and the chat must not be told that it was accepted.
    async fn accept(&self, invocation: Invocation) -> Result<Accepted, StoreError>;

    /// Notes a key of something that needs no handling, durably; false if it was known.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn is_first(&self, key: &str) -> Result<bool, StoreError>;

    /// Services whose names fit what was typed so far, the best first.
    async fn services(&self, typed: &str) -> Vec<ServiceKey>;

    /// Versions of this service that fit what was typed so far, the best first.
    async fn versions(&self, service: &ServiceKey, typed: &str) -> Vec<String>;

    /// The text for users as it would be published now; `None` where there is none, or it was published.
    async fn user_text(&self, rollback: RollbackId) -> Option<String>;
}
