//! One service as it is written: an element of `[[service]]`, or a file of the catalogue's folder.

use std::collections::BTreeSet;
use std::path::Path;

use commands::model::{
    ApprovalRule, Checks, Environment, Hook, PersonId, PlatformName, Policy, Role, Service, ServiceKey, ServiceName,
    Target, TargetKind, TargetName, Timing,
};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

/// One service in one environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Service")]
pub(super) struct ServiceEntry {
    /// The name that people type.
    name: ServiceName,
    /// The environment; the same name may stand in several.
    #[serde(default = "production")]
    environment: Environment,
    /// One line for people who do not know it.
    #[serde(default)]
    description: String,
    /// The team leads of the team that owns it.
    #[serde(default)]
    owners: Vec<PersonId>,
    /// What moves, in the order in which it is rolled back.
    target: Vec<TargetEntry>,
    /// How it is proven to work. All figures are of the bot's own probes.
    #[serde(default)]
    checks: Checks,
    /// Programs at fixed points of a rollback.
    #[serde(default)]
    hook: Vec<Hook>,
    /// Who may approve, by priority. What is left out stays as it is by default.
    #[serde(default)]
    policy: PolicyEntry,
    /// How long things may take and are watched.
    #[serde(default)]
    timing: Timing,
}

fn production() -> Environment {
    Environment::from("production")
}

/// One thing that moves between revisions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TargetEntry {
    /// Unique within the service.
    name: TargetName,
    /// What sort of thing it is.
    #[serde(default = "release")]
    kind: TargetKind,
    /// The platform that moves it.
    platform: PlatformName,
    /// Where it is there; the platform says which keys this has.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    address: serde_json::Value,
}

fn release() -> TargetKind {
    TargetKind::Release
}

/// Who may approve, by priority.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct PolicyEntry {
    /// Critical.
    p1: RuleEntry,
    /// High.
    p2: RuleEntry,
    /// Medium.
    p3: RuleEntry,
    /// Low.
    p4: RuleEntry,
}

/// What differs from the default rule of a priority.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct RuleEntry {
    /// How many persons must say yes.
    votes: Option<u32>,
    /// The roles of which each must hold one.
    roles: Option<BTreeSet<Role>>,
    /// Whether the requester's own vote counts.
    own_request: Option<bool>,
    /// After this long without approval the request expires, and a vote does.
    #[schemars(with = "Option<String>")]
    expires: Option<SignedDuration>,
    /// A role answer older than this is asked for again before it counts.
    #[schemars(with = "Option<String>")]
    role_max_age: Option<SignedDuration>,
}

impl ServiceEntry {
    /// The service that is meant. Programs of hooks with a relative path are read against the folder
    /// of the file.
    pub(super) fn into_service(self, folder: &Path) -> Service {
        Service {
            key: ServiceKey { name: self.name, environment: self.environment },
            description: self.description,
            owners: self.owners,
            targets: self.target.into_iter().map(TargetEntry::into_target).collect(),
            checks: self.checks,
            hooks: self.hook.into_iter().map(|hook| Hook { program: folder.join(&hook.program), ..hook }).collect(),
            policy: self.policy.over(Policy::default()),
            timing: self.timing,
        }
    }
}

impl TargetEntry {
    fn into_target(self) -> Target {
        Target { name: self.name, kind: self.kind, platform: self.platform, address: self.address }
    }
}

impl PolicyEntry {
    fn over(self, default: Policy) -> Policy {
        Policy {
            p1: self.p1.over(default.p1),
            p2: self.p2.over(default.p2),
            p3: self.p3.over(default.p3),
            p4: self.p4.over(default.p4),
        }
    }
}

impl RuleEntry {
    fn over(self, default: ApprovalRule) -> ApprovalRule {
        ApprovalRule {
            votes: self.votes.unwrap_or(default.votes),
            roles: self.roles.unwrap_or(default.roles),
            own_request: self.own_request.unwrap_or(default.own_request),
            expires: self.expires.unwrap_or(default.expires),
            role_max_age: self.role_max_age.unwrap_or(default.role_max_age),
        }
    }
}
