//! The nouns. They hold data and small pure questions about that data, and nothing else.

mod approved;
mod assessment;
mod event;
mod fact;
mod hook;
mod identity;
mod ids;
mod message;
mod person;
mod plan;
mod request;
mod service;
mod version;

pub use approved::*;
pub use assessment::*;
pub use event::*;
pub use fact::*;
pub use hook::*;
pub use identity::*;
pub use ids::*;
pub use message::*;
pub use person::*;
pub use plan::*;
pub use request::*;
pub use service::*;
pub use version::*;
