//! The Swarm platform on a real Docker engine: what every platform must do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use tests::conformance::platform;
use tests::swarm::SwarmRig;

mod benchmark;
mod engine;
mod model;

tests::platform_reads!(platform, SwarmRig::new().await);
tests::platform_moves!(platform, SwarmRig::new().await);
