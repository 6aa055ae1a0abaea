//! The static rota, by its clock, over handovers and over the days on which clocks are changed.

use std::sync::Arc;

use adapters::oncall::rota::{RotaError, RotaSettings, StaticRota};
use commands::model::PersonId;
use commands::ports::{OnCall, OnCallError};
use tests::conformance::on_call::{OnCallSubject, a_service};
use tests::fake::{FixedOnCall, ManualClock};

fn settings(text: &str) -> RotaSettings {
    serde_json::from_str(text).unwrap()
}

/// Three persons, a week each, from Monday 15 January 2024 at nine in Berlin.
fn weekly() -> RotaSettings {
    settings(
        r#"{"zone": "Europe/Berlin", "handover": "09:00", "start": "2024-01-15",
            "order": ["first", "second", "third"]}"#,
    )
}

fn rota(settings: RotaSettings) -> StaticRota {
    StaticRota::new(settings, ManualClock::at("2024-01-15T12:00:00Z")).unwrap()
}

#[track_caller]
fn assert_on_call(rota: &StaticRota, expected: &[(&str, Option<&str>)]) {
    for (moment, person) in expected {
        let found = rota.at(moment.parse().unwrap()).map(PersonId::as_str);
        assert_eq!(found, *person, "at {moment}");
    }
}

mod static_rota {
    use super::*;

    fn subject() -> OnCallSubject {
        let clock = ManualClock::at("2024-01-15T12:00:00Z");
        let on_call = Arc::new(StaticRota::new(weekly(), clock.clone()).unwrap());
        OnCallSubject { on_call, clock, person: "first".into() }
    }

    tests::on_call_conformance!(subject());
}

mod fixed {
    use super::*;

    fn subject() -> OnCallSubject {
        let clock = ManualClock::at("2024-01-15T12:00:00Z");
        OnCallSubject { on_call: FixedOnCall::new(clock.clone(), ["first"]), clock, person: "first".into() }
    }

    tests::on_call_conformance!(subject());
}

#[test]
fn turns_change_at_the_handover_and_come_round() {
    assert_on_call(
        &rota(weekly()),
        &[
            ("2024-01-15T07:59:59.999Z", None),
            ("2024-01-15T08:00:00Z", Some("first")),
            ("2024-01-22T07:59:59.999Z", Some("first")),
            ("2024-01-22T08:00:00Z", Some("second")),
            ("2024-01-29T08:00:00Z", Some("third")),
            ("2024-02-05T08:00:00Z", Some("first")),
            ("2034-01-15T08:00:00Z", Some("third")),
        ],
    );
}

#[test]
fn the_handover_keeps_its_time_of_day_when_clocks_change() {
    assert_on_call(
        &rota(weekly()),
        &[
            // The last one in winter is at 08:00 UTC, the first one in summer at 07:00.
            ("2024-03-25T07:59:59Z", Some("first")),
            ("2024-03-25T08:00:00Z", Some("second")),
            ("2024-04-01T06:59:59Z", Some("second")),
            ("2024-04-01T07:00:00Z", Some("third")),
            // And back.
            ("2024-10-21T07:00:00Z", Some("second")),
            ("2024-10-28T07:59:59Z", Some("second")),
            ("2024-10-28T08:00:00Z", Some("third")),
        ],
    );
}

#[test]
fn a_handover_that_the_clocks_skip_or_show_twice_happens_once() {
    let daily = settings(
        r#"{"zone": "Europe/Berlin", "handover": "02:30", "start": "2024-03-30", "every_days": 1,
            "order": ["first", "second"]}"#,
    );
    assert_on_call(
        &rota(daily.clone()),
        &[
            ("2024-03-30T01:30:00Z", Some("first")),
            // 02:30 does not exist on the 31st; the clocks show 03:30 an hour after 01:30.
            ("2024-03-31T01:29:59Z", Some("first")),
            ("2024-03-31T01:30:00Z", Some("second")),
            ("2024-04-01T00:29:59Z", Some("second")),
            ("2024-04-01T00:30:00Z", Some("first")),
        ],
    );
    let autumn = RotaSettings { start: "2024-10-26".parse().unwrap(), ..daily };
    assert_on_call(
        &rota(autumn),
        &[
            ("2024-10-27T00:29:59Z", Some("first")),
            // 02:30 in summer time; an hour later it is 02:30 again.
            ("2024-10-27T00:30:00Z", Some("second")),
            ("2024-10-27T01:30:00Z", Some("second")),
            ("2024-10-28T01:29:59Z", Some("second")),
            ("2024-10-28T01:30:00Z", Some("first")),
        ],
    );
}

