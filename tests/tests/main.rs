//! One binary for all stories and conformance tests.

mod clock;
mod console;
mod console_input;
mod fakes;
mod hooks;
mod probe;
mod rota;
