//! Where releases run.

#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
#[cfg(feature = "swarm")]
pub mod swarm;
