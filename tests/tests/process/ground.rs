//! A playground for one bot: a service that runs a broken release, a restart program that says when it
//! begins and ends, a hook, and a configuration with short waits.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::Program;
use super::program::{PATIENCE, SWITCHBACK};

/// Everything of one bot. The service ends with the value.
pub(super) struct Ground {
    // Before the folder, which must not be used any more when it goes.
    service: Service,
    folder: TempDir,
}

struct Service(PathBuf);

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(pid) = running(&self.0) {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
}

impl Ground {
    /// The broken release v1.3.0 runs, and v1.2.9 lies beside it.
    pub(super) async fn new() -> Self {
        bot::wiring::install_crypto_provider();
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("ground");
        let built = Program::run([Path::new("playground"), "build".as_ref(), &place]).await;
        assert!(built.status.success(), "{built:?}");
        let ground = Self { service: Service(place), folder };
        ground.write_programs();
        ground.configure();
        symlink(ground.path("releases/v1.3.0"), ground.path("next")).unwrap();
        fs::rename(ground.path("next"), ground.path("current")).unwrap();
        let restarted = Program::run([Path::new("playground"), "restart".as_ref(), &ground.service.0]).await;
        assert!(restarted.status.success(), "{restarted:?}");
        ground
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.service.0.join(name)
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.path("switchback.toml")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path("switchback.db")
    }

    /// Starts a bot here.
    pub(super) fn serve(&self) -> Program {
        Program::start([Path::new("serve"), "--config".as_ref(), &self.configuration()])
    }

    /// The address of its health and metrics.
    pub(super) fn listens(&self) -> String {
        let text: toml::Table = fs::read_to_string(self.configuration()).unwrap().parse().unwrap();
        text["http"]["listen"].as_str().unwrap().to_owned()
    }

    /// Waits until the bot is ready.
    pub(super) async fn is_ready(&self) {
        let address = format!("http://{}/readyz", self.listens());
        let begun = Instant::now();
        while !reqwest::get(&address).await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(begun.elapsed() < PATIENCE, "it does not become ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Replaces a piece of the configuration that must be there.
    pub(super) fn change(&self, what: &str, with: &str) {
        let text = fs::read_to_string(self.configuration()).unwrap();
        assert!(text.contains(what), "`{what}` is not in\n{text}");
        fs::write(self.configuration(), text.replace(what, with)).unwrap();
    }

    fn configure(&self) {
        let restart = self.path("restart.sh");
        self.change(
            &format!("path = {SWITCHBACK:?}, arguments = [\"playground\", \"restart\", {:?}]", self.service.0),
            &format!("path = {restart:?}, arguments = []"),
        );
        for (name, slow, quick) in [
            ("observe_every", "500ms", "5m"),
            ("look_every", "200ms", "100ms"),
            ("window", "3s", "400ms"),
            ("interval", "200ms", "100ms"),
            ("max_response", "200ms", "2s"),
            ("hold", "2s", "300ms"),
        ] {
            self.change(&format!("{name} = \"{slow}\""), &format!("{name} = \"{quick}\""));
        }
        let mut file = fs::OpenOptions::new().append(true).open(self.configuration()).unwrap();
        let hook = self.path("backup.sh");
        writeln!(file, "\n[[service.hook]]\npoint = \"backup\"\nprogram = {hook:?}").unwrap();
    }

    fn write_programs(&self) {
        let place = self.service.0.display();
        self.program(
            "restart.sh",
            &format!(
                "echo \"begun $(basename $(readlink {place}/current))\" >> {place}/restarts\n\
             {SWITCHBACK} playground restart {place} || exit 1\n\
             echo \"ended $(basename $(readlink {place}/current))\" >> {place}/restarts\n"
            ),
        );
        // It remembers what it did, so that it can be observed and asked twice.
        self.program(
            "backup.sh",
            &format!(
                "read -r call\n\
             done='{{\"result\":\"done\",\"message\":\"Backup made\"}}'\n\
             if [ -e {place}/backup ]; then echo \"$done\"; exit; fi\n\
             case $call in\n\
             *'\"op\":\"do\"'*) sleep 0.1; touch {place}/backup; echo \"$done\" ;;\n\
             *'\"op\":\"check\"'*) echo \"$done\" ;;\n\
             *) echo '{{\"result\":\"not_done\"}}' ;;\n\
             esac\n"
            ),
        );
    }

    fn program(&self, name: &str, text: &str) {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o755).open(self.path(name)).unwrap();
        write!(file, "#!/bin/sh\n{text}").unwrap();
    }

    /// What the restart program said, one line for each.
    pub(super) fn restarts(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("restarts")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Which version users are served, if any.
    pub(super) async fn served(&self) -> Option<String> {
        let port = fs::read_to_string(self.path("port")).unwrap();
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/version")).await.ok()?;
        let answer: serde_json::Value = answer.json().await.ok()?;
        Some(answer["version"].as_str()?.to_owned())
    }

    /// Which release the link leads to.
    pub(super) fn current(&self) -> String {
        let release = self.path("current").canonicalize().unwrap();
        release.file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// Every process that works in this folder or was told of it, but for the service.
    pub(super) fn strangers(&self) -> Vec<String> {
        let service = running(&self.service.0);
        let mut strangers = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()).map(Pid::from_raw) else {
                continue;
            };
            let told = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let told = String::from_utf8_lossy(&told).replace('\0', " ");
            let works_here =
                fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(self.folder.path()));
            let is_told = told.contains(self.folder.path().to_str().unwrap());
            if (works_here || is_told) && Some(pid) != service {
                strangers.push(format!("{pid}: {told}"));
            }
        }
        strangers
    }
}

/// The service of a playground.
fn running(place: &Path) -> Option<Pid> {
    let pid: i32 = fs::read_to_string(place.join("service.pid")).ok()?.trim().parse().ok()?;
    let folder = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    folder.starts_with(place).then(|| Pid::from_raw(pid))
}
