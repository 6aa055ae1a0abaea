//! The shape of a report: what its JSON form and the operators' templates are made of. A field is never
//! renamed or given another meaning; that would be a new schema.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Measurement, Priority, Severity, Standing};

/// One incident with its rollbacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The shape of this object: [`Report::SCHEMA`].
    pub schema: u32,
    /// `INC-2024-0115-001`
    pub id: String,
    /// The UTC day on which it was opened: `2024-01-15`.
    pub date: String,
    /// Whether the incident is over.
    pub closed: bool,
    /// The services in trouble: `api-service@production`.
    pub services: Vec<String>,
    /// How bad it is.
    pub severity: Severity,
    /// True where nobody said how bad it is.
    pub severity_assumed: bool,
    /// The priority that belongs to it.
    pub priority: Priority,
    /// When it was noticed.
    pub detected_at: Timestamp,
    /// True where nobody said when it was noticed.
    pub detected_assumed: bool,
    /// When the first run began.
    pub start: Option<Timestamp>,
    /// When the last rollback ended.
    pub end: Option<Timestamp>,
    /// From start to end, in seconds.
    pub duration_seconds: Option<i64>,
    /// How it went, by the rollback that weighs most: one that moved something, else one that is not
    /// over, else the last.
    pub result: ResultWord,
    /// True where votes confirmed what was assumed.
    #[serde(default)]
    pub assumptions_confirmed: bool,
    /// What it did to users and data.
    pub impact: Impact,
    /// The reasons that people gave when they asked; never a finding of ours. Empty where nobody gave one.
    pub reported_reasons: Vec<String>,
    /// Each rollback, in order.
    pub rollbacks: Vec<RollbackReport>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What is left for people to do.
    pub follow_ups: Vec<FollowUp>,
}

impl Report {
    /// The shape that this release writes.
    pub const SCHEMA: u32 = 1;
}

/// One rollback of the incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackReport {
    /// `INC-2024-0115-001/1`
    pub id: String,
    /// What kind of thing moved [P7].
    pub kinds: Vec<KindWord>,
    /// Each service, from where to where.
    pub services: Vec<ServiceReport>,
    /// The digest of the plan that stands, in full; `None` where there never was one.
    pub plan: Option<String>,
    /// Who asked.
    pub requester: String,
    /// When they asked.
    pub requested_at: Option<Timestamp>,
    /// Who said yes to the plan that stands.
    pub approvers: Vec<Approver>,
    /// Why, as typed.
    pub reported_reason: Option<String>,
    /// How it went.
    pub result: ResultWord,
    /// The same in sentences, target by target.
    pub outcome: Vec<String>,
    /// What was done, in order.
    pub steps: Vec<StepReport>,
    /// When the run began.
    pub start: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub end: Option<Timestamp>,
    /// Where the minutes went.
    pub minutes: Minutes,
}

/// One service of a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceReport {
    /// Its name.
    pub service: String,
    /// Its environment.
    pub environment: String,
    /// What ran before, where it is known.
    pub from: Option<String>,
    /// What it was to go back to.
    pub to: String,
    /// What the ledger thought of that.
    pub standing: Standing,
    /// How the service is, by the last verification.
    pub state: ServiceState,
    /// What our own probes measured then.
    pub measurements: Vec<Measurement>,
    /// The same in sentences, endpoint by endpoint, beside what was measured before the move.
    #[serde(default)]
    pub answers: Vec<String>,
    /// Each target.
    pub targets: Vec<TargetReport>,
}

/// One target of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetReport {
    /// Its name.
    pub target: String,
    /// The revision before.
    pub from: String,
    /// The revision that it was to go to.
    pub to: String,
    /// Whether it went there.
    pub movement: MovementWord,
}

/// Whether a target went where the plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MovementWord {
    /// Moved, and seen running all of it.
    Seen,
    /// Moved; that all of it runs there is not proven.
    Moved,
    /// As it was before.
    NotMoved,
    /// It cannot be said.
    Unknown,
}

/// How a service is, by its own checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceState {
    /// The verification passed.
    Healthy,
    /// The verification failed.
    Failing,
    /// Nothing was verified.
    NotChecked,
}

/// The result of the record [P7].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultWord {
    /// Every target moved and was seen, verified and held.
    Success,
    /// Something moved and was seen, but not all is proven.
    Partial,
    /// Something moved or may have, and no target was seen where it should be.
    Failure,
    /// Nothing moved.
    AsBefore,
    /// It never ran: denied, expired or replaced.
    NotRun,
    /// It is not over.
    Open,
}

/// The kinds of rollback of the record [P7].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KindWord {
    /// Application: code that runs.
    A,
    /// Database: its shape.
    B,
    /// Infrastructure.
    C,
    /// Configuration.
    D,
}

/// Who said yes, in which role, and who said that they hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// Their name.
    pub name: String,
    /// The role: `on-call`.
    pub role: String,
    /// Who said that they hold it.
    pub source: String,
    /// The moment for which the source said so.
    pub as_of: Timestamp,
    /// When they voted.
    pub at: Timestamp,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// Its name in the plan.
    pub name: String,
    /// What it does.
    pub text: String,
    /// How it stands.
    pub mark: crate::model::StepMark,
    /// Time taken, what it found, what failed.
    pub detail: String,
}

/// Where the minutes went, in seconds, each from two events. What is not in the log is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Minutes {
    /// From the first harm to its detection. No event tells when the harm began.
    pub detect: Option<i64>,
    /// From the detection to the request.
    pub decide: Option<i64>,
    /// True where nobody said when it was detected, so that `decide` is a guess.
    pub decide_assumed: bool,
    /// From the request to the approval.
    pub approve: Option<i64>,
    /// From the approval until the last target was seen in its place.
    pub execute: Option<i64>,
    /// From then to the end of the run.
    pub verify: Option<i64>,
}

/// What it did to users and data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// What people said of data when they asked: `none`, `minor`, `major`.
    pub stated_data: crate::model::DataImpact,
    /// True where nobody said it.
    pub stated_data_assumed: bool,
    /// What checks found about data: `check: data_loss=none`. Empty where nothing checked it.
    pub data_checks: Vec<String>,
    /// What our own probes met before the rollback.
    pub probes_before: Vec<Measurement>,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// The same for people, in UTC: `15:42:07`, with the date on another day than the incident's.
    pub time: String,
    /// Who caused it.
    pub who: String,
    /// What.
    pub text: String,
    /// The outside world's own words.
    pub evidence: Vec<String>,
}

/// Something left for people to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Of which rollback.
    pub rollback: String,
    /// Of which step.
    pub step: String,
    /// Why.
    pub why: String,
    /// The outside world's own words.
    pub evidence: Vec<String>,
}
