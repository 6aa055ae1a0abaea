//! A service on this machine, in a folder of its own: three releases, a link, and a program or a unit
//! of systemd that restarts what runs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use commands::model::{Target, TargetKind, Version};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Its versions, oldest first.
pub const VERSIONS: [&str; 3] = ["v1.2.8", "v1.2.9", "v1.3.0"];

/// Ends what runs, and starts what the link leads to. It counts itself by a line with its key.
const RESTART: &str = r#"#!/bin/sh
set -eu
echo "$SWITCHBACK_KEY" >> restarts
if [ -f pid ]; then kill "$(cat pid)" 2> /dev/null || true; fi
setsid ./current/api 1000 < /dev/null > /dev/null 2>&1 &
echo $! > pid
"#;

/// The folder of a service.
#[derive(Debug)]
pub struct Layout {
    folder: TempDir,
}

impl Layout {
    /// Three releases; the link leads to the newest. Nothing runs.
    ///
    /// # Panics
    /// If the disk does not let it.
    #[must_use]
    pub fn new() -> Self {
        let layout = Self { folder: tempfile::tempdir().expect("a folder for the service") };
        for version in VERSIONS {
            layout.add(version);
        }
        layout.link(VERSIONS[2]);
        fs::write(layout.path("restart"), RESTART).expect("the restart program is written");
        fs::set_permissions(layout.path("restart"), fs::Permissions::from_mode(0o755)).expect("it is made runnable");
        layout
    }

    /// A path in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of a release.
    #[must_use]
    pub fn release(&self, name: &str) -> PathBuf {
        self.path("releases").join(name)
    }

    /// Adds a release that runs until it is ended.
    ///
    /// # Panics
    /// If the disk does not let it.
    pub fn add(&self, name: &str) {
        fs::create_dir_all(self.release(name)).expect("a release folder is made");
        fs::copy("/bin/sleep", self.release(name).join("api")).expect("its program is put there");
        fs::write(self.release(name).join(".complete"), "").expect("it is marked complete");
    }

    /// Makes a release end as soon as it begins.
    ///
    /// # Panics
    /// If the disk does not let it.
    pub fn spoil(&self, name: &str) {
        let program = self.release(name).join("api");
        fs::remove_file(&program).expect("the program is removed");
        fs::copy("/bin/false", &program).expect("another one takes its place");
    }

    /// Sets the link as a person would, in one stroke.
    ///
    /// # Panics
    /// If the disk does not let it.
    pub fn link(&self, name: &str) {
        let beside = self.path("by-hand");
        symlink(Path::new("releases").join(name), &beside).expect("a link is made");
        fs::rename(beside, self.path("current")).expect("it takes the place of the old one");
    }

    /// The name of the release to which the link leads.
    #[must_use]
    pub fn linked(&self) -> String {
        let text = fs::read_link(self.path("current")).unwrap_or_default();
        text.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// A target with this way to restart.
    #[must_use]
    pub fn target(&self, restart: Option<&Value>) -> Target {
        let mut address = json!({
            "releases": self.path("releases"), "current": self.path("current"), "marker": ".complete",
            "version_file": "VERSION",
        });
        if let (Some(restart), Some(address)) = (restart, address.as_object_mut()) {
            address.insert("restart".to_owned(), restart.clone());
        }
        Target { name: "release".into(), kind: TargetKind::Release, platform: "host".into(), address }
    }

    /// Restarted by its own program.
    #[must_use]
    pub fn by_program(&self) -> Value {
        json!({"program": {"path": self.path("restart"), "pid_file": self.path("pid"), "timeout": "10s"}})
    }

    /// Starts it for the first time, as a person would.
    ///
    /// # Panics
    /// If it does not run then.
    pub fn start(&self) {
        let mut restart = Command::new(self.path("restart"));
        restart.current_dir(self.folder.path()).env("SWITCHBACK_KEY", "by hand");
        let status = restart.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.expect("the restart program starts").success());
        let until = Instant::now() + Duration::from_secs(5);
        while self.served().as_deref() != Some(self.linked().as_str()) {
            assert!(Instant::now() < until, "{} does not run", self.linked());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The release in which the process of the file `pid` is.
    #[must_use]
    pub fn served(&self) -> Option<String> {
        let id = fs::read_to_string(self.path("pid")).ok()?;
        self.release_of(id.trim())
    }

    /// The release in which this process is.
    #[must_use]
    pub fn release_of(&self, id: &str) -> Option<String> {
        let program = fs::read_link(format!("/proc/{id}/exe")).ok()?;
        let releases = fs::canonicalize(self.path("releases")).ok()?;
        Some(program.strip_prefix(releases).ok()?.iter().next()?.to_string_lossy().into_owned())
    }

    /// How often the restart program ran.
    #[must_use]
    pub fn restarts(&self) -> usize {
        fs::read_to_string(self.path("restarts")).unwrap_or_default().lines().count()
    }

    /// What a write would change: every name in the folder, the inode of the link, where it leads.
    ///
    /// # Panics
    /// If the folder cannot be read.
    #[must_use]
    pub fn trace(&self) -> String {
        use std::os::unix::fs::MetadataExt as _;
        let names = fs::read_dir(self.folder.path()).expect("the folder is read");
        let mut names: Vec<String> =
            names.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
        // Held and left by design: it says who moved last.
        names.retain(|name| name != ".switchback.lock");
        names.sort();
        let link = fs::symlink_metadata(self.path("current")).map_or(0, |about| about.ino());
        format!("{names:?} {link} {} {:?}", self.linked(), self.served())
    }

    /// Another release of the same version, by its version file.
    ///
    /// # Panics
    /// If the disk does not let it.
    pub fn double(&self, version: &Version) {
        self.add("20240115103000");
        fs::write(self.release("20240115103000").join("VERSION"), format!("{version}\n")).expect("its version is said");
    }

    /// Writes into the oldest release, so that it is the one that was changed last; and makes the link
    /// anew, to where it leads.
    ///
    /// # Panics
    /// If the disk does not let it.
    pub fn stir(&self) {
        fs::write(self.release(VERSIONS[0]).join("log"), "a line").expect("a release is written to");
        fs::write(self.path("releases").join("notes.txt"), "").expect("a file is left among the releases");
        self.link(&self.linked());
    }

    /// Addresses of this platform that mean nothing.
    #[must_use]
    pub fn nonsense() -> Vec<Value> {
        vec![
            json!(null),
            json!({}),
            json!({"releases": "releases", "current": "/c"}),
            json!({"releases": "/r", "current": "/r/current"}),
            json!({"releases": "/r", "current": "/c", "cluster": "east"}),
            json!({"releases": "/r", "current": "/c", "restart": {"systemd": {"unit": "api"}}}),
            json!({"releases": "/r", "current": "/c", "restart": {"program": {"path": "systemctl restart api"}}}),
        ]
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Layout {
    fn drop(&mut self) {
        let until = Instant::now() + Duration::from_secs(1);
        while let Ok(id) = fs::read_to_string(self.path("pid")) {
            // Only what is proven to be of this folder is ended; what just began is not in it yet.
            if self.release_of(id.trim()).is_some() {
                let _ = Command::new("/bin/kill").arg("-KILL").arg(id.trim()).status();
                return;
            }
            if Instant::now() > until || !Path::new("/proc").join(id.trim()).exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
