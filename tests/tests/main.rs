//! All integration tests in one binary: it links once. Each module is one part of the bot.
//! A broken expectation panics, in helpers as in tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod store;
