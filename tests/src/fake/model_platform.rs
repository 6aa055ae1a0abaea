//! A platform in memory that keeps revisions, moves them under orders only, and fails by script.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use commands::model::{
    CleanUpOrder, Findings, Intent, MoveOrder, Movement, Note, Observation, Part, Revision, RollbackId, Target,
    TargetPlan, Trouble, Verdict, Version,
};
use commands::ports::{Candidate, Clock, Examination, Monotonic, Platform, PlatformError, Resolution, Running};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use jiff::Timestamp;
use tokio::sync::watch;

/// What happens to the next order, instead of a plain move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveScript {
    /// Nothing is written, and this is said.
    Fails(PlatformError),
    /// It is written, and this is said.
    MovesAndFails(PlatformError),
    /// It is written, and nothing is ever said.
    MovesAndHangs,
    /// Nothing is written, and nothing is ever said.
    Hangs,
    /// It is written, and the code that wrote it panics.
    MovesAndPanics,
    /// It is on its way until [`ModelPlatform::deliver`], and arrives then, whoever sent it.
    Waits,
}

/// One order that the platform carried out, or found carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The order's key.
    pub key: String,
    /// The rollback of the lease.
    pub rollback: RollbackId,
    /// The epoch of the lease.
    pub epoch: u64,
    /// The target's address.
    pub address: String,
    /// Where it goes.
    pub to: Revision,
    /// False where the target was there already.
    pub effective: bool,
    /// When.
    pub at: Timestamp,
}

struct ModelTarget {
    /// Oldest first.
    revisions: Vec<(Revision, Version)>,
    current: Revision,
    before: Revision,
    moved_at: Monotonic,
    by: String,
    takes: Duration,
    moves: VecDeque<MoveScript>,
    looks: VecDeque<PlatformError>,
    sick: BTreeSet<Revision>,
    never_arrives: bool,
    cleans_up: bool,
}

#[derive(Default)]
struct State {
    targets: BTreeMap<String, ModelTarget>,
    writes: Vec<Write>,
    removed: Vec<(String, Revision)>,
    violations: Vec<String>,
}

/// Keeps any number of targets, by their address.
pub struct ModelPlatform {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    delivered: watch::Sender<bool>,
}

