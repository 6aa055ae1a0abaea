//! The configuration: TOML files to settings of the mind and wiring of the body.
//!
//! ```text
//! files ─► shape (unknown keys, types) ─► types ─► validation (names, people, policies) ─► settings
//! ```
//!
//! Nothing stops at the first mistake: all are collected, each with its place, and shown together.
//! A configuration is taken whole or not at all.

mod address;
mod file;
mod hint;
mod kubernetes;
mod load;
mod location;
mod programs;
mod reference;
mod refusal;
mod schema;
mod service_entry;
mod shape;
mod slack;
mod source;
mod templates;
mod validate;
mod wiring;

pub use address::{Platforms, check_addresses};
pub use file::{Chats, Console, Log, LogFormat};
pub use kubernetes::{ArgoCd, Kubernetes, Unread};
pub use load::{Configuration, Vocabulary, load};
pub use location::{Location, Problem, Segment};
pub use programs::{ProgramTrouble, check_program, check_programs};
pub use reference::reference;
pub use refusal::Refusal;
pub use schema::{main_schema, service_schema};
pub use slack::{Slack, SlackTransport, SlackWiring};
pub use wiring::Wiring;
