//! Sources of who is on call.

#[cfg(feature = "rota")]
mod moment;
#[cfg(feature = "rota")]
pub mod rota;

#[cfg(feature = "rota")]
pub use moment::{Moment, NotAMoment};
