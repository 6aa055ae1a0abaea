//! What the server says when it says no: `Status` bodies.
//!
//! Words and shapes after `staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go` (1.36).

use serde_json::{Value, json};

use super::kinds::Kind;

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub code: u16,
    /// The machine's word for it: `NotFound`.
    pub reason: String,
    /// The words for people.
    pub message: String,
    /// What it is about.
    pub details: Value,
    /// When to come back, in seconds.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// Any refusal without details.
    #[must_use]
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        let details = Value::Null;
        Self { code, reason: reason.into(), message: message.into(), details, retry_after: None }
    }

    fn about(mut self, kind: &Kind, name: &str) -> Self {
        self.details = json!({"name": name, "kind": kind.plural});
        if !kind.group.is_empty() {
            self.details["group"] = json!(kind.group);
        }
        self
    }

    pub(crate) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.qualified());
        Self::new(404, "NotFound", message).about(kind, name)
    }

    pub(crate) fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.qualified());
        Self::new(409, "AlreadyExists", message).about(kind, name)
    }

    /// The object is at another resource version than the write says.
    pub(crate) fn conflict(kind: &Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict_because(kind, name, why)
    }

    pub(crate) fn conflict_because(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.qualified());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// An admission plugin said no.
    pub(crate) fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", kind.qualified());
        Self::new(403, "Forbidden", message).about(kind, name)
    }

    /// Fields with what is wrong with each, after `field/errors.go`.
    pub(crate) fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        let sentence = |cause: &Cause| format!("{}: {}", cause.field, cause.words);
        let words = match causes {
            [cause] => sentence(cause),
            more => format!("[{}]", more.iter().map(sentence).collect::<Vec<_>>().join(", ")),
        };
        let full = if kind.group.is_empty() { kind.name.to_owned() } else { format!("{}.{}", kind.name, kind.group) };
        let mut refusal = Self::new(422, "Invalid", format!("{full} \"{name}\" is invalid: {words}")).about(kind, name);
        refusal.details["kind"] = json!(kind.name);
        let cause = |cause: &Cause| json!({"reason": cause.reason, "message": cause.words, "field": cause.field});
        refusal.details["causes"] = causes.iter().map(cause).collect();
        refusal
    }

    /// A patch that cannot be carried out on what is there (`patch.go`: a generic response of 422).
    pub(crate) fn patch_does_not_apply() -> Self {
        Self {
            details: json!({}),
            ..Self::new(422, "Invalid", "the server rejected our request due to an error in our request")
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// Versions that old are not kept.
    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        if !self.details.is_object() {
            self.details = json!({});
        }
        self.details["retryAfterSeconds"] = json!(seconds);
        self
    }

    /// As the server writes it.
    #[must_use]
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    pub(crate) field: String,
    pub(crate) reason: &'static str,
    pub(crate) words: String,
}

impl Cause {
    pub(crate) fn invalid(field: &str, value: &Value, why: &str) -> Self {
        let words = format!("Invalid value: {value}: {why}");
        Self { field: field.into(), reason: "FieldValueInvalid", words }
    }

    pub(crate) fn required(field: &str, why: &str) -> Self {
        let words = if why.is_empty() { "Required value".into() } else { format!("Required value: {why}") };
        Self { field: field.into(), reason: "FieldValueRequired", words }
    }
}
