//! What people are shown, before any chat gives it its own form. All text here is data: an adapter
//! escapes every bit of it, and gives form (bold, code, buttons) by structure alone.

use serde::{Deserialize, Serialize};

use super::{ButtonAction, Digest, IncidentId, PersonId, Place, RollbackId};

/// One message, or one state of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Message {
    /// How it should look.
    pub tone: Tone,
    /// One line that says it all.
    pub headline: String,
    /// Label and value, in order.
    pub facts: Vec<Fact>,
    /// What comes after the facts.
    pub blocks: Vec<Block>,
    /// What may be done about it now.
    pub buttons: Vec<Button>,
    /// Whose eyes it needs; the chat notifies these persons and nobody else.
    pub notify: Vec<PersonId>,
    /// True once nothing will follow in this slot: shown before anything that will be replaced.
    pub is_final: bool,
    /// The incident's room where it is named in a value, so that a chat can show the name as a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomLink>,
}

/// A room by the name that values show and by the chat's own id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomLink {
    /// Where it is.
    pub place: Place,
    /// The value that means it, whole: `#incident-rollback-…`.
    pub shown_as: String,
}

impl Message {
    /// A headline alone.
    #[must_use]
    pub fn line(tone: Tone, headline: impl Into<String>) -> Self {
        Self { tone, headline: headline.into(), ..Self::default() }
    }

    /// Over everything that is shown: equal content need not be shown again.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // A struct of strings and lists always serializes.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// How a message should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// For information.
    #[default]
    Plain,
    /// Something is asked of somebody.
    Asking,
    /// It is being worked on.
    Working,
    /// It went well.
    Good,
    /// It needs care.
    Warning,
    /// It went wrong.
    Bad,
}

/// One label with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// `From`, `To`, `Impact`.
    pub label: String,
    /// Its value.
    pub value: String,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// A title over what follows.
    Title(String),
    /// A paragraph.
    Text(String),
    /// Lines, each with a mark.
    List(Vec<String>),
    /// Steps with their state.
    Steps(Vec<StepLine>),
    /// Shown in a fixed-width font, as it is.
    Code(String),
    /// A text that is kept as a file where the chat can: name and Markdown.
    Document {
        /// `INC-2024-0115-001.md`
        name: String,
        /// The Markdown.
        text: String,
    },
}

/// One step of a progress card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// How it stands.
    pub mark: StepMark,
    /// What it does, in words.
    pub text: String,
    /// Time taken, why it waits, what failed.
    pub detail: String,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepMark {
    /// Not begun.
    Waiting,
    /// Now.
    Working,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Left out by a person.
    Skipped,
    /// Taken back.
    Undone,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What it means.
    pub action: ButtonAction,
    /// Whether it is the one that most people want, the dangerous one, or neither.
    pub style: ButtonStyle,
    /// Asked before it counts: names service, from, to and the plan's short digest.
    pub confirm: Option<String>,
}

/// How a button should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ButtonStyle {
    /// The expected answer.
    Primary,
    /// Cannot be taken back.
    Danger,
    /// Anything else.
    Plain,
}

/// The place that one message fills. An incident or a rollback owns it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SlotId {
    /// Whose slot it is.
    pub owner: SlotOwner,
    /// Which of its slots.
    pub slot: Slot,
    /// Where it is shown: the incident's own room, or another place by the chat's own id.
    pub shown_in: ShownIn,
}

impl std::fmt::Display for SlotId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.owner {
            SlotOwner::Incident(id) => write!(f, "{id}")?,
            SlotOwner::Rollback(id) => write!(f, "{id}")?,
        }
        write!(f, "#{}", self.slot.word())?;
        match &self.shown_in {
            ShownIn::Room => Ok(()),
            ShownIn::Elsewhere(room) => write!(f, "@{room}"),
        }
    }
}

/// Whose slot it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotOwner {
    /// An incident.
    Incident(IncidentId),
    /// A rollback.
    Rollback(RollbackId),
}

/// Which message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// What is proposed, with the buttons to decide.
    Proposal,
    /// Issue, action, ETA, impact, status channel [P2].
    Notice,
    /// The live card.
    Progress,
    /// A question that waits for a person; each by the sequence of its event.
    Question(u64),
    /// A change that needs eyes; each by the sequence of its event.
    Alert(u64),
    /// The final text for users [P5].
    UserText,
    /// The incident report [P6].
    Report,
    /// What happened so far, line by line, in the thread of the live card; each page is a message.
    Details(u64),
    /// No message: what the room itself has (topic, people, pins, bookmarks).
    Furniture,
}

impl Slot {
    /// A short name, for keys.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Proposal => "proposal".to_owned(),
            Self::Notice => "notice".to_owned(),
            Self::Progress => "progress".to_owned(),
            Self::Question(sequence) => format!("question-{sequence}"),
            Self::Alert(sequence) => format!("alert-{sequence}"),
            Self::UserText => "user-text".to_owned(),
            Self::Report => "report".to_owned(),
            Self::Details(page) => format!("details-{page}"),
            Self::Furniture => "furniture".to_owned(),
        }
    }
}

/// Where a slot is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShownIn {
    /// The incident's own room.
    Room,
    /// Another room, by the chat's own id: where it was asked, where stakeholders read.
    Elsewhere(String),
}
