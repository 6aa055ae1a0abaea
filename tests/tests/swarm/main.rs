//! The Swarm platform on a real Docker engine: what every platform must do, what the specification asks of
//! Swarm by name, and the whole story.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use tests::conformance::platform;
use tests::swarm::SwarmRig;

mod acts;
mod bytes;
mod clean_up;
mod engine;
mod ground;
mod model;
mod page;
#[allow(dead_code, reason = "not all of what starts and watches the bot is needed here")]
#[path = "../process/program.rs"]
mod program;
mod story;
#[path = "../process/transcript.rs"]
mod transcript;
mod ways;

tests::platform_reads!(platform, SwarmRig::new().await);
tests::platform_moves!(platform, SwarmRig::new().await);
