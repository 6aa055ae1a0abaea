//! What is read, and as what.

use jiff::SignedDuration;
use jiff::civil::Time;

use super::read;
use crate::model::{
    AnyId, Ask, Command, DataImpact, Detected, Mark, ServiceName, Severity, Standing, Subject, Version, Wanted,
};
use crate::parse::{Verb, is_reserved};

fn version(text: &str) -> Option<Wanted> {
    Some(Wanted::Version(Version::new(text)))
}

fn ask(subjects: &[(&str, Option<Wanted>)], wanted: Option<Wanted>) -> Ask {
    let subjects = subjects
        .iter()
        .map(|(service, wanted)| Subject { service: (*service).into(), wanted: wanted.clone() })
        .collect();
    let (environment, severity, data, time_to_fix, detected, because) = Default::default();
    Ask { subjects, wanted, environment, severity, data, time_to_fix, detected, because }
}

fn id(text: &str) -> Option<AnyId> {
    Some(text.parse().map(AnyId::Rollback).unwrap_or_else(|_| AnyId::Incident(text.parse().unwrap())))
}

/// The exact spelling counts here, which `Version` itself leaves open.
fn assert_reads(text: &str, command: &Command) {
    let read = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(format!("{read:?}"), format!("{command:?}"), "{text}");
}

#[test]
fn the_whole_grammar_in_one_line() {
    let mut whole = ask(&[("api-service", version("v1.2.8")), ("Web_Front", None)], version("v1.2.9"));
    whole.environment = Some("production".into());
    whole.severity = Some(Severity::High);
    whole.data = Some(DataImpact::Minor);
    whole.time_to_fix = Some(SignedDuration::from_mins(90));
    whole.detected = Some(Detected::TimeOfDay(Time::constant(15, 25, 0, 0)));
    whole.because = Some("Checkout is SLOW, data=major!".to_owned());
    let text = "api-service@v1.2.8, web_front v1.2.9 env=production severity=high data=minor fix=1h30m \
                detected=15:25 because Checkout is SLOW, data=major!";
    assert_reads(text, &Command::Rollback(whole.clone()));
    assert_reads(&format!("/rollback plan {text}"), &Command::Plan(whole.clone()));
    let shuffled = "PLAN severity=P2, fix=1h 30m, api-service@v1.2.8,web_front data: minor Env = Production to v1.2.9 \
                    --detected=15:25 because: \"Checkout is SLOW, data=major!\"";
    assert_reads(shuffled, &Command::Plan(whole));
}

#[test]
fn one_service_and_its_version_in_many_hands() {
    let plain = Command::Rollback(ask(&[("api-service", None)], version("v1.2.9")));
    for text in [
        "api-service v1.2.9",
        "  api-service \t\n v1.2.9  ",
        "/rollback api-service v1.2.9",
        "rollback api-service v1.2.9.",
        "API-Service v1.2.9!",
        "\"api-service\" \"v1.2.9\"",
        "“api-service” ‘v1.2.9’",
        "`api-service` `v1.2.9`",
        "`api-service v1.2.9`",
        "```\n/rollback api-service v1.2.9\n```",
        "```sh\nrollback api-service v1.2.9```",
        "ａｐｉ－ｓｅｒｖｉｃｅ　ｖ１．２．９",
        "／ｒｏｌｌｂａｃｋ　ａｐｉーｓｅｒｖｉｃｅ　ｖ１。２。９。",
        "「api-service」 v1.2.9",
        "api\u{200b}-service\u{feff} v1.2.9\u{2060}",
        "api\u{2011}service v1.2.9",
        "*api-service* _v1.2.9_",
        "api-service to v1.2.9",
        "<https://api-service.test/x|api-service> v1.2.9",
        "api-service <https://git.test/releases/v1.2.9|v1.2.9>",
        "api-service [v1.2.9](https://git.test/releases/v1.2.9)",
    ] {
        assert_reads(text, &plain);
    }
    let own = Command::Rollback(ask(&[("api-service", version("v1.2.9"))], None));
    for text in [
        "api-service@v1.2.9",
        "api-service＠v1.2.9",
        "<mailto:api-service@v1.2.9|api-service@v1.2.9>",
        "api-service@\"v1.2.9\"",
    ] {
        assert_reads(text, &own);
    }
}

#[test]
fn a_version_that_looks_like_a_length_of_time_goes_behind_an_at_sign() {
    assert_reads("api-service@45m", &Command::Rollback(ask(&[("api-service", version("45m"))], None)));
    let mut timed = ask(&[("api-service", None)], version("1234567d"));
    timed.time_to_fix = Some(SignedDuration::from_mins(45));
    assert_reads("api-service fix=45m 1234567d", &Command::Rollback(timed));
}

#[test]
fn names_and_versions_of_all_shapes() {
    for (text, service, wanted) in [
        ("api-service", "api-service", None),
        ("api-service 1.2.9", "api-service", version("1.2.9")),
        ("api-service v1.2.90", "api-service", version("v1.2.90")),
        ("api-service previous", "api-service", Some(Wanted::Previous)),
        ("api-service Last-Good.", "api-service", Some(Wanted::LastGood)),
        ("api-service rev:12", "api-service", version("rev:12")),
        ("api-service sha256:0123456789AB", "api-service", version("sha256:0123456789ab")),
        ("api-service 1.3.0-rc.1+build.5", "api-service", version("1.3.0-rc.1+build.5")),
        ("api-service 2024-01-15_3", "api-service", version("2024-01-15_3")),
        ("WEB_FRONT v1", "Web_Front", version("v1")),
        ("<http://shop.example|shop.example> v1", "shop.example", version("v1")),
        ("api-service 1234567d", "api-service", version("1234567d")),
        ("data v1", "data", version("v1")),
        ("BILLING２ v1", "billing2", version("v1")),
    ] {
        assert_reads(text, &Command::Rollback(ask(&[(service, None)], wanted)));
    }
}

