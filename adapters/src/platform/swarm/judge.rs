//! From what was seen to a verdict. Pure: what is remembered from one look to the next is a value.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use commands::model::{Note, Observation, Part, Trouble, Verdict};
use commands::ports::PlatformError;
use jiff::Timestamp;

use super::image::Image;
use super::node::Node;
use super::places::Places;
use super::service::Service;
use super::task::{Phase, Task};

/// A place whose tasks ended by themselves this often crashes again and again. Once may be chance.
const CRASHES: usize = 2;

/// How long a task must be seen running before it counts: the engine calls one running that ends as
/// soon as it begins.
const SETTLE: Duration = Duration::from_secs(1);

/// The same where a task of the same image ended by itself before.
const SETTLE_AFTER_CRASH: Duration = Duration::from_secs(5);

/// Where a target is to go, and how long it may be stuck.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) from: Option<Image>,
    pub(super) to: Image,
    pub(super) stuck_after: Duration,
}

/// What one look found.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) swarm: Result<Swarm, PlatformError>,
    /// When, on a clock that never jumps, counted from the first look.
    pub(super) at: Duration,
}

/// A service, its tasks and the nodes, at one moment.
#[derive(Debug)]
pub(super) struct Swarm {
    pub(super) service: Service,
    pub(super) tasks: Vec<Task>,
    pub(super) nodes: Vec<Node>,
    /// The manager's time, at the first look: what runs by then may have run for long.
    pub(super) now: Option<Timestamp>,
}

impl Swarm {
    /// True where the task's node answers the manager.
    fn is_up(&self, task: &Task) -> bool {
        self.nodes.iter().any(|node| node.id == task.node && node.is_up)
    }

    /// How long it has been in its state, by the manager's clock. The node's own may be behind; but no
    /// task is older than the manager says.
    fn age(&self, task: &Task) -> Option<Duration> {
        let since = task.since?.max(task.created?);
        Duration::try_from(self.now?.duration_since(since)).ok()
    }
}

/// What is remembered of earlier looks.
#[derive(Debug, Default)]
pub(super) struct Memory {
    arrived: bool,
    /// When this update began, by the manager's clock.
    began: Option<Timestamp>,
    /// Tasks that had failed before the first look; none of this update, as far as is known.
    failed_before: Option<BTreeSet<String>>,
    /// When each task was first seen running, and how long it had run by then.
    running_since: BTreeMap<String, (Duration, Duration)>,
    /// Tasks that wait, each since when: in a long update some task always does, and none for long.
    waiting_since: BTreeMap<String, Duration>,
}

/// What it means.
pub(super) fn judge(way: &Way, seen: &Seen, memory: &mut Memory) -> Observation {
    match &seen.swarm {
        Ok(swarm) => {
            let verdict = by_service(way, swarm, memory).unwrap_or_else(|| by_tasks(way, swarm, seen.at, memory));
            Observation { verdict, parts: parts(swarm) }
        }
        Err(error) => {
            let verdict = Verdict::Unknown(Trouble::new(Note::new("swarm-unread")).saying(error));
            Observation { verdict, parts: Vec::new() }
        }
    }
}

/// The verdict, if what the service is set to alone gives it.
fn by_service(way: &Way, swarm: &Swarm, memory: &mut Memory) -> Option<Verdict> {
    let service = &swarm.service;
    let (image, state) = (service.image(), service.update_state());
    // The same tag may mean both: then only the very text of it tells them apart.
    let is_from = way.from.as_ref().is_some_and(|from| image == from || (image.is(from) && !image.is(&way.to)));
    if image.is(&way.to) && (!is_from || way.from.as_ref() == Some(&way.to)) {
        memory.arrived = true;
        memory.began = service.update.as_ref().and_then(|update| update.started).or(memory.began);
        // Only a new update moves it on.
        return ["paused", "rollback_paused"].contains(&state).then(|| stopped(Note::new("swarm-paused"), service));
    }
    if is_from && memory.arrived && state.starts_with("rollback") {
        return Some(stopped(Note::new("swarm-engine-rolled-back"), service));
    }
    if is_from && !memory.arrived {
        return Some(Verdict::InProgress(Note::new("swarm-not-moved").with("image", image.brief())));
    }
    let who = service.stack().map_or_else(|| "the service".to_owned(), |stack| format!("the service of stack {stack}"));
    Some(Verdict::Superseded { by: format!("{who} was set to {}", image.brief()) })
}