impl ModelPlatform {
    /// Without targets.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            delivered: watch::Sender::new(false),
        })
    }

    /// A target at this address with these versions, oldest first; the last one runs. A move is seen
    /// after `takes`.
    pub fn add(&self, address: &str, versions: &[&str], takes: Duration) {
        let revisions: Vec<(Revision, Version)> =
            versions.iter().map(|version| (revision_of(version), Version::new(*version))).collect();
        let current = revisions.last().expect("a target has a revision").0.clone();
        let target = ModelTarget {
            revisions,
            before: current.clone(),
            current,
            moved_at: Monotonic::default(),
            by: "the release before".to_owned(),
            takes,
            moves: VecDeque::new(),
            looks: VecDeque::new(),
            sick: BTreeSet::new(),
            never_arrives: false,
            cleans_up: false,
        };
        self.lock().targets.insert(address.to_owned(), target);
    }

    /// One more revision of a version that is there already: nobody can say which one is meant.
    pub fn double(&self, address: &str, version: &str) {
        let twin = (Revision::new(format!("{address}-twin-of-{version}")), Version::new(version));
        self.with(address, |target| target.revisions.push(twin));
    }

    /// Users of this version are served errors.
    pub fn set_sick(&self, address: &str, version: &str, sick: bool) {
        self.with(address, |target| {
            let revision = revision_of(version);
            if sick { target.sick.insert(revision) } else { target.sick.remove(&revision) }
        });
    }

    /// What happens to the next orders, one after the other.
    pub fn next_moves(&self, address: &str, script: impl IntoIterator<Item = MoveScript>) {
        self.with(address, |target| target.moves.extend(script));
    }

    /// What the next looks meet, one after the other.
    pub fn next_looks(&self, address: &str, errors: impl IntoIterator<Item = PlatformError>) {
        self.with(address, |target| target.looks.extend(errors));
    }

    /// Orders and looks go as they should again.
    pub fn clear_scripts(&self, address: &str) {
        self.with(address, |target| {
            target.moves.clear();
            target.looks.clear();
        });
    }

    /// Whatever is moved will not get there by itself, until this is taken back.
    pub fn never_arrives(&self, address: &str, never: bool) {
        self.with(address, |target| target.never_arrives = never);
        self.stir();
    }

    /// Orders that are on their way arrive.
    pub fn deliver(&self) {
        self.delivered.send_replace(true);
    }

    /// Somebody who works beside the bot moves the target.
    pub fn somebody_moves(&self, address: &str, version: &str) {
        let now = self.clock.monotonic();
        self.with(address, |target| target.go(revision_of(version), "somebody else", now));
        self.stir();
    }

    /// What a target is set to.
    #[must_use]
    pub fn runs(&self, address: &str) -> Version {
        self.with(address, |target| target.version(&target.current.clone()))
    }

    /// Which version users are served, and whether well.
    #[must_use]
    pub fn serves(&self, address: &str) -> (Version, bool) {
        let now = self.clock.monotonic();
        self.with(address, |target| {
            let revision = target.serving(now).clone();
            (target.version(&revision), !target.sick.contains(&revision))
        })
    }

    /// What is rolled back from at this address is to be removed.
    pub fn set_cleans_up(&self, address: &str) {
        self.with(address, |target| target.cleans_up = true);
    }

    /// What was removed, each with the key of the order.
    #[must_use]
    pub fn removed(&self) -> Vec<(String, Revision)> {
        self.lock().removed.clone()
    }

    /// Every order that was carried out.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        self.lock().writes.clone()
    }

    /// What no platform should ever see.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the platform")
    }

    fn with<T>(&self, address: &str, act: impl FnOnce(&mut ModelTarget) -> T) -> T {
        let mut state = self.lock();
        act(state.targets.get_mut(address).unwrap_or_else(|| panic!("the model has no target {address}")))
    }

    fn stir(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Reads the target, or fails as the script says.
    fn look<T>(&self, target: &Target, read: impl FnOnce(&ModelTarget) -> T) -> Result<T, PlatformError> {
        let address = address(target)?;
        let mut state = self.lock();
        let missing = || PlatformError::Missing { what: format!("the target at {address}") };
        let found = state.targets.get_mut(&address).ok_or_else(missing)?;
        match found.looks.pop_front() {
            Some(error) => Err(error),
            None => Ok(read(found)),
        }
    }

    fn carry_out(&self, order: &MoveOrder<'_>, address: &str) -> Result<(), PlatformError> {
        let (now, at) = (self.clock.monotonic(), self.clock.now());
        let mut state = self.lock();
        let (plan, lease) = (order.plan(), order.lease());
        let commands::ports::LeaseName::Rollback(rollback) = lease.name else {
            state.violations.push(format!("{} came under the lease of {}", order.key(), lease.name));
            return Err(PlatformError::Refused { what: order.key(), why: "no lease of a rollback".to_owned() });
        };
        // A later plan of the same rollback has a mark of its own at the end.
        if !order.key().starts_with(&format!("{rollback}/{}", order.step().name)) {
            state.violations.push(format!("the key {} is not of {rollback}", order.key()));
        }
        let missing = || PlatformError::Missing { what: format!("the target at {address}") };
        let target = state.targets.get_mut(address).ok_or_else(missing)?;
        let effective = target.current != plan.to;
        if effective {
            let running = target.running();
            if !plan.intent.differences(&running.intent).is_empty() {
                return Err(PlatformError::IntentChanged { now: Box::new(running) });
            }
            target.go(plan.to.clone(), "switchback", now);
        }
        let (key, to) = (order.key(), plan.to.clone());
        state.writes.push(Write { key, rollback, epoch: lease.epoch, address: address.to_owned(), to, effective, at });
        Ok(())
    }
}

fn revision_of(version: &str) -> Revision {
    Revision::new(format!("revision-of-{version}"))
}

fn address(target: &Target) -> Result<String, PlatformError> {
    target.address.as_str().map(str::to_owned).ok_or_else(|| PlatformError::Address {
        target: target.name.to_string(),
        why: "the model wants a text".to_owned(),
    })
}

impl ModelTarget {
    fn go(&mut self, to: Revision, by: &str, now: Monotonic) {
        self.before = self.serving(now).clone();
        self.current = to;
        self.moved_at = now;
        by.clone_into(&mut self.by);
    }

    /// A move is served once it has arrived.
    fn serving(&self, now: Monotonic) -> &Revision {
        if self.has_arrived(now) { &self.current } else { &self.before }
    }

    fn has_arrived(&self, now: Monotonic) -> bool {
        self.before == self.current || (!self.never_arrives && now >= self.moved_at.after(self.takes))
    }

    fn version(&self, revision: &Revision) -> Version {
        let found = self.revisions.iter().find(|(known, _)| known == revision);
        found.map_or_else(|| Version::new(revision.as_str()), |(_, version)| version.clone())
    }

    fn running(&self) -> Running {
        Running {
            revision: self.current.clone(),
            version: Some(self.version(&self.current)),
            intent: Intent {
                identity: "model".to_owned(),
                fields: BTreeMap::from([("revision".to_owned(), self.current.to_string())]),
            },
            since: None,
        }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let newest_first = self.revisions.iter().rev();
        newest_first
            .map(|(revision, version)| Candidate {
                revision: revision.clone(),
                version: Some(version.clone()),
                created: None,
                details: BTreeMap::new(),
            })
            .collect()
    }

