//! What ran when, good and bad; and what would be chosen, and why.

use crate::ledger::{Choice, Ledger, Marking, NoChoice, Sighting};
use crate::model::{Block, MarkCause, Message, Note, Service, TargetName, Tone, Version};
use crate::notify::clean::line;
use crate::notify::plan::section;
use crate::notify::text::{say, sentence};
use crate::notify::words::{self, Words, fact};
use crate::ports::Candidate;

/// How many sightings and marks are listed of each sort, the newest first.
const LISTED: usize = 10;

/// What the ledger saw, what it thinks, and what the platform still has.
#[must_use]
pub fn history(
    words: &Words<'_>,
    service: &Service,
    ledger: &Ledger,
    candidates: &[(TargetName, Vec<Candidate>)],
) -> Message {
    let key = words::service(&service.key);
    let mut message = Message::line(Tone::Plain, say("history-title", &[("service", &key)]));
    let seen = ledger.sightings().iter().rev().take(LISTED).map(|sighting| seen(words, ledger, sighting));
    let seen: Vec<String> = seen.collect();
    if seen.is_empty() {
        message.blocks.push(Block::Text(say("history-nothing-seen", &[])));
    }
    section(&mut message.blocks, say("history-seen", &[]), seen);
    let marks = ledger.marks().iter().rev().take(LISTED).map(|mark| marked(words, mark));
    section(&mut message.blocks, say("history-marks", &[]), marks.collect());
    for (target, candidates) in candidates {
        let lines = candidates.iter().take(LISTED).map(|candidate| offered(words, ledger, candidate));
        section(&mut message.blocks, say("history-candidates", &[("target", target)]), lines.collect());
    }
    message
}

fn version_or_revision(version: Option<&Version>, revision: &crate::model::Revision) -> String {
    version.map_or_else(|| say("word-revision", &[("revision", revision)]), ToString::to_string)
}

fn standing_of(ledger: &Ledger, version: Option<&Version>) -> String {
    words::standing(version.map_or(crate::model::Standing::Unproven, |version| ledger.standing(version)))
}

fn seen(words: &Words<'_>, ledger: &Ledger, sighting: &Sighting) -> String {
    let version = sighting.version.as_ref();
    say(
        "history-sighting",
        &[
            ("at", &words.moment(sighting.at)),
            ("target", &sighting.target),
            ("version", &version_or_revision(version, &sighting.revision)),
            ("standing", &standing_of(ledger, version)),
        ],
    )
}

fn marked(words: &Words<'_>, mark: &Marking) -> String {
    let version = mark.version.as_ref().map_or_else(|| say("word-not-known", &[]), ToString::to_string);
    let cause = match &mark.cause {
        MarkCause::Soaked => say("history-soaked", &[]),
        MarkCause::RolledBackFrom(rollback) => say("history-rolled-back-from", &[("rollback", rollback)]),
        MarkCause::Said { because } => {
            say("history-said", &[("who", &words.actor(&mark.actor)), ("because", &line(because))])
        }
    };
    let (at, standing) = (words.moment(mark.at), words::standing(mark.standing));
    say("history-mark", &[("at", &at), ("version", &version), ("standing", &standing), ("cause", &cause)])
}

fn offered(words: &Words<'_>, ledger: &Ledger, candidate: &Candidate) -> String {
    let version = candidate.version.as_ref();
    let created = candidate.created.map_or_else(|| say("word-not-known", &[]), |at| words.moment(at));
    let (named, standing) = (version_or_revision(version, &candidate.revision), standing_of(ledger, version));
    let arguments: [(&'static str, &dyn std::fmt::Display); 4] =
        [("version", &named), ("revision", &candidate.revision), ("created", &created), ("standing", &standing)];
    let is_named_twice = version.is_none_or(|version| version.to_string() == candidate.revision.to_string());
    if is_named_twice { say("history-candidate", &arguments) } else { say("history-candidate-revision", &arguments) }
}

/// What would be chosen without a version, and why. `running` is what the platform says of each target.
#[must_use]
pub fn why(
    words: &Words<'_>,
    service: &Service,
    ledger: &Ledger,
    running: &[(TargetName, Option<Version>)],
    choice: &Result<Choice, NoChoice>,
) -> Message {
    let key = words::service(&service.key);
    let mut message = Message::line(Tone::Plain, say("why-title", &[("service", &key)]));
    for (target, version) in running {
        let version = version.as_ref().map_or_else(|| say("word-not-known", &[]), ToString::to_string);
        let label = say("why-running", &[("target", target)]);
        message.facts.push(fact(label, version));
    }
    match choice {
        Ok(choice) => message.facts.extend(chosen(words, ledger, choice)),
        Err(NoChoice::NothingGood) => message.blocks.push(Block::Text(sentence(&Note::new("no-good-version")))),
        Err(NoChoice::NothingBefore) => message.blocks.push(Block::Text(sentence(&Note::new("nothing-before")))),
    }
    message.blocks.push(Block::Text(say("why-rule", &[])));
    message
}

fn chosen(words: &Words<'_>, ledger: &Ledger, choice: &Choice) -> Vec<crate::model::Fact> {
    let mut facts = vec![fact(say("why-chosen", &[]), choice.version.to_string())];
    facts.push(fact(say("why-standing", &[]), words::standing(choice.standing)));
    let mut newest_first = ledger.sightings().iter().rev();
    let last = newest_first.find(|sighting| sighting.version.as_ref() == Some(&choice.version));
    let last = last.map_or_else(|| say("why-never-seen", &[]), |sighting| words.moment(sighting.at));
    facts.push(fact(say("why-last-seen", &[]), last));
    if let Some(mark) = ledger.marking(&choice.version) {
        facts.push(fact(say("why-mark", &[]), marked(words, mark)));
    }
    facts
}
