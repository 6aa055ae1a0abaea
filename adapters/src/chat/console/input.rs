//! What somebody types at the console, one line at a time.

use std::fmt;

use commands::model::{ButtonAction, Identity, Input, Invocation, ReplyHandle};
use jiff::Timestamp;

use super::ConsoleChat;
use super::buttons::Meaning;
use super::text::one_line;

/// Longer lines are refused: a command is a sentence, not a file.
const LONGEST_LINE: usize = 4000;

/// Who types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    /// Their identity in this chat.
    pub identity: Identity,
    /// How they are shown.
    pub display_name: String,
    /// Whether `as <user>: <line>` lets them speak as another user of the same workspace. For scripts
    /// and demonstrations alone: it makes every identity of this chat theirs.
    pub may_speak_as_others: bool,
}

/// What a line turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// Empty, or a comment.
    Nothing,
    /// A command or a button, to be accepted like that of any chat.
    Invocation(Box<Invocation>),
    /// Neither; the console itself has something to say: [`ConsoleChat::tell`].
    Notice(Notice),
}

/// What the console says about a line that it does not pass on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It is no command.
    NotACommand(String),
    /// It is too long.
    TooLong,
    /// No button has this number.
    NoSuchButton(u32),
    /// No message shows this button any more.
    ButtonIsGone(u32),
    /// The button asks before it counts.
    Confirm {
        /// Its number, to be typed again.
        number: u32,
        /// What it says.
        label: String,
        /// What it asks.
        question: String,
    },
    /// This console speaks for one person.
    MayNotSpeakAsOthers,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotACommand(line) => {
                write!(f, "`{line}` is no command. Type /rollback help for all of them, or a button's number.")
            }
            Self::TooLong => write!(f, "That line is longer than {LONGEST_LINE} characters; nothing was done."),
            Self::NoSuchButton(number) => write!(f, "There is no button [{number}]."),
            Self::ButtonIsGone(number) => write!(f, "Button [{number}] is gone: what it was about has moved on."),
            Self::Confirm { number, label, question } => {
                write!(f, "{question}\nType {number} again to confirm: {label}.")
            }
            Self::MayNotSpeakAsOthers => f.write_str("This console speaks for one person; `as …:` works in scripts."),
        }
    }
}

/// Turns lines into invocations.
pub struct ConsoleInput {
    chat: ConsoleChat,
    speaker: Speaker,
    lines: u64,
    /// The button that was asked about by the line before, and who pressed it.
    asked: Option<(ButtonAction, Identity)>,
}

impl ConsoleInput {
    /// For lines that this speaker types at this console. One for each console: it counts the lines,
    /// and their count is part of the keys of invocations.
    #[must_use]
    pub fn new(chat: ConsoleChat, speaker: Speaker) -> Self {
        Self { chat, speaker, lines: 0, asked: None }
    }

    /// What this line is, typed at this moment. It may wait for the terminal to take what is being
    /// printed, so call it where waiting is allowed.
    pub fn line(&mut self, line: &str, at: Timestamp) -> Typed {
        self.lines += 1;
        self.chat.lock().interrupt();
        let asked = self.asked.take();
        if line.chars().nth(LONGEST_LINE).is_some() {
            return Typed::Notice(Notice::TooLong);
        }
        match self.spoken(line.trim()) {
            Ok((_, _, "")) => Typed::Nothing,
            Ok((_, _, line)) if line.starts_with('#') || is_fence(line) => Typed::Nothing,
            Ok((identity, display_name, line)) => match self.input(line, &identity, asked) {
                Ok(input) => Typed::Invocation(Box::new(self.invocation(identity, display_name, input, at))),
                Err(notice) => Typed::Notice(notice),
            },
            Err(notice) => Typed::Notice(notice),
        }
    }

    /// Who says it, and what: `as <user>: <line>`, or the speaker's own.
    fn spoken<'a>(&self, line: &'a str) -> Result<(Identity, String, &'a str), Notice> {
        let own = || (self.speaker.identity.clone(), self.speaker.display_name.clone(), line);
        let Some((user, said)) = line.strip_prefix("as ").and_then(|rest| rest.split_once(':')) else {
            return Ok(own());
        };
        if !self.speaker.may_speak_as_others {
            return Err(Notice::MayNotSpeakAsOthers);
        }
        let user = user.trim();
        Ok((Identity { user: user.to_owned(), ..self.speaker.identity.clone() }, user.to_owned(), said.trim()))
    }

    fn input(
        &mut self,
        line: &str,
        identity: &Identity,
        asked: Option<(ButtonAction, Identity)>,
    ) -> Result<Input, Notice> {
        let line = unwrapped(line);
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let word = half_width(word.trim_matches('`'));
        if matches!(word.to_ascii_lowercase().as_str(), "/rollback" | "rollback") {
            return Ok(Input::Command(rest.trim().to_owned()));
        }
        match word.parse() {
            Ok(number) if rest.is_empty() => self.press(number, identity, asked),
            _ => Err(Notice::NotACommand(one_line(line).chars().take(60).collect())),
        }
    }

    fn press(
        &mut self,
        number: u32,
        identity: &Identity,
        asked: Option<(ButtonAction, Identity)>,
    ) -> Result<Input, Notice> {
        let button = match self.chat.lock().press(number) {
            Meaning::Stands(numbered) => numbered.button,
            Meaning::Gone => return Err(Notice::ButtonIsGone(number)),
            Meaning::Never => return Err(Notice::NoSuchButton(number)),
        };
        let pressed = (button.action.clone(), identity.clone());
        match button.confirm {
            Some(question) if asked.as_ref() != Some(&pressed) => {
                self.asked = Some(pressed);
                Err(Notice::Confirm { number, label: button.label, question })
            }
            _ => Ok(Input::Button(button.action)),
        }
    }

    fn invocation(&self, identity: Identity, display_name: String, input: Input, at: Timestamp) -> Invocation {
        Invocation {
            key: format!("{}:{}:{}", ConsoleChat::NAME, self.chat.boot, self.lines),
            reply: ReplyHandle(identity.user.clone()),
            identity,
            display_name,
            room: ConsoleChat::HOME.to_owned(),
            input,
            received_at: at,
        }
    }
}

/// Whether this line only begins or ends a code block that was pasted with its fences.
fn is_fence(line: &str) -> bool {
    let language = |name: &str| name != "rollback" && name.chars().all(|letter| letter.is_ascii_alphabetic());
    line.strip_prefix("```").is_some_and(language)
}

/// Without the code block or the backticks around all of it: a command is pasted as a chat or a page
/// shows it.
fn unwrapped(line: &str) -> &str {
    let within = |mark| line.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    let inner = within("```").or_else(|| within("`"));
    inner.filter(|inner| !inner.contains('`')).map_or(line, str::trim)
}

/// As typed on a keyboard that makes full-width letters and digits (U+FF01 to U+FF5E).
fn half_width(word: &str) -> String {
    let folded = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        letter => letter,
    };
    word.chars().map(folded).collect()
}
