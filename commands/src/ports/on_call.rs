//! Who is on call.

use async_trait::async_trait;

use crate::model::{RoleAnswer, Service};

/// Why nobody can say who is on call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnCallError {
    /// The source did not answer.
    #[error("{rota} did not answer: {why}")]
    Unavailable {
        /// The source.
        rota: String,
        /// Its words.
        why: String,
    },
    /// The source has nobody for this moment.
    #[error("{rota} has nobody on call at this moment")]
    Nobody {
        /// The source.
        rota: String,
    },
}

/// Knows who is on call now.
///
/// Contract: the answer's role is `OnCall`, it names its source, and `as_of` is the moment for which
/// it holds, not the moment at which somebody asks for it from a cache.
#[async_trait]
pub trait OnCall: Send + Sync {
    /// For this service, now.
    ///
    /// # Errors
    /// See [`OnCallError`]. Nobody gains a role by an error.
    async fn on_call(&self, service: &Service) -> Result<RoleAnswer, OnCallError>;
}
