//! What serves the release: looked at, and restarted.

use std::collections::BTreeMap;
#[cfg(feature = "systemd")]
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use commands::model::Revision;
use commands::ports::PlatformError;

use super::address::{HostAddress, ProgramRestart, Restart};
use super::failure::{self, blocking};
use super::process::{self, Place, Process};
use super::program::{NotRun, Program};
use super::releases::{Release, Releases};

#[cfg(feature = "systemd")]
use super::address::UnitRestart;
#[cfg(feature = "systemd")]
use super::{journal, systemd};

/// How long the last words of a failed unit are waited for.
#[cfg(feature = "systemd")]
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What serves a release, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    /// The unit, or the file that tells the process.
    pub(super) name: String,
    pub(super) condition: Condition,
    /// The condition, in the platform's own words.
    pub(super) words: String,
    pub(super) main: Option<Process>,
    /// Its other processes.
    pub(super) others: Vec<Process>,
    /// How often it was restarted since it was last started by hand, where somebody counts.
    pub(super) restarts: u32,
    /// What is the same from one start to the next, where the platform has it.
    pub(super) invocation: Option<String>,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "systemd"),
    allow(dead_code, reason = "a program's file tells no more than running or absent")
)]
pub(super) enum Condition {
    /// It runs.
    Running,
    /// It starts, stops, or waits to be restarted.
    Changing {
        /// True where somebody's order to do so is being carried out.
        ordered: bool,
    },
    /// It failed and stays so.
    Failed {
        /// In the platform's own word.
        result: String,
    },
    /// It was stopped, or ended by itself, and stays so.
    Stopped,
    /// No process is where one should be, and nobody says why.
    Absent,
}

impl Sight {
    /// The release in which its main process is.
    pub(super) fn place(&self) -> Option<&Place> {
        self.main.as_ref().map(|process| &process.place)
    }

    /// A process of it that is in another release than this one.
    pub(super) fn left_behind(&self, to: &Revision) -> Option<(&Process, &Revision)> {
        self.main.iter().chain(&self.others).find_map(|process| match &process.place {
            Place::Release(revision) if revision != to => Some((process, revision)),
            _ => None,
        })
    }

    /// True where it is proven to run this release, all of it.
    pub(super) fn proves(&self, to: &Revision) -> bool {
        self.condition == Condition::Running
            && self.place() == Some(&Place::Release(to.clone()))
            && self.left_behind(to).is_none()
    }

    pub(super) fn facts(&self) -> BTreeMap<String, String> {
        let mut facts = BTreeMap::from([
            ("state".to_owned(), self.words.clone()),
            ("restarts".to_owned(), self.restarts.to_string()),
        ]);
        facts.extend(self.main.as_ref().map(|process| ("process".to_owned(), process.id.to_string())));
        facts.extend(self.invocation.as_ref().map(|id| ("invocation".to_owned(), id.clone())));
        facts
    }
}

/// The way to what serves releases.
#[derive(Debug, Clone, Default)]
pub(super) struct Services {
    #[cfg(feature = "systemd")]
    pub(super) buses: Arc<systemd::Buses>,
}