fn stopped(note: Note, service: &Service) -> Verdict {
    let trouble = Trouble::new(note.with("state", service.update_state()));
    Verdict::Failed(match &service.update {
        Some(update) => trouble.saying(crate::redact::redact(&update.message)),
        None => trouble,
    })
}

fn by_tasks(way: &Way, swarm: &Swarm, at: Duration, memory: &mut Memory) -> Verdict {
    let Some(places) = Places::of(&swarm.service, &swarm.nodes) else {
        return Verdict::Failed(Trouble::new(Note::new("swarm-job")));
    };
    let wanted = places.wanted();
    let crashes = crashes(way, swarm, memory);
    if let Some((place, errors)) = crashes.iter().find(|(_, errors)| errors.len() >= CRASHES) {
        let note = Note::new("swarm-crashes").with("place", place).with("times", errors.len());
        return Verdict::Failed(errors.iter().take(2).fold(Trouble::new(note), |trouble, error| trouble.saying(error)));
    }
    if wanted == 0 {
        return Verdict::Failed(Trouble::new(Note::new("swarm-nobody-serves")));
    }
    let settled = settled(way, swarm, at, !crashes.is_empty(), memory);
    let running = places.filled_by(&settled);
    // What a node that is down ran serves nobody whom the manager could count.
    let others = || swarm.tasks.iter().filter(|task| task.is_live() && !task.runs(&way.to) && swarm.is_up(task));
    let old = others().count();
    if running >= wanted && old == 0 {
        return by_bytes(way, &settled).unwrap_or(Verdict::Done);
    }
    if let Some(by) = others().find_map(|task| same_tag_anew(way, &swarm.service, task)) {
        return Verdict::Superseded { by };
    }
    let progress = Note::new("swarm-running").with("running", running).with("wanted", wanted).with("old", old);
    by_stuck_task(way, swarm, at, memory).unwrap_or(Verdict::InProgress(progress))
}

/// The verdict, if all that is wanted runs and it is not all the same bytes, or nobody can say so.
fn by_bytes(way: &Way, settled: &[&Task]) -> Option<Verdict> {
    if let Some(unproven) = settled.iter().find(|task| !task.proves(&way.to)) {
        let note = Note::new("swarm-bytes-unknown").with("place", &unproven.place).with("image", way.to.brief());
        return Some(Verdict::Unknown(Trouble::new(note)));
    }
    let digest = |task: &&&Task| Some((task.image.as_ref()?.digest.clone()?, task.place.clone()));
    let digests: BTreeMap<String, String> = settled.iter().filter_map(|task| digest(&task)).collect();
    let trouble = Trouble::new(Note::new("swarm-bytes-differ").with("image", way.to.brief()));
    let said =
        |trouble: Trouble, (digest, place): (&String, &String)| trouble.saying(format!("task {place}: {digest}"));
    (digests.len() > 1).then(|| Verdict::Failed(digests.iter().fold(trouble, said)))
}

/// Who set the service to the tag of the image without its digest, where the tag means other bytes now.
fn same_tag_anew(way: &Way, service: &Service, task: &Task) -> Option<String> {
    let set = service.image();
    let digest = task.image.as_ref().filter(|own| own.tag == set.tag).and_then(|own| own.digest.as_ref())?;
    let anew = set.digest.is_none() && way.to.digest.is_some() && task.wanted;
    anew.then(|| format!("the service was set to {set}, which means {digest} now"))
}

