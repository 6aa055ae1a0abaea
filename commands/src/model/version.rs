//! What people call a release, and what a platform calls the same thing.

use std::cmp::Ordering;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What people call a release: `v1.2.9`. Compared whole and without a leading `v`, so that `1.2.9`
/// is `v1.2.9` and never `v1.2.90`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// Keeps the text as it was written.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without a `v` in front of a digit: what two spellings of one version have in common.
    #[must_use]
    pub fn bare(&self) -> &str {
        match self.0.strip_prefix(['v', 'V']) {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
            _ => &self.0,
        }
    }

    /// Which of two versions is newer, where both are dotted numbers with an optional pre-release
    /// (semver.org, item 11); `None` where that cannot be said.
    #[must_use]
    pub fn age(&self, other: &Self) -> Option<Ordering> {
        Some(Precedence::of(self.bare())?.cmp(&Precedence::of(other.bare())?))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.bare() == other.bare()
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bare().hash(state);
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By text, for maps and stable listings; [`Version::age`] says which is newer.
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bare().cmp(other.bare())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Dotted numbers, then: a release is newer than its pre-releases, numbers compare as numbers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Precedence {
    numbers: Vec<u64>,
    pre_release: PreRelease,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PreRelease {
    Parts(Vec<Part>),
    None,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

impl Precedence {
    fn of(text: &str) -> Option<Self> {
        let text = text.split('+').next()?;
        let (numbers, pre_release) = match text.split_once('-') {
            Some((numbers, parts)) => (numbers, PreRelease::Parts(parts.split('.').map(Part::of).collect())),
            None => (text, PreRelease::None),
        };
        let mut numbers: Vec<u64> = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Some(Self { numbers, pre_release })
    }
}

impl Part {
    fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Word(text.to_owned()), Self::Number)
    }
}

/// What a platform calls the same thing: a release folder, an image digest, a revision number.
/// Opaque outside the platform's own adapter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Revision(String);

impl Revision {
    /// Keeps the platform's own text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The platform's own text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which version somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// This one, matched whole.
    Version(Version),
    /// What ran before the one that runs now, by the ledger.
    Previous,
    /// The newest that the ledger marks good and that is not running. Also what no version means.
    LastGood,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Previous => f.write_str("previous"),
            Self::LastGood => f.write_str("last-good"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(left: &str, right: &str) -> Option<Ordering> {
        Version::new(left).age(&Version::new(right))
    }

    #[test]
    fn a_version_is_matched_whole() {
        assert_eq!(Version::new("v1.2.9"), Version::new("1.2.9"));
        assert_ne!(Version::new("v1.2.9"), Version::new("v1.2.90"));
        assert_ne!(Version::new("vanilla"), Version::new("anilla"));
    }

    #[test]
    fn newer_is_by_number_and_not_by_letter() {
        assert_eq!(age("v1.10.0", "v1.9.9"), Some(Ordering::Greater));
        assert_eq!(age("1.2.0", "v1.2"), Some(Ordering::Equal));
        assert_eq!(age("1.3.0-rc.2", "1.3.0-rc.10"), Some(Ordering::Less));
        assert_eq!(age("1.3.0-rc.1", "1.3.0"), Some(Ordering::Less));
        assert_eq!(age("main-4f2a", "1.3.0"), None);
    }
}
