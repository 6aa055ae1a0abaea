//! What each port promises, as cases that every adapter of it, and its fake, must pass.

pub mod host;
pub mod platform;
pub mod store;
