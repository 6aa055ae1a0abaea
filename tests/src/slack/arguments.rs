//! The arguments of a call, however they were sent: query, form or JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::refusal::Refusal;

/// How the arguments came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// In the address of a GET.
    Query,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
}

/// Names and values as they were sent, the token apart.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    pub encoding: Encoding,
    /// The token, if it came as an argument and not in a header.
    pub token: Option<String>,
    values: BTreeMap<String, Value>,
}

impl Arguments {
    /// Reads what was sent.
    pub fn read(post: bool, content_type: &str, query: &str, body: &[u8]) -> Result<Self, Refusal> {
        let mut values = pairs(query.as_bytes());
        let encoding = match content_type.split(';').next().map(str::trim) {
            _ if !post => Encoding::Query,
            Some("application/json") => {
                values.extend(object(body)?);
                Encoding::Json
            }
            Some("application/x-www-form-urlencoded") => {
                values.extend(pairs(body));
                Encoding::Form
            }
            Some("") if body.is_empty() => Encoding::Form,
            _ => return Err(Refusal::new("invalid_post_type")),
        };
        values.retain(|_, value| !value.is_null());
        // A token in a JSON body counts for nothing.
        let token = values.remove("token").filter(|_| encoding != Encoding::Json);
        Ok(Self { encoding, token: token.and_then(|token| token.as_str().map(str::to_owned)), values })
    }

    /// All of them, for the record; what opens a view is left out.
    pub fn recorded(&self) -> Value {
        let mut recorded = json!(self.values);
        for name in ["trigger_id", "interactivity_pointer"] {
            if self.values.contains_key(name) {
                recorded[name] = json!("(left out)");
            }
        }
        recorded
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// One of them, as it came.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// What a method that takes no JSON sees of JSON: nothing.
    pub fn clear(&mut self) {
        self.values.clear();
    }

    /// As text; empty text is as good as none.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.raw(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// As text that must be there; the check before the method saw that it is.
    pub fn must(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    /// As yes or no.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("true" | "1"))
    }

    /// As a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// As a list that is written with commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// As structured data: itself, or a string that holds it. `None` if it is no JSON.
    pub fn structure(&self, name: &str) -> Option<Option<Value>> {
        match self.raw(name) {
            None => Some(None),
            Some(Value::String(text)) if text.is_empty() => Some(None),
            Some(Value::String(text)) => serde_json::from_str(text).ok().map(Some),
            Some(other) => Some(Some(other.clone())),
        }
    }
}

fn object(body: &[u8]) -> Result<BTreeMap<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields.into_iter().collect()),
        Ok(_) => Err(Refusal::new("json_not_object")),
        Err(_) => Err(Refusal::new("invalid_json")),
    }
}

fn pairs(text: &[u8]) -> BTreeMap<String, Value> {
    url::form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect()
}
