//! The figures by which the fake refuses. Those that Slack publishes are what they are; those that are
//! common knowledge without an official text are parameters here, so that a test can play another Slack.

use std::time::Duration;

/// What a test may change.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whether calls are counted and refused with 429.
    pub rates: bool,
    /// How many messages a channel takes at once before one a second counts. Published: "short bursts".
    pub message_burst: usize,
    /// How many messages a workspace takes in a minute. Published: "several hundred".
    pub messages_a_minute: usize,
    /// Whether an argument that the method does not have is refused. Slack's own answer differs by method.
    pub unknown_arguments_refused: bool,
    /// Whether an array is refused where the reference wants values with commas.
    pub arrays_refused: bool,
    /// Whether the name of an archived channel stays taken.
    pub archived_names_taken: bool,
    /// Whether `chat.update` with text alone takes the blocks away.
    pub text_alone_removes_blocks: bool,
    /// The length, in characters, at which `chat.postMessage` cuts its text.
    pub text_cut: usize,
    /// How much the blocks of a message may weigh together: the characters of all texts, and
    /// [`Rules::block_weight`] for each block. Both figures fit what was measured on the real one
    /// (slackapi/bolt-js#2509): Markdown alone is taken up to 13,297 characters, beside a divider up to
    /// 13,172.
    pub blocks_together: usize,
    /// What a block weighs beside its text.
    pub block_weight: usize,
    /// Whether `&`, `<` and `>` in plain texts of blocks come back escaped (slackapi/bolt-python#513).
    pub plain_texts_escaped: bool,
    /// How many pins a channel takes.
    pub pins: usize,
    /// How many bookmarks a channel takes.
    pub bookmarks: usize,
    /// How long an acknowledgement may take, and how long a trigger is good. Published: 3 s.
    pub answer_within: Duration,
    /// Whether `&`, `<` and `>` come escaped in the text of a command.
    pub commands_escaped: bool,
    /// Whether requests are signed with the time of the machine and not with that of the clock.
    pub sign_by_system_time: bool,
    /// How long the fake itself waits in real time for an acknowledgement before it goes on.
    pub patience: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            rates: true,
            message_burst: 1,
            messages_a_minute: 300,
            unknown_arguments_refused: true,
            arrays_refused: true,
            archived_names_taken: true,
            text_alone_removes_blocks: true,
            text_cut: 40_000,
            blocks_together: 13_422,
            block_weight: 125,
            plain_texts_escaped: true,
            pins: 100,
            bookmarks: 100,
            answer_within: Duration::from_secs(3),
            commands_escaped: true,
            sign_by_system_time: false,
            patience: Duration::from_secs(3),
        }
    }
}
