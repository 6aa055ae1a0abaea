//! The table and its document, the laws of the table, moments, and the sentences.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::model::{
    Advice, Ask, Assessment, DataImpact, Decision, Detected, Digest, Note, Rule, Severity, Stated, Subject,
};
use crate::ports::DeadlineName;
use crate::settings::{Assumed, Pace, Settings, Texts};

const DOCUMENT: &str = include_str!("../../../docs/decisions/decision-matrix.md");
const SENTENCES: &str = include_str!("../notify/text/en/decide.ftl");

/// The word of a unit variant, as the log has it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// The longest time of this band, and a time that is longer than all.
fn time_in(band: TimeBand) -> SignedDuration {
    band.limit().unwrap_or(SignedDuration::from_hours(3))
}

fn table() -> String {
    let mut table = String::from(
        "| severity | data impact | up to 30 min | up to 1 h | up to 2 h | more than 2 h |\n|---|---|---|---|---|---|\n",
    );
    for severity in Severity::ALL {
        for data in DataImpact::ALL {
            let cells = TimeBand::ALL.map(|band| {
                let advice = advise(severity, data, time_in(band));
                format!("**{}**<br>{}", word(&advice.decision).replace('-', " "), word(&advice.rule))
            });
            table += &format!("| {} | {} | {} |\n", severity.word(), data.word(), cells.join(" | "));
        }
    }
    table
}

#[test]
fn the_document_has_the_table_of_the_code() {
    let (_, rest) = DOCUMENT.split_once("<!-- table:begin -->\n").unwrap();
    let (written, _) = rest.split_once("<!-- table:end -->").unwrap();
    assert_eq!(written.trim(), table().trim(), "put this into docs/decisions/decision-matrix.md:\n{}", table());
}

fn decision(severity: Severity, data: DataImpact, minutes: i64) -> Decision {
    advise(severity, data, SignedDuration::from_mins(minutes)).decision
}

#[test]
fn the_four_cells_of_the_runbook_are_kept() {
    use {DataImpact as Data, Decision::*, Severity::*};
    assert_eq!(decision(Critical, Data::None, 31), RollBack);
    assert_eq!(decision(High, Data::Minor, 61), RollBack);
    assert_eq!(decision(Medium, Data::None, 121), Consider);
    for minutes in [0, 30, 31, 61, 121, 100_000] {
        assert_eq!(decision(Low, Data::None, minutes), FixForward);
    }
}

#[test]
fn each_limit_belongs_to_the_shorter_side() {
    use {DataImpact as Data, Decision::*, Severity::*};
    assert_eq!(decision(Critical, Data::None, 30), Consider);
    assert_eq!(decision(High, Data::Minor, 60), Consider);
    assert_eq!(decision(Medium, Data::None, 120), FixForward);
    let just_more = SignedDuration::from_mins(30) + SignedDuration::from_nanos(1);
    assert_eq!(advise(Critical, Data::None, just_more).decision, RollBack);
}

#[test]
fn every_rule_fires_and_only_fixing_forward_asks_for_a_reason() {
    let mut fired = BTreeSet::new();
    for severity in Severity::ALL {
        for (data, band) in DataImpact::ALL.into_iter().flat_map(|data| TimeBand::ALL.map(|band| (data, band))) {
            let advice = advise(severity, data, time_in(band));
            assert_eq!(needs_reason(&advice), advice.decision == Decision::FixForward);
            assert!(data != DataImpact::Major || advice.decision == Decision::Consider);
            fired.insert(word(&advice.rule));
        }
    }
    assert_eq!(fired, Rule::ALL.iter().map(word).collect());
}

