//! Where releases run.

#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "swarm")]
pub mod swarm;
