//! The hands: each leaf implements one port and speaks one foreign protocol, and is one cargo feature.

#[cfg(feature = "host")]
pub mod platform;
