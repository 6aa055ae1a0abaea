//! How a release of the playground's service behaves: a file in its folder.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// The file, within a release.
const FILE: &str = "behaviour.json";

/// How a release behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Behaviour {
    /// What `/version` answers.
    pub(super) version: String,
    /// How long every answer takes, in milliseconds.
    pub(super) delay_ms: u64,
    /// Every so many requests, one fails; 0 means none.
    pub(super) fails_every: u64,
}

impl Behaviour {
    /// The release that works.
    pub(super) fn healthy() -> Self {
        Self { version: "v1.2.9".to_owned(), delay_ms: 0, fails_every: 0 }
    }

    /// The release that is slow, and fails every third request.
    pub(super) fn broken() -> Self {
        Self { version: "v1.3.0".to_owned(), delay_ms: 350, fails_every: 3 }
    }

    /// Writes it into a new release folder beside the others.
    pub(super) fn release(&self, releases: &Path) -> anyhow::Result<()> {
        let folder = releases.join(&self.version);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(FILE), serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    /// Of the release in this folder.
    pub(super) fn read(release: &Path) -> anyhow::Result<Self> {
        let path = release.join(FILE);
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))
    }
}
