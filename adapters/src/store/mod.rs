//! Where the log is kept.

#[cfg(feature = "sqlite")]
pub mod sqlite;
