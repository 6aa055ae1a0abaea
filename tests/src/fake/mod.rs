//! The outside world as tests need it: it keeps state, and fails by script.

mod chat;
mod chat_text;
mod clock;
mod endpoint;
mod faulty_store;
mod model_platform;
mod on_call;
mod probe;
mod scripted_hooks;
mod served_probe;

pub use chat::*;
pub use chat_text::*;
pub use clock::*;
pub use endpoint::*;
pub use faulty_store::*;
pub use model_platform::*;
pub use on_call::*;
pub use probe::*;
pub use scripted_hooks::*;
pub use served_probe::*;
