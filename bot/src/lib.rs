//! placeholder

pub mod configuration;
pub mod secret;
