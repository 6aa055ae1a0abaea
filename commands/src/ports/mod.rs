//! The outside powers: one file for each, with its trait, its types, its error and its contract. Each
//! has a conformance suite in `tests` that every adapter of it, and its fake, must pass.

mod chat;
mod clock;
mod hooks;
mod on_call;
mod platform;
mod probe;
mod store;

pub use chat::*;
pub use clock::*;
pub use hooks::*;
pub use on_call::*;
pub use platform::*;
pub use probe::*;
pub use store::*;
