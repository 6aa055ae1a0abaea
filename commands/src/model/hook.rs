//! A hook: somebody's own program, run at a fixed point of a rollback [B4 B5 T1 T2 K11 V7].

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Environment, ServiceKey, ServiceName, Version};

/// Where in a rollback a hook runs. The point decides the class of its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HookPoint {
    /// While planning: which migrations lie between the versions, and whether the old one bears them.
    Migrations,
    /// Prepare: take a backup. Nothing undoes it.
    Backup,
    /// Prepare: the maintenance page on. Its `undo` takes it off, at the end of either direction.
    Maintenance,
    /// Prepare: drain traffic. Closed by `restore-traffic` where there is such a hook, else by its `undo`.
    Drain,
    /// Forward: configuration of the old version.
    Configuration,
    /// Forward: feature flags of the old version.
    Flags,
    /// Forward, and the closer of `drain`: give traffic back, in steps if the program does so.
    RestoreTraffic,
    /// Always, and only after something has moved: remove what the bad release left.
    CleanUp,
}

impl HookPoint {
    /// The word in the configuration, in step names and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Migrations => "migrations",
            Self::Backup => "backup",
            Self::Maintenance => "maintenance",
            Self::Drain => "drain",
            Self::Configuration => "configuration",
            Self::Flags => "flags",
            Self::RestoreTraffic => "restore-traffic",
            Self::CleanUp => "clean-up",
        }
    }
}

/// One program at one point. Never a shell: the program is started with exactly these arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// When it runs.
    pub point: HookPoint,
    /// The program, by absolute path.
    pub program: PathBuf,
    /// Its arguments, each passed as it is.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// How long one call may take; then its process group is ended. A minute where nothing is said.
    #[serde(default = "a_minute")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
}

fn a_minute() -> SignedDuration {
    SignedDuration::from_mins(1)
}

/// What a hook is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookOperation {
    /// Say what you would find or do; change nothing.
    Check,
    /// Do it. The same key again means: do it once.
    Do,
    /// Take it back.
    Undo,
    /// Say whether it is done; change nothing.
    Observe,
}

/// The one JSON object on a hook's standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookCall {
    /// The shape of this object: [`HookCall::SCHEMA`].
    pub schema: u32,
    /// What is asked.
    pub op: HookOperation,
    /// The same for every attempt at one step: `INC-2024-0115-001/1/backup:api-service`.
    pub key: String,
    /// The service and its environment.
    pub service: HookService,
    /// The version that runs when the rollback is planned, where it is known.
    pub from: Option<Version>,
    /// The version to go back to.
    pub to: Option<Version>,
    /// By when the answer must be there.
    pub deadline: Timestamp,
}

/// The service, as hooks are told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookService {
    /// Its name.
    pub name: ServiceName,
    /// Its environment.
    pub environment: Environment,
}

impl From<ServiceKey> for HookService {
    fn from(key: ServiceKey) -> Self {
        Self { name: key.name, environment: key.environment }
    }
}

impl HookCall {
    /// The shape that this release writes.
    pub const SCHEMA: u32 = 1;
}

/// How a hook answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookResult {
    /// It is so.
    Done,
    /// It is not so.
    NotDone,
    /// It must not be: the message says why.
    Blocked,
    /// It cannot be said.
    Unknown,
}

/// The one JSON object on a hook's standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAnswer {
    /// How it went.
    pub result: HookResult,
    /// What the hook found, for the plan and the report: `{"data_loss": "none"}`.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// One sentence for people.
    #[serde(default)]
    pub message: String,
}
