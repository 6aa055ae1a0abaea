//! A real systemd for a test: `systemd --user` in a mount namespace and a cgroup of its own.
//!
//! It is the same manager as the machine's, with the same jobs, start limits and D-Bus interface, and
//! it shares the process ids of the test, as a machine's systemd shares them with the bot. What it does
//! not show is polkit: a user's manager lets its user do everything. `tests/setup/systemd.sh` installs
//! what it needs. It starts in about a tenth of a second.

use std::fs;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const LAUNCHER: &str = include_str!("launch.sh");

/// How long it may take to start; it takes about a tenth of a second.
const START: Duration = Duration::from_secs(20);

/// A running systemd. It ends, with everything that it started, when this is dropped or the test's
/// process is gone.
#[derive(Debug)]
pub struct Systemd {
    launcher: Child,
    folder: TempDir,
}

impl Systemd {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// If it does not start, with what it said.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for systemd");
        let launcher = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", LAUNCHER, "launch.sh"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("`unshare` starts; tests/setup/systemd.sh installs it");
        let mut systemd = Self { launcher, folder };
        systemd.await_answer();
        systemd
    }

    fn await_answer(&mut self) {
        let until = Instant::now() + START;
        while self.try_systemctl(&["is-active", "basic.target"]).is_err()
            || !self.folder.path().join("run/bus").exists()
        {
            if let Ok(Some(status)) = self.launcher.try_wait() {
                let mut said = String::new();
                let _ = self.launcher.stderr.take().map(|mut errors| errors.read_to_string(&mut said));
                panic!("systemd did not start ({status}): {said}{}", self.log());
            }
            assert!(Instant::now() < until, "systemd does not answer: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The D-Bus address of its bus.
    #[must_use]
    pub fn bus(&self) -> String {
        format!("unix:path={}", self.folder.path().join("run/bus").display())
    }

    /// Writes a unit file and has systemd read it.
    ///
    /// # Panics
    /// If that cannot be done.
    pub fn install(&self, unit: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join("units").join(unit);
        fs::write(&file, text).expect("a unit file is written");
        self.systemctl(&["daemon-reload"]);
        file
    }

    /// Gives an order, as a person at the machine would.
    ///
    /// # Panics
    /// If it is refused, with what was said.
    pub fn systemctl(&self, arguments: &[&str]) -> String {
        self.try_systemctl(arguments).unwrap_or_else(|said| panic!("systemctl {arguments:?}: {said}\n{}", self.log()))
    }

    /// Gives an order that may be refused.
    ///
    /// # Errors
    /// What was said, where it was refused.
    pub fn try_systemctl(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new("systemctl")
            .arg("--user")
            .args(arguments)
            .env("XDG_RUNTIME_DIR", self.folder.path().join("run"))
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .output()
            .expect("`systemctl` starts; tests/setup/systemd.sh installs it");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr) + &text(&output.stdout))
        }
    }

    /// One property of a unit, as systemd prints it.
    ///
    /// # Panics
    /// If systemd does not answer.
    #[must_use]
    pub fn property(&self, unit: &str, property: &str) -> String {
        self.systemctl(&["show", unit, "--value", "--property", property])
    }

    /// What it logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A folder that lives as long as it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Systemd {
    fn drop(&mut self) {
        // The end of its standard input is what the launcher waits for.
        drop(self.launcher.stdin.take());
        let _ = self.launcher.wait();
    }
}
