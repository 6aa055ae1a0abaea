//! The Swarm platform on a real Docker engine: what every platform must do.

use tests::conformance::platform;
use tests::swarm::SwarmRig;

mod benchmark;
mod engine;
mod model;

tests::platform_reads!(platform, SwarmRig::new().await);
tests::platform_moves!(platform, SwarmRig::new().await);
