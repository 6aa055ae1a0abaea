//! The house: what may know what, and what must not be there. Read from the manifests and the sources.

use std::fs;
use std::path::{Path, PathBuf};

mod dependencies;
mod leaves;
mod sources;
mod words;

/// The folder of the whole project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the project.
fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("reading {}: {error}", path.display()))
}

/// A source file, with its path from the top.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Without the tests at its end.
    fn own(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests {").next().unwrap()
    }

    /// Whether all of it is for tests.
    fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
            // The examples that tests of messages and reports share.
            || ["commands/src/notify/story.rs", "commands/src/report/example.rs"].contains(&self.path.as_str())
            || self.path.starts_with("commands/src/notify/story/")
    }
}

/// Every Rust file below this folder, in the order of their paths.
fn sources(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    gather(&root().join(folder), &mut sources);
    assert!(!sources.is_empty(), "nothing was found in {folder}");
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn gather(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            sources.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}
