//! From what was seen to a verdict. Pure: what is remembered from one look to the next is a value.

use std::collections::BTreeSet;
use std::time::Duration;

use commands::model::{Note, Observation, Part, Revision, Trouble, Verdict};
use commands::ports::PlatformError;

use super::link::Link;
use super::process::{Place, Process};
use super::service::{Condition, Sight};

/// A service that restarted by itself this often while it was watched crashes again and again. Once
/// may be chance; a service that systemd gives up on is `failed` in any case.
const CRASHES: u32 = 2;

/// How long a process may be absent where nobody but its file tells of it: a program that restarts it
/// may end a little before the new process has written its id.
const ABSENCE: Duration = Duration::from_secs(5);

/// What one look found.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) link: Result<Link, PlatformError>,
    pub(super) service: Result<Option<Sight>, PlatformError>,
    /// When, on a clock that never jumps, counted from the first look.
    pub(super) at: Duration,
}

/// What is remembered of earlier looks.
#[derive(Debug, Default)]
pub(super) struct Memory {
    restarts: Option<u32>,
    /// The processes that were seen in the release, by id and beginning.
    incarnations: BTreeSet<(u32, u64)>,
    absent_since: Option<Duration>,
}

/// What it means for a target that is to run this revision.
pub(super) fn judge(to: &Revision, seen: &Seen, memory: &mut Memory) -> Observation {
    let verdict = by_link(to, seen).unwrap_or_else(|| by_service(to, seen, memory));
    Observation { verdict, parts: parts(seen) }
}

/// The verdict, if the link alone gives it.
fn by_link(to: &Revision, seen: &Seen) -> Option<Verdict> {
    match &seen.link {
        Err(error) => Some(Verdict::Unknown(Trouble::new(Note::new("host-link-unread")).saying(error))),
        Ok(link) if link.revision == *to => None,
        // Also where it leads to what it did before: the move was accepted, and no look is older than that.
        Ok(link) => Some(Verdict::Superseded { by: format!("{} → {}", link.made_by(), link.revision) }),
    }
}

fn by_service(to: &Revision, seen: &Seen, memory: &mut Memory) -> Verdict {
    let sight = match &seen.service {
        Err(error) => return Verdict::Unknown(Trouble::new(Note::new("host-service-unread")).saying(error)),
        // Without a process to look at the link is all there is; `examine` says so beforehand.
        Ok(None) => return Verdict::Done,
        Ok(Some(sight)) => sight,
    };
    if let Some(crashes) = crashes(to, sight, memory) {
        let note = Note::new("host-crashes").with("service", &sight.name).with("times", crashes);
        return Verdict::Failed(Trouble::new(note).saying(&sight.words));
    }
    match &sight.condition {
        Condition::Running => by_processes(to, sight),
        Condition::Changing { .. } => {
            Verdict::InProgress(Note::new("host-changing").with("service", &sight.name).with("state", &sight.words))
        }
        Condition::Failed { result } => failed("host-failed", sight, &format!("result {result}")),
        Condition::Stopped => failed("host-stopped", sight, &sight.words),
        Condition::Absent => by_absence(sight, seen.at, memory),
    }
}

fn by_processes(to: &Revision, sight: &Sight) -> Verdict {
    if let Some((process, revision)) = sight.left_behind(to) {
        let note = Note::new("host-old-process").with("process", process.id).with("release", revision);
        return Verdict::InProgress(note);
    }
    match sight.place() {
        Some(Place::Release(_)) => Verdict::Done,
        Some(Place::Outside { program, folder }) => {
            let note = Note::new("host-process-outside").with("service", &sight.name);
            Verdict::Unknown(Trouble::new(note).saying(format!("{program} in {folder}")))
        }
        Some(Place::Hidden(why)) => {
            let note = Note::new("host-process-hidden").with("service", &sight.name);
            Verdict::Unknown(Trouble::new(note).saying(why))
        }
        Some(Place::Starting) | None => {
            Verdict::InProgress(Note::new("host-changing").with("service", &sight.name).with("state", &sight.words))
        }
    }
}

fn by_absence(sight: &Sight, at: Duration, memory: &mut Memory) -> Verdict {
    let since = *memory.absent_since.get_or_insert(at);
    if at.saturating_sub(since) < ABSENCE {
        return Verdict::InProgress(Note::new("host-process-awaited").with("service", &sight.name));
    }
    failed("host-process-gone", sight, &sight.words)
}

fn failed(code: &'static str, sight: &Sight, evidence: &str) -> Verdict {
    Verdict::Failed(Trouble::new(Note::new(code).with("service", &sight.name)).saying(evidence))
}

/// How often it came down while it was watched, if that is too often. systemd counts; of a process
/// that only its file tells, each new one in the release is counted.
fn crashes(to: &Revision, sight: &Sight, memory: &mut Memory) -> Option<u32> {
    if sight.condition != Condition::Absent {
        memory.absent_since = None;
    }
    // A start by hand sets systemd's count to nothing, and a new watch begins.
    let first = memory.restarts.filter(|first| *first <= sight.restarts).unwrap_or(sight.restarts);
    memory.restarts = Some(first);
    if let Some(Process { id, began, place: Place::Release(revision) }) = &sight.main
        && revision == to
        && sight.invocation.is_none()
    {
        memory.incarnations.insert((*id, *began));
    }
    let again = u32::try_from(memory.incarnations.len()).unwrap_or(u32::MAX).saturating_sub(1);
    let crashes = (sight.restarts - first).max(again);
    (crashes >= CRASHES).then_some(crashes)
}

fn parts(seen: &Seen) -> Vec<Part> {
    let link = match &seen.link {
        Ok(link) => Part { name: "link".to_owned(), state: link.revision.to_string(), detail: String::new() },
        Err(error) => Part { name: "link".to_owned(), state: "unread".to_owned(), detail: error.to_string() },
    };
    match &seen.service {
        Ok(None) => vec![link],
        Ok(Some(sight)) => vec![link, part(sight)],
        Err(error) => {
            vec![link, Part { name: "service".to_owned(), state: "unread".to_owned(), detail: error.to_string() }]
        }
    }
}

fn part(sight: &Sight) -> Part {
    let detail = sight.main.as_ref().map(|process| {
        let place = match &process.place {
            Place::Release(revision) => revision.to_string(),
            Place::Outside { folder, .. } => folder.clone(),
            Place::Starting => "starting".to_owned(),
            Place::Hidden(_) => "hidden".to_owned(),
        };
        format!("process {} in {place}, {} restarts", process.id, sight.restarts)
    });
    Part { name: sight.name.clone(), state: sight.words.clone(), detail: detail.unwrap_or_default() }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
