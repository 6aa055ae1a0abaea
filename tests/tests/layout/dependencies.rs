//! `tests → bot → adapters → commands`.

use std::collections::BTreeSet;

use super::read;

const OURS: [&str; 3] = ["commands", "adapters", "bot"];

/// What a member depends on, in the tables whose names end so.
fn dependencies(member: &str, tables: &[&str]) -> BTreeSet<String> {
    let manifest: toml::Table = read(&format!("{member}/Cargo.toml")).parse().unwrap();
    let of = |table: &&str| manifest.get(*table).and_then(toml::Value::as_table).cloned().unwrap_or_default();
    tables.iter().map(of).flat_map(|table| table.into_iter().map(|(name, _)| name)).collect()
}

fn ours(member: &str) -> Vec<String> {
    let all = dependencies(member, &["dependencies", "dev-dependencies", "build-dependencies"]);
    assert!(all.len() > 5, "{member}: {all:?}");
    all.into_iter().filter(|name| OURS.contains(&name.as_str()) || name.starts_with("switchback")).collect()
}

#[test]
fn each_crate_knows_only_those_below_it() {
    assert_eq!(ours("commands"), Vec::<String>::new());
    assert_eq!(ours("adapters"), ["commands"]);
    assert_eq!(ours("bot"), ["adapters", "commands"]);
    assert_eq!(ours("tests"), ["adapters", "bot", "commands"]);
}

/// A list of what is wanted, since one of what is not wanted has no end. No SDK, no socket, no SQL.
#[test]
fn the_mind_depends_on_nothing_that_reaches_outside() {
    let known = [
        "async-trait",
        "dashmap",
        "fluent-templates",
        "futures",
        "jiff",
        "minijinja",
        "regex",
        "schemars",
        "serde",
        "serde_json",
        "sha2",
        "strsim",
        "thiserror",
        "tokio",
        "tokio-util",
        "tracing",
        "unicode-normalization",
    ];
    let found = dependencies("commands", &["dependencies", "build-dependencies"]);
    let strange: Vec<&String> = found.iter().filter(|name| !known.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "commands must not depend on {strange:?} without a reason that is written here");
}

#[test]
fn every_member_keeps_the_lints_of_all() {
    for member in ["commands", "adapters", "bot", "tests"] {
        let manifest: toml::Table = read(&format!("{member}/Cargo.toml")).parse().unwrap();
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{member}");
    }
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let lints = &workspace["workspace"]["lints"];
    assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for lint in ["unwrap_used", "expect_used", "panic", "todo", "print_stdout", "print_stderr", "dbg_macro"] {
        assert_eq!(lints["clippy"][lint].as_str(), Some("warn"), "{lint}");
    }
    assert_eq!(lints["rust"]["missing_docs"].as_str(), Some("warn"));
}
