//! No sentence that code names is missing, and what is missing all the same breaks nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

use super::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, reason = "this test reads the project's own sources")]
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Every file below a folder with this ending; none where there is no such folder.
#[expect(clippy::disallowed_methods, reason = "this test reads the project's own sources")]
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let found = paths.flat_map(|path| if path.is_dir() { files(&path, ending) } else { vec![path] });
    found.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

/// Each message of each Fluent file: its key, with the file and its text.
fn messages() -> BTreeMap<String, (PathBuf, String)> {
    let key = Regex::new(r"(?m)^([a-z][a-z0-9-]*) =").unwrap();
    let mut messages = BTreeMap::new();
    for path in files(&root().join("src/notify/text/en"), "ftl") {
        let text = text_of(&path);
        let starts: Vec<(usize, String)> =
            key.captures_iter(&text).map(|c| (c.get(0).unwrap().start(), c[1].to_owned())).collect();
        for (index, (start, name)) in starts.iter().enumerate() {
            let end = starts.get(index + 1).map_or(text.len(), |(next, _)| *next);
            let twice = messages.insert(name.clone(), (path.clone(), text[*start..end].to_owned()));
            assert!(twice.is_none(), "{name} stands twice: in {twice:?} and in {}", path.display());
        }
    }
    messages
}

/// Tests may name what does not exist.
fn is_test(path: &Path) -> bool {
    path.components()
        .any(|part| ["tests", "tests.rs", "story", "story.rs"].iter().any(|name| part.as_os_str() == *name))
}

/// What code names, with where: sentences by `say`, notes by `Note::new`.
fn named() -> BTreeMap<String, PathBuf> {
    let call = Regex::new(r#"\b(say|Note::new)\(\s*"([^"]+)""#).unwrap();
    let folders = ["src", "../adapters/src", "../bot/src"];
    let sources = folders.iter().flat_map(|folder| files(&root().join(folder), "rs"));
    let mut named = BTreeMap::new();
    for path in sources.filter(|path| !is_test(path)) {
        let source = text_of(&path);
        let own = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for found in call.captures_iter(own) {
            let key = if &found[1] == "say" { found[2].to_owned() } else { format!("note-{}", &found[2]) };
            named.insert(key, path.clone());
        }
    }
    named
}

/// Holds of the parts that are in this tree, each with its own file of sentences.
#[test]
fn every_sentence_that_code_names_exists() {
    let (messages, named) = (messages(), named());
    assert!(named.len() > 250, "only {} names were found: the search is wrong", named.len());
    let missing: Vec<String> = named
        .iter()
        .filter(|(key, _)| !messages.contains_key(*key))
        .map(|(key, path)| format!("{key} of {}", path.display()))
        .collect();
    assert!(missing.is_empty(), "no sentence for: {missing:#?}");
}

/// Sentences that nobody says any more go. Notes may wait in old logs, and are kept.
#[test]
fn every_sentence_is_named_by_code() {
    let named = named();
    let idle: Vec<String> =
        messages().into_keys().filter(|key| !key.starts_with("note-") && !named.contains_key(key)).collect();
    assert!(idle.is_empty(), "nobody says: {idle:#?}");
}

/// With each of its arguments given, every sentence can be said, and no placeholder is left over.
#[test]
fn every_sentence_can_be_said() {
    for (key, (path, text)) in messages() {
        let arguments = variables(&text).into_iter().map(|name| (Cow::Owned(name), value_of("7".to_owned()))).collect();
        let said = look_up(&Language::ENGLISH, &key, arguments);
        let said = said.unwrap_or_else(|| panic!("{key} of {} cannot be said", path.display()));
        assert!(!said.contains("{$"), "{key}: {said}");
        assert!(!said.contains('\u{2068}'), "{key} has isolation marks");
    }
}

fn variables(text: &str) -> BTreeSet<String> {
    let variable = Regex::new(r"\$([a-z_-]+)").unwrap();
    variable.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn what_is_missing_is_shown_by_its_name() {
    assert_eq!(say("no-such-key", &[]), "no-such-key");
    let note = Note::new("no-such-code").with("path", "a\nb");
    assert_eq!(sentence(&note), r#"no-such-code path="a\nb""#);
}

#[test]
fn an_argument_that_an_old_log_does_not_have_reads_unknown() {
    let text = sentence(&Note::new("version-mismatch").with("expected", "v1.2.9"));
    assert!(text.starts_with("Users are served unknown, not v1.2.9."), "{text}");
    let text = sentence(&Note::new("target-known-bad").with("version", "v1.2.9"));
    assert!(text.starts_with("v1.2.9 is marked bad. Choose"), "{text}");
    let text =
        sentence(&Note::new("target-known-bad").with("version", "v1").with("rolled_back_in", "INC-2024-0115-001/1"));
    assert!(text.starts_with("v1 is marked bad: it was rolled back from in INC-2024-0115-001/1. Choose"), "{text}");
    let text = sentence(&Note::new("deadline-passed").with("minutes", "0.5"));
    assert_eq!(text, "It was not there after 0.5 min.");
}

#[test]
fn versions_are_never_read_as_numbers() {
    let said = |value: &str| say("word-revision", &[("revision", &value)]);
    assert_eq!(
        ["17", "0017", "1.20", "20240115153000", "1e5", "0"].map(said),
        ["revision 17", "revision 0017", "revision 1.20", "revision 20240115153000", "revision 1e5", "revision 0",]
    );
}

/// `docs/messages.md` lists the notes with their arguments: the contract of those who make them.
#[test]
fn the_notes_are_listed_with_their_arguments() {
    let document = text_of(&root().join("../docs/messages.md"));
    let listed = document.split("<!-- notes -->").nth(1).unwrap().trim();
    let notes = messages().into_iter().filter(|(_, (path, _))| path.ends_with("note.ftl"));
    let lines = notes.map(|(key, (_, text))| {
        let arguments: Vec<String> = variables(&text).into_iter().map(|name| format!("`{name}`")).collect();
        format!("| `{}` | {} |", key.trim_start_matches("note-"), arguments.join(" "))
    });
    let table = format!("| code | arguments |\n|---|---|\n{}", lines.collect::<Vec<_>>().join("\n"));
    assert_eq!(listed, table, "put this between the marks:\n{table}");
}
