//! What each port promises, as checks that every adapter of it must pass.

pub mod host;
pub mod platform;
