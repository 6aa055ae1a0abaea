//! The bot in a Slack: what people type and click there, and what they read. Input goes in by sockets and
//! signed requests alone; what is asserted is what stands on people's screens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod away;
mod conformance;
mod crash;
mod doctor;
mod forms;
mod hostile;
mod http;
mod limits;
mod reference;
mod rig;
mod room;
mod socket;
mod stories;
