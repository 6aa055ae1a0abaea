//! Where releases run.

#[cfg(feature = "host")]
pub mod host;
