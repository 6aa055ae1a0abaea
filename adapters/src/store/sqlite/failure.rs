//! What SQLite's words mean to those who use the store.

use std::fmt::Display;

use commands::ports::StoreError;

/// Result codes of SQLite (sqlite.org/rescode.html): no room is left.
const FULL: i32 = 13;
/// No room is left for the shared memory beside the log; an extended code of the I/O errors.
const NO_ROOM_FOR_SHARED_MEMORY: i32 = 4874;
/// The file is damaged.
const DAMAGED: i32 = 11;
/// The file is no database.
const NO_DATABASE: i32 = 26;
/// Another process holds the lock.
const BUSY: i32 = 5;

/// The code that says what kind of error it is, with more detail in its upper bits.
fn extended_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// True where another process was in the way, and the same call may succeed later.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    extended_code(error).is_some_and(|code| code & 0xff == BUSY)
}

/// What a failed operation means. `operation` says what was done to what: `commit events`.
pub(super) fn store_error(operation: &str, error: &sqlx::Error) -> StoreError {
    let words = || format!("{operation}: {error}");
    if let sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) = error {
        return corrupt(format!("a row ({operation})"), error);
    }
    match extended_code(error) {
        Some(NO_ROOM_FOR_SHARED_MEMORY) => StoreError::Full(words()),
        Some(code) => match code & 0xff {
            FULL => StoreError::Full(words()),
            DAMAGED | NO_DATABASE => corrupt("a damaged page", words()),
            _ => StoreError::Unavailable(words()),
        },
        None => StoreError::Unavailable(words()),
    }
}

/// A row that holds what it should not.
pub(super) fn corrupt(what: impl Into<String>, why: impl Display) -> StoreError {
    StoreError::Corrupt { what: what.into(), why: why.to_string() }
}
