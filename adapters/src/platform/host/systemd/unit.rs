//! One unit, as systemd sees it.

use std::path::{Path, PathBuf};

use commands::ports::PlatformError;
use zbus::{OwnedObjectPath, Proxy};

use super::{Doing, Manager, failure, proxy};

/// A unit that systemd was asked for.
#[derive(Debug)]
pub(in super::super) struct Unit<'a> {
    manager: &'a Manager,
    name: String,
    unit: Proxy<'static>,
    service: Proxy<'static>,
}

/// What systemd says of it at one moment, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct UnitState {
    /// `active`, `activating`, `failed`…
    pub(in super::super) active: String,
    /// `running`, `auto-restart`, `dead`…
    pub(in super::super) sub: String,
    /// `success`, `exit-code`, `start-limit-hit`…
    pub(in super::super) result: String,
    /// The id of its main process; 0 where there is none.
    pub(in super::super) main: u32,
    /// All of its processes.
    pub(in super::super) processes: Vec<u32>,
    /// How often systemd restarted it by itself since it was last started by hand.
    pub(in super::super) restarts: u32,
    /// What is the same from one start to the next, as 32 hexadecimal digits.
    pub(in super::super) invocation: String,
    /// True while a job waits or works on it.
    pub(in super::super) has_job: bool,
}

/// Whether it can be restarted at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct UnitFile {
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`.
    pub(in super::super) load: String,
    /// False of a unit that refuses to be started by hand.
    pub(in super::super) can_start: bool,
    /// True where systemd itself says that its file was changed since it was read. It goes by the time
    /// of change and knows only later ones: a file that goes back with its release is not noticed.
    pub(in super::super) is_stale: bool,
    /// Where its file, and what adds to it, lie.
    pub(in super::super) paths: Vec<PathBuf>,
}

impl UnitFile {
    /// True where it must be read again once the link has moved: it is stale, or comes with a release.
    /// Asks the disk.
    pub(in super::super) fn goes_with(&self, releases: &Path) -> bool {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        let Some(releases) = real(releases) else { return self.is_stale };
        self.is_stale || self.paths.iter().filter_map(|path| real(path)).any(|path| path.starts_with(&releases))
    }
}

impl<'a> Unit<'a> {
    pub(super) async fn at(manager: &'a Manager, name: &str, path: OwnedObjectPath) -> zbus::Result<Self> {
        let unit = proxy(&manager.connection, path.as_str(), "Unit").await?;
        let service = proxy(&manager.connection, path.as_str(), "Service").await?;
        Ok(Self { manager, name: name.to_owned(), unit, service })
    }

    /// How it stands. The properties are asked together, but systemd answers one after another: what
    /// they say may be a millisecond apart.
    ///
    /// # Errors
    /// What systemd says.
    pub(in super::super) async fn state(&self) -> Result<UnitState, PlatformError> {
        let doing = Doing::new(format!("read the state of the unit {}", self.name));
        self.read_state().await.map_err(|error| doing.failed(error))
    }

    async fn read_state(&self) -> zbus::Result<UnitState> {
        let (unit, service) = (&self.unit, &self.service);
        let (active, sub, job, invocation, result, main, restarts, processes) = futures::try_join!(
            unit.get_property("ActiveState"),
            unit.get_property("SubState"),
            unit.get_property::<(u32, OwnedObjectPath)>("Job"),
            unit.get_property::<Vec<u8>>("InvocationID"),
            service.get_property("Result"),
            service.get_property("MainPID"),
            service.get_property("NRestarts"),
            self.processes(),
        )?;
        let invocation = invocation.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(UnitState { active, sub, result, main, processes, restarts, invocation, has_job: job.0 != 0 })
    }

    /// A unit that is not there has no processes.
    async fn processes(&self) -> zbus::Result<Vec<u32>> {
        match self.manager.processes(&self.name).await {
            Err(error) if failure::is(&error, "NoSuchUnit") => Ok(Vec::new()),
            found => found,
        }
    }

    /// Whether it can be restarted.
    ///
    /// # Errors
    /// What systemd says.
    pub(in super::super) async fn file(&self) -> Result<UnitFile, PlatformError> {
        let doing = Doing::new(format!("read what systemd knows of the unit {}", self.name));
        let unit = &self.unit;
        let (load, can_start, is_stale, file, added) = futures::try_join!(
            unit.get_property("LoadState"),
            unit.get_property("CanStart"),
            unit.get_property("NeedDaemonReload"),
            unit.get_property::<String>("FragmentPath"),
            unit.get_property::<Vec<String>>("DropInPaths"),
        )
        .map_err(|error| doing.failed(error))?;
        let paths = [file].into_iter().chain(added).map(PathBuf::from).collect();
        Ok(UnitFile { load, can_start, is_stale, paths })
    }
}
