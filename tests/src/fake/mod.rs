//! The outside world as tests need it: it keeps state, and fails by script.

mod chat;
mod chat_text;
mod clock;
mod endpoint;
mod faulty_store;
mod on_call;
mod probe;

pub use chat::*;
pub use chat_text::*;
pub use clock::*;
pub use endpoint::*;
pub use faulty_store::*;
pub use on_call::*;
pub use probe::*;
