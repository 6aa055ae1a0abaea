//! The bot as a process: what it prints, how it exits, what its death leaves.

mod demo;
mod ground;
mod killed;
mod lifecycle;
mod log;
mod program;
mod transcript;
mod verbs;

pub(crate) use program::Program;
pub(crate) use transcript::unwrapped;
