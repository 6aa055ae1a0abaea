//! The link that says which release runs: read, and swapped in one stroke.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use commands::model::{Digest, Revision, Version};
use commands::ports::PlatformError;
use jiff::Timestamp;
use nix::unistd::{Uid, User};

use super::address::HostAddress;
use super::failure;
use super::releases::{Release, Releases};

/// The link as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) revision: Revision,
    pub(super) version: Version,
    /// Since when it leads there: a swap makes a new link, so this is when that was made.
    pub(super) since: Option<Timestamp>,
    /// Who made it.
    owner: u32,
}

impl Link {
    /// Reads where it leads.
    ///
    /// # Errors
    /// `Missing` if it, or what it leads to, is not there; `Refused` if it is no link or leads to no
    /// release; else what the system says.
    pub(super) fn read(address: &HostAddress, releases: &Releases) -> Result<Self, PlatformError> {
        let path = &address.current;
        let what = || format!("read the link {}", path.display());
        let refused = |why: String| PlatformError::Refused { what: what(), why };
        let about = fs::symlink_metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PlatformError::Missing { what: format!("the link {}", path.display()) },
            _ => failure::of(what(), &error),
        })?;
        if !about.is_symlink() {
            let kind = if about.is_dir() { "folder" } else { "file" };
            return Err(refused(format!("it is a {kind}, not a symbolic link; it must be made one by hand first")));
        }
        let text = fs::read_link(path).map_err(|error| failure::of(what(), &error))?;
        let real = fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PlatformError::Missing {
                what: format!("{}, to which the link {} leads,", text.display(), path.display()),
            },
            _ => failure::of(what(), &error),
        })?;
        let release = releases.at(&real).ok_or_else(|| {
            let (real, root) = (real.display(), releases.root.display());
            refused(format!("it leads to {real}, which is no release folder in {root}"))
        })?;
        Ok(Self {
            revision: release.revision.clone(),
            version: release.version.clone(),
            since: about.created().ok().and_then(|time| Timestamp::try_from(time).ok()),
            owner: about.uid(),
        })
    }

    /// One that leads there, made by nobody in particular.
    #[cfg(test)]
    pub(super) fn for_test(revision: &str, version: Version) -> Self {
        Self { revision: Revision::new(revision), version, since: None, owner: 0 }
    }

    /// Who made it lead where it leads, as far as the system knows.
    pub(super) fn made_by(&self) -> String {
        let name = User::from_uid(Uid::from_raw(self.owner)).ok().flatten().map(|user| user.name);
        name.unwrap_or_else(|| format!("user {}", self.owner))
    }
}

/// Makes the link lead to this release: a new link beside it takes its place by rename, so that
/// every reader finds the old one or the new one. Then the folder is synced.
///
/// What an earlier attempt under the same key left is replaced. The link stays relative if it was.
///
/// # Errors
/// What the system says; after one of `sync the folder` the link has moved.
pub(super) fn swap(address: &HostAddress, release: &Release, key: &str) -> Result<(), PlatformError> {
    let beside = temporary(&address.current, key);
    let text = text_for(address, release);
    remove_stale(&beside)?;
    symlink(&text, &beside).map_err(|error| failure::of(format!("make the link {}", beside.display()), &error))?;
    if let Err(error) = fs::rename(&beside, &address.current) {
        // Best effort: the next attempt replaces it in any case.
        let _ = fs::remove_file(&beside);
        return Err(failure::of(format!("put the new link at {}", address.current.display()), &error));
    }
    sync(address)
}

/// Makes sure that the link is on the disk.
///
/// # Errors
/// What the system says.
pub(super) fn sync(address: &HostAddress) -> Result<(), PlatformError> {
    let folder = address.link_folder();
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| failure::of(format!("sync the folder {}", folder.display()), &error))
}

/// What the new link says. A relative one stays right when the whole tree is mounted elsewhere.
fn text_for(address: &HostAddress, release: &Release) -> PathBuf {
    let absolute = address.releases.join(release.revision.as_str());
    let was_relative = fs::read_link(&address.current).is_ok_and(|text| text.is_relative());
    match absolute.strip_prefix(address.link_folder()) {
        Ok(relative) if was_relative => relative.to_path_buf(),
        _ => absolute,
    }
}

fn remove_stale(beside: &Path) -> Result<(), PlatformError> {
    let what = || format!("remove {}, left by an earlier attempt", beside.display());
    match fs::symlink_metadata(beside) {
        Ok(about) if about.is_symlink() => fs::remove_file(beside).map_err(|error| failure::of(what(), &error)),
        Ok(_) => Err(PlatformError::Refused { what: what(), why: "it is no symbolic link".to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failure::of(what(), &error)),
    }
}

/// The name of the new link until it takes its place: the same for each attempt under one key, and
/// another for each key, whatever letters it has and however long it is.
fn temporary(current: &Path, key: &str) -> PathBuf {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let readable: String = key.chars().map(plain).take(80).collect();
    let name: String = current.file_name().unwrap_or_default().to_string_lossy().chars().take(40).collect();
    current.with_file_name(format!(".{name}.{readable}.{}", Digest::of(key.as_bytes()).short()))
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
