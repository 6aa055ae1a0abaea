//! Asking a service over HTTP, as its users would.

use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// The HTTP status.
    pub status: u16,
    /// From the start of the request to the last byte of the answer.
    pub took: SignedDuration,
    /// The first 64 KiB of the body, as text.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// Not within the time given.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// Refused, reset, no such host, a bad certificate.
    #[error("{0}")]
    Failed(String),
}

/// Sends one GET and follows no redirect.
///
/// Contract: the time given covers connecting and the whole body; a fresh connection each time, since
/// a kept one may still lead to a process that is on its way out.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Asks this URL.
    ///
    /// # Errors
    /// See [`ProbeError`]. Any HTTP status is an answer.
    async fn get(&self, url: &str, within: Duration) -> Result<ProbeAnswer, ProbeError>;
}
