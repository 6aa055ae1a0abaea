//! When the trouble was noticed: `15:25`, `2024-01-15T15:25Z`, `10m ago`, `now`.

use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use crate::model::Detected;

use super::duration;
use super::error::Problem;
use super::fold;

/// Words that people put behind a time. They are read with it so that they are not taken for a version.
const BEHIND_A_TIME: [&str; 20] = [
    "z", "utc", "gmt", "am", "pm", "jst", "kst", "ist", "cet", "cest", "bst", "est", "edt", "cst", "cdt", "mst", "mdt",
    "pst", "pdt", "aest",
];

/// Reads a moment. Which moment a time of day means, judging decides: the grammar has no clock.
pub(super) fn read(value: &str) -> Result<Detected, Problem> {
    let bad = || Problem::BadDetected { typed: fold::shown(value) };
    let lower = value.to_lowercase();
    if lower == "now" {
        return Ok(Detected::Ago(SignedDuration::ZERO));
    }
    if let Some(time) = time_of_day(&lower) {
        return time.map(Detected::TimeOfDay).ok_or_else(bad);
    }
    if is_time_with_zone(&lower) {
        return Err(Problem::TimeWithZone { typed: fold::shown(value) });
    }
    if starts_with_date(&lower) {
        return timestamp(value);
    }
    let length = lower.strip_suffix("ago").map_or(lower.as_str(), str::trim_end);
    duration::read(length).map(Detected::Ago).map_err(|problem| match problem {
        Problem::BadDuration { .. } | Problem::DurationWithoutUnit { .. } => bad(),
        other => other,
    })
}

/// True for a word that goes on with the moment: `ago`, a time after a date, more of a duration, a zone.
pub(super) fn continues(value: &str, word: &str) -> bool {
    let has_time = value.contains(':');
    if has_time {
        let is_first = !value.contains(' ') || starts_with_date(value);
        return is_first && BEHIND_A_TIME.iter().any(|zone| zone.eq_ignore_ascii_case(word));
    }
    if starts_with_date(value) {
        word.contains(':')
    } else {
        word.eq_ignore_ascii_case("ago") || duration::continues(word)
    }
}

/// `15:25` or `15:25:30`, also `3:25`; the inner `None` where there is no such time.
fn time_of_day(text: &str) -> Option<Option<Time>> {
    let parts: Vec<&str> = text.split(':').collect();
    let are_numbers = parts.iter().all(|part| (1..=2).contains(&part.len()) && is_digits(part));
    if !(2..=3).contains(&parts.len()) || !are_numbers {
        return None;
    }
    let number = |index: usize| parts.get(index).map_or(Ok(0), |part| part.parse::<i8>()).ok();
    let time = || Time::new(number(0)?, number(1)?, number(2)?, 0).ok();
    Some(time().filter(|_| parts.iter().skip(1).all(|part| part.len() == 2)))
}

/// `15:25Z`, `15:25+09:00`, `15:25 UTC`: nobody can tell the day of it.
fn is_time_with_zone(text: &str) -> bool {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != ':').unwrap_or(text.len());
    let Some((time, zone)) = text.split_at_checked(end) else { return false };
    let zone = zone.trim_start();
    let is_zone = zone.starts_with(['+', '-']) || BEHIND_A_TIME.contains(&zone);
    time_of_day(time).is_some() && is_zone && !matches!(zone, "am" | "pm")
}

fn starts_with_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let starts = |part: Option<&str>, digits: usize| {
        part.and_then(|part| part.get(..digits)).is_some_and(|part| is_digits(part) && part.len() == digits)
    };
    starts(parts.next(), 4) && starts(parts.next(), 2) && starts(parts.next(), 2)
}

fn timestamp(value: &str) -> Result<Detected, Problem> {
    let upper = value.to_uppercase();
    let upper = match upper.strip_suffix("UTC").or_else(|| upper.strip_suffix("GMT")) {
        Some(moment) => format!("{}Z", moment.trim_end()),
        None => upper,
    };
    upper.parse::<Timestamp>().map(Detected::At).map_err(|_| {
        let typed = fold::shown(value);
        if upper.parse::<DateTime>().is_ok() {
            Problem::DateWithoutZone { typed }
        } else {
            Problem::BadDetected { typed }
        }
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_as_people_type_them() {
        let at = |text: &str| Ok(Detected::At(text.parse().unwrap()));
        let time = |hour, minute, second| Ok(Detected::TimeOfDay(Time::constant(hour, minute, second, 0)));
        let ago = |minutes| Ok(Detected::Ago(SignedDuration::from_mins(minutes)));
        assert_eq!(read("15:25"), time(15, 25, 0));
        assert_eq!(read("3:05"), time(3, 5, 0));
        assert_eq!(read("15:25:30"), time(15, 25, 30));
        assert_eq!(read("2024-01-15T15:25Z"), at("2024-01-15T15:25:00Z"));
        assert_eq!(read("2024-01-15 15:25z"), at("2024-01-15T15:25:00Z"));
        assert_eq!(read("2024-01-15 15:25 utc"), at("2024-01-15T15:25:00Z"));
        assert_eq!(read("2024-01-15T15:25+09:00"), at("2024-01-15T06:25:00Z"));
        assert_eq!(read("10m ago"), ago(10));
        assert_eq!(read("10m"), ago(10));
        assert_eq!(read("10mago"), ago(10));
        assert_eq!(read("Now"), ago(0));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "25:00",
            "15:60",
            "15:5",
            "3pm",
            "yesterday",
            "1525",
            "2024-13-40T00:00Z",
            "ago",
            "15:25 ago",
            "3:25 pm",
            "15:25 MOON",
        ] {
            assert_eq!(read(text), Err(Problem::BadDetected { typed: text.into() }), "{text}");
        }
        for text in ["15:25Z", "15:25z", "15:25+09:00", "15:25 UTC", "15:25JST"] {
            assert_eq!(read(text), Err(Problem::TimeWithZone { typed: text.into() }), "{text}");
        }
        for text in ["2024-01-15T15:25", "2024-01-15"] {
            assert_eq!(read(text), Err(Problem::DateWithoutZone { typed: text.into() }), "{text}");
        }
        assert_eq!(read("0m"), Err(Problem::DurationZero));
    }
}
