//! Stateful fakes of the outside powers.

mod chat;
mod chat_text;
mod clock;
mod endpoint;
mod on_call;
mod probe;

pub use chat::*;
pub use chat_text::*;
pub use clock::*;
pub use endpoint::*;
pub use on_call::*;
pub use probe::*;
