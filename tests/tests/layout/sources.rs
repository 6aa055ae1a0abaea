//! What no source may hold, and how long one may be.

use std::fs;

use regex::Regex;

use super::{root, sources};

/// The longest a file may be without its tests, in lines.
const LONGEST: usize = 400;
/// Files that are longer, each with the length that it must not pass. It may only shrink.
const LONGER: [(&str, usize); 1] = [("commands/src/ports/store.rs", 475)];

const MEMBERS: [&str; 3] = ["commands/src", "adapters/src", "bot/src"];

#[test]
fn files_are_short() {
    let folders = MEMBERS.iter().chain(&["tests/src", "tests/tests"]);
    for source in folders.flat_map(|folder| sources(folder)) {
        let length = source.own().lines().count();
        let allowed = LONGER.iter().find(|(path, _)| *path == source.path);
        let most = allowed.map_or(LONGEST, |(_, length)| *length);
        assert!(length <= most || source.is_test() && length <= 2 * LONGEST, "{} has {length} lines", source.path);
        assert!(allowed.is_none() || length > LONGEST, "{} is short now: take it off the list", source.path);
    }
}

#[test]
fn the_program_is_a_few_lines_over_a_function() {
    let main = fs::read_to_string(root().join("bot/src/main.rs")).unwrap();
    assert!(main.lines().count() <= 17, "{main}");
    assert!(main.contains("bot::run::run("), "{main}");
}

/// Output goes through a writer that can fail; a program that is closed on must not panic.
#[test]
fn nothing_is_printed_by_the_way() {
    let forbidden = Regex::new(r"\b(e?print(ln)?|dbg|todo|unimplemented)!\s*\(").unwrap();
    let allowed = Regex::new(r"(allow|expect)\(\s*clippy::(print_|unwrap|expect|panic|todo|dbg)").unwrap();
    for source in MEMBERS.iter().flat_map(|folder| sources(folder)).filter(|source| !source.is_test()) {
        let code: String = source.own().lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        assert!(!forbidden.is_match(&code), "{} prints", source.path);
        assert!(!allowed.is_match(&code), "{} allows itself what is forbidden", source.path);
    }
}

/// Beside the lint: these are types and modules, which a list of methods does not name.
#[test]
fn the_mind_has_no_hands() {
    let outside =
        Regex::new(r"\b(std|tokio)::(fs|net|process|env|io::std)\b|\b(rand|getrandom|reqwest|sqlx)::").unwrap();
    for source in sources("commands/src").iter().filter(|source| !source.is_test()) {
        let found = outside.find(source.own()).map(|found| found.as_str());
        assert_eq!(found, None, "{}", source.path);
    }
}

/// The only way to the proof without which nothing touches production.
#[test]
fn an_approval_is_granted_in_one_place_from_folded_state() {
    let approved = fs::read_to_string(root().join("commands/src/model/approved.rs")).unwrap();
    assert!(!approved.contains("Deserialize"), "an approval must not be read from anywhere");
    for name in ["Approved", "MoveOrder<'a>"] {
        let body = approved.split(&format!("pub struct {name} {{")).nth(1).unwrap().split('}').next().unwrap();
        assert!(!body.contains("pub"), "a field of {name} is open: {body}");
    }
    let granting: Vec<String> = MEMBERS
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|source| !source.is_test() && source.own().contains("Approved::grant("))
        .map(|source| source.path)
        .collect();
    assert_eq!(granting, ["commands/src/saga/rollback.rs"]);
    let ordering = Regex::new(r"MoveOrder \{").unwrap();
    let orders: usize = MEMBERS
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|source| source.path != "commands/src/model/approved.rs")
        .map(|source| ordering.find_iter(source.own()).count())
        .sum();
    assert_eq!(orders, 0, "an order is made of an approval alone");
}

#[test]
fn the_top_of_the_house_holds_what_belongs_there() {
    let known = [
        ".cargo",
        ".ci",
        ".config",
        ".git",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "adapters",
        "bot",
        "clippy.toml",
        "commands",
        "deny.toml",
        "deploy",
        "docs",
        "rustfmt.toml",
        "tests",
    ];
    // Made by building, and ignored.
    let made = ["target", ".switchback"];
    let found = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = found.filter(|name| !made.contains(&name.as_str())).collect();
    found.sort();
    assert_eq!(found, known);
}
