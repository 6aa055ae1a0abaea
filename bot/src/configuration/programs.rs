//! Whether a program that the configuration names can be run. Asked by `check` and `doctor`, and not
//! on loading: a program may be installed after the bot is started.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::load::Configuration;
use super::location::Problem;

/// Why a program cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ProgramTrouble {
    /// It would be looked up in some folder at run time.
    #[error("{0} is no absolute path")]
    Relative(String),
    /// It is not there, or cannot be looked at.
    #[error("{0}: {1}")]
    Missing(String, std::io::Error),
    /// It is a folder or something else.
    #[error("{0} is no file")]
    NoFile(String),
    /// Nobody may run it.
    #[error("{0} is not executable")]
    NotExecutable(String),
}

impl ProgramTrouble {
    /// What to do about it.
    #[must_use]
    pub fn what_to_do(&self) -> &'static str {
        match self {
            Self::Relative(_) => "name it by its absolute path; programs are not looked up in PATH",
            Self::Missing(..) => "install it, or name the right path; programs are not looked up in PATH",
            Self::NoFile(_) => "name the program itself",
            Self::NotExecutable(_) => "make it executable: `chmod +x`",
        }
    }
}

/// Whether this program is there and executable.
///
/// # Errors
/// See [`ProgramTrouble`].
pub fn check_program(program: &Path) -> Result<(), ProgramTrouble> {
    let shown = program.display().to_string();
    if !program.is_absolute() {
        return Err(ProgramTrouble::Relative(shown));
    }
    let about = std::fs::metadata(program).map_err(|why| ProgramTrouble::Missing(shown.clone(), why))?;
    if !about.is_file() {
        return Err(ProgramTrouble::NoFile(shown));
    }
    if about.permissions().mode() & 0o111 == 0 {
        return Err(ProgramTrouble::NotExecutable(shown));
    }
    Ok(())
}

/// Every hook whose program cannot be run.
#[must_use]
pub fn check_programs(configuration: &Configuration) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (service, location) in configuration.settings.catalogue.iter().zip(&configuration.services) {
        for (position, hook) in service.hooks.iter().enumerate() {
            if let Err(why) = check_program(&hook.program) {
                let at = location.key("hook").item(position).key("program");
                problems.push(Problem::at(&at, why.to_string()).help(why.what_to_do()));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_executable_file_at_an_absolute_path_will_do() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("backup");
        assert!(matches!(check_program(&program), Err(ProgramTrouble::Missing(..))));
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(check_program(&program), Err(ProgramTrouble::NotExecutable(_))));
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(check_program(&program).is_ok());
        assert!(matches!(check_program(folder.path()), Err(ProgramTrouble::NoFile(_))));
        assert!(matches!(check_program(Path::new("backup")), Err(ProgramTrouble::Relative(_))));
    }
}
