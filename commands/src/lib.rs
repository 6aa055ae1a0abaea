//! The mind of Switchback: pure decisions and the durable engine.
//!
//! Nothing in this crate opens a socket, runs a program, reads a file, asks the system for the time
//! or for randomness. All of that comes in through the traits in [`ports`]. Data flows one way:
//!
//! ```text
//! parse → authorize → decide → plan → (approve) → saga → report
//!                                        notify: messages are a function of the event log
//! ```

pub mod authorize;
pub mod decide;
pub mod engine;
mod handle;
pub mod ledger;
pub mod model;
pub mod notify;
pub mod parse;
pub mod plan;
pub mod ports;
pub mod report;
pub mod saga;
pub mod settings;
pub mod steps;
