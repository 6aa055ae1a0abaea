//! Verify, deduplicate, store, acknowledge: in this order, whatever platforms are doing. What comes in by
//! either transport ends here; each transport has verified it before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use commands::model::{ButtonAction, Input, Invocation, Note, RollbackId};
use commands::notify::{self, answer as say};
use commands::ports::{Accepted, Chat, Clock, Inbox};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::call::plain;
use super::form::{self, Kept};
use super::inbound::{self, Deed, Incoming, Origin, Question};
use super::schedule::Urgency;
use super::{NAME, SlackChat};

/// Slack waits three seconds; what is not stored by now must not be acknowledged.
const STORED_WITHIN: Duration = Duration::from_millis(2_500);

/// What the transport tells Slack.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reception {
    /// Taken; with this in the acknowledgement, where something belongs there.
    Taken(Option<Value>),
    /// It was taken before.
    Known,
    /// It can never be read: to deliver it again would not help.
    Unreadable,
    /// It is not stored: Slack must not be told that it was taken.
    NotStored,
}

/// The inward side of Slack. Cheap to clone.
#[derive(Clone)]
pub struct SlackDoor {
    chat: SlackChat,
    inbox: Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
    unreadable: Arc<AtomicU64>,
}

impl SlackDoor {
    /// What comes in goes to this inbox; what needs words at once is answered by this chat.
    #[must_use]
    pub fn new(chat: SlackChat, inbox: Arc<dyn Inbox>, clock: Arc<dyn Clock>) -> Self {
        Self { chat, inbox, clock, unreadable: Arc::default() }
    }

    /// How many deliveries could not be read since the start: something of Slack's has changed, or somebody
    /// sends garbage.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Takes one verified delivery. A panic within costs this delivery, and nothing else.
    pub(super) async fn receive(&self, payload: Value) -> Reception {
        let door = self.clone();
        match tokio::spawn(async move { timeout(STORED_WITHIN, door.take(&payload)).await }).await {
            Ok(Ok(reception)) => reception,
            Ok(Err(_)) => {
                tracing::error!("a delivery was not stored in time, and not acknowledged");
                Reception::NotStored
            }
            Err(_) => {
                tracing::error!("a delivery made the door panic, and was not acknowledged");
                Reception::NotStored
            }
        }
    }

    /// Notes that something could not be read. Not what: it may hold capabilities.
    pub(super) fn note_unreadable(&self, why: &dyn std::fmt::Display) {
        let count = self.unreadable.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(%why, count, "a delivery of Slack could not be read");
    }

    async fn take(&self, payload: &Value) -> Reception {
        match inbound::read(payload) {
            Ok(Incoming::Nothing) => Reception::Taken(None),
            Ok(Incoming::Asked(question)) => Reception::Taken(Some(self.offer(question).await)),
            Ok(Incoming::Done(origin, deed)) => self.done(*origin, deed).await,
            Err(why) => {
                self.note_unreadable(&why);
                Reception::Unreadable
            }
        }
    }

    async fn done(&self, origin: Origin, deed: Deed) -> Reception {
        match deed {
            Deed::Command(text) if text.trim().is_empty() => self.open_request(origin).await,
            Deed::Command(text) => self.store(&origin, Input::Command(text)).await,
            Deed::Press(Some(ButtonAction::EditUserText { rollback })) => self.open_user_text(origin, rollback).await,
            Deed::Press(Some(action)) => self.store(&origin, Input::Button(action)).await,
            Deed::Press(None) => self.refuse(origin, Note::new("old-card")).await,
            Deed::Request(ask) => self.store(&origin, Input::Form(ask)).await,
            Deed::UserText(rollback, text) => self.store(&origin, Input::UserText { rollback, text }).await,
            Deed::Mistake(field, why) => {
                let said = notify::text::sentence(&why);
                Reception::Taken(Some(json!({ "response_action": "errors", "errors": { field: said } })))
            }
        }
    }

