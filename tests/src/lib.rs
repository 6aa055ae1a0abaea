//! The proof: rigs of the outside world, and what every adapter of a port must do.

pub mod conformance;
pub mod systemd;
