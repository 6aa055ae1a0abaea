//! What an engine says, in the words of the port.

use bollard::errors::Error;
use commands::ports::PlatformError;

use crate::redact::redact;

/// What the manager says where the counter of the service is not the one that was named (swarmkit's
/// `ErrSequenceConflict`; the engine makes a status 500 of it).
const OUT_OF_SEQUENCE: &str = "out of sequence";

/// What this error of the engine means for what was tried.
pub(super) fn of(what: impl Into<String>, error: &Error) -> PlatformError {
    let what = what.into();
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            let why = redact(message);
            match status_code {
                404 => PlatformError::Missing { what: format!("what was needed to {what} ({why})") },
                401 | 403 => PlatformError::Forbidden { what, why },
                // A worker will not become a manager by being asked again.
                503 if message.contains("not a swarm manager") => PlatformError::Refused { what, why },
                400..=499 => PlatformError::Refused { what, why },
                _ => PlatformError::Unavailable { what, why },
            }
        }
        error => PlatformError::Unavailable { what, why: redact(&chain(error)) },
    }
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

/// True where somebody, mostly the engine itself, wrote to the service since it was read.
pub(super) fn is_out_of_sequence(error: &PlatformError) -> bool {
    matches!(error, PlatformError::Unavailable { why, .. } if why.contains(OUT_OF_SEQUENCE))
}

/// True where the thing is not there.
pub(super) fn is_missing(error: &PlatformError) -> bool {
    matches!(error, PlatformError::Missing { .. })
}
