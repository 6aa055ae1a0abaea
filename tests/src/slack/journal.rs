//! The record of every call, without what is secret.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arguments::Encoding;

/// One call, as it came and as it was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Counted from 1.
    pub number: usize,
    /// Seconds since the epoch, by the clock of the test.
    pub at: i64,
    /// Method of the Web API; `response_url`, `upload` or `socket` for the other addresses.
    pub method: String,
    /// How the arguments came.
    pub encoding: Option<Encoding>,
    /// Which token it carried: `bot`, `app`, `unknown` or `none`.
    pub token: String,
    /// What was sent, the token left out.
    pub arguments: Value,
    /// HTTP status of the answer; 0 if there was none.
    pub status: u16,
    /// `ok`, or the word of the refusal or of the trouble.
    pub outcome: String,
    /// Seconds of `Retry-After`.
    pub retry_after: Option<u64>,
}

impl Call {
    /// Whether it had its effect and the caller was told so.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.outcome == "ok"
    }
}
