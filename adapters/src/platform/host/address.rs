//! Where a target is on this machine: what its catalogue entry says under `address`.

use std::path::{Component, Path, PathBuf};

use commands::model::Target;
use commands::ports::PlatformError;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A folder of releases, the link that says which one runs, and how what runs is restarted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostAddress {
    /// The folder with one folder for each release, by absolute path. A folder's name is the revision.
    pub releases: PathBuf,
    /// The symbolic link to the release that runs, by absolute path; not within `releases`.
    pub current: PathBuf,
    /// A file within a release that says that it is complete. Where nothing is said, every release is.
    #[serde(default)]
    pub marker: Option<PathBuf>,
    /// A file within a release whose first line is its version: `REVISION`, `VERSION`. Where nothing is
    /// said, or a release has no such file, the folder's name is the version.
    #[serde(default)]
    pub version_file: Option<PathBuf>,
    /// How what runs is restarted after the link has moved, and found. Where nothing is said the link
    /// alone is moved, and whether anything serves the release is not known here.
    #[serde(default)]
    pub restart: Option<Restart>,
    /// Files and folders that each release must have, mostly links to a shared folder: `log`, `.env`.
    /// What they lead to is not rolled back.
    #[serde(default)]
    pub shared: Vec<PathBuf>,
    /// How many bytes must be free on the disk of the releases.
    #[serde(default)]
    pub minimum_free: u64,
}

/// How what runs is restarted, and found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// A unit of systemd.
    Systemd(UnitRestart),
    /// A program.
    Program(ProgramRestart),
}

/// A unit of systemd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitRestart {
    /// The whole name: `api.service`.
    pub unit: String,
    /// Which systemd it belongs to.
    #[serde(default)]
    pub bus: Bus,
    /// How long the job is awaited; 90 s where nothing is said, systemd's own default for a start. One
    /// that takes longer goes on, and is watched.
    #[serde(default = "systemd_start")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
}

fn systemd_start() -> SignedDuration {
    SignedDuration::from_secs(90)
}

/// Which bus leads to the systemd that is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bus {
    /// The machine's.
    #[default]
    System,
    /// That of the user as whom the bot runs.
    User,
    /// The bus at this D-Bus address: `unix:path=/run/user/1000/bus`. Its systemd must see the same
    /// process ids as the bot.
    Address(String),
}

/// A program that restarts what runs. It is started without a shell, with exactly these arguments, in
/// the folder of `current`, and must end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramRestart {
    /// By absolute path.
    pub path: PathBuf,
    /// Each is passed as it is.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The file in which what runs keeps its process id, by absolute path. Without it what runs is not
    /// found, and the verdict is by the link alone.
    #[serde(default)]
    pub pid_file: Option<PathBuf>,
    /// How long it may take before its process group is ended; 30 s where nothing is said.
    #[serde(default = "half_a_minute")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
}

fn half_a_minute() -> SignedDuration {
    SignedDuration::from_secs(30)
}

impl HostAddress {
    /// The address of this target.
    ///
    /// # Errors
    /// [`PlatformError::Address`], with what would be right.
    pub fn of(target: &Target) -> Result<Self, PlatformError> {
        let wrong = |why: String| PlatformError::Address { target: target.name.to_string(), why };
        let address: Self = serde_json::from_value(target.address.clone()).map_err(|error| wrong(error.to_string()))?;
        address.check().map_err(wrong)?;
        Ok(address)
    }

    /// The folder that holds the link: the one that a move writes.
    pub(super) fn link_folder(&self) -> &Path {
        self.current.parent().unwrap_or(Path::new("/"))
    }

    /// What a plan pins of the way in which it is restarted.
    pub(super) fn restarted_by(&self) -> String {
        match &self.restart {
            Some(Restart::Systemd(unit)) => format!("unit {}", unit.unit),
            Some(Restart::Program(program)) => format!("program {}", program.path.display()),
            None => "nothing".to_owned(),
        }
    }

    fn check(&self) -> Result<(), String> {
        absolute("releases", &self.releases)?;
        absolute("current", &self.current)?;
        if self.current.starts_with(&self.releases) || self.releases.starts_with(&self.current) {
            return Err("`current` and `releases` must lie beside each other, none within the other".to_owned());
        }
        let within = [("marker", &self.marker), ("version_file", &self.version_file)];
        for (name, path) in within.into_iter().filter_map(|(name, path)| path.as_ref().map(|path| (name, path))) {
            inside_a_release(name, path)?;
        }
        self.shared.iter().try_for_each(|path| inside_a_release("shared", path))?;
        match &self.restart {
            Some(Restart::Systemd(unit)) => unit.check(),
            Some(Restart::Program(program)) => program.check(),
            None => Ok(()),
        }
    }
}