    async fn store(&self, origin: &Origin, input: Input) -> Reception {
        match self.inbox.accept(self.invocation(origin, input)).await {
            Ok(Accepted::New) => Reception::Taken(None),
            Ok(Accepted::Duplicate) => Reception::Known,
            Err(error) => {
                tracing::error!(%error, "a delivery was not stored, and not acknowledged");
                // Slack says only that something failed; these are the words.
                self.say(origin, Note::new("log-unavailable").with("why", error));
                Reception::NotStored
            }
        }
    }

    fn invocation(&self, origin: &Origin, input: Input) -> Invocation {
        Invocation {
            key: origin.key.clone(),
            identity: origin.identity.clone(),
            display_name: origin.display_name.clone(),
            room: origin.reply.channel.clone(),
            input,
            reply: origin.reply.handle(),
            received_at: self.clock.now(),
        }
    }

    /// What needs no handling by the mind is noted all the same, so that it is done once.
    async fn first(&self, origin: &Origin) -> Result<(), Reception> {
        match self.inbox.is_first(&origin.key).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Reception::Known),
            Err(error) => {
                tracing::error!(%error, "a delivery was not stored, and not acknowledged");
                Err(Reception::NotStored)
            }
        }
    }

    /// `/rollback` alone: the form. Where it cannot be opened, help is as good.
    async fn open_request(&self, mut origin: Origin) -> Reception {
        if let Err(reception) = self.first(&origin).await {
            return reception;
        }
        let door = self.clone();
        tokio::spawn(async move {
            let kept = kept(&origin, None);
            if !door.open(&origin.trigger, form::request_form(&kept)).await {
                origin.key.push_str(":help");
                door.store(&origin, Input::Command(String::new())).await;
            }
        });
        Reception::Taken(None)
    }

    async fn open_user_text(&self, origin: Origin, rollback: RollbackId) -> Reception {
        if let Err(reception) = self.first(&origin).await {
            return reception;
        }
        let door = self.clone();
        tokio::spawn(async move {
            match door.inbox.user_text(rollback).await {
                Some(text) => {
                    let view = form::user_text_form(&kept(&origin, Some(rollback)), &text);
                    if !door.open(&origin.trigger, view).await {
                        door.say(&origin, Note::new("form-not-opened"));
                    }
                }
                None => door.say(&origin, Note::new("text-published")),
            }
        });
        Reception::Taken(None)
    }

    /// Whether the form is open now. A trigger is good for three seconds, so nothing is tried twice.
    async fn open(&self, trigger: &str, view: Value) -> bool {
        let body = json!({ "trigger_id": trigger, "view": view });
        let opened = self.chat.line.post("opening a form", plain("views.open", Urgency::Answer), &body).await;
        if let Err(trouble) = opened {
            tracing::warn!(why = %trouble.into_error("opening a form"), "a form was not opened");
            return false;
        }
        true
    }

    async fn refuse(&self, origin: Origin, why: Note) -> Reception {
        if let Err(reception) = self.first(&origin).await {
            return reception;
        }
        self.say(&origin, why);
        Reception::Taken(None)
    }

    /// Says a no to this person, beside the acknowledgement.
    fn say(&self, origin: &Origin, why: Note) {
        let (chat, reply) = (self.chat.clone(), origin.reply.handle());
        tokio::spawn(async move {
            if let Err(error) = chat.answer(&reply, &say::refused(&why, &[])).await {
                tracing::warn!(chat = NAME, %error, "an answer was not delivered");
            }
        });
    }

    async fn offer(&self, question: Question) -> Value {
        match question {
            Question::Services(typed) => form::services(&self.inbox.services(&typed).await),
            Question::Versions(None, _) => form::options(std::iter::empty()),
            Question::Versions(Some(service), typed) => {
                let mut found = self.inbox.versions(&service, &typed).await;
                let typed = typed.trim();
                // What nobody has seen yet can be asked for all the same; whether it is there, the plan finds.
                if !typed.is_empty() && !found.iter().any(|version| version == typed) {
                    found.push(typed.to_owned());
                }
                form::options(found.iter().map(|version| (version.as_str(), version.clone())))
            }
        }
    }
}

fn kept(origin: &Origin, rollback: Option<RollbackId>) -> Kept {
    Kept { channel: origin.reply.channel.clone(), rollback }
}
