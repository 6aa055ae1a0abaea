//! A moment as people write it in a rota.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// `2024-01-20T09:00` in the zone of the rota, `2024-01-20T08:00Z`, or
/// `2024-01-20T09:00[Europe/Berlin]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Moment {
    written: String,
    meant: Meant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Meant {
    Moment(Timestamp),
    Local(DateTime),
}

/// Said of a text that names no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a moment like 2024-01-20T09:00, 2024-01-20T08:00Z or 2024-01-20T09:00[Europe/Berlin]")]
pub struct NotAMoment(String);

impl Moment {
    /// The moment, if a time without a zone is of this one; `None` past the end of the calendar.
    /// Where the clocks skip it, it is as much later as they skip; where they show it twice, it is
    /// the first.
    #[must_use]
    pub fn within(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self.meant {
            Meant::Moment(moment) => Some(moment),
            Meant::Local(local) => zone.to_ambiguous_timestamp(local).compatible().ok(),
        }
    }
}

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        // A time with a zone reads as a local time too, with the zone left out.
        let meant = if text.contains('[') {
            text.parse::<Zoned>().map(|zoned| Meant::Moment(zoned.timestamp()))
        } else {
            text.parse().map(Meant::Moment).or_else(|_| text.parse().map(Meant::Local))
        };
        let meant = meant.map_err(|_| NotAMoment(text.to_owned()))?;
        Ok(Self { written: text.to_owned(), meant })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl TryFrom<String> for Moment {
    type Error = NotAMoment;

    fn try_from(text: String) -> Result<Self, NotAMoment> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.written
    }
}

/// A time of day, or what one looks like.
pub(super) fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    read(deserializer, "is no time of day: write it like 09:00")
}

/// A day, or what one looks like.
pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    read(deserializer, "is no day: write it like 2024-01-15")
}

fn read<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D, wrong: &str) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom(format_args!("`{text}` {wrong}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> String {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        text.parse::<Moment>().unwrap().within(&zone).unwrap().to_string()
    }

    #[test]
    fn three_ways_to_write_one_moment() {
        assert_eq!(moment("2024-01-20T09:00"), "2024-01-20T08:00:00Z");
        assert_eq!(moment("2024-01-20T08:00Z"), "2024-01-20T08:00:00Z");
        assert_eq!(moment("2024-01-20T03:00[America/New_York]"), "2024-01-20T08:00:00Z");
        assert_eq!(moment("2024-01-20T10:00+02:00"), "2024-01-20T08:00:00Z");
    }

    #[test]
    fn a_time_that_the_clocks_skip_or_show_twice_is_one_moment() {
        assert_eq!(moment("2024-03-31T02:30"), "2024-03-31T01:30:00Z");
        assert_eq!(moment("2024-10-27T02:30"), "2024-10-27T00:30:00Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "tomorrow", "09:00", "2024-02-30T09:00", "2024-01-20T09:00[Europe/Atlantis]"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
