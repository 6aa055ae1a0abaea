//! The JSON schemas of the files: for editors, for the reference, and for finding mistakes of shape.

use serde_json::{Value, json};

use super::file::Main;
use super::service_entry::ServiceEntry;

/// The mark of texts that are lengths of time: `"30s"`, `"1h30m"`.
pub(super) const LENGTH: &str = "x-length";

/// The keys whose text is a length of time. Types of the mind say only that they are texts, since they
/// are written in other places too.
const LENGTHS: &[&str] = &[
    "archive_after",
    "chat_retry",
    "deadline",
    "expires",
    "hold",
    "interval",
    "lease_term",
    "look_every",
    "max_response",
    "observe_every",
    "remind",
    "retry",
    "role_max_age",
    "soak",
    "time_to_fix",
    "timeout",
    "watch",
    "window",
];

/// The schema of the main file, as JSON schema 2020-12.
#[must_use]
pub fn main_schema() -> Value {
    marked(schemars::schema_for!(Main).to_value())
}

/// The schema of one file of the catalogue's folder, as JSON schema 2020-12.
#[must_use]
pub fn service_schema() -> Value {
    marked(schemars::schema_for!(ServiceEntry).to_value())
}

fn marked(mut schema: Value) -> Value {
    mark(&mut schema);
    schema
}

fn mark(schema: &mut Value) {
    let Value::Object(table) = schema else { return };
    if let Some(Value::Object(properties)) = table.get_mut("properties") {
        for (_, property) in properties.iter_mut().filter(|(key, _)| LENGTHS.contains(&key.as_str())) {
            if let Value::Object(property) = property {
                property.insert(LENGTH.to_owned(), json!(true));
                property.insert("examples".to_owned(), json!(["30s", "5m", "1h30m"]));
            }
        }
    }
    table.values_mut().for_each(mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every property of a schema, by its key.
    fn properties<'a>(schema: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
        let Value::Object(table) = schema else { return };
        if let Some(Value::Object(properties)) = table.get("properties") {
            found.extend(properties.iter().map(|(key, property)| (key.as_str(), property)));
        }
        table.values().for_each(|inner| properties(inner, found));
    }

    #[test]
    fn what_is_a_length_of_time_by_its_default_is_marked_as_one() {
        let schema = main_schema();
        let mut all = Vec::new();
        properties(&schema, &mut all);
        let is_length = |property: &Value| {
            property["default"].as_str().is_some_and(|text| text.parse::<jiff::SignedDuration>().is_ok())
        };
        let lengths: Vec<_> = all.iter().filter(|(_, property)| is_length(property)).collect();
        assert!(lengths.len() >= 13, "{lengths:?}");
        for (key, property) in lengths {
            assert_eq!(property[LENGTH], true, "{key}");
        }
        for key in LENGTHS {
            assert!(all.iter().any(|(name, _)| name == key), "no key {key}");
        }
    }
}
