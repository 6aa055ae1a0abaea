//! What is refused, and why.

use super::{CATALOGUE, Problem, Vocabulary, parse, problem, read};
use crate::parse::{Key, LONGEST_REASON, LONGEST_TEXT, Verb};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn typed(text: &str) -> String {
    text.to_owned()
}

const SERVICES: [&str; 5] = ["Web_Front", "api-service", "billing2", "data", "shop.example"];

#[test]
fn names_that_nobody_knows() {
    let known = || names(&SERVICES);
    let near = names(&["api-service"]);
    let service = "api-service".to_owned();
    for (text, expected) in [
        ("api-servcie v1", Problem::UnknownWord { typed: typed("api-servcie"), near: near.clone(), known: known() }),
        ("aprove", Problem::UnknownWord { typed: typed("aprove"), near: names(&["approve"]), known: known() }),
        ("qwertz v1", Problem::UnknownWord { typed: typed("qwertz"), near: vec![], known: known() }),
        ("plan api v1", Problem::UnknownService { typed: typed("api"), near: near.clone(), known: known() }),
        ("billing2,api v1", Problem::UnknownService { typed: typed("api"), near, known: known() }),
        ("plan", Problem::MissingService { verb: Verb::Plan }),
        ("why because", Problem::EmptyReason),
        ("v1.2.9", Problem::MissingService { verb: Verb::Rollback }),
        ("previous", Problem::MissingService { verb: Verb::Rollback }),
        ("env=staging", Problem::MissingService { verb: Verb::Rollback }),
        ("api-service, API-service v1", Problem::ServiceTwice { service: service.clone() }),
        ("api-service billing2 v1", Problem::MissingComma { service: "billing2".to_owned() }),
        ("api-service, v1.2.9", Problem::VersionInList { typed: typed("v1.2.9") }),
        ("api-service:v1.2.9", Problem::WrongSign { service: service.clone() }),
        ("api-service=v1.2.9", Problem::WrongSign { service: service.clone() }),
        ("api-service : v1.2.9", Problem::WrongSign { service }),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
    let empty: Vec<&crate::model::ServiceKey> = Vec::new();
    let nothing = parse("api-service v1", &empty.into_iter().collect::<Vocabulary<'_>>());
    assert_eq!(nothing.unwrap_err().problem, Problem::NoServices);
}

#[test]
fn environments() {
    let there = Problem::ServiceNotThere {
        service: "billing2".to_owned(),
        environment: "staging".to_owned(),
        known: names(&["production"]),
    };
    for (text, expected) in [
        ("api-service env=prod", Problem::UnknownEnvironment { typed: typed("prod"), known: names(&["production"]) }),
        (
            "api-service env=moon",
            Problem::UnknownEnvironment { typed: typed("moon"), known: names(&["production", "staging"]) },
        ),
        ("api-service Staging", Problem::EnvironmentAsVersion { environment: "staging".to_owned() }),
        ("api-service,billing2 v1 env=staging", there),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
}

#[test]
fn versions() {
    for (text, expected) in [
        ("api-service v1/2", Problem::BadVersion { typed: typed("v1/2") }),
        ("api-service v1.\"2\".9", Problem::BadVersion { typed: typed("v1.\"2\".9") }),
        ("api-service v1.2.９а", Problem::BadVersion { typed: typed("v1.2.9а") }),
        ("api-service@v1@v2", Problem::BadVersion { typed: typed("v1@v2") }),
        ("api-service rev:x", Problem::BadRevision { typed: typed("rev:x") }),
        ("api-service sha256:12", Problem::BadImageDigest { typed: typed("sha256:12") }),
        ("api-service previus", Problem::VersionNear { typed: typed("previus"), near: "previous" }),
        ("api-service plan", Problem::VerbNotFirst { verb: Verb::Plan }),
        ("api-service@", Problem::MissingVersion { after: typed("api-service@") }),
        ("api-service to", Problem::MissingVersion { after: typed("to") }),
        ("api-service v1.2.9; rm -rf /", Problem::Unexpected { typed: typed("rm"), verb: Verb::Rollback }),
        ("api-service v1.2.9 v1.2.8", Problem::Unexpected { typed: typed("v1.2.8"), verb: Verb::Rollback }),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
}

#[test]
fn keys_and_values() {
    for (text, expected) in [
        ("api-service sevrity=high", Problem::UnknownKey { typed: typed("sevrity"), near: names(&["severity"]) }),
        ("api-service reason=slow", Problem::UnknownKey { typed: typed("reason"), near: vec![] }),
        ("api-service env=staging ENV: production", Problem::KeyTwice { key: Key::Environment }),
        ("api-service env=", Problem::MissingValue { key: Key::Environment }),
        ("api-service env= because x", Problem::MissingValue { key: Key::Environment }),
        ("api-service env= severity=high", Problem::MissingValue { key: Key::Environment }),
        ("api-service --env production", Problem::MissingEquals { key: Key::Environment }),
        ("api-service critical", Problem::MissingEquals { key: Key::Severity }),
        ("api-service P1", Problem::MissingEquals { key: Key::Severity }),
        ("api-service none", Problem::MissingEquals { key: Key::Data }),
        ("api-service 45m", Problem::MissingEquals { key: Key::Fix }),
        ("severity high", Problem::MissingEquals { key: Key::Severity }),
        ("api-service v1 fix 45m", Problem::MissingEquals { key: Key::Fix }),
        ("= api-service", Problem::StrayEquals),
        ("api-service env==staging", Problem::MissingValue { key: Key::Environment }),
        ("api-service severity=sev1", Problem::BadSeverity { typed: typed("sev1") }),
        ("api-service data=some", Problem::BadData { typed: typed("some") }),
        ("api-service fix=soon", Problem::BadDuration { typed: typed("soon") }),
        ("api-service fix=45", Problem::DurationWithoutUnit { typed: typed("45") }),
        ("api-service fix=0h", Problem::DurationZero),
        ("api-service fix=31d", Problem::DurationTooLong { typed: typed("31d") }),
        ("api-service detected=yesterday", Problem::BadDetected { typed: typed("yesterday") }),
        ("api-service detected=15:25Z", Problem::TimeWithZone { typed: typed("15:25Z") }),
        ("api-service detected=15:25 JST", Problem::TimeWithZone { typed: typed("15:25 JST") }),
        ("api-service detected=3:25 pm v1", Problem::BadDetected { typed: typed("3:25 pm") }),
        ("api-service detected=2024-01-15T15:25", Problem::DateWithoutZone { typed: typed("2024-01-15T15:25") }),
        ("status severity=high", Problem::KeyNotHere { key: Key::Severity, verb: Verb::Status }),
        ("why api-service data=none", Problem::KeyNotHere { key: Key::Data, verb: Verb::Why }),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
}

#[test]
fn people_and_reasons() {
    for (text, expected) in [
        ("approve yes", Problem::BadDigest { typed: typed("yes") }),
        ("approve 1a2b3c", Problem::BadDigest { typed: typed("1a2b3c") }),
        ("approve INC-2024-0115-001/1 nothex!!", Problem::BadDigest { typed: typed("nothex") }),
        ("approve INC-2024-1315-001", Problem::BadId { typed: typed("INC-2024-1315-001") }),
        ("approve because fine", Problem::ReasonNotHere { verb: Verb::Approve }),
        ("approve 1a2b3c4d 1a2b3c4d", Problem::Unexpected { typed: typed("1a2b3c4d"), verb: Verb::Approve }),
        ("deny 3", Problem::BadDigest { typed: typed("3") }),
        ("status api-service", Problem::BadId { typed: typed("api-service") }),
        ("report", Problem::NeedsId { verb: Verb::Report }),
        ("status INC-2024-0115-001 now", Problem::Unexpected { typed: typed("now"), verb: Verb::Status }),
        ("api-service because", Problem::EmptyReason),
        ("api-service because \"\"", Problem::EmptyReason),
        ("mark api-service v1.2.9 bad", Problem::NeedsReason { verb: Verb::Mark }),
        ("mark api-service bad because x", Problem::NeedsVersion { verb: Verb::Mark }),
        ("mark api-service previous bad because x", Problem::NeedsVersion { verb: Verb::Mark }),
        ("mark api-service v1 because x", Problem::NeedsStanding),
        ("mark api-service v1 meh because x", Problem::BadStanding { typed: typed("meh") }),
        ("help aprove", Problem::UnknownTopic { typed: typed("aprove"), near: names(&["approve"]) }),
        ("history api-service v1", Problem::Unexpected { typed: typed("v1"), verb: Verb::History }),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
}

#[test]
fn markup_of_chats() {
    for (text, words) in [
        ("<@U123> api-service v1", "@U123"),
        ("api-service <@U123|sam>", "@sam"),
        ("api-service,<@&1> v1", "@&1"),
        ("api-service <!channel>", "@channel"),
        ("<#C123|api-service> v1", "#api-service"),
        ("api-service env=<#C1|production>", "#production"),
        ("@sam api-service", "@sam"),
        ("api-service #ops", "#ops"),
        ("api-service v1&lt;2", "v1<2"),
        ("api-service <:fire:12>", ":fire:"),
    ] {
        assert_eq!(problem(text), Problem::Mention { typed: typed(words) }, "{text}");
    }
    for text in [
        "https://git.test/a?b=c,d",
        "<https://git.test/a?b=c,d>",
        "<https://git.test/a?b=c,d|https://git.test/a?b=c,d>",
    ] {
        let whole = format!("api-service {text}");
        assert!(matches!(problem(&whole), Problem::Link { .. }), "{text}");
    }
    assert!(read("api-service because <@U1> said <!here> to https://x.test").is_ok());
}

#[test]
fn too_much() {
    let long = format!("api-service because {}", "x".repeat(LONGEST_REASON + 1));
    assert_eq!(problem(&long), Problem::ReasonTooLong { limit: LONGEST_REASON });
    let longest = "あ".repeat(LONGEST_TEXT);
    assert!(matches!(problem(&longest), Problem::UnknownWord { .. }));
    assert_eq!(problem(&format!("{longest}あ")), Problem::TooLong { limit: LONGEST_TEXT });
    assert_eq!(SERVICES.len() + 1, CATALOGUE.len());
}

#[test]
fn a_refusal_says_where() {
    for (text, part) in [
        ("/rollback ａｐｉ v1", "ａｐｉ"),
        ("api-service “v1/2” env=staging", "“v1/2”"),
        ("api-service env=staging fix = 45", "45"),
        ("`api-service severity=very`", "very"),
    ] {
        let at = read(text).unwrap_err().at.unwrap();
        assert_eq!(&text[at.range()], part);
    }
    let shown = read("api-service v1/2").unwrap_err().to_string();
    assert_eq!(shown, "the command cannot be read at byte 12: parse-bad-version typed=\"v1/2\"");
}
