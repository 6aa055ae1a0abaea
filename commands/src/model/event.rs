//! Facts. Each is appended before anything is done because of it; state is a fold over them.
//!
//! Events hold data and ids: no sentences of ours, no secrets. A new release may add a type or a
//! field with a default; a changed meaning is a new type, or a new envelope version with an upcast in
//! `saga::codec`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Actor, Assessment, ChatName, Circumstances, Digest, Findings, Note, Observation, PersonId, Request, Revision, Role,
    RoleAnswer, RollbackId, Sequence, ServiceKey, Severity, Standing, Stated, StepName, StreamId, TargetName, Trouble,
    Version,
};

/// Any fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Of an incident.
    Incident(IncidentEvent),
    /// Of a rollback.
    Rollback(Box<RollbackEvent>),
    /// Of a service's ledger.
    Service(ServiceEvent),
}

impl From<IncidentEvent> for Event {
    fn from(event: IncidentEvent) -> Self {
        Self::Incident(event)
    }
}

impl From<RollbackEvent> for Event {
    fn from(event: RollbackEvent) -> Self {
        Self::Rollback(Box::new(event))
    }
}

impl From<ServiceEvent> for Event {
    fn from(event: ServiceEvent) -> Self {
        Self::Service(event)
    }
}

/// What happens to an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "kebab-case")]
pub enum IncidentEvent {
    /// Somebody who may asked for a rollback.
    Opened {
        /// The services in trouble.
        services: Vec<ServiceKey>,
        /// How bad it is.
        severity: Stated<Severity>,
        /// When it was noticed.
        detected_at: Stated<Timestamp>,
        /// The name of its room, by the template of the configuration.
        room_name: String,
    },
    /// A rollback was proposed.
    RollbackAdded {
        /// Which.
        rollback: RollbackId,
        /// The services that it would roll back.
        services: Vec<ServiceKey>,
        /// How bad it is, by who asks now: an incident can get worse.
        severity: Stated<Severity>,
    },
    /// Its room is there.
    RoomReady {
        /// In which chat.
        chat: ChatName,
        /// The chat's own id of the room.
        room: String,
        /// How people name it: `#incident-rollback-…`.
        shown_as: String,
    },
    /// Its room, or something of it (topic, pin, invitation), could not be made. Nothing waits for it.
    RoomFailed {
        /// In which chat.
        chat: ChatName,
        /// What happened.
        trouble: Trouble,
    },
    /// Something is left for people to do. It outlives the run and holds no lock.
    TaskOpened {
        /// Of which rollback.
        rollback: RollbackId,
        /// Of which step.
        step: StepName,
        /// Why.
        trouble: Trouble,
    },
    /// What runs left the revision that it was rolled back to, while it was watched.
    Drifted {
        /// After which rollback.
        rollback: RollbackId,
        /// Which service.
        service: ServiceKey,
        /// Which target.
        target: TargetName,
        /// What runs now.
        now: Revision,
    },
    /// It is over.
    Closed,
    /// Somebody wants what is missing in its room to be made again.
    RepairAsked,
    /// It was closed for as long as its room is to stay.
    ArchiveDue,
    /// Its room is archived.
    RoomArchived,
}

