//! A leaf speaks one foreign protocol and knows no other leaf.

use std::collections::BTreeSet;

use regex::Regex;

use super::{Source, read, root, sources};

/// Every leaf: its module and the feature that compiles it. A new one is written here, and nowhere
/// else in this file.
const LEAVES: [(&str, &str); 10] = [
    ("chat::console", "console"),
    ("chat::slack", "slack"),
    ("clock", "clock"),
    ("hook", "hook"),
    ("oncall::rota", "rota"),
    ("platform::host", "host"),
    ("platform::kubernetes", "kubernetes"),
    ("platform::swarm", "swarm"),
    ("probe::http", "probe"),
    ("store::sqlite", "sqlite"),
];

/// What every leaf may use.
const SHARED: [&str; 2] = ["call", "redact"];

/// Which leaf a file belongs to; `None` for the rooms around them.
fn leaf_of(source: &Source) -> Option<&'static str> {
    let module = source.path.trim_start_matches("adapters/src/").trim_end_matches(".rs").replace('/', "::");
    // The rota's own moments lie beside it.
    let module = if module == "oncall::moment" { "oncall::rota".to_owned() } else { module };
    LEAVES.iter().map(|(leaf, _)| *leaf).find(|leaf| module == *leaf || module.starts_with(&format!("{leaf}::")))
}

/// How often `super` stays within the leaf.
fn depth_in_leaf(source: &Source, leaf: &str) -> usize {
    let module = source.path.trim_start_matches("adapters/src/").trim_end_matches(".rs").trim_end_matches("/mod");
    // The rota's room is its leaf: what lies beside it there is its own.
    let top = if leaf == "oncall::rota" { 1 } else { leaf.split("::").count() };
    module.split('/').count() - top
}

#[test]
fn a_leaf_imports_no_other_leaf() {
    let path = Regex::new(r"\bcrate::(\{|[a-z_]+(?:::[a-z_]+)*)").unwrap();
    let escape = Regex::new(r"\b(?:super::)+").unwrap();
    let mut seen = BTreeSet::new();
    for source in sources("adapters/src") {
        let Some(leaf) = leaf_of(&source) else { continue };
        seen.insert(leaf);
        for found in path.captures_iter(&source.text) {
            let target = &found[1];
            let shared = SHARED.contains(&target.split("::").next().unwrap());
            let own = target == leaf || target.starts_with(&format!("{leaf}::"));
            assert!(own || shared, "{} imports crate::{target}", source.path);
        }
        // The tests at the end of a file are one module deeper.
        let (own, tests) = source.text.split_at(source.own().len());
        for (text, most) in [(own, depth_in_leaf(&source, leaf)), (tests, depth_in_leaf(&source, leaf) + 1)] {
            for found in escape.find_iter(text) {
                let steps = found.as_str().matches("super").count();
                assert!(steps <= most, "{} leaves its leaf by {}", source.path, found.as_str());
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), LEAVES.map(|(leaf, _)| leaf));
}

#[test]
fn each_leaf_is_one_feature_and_stands_in_the_list() {
    let manifest: toml::Table = read("adapters/Cargo.toml").parse().unwrap();
    let features: BTreeSet<&str> = manifest["features"].as_table().unwrap().keys().map(String::as_str).collect();
    // Beside the leaves: sums of features, a part of a leaf, and what leaves share.
    let others = ["all", "default", "probe-tls", "redact", "systemd"];
    let expected: BTreeSet<&str> = LEAVES.iter().map(|(_, feature)| *feature).chain(others).collect();
    assert_eq!(features, expected);
    assert!(manifest["features"]["default"].as_array().unwrap().is_empty());
}

/// Every folder of `adapters/src` holds leaves and nothing else, so that none can be overlooked.
#[test]
fn every_file_of_the_adapters_belongs_to_a_leaf() {
    let rooms =
        ["chat/mod.rs", "lib.rs", "oncall/mod.rs", "platform/mod.rs", "probe/mod.rs", "redact.rs", "store/mod.rs"];
    let strange: Vec<String> = sources("adapters/src")
        .into_iter()
        .filter(|source| leaf_of(source).is_none())
        .map(|source| source.path.trim_start_matches("adapters/src/").to_owned())
        .filter(|path| !rooms.contains(&path.as_str()))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}

/// Wiring is where a power gets its adapter; the terminal and the program's first lines need theirs
/// before there is a configuration, which itself says what an adapter wants to know.
#[test]
fn only_the_body_names_an_adapter() {
    assert!(sources("commands/src").iter().all(|source| !source.text.contains("adapters::")));
    let naming: Vec<String> = sources("bot/src")
        .into_iter()
        .filter(|source| !source.is_test() && source.own().contains("adapters::"))
        .map(|source| source.path)
        .collect();
    let expected = [
        "bot/src/configuration/file.rs",
        "bot/src/configuration/load.rs",
        "bot/src/configuration/wiring.rs",
        "bot/src/demo/proof.rs",
        "bot/src/demo/story.rs",
        "bot/src/doctor/store.rs",
        "bot/src/dry_run.rs",
        "bot/src/run.rs",
        "bot/src/serve.rs",
        "bot/src/slack.rs",
        "bot/src/terminal.rs",
        "bot/src/wiring.rs",
    ];
    assert_eq!(naming, expected);
    assert!(root().join("bot/src/configuration").is_dir());
}
