//! How long: `45m`, `2h`, `1h30m`, `90min`, `1h 30m`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::error::Problem;
use super::fold;

/// The longest time that is taken for meant: 30 days.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Units that may stand apart from their number.
const UNITS: [&str; 18] = [
    "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour",
    "hours", "d", "day", "days",
];

/// Reads a duration that is more than nothing and no longer than 30 days.
pub(super) fn read(value: &str) -> Result<SignedDuration, Problem> {
    let typed = || fold::shown(value);
    let lower = value.to_lowercase();
    if !lower.is_empty() && lower.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::DurationWithoutUnit { typed: typed() });
    }
    if !lower.starts_with(|first: char| first.is_ascii_digit()) || lower.contains("ago") {
        return Err(Problem::BadDuration { typed: typed() });
    }
    let length = lower
        .parse::<Span>()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .map_err(|_| Problem::BadDuration { typed: typed() })?;
    if length.is_zero() {
        Err(Problem::DurationZero)
    } else if length > LONGEST {
        Err(Problem::DurationTooLong { typed: typed() })
    } else {
        Ok(length)
    }
}

/// True for a word that goes on with a duration: `30m` after `1h`, `min` after `45`. Read as a word of
/// its own it would be taken for a version. More digits are a commit: `1234567d`.
pub(super) fn continues(word: &str) -> bool {
    const MOST_DIGITS: usize = 4;
    let word = word.to_lowercase();
    let unit = word.trim_start_matches(|character: char| character.is_ascii_digit());
    word.len() - unit.len() <= MOST_DIGITS && UNITS.contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_type_them() {
        for (text, minutes) in [
            ("45m", 45),
            ("2h", 120),
            ("1h30m", 90),
            ("1h 30m", 90),
            ("90min", 90),
            ("90 minutes", 90),
            ("2H", 120),
            ("1 hour 5 mins", 65),
            ("2d", 2880),
            ("30d", 43_200),
        ] {
            assert_eq!(read(text), Ok(SignedDuration::from_mins(minutes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        assert_eq!(read("45"), Err(Problem::DurationWithoutUnit { typed: "45".into() }));
        for text in ["soon", "-45m", "45x", "", "1h ago", "1y", "5 months", "h", "99999999999999999999h", "１h"] {
            assert!(matches!(read(text), Err(Problem::BadDuration { .. })), "{text}");
        }
        assert_eq!(read("0m"), Err(Problem::DurationZero));
        assert_eq!(read("31d"), Err(Problem::DurationTooLong { typed: "31d".into() }));
        assert!(read("720h1m").is_err());
    }
}
