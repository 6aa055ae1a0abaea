//! Where in the files something stands, by its path of keys; and what is wrong there.

use std::ops::Range;

/// One step of a path within a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// The value of this key.
    Key(String),
    /// This element of a list, counted from 0.
    Item(usize),
}

/// Where a value stands: the file by its number among those read, and the path within it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// The number of the file among those read; 0 is the main file.
    pub file: usize,
    /// The keys and list positions that lead to the value.
    pub path: Vec<Segment>,
}

impl Location {
    /// The whole of a file.
    #[must_use]
    pub fn of_file(file: usize) -> Self {
        Self { file, path: Vec::new() }
    }

    /// The value of a key of this table.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.joined(Segment::Key(key.to_owned()))
    }

    /// An element of this list, counted from 0.
    #[must_use]
    pub fn item(&self, position: usize) -> Self {
        self.joined(Segment::Item(position))
    }

    fn joined(&self, segment: Segment) -> Self {
        let mut path = self.path.clone();
        path.push(segment);
        Self { file: self.file, path }
    }
}

/// How a problem's place is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// By its path; the bytes are looked up when it is shown.
    Path(Location),
    /// By its bytes in a file.
    Bytes(usize, Range<usize>),
}

/// One mistake in the configuration: what, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub(super) whereabouts: Whereabouts,
    pub(super) what: String,
    pub(super) help: Option<String>,
    pub(super) hides: bool,
}

impl Problem {
    /// What is wrong with the value at this path.
    #[must_use]
    pub fn at(location: &Location, what: impl Into<String>) -> Self {
        Self::new(Whereabouts::Path(location.clone()), what)
    }

    /// What is wrong at these bytes of a file.
    pub(super) fn at_bytes(file: usize, bytes: Range<usize>, what: impl Into<String>) -> Self {
        Self::new(Whereabouts::Bytes(file, bytes), what)
    }

    fn new(whereabouts: Whereabouts, what: impl Into<String>) -> Self {
        Self { whereabouts, what: what.into(), help: None, hides: false }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The value holds, or may hold, a secret: no excerpt shows it.
    #[must_use]
    pub fn hiding_value(mut self) -> Self {
        self.hides = true;
        self
    }

    /// What is wrong, in one line, without the place.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    pub(super) fn file(&self) -> usize {
        match &self.whereabouts {
            Whereabouts::Path(location) => location.file,
            Whereabouts::Bytes(file, _) => *file,
        }
    }
}
