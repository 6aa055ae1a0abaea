//! One file for each verb: checks who asks, reads the log, appends facts, answers in words. Handling
//! the same invocation twice has the effect of once: the commit marks it handled.

mod abort;
mod answer;
mod approve;
mod close;
mod deny;
mod find;
mod mark;
mod read;
mod repair;
mod rollback;
mod user_text;

use std::sync::Arc;

use crate::authorize::Refusal;
use crate::engine::Engine;
use crate::model::{
    Actor, AnyId, ButtonAction, Command, Identity, Input, Invocation, Message, Note, Person, ReplyHandle, StreamId,
};
use crate::notify::answer as say;
use crate::parse::{Vocabulary, parse};
use crate::plan::Blocked;
use crate::ports::CommitError;
use crate::saga::JournalError;
use crate::settings::Settings;

/// How often a command looks again at who holds a lock, before it says only that somebody does.
const LOCK_RACES: u32 = 3;

/// What a verb is given.
pub(crate) struct Context<'a> {
    pub(crate) engine: &'a Arc<Engine>,
    pub(crate) invocation: &'a Invocation,
    pub(crate) settings: Arc<Settings>,
}

/// Why a verb did nothing.
#[derive(Debug)]
pub(crate) enum Declined {
    /// The person may not, or not now.
    Refused(Refusal),
    /// The services cannot be taken back now.
    Blocked(Blocked),
    /// Several things fit: which one?
    Which(Vec<AnyId>),
    /// The log failed.
    Log(JournalError),
}

impl From<JournalError> for Declined {
    fn from(error: JournalError) -> Self {
        Self::Log(error)
    }
}

impl From<crate::ports::StoreError> for Declined {
    fn from(error: crate::ports::StoreError) -> Self {
        Self::Log(error.into())
    }
}

impl From<Refusal> for Declined {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Note> for Declined {
    fn from(why: Note) -> Self {
        Self::Refused(Refusal::new(why))
    }
}

/// What a verb gives back: the answer for the person who asked.
pub(crate) type Answered = Result<Message, Declined>;

/// Handles one invocation; `None` where it was handled before and nothing is to be said.
pub(crate) async fn handle(engine: &Arc<Engine>, invocation: &Invocation) -> Option<Message> {
    let settings = engine.settings();
    let context = Context { engine, invocation, settings: Arc::clone(&settings) };
    let mut lock_races = 0;
    loop {
        let answered = match &invocation.input {
            Input::Command(text) => match parse(text, &Vocabulary::of(&settings)) {
                Ok(command) => context.dispatch(command).await,
                Err(error) => Ok(say::parse_error(&error.note())),
            },
            Input::Button(action) => context.press(action.clone()).await,
            Input::Form(ask) => context.rollback(ask.as_ref().clone()).await,
            Input::UserText { rollback, text } => context.edit_user_text(*rollback, text).await,
        };
        return Some(match answered {
            Ok(message) => message,
            // Somebody else wrote first: read again, decide again.
            Err(Declined::Log(error)) if error.is_conflict() => continue,
            // Somebody else was quicker: who that is, is found when it is looked at again.
            Err(Declined::Log(JournalError::Commit(CommitError::Locked { .. }))) if lock_races < LOCK_RACES => {
                lock_races += 1;
                continue;
            }
            Err(Declined::Log(JournalError::Commit(CommitError::AlreadyHandled(_)))) => return None,
            Err(Declined::Log(error @ (JournalError::Store(_) | JournalError::Commit(CommitError::Store(_))))) => {
                // It is stored: it is handled, and answered, when the log is there again.
                tracing::error!(key = invocation.key, %error, "the log failed a command; it waits");
                return None;
            }
            Err(declined) => context.say(declined).await,
        });
    }
}

/// What `plan` answers, for somebody who needs no chat: it only reads.
pub(crate) async fn preview(engine: &Arc<Engine>, text: &str) -> Message {
    let settings = engine.settings();
    let invocation = Invocation {
        key: "preview".to_owned(),
        identity: Identity { chat: "terminal".into(), workspace: String::new(), user: String::new() },
        display_name: String::new(),
        room: String::new(),
        input: Input::Command(text.to_owned()),
        reply: ReplyHandle(String::new()),
        received_at: engine.ports.clock.now(),
    };
    let context = Context { engine, invocation: &invocation, settings: Arc::clone(&settings) };
    match parse(&format!("plan {text}"), &Vocabulary::of(&settings)) {
        Ok(Command::Plan(ask)) => match context.plan(ask).await {
            Ok(message) => message,
            Err(declined) => context.say(declined).await,
        },
        Ok(_) => say::help(Some("plan")),
        Err(error) => say::parse_error(&error.note()),
    }
}

impl Context<'_> {
    async fn dispatch(&self, command: Command) -> Answered {
        match command {
            Command::Rollback(ask) => self.rollback(ask).await,
            Command::Plan(ask) => self.plan(ask).await,
            Command::Status(id) => self.status(id).await,
            Command::History(service, environment) => self.history(&service, environment.as_ref()).await,
            Command::Report(id) => self.report(id).await,
            Command::Why(service, environment) => self.why(&service, environment.as_ref()).await,
            Command::Help(topic) => Ok(say::help(topic.as_deref())),
            Command::Close(id) => self.close(id).await,
            Command::Approve(id, digest) => self.approve_by_word(id, digest.as_deref()).await,
            Command::Deny(id, digest, because) => self.deny(id, digest.as_deref(), because).await,
            Command::Abort(id, because) => self.abort(id, because).await,
            Command::Retry(id, because) => self.answer(id, None, crate::model::Answer::Retry, because).await,
            Command::Skip(id, because) => self.answer(id, None, crate::model::Answer::Skip, because).await,
            Command::Mark(mark) => self.mark(mark).await,
            Command::Repair(id) => self.repair(id).await,
        }
    }

