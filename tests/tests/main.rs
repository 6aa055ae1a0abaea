//! The proof: one binary, so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod clock;
mod configuration;
mod console;
mod console_input;
mod documents;
mod fakes;
mod hooks;
mod host;
mod host_systemd;
mod layout;
mod probe;
mod process;
mod rota;
mod saga;
mod store;
mod stories;
