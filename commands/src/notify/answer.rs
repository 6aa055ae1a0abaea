//! Answers to one person: what `plan`, `status`, `history`, `why` and `help` say, that something was
//! taken, and why something was not.

mod acknowledge;
mod help;
mod history;
mod preview;
mod refuse;
mod status;

#[cfg(test)]
mod tests;

pub use acknowledge::{
    abort_taken, accepted, closed, denied, marked, repair_taken, retry_taken, skip_taken, text_edited, text_published,
    voted,
};
pub use help::{VERBS, help};
pub use history::{history, why};
pub use preview::{fix_forward, plan_preview};
pub use refuse::{ambiguous_id, blocked, no_permission_unmapped, parse_error, refused};
pub use status::status;
