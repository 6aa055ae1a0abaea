//! The move itself: link, then restart. Killed at any point and called again, it does what is missing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use commands::model::{Findings, Intent, Movement, TargetPlan};
use commands::ports::PlatformError;
use tokio::time::{Instant, sleep};

use super::address::HostAddress;
use super::failure::blocking;
use super::link::{self, Link};
use super::lock::Lock;
use super::releases::{Release, Releases};
use super::service::{Condition, Services, Sight};
use super::state::{self, REVISION, State};

/// How long another mover of the same link is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// How long between two looks at a restart that somebody ordered before.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long a new process may take from its start to its own program.
const SETTLE: Duration = Duration::from_secs(1);

/// How long between two looks at a new process.
const SETTLE_LOOK: Duration = Duration::from_millis(10);

/// One move, under an order.
#[derive(Debug)]
pub(super) struct Move<'a> {
    pub(super) services: &'a Services,
    pub(super) address: &'a HostAddress,
    pub(super) plan: &'a TargetPlan,
    /// The same for every attempt.
    pub(super) key: &'a str,
    /// By when this attempt must end.
    pub(super) until: Instant,
}

/// How the target stands before anything is written.
enum Standing {
    /// The link must move.
    Before,
    /// The link has moved; what serves is missing.
    Linked,
    /// Nothing is left to do.
    There(Box<Sight>),
}

impl Move<'_> {
    /// Reads, writes what is missing, and tells what was done.
    ///
    /// # Errors
    /// Any. `IntentChanged` means that nothing was written.
    pub(super) async fn carry_out(&self) -> Result<Findings, PlatformError> {
        let (_, standing) = self.look().await?;
        if let Standing::There(sight) = standing {
            return Ok(nothing_left(&sight));
        }
        let lock = Lock::take(self.address.link_folder(), self.key, LOCK_WAIT.min(self.left())).await?;
        let lock = Arc::new(lock);
        // Again, now that no other mover can write between this look and the swap.
        let (release, standing) = self.look().await?;
        let linked = match standing {
            Standing::There(sight) => return Ok(nothing_left(&sight)),
            Standing::Linked => "was there",
            Standing::Before => "moved",
        };
        self.write(&release, linked == "moved", &lock).await?;
        if linked == "was there"
            && let Some(sight) = self.await_ordered_restart().await?
        {
            return Ok(nothing_left(&sight));
        }
        let mut facts = self.services.restart(self.address, &release, self.key, self.left()).await?;
        facts.insert("link".to_owned(), linked.to_owned());
        facts.extend(self.settle().await.iter().flat_map(Sight::facts));
        Ok(findings(facts))
    }

    async fn look(&self) -> Result<(Release, Standing), PlatformError> {
        let State { releases, link } = state::read(self.address).await?;
        let link = link?;
        self.check_intent(&releases, &link)?;
        let release = self.release(&releases)?;
        if link.revision != self.plan.to {
            return Ok((release, Standing::Before));
        }
        // What cannot be looked at is not proven, and is restarted.
        let sight = self.services.look(self.address, &releases).await.ok().flatten();
        let standing = match sight.filter(|sight| sight.proves(&self.plan.to)) {
            Some(sight) => Standing::There(Box::new(sight)),
            None => Standing::Linked,
        };
        Ok((release, standing))
    }

    /// The pinned intent, or the one that this very move leaves.
    fn check_intent(&self, releases: &Releases, link: &Link) -> Result<(), PlatformError> {
        let now = state::running(self.address, releases, link);
        let mut fields = self.plan.intent.fields.clone();
        if now.revision == self.plan.to {
            fields.insert(REVISION.to_owned(), self.plan.to.to_string());
        }
        let expected = Intent { identity: self.plan.intent.identity.clone(), fields };
        if expected == now.intent { Ok(()) } else { Err(PlatformError::IntentChanged { now: Box::new(now) }) }
    }

    fn release(&self, releases: &Releases) -> Result<Release, PlatformError> {
        let to = &self.plan.to;
        let release = releases.find(to).ok_or_else(|| PlatformError::Missing {
            what: format!("the release {to} in {}", releases.root.display()),
        })?;
        if release.complete {
            return Ok(release.clone());
        }
        let why = "it is not complete".to_owned();
        Err(PlatformError::Refused { what: format!("move to the release {to}"), why })
    }

    async fn write(&self, release: &Release, moves: bool, lock: &Arc<Lock>) -> Result<(), PlatformError> {
        let (address, release, key) = (self.address.clone(), release.clone(), self.key.to_owned());
        let lock = Arc::downgrade(lock);
        blocking("swap the link", move || {
            // An attempt that was given up while this waited for a thread must not move anything later;
            // one that is given up from here on keeps the lock until this has ended.
            let Some(_held) = lock.upgrade() else {
                let why = "the attempt was given up".to_owned();
                return Err(PlatformError::Unavailable { what: "swap the link".to_owned(), why });
            };
            // An attempt that was killed before it synced left that to this one.
            if moves { link::swap(&address, &release, &key) } else { link::sync(&address) }
        })
        .await
    }

    /// An attempt that was killed may have ordered the restart already: a job that waits or works is
    /// let end, and what runs then may be proof.
    async fn await_ordered_restart(&self) -> Result<Option<Sight>, PlatformError> {
        loop {
            let State { releases, .. } = state::read(self.address).await?;
            let Some(sight) = self.services.look(self.address, &releases).await.ok().flatten() else {
                return Ok(None);
            };
            if sight.proves(&self.plan.to) {
                return Ok(Some(sight));
            }
            if sight.condition != (Condition::Changing { ordered: true }) {
                return Ok(None);
            }
            if self.left().is_zero() {
                let what = "see the end of a restart that was ordered before".to_owned();
                return Err(PlatformError::Unavailable { what, why: sight.words });
            }
            sleep(LOOK_EVERY.min(self.left())).await;
        }
    }

    /// A new process is in its release a little after the restart. The lock is held until then, so that
    /// the next mover finds it there and restarts nothing again. What takes longer is watched.
    async fn settle(&self) -> Option<Sight> {
        let until = Instant::now() + SETTLE.min(self.left());
        loop {
            let State { releases, .. } = state::read(self.address).await.ok()?;
            let sight = self.services.look(self.address, &releases).await.ok().flatten();
            match sight {
                Some(sight) if sight.proves(&self.plan.to) => return Some(sight),
                Some(Sight { condition: Condition::Running | Condition::Absent, .. }) if Instant::now() < until => {
                    sleep(SETTLE_LOOK).await;
                }
                _ => return None,
            }
        }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

fn nothing_left(sight: &Sight) -> Findings {
    let mut facts = sight.facts();
    facts.insert("link".to_owned(), "was there".to_owned());
    facts.insert("restart".to_owned(), "not needed".to_owned());
    findings(facts)
}

fn findings(facts: BTreeMap<String, String>) -> Findings {
    Findings { facts, movement: Some(Movement::Moved), ..Findings::default() }
}
