//! Sources of who is on call.

#[cfg(feature = "rota")]
pub mod rota;
