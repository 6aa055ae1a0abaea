//! What a look found, and how it is shown at a terminal.

use std::io::{self, Write};
use std::process::ExitCode;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// A rollback would work, but something should be mended.
    Warning,
    /// A rollback would not work.
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at: `store`, `api-service@production/release`.
    pub subject: String,
    /// What was found.
    pub message: String,
    /// What to do about it, where something is to be done.
    pub what_to_do: Option<String>,
}

impl Finding {
    /// As it should be.
    #[must_use]
    pub fn good(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Level::Good, subject, message)
    }

    /// Something should be mended.
    #[must_use]
    pub fn warning(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, subject, message)
    }

    /// A rollback would not work.
    #[must_use]
    pub fn error(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Level::Error, subject, message)
    }

    /// With what to do about it.
    #[must_use]
    pub fn do_this(mut self, what: impl Into<String>) -> Self {
        self.what_to_do = Some(what.into());
        self
    }

    fn new(level: Level, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level, subject: subject.into(), message: message.into(), what_to_do: None }
    }
}

/// Prints all findings and their sum; fails where one is an error.
///
/// # Errors
/// The output cannot be written.
pub fn print(findings: &[Finding], output: &mut dyn Write) -> io::Result<ExitCode> {
    for finding in findings {
        writeln!(output, "{:<8} {}: {}", finding.level.word(), finding.subject, finding.message)?;
        if let Some(what) = &finding.what_to_do {
            writeln!(output, "         → {what}")?;
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    writeln!(output, "\n{} looked at: {errors} with errors, {warnings} with warnings", findings.len())?;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
