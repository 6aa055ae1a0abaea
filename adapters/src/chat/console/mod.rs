//! A chat for one terminal: people type commands and press numbered buttons; a card is redrawn in
//! place where the output is a terminal, and told by its changes where it is not.

mod buttons;
mod desk;
mod documents;
mod input;
mod render;
mod screen;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use commands::model::{ChatName, Message, ReplyHandle};
use commands::ports::{Chat, ChatError, Room, RoomWish, Showing};

pub use buttons::NumberedButton;
use desk::Desk;
pub use input::{ConsoleInput, Notice, Speaker, Typed};
pub use screen::Surface;

/// What a console needs to know.
pub struct ConsoleSettings {
    /// Where it prints.
    pub output: Box<dyn Write + Send>,
    /// What sort of output that is.
    pub surface: Surface,
    /// The folder for documents (reports); made when the first one is saved.
    pub documents: PathBuf,
    /// Unique for each start of the bot: part of the ids of messages and of the keys of invocations,
    /// so that those of an earlier start are never taken for these.
    pub boot: String,
}

/// One terminal as a chat. Its rooms are headers, and everything that it remembers ends with the
/// process: a message of an earlier one is gone, and shown anew.
#[derive(Clone)]
pub struct ConsoleChat {
    name: ChatName,
    boot: String,
    desk: Arc<Mutex<Desk>>,
}

impl ConsoleChat {
    /// The name of this chat in identities and places.
    pub const NAME: &str = "console";

    /// The room in which everything is typed.
    pub const HOME: &str = "console";

    /// A chat on this output.
    #[must_use]
    pub fn new(settings: ConsoleSettings) -> Self {
        let boot = settings.boot.clone();
        Self { name: ChatName::from(Self::NAME), boot, desk: Arc::new(Mutex::new(Desk::new(settings))) }
    }

    /// The buttons that can be pressed now, by their numbers.
    #[must_use]
    pub fn buttons(&self) -> Vec<NumberedButton> {
        self.lock().standing_buttons()
    }

    /// Prints what the console itself has to say about a typed line.
    ///
    /// # Errors
    /// [`ChatError::Away`] if the output takes nothing.
    pub async fn tell(&self, notice: &Notice) -> Result<(), ChatError> {
        let text = notice.to_string();
        self.at_desk("printing a notice", move |desk| Ok(desk.tell(&text)?)).await
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        // A panic in the middle of printing leaves at worst half a card.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Terminals and disks make callers wait, a stopped terminal for ever. So nothing of it happens on
    /// a thread that others need.
    async fn at_desk<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&mut Desk) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, ChatError> {
        let console = self.clone();
        match tokio::task::spawn_blocking(move || work(&mut console.lock())).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(DeskError::Gone)) => Err(ChatError::Gone { what }),
            Ok(Err(DeskError::Output(why))) => Err(ChatError::Away { what, why: why.to_string() }),
            Err(why) => Err(ChatError::Away { what, why: why.to_string() }),
        }
    }
}

/// Why something was not printed.
#[derive(Debug, thiserror::Error)]
enum DeskError {
    #[error("it is gone")]
    Gone,
    #[error(transparent)]
    Output(#[from] io::Error),
}

#[async_trait]
impl Chat for ConsoleChat {
    fn name(&self) -> &ChatName {
        &self.name
    }

    async fn ensure_room(&self, wish: &RoomWish) -> Result<Room, ChatError> {
        let wish = wish.clone();
        self.at_desk("opening a room", move |desk| Ok(desk.ensure_room(&wish)?)).await
    }

    async fn show(&self, showing: &Showing<'_>) -> Result<String, ChatError> {
        let (room, attempt) = (showing.room.to_owned(), showing.attempt.to_owned());
        let (message, content) = (showing.message.map(str::to_owned), showing.content.clone());
        self.at_desk("showing a message", move |desk| desk.show(&room, message.as_deref(), &attempt, &content)).await
    }

    async fn find(&self, room: &str, attempt: &str) -> Result<Option<String>, ChatError> {
        let (room, attempt) = (room.to_owned(), attempt.to_owned());
        self.at_desk("finding a message", move |desk| Ok(desk.find(&room, &attempt))).await
    }

    async fn answer(&self, reply: &ReplyHandle, content: &Message) -> Result<(), ChatError> {
        let (user, content) = (reply.0.clone(), content.clone());
        self.at_desk("answering", move |desk| Ok(desk.answer(&user, &content)?)).await
    }
}
