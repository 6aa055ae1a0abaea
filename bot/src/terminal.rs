//! A person at the terminal in which the bot runs: lines of standard input to invocations.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;

use adapters::chat::console::{ConsoleChat, ConsoleInput, ConsoleSettings, Speaker, Surface, Typed};
use commands::engine::Engine;
use jiff::Timestamp;
use terminal_size::{Height, Width};
use tokio::sync::mpsc;

/// How wide lines are in a file or a pipe.
const PLAIN_WIDTH: u16 = 100;

/// The console on standard output; reports are saved in this folder.
#[must_use]
pub fn console(documents: PathBuf, boot: String) -> ConsoleChat {
    let size = terminal_size::terminal_size_of(std::io::stdout()).filter(|_| std::io::stdout().is_terminal());
    let surface = match size {
        Some((Width(width), Height(height))) => Surface::Terminal { width, height },
        None => Surface::Plain { width: PLAIN_WIDTH },
    };
    ConsoleChat::new(ConsoleSettings { output: Box::new(std::io::stdout()), surface, documents, boot })
}

/// The lines of standard input, read by a thread of its own: a terminal that nobody types at must not
/// keep the bot from ending.
#[must_use]
pub fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// One desk: what is typed there goes to the engine, what is not understood is answered there.
pub struct Desk {
    chat: ConsoleChat,
    input: ConsoleInput,
    engine: Arc<Engine>,
}

impl Desk {
    /// Where this speaker types.
    #[must_use]
    pub fn new(chat: ConsoleChat, speaker: Speaker, engine: Arc<Engine>) -> Self {
        Self { input: ConsoleInput::new(chat.clone(), speaker), chat, engine }
    }

    /// Takes one line. What cannot be stored is said at once: it was not accepted.
    ///
    /// # Errors
    /// The terminal takes no output.
    pub async fn take(&mut self, line: &str) -> anyhow::Result<()> {
        match self.input.line(line, Timestamp::now()) {
            Typed::Nothing => {}
            Typed::Notice(notice) => self.chat.tell(&notice).await?,
            Typed::Invocation(invocation) => {
                if let Err(error) = self.engine.accept(*invocation).await {
                    tracing::error!(%error, "a command was not accepted");
                    anyhow::bail!("not accepted, nothing was done: {error}");
                }
            }
        }
        Ok(())
    }
}
