//! Which version to go back to, where none or only `previous` was typed.

use super::Ledger;
use crate::model::{Standing, TargetName, Version, Wanted};

/// What was chosen, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The version.
    pub version: Version,
    /// What the ledger thinks of it.
    pub standing: Standing,
}

/// Why nothing could be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoChoice {
    /// No version is marked good that is not running.
    NothingGood,
    /// Nothing else was seen running before what runs now.
    NothingBefore,
}

/// Chooses a version of a service by what the bot itself saw; `running` is what the platform says now.
///
/// # Errors
/// [`NoChoice`] where the ledger holds nothing fit: the platform's history is never guessed from.
pub fn choose(
    ledger: &Ledger,
    wanted: &Wanted,
    target: &TargetName,
    running: Option<&Version>,
) -> Result<Choice, NoChoice> {
    let chosen = match wanted {
        Wanted::Version(version) => Some(version.clone()),
        Wanted::LastGood => last_good(ledger, running),
        Wanted::Previous => previous(ledger, target, running),
    };
    let none = if *wanted == Wanted::Previous { NoChoice::NothingBefore } else { NoChoice::NothingGood };
    let version = chosen.ok_or(none)?;
    let standing = ledger.standing(&version);
    Ok(Choice { version, standing })
}

/// Of the versions that are good and not running, the one that ran last; one that nobody saw running
/// counts from the moment at which it was marked.
fn last_good(ledger: &Ledger, running: Option<&Version>) -> Option<Version> {
    let good = ledger.marks().iter().filter(|mark| mark.standing == Standing::Good);
    let candidates = good.filter_map(|mark| Some((mark.version.clone()?, mark.at)));
    let fit = candidates.filter(|(version, _)| Some(version) != running && ledger.standing(version) == Standing::Good);
    let newest = fit.max_by_key(|(version, marked_at)| last_seen(ledger, version).unwrap_or(*marked_at))?;
    Some(newest.0)
}

fn last_seen(ledger: &Ledger, version: &Version) -> Option<jiff::Timestamp> {
    let mut newest_first = ledger.sightings().iter().rev();
    newest_first.find(|sighting| sighting.version.as_ref() == Some(version)).map(|sighting| sighting.at)
}

/// What ran on the target before what runs now.
fn previous(ledger: &Ledger, target: &TargetName, running: Option<&Version>) -> Option<Version> {
    let seen = ledger.sightings().iter().rev().filter(|sighting| sighting.target == *target);
    let mut versions = seen.filter_map(|sighting| sighting.version.clone());
    versions.find(|version| Some(version) != running)
}
