//! The JSON schemas of the files: for editors, for the reference, and for finding mistakes of shape.

use serde_json::Value;

use super::file::Main;
use super::service_entry::ServiceEntry;

/// The schema of the main file, as JSON schema 2020-12.
#[must_use]
pub fn main_schema() -> Value {
    schemars::schema_for!(Main).to_value()
}

/// The schema of one file of the catalogue's folder, as JSON schema 2020-12.
#[must_use]
pub fn service_schema() -> Value {
    schemars::schema_for!(ServiceEntry).to_value()
}
