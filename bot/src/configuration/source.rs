//! The files of a configuration: their bytes, the digest over them, and where a path stands in them.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use commands::model::Digest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::location::{Location, Segment, Whereabouts};

/// The largest file that is read, in bytes. A catalogue of a thousand services is far below it; what
/// is above it is something else that was named by mistake.
const LARGEST: u64 = 4 * 1024 * 1024;

/// One file as it was read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Its path, as it was given or found.
    pub(super) path: PathBuf,
    /// What it says.
    pub(super) text: String,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The system said no.
    #[error("cannot read {0}: {1}")]
    System(PathBuf, std::io::Error),
    /// It is not text.
    #[error("{0} is not UTF-8 text")]
    NotText(PathBuf),
    /// It cannot be what was meant.
    #[error("{0} has more than {LARGEST} bytes")]
    TooLarge(PathBuf),
}

impl Source {
    /// Reads a regular file; anything else (a pipe, a device) could hang or never end.
    pub(super) fn read(path: &Path) -> Result<Self, ReadError> {
        let system = |error| ReadError::System(path.to_owned(), error);
        let about = std::fs::metadata(path).map_err(system)?;
        if !about.is_file() {
            return Err(system(std::io::Error::other("not a regular file")));
        }
        let file = std::fs::File::open(path).map_err(system)?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(system)?;
        if bytes.len() as u64 > LARGEST {
            return Err(ReadError::TooLarge(path.to_owned()));
        }
        let text = String::from_utf8(bytes).map_err(|_| ReadError::NotText(path.to_owned()))?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// The folder against which relative paths in this file are read.
    pub(super) fn folder(&self) -> PathBuf {
        self.path.parent().map(Path::to_owned).unwrap_or_default()
    }
}

/// All files that were read: TOML files, numbered as locations number them, and templates.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// The main file first, then the catalogue's in the order of their names.
    pub(super) documents: Vec<Source>,
    /// What else was read: text templates.
    pub(super) templates: Vec<Source>,
    /// Bytes of documents that no excerpt may show, with the number of the document.
    pub(super) hidden: Vec<(usize, Range<usize>)>,
}

impl Sources {
    /// Over the bytes of all files, in the order of their paths; each is preceded by its length, so
    /// that moving a line from one file to another changes it.
    pub(super) fn digest(&self) -> Digest {
        let mut files: Vec<&Source> = self.documents.iter().chain(&self.templates).collect();
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let mut bytes = Vec::new();
        for file in files {
            bytes.extend_from_slice(&(file.text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(file.text.as_bytes());
        }
        Digest::of(&bytes)
    }

    /// The bytes of a place in its file. Where the path leads further than the file goes (a key that
    /// is missing), the bytes of the last part that is there.
    pub(super) fn bytes(&self, whereabouts: &Whereabouts) -> Range<usize> {
        match whereabouts {
            Whereabouts::Bytes(_, bytes) => bytes.clone(),
            Whereabouts::Path(location) => {
                self.documents.get(location.file).and_then(|source| find(&source.text, location)).unwrap_or_default()
            }
        }
    }
}

impl Sources {
    /// The texts of the documents, with every byte that must not be seen replaced by a star.
    pub(super) fn shown<'a>(&self, hidden_too: impl Iterator<Item = (usize, Range<usize>)> + 'a) -> Vec<String> {
        let mut texts: Vec<String> = self.documents.iter().map(|source| source.text.clone()).collect();
        for (file, bytes) in self.hidden.iter().cloned().chain(hidden_too) {
            let Some(text) = texts.get_mut(file) else { continue };
            if let Some(value) = text.get(bytes.clone()) {
                let stars: String = value.bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }).collect();
                text.replace_range(bytes, &stars);
            }
        }
        texts
    }
}

fn find(text: &str, location: &Location) -> Option<Range<usize>> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut segments = location.path.iter();
    let Some(Segment::Key(first)) = segments.next() else { return Some(0..0) };
    let mut value = entry(table.get_ref(), first)?;
    for segment in segments {
        let inner = match (segment, value.get_ref()) {
            (Segment::Key(key), DeValue::Table(table)) => entry(table, key),
            (Segment::Item(position), DeValue::Array(items)) => items.get(*position),
            _ => None,
        };
        match inner {
            Some(inner) => value = inner,
            None => break,
        }
    }
    Some(value.span())
}

fn entry<'a, 'text>(table: &'a DeTable<'text>, key: &str) -> Option<&'a Spanned<DeValue<'text>>> {
    table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
}
