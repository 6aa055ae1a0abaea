//! Names of incidents, rollbacks, streams and digests.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// An incident: `INC-2024-0115-001`, the first of 15 January 2024 (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IncidentId {
    /// The UTC day on which the incident was opened.
    pub day: Date,
    /// Counts from 1 within the day.
    pub number: u32,
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.day.year(), self.day.month(), self.day.day());
        write!(f, "INC-{year:04}-{month:02}{day:02}-{:03}", self.number)
    }
}

/// One rollback of an incident: `INC-2024-0115-001/1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RollbackId {
    /// The incident that it belongs to.
    pub incident: IncidentId,
    /// Counts from 1 within the incident.
    pub number: u32,
}

impl fmt::Display for RollbackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.incident, self.number)
    }
}

/// Said of a text that is no incident or rollback id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id like INC-2024-0115-001 or INC-2024-0115-001/1")]
pub struct NotAnId(pub String);

impl FromStr for IncidentId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = || NotAnId(text.to_owned());
        let upper = text.to_ascii_uppercase();
        let rest = upper.strip_prefix("INC-").ok_or_else(wrong)?;
        let parts: Vec<&str> = rest.split('-').collect();
        let [year, month_day, number] = parts.as_slice() else { return Err(wrong()) };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || month_day.len() != 4 || !parts.iter().all(|part| digits(part)) {
            return Err(wrong());
        }
        let (month, day) = month_day.split_at(2);
        let day = Date::new(
            year.parse().map_err(|_| wrong())?,
            month.parse().map_err(|_| wrong())?,
            day.parse().map_err(|_| wrong())?,
        )
        .map_err(|_| wrong())?;
        let number = number.parse().map_err(|_| wrong())?;
        if number == 0 { Err(wrong()) } else { Ok(Self { day, number }) }
    }
}

impl FromStr for RollbackId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = || NotAnId(text.to_owned());
        let (incident, number) = text.split_once('/').ok_or_else(wrong)?;
        let number: u32 = number.parse().map_err(|_| wrong())?;
        let incident = incident.parse().map_err(|_| wrong())?;
        if number == 0 { Err(wrong()) } else { Ok(Self { incident, number }) }
    }
}

/// Text forms are what is stored, so that a log can be read by eye.
macro_rules! serde_as_text {
    ($name:ty) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_as_text!(IncidentId);
serde_as_text!(RollbackId);

/// An ordered log of facts about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamId {
    /// Opened, rooms, rollbacks added, open tasks, closed.
    Incident(IncidentId),
    /// Asked, planned, voted, every step, finished.
    Rollback(RollbackId),
    /// What ran when, good and bad: the ledger of one service in one environment.
    Service(super::ServiceKey),
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident(id) => write!(f, "incident:{id}"),
            Self::Rollback(id) => write!(f, "rollback:{id}"),
            Self::Service(key) => write!(f, "service:{key}"),
        }
    }
}

/// Said of a text that names no stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not name a stream")]
pub struct NotAStream(pub String);

impl FromStr for StreamId {
    type Err = NotAStream;

    fn from_str(text: &str) -> Result<Self, NotAStream> {
        let wrong = || NotAStream(text.to_owned());
        let (kind, name) = text.split_once(':').ok_or_else(wrong)?;
        match kind {
            "incident" => name.parse().map(Self::Incident).map_err(|_| wrong()),
            "rollback" => name.parse().map(Self::Rollback).map_err(|_| wrong()),
            "service" => name.parse().map(Self::Service).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

serde_as_text!(StreamId);

/// The position of an event in its stream. Counts from 1; 0 means before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The position before the first event: what is expected of a stream that must not exist yet.
    pub const START: Self = Self(0);

    /// The position that follows this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A SHA-256 over exact bytes, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first eight hexadecimal digits: what people compare by eye and type.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

/// Said of a text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not 64 hexadecimal digits")]
pub struct NotADigest(pub String);

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let wrong = || NotADigest(text.to_owned());
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

serde_as_text!(Digest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_as_written() {
        let id: RollbackId = "inc-2024-0115-001/2".parse().unwrap();
        assert_eq!(id.to_string(), "INC-2024-0115-001/2");
        assert_eq!(id.incident.to_string(), "INC-2024-0115-001");
        let many: IncidentId = "INC-2024-0115-1204".parse().unwrap();
        assert_eq!(many.to_string(), "INC-2024-0115-1204");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "INC", "INC-2024-1315-001", "INC-2024-0115-000", "INC-2024-0115-001/0", "INC-2024-0115-1/x"] {
            assert!(text.parse::<IncidentId>().is_err(), "{text}");
            assert!(text.parse::<RollbackId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_digest_reads_back_as_written() {
        let digest = Digest::of(b"plan");
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert_eq!(digest.short().len(), 8);
    }
}
