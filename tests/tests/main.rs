//! One binary for all stories and conformance tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a proof fails by a panic")]

mod clock;
mod console;
mod console_input;
mod fakes;
mod hooks;
mod probe;
mod rota;