/// What happens to a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "kebab-case")]
pub enum RollbackEvent {
    /// Somebody who may asked for it.
    Requested {
        /// What was asked.
        request: Request,
        /// How bad it is, and what the matrix says.
        assessment: Assessment,
        /// The rollback that this one means to replace once it is approved.
        replaces: Option<RollbackId>,
    },
    /// What would be done. A later one takes the place of an earlier one, whose votes are void.
    Planned {
        /// The canonical bytes of the effects.
        effects: String,
        /// Over exactly these bytes.
        digest: Digest,
        /// What was seen.
        circumstances: Circumstances,
    },
    /// A person said yes.
    Voted(Vote),
    /// Enough persons did.
    Approved {
        /// To this plan.
        digest: Digest,
    },
    /// A person who could have approved said no, or who asked took it back.
    Denied {
        /// In which role; none where the requester took it back.
        role: Option<Role>,
        /// Why, as typed.
        because: Option<String>,
    },
    /// Nobody decided in time.
    Expired,
    /// A newer rollback took its place.
    Replaced {
        /// Which.
        by: RollbackId,
    },
    /// It took the place of one that was paused, and answers for what that one left open.
    TookOver {
        /// Which.
        from: RollbackId,
        /// Its `Prepare` steps that nothing has closed.
        open: Vec<StepName>,
    },
    /// Somebody was reminded.
    Reminded {
        /// Of what.
        of: Reminder,
    },
    /// A replica drives it now, for the first time.
    Started,
    /// A step is about to have its effect.
    StepStarted {
        /// Which.
        step: StepName,
        /// Counts from 1.
        attempt: u32,
    },
    /// What a look at the platform says, when it changed.
    StepObserved {
        /// Which.
        step: StepName,
        /// What was seen.
        observation: Observation,
    },
    /// A step did what it should.
    StepFinished {
        /// Which.
        step: StepName,
        /// Which attempt.
        attempt: u32,
        /// What it leaves.
        findings: Findings,
    },
    /// An attempt at a step failed.
    StepFailed {
        /// Which.
        step: StepName,
        /// Which attempt.
        attempt: u32,
        /// Why.
        trouble: Trouble,
        /// What it leaves all the same: of a pivot, whether its target moved.
        findings: Findings,
        /// False where trying again cannot help.
        retryable: bool,
    },
    /// The live platform is not as the plan pins it: the approval is void.
    PlanVoided {
        /// What changed: field, pinned, now.
        differences: Vec<(String, String, String)>,
    },
    /// A question waits for a person. Its sequence names it.
    Asked {
        /// About which step.
        step: StepName,
        /// Why.
        trouble: Trouble,
    },
    /// A person answered it.
    Answered {
        /// The sequence of the question.
        question: Sequence,
        /// How.
        answer: Answer,
        /// In which role.
        role: Role,
        /// Why, as typed.
        because: Option<String>,
    },
    /// A person said stop.
    AbortRequested {
        /// Why, as typed.
        because: Option<String>,
    },
    /// The run has ended. Frees the locks.
    Finished {
        /// How.
        outcome: Outcome,
    },
    /// The time of watching for drift is over.
    WatchEnded,
    /// A person changed the text for users.
    UserTextEdited {
        /// All of it, as typed.
        text: String,
    },
    /// A person wants the text for users to be read by users.
    UserTextPublished {
        /// All of it, exactly as it was shown to that person.
        text: String,
    },
}

/// What happens to a service, whether anybody rolls it back or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "kebab-case")]
pub enum ServiceEvent {
    /// A target runs something else than when it was last looked at.
    SeenRunning {
        /// Which target.
        target: TargetName,
        /// What runs.
        revision: Revision,
        /// What people call it, where it is known.
        version: Option<Version>,
    },
    /// All checks pass, after they did not, or for the first time since something else runs.
    ChecksPass,
    /// A check failed, after all had passed.
    ChecksFail {
        /// Which, and how.
        trouble: Trouble,
    },
    /// A version is good, or bad.
    Marked {
        /// What people call it, where it is known.
        version: Option<Version>,
        /// Its revision of each target, where they are known.
        revisions: BTreeMap<TargetName, Revision>,
        /// What it is.
        standing: Standing,
        /// Why.
        cause: MarkCause,
    },
}

/// Why a version is marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkCause {
    /// Checks passed through a soak without an incident.
    Soaked,
    /// It was rolled back from.
    RolledBackFrom(RollbackId),
    /// A person said so.
    Said {
        /// Why, as typed.
        because: String,
    },
}

/// One person, in one role held at that moment, saying yes to one digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who.
    pub person: PersonId,
    /// In which role.
    pub role: Role,
    /// Who said that they hold it, and when that was so.
    pub answer: RoleAnswer,
    /// The services for which that role may decide.
    pub covers: Vec<ServiceKey>,
    /// To which plan.
    pub digest: Digest,
}

/// How a person answers a question about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Try it again.
    Retry,
    /// Go on without it.
    Skip,
}

/// Of what somebody was reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reminder {
    /// Ten of the fifteen minutes to decide are over [J5].
    DecisionSoon,
    /// All fifteen are [J5].
    DecisionDue,
    /// A question still waits: which one.
    Question(Sequence),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every target moved, was seen, verified and held. Steps that a person skipped are named.
    Done {
        /// What was left out.
        skipped: Vec<StepName>,
    },
    /// Something moved, but not all is as planned.
    Partial {
        /// What moved.
        moved: Vec<StepName>,
        /// What did not, or is not proven.
        missing: Vec<StepName>,
    },
    /// Nothing moved: production is as it was before.
    AsBefore {
        /// Why.
        why: Note,
    },
}

/// An event with its envelope, as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Where it stands among all events of the store; grows, with gaps.
    pub position: u64,
    /// Its stream.
    pub stream: StreamId,
    /// Its place there.
    pub sequence: Sequence,
    /// When it was appended, by the appender's wall clock.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// The type, for people who read the log by hand; the body has it too.
    pub kind: String,
    /// The version of the body's shape.
    pub version: u32,
    /// The configuration under which it was written.
    pub configuration: Digest,
    /// The hash of the event before it in its stream; zero for the first.
    pub previous: Digest,
    /// The exact bytes of the body.
    pub body: String,
    /// Over all of the above but the position.
    pub hash: Digest,
}
