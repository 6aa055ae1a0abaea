//! What ran when, and what is chosen of it.

use std::collections::BTreeMap;

use super::{Ledger, NoChoice, choose};
use crate::model::*;
use crate::notify::story;

/// A ledger told in short words: `saw v1.2.9`, `good v1.2.9`, `bad v1.2.9`, one minute apart.
fn ledger(words: &[&str]) -> Ledger {
    let mut ledger = Ledger::default();
    for (sequence, words) in (1_u64..).zip(words) {
        let (verb, version) = words.split_once(' ').unwrap();
        let event = match verb {
            "saw" => ServiceEvent::SeenRunning {
                target: "release".into(),
                revision: Revision::new(version),
                version: Some(Version::new(version)),
            },
            verb => ServiceEvent::Marked {
                version: Some(Version::new(version)),
                revisions: BTreeMap::new(),
                standing: if verb == "good" { Standing::Good } else { Standing::Bad },
                cause: MarkCause::Soaked,
            },
        };
        ledger.apply(&stored(sequence), Some(&Event::Service(event)));
    }
    ledger
}

fn stored(sequence: u64) -> StoredEvent {
    StoredEvent {
        position: sequence,
        stream: StreamId::Service(story::key()),
        sequence: Sequence(sequence),
        at: jiff::Timestamp::from_second(60 * i64::try_from(sequence).unwrap()).unwrap(),
        actor: Actor::System,
        kind: String::new(),
        version: 1,
        configuration: Digest::default(),
        previous: Digest::default(),
        body: String::new(),
        hash: Digest::default(),
    }
}

fn chosen(ledger: &Ledger, wanted: &Wanted, running: &str) -> Result<String, NoChoice> {
    let choice = choose(ledger, wanted, &"release".into(), Some(&Version::new(running)));
    choice.map(|choice| choice.version.to_string())
}

#[test]
fn the_last_good_one_is_the_one_that_ran_last() {
    let ledger = ledger(&["saw v1.2.8", "good v1.2.8", "saw v1.2.9", "good v1.2.9", "saw v1.3.0"]);
    assert_eq!(chosen(&ledger, &Wanted::LastGood, "v1.3.0").unwrap(), "v1.2.9");
    assert_eq!(chosen(&ledger, &Wanted::LastGood, "v1.2.9").unwrap(), "v1.2.8", "never what runs");
}

#[test]
fn a_version_that_turned_out_bad_is_no_default() {
    let ledger = ledger(&["saw v1.2.8", "good v1.2.8", "saw v1.2.9", "good v1.2.9", "saw v1.3.0", "bad v1.2.9"]);
    assert_eq!(chosen(&ledger, &Wanted::LastGood, "v1.3.0").unwrap(), "v1.2.8");
    assert_eq!(ledger.standing(&Version::new("1.2.9")), Standing::Bad, "the last word counts, with or without v");
}

#[test]
fn nothing_is_chosen_of_what_nobody_proved() {
    let ledger = ledger(&["saw v1.2.8", "saw v1.3.0"]);
    assert_eq!(chosen(&ledger, &Wanted::LastGood, "v1.3.0"), Err(NoChoice::NothingGood));
    assert_eq!(chosen(&Ledger::default(), &Wanted::Previous, "v1.3.0"), Err(NoChoice::NothingBefore));
}

#[test]
fn previous_is_what_ran_before_and_does_not_toggle_back_to_what_runs() {
    let ledger = ledger(&["saw v1.2.9", "saw v1.3.0", "saw v1.2.9"]);
    assert_eq!(chosen(&ledger, &Wanted::Previous, "v1.2.9").unwrap(), "v1.3.0");
    assert_eq!(chosen(&ledger, &Wanted::Previous, "v1.4.0").unwrap(), "v1.2.9", "not seen yet is not before");
}

#[test]
fn a_named_version_is_taken_as_it_is_and_judged() {
    let ledger = ledger(&["bad v1.2.9"]);
    let wanted = Wanted::Version(Version::new("v1.2.9"));
    let choice = choose(&ledger, &wanted, &"release".into(), None).unwrap();
    assert_eq!((choice.version.as_str(), choice.standing), ("v1.2.9", Standing::Bad));
}

#[test]
fn what_is_not_understood_moves_only_the_place_in_the_log() {
    let mut known = ledger(&["saw v1.2.9", "good v1.2.9"]);
    let before = known.clone();
    known.apply(&stored(3), None);
    assert_eq!(known.sequence(), Sequence(3));
    assert_eq!((known.sightings(), known.marks()), (before.sightings(), before.marks()));
}

#[test]
fn the_checks_count_from_when_something_else_runs() {
    let mut known = ledger(&["saw v1.2.9"]);
    known.apply(&stored(2), Some(&Event::Service(ServiceEvent::ChecksPass)));
    assert!(known.checks().is_some_and(|checks| checks.pass));
    let other = ServiceEvent::SeenRunning { target: "release".into(), revision: Revision::new("x"), version: None };
    known.apply(&stored(3), Some(&Event::Service(other)));
    assert_eq!(known.checks(), None);
}