/// What the tasks of this update that ended by themselves said, by place.
fn crashes(way: &Way, swarm: &Swarm, memory: &mut Memory) -> BTreeMap<String, Vec<String>> {
    let failed: Vec<&Task> =
        swarm.tasks.iter().filter(|task| task.phase == Phase::Failed && task.runs(&way.to)).collect();
    let ids = || failed.iter().map(|task| task.id.clone()).collect();
    let before = memory.failed_before.get_or_insert_with(ids);
    let mut crashes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in failed {
        let of_this_update = match (memory.began, task.created) {
            (Some(began), Some(created)) => created >= began,
            _ => !before.contains(&task.id),
        };
        if of_this_update {
            let said = if task.error.is_empty() { &task.state } else { &task.error };
            crashes.entry(task.place.clone()).or_default().push(said.clone());
        }
    }
    crashes
}

/// The tasks that run the image for long enough, on nodes that are up.
fn settled<'a>(way: &Way, swarm: &'a Swarm, at: Duration, crashed: bool, memory: &mut Memory) -> Vec<&'a Task> {
    let good = |task: &&Task| task.phase == Phase::Running && task.wanted && task.runs(&way.to) && swarm.is_up(task);
    let running: Vec<&Task> = swarm.tasks.iter().filter(good).collect();
    memory.running_since.retain(|id, _| running.iter().any(|task| task.id == *id));
    let settle = if crashed { SETTLE_AFTER_CRASH } else { SETTLE };
    let mut ran_for = |task: &Task| {
        let (seen, before) =
            *memory.running_since.entry(task.id.clone()).or_insert_with(|| (at, swarm.age(task).unwrap_or_default()));
        at.saturating_sub(seen).saturating_add(before)
    };
    running.into_iter().filter(|task| ran_for(task) >= settle).collect()
}

/// A task that the engine would wait for without end. What it says is shown at once; after a while it
/// counts as failed.
fn by_stuck_task(way: &Way, swarm: &Swarm, at: Duration, memory: &mut Memory) -> Option<Verdict> {
    let waits = |task: &&Task| task.wanted && matches!(task.phase, Phase::Unplaced | Phase::Starting);
    let waiting: Vec<&Task> = swarm.tasks.iter().filter(waits).filter(|task| task.runs(&way.to)).collect();
    memory.waiting_since.retain(|id, _| waiting.iter().any(|task| task.id == *id));
    let about = |note: Note, task: &Task| note.with("place", &task.place).with("state", &task.state);
    for task in &waiting {
        let since = *memory.waiting_since.entry(task.id.clone()).or_insert(at);
        if at.saturating_sub(since) >= way.stuck_after {
            let said = if task.error.is_empty() { &task.state } else { &task.error };
            return Some(Verdict::Failed(Trouble::new(about(Note::new("swarm-stuck"), task)).saying(said)));
        }
    }
    let told = waiting.iter().find(|task| !task.error.is_empty());
    told.map(|task| Verdict::InProgress(about(Note::new("swarm-waiting"), task).with("error", &task.error)))
}

fn parts(swarm: &Swarm) -> Vec<Part> {
    let mut shown: Vec<&Task> = swarm.tasks.iter().filter(|task| task.wanted || task.is_live()).collect();
    shown.sort_by(|a, b| (&a.place, &a.created, &a.id).cmp(&(&b.place, &b.created, &b.id)));
    let part = |task: &Task| {
        let node = swarm.nodes.iter().find(|node| node.id == task.node);
        let down = |node: &Node| if node.is_up { "" } else { ", which is down" };
        let where_to = node.map(|node| format!(" on {}{}", node.name, down(node))).unwrap_or_default();
        let image = task.image.as_ref().map(ToString::to_string).unwrap_or_default();
        let detail = [format!("{image}{where_to}"), task.error.clone()];
        let detail: Vec<String> = detail.into_iter().filter(|text| !text.is_empty()).collect();
        Part { name: format!("task {}", task.place), state: task.state.clone(), detail: detail.join(": ") }
    };
    shown.into_iter().map(part).collect()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
