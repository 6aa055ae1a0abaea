//! The whole bot against a model of the outside world: real engine, real log, a clock that the test
//! moves, and a platform, programs, endpoints and a chat that keep state.
//!
//! Input goes in by [`engine.accept`](commands::engine::Engine::accept) only, as from a chat; output is
//! what stands in the chat, read as text. At the end nothing may be left unread, and the laws of
//! [`laws`] must hold.

mod cast;
mod gauge;
mod laws;
mod life;
mod mortal;
mod path;
mod ports;
mod replica;
mod screen;
mod seen;
mod stage;
mod time;
mod world;

pub use cast::*;
pub use gauge::*;
pub use laws::*;
pub use life::*;
pub use path::*;
pub use replica::*;
pub use screen::*;
pub use seen::*;
pub use stage::*;
pub use world::*;