    async fn press(&self, action: ButtonAction) -> Answered {
        let of = |id| Some(AnyId::Rollback(id));
        match action {
            ButtonAction::Approve { rollback, digest } => self.approve(rollback, digest).await,
            ButtonAction::Deny { rollback } => self.deny(of(rollback), None, None).await,
            ButtonAction::Abort { rollback } => self.abort(of(rollback), None).await,
            ButtonAction::Retry { rollback, question } => {
                self.answer(of(rollback), Some(question), crate::model::Answer::Retry, None).await
            }
            ButtonAction::Skip { rollback, question } => {
                self.answer(of(rollback), Some(question), crate::model::Answer::Skip, None).await
            }
            ButtonAction::Close { incident } => self.close(Some(AnyId::Incident(incident))).await,
            // A chat that has forms opened one; this came from one that has none.
            ButtonAction::EditUserText { .. } => Err(Note::new("needs-a-form").into()),
            ButtonAction::PublishUserText { rollback, digest } => self.publish_user_text(rollback, digest).await,
        }
    }

    /// The person who speaks, for anything that is more than reading.
    pub(crate) fn person(&self) -> Result<Person, Refusal> {
        crate::authorize::person(&self.settings, &self.invocation.identity).cloned()
    }

    /// The person who speaks, as the cause of an event.
    pub(crate) fn actor(&self, person: &Person) -> Actor {
        Actor::Person { person: person.id.clone(), identity: self.invocation.identity.clone() }
    }

    async fn say(&self, declined: Declined) -> Message {
        match declined {
            Declined::Refused(refusal) => self.refuse(&refusal),
            Declined::Blocked(Blocked(blockers)) => say::blocked(&blockers),
            Declined::Which(ids) => say::ambiguous_id(&ids),
            Declined::Log(JournalError::Commit(CommitError::Locked { service, by })) => {
                let why = Note::new("service-locked").with("service", &service.name).with("rollback", by);
                say::refused(&why, &[])
            }
            Declined::Log(JournalError::Absent(stream)) => say::refused(&self.absent(&stream).await, &[]),
            Declined::Log(error) => {
                tracing::error!(key = self.invocation.key, %error, "the log failed a command");
                say::refused(&Note::new("log-unavailable").with("why", error), &[])
            }
        }
    }

    /// Why a stream is not in the log: it never was, or it is not kept any more.
    async fn absent(&self, stream: &StreamId) -> Note {
        let (name, incident) = match stream {
            StreamId::Incident(id) => (id.to_string(), Some(*id)),
            StreamId::Rollback(id) => (id.to_string(), Some(id.incident)),
            StreamId::Service(key) => (key.to_string(), None),
        };
        let tombstone = match incident {
            Some(id) => self.engine.ports.store.tombstone(id).await.ok().flatten(),
            None => None,
        };
        let Some(tombstone) = tombstone else { return Note::new("incident-not-found").with("id", name) };
        let day = |at: jiff::Timestamp| at.to_zoned(self.settings.zone.clone()).date();
        Note::new("incident-removed")
            .with("id", name)
            .with("closed", day(tombstone.closed_at))
            .with("removed", day(tombstone.removed_at))
    }

    /// A no, with who may: persons where they are known, else roles.
    fn refuse(&self, refusal: &Refusal) -> Message {
        if refusal.why.code == "not-mapped" {
            return say::no_permission_unmapped(&self.invocation.identity);
        }
        let mut may = refusal.names(&self.settings);
        if may.is_empty() {
            may = refusal.roles.iter().map(|role| crate::notify::words::role(*role)).collect();
        }
        say::refused(&refusal.why, &may)
    }
}