    fn observation(&self, plan: &TargetPlan, now: Monotonic) -> Observation {
        let verdict = if self.current == plan.to {
            match (self.has_arrived(now), self.never_arrives) {
                (true, _) => Verdict::Done,
                (false, true) => Verdict::Failed(Trouble::new(Note::new("not-seen-yet")).saying("it crashes")),
                (false, false) => Verdict::InProgress(Note::new("not-seen-yet")),
            }
        } else if self.current == plan.from {
            Verdict::InProgress(Note::new("not-seen-yet"))
        } else {
            Verdict::Superseded { by: self.by.clone() }
        };
        let part = Part { name: "one".to_owned(), state: "running".to_owned(), detail: String::new() };
        Observation { verdict, parts: vec![part] }
    }
}

#[async_trait]
impl Platform for ModelPlatform {
    fn check_address(&self, target: &Target) -> Result<(), PlatformError> {
        address(target).map(|_| ())
    }

    async fn current(&self, target: &Target) -> Result<Running, PlatformError> {
        self.look(target, ModelTarget::running)
    }

    async fn history(&self, target: &Target) -> Result<Vec<Candidate>, PlatformError> {
        self.look(target, ModelTarget::candidates)
    }

    async fn resolve(&self, target: &Target, version: &Version) -> Result<Resolution, PlatformError> {
        let all = self.look(target, ModelTarget::candidates)?;
        let (mut found, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|candidate| candidate.version.as_ref() == Some(version));
        Ok(match found.len() {
            0 => Resolution::Missing(rest),
            1 => Resolution::Found(found.remove(0)),
            _ => Resolution::Ambiguous(found),
        })
    }

    async fn examine(&self, target: &Target, running: &Running, to: &Candidate) -> Result<Examination, PlatformError> {
        let cleans_up = self.look(target, |found| found.cleans_up)?;
        let change = Note::new("host-link-moves").with("from", &running.revision).with("to", &to.revision);
        Ok(Examination { changes: vec![change], cleans_up, ..Examination::default() })
    }

    async fn move_to(&self, order: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        let address = address(order.target())?;
        let script = self.with(&address, |target| target.moves.pop_front());
        if script == Some(MoveScript::Waits) {
            // The sender lives as long as this platform, so waiting cannot fail.
            let _ = self.delivered.subscribe().wait_for(|delivered| *delivered).await;
        }
        let moves = !matches!(script, Some(MoveScript::Fails(_) | MoveScript::Hangs));
        if moves {
            self.carry_out(order, &address)?;
            self.stir();
        }
        match script {
            None | Some(MoveScript::Waits) => Ok(Findings { movement: Some(Movement::Moved), ..Findings::default() }),
            Some(MoveScript::Fails(error) | MoveScript::MovesAndFails(error)) => Err(error),
            Some(MoveScript::Hangs | MoveScript::MovesAndHangs) => std::future::pending().await,
            Some(MoveScript::MovesAndPanics) => panic!("a bug in the platform's code"),
        }
    }

    async fn clean_up(&self, order: &CleanUpOrder<'_>) -> Result<Findings, PlatformError> {
        let current = self.look(order.target(), |found| found.current.clone())?;
        let removed = (order.key(), order.plan().from.clone());
        let mut state = self.lock();
        if current == removed.1 {
            state.violations.push(format!("{} would remove what runs", order.key()));
        } else if !state.removed.contains(&removed) {
            state.removed.push(removed);
        }
        Ok(Findings { message: "Removed it".to_owned(), ..Findings::default() })
    }

    fn observe<'a>(&'a self, target: &'a Target, plan: &'a TargetPlan) -> BoxStream<'a, Observation> {
        let first = (None::<Observation>, self.changed.subscribe());
        let looks = stream::unfold(first, move |(last, mut changed)| async move {
            loop {
                changed.borrow_and_update();
                let now = self.clock.monotonic();
                let seen = match self
                    .look(target, |found| (found.observation(plan, now), found.moved_at.after(found.takes)))
                {
                    Ok(seen) => seen,
                    Err(error) => {
                        let trouble = Trouble::new(Note::new("platform-failed")).saying(error);
                        let unknown = Observation { verdict: Verdict::Unknown(trouble), parts: Vec::new() };
                        (unknown, now.after(Duration::from_secs(1)))
                    }
                };
                let (observation, arrives) = seen;
                if last.as_ref() != Some(&observation) {
                    return Some((observation.clone(), (Some(observation), changed)));
                }
                // Whatever happens first: somebody moves it, or it arrives.
                let arrival = async {
                    if arrives > now { self.clock.sleep_until(arrives).await } else { std::future::pending().await }
                };
                tokio::select! {
                    moved = changed.changed() => if moved.is_err() { return None },
                    () = arrival => {}
                }
            }
        });
        looks.boxed()
    }
}
