//! placeholder

pub mod command_line;
pub mod configuration;
pub mod doctor;
pub mod health;
pub mod metrics;
pub mod secret;
pub mod telemetry;
