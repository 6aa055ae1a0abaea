//! The configuration as operators meet it: what is taken, what is refused and in which words.

use std::path::{Path, PathBuf};

use adapters::oncall::rota::RotaSettings;
use bot::configuration::{Configuration, Refusal, Vocabulary, load};
use commands::model::PersonId;
use serde_json::Value;

mod command;
mod documented;
mod mistakes;
mod taken;

/// A folder with files of a configuration.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn main(text: &str) -> Self {
        Self::new(&[("switchback.toml", text)])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn load(&self) -> Result<Configuration, Box<Refusal>> {
        load(&self.path("switchback.toml"), &vocabulary())
    }

    /// What is refused, one line each, without the folder's own name.
    fn lines(&self) -> String {
        let refusal = self.load().expect_err("the configuration was taken");
        self.without_folder(&refusal.to_string())
    }

    fn without_folder(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// A rota is the list of persons under `order`.
fn rota(settings: &RotaSettings) -> Result<Vec<PersonId>, String> {
    Ok(settings.order.clone())
}

fn vocabulary() -> Vocabulary<'static> {
    Vocabulary {
        is_reserved: &|word| ["plan", "status", "approve"].contains(&word),
        on_call: &rota,
        variable: &|name| (name == "METRICS_TOKEN").then(|| "hunter2".to_owned()),
    }
}

/// As little as is taken.
const LEAST: &str = r#"
[store]
path = "switchback.db"
"#;

/// One service that everybody may approve who should.
const SERVICE: &str = r#"
[store]
path = "switchback.db"

[rota]
zone = "UTC"
handover = "09:00"
start = "2024-01-01"
order = ["engineer"]

[[person]]
id = "engineer"
name = "On-call engineer"

[[person]]
id = "lead"
name = "Team lead"

[[service]]
name = "api-service"
owners = ["lead"]

[[service.target]]
name = "release"
platform = "host"
address = { current = "/srv/api/current" }
"#;

/// The lines of a configuration that is `SERVICE` with this added.
fn refused_with(addition: &str) -> String {
    Files::main(&format!("{SERVICE}{addition}")).lines()
}
