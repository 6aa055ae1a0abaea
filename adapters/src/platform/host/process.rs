//! What a process really runs: the proof that a release is served, and not only linked.
//!
//! A process is where the kernel says that its program file and its working folder are. A link in
//! either path was followed when the process began, so `current` leads nobody astray afterwards.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use commands::model::Revision;

use super::releases::Releases;

/// What the kernel puts behind the path of a file that is gone. A release that was made anew under the
/// name of an old one is not what a process of the old one runs.
const DELETED: &[u8] = b" (deleted)";

/// Programs that are systemd itself, on its way to the program of the unit. Their working folder is
/// the unit's already, and proves nothing.
const SYSTEMD: [&str; 2] = ["systemd", "systemd-executor"];

/// One process, as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: u32,
    /// When it began, in ticks since the machine did: a process that has the same id later has another.
    pub(super) began: u64,
    pub(super) place: Place,
}

/// In which release a process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In this one.
    Release(Revision),
    /// In none: what it runs, and where.
    Outside { program: String, folder: String },
    /// Not in its own program yet.
    Starting,
    /// The kernel does not tell.
    Hidden(String),
}

/// Looks at a process; `None` if there is none of this id, or it has ended and is only not collected.
pub(super) fn look(id: u32, releases: &Releases) -> Option<Process> {
    let began = began(id)?;
    let folder = PathBuf::from(format!("/proc/{id}"));
    let program = fs::read_link(folder.join("exe"));
    let working = fs::read_link(folder.join("cwd"));
    // Still the same one: otherwise what was read may be of two processes.
    (self::began(id)? == began).then(|| Process { id, began, place: place(program, working, releases) })
}

fn place(program: io::Result<PathBuf>, working: io::Result<PathBuf>, releases: &Releases) -> Place {
    let (program, working) = match (program, working) {
        (Ok(program), Ok(working)) => (program, working),
        (Err(error), _) | (_, Err(error)) => return Place::Hidden(error.to_string()),
    };
    let own = program.file_name().and_then(|name| name.to_str());
    if own.is_some_and(|name| SYSTEMD.contains(&name)) {
        return Place::Starting;
    }
    // The program's own file says more than the folder in which an interpreter works.
    match holding(releases, &program).or_else(|| holding(releases, &working)) {
        Some(revision) => Place::Release(revision),
        None => Place::Outside { program: program.display().to_string(), folder: working.display().to_string() },
    }
}

fn holding(releases: &Releases, path: &Path) -> Option<Revision> {
    let is_gone = path.as_os_str().as_encoded_bytes().ends_with(DELETED);
    if is_gone { None } else { releases.holding(path) }
}

/// When a process began, by field 22 of its `stat` (proc_pid_stat(5)); `None` once it has ended.
fn began(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in brackets, may hold brackets and spaces itself: what follows is after the last one.
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?;
    // State is field 3 and was taken, so field 22 is the nineteenth from here.
    (state != "Z" && state != "X").then(|| fields.nth(18)?.parse().ok()).flatten()
}

/// The id that is written in this file; `None` where there is no file, or it holds something else.
pub(super) fn written_in(file: &Path) -> Option<u32> {
    fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
    let text = fs::read_to_string(file).ok()?;
    text.split_whitespace().next()?.parse().ok().filter(|id| *id > 0)
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
