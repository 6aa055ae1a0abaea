//! Chats: each renders the same messages in its own form.

#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "slack")]
pub mod slack;
