//! Runs the programs that people configure at fixed points of a rollback. `docs/hooks.md` tells the
//! authors of such programs what they may rely on.
//!
//! A hook must not outlive the bot, not even one that was killed without a chance to clean up. The
//! system has a signal for "my parent died", but it goes by the thread that started the child (and
//! threads of a runtime come and go), reaches only the child itself, and must be armed between fork
//! and exec, where safe Rust cannot go. So the bot starts itself a second time as a *guard*:
//!
//! ```text
//! bot ──pipe──► guard ──► program ──► whatever the program starts
//!               └──────── one process group ────────┘
//! ```
//!
//! The bot holds the only writing end of the pipe, the system closes it however the bot ends, and the
//! guard then ends the group with itself in it. Where the bot lives and wants an end (deadline, flood,
//! a future that is dropped), it ends the group itself: the guard is its own child and the group's
//! leader, so the number of the group cannot have become somebody else's.

mod guard;
mod process;
mod report;

pub use guard::guard;
pub use process::{GUARD_COMMAND, ProcessHooks};

/// How much a hook may write to each of its two outputs, in bytes. An answer is a few lines; what is
/// more is no answer but an accident.
pub const OUTPUT_LIMIT: usize = 64 * 1024;
