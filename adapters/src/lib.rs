//! The hands of Switchback: one leaf per outside power.
//!
//! Each leaf implements one port of `commands` and speaks one foreign protocol; each is one cargo
//! feature and type-checks alone. A leaf never imports another leaf.

pub mod chat;
#[cfg(feature = "clock")]
pub mod clock;
#[cfg(feature = "hook")]
pub mod hook;
pub mod oncall;
#[cfg(any(feature = "host", feature = "kubernetes", feature = "swarm"))]
pub mod platform;
#[cfg(feature = "probe")]
pub mod probe;
#[cfg(feature = "redact")]
pub mod redact;
pub mod store;
