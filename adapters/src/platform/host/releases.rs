//! The releases that are there.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use commands::model::{Revision, Version};
use commands::ports::{Candidate, PlatformError, Resolution};
use jiff::Timestamp;

use super::address::HostAddress;
use super::failure;

/// A file of this name in a release says that somebody found it bad: Deployer's convention.
pub(super) const BAD_MARK: &str = "BAD_RELEASE";

/// How much of a version file is read, in bytes: a version is one short line.
const VERSION_LIMIT: u64 = 256;

/// One release folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) revision: Revision,
    pub(super) version: Version,
    /// Without any link in it.
    pub(super) path: PathBuf,
    pub(super) complete: bool,
    pub(super) marked_bad: bool,
    created: Option<Timestamp>,
}

/// All of them, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Releases {
    /// The folder, without any link in its path.
    pub(super) root: PathBuf,
    /// Device and inode of the folder: another one of the same name is not the same.
    pub(super) identity: String,
    all: Vec<Release>,
}

impl Releases {
    /// Reads the folder.
    ///
    /// Left out are hidden folders, names that are not UTF-8, and links to another release of the same
    /// folder (a second name is no second release).
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) fn read(address: &HostAddress) -> Result<Self, PlatformError> {
        let folder = &address.releases;
        let failed = |error: &std::io::Error| failure::of(format!("read the releases in {}", folder.display()), error);
        let missing = || PlatformError::Missing { what: format!("the folder of releases {}", folder.display()) };
        let root = fs::canonicalize(folder)
            .map_err(|error| if error.kind() == std::io::ErrorKind::NotFound { missing() } else { failed(&error) })?;
        let about = fs::metadata(&root).map_err(|error| failed(&error))?;
        let mut all = Vec::new();
        for entry in fs::read_dir(&root).map_err(|error| failed(&error))? {
            let entry = entry.map_err(|error| failed(&error))?;
            all.extend(Release::read(address, &root, &entry.path()));
        }
        all.sort_by(Release::newest_first);
        Ok(Self { root, identity: format!("{}:{}", about.dev(), about.ino()), all })
    }

    /// The release of this revision.
    pub(super) fn find(&self, revision: &Revision) -> Option<&Release> {
        self.all.iter().find(|release| release.revision == *revision)
    }

    /// The release that is exactly this folder.
    pub(super) fn at(&self, path: &Path) -> Option<&Release> {
        self.all.iter().find(|release| release.path == path)
    }

    /// The release in which this file or folder lies.
    pub(super) fn holding(&self, path: &Path) -> Option<Revision> {
        self.all.iter().find(|release| path.starts_with(&release.path)).map(|release| release.revision.clone())
    }

    /// All of them, newest first.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.all.iter().map(Release::candidate).collect()
    }

    /// Which of them this version is: by the folder's name or by the version file, whole.
    pub(super) fn resolve(&self, version: &Version) -> Resolution {
        let named = |release: &&Release| release.version == *version || Version::new(release.name()) == *version;
        let mut matching: Vec<Candidate> = self.all.iter().filter(named).map(Release::candidate).collect();
        match (matching.pop(), matching.is_empty()) {
            (Some(only), true) => Resolution::Found(only),
            (Some(last), false) => {
                matching.push(last);
                Resolution::Ambiguous(matching)
            }
            (None, _) => Resolution::Missing(self.candidates()),
        }
    }
}

impl Release {
    fn read(address: &HostAddress, root: &Path, entry: &Path) -> Option<Self> {
        let name = entry.file_name()?.to_str().filter(|name| !name.starts_with('.'))?;
        let path = fs::canonicalize(entry).ok()?;
        let about = fs::metadata(&path).ok().filter(fs::Metadata::is_dir)?;
        if path != *entry && path.starts_with(root) {
            return None;
        }
        let written = address.version_file.as_ref().and_then(|file| first_line(&path.join(file)));
        Some(Self {
            revision: Revision::new(name),
            version: Version::new(written.unwrap_or_else(|| name.to_owned())),
            complete: address.marker.as_ref().is_none_or(|marker| path.join(marker).exists()),
            marked_bad: path.join(BAD_MARK).exists(),
            created: about.created().ok().and_then(|time| Timestamp::try_from(time).ok()),
            path,
        })
    }

    fn name(&self) -> &str {
        self.revision.as_str()
    }

    /// Versions that can be compared come first, newest first; then the others by when their folder was
    /// made. Never by when it was changed: any write into a release would reorder that.
    fn newest_first(&self, other: &Self) -> Ordering {
        let comparable = |release: &Self| release.version.age(&release.version).is_some();
        comparable(other)
            .cmp(&comparable(self))
            .then_with(|| other.version.age(&self.version).unwrap_or(Ordering::Equal))
            .then_with(|| Reverse(self.created).cmp(&Reverse(other.created)))
            .then_with(|| other.revision.cmp(&self.revision))
    }

    pub(super) fn candidate(&self) -> Candidate {
        let mut details = BTreeMap::from([("folder".to_owned(), self.path.display().to_string())]);
        if !self.complete {
            details.insert("complete".to_owned(), "no".to_owned());
        }
        if self.marked_bad {
            details.insert("marked".to_owned(), BAD_MARK.to_owned());
        }
        Candidate {
            revision: self.revision.clone(),
            version: Some(self.version.clone()),
            created: self.created,
            details,
        }
    }
}

/// The first line of a file, if it is a plain one that says something. A named pipe would not end.
fn first_line(path: &Path) -> Option<String> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut text = String::new();
    fs::File::open(path).ok()?.take(VERSION_LIMIT).read_to_string(&mut text).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
#[path = "releases_tests.rs"]
mod tests;
