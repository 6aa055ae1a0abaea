//! What an API server says, in the words of the port.

use commands::ports::PlatformError;
use kube::Error;

use crate::redact::redact;

/// The status with which the API server refuses a write under an old resource version.
const CONFLICT: u16 = 409;

/// The status of a request that took too long.
const REQUEST_TIMEOUT: u16 = 408;

/// The status of a request that was one too many.
const TOO_MANY: u16 = 429;

/// What this error means for what was tried.
pub(super) fn of(what: impl Into<String>, error: &Error) -> PlatformError {
    let what = what.into();
    match error {
        Error::Api(status) => {
            let why = redact(&status.message);
            match status.code {
                404 => PlatformError::Missing { what: if why.is_empty() { what } else { format!("{what}: {why}") } },
                401 | 403 => PlatformError::Forbidden { what, why },
                // Too many requests, and what a later attempt may find mended.
                REQUEST_TIMEOUT | CONFLICT | 410 | TOO_MANY => PlatformError::Unavailable { what, why },
                400..=499 => PlatformError::Refused { what, why },
                _ => PlatformError::Unavailable { what, why },
            }
        }
        Error::InferKubeconfig(_) | Error::InferConfig(_) | Error::RustlsTls(_) | Error::BuildRequest(_) => {
            PlatformError::Refused { what, why: redact(&chain(error)) }
        }
        error => PlatformError::Unavailable { what, why: redact(&chain(error)) },
    }
}

/// True where somebody, mostly a controller that wrote the status, was faster.
pub(super) fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == CONFLICT)
}

/// True where there were too many requests for this one to be looked at.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == TOO_MANY)
}

/// True where a write may have been done all the same, or may be done yet: no answer came, or one that was
/// given on its way. What was refused as bad, forbidden or too much (4xx) was not done.
pub(super) fn is_undecided(error: &Error) -> bool {
    match error {
        Error::Api(status) => status.code >= 500 || status.code == REQUEST_TIMEOUT,
        Error::InferKubeconfig(_) | Error::InferConfig(_) | Error::RustlsTls(_) | Error::BuildRequest(_) => false,
        Error::Auth(_) => false,
        _ => true,
    }
}

/// True where the thing is not there.
pub(super) fn is_missing(error: &PlatformError) -> bool {
    matches!(error, PlatformError::Missing { .. })
}

/// An error with its causes: the outermost alone often says no more than "client error".
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !said.contains(&words) {
            said = format!("{said}: {words}");
        }
        source = cause.source();
    }
    said
}