impl UnitRestart {
    fn check(&self) -> Result<(), String> {
        let name = self.unit.strip_suffix(".service").unwrap_or_default();
        // The letters that systemd allows in the name of a unit.
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
        if name.is_empty() || !name.bytes().all(allowed) {
            return Err(format!("`unit` is `{}`; a service's whole name is needed: `api.service`", self.unit));
        }
        if matches!(&self.bus, Bus::Address(address) if !address.contains(':')) {
            return Err("`bus` is no D-Bus address; one is like `unix:path=/run/user/1000/bus`".to_owned());
        }
        positive("timeout", self.timeout)?;
        if cfg!(feature = "systemd") {
            Ok(())
        } else {
            Err("this build does not speak to systemd; a `program` can restart it".to_owned())
        }
    }
}

impl ProgramRestart {
    fn check(&self) -> Result<(), String> {
        absolute("path", &self.path)?;
        self.pid_file.iter().try_for_each(|path| absolute("pid_file", path))?;
        positive("timeout", self.timeout)
    }
}

fn positive(name: &str, time: SignedDuration) -> Result<(), String> {
    if time.is_positive() { Ok(()) } else { Err(format!("`{name}` must be longer than nothing")) }
}

fn absolute(name: &str, path: &Path) -> Result<(), String> {
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if path.is_absolute() && plain && path.file_name().is_some() {
        Ok(())
    } else {
        Err(format!("`{name}` is `{}`; an absolute path without `..` is needed", path.display()))
    }
}

fn inside_a_release(name: &str, path: &Path) -> Result<(), String> {
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && path.file_name().is_some() {
        Ok(())
    } else {
        Err(format!("`{name}` is `{}`; a path within a release is needed, without `..`", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use commands::model::TargetKind;
    use serde_json::json;

    use super::*;

    fn read(address: serde_json::Value) -> Result<HostAddress, String> {
        let target =
            Target { name: "release".into(), kind: TargetKind::Release, platform: super::super::NAME.into(), address };
        HostAddress::of(&target).map_err(|error| error.to_string())
    }

    #[test]
    fn two_paths_are_enough() {
        let address = read(json!({"releases": "/srv/api/releases", "current": "/srv/api/current"})).unwrap();
        assert_eq!(address.link_folder(), Path::new("/srv/api"));
        assert_eq!(address.restarted_by(), "nothing");
    }

    #[test]
    fn a_program_and_a_unit_are_understood() {
        let program = json!({"path": "/srv/api/restart", "arguments": ["--hard"], "timeout": "5s"});
        let address = read(json!({"releases": "/r", "current": "/c", "restart": {"program": program}})).unwrap();
        let Some(Restart::Program(program)) = address.restart else { panic!("no program") };
        assert_eq!(program.timeout, SignedDuration::from_secs(5));
        if cfg!(feature = "systemd") {
            let unit = json!({"unit": "api@1.service", "bus": {"address": "unix:path=/b"}});
            let address = read(json!({"releases": "/r", "current": "/c", "restart": {"systemd": unit}})).unwrap();
            assert_eq!(address.restarted_by(), "unit api@1.service");
        }
    }

    #[test]
    fn nonsense_is_refused_with_what_would_be_right() {
        let both = json!({"systemd": {"unit": "a.service"}, "program": {"path": "/p"}});
        for (address, why) in [
            (json!({"current": "/c"}), "missing field `releases`"),
            (json!({"releases": "/r", "current": "/c", "marked": "x"}), "unknown field `marked`"),
            (json!({"releases": "r", "current": "/c"}), "`releases` is `r`; an absolute path"),
            (json!({"releases": "/r", "current": "/x/../c"}), "`current` is `/x/../c`; an absolute path"),
            (json!({"releases": "/r", "current": "/r/current"}), "beside each other"),
            (json!({"releases": "/r", "current": "/c", "marker": "../x"}), "a path within a release"),
            (json!({"releases": "/r", "current": "/c", "shared": ["/log"]}), "a path within a release"),
            (json!({"releases": "/r", "current": "/c", "restart": both}), "expected map with a single key"),
            (json!({"releases": "/r", "current": "/c", "restart": {"program": {"path": "sh"}}}), "`path` is `sh`"),
            (json!({"releases": "/r", "current": "/c", "restart": {"systemd": {"unit": "a"}}}), "`unit` is `a`"),
            (json!({"releases": "/r", "current": "/c", "restart": {"systemd": {"unit": "a b.service"}}}), "`unit` is"),
            (
                json!({"releases": "/r", "current": "/c", "restart": {"program": {"path": "/p", "timeout": "0s"}}}),
                "`timeout` must be longer",
            ),
        ] {
            let said = read(address.clone()).unwrap_err();
            assert!(said.contains(why), "{address}: {said}");
        }
    }
}