#[test]
fn somebody_who_stands_in_is_on_call_instead() {
    let mut settings = weekly();
    settings.overrides = serde_json::from_str(
        r#"[{"from": "2024-01-10T00:00Z", "until": "2024-01-16T09:00", "person": "early"},
            {"from": "2024-01-20T09:00", "until": "2024-01-21T03:00[America/New_York]", "person": "weekend"},
            {"from": "2024-01-20T12:00", "until": "2024-01-20T13:00", "person": "lunch"}]"#,
    )
    .unwrap();
    let persons: Vec<&str> = settings.persons().into_iter().map(PersonId::as_str).collect();
    assert_eq!(persons, ["early", "first", "lunch", "second", "third", "weekend"]);
    assert_on_call(
        &rota(settings),
        &[
            ("2024-01-09T23:59:59Z", None),
            ("2024-01-10T00:00:00Z", Some("early")),
            ("2024-01-16T07:59:59Z", Some("early")),
            ("2024-01-16T08:00:00Z", Some("first")),
            ("2024-01-20T08:00:00Z", Some("weekend")),
            ("2024-01-20T11:30:00Z", Some("lunch")),
            ("2024-01-20T12:00:00Z", Some("weekend")),
            ("2024-01-21T08:00:00Z", Some("first")),
        ],
    );
}

#[tokio::test]
async fn nobody_gains_the_role_before_the_start() {
    let clock = ManualClock::at("2024-01-15T07:59:00Z");
    let rota = StaticRota::new(weekly(), clock.clone()).unwrap();
    let nobody = OnCallError::Nobody { rota: "static rota".to_owned() };
    assert_eq!(rota.on_call(&a_service()).await, Err(nobody));
    clock.advance(std::time::Duration::from_secs(60));
    let answer = rota.on_call(&a_service()).await.unwrap();
    assert_eq!((answer.source.as_str(), answer.as_of.to_string().as_str()), ("static rota", "2024-01-15T08:00:00Z"));
}

#[test]
fn a_rota_that_cannot_be_followed_is_refused() {
    let clock = ManualClock::at("2024-01-15T12:00:00Z");
    let nobody = RotaSettings { order: Vec::new(), ..weekly() };
    assert_eq!(StaticRota::new(nobody, clock.clone()).err(), Some(RotaError::NoOrder));
    let mut backwards = weekly();
    backwards.overrides =
        serde_json::from_str(r#"[{"from": "2024-01-20T09:00", "until": "2024-01-20T08:00Z", "person": "x"}]"#).unwrap();
    let refused = StaticRota::new(backwards, clock).err().unwrap();
    assert!(matches!(refused, RotaError::Backwards { number: 1, .. }), "{refused}");
    for wrong in [
        r#"{"zone": "Europe/Atlantis", "handover": "09:00", "start": "2024-01-15", "order": ["a"]}"#,
        r#"{"zone": "Europe/Berlin", "handover": "25:00", "start": "2024-01-15", "order": ["a"]}"#,
        r#"{"zone": "Europe/Berlin", "handover": "09:00", "start": "2024-02-30", "order": ["a"]}"#,
        r#"{"zone": "Europe/Berlin", "handover": "09:00", "start": "2024-01-15", "order": ["a"], "every_days": 0}"#,
        r#"{"zone": "Europe/Berlin", "handover": "09:00", "start": "2024-01-15", "order": ["a"], "everyday": 1}"#,
    ] {
        assert!(serde_json::from_str::<RotaSettings>(wrong).is_err(), "{wrong}");
    }
}
