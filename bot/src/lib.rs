//! The body of Switchback: configuration, wiring, process life. The only place that names an adapter.

pub mod command_line;
pub mod configuration;
pub mod demo;
pub mod doctor;
pub mod dry_run;
pub mod health;
pub mod metrics;
pub mod reloadable;
pub mod run;
pub mod secret;
pub mod serve;
#[cfg(feature = "slack")]
pub mod slack;
pub mod telemetry;
pub mod terminal;
pub mod wiring;
