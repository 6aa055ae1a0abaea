//! What was asked, with what was not said filled in from the configuration and marked as assumed.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::matrix::advise;
use crate::model::{Ask, Assessment, Detected, Note, Stated};
use crate::settings::Settings;

/// How far ahead of the bot's clock a moment may lie and still mean now: people read it off another
/// clock, and round it up.
pub const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// A moment longer ago than this is taken for a slip of the pen.
pub const LONGEST_AGO: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Why a moment cannot be when the trouble was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// It has not come yet.
    #[error("the trouble was noticed at {detected_at}, which is after {now}")]
    DetectedInFuture {
        /// What was typed.
        detected_at: Timestamp,
        /// The bot's clock.
        now: Timestamp,
    },
    /// It is more than 30 days ago.
    #[error("the trouble was noticed at {detected_at}, which is more than 30 days before {now}")]
    DetectedLongAgo {
        /// What was typed.
        detected_at: Timestamp,
        /// The bot's clock.
        now: Timestamp,
    },
}

impl DecideError {
    /// What a person is told; times are UTC, to the second.
    #[must_use]
    pub fn note(&self) -> Note {
        let (note, detected_at, now) = match self {
            Self::DetectedInFuture { detected_at, now } => (Note::new("detected-in-future"), detected_at, now),
            Self::DetectedLongAgo { detected_at, now } => (Note::new("detected-long-ago"), detected_at, now),
        };
        let shown = |at: &Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        note.with("detected", shown(detected_at)).with("now", shown(now))
    }
}

/// Judges what was asked at this moment.
///
/// # Errors
/// If the trouble would have been noticed in the future, or more than 30 days ago.
pub fn assess(ask: &Ask, now: Timestamp, settings: &Settings) -> Result<Assessment, DecideError> {
    let severity = Stated::or_assume(ask.severity, settings.assumed.severity);
    let data = Stated::or_assume(ask.data, settings.assumed.data);
    let time_to_fix = Stated::or_assume(ask.time_to_fix, settings.assumed.time_to_fix);
    let given = ask.detected.map(|detected| detected_at(detected, now, &settings.zone)).transpose()?;
    Ok(Assessment {
        severity,
        data,
        time_to_fix,
        detected_at: Stated::or_assume(given, now),
        advice: advise(severity.value(), data.value(), time_to_fix.value()),
    })
}

/// The moment that was meant; one just ahead is now.
fn detected_at(detected: Detected, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, DecideError> {
    let detected_at = match detected {
        Detected::At(at) => at,
        Detected::Ago(length) => before(now, length),
        Detected::TimeOfDay(time) => last(time, now, zone),
    };
    let age = now.duration_since(detected_at);
    if age < -CLOCK_TOLERANCE {
        Err(DecideError::DetectedInFuture { detected_at, now })
    } else if age > LONGEST_AGO {
        Err(DecideError::DetectedLongAgo { detected_at, now })
    } else {
        Ok(detected_at.min(now))
    }
}

/// The last time that the clocks of this zone showed this time, one just ahead included. Of an hour
/// that comes twice when summer ends, the later that has come.
fn last(time: Time, now: Timestamp, zone: &TimeZone) -> Timestamp {
    let latest = before(now, -CLOCK_TOLERANCE);
    let today = zone.to_datetime(now).date();
    let days = [today.tomorrow().unwrap_or(today), today, today.yesterday().unwrap_or(today)];
    let moments = days.into_iter().flat_map(|day| on(day, time, zone));
    // Yesterday's has always come; `now` is for the first day of the calendar alone.
    moments.filter(|moment| *moment <= latest).max().unwrap_or(now)
}

/// When it was this time on this day: twice where an hour is repeated. A time that is skipped counts as
/// the moment of the change shifted by it.
fn on(day: Date, time: Time, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(day.to_datetime(time));
    let moments = if ambiguous.is_ambiguous() {
        [ambiguous.earlier().ok(), ambiguous.later().ok()]
    } else {
        [ambiguous.unambiguous().ok(), None]
    };
    moments.into_iter().flatten()
}

/// This long before, or the end of the calendar.
fn before(now: Timestamp, length: SignedDuration) -> Timestamp {
    now.checked_sub(length).unwrap_or(if length.is_negative() { Timestamp::MAX } else { Timestamp::MIN })
}
