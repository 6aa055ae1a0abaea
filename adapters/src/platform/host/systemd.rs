//! systemd over D-Bus: one connection for each bus, kept until it fails.
//!
//! It is assumed that systemd and the bot see the same process ids. So it is on a machine; a systemd
//! in a container with process ids of its own is not for this adapter.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use commands::ports::PlatformError;
use futures::StreamExt as _;
use tokio::time::{Instant, timeout, timeout_at};
use zbus::proxy::CacheProperties;
use zbus::{Connection, OwnedObjectPath, Proxy, connection};

use super::address::Bus;

mod failure;
mod unit;

pub(super) use failure::Doing;
pub(super) use unit::{Unit, UnitState};

/// How long one call may take. systemd answers within milliseconds; a job is awaited apart.
const CALL: Duration = Duration::from_secs(5);

const NAME: &str = "org.freedesktop.systemd1";

/// The connections.
#[derive(Debug, Default)]
pub(super) struct Buses(Mutex<HashMap<Bus, Connection>>);

impl Buses {
    /// The manager at the end of this bus.
    ///
    /// # Errors
    /// `Unavailable` if the bus cannot be reached, `Forbidden` if it does not let the bot in.
    pub(super) async fn manager(&self, bus: &Bus) -> Result<Manager, PlatformError> {
        let doing = Doing::new(format!("reach systemd by {}", shown(bus)));
        let connection = match self.kept(bus) {
            Some(connection) => connection,
            None => {
                let connection = timeout(CALL, open(bus)).await.map_err(|_| doing.timed_out(CALL))?;
                self.keep(bus, connection.map_err(|error| doing.failed(error))?)
            }
        };
        let proxy = proxy(&connection, "/org/freedesktop/systemd1", "Manager").await;
        Ok(Manager { proxy: proxy.map_err(|error| doing.failed(error))?, connection })
    }

    fn kept(&self, bus: &Bus) -> Option<Connection> {
        // A connection whose other end is gone stays so: a new one is made.
        self.all().get(bus).filter(|connection| !connection.is_closed()).cloned()
    }

    fn keep(&self, bus: &Bus, connection: Connection) -> Connection {
        self.all().insert(bus.clone(), connection.clone());
        connection
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Bus, Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn open(bus: &Bus) -> zbus::Result<Connection> {
    let builder = match bus {
        Bus::System => connection::Builder::system(),
        Bus::User => connection::Builder::session(),
        Bus::Address(address) => connection::Builder::address(address.as_str()),
    };
    builder.method_timeout(CALL).build().await
}

fn shown(bus: &Bus) -> String {
    match bus {
        Bus::System => "the system bus".to_owned(),
        Bus::User => "the user's bus".to_owned(),
        Bus::Address(address) => format!("the bus {address}"),
    }
}

async fn proxy(connection: &Connection, path: &str, interface: &str) -> zbus::Result<Proxy<'static>> {
    zbus::proxy::Builder::new(connection)
        .destination(NAME)
        .path(path.to_owned())
        .interface(format!("{NAME}.{interface}"))
        .cache_properties(CacheProperties::No)
        .build()
        .await
}

/// systemd's manager.
#[derive(Debug)]
pub(super) struct Manager {
    connection: Connection,
    proxy: Proxy<'static>,
}

/// How a job of systemd ended: `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobResult(pub(super) String);

impl Manager {
    /// The unit of this name, loaded if it was not.
    ///
    /// # Errors
    /// What systemd says. A unit without a file is loaded too: its state says so.
    pub(super) async fn unit(&self, name: &str) -> Result<Unit<'_>, PlatformError> {
        let doing = Doing::new(format!("load the unit {name}"));
        let path: OwnedObjectPath = self.proxy.call("LoadUnit", &(name,)).await.map_err(|error| doing.failed(error))?;
        Unit::at(self, name, path).await.map_err(|error| doing.failed(error))
    }

    /// Makes systemd read its files again.
    ///
    /// # Errors
    /// What systemd says.
    pub(super) async fn reload(&self) -> Result<(), PlatformError> {
        let doing = Doing::new("make systemd read its files again (daemon-reload)");
        self.proxy.call("Reload", &()).await.map_err(|error| doing.failed(error))
    }

    /// Restarts a unit and awaits the job; `None` where it goes on after `within`.
    ///
    /// The start limit counts restarts by hand too, and a release that crashes has used it up: so it
    /// is reset first. Its `done` is no proof: a simple service is `done` before its program runs.
    ///
    /// # Errors
    /// What systemd says.
    pub(super) async fn restart(&self, name: &str, within: Duration) -> Result<Option<JobResult>, PlatformError> {
        let doing = Doing::new(format!("restart the unit {name}"));
        let until = Instant::now() + within;
        self.subscribe().await.map_err(|error| doing.failed(error))?;
        // Before the call, so that the end of a short job is not missed.
        let mut ended = self.proxy.receive_signal("JobRemoved").await.map_err(|error| doing.failed(error))?;
        self.reset(name).await?;
        let job: OwnedObjectPath =
            self.proxy.call("RestartUnit", &(name, "replace")).await.map_err(|error| doing.failed(error))?;
        loop {
            let Ok(signal) = timeout_at(until, ended.next()).await else { return Ok(None) };
            let signal = signal.ok_or_else(|| doing.lost())?;
            let (_, path, _, result): (u32, OwnedObjectPath, String, String) =
                signal.body().deserialize().map_err(|error| doing.failed(error))?;
            if path == job {
                return Ok(Some(JobResult(result)));
            }
        }
    }

    /// Clears failure and start limit; a unit that systemd has forgotten has neither.
    async fn reset(&self, name: &str) -> Result<(), PlatformError> {
        let doing = Doing::new(format!("reset the failure of the unit {name}"));
        match self.proxy.call::<_, _, ()>("ResetFailedUnit", &(name,)).await {
            Err(error) if !failure::is(&error, "NoSuchUnit") => Err(doing.failed(error)),
            _ => Ok(()),
        }
    }

    /// systemd tells of jobs only where somebody listens.
    async fn subscribe(&self) -> zbus::Result<()> {
        match self.proxy.call::<_, _, ()>("Subscribe", &()).await {
            Err(error) if !failure::is(&error, "AlreadySubscribed") => Err(error),
            _ => Ok(()),
        }
    }

    /// The ids of the processes of a unit.
    async fn processes(&self, name: &str) -> zbus::Result<Vec<u32>> {
        let all: Vec<(String, u32, String)> = self.proxy.call("GetUnitProcesses", &(name,)).await?;
        Ok(all.into_iter().map(|(_, id, _)| id).collect())
    }
}

/// What a job that did not end well means.
pub(super) fn job_failed(unit: &str, word: &str, state: &UnitState) -> PlatformError {
    let what = format!("restart the unit {unit}");
    let why = format!("its job ended as {word}; it is {} ({}), result {}", state.active, state.sub, state.result);
    match word {
        // Somebody else's order took the place of this one: the next try may have better luck.
        "canceled" => PlatformError::Unavailable { what, why },
        _ => PlatformError::Refused { what, why },
    }
}
