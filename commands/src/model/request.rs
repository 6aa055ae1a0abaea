//! What somebody asked for, and the raw text that they typed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    ChatName, DataImpact, Digest, Environment, Identity, IncidentId, PersonId, RollbackId, ServiceKey, ServiceName,
    Severity, Version, Wanted,
};

/// One command or click as it came in, stored before it is acknowledged and handled at least once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// The same for the same click or command, however often the chat delivers it.
    pub key: String,
    /// Who spoke.
    pub identity: Identity,
    /// How the chat shows them; data, never trusted.
    pub display_name: String,
    /// The chat's own id of the room where it was said.
    pub room: String,
    /// What was typed, or what the button stands for.
    pub input: Input,
    /// How to answer this person alone; opaque outside the chat's adapter, and secret.
    pub reply: ReplyHandle,
    /// When it arrived.
    pub received_at: Timestamp,
}

impl Invocation {
    /// The chat that it came from.
    #[must_use]
    pub fn chat(&self) -> &ChatName {
        &self.identity.chat
    }
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Typed this, without the leading `/rollback`.
    Command(String),
    /// Pressed this.
    Button(ButtonAction),
    /// Filled in the form of a request. It goes the way of `/rollback …`, without the grammar.
    Form(Box<Ask>),
    /// Edited the text for users of this rollback.
    UserText {
        /// Of which rollback.
        rollback: RollbackId,
        /// All of it, as typed.
        text: String,
    },
}

/// How to answer one invocation. It may hold a capability (Slack's `response_url`), so it never
/// prints.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReplyHandle(pub String);

impl std::fmt::Debug for ReplyHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReplyHandle(hidden)")
    }
}

/// What a button means. Small enough for every chat's button value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum ButtonAction {
    /// Yes to exactly this plan.
    Approve {
        /// Which rollback.
        rollback: RollbackId,
        /// The plan that was shown.
        digest: Digest,
    },
    /// No to this rollback.
    Deny {
        /// Which rollback.
        rollback: RollbackId,
    },
    /// Stop, and end defined.
    Abort {
        /// Which rollback.
        rollback: RollbackId,
    },
    /// Try the step that failed again.
    Retry {
        /// Which rollback.
        rollback: RollbackId,
        /// The sequence of the question that was shown, so that an old card answers nothing new.
        question: u64,
    },
    /// Go on without the step that failed.
    Skip {
        /// Which rollback.
        rollback: RollbackId,
        /// The sequence of the question that was shown.
        question: u64,
    },
    /// The incident is over.
    Close {
        /// Which incident.
        incident: IncidentId,
    },
    /// Change the text for users; a chat that has forms opens one instead of passing this on.
    EditUserText {
        /// Of which rollback.
        rollback: RollbackId,
    },
    /// Publish exactly this text for users.
    PublishUserText {
        /// Of which rollback.
        rollback: RollbackId,
        /// Over the text that was shown.
        digest: Digest,
    },
}

/// Either id that people type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnyId {
    /// `INC-2024-0115-001`
    Incident(IncidentId),
    /// `INC-2024-0115-001/1`
    Rollback(RollbackId),
}

impl std::fmt::Display for AnyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Incident(id) => id.fmt(f),
            Self::Rollback(id) => id.fmt(f),
        }
    }
}

/// One service of a request, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The service.
    pub service: ServiceName,
    /// Its own version, from `service@version`.
    pub wanted: Option<Wanted>,
}

/// `/rollback …` and `/rollback plan …`: what the grammar gives, before the catalogue is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The services, in the order typed. Never empty, no name twice.
    pub subjects: Vec<Subject>,
    /// The version for those that have none of their own.
    pub wanted: Option<Wanted>,
    /// The environment, where one was typed.
    pub environment: Option<Environment>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// What happened to data.
    pub data: Option<DataImpact>,
    /// How long a fix forward would take.
    pub time_to_fix: Option<SignedDuration>,
    /// When it was noticed.
    pub detected: Option<Detected>,
    /// Why; to the end of the line, as typed.
    pub because: Option<String>,
}

/// When the trouble was noticed, as typed. A time alone is of the last 24 hours, in the zone of the
/// configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detected {
    /// `15:25`
    TimeOfDay(jiff::civil::Time),
    /// `2024-01-15T15:25Z`
    At(Timestamp),
    /// `10m` ago.
    Ago(SignedDuration),
}

/// What somebody typed, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Roll back.
    Rollback(Ask),
    /// What would happen and what would be lost; changes nothing, opens nothing.
    Plan(Ask),
    /// What goes on.
    Status(Option<AnyId>),
    /// What ran when, good and bad.
    History(ServiceName, Option<Environment>),
    /// The incident report.
    Report(AnyId),
    /// What would be chosen for this service and why.
    Why(ServiceName, Option<Environment>),
    /// How to type it.
    Help(Option<String>),
    /// The incident is over.
    Close(Option<AnyId>),
    /// Yes. Without a digest the plan is shown with its button instead.
    Approve(Option<AnyId>, Option<String>),
    /// No: to this plan, where a digest was typed; and why.
    Deny(Option<AnyId>, Option<String>, Option<String>),
    /// Stop, and end defined.
    Abort(Option<AnyId>, Option<String>),
    /// Try the step that failed again.
    Retry(Option<AnyId>, Option<String>),
    /// Go on without the step that failed.
    Skip(Option<AnyId>, Option<String>),
    /// Say that a version is good or bad.
    Mark(Mark),
    /// Make again what people removed from the incident's room.
    Repair(Option<AnyId>),
}

/// `mark <service> <version> good|bad because …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The service.
    pub service: ServiceName,
    /// Its environment, where one was typed.
    pub environment: Option<Environment>,
    /// The version, whole.
    pub version: Version,
    /// What it is.
    pub standing: Standing,
    /// Why.
    pub because: String,
}

/// What the ledger thinks of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Checks passed through a soak without an incident, or a person said so.
    Good,
    /// Rolled back from, or a person said so.
    Bad,
    /// Nobody observed it: offered, never a default.
    Unproven,
}

/// What was asked, with the catalogue's names and the person: the first fact of a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who asked.
    pub requester: PersonId,
    /// Where they asked: the chat and its own id of the room.
    pub asked_in: Place,
    /// The services and the version wanted of each, in the order of the catalogue.
    pub services: Vec<(ServiceKey, Wanted)>,
    /// Why, as typed.
    pub because: Option<String>,
}

/// A room of a chat, by the chat's own id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Which chat.
    pub chat: ChatName,
    /// Its own id of the room.
    pub room: String,
}
