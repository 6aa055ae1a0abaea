//! A folder with two releases, a link to the one that runs, a program that restarts it, and a
//! configuration of the bot for all that.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::behaviour::Behaviour;

/// How long a service may take to stop, and to answer after a start.
const PATIENCE: Duration = Duration::from_secs(10);

/// One playground.
pub(super) struct Playground {
    folder: PathBuf,
    port: u16,
}

impl Playground {
    /// Builds one: the release that works runs, and the broken one lies beside it.
    pub(super) async fn build(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        let playground = Self { port: free_port()?, folder };
        Behaviour::healthy().release(&playground.releases())?;
        Behaviour::broken().release(&playground.releases())?;
        fs::write(playground.folder.join("port"), playground.port.to_string())?;
        fs::write(playground.configuration(), playground.configuration_text()?)?;
        playground.deploy(&Behaviour::healthy().version).await?;
        Ok(playground)
    }

    /// One that was built before.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let port = fs::read_to_string(folder.join("port")).context("this folder holds no playground")?;
        Ok(Self { folder: folder.canonicalize()?, port: port.trim().parse()? })
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.join("switchback.toml")
    }

    pub(super) fn reports(&self) -> PathBuf {
        self.folder.join("reports")
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(super) fn current(&self) -> PathBuf {
        self.folder.join("current")
    }

    fn releases(&self) -> PathBuf {
        self.folder.join("releases")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("service.pid")
    }

    /// What a delivery pipeline would do: the link swapped by rename, the service restarted.
    pub(super) async fn deploy(&self, version: &str) -> anyhow::Result<()> {
        let next = self.folder.join("current.next");
        let _ = fs::remove_file(&next);
        symlink(self.releases().join(version), &next)?;
        fs::rename(&next, self.current())?;
        self.restart_service().await
    }

    /// Ends the service that runs and starts the one of the current release.
    pub(super) async fn restart_service(&self) -> anyhow::Result<()> {
        if let Some(old) = self.running() {
            end(old).await?;
        }
        let release = self.current().canonicalize().context("following the link to the current release")?;
        let log = fs::File::options().create(true).append(true).open(self.folder.join("service.log"))?;
        let mut service = std::process::Command::new(std::env::current_exe()?);
        service.args(["playground", "service", &self.port.to_string()]).current_dir(release);
        service.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // A group of its own: it must outlive the program that restarts it.
        std::os::unix::process::CommandExt::process_group(&mut service, 0);
        let started = service.spawn().context("starting the service")?;
        let written = self.folder.join("service.pid.next");
        fs::write(&written, started.id().to_string())?;
        fs::rename(written, self.pid_file())?;
        Ok(())
    }

    /// Ends the service, if it runs.
    pub(super) fn stop_service(&self) {
        if let Some(pid) = self.running() {
            // It may have gone by itself.
            let _ = kill(pid, Signal::SIGKILL);
        }
    }

    /// The process of the pid file, if it is the service of this playground.
    fn running(&self) -> Option<Pid> {
        let pid: i32 = fs::read_to_string(self.pid_file()).ok()?.trim().parse().ok()?;
        let folder = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
        folder.starts_with(&self.folder).then(|| Pid::from_raw(pid))
    }

    fn configuration_text(&self) -> anyhow::Result<String> {
        let text = |path: PathBuf| toml::Value::String(path.to_string_lossy().into_owned()).to_string();
        let template = include_str!("playground.toml");
        Ok(template
            .replace("{store}", &text(self.folder.join("switchback.db")))
            .replace("{releases}", &text(self.releases()))
            .replace("{current}", &text(self.current()))
            .replace("{program}", &text(std::env::current_exe()?))
            .replace("{folder}", &text(self.folder.clone()))
            .replace("{pid_file}", &text(self.pid_file()))
            .replace("{listen}", &format!("\"127.0.0.1:{}\"", free_port()?))
            .replace("{service}", &format!("http://127.0.0.1:{}", self.port)))
    }
}

/// A port that nobody listens at now. Outside of the range from which Linux takes the ports of outgoing
/// connections (32768 and above): one of those could hold the port while the service is restarted.
fn free_port() -> anyhow::Result<u16> {
    const PORTS: std::ops::Range<u16> = 10_000..30_000;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    // Two playgrounds that are built at once begin to look at different places.
    let begin =
        u64::from(std::process::id()) * 31 + u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs());
    let begin = PORTS.start + u16::try_from(begin % PORTS.len() as u64)?;
    (begin..PORTS.end).chain(PORTS.start..begin).find(free).context("no port is free")
}

async fn end(pid: Pid) -> anyhow::Result<()> {
    let _ = kill(pid, Signal::SIGTERM);
    let patience = tokio::time::Instant::now() + PATIENCE;
    // A process that nobody waits for yet is a zombie: it holds no port, and its folder cannot be read.
    while fs::read_link(format!("/proc/{pid}/cwd")).is_ok() {
        anyhow::ensure!(tokio::time::Instant::now() < patience, "process {pid} does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
