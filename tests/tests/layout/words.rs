//! Sentences for people in chat and words for logs and terminals are two things. (That each sentence that
//! code names exists, and each is named, is held beside the sentences: `commands/src/notify/text/tests.rs`.)

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use super::{root, sources};

/// What is said, without case and without the values in it.
fn bare(sentence: &str) -> String {
    static VALUES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{[^{}]*\}").unwrap());
    let bare = VALUES.replace_all(sentence, "{}").to_lowercase();
    bare.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '{' && letter != '}').to_owned()
}

/// Whether it is long enough to be a sentence and not a word that two may need.
fn is_sentence(bare: &str) -> bool {
    bare.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() >= 4
}

#[test]
fn no_sentence_stands_in_two_places() {
    let mut said = BTreeMap::new();
    let message = Regex::new(r"(?m)^[a-z][a-z0-9-]* = (.+)$").unwrap();
    for entry in fs::read_dir(root().join("commands/src/notify/text/en")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        said.extend(message.captures_iter(&text).map(|found| (bare(&found[1]), found[1].to_owned())));
    }
    said.retain(|bare, _| is_sentence(bare));
    assert!(said.len() > 100, "only {} sentences were found", said.len());

    let display = Regex::new(r#"(?:#\[error\(|write!\(\s*f,|write_str\(|format!\()\s*"((?:[^"\\]|\\.)+)""#).unwrap();
    let twice: Vec<String> = ["commands/src", "adapters/src", "bot/src"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|source| !source.is_test())
        .flat_map(|source| {
            let found = display.captures_iter(source.own()).map(|found| found[1].to_owned()).collect::<Vec<_>>();
            found.into_iter().map(move |words| (source.path.clone(), words)).collect::<Vec<_>>()
        })
        .filter(|(_, words)| said.contains_key(&bare(words)))
        .map(|(path, words)| format!("{path}: {words}"))
        .collect();
    assert!(twice.is_empty(), "{twice:#?}");
}
