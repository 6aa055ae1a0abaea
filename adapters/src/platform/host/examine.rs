//! A look before the move: what forbids it, what people should know, what changes, what stays [B3 B6].

use std::path::Path;

use commands::model::{Note, Revision, Trouble};
use commands::ports::{Candidate, Examination, PlatformError, Running};
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, faccessat};

use super::address::{HostAddress, ProgramRestart, Restart};
use super::failure::blocking;
use super::process::Place;
use super::releases::{BAD_MARK, Release};
use super::service::{Services, Sight};
use super::state::{self, State};

#[cfg(feature = "systemd")]
use super::address::UnitRestart;

/// Looks at the disk, the release, and what would be restarted.
///
/// # Errors
/// What reading the releases meets.
pub(super) async fn examine(
    services: &Services,
    address: &HostAddress,
    running: &Running,
    to: &Candidate,
) -> Result<Examination, PlatformError> {
    let state = state::read(address).await?;
    let mut found = Examination::default();
    match state.releases.find(&to.revision) {
        Some(release) => {
            let (address, release) = (address.clone(), release.clone());
            found = blocking("examine the release", move || Ok(on_disk(&address, &release))).await?;
        }
        None => found.blockers.push(Trouble::new(Note::new("host-release-missing").with("release", &to.revision))),
    }
    let from = &running.revision;
    found.changes.push(Note::new("host-link-moves").with("from", from).with("to", &to.revision));
    match &address.restart {
        #[cfg(feature = "systemd")]
        Some(Restart::Systemd(unit)) => examine_unit(services, unit, &state.releases.root, &mut found).await,
        #[cfg(not(feature = "systemd"))]
        Some(Restart::Systemd(_)) => {}
        Some(Restart::Program(program)) => examine_program(program, &mut found),
        None => found.warnings.push(Note::new("host-no-restart")),
    }
    if address.restart.is_some() {
        examine_processes(services, address, &state, &mut found).await;
    }
    if !address.shared.is_empty() {
        let paths: Vec<String> = address.shared.iter().map(|path| path.display().to_string()).collect();
        found.losses.push(Note::new("host-shared-stays").with("paths", paths.join(", ")));
    }
    Ok(found)
}

fn on_disk(address: &HostAddress, release: &Release) -> Examination {
    let mut found = Examination::default();
    let about = |code: &'static str| Note::new(code).with("release", &release.revision);
    if let (false, Some(marker)) = (release.complete, &address.marker) {
        found.blockers.push(Trouble::new(about("host-release-incomplete").with("marker", marker.display())));
    }
    if release.marked_bad {
        found.warnings.push(about("host-release-marked-bad").with("file", BAD_MARK));
    }
    for path in &address.shared {
        // `metadata` follows the link: one that leads nowhere is as bad as none.
        if let Err(error) = std::fs::metadata(release.path.join(path)) {
            let note = about("host-shared-missing").with("path", path.display());
            found.blockers.push(Trouble::new(note).saying(error));
        }
    }
    found.blockers.extend(too_little_free(address));
    found.blockers.extend(not_writable(address.link_folder()));
    found
}

fn too_little_free(address: &HostAddress) -> Option<Trouble> {
    if address.minimum_free == 0 {
        return None;
    }
    let about = |code| Note::new(code).with("folder", address.releases.display());
    match statvfs(&address.releases) {
        Ok(disk) => {
            let free = disk.blocks_available().saturating_mul(disk.fragment_size());
            let note = about("host-disk-full").with("free", free).with("wanted", address.minimum_free);
            (free < address.minimum_free).then(|| Trouble::new(note))
        }
        Err(error) => Some(Trouble::new(about("host-disk-unread")).saying(error)),
    }
}

/// Asked of the kernel for the bot's effective user, a disk that is mounted read-only included; nothing
/// is written.
fn not_writable(folder: &Path) -> Option<Trouble> {
    let wanted = AccessFlags::W_OK | AccessFlags::X_OK;
    let answer = faccessat(AT_FDCWD, folder, wanted, AtFlags::AT_EACCESS);
    let note = || Note::new("host-link-not-writable").with("folder", folder.display());
    answer.err().map(|error| Trouble::new(note()).saying(error))
}

fn examine_program(program: &ProgramRestart, found: &mut Examination) {
    let note = |code| Note::new(code).with("program", program.path.display());
    let answer = faccessat(AT_FDCWD, &program.path, AccessFlags::X_OK, AtFlags::AT_EACCESS);
    if let Err(error) = answer {
        found.blockers.push(Trouble::new(note("host-program-not-runnable")).saying(error));
    }
    found.changes.push(note("host-program-runs"));
    if program.pid_file.is_none() {
        found.warnings.push(note("host-no-process"));
    }
}

#[cfg(feature = "systemd")]
async fn examine_unit(services: &Services, unit: &UnitRestart, releases: &Path, found: &mut Examination) {
    let note = |code| Note::new(code).with("unit", &unit.unit);
    let file = async { services.buses.manager(&unit.bus).await?.unit(&unit.unit).await?.file().await }.await;
    match file {
        Err(error) => found.blockers.push(Trouble::new(note("host-unit-unread")).saying(error)),
        Ok(file) if file.load != "loaded" => {
            found.blockers.push(Trouble::new(note("host-unit-not-loaded")).saying(file.load));
        }
        Ok(file) => {
            if !file.can_start {
                found.blockers.push(Trouble::new(note("host-unit-not-startable")));
            }
            if file.goes_with(releases) {
                found.changes.push(note("host-unit-reloads"));
            }
        }
    }
    found.changes.push(note("host-unit-restarts"));
}

/// What runs now tells whether a proof will be possible afterwards.
async fn examine_processes(services: &Services, address: &HostAddress, state: &State, found: &mut Examination) {
    // What cannot be asked at all is a blocker already, or will be one when it matters.
    let Ok(Some(sight)) = services.look(address, &state.releases).await else { return };
    let linked = state.link.as_ref().ok().map(|link| &link.revision);
    found.warnings.extend(doubt(&sight, linked));
}

fn doubt(sight: &Sight, linked: Option<&Revision>) -> Option<Note> {
    let about = |code| Note::new(code).with("service", &sight.name);
    match sight.place()? {
        Place::Outside { program, folder } => {
            Some(about("host-process-outside-now").with("program", program).with("folder", folder))
        }
        Place::Hidden(_) => Some(about("host-process-hidden-now")),
        Place::Release(revision) if Some(revision) != linked => {
            Some(about("host-process-not-linked").with("release", revision))
        }
        Place::Release(_) | Place::Starting => None,
    }
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
