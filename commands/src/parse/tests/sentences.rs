//! Every problem has its sentence, and every sentence its problem.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Note;
use crate::parse::{Key, ParseError, Problem, Verb};

const SENTENCES: &str = include_str!("../../notify/text/en/parse.ftl");

/// One of each problem, and one more where its sentence depends on what is known.
fn problems() -> Vec<Problem> {
    let typed = || "typed".to_owned();
    let some = || vec!["api-service".to_owned()];
    let (verb, key) = (Verb::Mark, Key::Fix);
    vec![
        Problem::TooLong { limit: 1 },
        Problem::UnknownWord { typed: typed(), near: vec![], known: some() },
        Problem::UnknownWord { typed: typed(), near: some(), known: some() },
        Problem::UnknownService { typed: typed(), near: vec![], known: some() },
        Problem::UnknownService { typed: typed(), near: some(), known: some() },
        Problem::NoServices,
        Problem::MissingService { verb },
        Problem::ServiceTwice { service: typed() },
        Problem::ServiceNotThere { service: typed(), environment: typed(), known: some() },
        Problem::UnknownEnvironment { typed: typed(), known: some() },
        Problem::EnvironmentAsVersion { environment: typed() },
        Problem::MissingComma { service: typed() },
        Problem::VersionInList { typed: typed() },
        Problem::VerbNotFirst { verb },
        Problem::WrongSign { service: typed() },
        Problem::MissingVersion { after: typed() },
        Problem::NeedsVersion { verb },
        Problem::BadVersion { typed: typed() },
        Problem::BadRevision { typed: typed() },
        Problem::BadImageDigest { typed: typed() },
        Problem::VersionNear { typed: typed(), near: "previous" },
        Problem::UnknownKey { typed: typed(), near: vec![] },
        Problem::UnknownKey { typed: typed(), near: some() },
        Problem::KeyTwice { key },
        Problem::KeyNotHere { key, verb },
        Problem::MissingValue { key },
        Problem::MissingEquals { key },
        Problem::StrayEquals,
        Problem::BadSeverity { typed: typed() },
        Problem::BadData { typed: typed() },
        Problem::BadDuration { typed: typed() },
        Problem::DurationWithoutUnit { typed: typed() },
        Problem::DurationZero,
        Problem::DurationTooLong { typed: typed() },
        Problem::BadDetected { typed: typed() },
        Problem::TimeWithZone { typed: typed() },
        Problem::DateWithoutZone { typed: typed() },
        Problem::EmptyReason,
        Problem::ReasonTooLong { limit: 1 },
        Problem::ReasonNotHere { verb },
        Problem::NeedsReason { verb },
        Problem::BadId { typed: typed() },
        Problem::NeedsId { verb },
        Problem::BadDigest { typed: typed() },
        Problem::BadStanding { typed: typed() },
        Problem::NeedsStanding,
        Problem::UnknownTopic { typed: typed(), near: vec![] },
        Problem::UnknownTopic { typed: typed(), near: some() },
        Problem::Unexpected { typed: typed(), verb },
        Problem::Mention { typed: typed() },
        Problem::Link { typed: typed() },
    ]
}

/// Each message, and the arguments that it names.
fn sentences() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let messages = SENTENCES.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    messages
        .map(|line| {
            let (name, sentence) = line.split_once(" = ").unwrap();
            let arguments = sentence.split("{ $").skip(1).map(|rest| rest.split_once(" }").unwrap().0);
            (name, arguments.collect())
        })
        .collect()
}

/// The codes that `note.rs` names, read from its own text, so that none is left out above.
fn codes_in_the_source() -> BTreeSet<String> {
    let source = include_str!("../note.rs");
    source.split("=> \"").skip(1).map(|rest| format!("note-{}", rest.split('"').next().unwrap())).collect()
}

#[test]
fn every_problem_has_its_sentence_and_its_arguments() {
    let mut sentences = sentences();
    let mut codes = BTreeSet::new();
    for problem in problems() {
        let Note { code, arguments } = ParseError { problem, at: None }.note();
        let name = format!("note-{code}");
        let named = sentences.remove(name.as_str()).unwrap_or_else(|| panic!("{name} is missing, or there twice"));
        let given: BTreeSet<&str> = arguments.keys().map(String::as_str).collect();
        assert_eq!(named, given, "{name}");
        codes.insert(name);
    }
    assert_eq!(sentences, BTreeMap::new(), "sentences without a problem");
    assert_eq!(codes, codes_in_the_source(), "problems without a test");
}

#[test]
fn the_sentences_are_fluent() {
    let resource = fluent_templates::fluent_bundle::FluentResource::try_new(SENTENCES.to_owned());
    assert!(resource.is_ok(), "{:?}", resource.err().map(|(_, errors)| errors));
}

#[test]
fn a_sentence_lists_no_more_than_ten_names() {
    let known = (0..12).map(|number| format!("s{number}")).collect();
    let note =
        ParseError { problem: Problem::UnknownService { typed: "x".into(), near: vec![], known }, at: None }.note();
    assert_eq!(note.arguments["known"], "s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, …");
}