impl Services {
    /// Looks at what serves; `None` where the address names nothing to look at.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn look(
        &self,
        address: &HostAddress,
        releases: &Arc<Releases>,
    ) -> Result<Option<Sight>, PlatformError> {
        match &address.restart {
            #[cfg(feature = "systemd")]
            Some(Restart::Systemd(unit)) => self.look_at_unit(unit, releases).await.map(Some),
            #[cfg(not(feature = "systemd"))]
            Some(Restart::Systemd(unit)) => Err(no_systemd(&unit.unit)),
            Some(Restart::Program(program)) => look_at_program(program, releases).await,
            None => Ok(None),
        }
    }

    /// Restarts what serves, and tells what is known of it then.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn restart(
        &self,
        address: &HostAddress,
        release: &Release,
        key: &str,
        within: Duration,
    ) -> Result<BTreeMap<String, String>, PlatformError> {
        match &address.restart {
            #[cfg(feature = "systemd")]
            Some(Restart::Systemd(unit)) => self.restart_unit(unit, address, within).await,
            #[cfg(not(feature = "systemd"))]
            Some(Restart::Systemd(unit)) => Err(no_systemd(&unit.unit)),
            Some(Restart::Program(program)) => run_program(program, address, release, key, within).await,
            None => Ok(BTreeMap::from([("restart".to_owned(), "none".to_owned())])),
        }
    }

    /// What a unit said before it failed.
    pub(super) async fn last_words(&self, address: &HostAddress, sight: &Sight) -> Vec<String> {
        match (&address.restart, &sight.invocation) {
            #[cfg(feature = "systemd")]
            (Some(Restart::Systemd(_)), Some(invocation)) => {
                journal::last_words(Path::new(journal::PROGRAM), invocation, LAST_WORDS).await
            }
            _ => Vec::new(),
        }
    }

    #[cfg(feature = "systemd")]
    async fn look_at_unit(&self, unit: &UnitRestart, releases: &Arc<Releases>) -> Result<Sight, PlatformError> {
        let manager = self.buses.manager(&unit.bus).await?;
        let state = manager.unit(&unit.unit).await?.state().await?;
        let (ids, releases) = (state.processes.clone(), Arc::clone(releases));
        let main = state.main;
        let processes = blocking("look at the processes of a unit", move || {
            let all = ids.into_iter().chain([main].into_iter().filter(|id| *id > 0));
            let all: std::collections::BTreeSet<u32> = all.collect();
            Ok(all.into_iter().filter_map(|id| process::look(id, &releases)).collect::<Vec<_>>())
        })
        .await?;
        let (main, others) = processes.into_iter().partition::<Vec<_>, _>(|process| process.id == state.main);
        Ok(Sight {
            name: unit.unit.clone(),
            condition: condition(&state),
            words: format!("{} ({})", state.active, state.sub),
            main: main.into_iter().next(),
            others,
            restarts: state.restarts,
            invocation: Some(state.invocation),
        })
    }

    #[cfg(feature = "systemd")]
    async fn restart_unit(
        &self,
        unit: &UnitRestart,
        address: &HostAddress,
        within: Duration,
    ) -> Result<BTreeMap<String, String>, PlatformError> {
        let manager = self.buses.manager(&unit.bus).await?;
        let mut facts = BTreeMap::from([("restart".to_owned(), unit.unit.clone())]);
        // The unit's own file may have come, or gone back, with the release.
        let file = manager.unit(&unit.unit).await?.file().await?;
        let folder = address.releases.clone();
        if blocking("find the file of a unit", move || Ok(file.goes_with(&folder))).await? {
            manager.reload().await?;
            facts.insert("daemon-reload".to_owned(), "done".to_owned());
        }
        let within = within.min(Duration::try_from(unit.timeout).unwrap_or(within));
        let job = manager.restart(&unit.unit, within).await?;
        let state = manager.unit(&unit.unit).await?.state().await?;
        let word = job.map_or_else(|| "running".to_owned(), |job| job.0);
        if !["done", "running"].contains(&word.as_str()) {
            return Err(systemd::job_failed(&unit.unit, &word, &state));
        }
        facts.extend([
            ("job".to_owned(), word),
            ("state".to_owned(), format!("{} ({})", state.active, state.sub)),
            ("invocation".to_owned(), state.invocation),
            ("process".to_owned(), state.main.to_string()),
            ("restarts".to_owned(), state.restarts.to_string()),
        ]);
        Ok(facts)
    }
}

#[cfg(not(feature = "systemd"))]
fn no_systemd(unit: &str) -> PlatformError {
    PlatformError::Refused {
        what: format!("ask for the unit {unit}"),
        why: "this build does not speak to systemd".to_owned(),
    }
}

#[cfg(feature = "systemd")]
fn condition(state: &systemd::UnitState) -> Condition {
    match state.active.as_str() {
        "active" if state.sub == "running" && !state.has_job => Condition::Running,
        "failed" if !state.has_job => Condition::Failed { result: state.result.clone() },
        "inactive" if !state.has_job => Condition::Stopped,
        // A service that is active and has exited runs no process.
        "active" if state.sub == "exited" && !state.has_job => Condition::Stopped,
        _ => Condition::Changing { ordered: state.has_job },
    }
}

async fn look_at_program(program: &ProgramRestart, releases: &Arc<Releases>) -> Result<Option<Sight>, PlatformError> {
    let Some(file) = program.pid_file.clone() else { return Ok(None) };
    let releases = Arc::clone(releases);
    blocking("look at a process", move || {
        let main = process::written_in(&file).and_then(|id| process::look(id, &releases));
        let (condition, words) =
            if main.is_some() { (Condition::Running, "running") } else { (Condition::Absent, "not there") };
        Ok(Some(Sight {
            name: file.display().to_string(),
            condition,
            words: words.to_owned(),
            main,
            others: Vec::new(),
            restarts: 0,
            invocation: None,
        }))
    })
    .await
}

async fn run_program(
    program: &ProgramRestart,
    address: &HostAddress,
    release: &Release,
    key: &str,
    within: Duration,
) -> Result<BTreeMap<String, String>, PlatformError> {
    let what = format!("restart by {}", program.path.display());
    let folder = release.path.display().to_string();
    let run = Program {
        path: &program.path,
        arguments: &program.arguments,
        folder: address.link_folder(),
        told: &[
            ("SWITCHBACK_KEY", key),
            ("SWITCHBACK_REVISION", release.revision.as_str()),
            ("SWITCHBACK_RELEASE", &folder),
        ],
        within: within.min(Duration::try_from(program.timeout).unwrap_or(within)),
    };
    match run.run().await {
        Ok(ended) if ended.status.success() => Ok(BTreeMap::from([
            ("restart".to_owned(), program.path.display().to_string()),
            ("said".to_owned(), ended.said),
        ])),
        Ok(ended) => {
            Err(PlatformError::Refused { what, why: format!("it ended with {}: {}", ended.status, ended.said) })
        }
        Err(NotRun::Start(error)) => Err(failure::of(format!("start {}", program.path.display()), &error)),
        Err(error) => Err(PlatformError::Unavailable { what, why: error.to_string() }),
    }
}
