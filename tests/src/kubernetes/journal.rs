//! All that the cluster was asked, and what it answered.

use std::collections::BTreeMap;

use serde_json::Value;

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What it does, in the API's words: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: String,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// What stands after the question mark.
    pub query: BTreeMap<String, String>,
    /// Of which type the body is.
    pub content_type: String,
    /// The body; null if there is none.
    pub body: Value,
    /// The status that was answered; nothing while there is no answer, or the connection was cut.
    pub answered: Option<u16>,
    /// Whether something was stored because of it.
    pub changed: bool,
}

impl Call {
    /// Whether it is one that writes, and not a review or a rehearsal.
    #[must_use]
    pub fn is_write(&self) -> bool {
        let writes = matches!(self.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE");
        writes && !self.is_rehearsal() && !self.path.contains("reviews")
    }

    /// Whether nothing is to be stored: `dryRun=All`.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.query.get("dryRun").is_some_and(|value| value == "All") || self.body["dryRun"][0] == "All"
    }

    /// Whether it is about objects of this kind, by its plural.
    #[must_use]
    pub fn is_about(&self, plural: &str) -> bool {
        self.path.split('/').any(|part| part == plural)
    }
}
