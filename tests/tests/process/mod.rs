//! The bot as a process: what it prints, how it exits, what its death leaves.

mod demo;
mod log;
mod program;
mod transcript;

pub(crate) use program::Program;
pub(crate) use transcript::unwrapped;
