//! The proof of Switchback: conformance suites of the ports, fakes of the outside world, the harness.
//!
//! Everything here is test code: a broken expectation panics, and that is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod conformance;
pub mod fake;
