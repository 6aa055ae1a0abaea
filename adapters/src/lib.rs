//! The hands of Switchback: each leaf implements one port and speaks one foreign protocol.
//!
//! A leaf is one cargo feature, type-checks alone and imports no other leaf.

#[cfg(feature = "sqlite")]
pub mod store;
