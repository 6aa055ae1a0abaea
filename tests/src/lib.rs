//! The proof of Switchback: fakes of the outside world, what every port's adapters must pass, and the
//! harness of the stories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a proof fails by a panic")]

pub mod approve;
pub mod conformance;
pub mod fake;
pub mod harness;
pub mod kubernetes;
pub mod slack;
pub mod swarm;
pub mod systemd;
