//! What the system says, in the words of the port.

use std::io;

use commands::ports::PlatformError;
use tokio::task::JoinError;

/// What this error of the system means for what was tried.
pub(super) fn of(what: impl Into<String>, error: &io::Error) -> PlatformError {
    let what = what.into();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            PlatformError::Forbidden { what, why: error.to_string() }
        }
        io::ErrorKind::NotFound => PlatformError::Missing { what: format!("what is needed to {what}") },
        _ => PlatformError::Unavailable { what, why: error.to_string() },
    }
}

/// Calls what blocks where it may.
pub(super) async fn blocking<T: Send + 'static>(
    what: &'static str,
    call: impl FnOnce() -> Result<T, PlatformError> + Send + 'static,
) -> Result<T, PlatformError> {
    let broken = |error: JoinError| PlatformError::Unavailable { what: what.to_owned(), why: error.to_string() };
    tokio::task::spawn_blocking(call).await.map_err(broken)?
}
