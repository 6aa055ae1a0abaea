//! From what a platform knows of a version to one revision, or to what people must be told. The bot never
//! guesses: of several revisions it takes one only where its own ledger calls that one good and no other.

use crate::ledger::Ledger;
use crate::model::{Note, Standing, TargetName, Trouble, Version};
use crate::ports::{Candidate, Resolution};

/// How many revisions are offered in place of one that is not there.
const OFFERED: usize = 8;

/// The one revision, and what is to be said of how it was found.
pub(super) struct Resolved {
    pub(super) candidate: Candidate,
    pub(super) warning: Option<Note>,
}

/// Which revision of this target the version is.
///
/// # Errors
/// None or several; with what there is, and what sets it apart.
pub(super) fn resolve(
    resolution: Resolution,
    ledger: &Ledger,
    target: &TargetName,
    version: &Version,
) -> Result<Resolved, Trouble> {
    match resolution {
        Resolution::Found(candidate) => Ok(Resolved { candidate, warning: None }),
        Resolution::Missing(candidates) => Err(missing(&candidates, ledger, target, version)),
        Resolution::Ambiguous(candidates) => match only_good(&candidates, ledger, target) {
            Some(candidate) => {
                let note = Note::new("version-by-ledger").with("version", version);
                let note = note.with("revision", &candidate.revision).with("count", candidates.len());
                Ok(Resolved { candidate: candidate.clone(), warning: Some(note) })
            }
            None => Err(ambiguous(&candidates, ledger, target, version)),
        },
    }
}

/// The only one of these revisions that the ledger calls good.
fn only_good<'a>(candidates: &'a [Candidate], ledger: &Ledger, target: &TargetName) -> Option<&'a Candidate> {
    let mut good = candidates.iter().filter(|candidate| standing(candidate, ledger, target) == Standing::Good);
    good.next().filter(|_| good.next().is_none())
}

/// The newest mark that names this very revision counts.
fn standing(candidate: &Candidate, ledger: &Ledger, target: &TargetName) -> Standing {
    let names = |revisions: &std::collections::BTreeMap<_, _>| revisions.get(target) == Some(&candidate.revision);
    let mark = ledger.marks().iter().rev().find(|mark| names(&mark.revisions));
    mark.map_or(Standing::Unproven, |mark| mark.standing)
}

fn ambiguous(candidates: &[Candidate], ledger: &Ledger, target: &TargetName, version: &Version) -> Trouble {
    let found: Vec<String> = candidates.iter().map(|candidate| candidate.revision.to_string()).collect();
    let note = Note::new("version-ambiguous").with("version", version).with("available", found.join(", "));
    let describe = |candidate: &Candidate| {
        let standing = match standing(candidate, ledger, target) {
            Standing::Good => "good ",
            Standing::Bad => "bad ",
            Standing::Unproven => "",
        };
        let details: Vec<String> = candidate.details.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {standing}{}", candidate.revision, details.join(" ")).trim_end().to_owned()
    };
    Trouble { why: note, evidence: candidates.iter().map(describe).collect() }
}

/// A version that ran here once is told apart from one that never did: it need not be looked for.
fn missing(candidates: &[Candidate], ledger: &Ledger, target: &TargetName, version: &Version) -> Trouble {
    let name = |candidate: &Candidate| {
        candidate.version.as_ref().map_or_else(|| candidate.revision.to_string(), ToString::to_string)
    };
    let available: Vec<String> = candidates.iter().take(OFFERED).map(name).collect();
    let seen = ledger.sightings().iter().rev();
    let mut seen = seen.filter(|seen| seen.target == *target && seen.version.as_ref() == Some(version));
    let note = match seen.next() {
        Some(seen) => Note::new("version-gone")
            .with("revision", &seen.revision)
            .with("seen", seen.at.strftime("%Y-%m-%d %H:%M UTC")),
        None => Note::new("version-unknown"),
    };
    Trouble::new(note.with("version", version).with("available", available.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ledger::{Marking, Sighting};
    use crate::model::{Actor, MarkCause, Revision};

    fn candidates() -> Vec<Candidate> {
        let candidate = |name: &str, level: &str| Candidate {
            revision: Revision::new(name),
            version: Some(Version::new("v1.2.9")),
            created: None,
            details: BTreeMap::from([("LOG_LEVEL".to_owned(), level.to_owned())]),
        };
        vec![candidate("api-2", "debug"), candidate("api-1", "info")]
    }

    fn mark(revision: &str, standing: Standing) -> Marking {
        Marking {
            version: Some(Version::new("v1.2.9")),
            revisions: BTreeMap::from([("release".into(), Revision::new(revision))]),
            standing,
            cause: MarkCause::Soaked,
            actor: Actor::System,
            at: "2024-01-15T12:00:00Z".parse().unwrap(),
        }
    }

    fn of(marks: &[Marking]) -> Result<Resolved, Trouble> {
        let ledger = Ledger::for_tests(Vec::new(), marks.to_vec());
        resolve(Resolution::Ambiguous(candidates()), &ledger, &"release".into(), &Version::new("v1.2.9"))
    }

    #[test]
    fn of_several_only_one_that_is_proven_is_taken() {
        let resolved = of(&[mark("api-1", Standing::Good)]).ok().unwrap();
        assert_eq!(resolved.candidate.revision.as_str(), "api-1");
        assert_eq!(resolved.warning.unwrap().code, "version-by-ledger");
        for marks in [
            vec![],
            vec![mark("api-1", Standing::Good), mark("api-2", Standing::Good)],
            vec![mark("api-1", Standing::Good), mark("api-1", Standing::Bad)],
        ] {
            assert_eq!(of(&marks).err().unwrap().why.code, "version-ambiguous", "{marks:?}");
        }
        let told = of(&[mark("api-1", Standing::Bad)]).err().unwrap().evidence;
        assert_eq!(told, ["api-2 LOG_LEVEL=debug", "api-1 bad LOG_LEVEL=info"]);
    }

    #[test]
    fn what_ran_here_once_is_gone_and_not_unknown() {
        let seen = Sighting {
            target: "release".into(),
            revision: Revision::new("api-0"),
            version: Some(Version::new("v1.1.0")),
            at: "2024-01-10T08:00:00Z".parse().unwrap(),
        };
        let ledger = Ledger::for_tests(vec![seen], Vec::new());
        let code = |version: &str| {
            let trouble =
                resolve(Resolution::Missing(candidates()), &ledger, &"release".into(), &Version::new(version));
            trouble.err().unwrap().why.code
        };
        assert_eq!(code("v1.1.0"), "version-gone");
        assert_eq!(code("v1.1.1"), "version-unknown");
    }
}
