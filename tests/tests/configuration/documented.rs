//! The example and the reference say what this release understands, no less and no more.

use std::collections::BTreeSet;

use super::*;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap()
}

/// Every key of a schema, wherever it stands.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(table) => {
            if let Some(properties) = table.get("properties").and_then(Value::as_object) {
                found.extend(properties.keys().cloned());
            }
            table.values().for_each(|inner| keys(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

/// By the whole bot: the rota can be followed, the host understands its address.
#[test]
fn the_example_is_taken() {
    let configuration = bot::wiring::configuration(&top().join("deploy/example/switchback.toml"))
        .unwrap_or_else(|refusal| panic!("{}", refusal.report(false)));
    let settings = &configuration.settings;
    assert_eq!(settings.catalogue[0].key.to_string(), "api-service@production");
    assert_eq!(settings.catalogue[0].hooks.len(), 3);
    assert_eq!(configuration.warnings, Vec::<String>::new());
}

#[test]
fn the_example_stays_right_when_every_default_is_written_out() {
    let written_out = |path: &str| {
        let text = read(path);
        let lines = text.lines().map(|line| {
            let setting =
                line.strip_prefix("# ").filter(|rest| rest.split_once(" = ").is_some_and(|(key, _)| is_key(key)));
            let secret = line.contains("_token");
            setting.filter(|_| !secret).unwrap_or(line).to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let files = Files::new(&[
        ("switchback.toml", &written_out("deploy/example/switchback.toml").replace("\nreport =", "\n# report =")),
        ("catalogue.d/api-service.toml", &written_out("deploy/example/catalogue.d/api-service.toml")),
        ("texts/user_text.txt", "All is well."),
    ]);
    let all = files.load().unwrap_or_else(|refusal| panic!("{}", refusal.report(false)));
    let example = load(&top().join("deploy/example/switchback.toml"), &vocabulary()).unwrap();
    assert_eq!(all.settings.catalogue[0].policy, example.settings.catalogue[0].policy);
    assert_eq!(all.settings.catalogue[0].timing, example.settings.catalogue[0].timing);
    assert_eq!(all.settings.catalogue[0].checks, example.settings.catalogue[0].checks);
    assert_eq!((all.settings.assumed, all.settings.pace), (example.settings.assumed, example.settings.pace));
    assert_eq!(all.wiring.listen, example.wiring.listen);
}

fn is_key(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[test]
fn the_example_shows_every_key() {
    let mut expected = BTreeSet::new();
    keys(&bot::configuration::main_schema(), &mut expected);
    let example = read("deploy/example/switchback.toml") + &read("deploy/example/catalogue.d/api-service.toml");
    let words: BTreeSet<&str> = example.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).collect();
    let missing: Vec<&String> = expected.iter().filter(|key| !words.contains(key.as_str())).collect();
    assert!(expected.len() > 60, "too few keys to be true: {expected:?}");
    assert!(missing.is_empty(), "deploy/example does not show {missing:?}");
}

/// With `SWITCHBACK_UPDATE_DOCS=1` the reference is written anew.
#[test]
fn the_reference_is_up_to_date() {
    const BEGIN: &str = "<!-- reference: begin -->\n";
    const END: &str = "<!-- reference: end -->\n";
    let page = read("docs/configuration.md");
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", bot::configuration::reference());
    if std::env::var_os("SWITCHBACK_UPDATE_DOCS").is_some() {
        std::fs::write(top().join("docs/configuration.md"), &expected).unwrap();
    }
    assert!(
        read("docs/configuration.md") == expected,
        "docs/configuration.md is not up to date: run this test with SWITCHBACK_UPDATE_DOCS=1"
    );
}

/// The look at the shape understands these words of JSON schema; one that it does not would let
/// mistakes pass to a reader that stops at the first.
#[test]
fn the_schema_says_nothing_that_is_not_looked_at() {
    const LOOKED_AT: [&str; 14] = [
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "enum",
        "items",
        "maximum",
        "minimum",
        "oneOf",
        "properties",
        "required",
        "type",
        "x-length",
    ];
    const SAYING_NOTHING: [&str; 7] = ["$schema", "default", "description", "examples", "format", "title", "x-hidden"];
    // A set's elements differ; the reader takes one that stands there twice as one.
    const HARMLESS: [&str; 1] = ["uniqueItems"];
    let mut words = BTreeSet::new();
    collect(&bot::configuration::main_schema(), &mut words);
    collect(&bot::configuration::service_schema(), &mut words);
    let known = |word: &str| LOOKED_AT.contains(&word) || SAYING_NOTHING.contains(&word) || HARMLESS.contains(&word);
    let strange: Vec<&String> = words.iter().filter(|word| !known(word)).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

fn collect(schema: &Value, words: &mut BTreeSet<String>) {
    let Value::Object(table) = schema else { return };
    for (word, inner) in table {
        words.insert(word.clone());
        match (word.as_str(), inner) {
            ("properties" | "$defs", Value::Object(named)) => named.values().for_each(|inner| collect(inner, words)),
            ("anyOf" | "oneOf", Value::Array(branches)) => branches.iter().for_each(|inner| collect(inner, words)),
            ("items", inner) => collect(inner, words),
            _ => {}
        }
    }
}
