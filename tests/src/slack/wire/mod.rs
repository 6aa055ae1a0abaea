//! The HTTP side: what comes in is recorded, refused or done, and fails by plan.

mod gate;
mod line;
mod multipart;
mod reply;
mod server;

pub(crate) use reply::apply_reply;
pub(crate) use server::serve;