#[test]
fn lists_of_services() {
    let three = ask(&[("billing2", None), ("api-service", version("v1")), ("Web_Front", Some(Wanted::Previous))], None);
    for text in [
        "billing2,api-service@v1,web_front@previous",
        "billing2, api-service@v1 , web_front@previous",
        "billing2、api-service@v1，web_front@previous,",
    ] {
        assert_reads(text, &Command::Rollback(three.clone()));
    }
}

#[test]
fn questions_and_answers_of_people() {
    let incident = "INC-2024-0115-001";
    let rollback = "INC-2024-0115-001/2";
    let because = || Some("it is wrong".to_owned());
    for (text, command) in [
        ("status", Command::Status(None)),
        ("Status inc-2024-0115-001.", Command::Status(id(incident))),
        ("close INC-2024-0115-001", Command::Close(id(incident))),
        ("close", Command::Close(None)),
        ("report `INC-2024-0115-001/2`", Command::Report(id(rollback).unwrap())),
        ("approve", Command::Approve(None, None)),
        ("approve INC-2024-0115-001/2 1A2B3C4D", Command::Approve(id(rollback), Some("1a2b3c4d".to_owned()))),
        ("approve 1a2b3c4d.", Command::Approve(None, Some("1a2b3c4d".to_owned()))),
        ("approve, INC–2024–0115–001", Command::Approve(id(incident), None)),
        ("deny because it is wrong", Command::Deny(None, None, because())),
        ("deny INC-2024-0115-001/2 3cba4fcc", Command::Deny(id(rollback), Some("3cba4fcc".to_owned()), None)),
        ("deny INC-2024-0115-001/2", Command::Deny(id(rollback), None, None)),
        ("abort INC-2024-0115-001/2 because it is wrong", Command::Abort(id(rollback), because())),
        ("retry", Command::Retry(None, None)),
        ("skip ＩＮＣ－２０２４－０１１５－００１／２ because “it is wrong”", Command::Skip(id(rollback), because())),
    ] {
        assert_reads(text, &command);
    }
}

#[test]
fn questions_about_services() {
    let service = || ServiceName::from("api-service");
    assert_reads("history api-service", &Command::History(service(), None));
    assert_reads("history env=STAGING Api-Service", &Command::History(service(), Some("staging".into())));
    assert_reads("why api-service?", &Command::Why(service(), None));
    let mark = Mark {
        service: service(),
        environment: None,
        version: Version::new("v1.2.9"),
        standing: Standing::Bad,
        because: "it loses orders".to_owned(),
    };
    for text in
        ["mark api-service v1.2.9 bad because it loses orders", "mark api-service@v1.2.9 BAD because it loses orders"]
    {
        assert_reads(text, &Command::Mark(mark.clone()));
    }
    let good = Mark { standing: Standing::Good, environment: Some("staging".into()), ..mark };
    assert_reads("mark api-service v1.2.9 good env=staging because it loses orders", &Command::Mark(good));
}

#[test]
fn help_is_what_nothing_means() {
    for text in ["", "  ", "/rollback", "/rollback ?", "help", "help!", "-h", "--help", "```\n```", "\u{200b}"] {
        assert_reads(text, &Command::Help(None));
    }
    assert_reads("help Approve", &Command::Help(Some("approve".to_owned())));
    assert_reads("help rollback", &Command::Help(Some("rollback".to_owned())));
}

#[test]
fn moments_and_lengths_may_be_several_words() {
    let mut expected = ask(&[("api-service", None)], version("v1"));
    expected.time_to_fix = Some(SignedDuration::from_mins(45));
    expected.detected = Some(Detected::Ago(SignedDuration::from_mins(10)));
    for text in ["api-service fix=45 min v1 detected=10m ago", "api-service detected: 10 minutes ago, fix = 45m v1"] {
        assert_reads(text, &Command::Rollback(expected.clone()));
    }
    expected.detected = Some(Detected::At("2024-01-15T15:25:00Z".parse().unwrap()));
    assert_reads("api-service fix=45m detected=2024-01-15 15:25Z v1", &Command::Rollback(expected));
}

#[test]
fn words_of_the_grammar_name_no_service() {
    for verb in Verb::ALL {
        assert!(is_reserved(verb.word()) && is_reserved(&verb.word().to_uppercase()));
    }
    for word in ["previous", "Last-Good", "because", "ｐｌａｎ", "to"] {
        assert!(is_reserved(word), "{word}");
    }
    for name in ["api-service", "data", "planner", ""] {
        assert!(!is_reserved(name), "{name}");
    }
}

#[test]
fn every_example_of_a_verb_is_a_command() {
    for verb in Verb::ALL {
        assert!(read(verb.example()).is_ok(), "{}", verb.example());
    }
}
