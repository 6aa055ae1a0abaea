//! One entry of the catalogue: what is rolled back, how it is checked, who decides.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::name;
use super::{Hook, PersonId, Policy};

name!(
    /// A name that people type; never a verb.
    ServiceName
);
name!(
    /// `production`, `staging`.
    Environment
);
name!(
    /// One target of a service: `release`, `websocket`, `secrets`.
    TargetName
);
name!(
    /// Which platform: `host`, `kubernetes`. One adapter answers to one name.
    PlatformName
);

/// A service in one environment: what locks, ledgers and streams are keyed by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceKey {
    /// The name.
    pub name: ServiceName,
    /// The environment.
    pub environment: Environment,
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.environment)
    }
}

/// Said of a text that names no service in an environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `service@environment`")]
pub struct NotAServiceKey(pub String);

impl FromStr for ServiceKey {
    type Err = NotAServiceKey;

    fn from_str(text: &str) -> Result<Self, NotAServiceKey> {
        let (name, environment) = text.rsplit_once('@').ok_or_else(|| NotAServiceKey(text.to_owned()))?;
        Ok(Self { name: name.into(), environment: environment.into() })
    }
}

/// One entry of the catalogue. A plan carries the entry that it was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name and environment.
    pub key: ServiceKey,
    /// One line for people who do not know it.
    pub description: String,
    /// Team leads of the team that owns it.
    pub owners: Vec<PersonId>,
    /// What moves, in the order in which it is rolled back. Never empty.
    pub targets: Vec<Target>,
    /// How it is proven to work.
    pub checks: Checks,
    /// Programs at fixed points.
    pub hooks: Vec<Hook>,
    /// Who may approve.
    pub policy: Policy,
    /// How long things take and are watched.
    pub timing: Timing,
}

impl Service {
    /// The target whose version people mean: the first release, or the first of all.
    #[must_use]
    pub fn primary_target(&self) -> Option<&Target> {
        self.targets.iter().find(|target| target.kind == TargetKind::Release).or(self.targets.first())
    }
}

/// What sort of thing moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// Code that runs.
    Release,
    /// Files, variables, secrets, flags.
    Configuration,
    /// The shape of a database.
    Schema,
    /// Stacks, networks, clusters.
    Infrastructure,
}

/// One thing that moves between revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Unique within the service.
    pub name: TargetName,
    /// What sort of thing it is.
    pub kind: TargetKind,
    /// The platform that moves it.
    pub platform: PlatformName,
    /// Where it is there. Its shape is the platform adapter's own.
    pub address: serde_json::Value,
}

/// One HTTP endpoint that must answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `http://` or `https://`, without credentials.
    pub url: String,
    /// The status that means well; any of 200 to 299 where nothing is said.
    #[serde(default)]
    pub status: Option<u16>,
}

/// Where a service tells which version it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionEndpoint {
    /// `http://` or `https://`, without credentials.
    pub url: String,
    /// Where in a JSON answer the version stands, as a JSON pointer (RFC 6901): `/version`. The whole
    /// body, trimmed, where nothing is said.
    #[serde(default)]
    pub pointer: Option<String>,
}

/// How a service is proven to work [V1 V2]. All figures are of the bot's own probes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    /// Which version users are served.
    pub version: Option<VersionEndpoint>,
    /// Whether it is well.
    pub health: Option<Endpoint>,
    /// What users cannot do without.
    pub critical: Vec<Endpoint>,
    /// How long one probe may take.
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// Over how long the error rate is measured.
    #[schemars(with = "String")]
    pub window: SignedDuration,
    /// How long between two probes of one endpoint within the window.
    #[schemars(with = "String")]
    pub interval: SignedDuration,
    /// The share of failed probes that is still well, in percent.
    pub max_error_percent: f64,
    /// The slowest median that is still well; no limit where nothing is said.
    #[schemars(with = "Option<String>")]
    pub max_response: Option<SignedDuration>,
    /// How many times slower than the baseline the median may be.
    pub max_slowdown: f64,
}

impl Eq for Checks {}

impl Checks {
    /// True where nothing at all is looked at: then nothing can be proven.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.version.is_none() && self.endpoints().next().is_none()
    }

    /// Everything that is probed for health: the health endpoint, then the critical ones.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.health.iter().chain(&self.critical)
    }
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            version: None,
            health: None,
            critical: Vec::new(),
            timeout: SignedDuration::from_secs(2),
            window: SignedDuration::from_secs(10),
            interval: SignedDuration::from_millis(500),
            max_error_percent: 0.0,
            max_response: None,
            max_slowdown: 1.5,
        }
    }
}

/// How long things may take, and how long they are watched. Defaults: DESIGN section 4.7 and the
/// hold of 30 s and watch of 15 min there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// How long a target may take from moved to seen on the platform.
    #[schemars(with = "String")]
    pub deadline: SignedDuration,
    /// How long a forward step is retried before people are asked.
    #[schemars(with = "String")]
    pub retry: SignedDuration,
    /// How long it must stay well before it is done.
    #[schemars(with = "String")]
    pub hold: SignedDuration,
    /// How long it is watched for drift after that.
    #[schemars(with = "String")]
    pub watch: SignedDuration,
    /// How long a version must run with passing checks to be marked good.
    #[schemars(with = "String")]
    pub soak: SignedDuration,
    /// How often a pause reminds those who may answer.
    #[schemars(with = "String")]
    pub remind: SignedDuration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            deadline: SignedDuration::from_mins(5),
            retry: SignedDuration::from_mins(2),
            hold: SignedDuration::from_secs(30),
            watch: SignedDuration::from_mins(15),
            soak: SignedDuration::from_mins(30),
            remind: SignedDuration::from_mins(5),
        }
    }
}

/// As text, so that a log can be read by eye.
impl Serialize for ServiceKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ServiceKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