/// How much a decision speaks for a rollback.
fn strength(advice: Advice) -> usize {
    Decision::ALL.iter().rev().position(|decision| *decision == advice.decision).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn worse_and_slower_never_speak_less_for_a_rollback(
        severities in (0..4usize, 0..4usize), data in 0..3usize, seconds in (any::<i64>(), any::<i64>()),
    ) {
        let data = DataImpact::ALL[data];
        let advise = |severity: usize, seconds| advise(Severity::ALL[severity], data, SignedDuration::from_secs(seconds));
        // The worst severity comes first.
        let (worse, milder) = (severities.0.min(severities.1), severities.0.max(severities.1));
        let (shorter, longer) = (seconds.0.min(seconds.1), seconds.0.max(seconds.1));
        prop_assert!(strength(advise(worse, longer)) >= strength(advise(milder, longer)));
        prop_assert!(strength(advise(worse, longer)) >= strength(advise(worse, shorter)));
    }

    #[test]
    fn any_moment_is_judged_or_refused(seconds in any::<i64>(), nanos in 0..1_000_000_000i32, now in -377_705_023_201..253_402_207_200i64) {
        let now = Timestamp::from_second(now).unwrap();
        let at = detected(Detected::Ago(SignedDuration::new(seconds, nanos)), now, "UTC");
        if let Ok(at) = at {
            prop_assert!(at <= now && now.duration_since(at) <= LONGEST_AGO);
        }
    }

    #[test]
    fn a_time_of_day_is_of_the_last_day(
        hour in 0..24i8, minute in 0..60i8, now in 0..4_000_000_000i64,
        zone in prop::sample::select(vec!["UTC", "Asia/Tokyo", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
    ) {
        let now = Timestamp::from_second(now).unwrap();
        let time = jiff::civil::Time::new(hour, minute, 0, 0).unwrap();
        let at = detected(Detected::TimeOfDay(time), now, zone).unwrap();
        // A day is as long as 25 hours where summer ends.
        prop_assert!(at <= now && now.duration_since(at) <= SignedDuration::from_hours(25));
    }
}

fn settings(zone: &str) -> Settings {
    Settings {
        configuration: Digest::of(b""),
        catalogue: Vec::new(),
        persons: Vec::new(),
        commanders: BTreeSet::new(),
        stakeholders: BTreeSet::new(),
        announce: Vec::new(),
        room_template: String::new(),
        rooms: crate::settings::Rooms::default(),
        zone: TimeZone::get(zone).unwrap(),
        assumed: Assumed::default(),
        texts: Texts::default(),
        keep_incidents: None,
        pace: Pace::default(),
    }
}

fn ask(detected: Option<Detected>) -> Ask {
    let subjects = vec![Subject { service: "api-service".into(), wanted: None }];
    let (wanted, environment, severity, data, time_to_fix, because) = Default::default();
    Ask { subjects, wanted, environment, severity, data, time_to_fix, detected, because }
}

fn detected(detected: Detected, now: Timestamp, zone: &str) -> Result<Timestamp, DecideError> {
    assess(&ask(Some(detected)), now, &settings(zone)).map(|assessment| {
        assert!(!assessment.detected_at.is_assumed());
        assessment.detected_at.value()
    })
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn what_was_not_said_is_assumed() {
    let now = moment("2024-01-15T15:30:00Z");
    let assessment = assess(&ask(None), now, &settings("UTC")).unwrap();
    let expected = Assessment {
        severity: Stated::Assumed(Severity::High),
        data: Stated::Assumed(DataImpact::None),
        time_to_fix: Stated::Assumed(SignedDuration::from_mins(90)),
        detected_at: Stated::Assumed(now),
        advice: Advice { decision: Decision::RollBack, rule: Rule::HighSlowFix },
    };
    assert_eq!(assessment, expected);
    let said = Ask { severity: Some(Severity::Low), data: Some(DataImpact::Minor), ..ask(None) };
    let assessment = assess(&said, now, &settings("UTC")).unwrap();
    assert_eq!(assessment.severity, Stated::Given(Severity::Low));
    assert_eq!(assessment.data, Stated::Given(DataImpact::Minor));
    assert_eq!(assessment.advice.rule, Rule::LowFixForward);
}

#[test]
fn a_time_of_day_is_the_last_one_in_the_zone() {
    for (time, now, zone, expected) in [
        ("15:25", "2024-01-15T15:30:00Z", "UTC", "2024-01-15T15:25:00Z"),
        ("15:35", "2024-01-15T15:30:00Z", "UTC", "2024-01-14T15:35:00Z"),
        ("15:25", "2024-01-15T06:30:00Z", "Asia/Tokyo", "2024-01-15T06:25:00Z"),
        ("23:59", "2024-01-15T15:01:00Z", "Asia/Tokyo", "2024-01-15T14:59:00Z"),
        // Another clock is a little ahead: now, not yesterday; over midnight too.
        ("15:31", "2024-01-15T15:30:00Z", "UTC", "2024-01-15T15:30:00Z"),
        ("00:00", "2024-01-15T23:59:30Z", "UTC", "2024-01-15T23:59:30Z"),
        // Summer ends in Berlin at 01:00 UTC: 02:30 comes at 00:30 and at 01:30.
        ("02:30", "2024-10-27T00:45:00Z", "Europe/Berlin", "2024-10-27T00:30:00Z"),
        ("02:30", "2024-10-27T01:45:00Z", "Europe/Berlin", "2024-10-27T01:30:00Z"),
        // Summer begins at 01:00 UTC: 02:30 never comes, and is 03:30 or 01:30.
        ("02:30", "2024-03-31T02:00:00Z", "Europe/Berlin", "2024-03-31T01:30:00Z"),
        ("02:30", "2024-03-31T01:10:00Z", "Europe/Berlin", "2024-03-31T00:30:00Z"),
    ] {
        let at = detected(Detected::TimeOfDay(time.parse().unwrap()), moment(now), zone).unwrap();
        assert_eq!(at, moment(expected), "{time} at {now} in {zone}");
    }
}

#[test]
fn moments_ahead_and_long_ago_are_refused() {
    let now = moment("2024-01-15T15:30:00Z");
    let at = |text: &str| detected(Detected::At(moment(text)), now, "UTC");
    assert_eq!(at("2024-01-15T15:32:00Z"), Ok(now));
    assert_eq!(at("2024-01-15T15:20:00Z"), Ok(moment("2024-01-15T15:20:00Z")));
    let ahead = moment("2024-01-15T15:32:01Z");
    assert_eq!(at("2024-01-15T15:32:01Z"), Err(DecideError::DetectedInFuture { detected_at: ahead, now }));
    let long_ago = moment("2023-01-15T15:20:00Z");
    let error = at("2023-01-15T15:20:00Z").unwrap_err();
    assert_eq!(error, DecideError::DetectedLongAgo { detected_at: long_ago, now });
    assert_eq!(error.note().arguments["detected"], "2023-01-15T15:20:00Z");
    assert_eq!(detected(Detected::Ago(SignedDuration::ZERO), now, "UTC"), Ok(now));
    assert_eq!(detected(Detected::Ago(SignedDuration::from_mins(10)), now, "UTC"), Ok(moment("2024-01-15T15:20:00Z")));
}

#[test]
fn the_clock_runs_from_detection() {
    let deadlines = decision_deadlines(moment("2024-01-15T15:25:00Z"));
    let expected = [
        (DeadlineName::DecisionSoon, moment("2024-01-15T15:35:00Z")),
        (DeadlineName::DecisionDue, moment("2024-01-15T15:40:00Z")),
    ];
    assert_eq!(deadlines, expected);
    assert_eq!(decision_deadlines(Timestamp::MAX)[1].1, Timestamp::MAX);
}

#[test]
fn every_note_has_its_sentence_and_every_sentence_its_note() {
    let now = moment("2024-01-15T15:30:00Z");
    let errors = [
        DecideError::DetectedInFuture { detected_at: now, now }.note(),
        DecideError::DetectedLongAgo { detected_at: now, now }.note(),
    ];
    let advice = Advice { decision: Decision::Consider, rule: Rule::HighQuickFix };
    let all: Vec<Note> = Rule::ALL.into_iter().map(rule_note).chain(Decision::ALL.map(decision_note)).collect();
    let named: BTreeSet<String> =
        all.iter().chain(&errors).chain(&notes(&advice)).map(|note| format!("note-{}", note.code)).collect();
    let lines = SENTENCES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let written: BTreeSet<String> = lines.map(|line| line.split_once(" = ").unwrap().0.to_owned()).collect();
    assert_eq!(named, written);
    for rule in Rule::ALL {
        assert_eq!(rule_note(rule).code, format!("rule-{}", word(&rule)));
    }
    for decision in Decision::ALL {
        assert_eq!(decision_note(decision).code, format!("decision-{}", word(&decision)));
    }
    for error in errors {
        let line = SENTENCES.lines().find(|line| line.starts_with(&format!("note-{} =", error.code))).unwrap();
        let arguments: BTreeSet<&str> =
            line.split("{ $").skip(1).map(|rest| rest.split_once(" }").unwrap().0).collect();
        assert_eq!(arguments, error.arguments.keys().map(String::as_str).collect());
    }
    assert!(fluent_templates::fluent_bundle::FluentResource::try_new(SENTENCES.to_owned()).is_ok());
}
