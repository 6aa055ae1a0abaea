//! What the pages show is what is so: commands are run, configuration is loaded, transcripts are
//! compared, names and links lead somewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bot::command_line::CommandLine;
use clap::Parser as _;
use regex::Regex;

use crate::process::{Program, unwrapped};

mod examples;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A fenced block of a page.
struct Block {
    page: String,
    language: String,
    text: String,
}

/// Every page for people, by its path from the top.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::from([("README.md".to_owned(), fs::read_to_string(root().join("README.md")).unwrap())]);
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                pages.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(pages.len() >= 7, "{:?}", pages.keys());
    pages
}

/// Every block in one of these languages, without the indent of the list in which it stands.
fn blocks(languages: &[&str]) -> Vec<Block> {
    let fence = Regex::new(r"(?ms)^( *)```([a-z]*)\n(.*?)^ *```$").unwrap();
    let mut blocks = Vec::new();
    for (page, text) in pages() {
        for found in fence.captures_iter(&text) {
            let lines = found[3].lines().map(|line| line.strip_prefix(&found[1]).unwrap_or(line));
            let text = lines.collect::<Vec<_>>().join("\n");
            blocks.push(Block { page: page.clone(), language: found[2].to_owned(), text });
        }
    }
    blocks.retain(|block| languages.contains(&block.language.as_str()));
    assert!(!blocks.is_empty(), "no block of {languages:?}");
    blocks
}

/// A language that no test here knows would be an example that nobody runs.
#[test]
fn every_block_is_of_a_kind_that_is_held() {
    let fences = pages().into_iter().flat_map(|(page, text)| {
        let languages = Regex::new(r"(?m)^ *```([a-z]+)$").unwrap();
        languages.captures_iter(&text).map(|found| (page.clone(), found[1].to_owned())).collect::<Vec<_>>()
    });
    // `json` and `sh` of the page about hooks are held by the tests of hooks, `conf` of the page about Slack
    // (configuration with secrets) by those of Slack.
    let known = ["conf", "console", "json", "sh", "text", "toml"];
    for (page, language) in fences {
        assert!(known.contains(&language.as_str()), "{page} has a block of {language}");
    }
}

/// `$ ` begins a command at the top of the project; what follows is what it prints, `⋮` for what is left
/// out.
#[tokio::test]
async fn commands_print_what_the_pages_show() {
    for block in blocks(&["console"]) {
        let (command, shown) = block.text.split_once('\n').unwrap_or((&block.text, ""));
        let words: Vec<&str> = command.strip_prefix("$ switchback ").expect(command).split(' ').collect();
        assert!(!shown.contains("\n$ "), "{}: one command for each block", block.page);
        let ended = Program::run_in(&root(), words).await;
        let mut printed = ended.said.as_str();
        for part in shown.split("⋮\n") {
            let (_, rest) = printed
                .split_once(part.trim_end())
                .unwrap_or_else(|| panic!("{}: `{command}` prints\n{}\nand not\n{part}", block.page, ended.said));
            printed = rest;
        }
    }
}

/// Scripts change a machine and are not run; but every command line of ours in them must be understood,
/// and every file of ours must be there.
#[test]
fn scripts_name_verbs_and_files_that_are_there() {
    let call = Regex::new(r"(?m)(?:^|\s)(switchback (?:check|doctor|plan|serve|schema|demo)\b[^\n#|>]*)").unwrap();
    let file = Regex::new(r"(?:^|[^\w/])((?:deploy|docs|tests)/[\w./@-]+\w)").unwrap();
    let mut calls = 0;
    for block in blocks(&["sh", "console"]) {
        for found in call.captures_iter(&block.text) {
            calls += 1;
            let parsed = CommandLine::try_parse_from(found[1].split_whitespace());
            parsed.unwrap_or_else(|error| panic!("{}: {}: {error}", block.page, &found[1]));
        }
    }
    assert!(calls >= 3, "only {calls} calls were found");
    for (page, text) in pages() {
        for found in file.captures_iter(&text) {
            assert!(root().join(&found[1]).exists(), "{page}: {} is not there", &found[1]);
        }
    }
}

#[test]
fn links_lead_to_pages() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    let mut count = 0;
    for (page, text) in pages() {
        for found in link.captures_iter(&text) {
            count += 1;
            let target = root().join(&page).parent().unwrap().join(&found[1]);
            assert!(target.exists(), "{page}: {} leads nowhere", &found[1]);
        }
    }
    assert!(count >= 5);
}

/// Each line of the README's transcript is one of the demo's, in its order; the demo's own is held by
/// the test that plays it.
#[test]
fn the_readme_shows_what_the_demo_prints() {
    let snapshot = include_str!("process/snapshots/main__process__demo__story.snap");
    let places: Vec<Vec<&str>> = snapshot.split("\n== ").map(|place| place.lines().collect()).collect();
    let mut reached = vec![0; places.len()];
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let shown = page.split("<!-- transcript: begin -->").nth(1).unwrap().split("<!-- transcript: end -->").next();
    let shown = unwrapped(shown.unwrap().trim());
    let left_out = |line: &&str| line.trim().is_empty() || line.trim() == "⋮" || line.starts_with("── ");
    let mut count = 0;
    for line in shown.lines().filter(|line| !left_out(line) && !line.starts_with("```")) {
        count += 1;
        let next = (0..places.len()).find_map(|place| {
            let rest = places[place].iter().skip(reached[place]);
            rest.zip(reached[place]..).find(|(known, _)| **known == line).map(|(_, index)| (place, index + 1))
        });
        let (place, index) = next.unwrap_or_else(|| panic!("the demo does not print, or not there:\n{line}"));
        reached[place] = index;
    }
    assert!(count > 25, "only {count} lines were found");
}

/// `cargo demo` and `./tests/run` are there.
#[test]
fn the_two_commands_of_the_readme_are_there() {
    let cargo: toml::Table = fs::read_to_string(root().join(".cargo/config.toml")).unwrap().parse().unwrap();
    let demo = cargo["alias"]["demo"].as_str().unwrap();
    let (_, arguments) = demo.split_once(" -- ").unwrap();
    CommandLine::try_parse_from(["switchback", arguments]).unwrap();
    let run = fs::metadata(root().join("tests/run")).unwrap();
    assert_ne!(std::os::unix::fs::PermissionsExt::mode(&run.permissions()) & 0o111, 0);
}

/// An invariant without its test is a wish.
#[test]
fn every_invariant_names_a_test_that_is_there() {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let invariants = page.split("## What holds").nth(1).unwrap();
    let items = invariants.split("\n- ").skip(1);
    let file = Regex::new(r"`([a-z_/]+\.rs)`:\s+((?:`[a-z_0-9]+`(?:,\s+)?)+)").unwrap();
    let name = Regex::new(r"`([a-z_0-9]+)`").unwrap();
    let mut count = 0;
    for item in items {
        let mut named = false;
        for found in file.captures_iter(item) {
            let source = fs::read_to_string(root().join(&found[1])).unwrap_or_else(|_| panic!("no {}", &found[1]));
            for test in name.captures_iter(&found[2]) {
                assert!(source.contains(&format!("fn {}(", &test[1])), "{} has no {}", &found[1], &test[1]);
                named = true;
                count += 1;
            }
        }
        assert!(named, "this names no test:\n{item}");
    }
    assert!(count >= 20, "only {count} tests were found");
}
