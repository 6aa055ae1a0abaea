//! A rota that stands in the configuration: persons take turns, at the same time of day in one zone.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use commands::model::{PersonId, Role, RoleAnswer, Service};
use commands::ports::{Clock, OnCall, OnCallError};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moment::{self, Moment};

/// How answers and errors name this source.
const SOURCE: &str = "static rota";

/// The rota as it stands in the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotaSettings {
    /// The zone of every time here without one of its own, by its IANA name: `Europe/Berlin`.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    #[schemars(with = "String")]
    pub zone: TimeZone,
    /// The time of day at which the next person takes over: `09:00`.
    #[serde(deserialize_with = "moment::time_of_day")]
    #[schemars(with = "String")]
    pub handover: Time,
    /// The first person's first day; before it nobody is on call.
    #[serde(deserialize_with = "moment::day")]
    #[schemars(with = "String")]
    pub start: Date,
    /// How many days each person's turn lasts; a week where nothing is said.
    #[serde(default = "a_week")]
    pub every_days: NonZeroU32,
    /// The persons, in the order of their turns. A person may have several.
    pub order: Vec<PersonId>,
    /// Turns that were swapped. Of two that overlap the later one in the list counts.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

fn a_week() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(6)
}

/// Somebody stands in for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// From this moment on.
    pub from: Moment,
    /// Up to this moment, which is the first that is the rota's again.
    pub until: Moment,
    /// Who.
    pub person: PersonId,
}

/// Why a rota cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RotaError {
    /// Nobody takes turns.
    #[error("the rota's `order` names nobody")]
    NoOrder,
    /// A moment cannot be told in the zone of the rota.
    #[error("override {number} of the rota: {moment} is no moment of the calendar")]
    OutOfRange {
        /// Counts from 1.
        number: usize,
        /// As written.
        moment: String,
    },
    /// It ends before it begins.
    #[error("override {number} of the rota ends at {until}, not after it begins at {from}")]
    Backwards {
        /// Counts from 1.
        number: usize,
        /// As written.
        from: String,
        /// As written.
        until: String,
    },
}

/// Knows who is on call by the configuration and the clock alone.
pub struct StaticRota {
    settings: RotaSettings,
    overrides: Vec<(Timestamp, Timestamp, PersonId)>,
    clock: Arc<dyn Clock>,
}

impl RotaSettings {
    /// Everybody who is named, to be held against the persons of the configuration.
    #[must_use]
    pub fn persons(&self) -> BTreeSet<&PersonId> {
        self.order.iter().chain(self.overrides.iter().map(|stand_in| &stand_in.person)).collect()
    }

    /// Who is on call at this moment by turns alone; `None` before the start.
    fn by_turns(&self, now: Timestamp) -> Option<&PersonId> {
        let days = i64::from(self.start.until(self.last_handover(now)?).ok()?.get_days());
        let turn = u64::try_from(days).ok()? / u64::from(self.every_days.get());
        let place = usize::try_from(turn).ok()?.checked_rem(self.order.len())?;
        self.order.get(place)
    }

    /// The day of the last handover. A handover is a moment, not a reading of the wall clock: where
    /// the clocks skip it, it is as much later as they skip; where they show it twice, it is the first.
    fn last_handover(&self, now: Timestamp) -> Option<Date> {
        let today = self.zone.to_datetime(now).date();
        let handover = self.zone.to_ambiguous_timestamp(today.to_datetime(self.handover)).compatible().ok()?;
        if handover <= now { Some(today) } else { today.yesterday().ok() }
    }
}

impl StaticRota {
    /// Follows these settings by this clock.
    ///
    /// # Errors
    /// See [`RotaError`].
    pub fn new(settings: RotaSettings, clock: Arc<dyn Clock>) -> Result<Self, RotaError> {
        if settings.order.is_empty() {
            return Err(RotaError::NoOrder);
        }
        let mut overrides = Vec::new();
        for (index, stand_in) in settings.overrides.iter().enumerate() {
            let number = index + 1;
            let at = |moment: &Moment| {
                moment
                    .within(&settings.zone)
                    .ok_or_else(|| RotaError::OutOfRange { number, moment: moment.to_string() })
            };
            let (from, until) = (at(&stand_in.from)?, at(&stand_in.until)?);
            if until <= from {
                let (from, until) = (stand_in.from.to_string(), stand_in.until.to_string());
                return Err(RotaError::Backwards { number, from, until });
            }
            overrides.push((from, until, stand_in.person.clone()));
        }
        Ok(Self { settings, overrides, clock })
    }

    /// Who is on call at this moment; `None` before the start.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Option<&PersonId> {
        let stand_in = self.overrides.iter().rev().find(|(from, until, _)| (*from..*until).contains(&now));
        stand_in.map(|(_, _, person)| person).or_else(|| self.settings.by_turns(now))
    }
}

#[async_trait]
impl OnCall for StaticRota {
    async fn on_call(&self, _service: &Service) -> Result<RoleAnswer, OnCallError> {
        let as_of = self.clock.now();
        let person = self.at(as_of).ok_or_else(|| OnCallError::Nobody { rota: SOURCE.to_owned() })?;
        let holders = BTreeSet::from([person.clone()]);
        Ok(RoleAnswer { role: Role::OnCall, holders, source: SOURCE.to_owned(), as_of })
    }
}
