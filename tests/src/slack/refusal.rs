//! A refusal, in the words that Slack uses: `{"ok": false, "error": …}`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

/// What a method gives: the fields beside `ok`, or why not.
pub(crate) type Answer = Result<Value, Refusal>;

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    /// The word that programs look at.
    pub code: Cow<'static, str>,
    /// What the answer holds beside it.
    pub extra: Map<String, Value>,
    /// After how many seconds it may be tried again; makes it HTTP 429.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// With this word alone.
    pub fn new(code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), extra: Map::new(), retry_after: None }
    }

    /// `invalid_arguments`, with what is wrong with them.
    pub fn arguments(messages: &[String]) -> Self {
        Self::new("invalid_arguments").saying(messages)
    }

    /// With messages for developers, where Slack puts them.
    #[must_use]
    pub fn saying(self, messages: &[String]) -> Self {
        let lines: Vec<String> = messages.iter().map(|message| format!("[ERROR] {message}")).collect();
        self.with("response_metadata", json!({"messages": lines}))
    }

    /// With one more field.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.into(), value);
        self
    }

    /// Too early; the same may be tried after so many seconds.
    pub fn rate(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new("ratelimited") }
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let mut body = self.extra.clone();
        body.insert("ok".into(), false.into());
        body.insert("error".into(), self.code.clone().into());
        Value::Object(body)
    }
}
