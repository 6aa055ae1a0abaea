//! What systemd and the bus say, in the words of the port.

use std::io;
use std::time::Duration;

use commands::ports::PlatformError;
use zbus::{Error, fdo};

/// What was being done when something failed.
#[derive(Debug)]
pub(in super::super) struct Doing(String);

impl Doing {
    pub(in super::super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// What this error means for it.
    pub(super) fn failed(&self, error: Error) -> PlatformError {
        let (what, why) = (self.0.clone(), error.to_string());
        match kind(&error) {
            Kind::Forbidden => PlatformError::Forbidden { what, why },
            Kind::Away => PlatformError::Unavailable { what, why },
            Kind::Refused => PlatformError::Refused { what, why },
        }
    }

    pub(super) fn timed_out(&self, within: Duration) -> PlatformError {
        PlatformError::Unavailable { what: self.0.clone(), why: format!("no answer within {within:?}") }
    }

    pub(super) fn lost(&self) -> PlatformError {
        PlatformError::Unavailable { what: self.0.clone(), why: "the bus closed the connection".to_owned() }
    }
}

enum Kind {
    Forbidden,
    Away,
    Refused,
}

fn kind(error: &Error) -> Kind {
    match error {
        Error::InputOutput(error) if error.kind() == io::ErrorKind::PermissionDenied => Kind::Forbidden,
        Error::InputOutput(_) | Error::Handshake(_) => Kind::Away,
        Error::FDO(error) => match **error {
            fdo::Error::AccessDenied(_)
            | fdo::Error::AuthFailed(_)
            | fdo::Error::InteractiveAuthorizationRequired(_) => Kind::Forbidden,
            fdo::Error::ServiceUnknown(_)
            | fdo::Error::NameHasNoOwner(_)
            | fdo::Error::NoReply(_)
            | fdo::Error::Timeout(_)
            | fdo::Error::TimedOut(_)
            | fdo::Error::Disconnected(_)
            | fdo::Error::NoServer(_)
            | fdo::Error::LimitsExceeded(_) => Kind::Away,
            _ => Kind::Refused,
        },
        _ => Kind::Refused,
    }
}

/// True of systemd's own error of this name.
pub(super) fn is(error: &Error, name: &str) -> bool {
    matches!(error, Error::MethodError(found, ..) if found.as_str().ends_with(&format!(".{name}")))
}
