//! How values stand in rows. All of it is text that can be read by eye.

use std::fmt::Display;
use std::str::FromStr;

use commands::ports::StoreError;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::corrupt;

/// A time with nine digits after the point: exact, and sorted as text as it is sorted in time.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// A value as JSON. `what` names it, should it not be possible.
pub(super) fn json<T: Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(what, error))
}

/// A value from its JSON. `what` names the row.
pub(super) fn from_json<T: DeserializeOwned>(what: impl Display, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what.to_string(), error))
}

/// A value from its own text. `what` names the row.
pub(super) fn parse<T>(what: impl Display, text: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| corrupt(what.to_string(), error))
}

/// A count from a row, which must not be negative. `what` names the row.
pub(super) fn count<T: TryFrom<i64>>(what: impl Display, number: i64) -> Result<T, StoreError>
where
    T::Error: Display,
{
    T::try_from(number).map_err(|error| corrupt(what.to_string(), format!("{number}: {error}")))
}

/// A count as a row takes it. Rows are numbered from 1 by one, so none reaches the limit; as a bound
/// of a search, the limit means "beyond all rows".
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_text_are_in_the_order_of_time() {
        let texts = ["2024-01-15T15:24:59.999999999Z", "2024-01-15T15:25:00Z", "2024-01-15T15:25:00.5Z"];
        let times: Vec<Timestamp> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let stored: Vec<String> = times.iter().map(|at| time(*at)).collect();
        assert!(stored.is_sorted(), "{stored:?}");
        let read: Vec<Timestamp> = stored.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(read, times);
    }

    #[test]
    fn a_negative_count_is_corrupt_and_named() {
        let error = count::<u64>("lease chat", -1).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { what, .. } if what == "lease chat"));
    }
}
