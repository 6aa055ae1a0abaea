//! What must hold of every slot at every moment of every story.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::model::*;
use crate::notify::slots;
use crate::notify::story::{Story, key, plan, rollback_id, step, trouble};
use crate::report::{markdown, report};

/// A story told by numbers: each chooses one of the events that could come next. What the transition
/// table forbids makes the rollback stand still, which is a story too.
fn told_by(choices: &[u8]) -> Story {
    let mut story = Story::asked();
    for choice in choices {
        let name = ["backup:api-service", "roll:api-service/release", "verify:api-service"][usize::from(choice % 3)];
        let attempt = u32::from(choice % 2) + 1;
        story.later(i64::from(*choice));
        match choice % 21 {
            0..4 => story.plan_made(&plan(if *choice > 128 { "inode 7" } else { "inode 8" })),
            4 => story.vote(&plan("inode 8")),
            5 => story.event("system", RollbackEvent::Approved { digest: plan("inode 8").digest() }),
            6 => story.event("system", RollbackEvent::Started),
            7 | 8 => story.begins(name, attempt),
            9 => story.ends(name, Findings::default()),
            10 => story.fails(name, attempt, true),
            11 => story.event("system", RollbackEvent::Asked { step: step(name), trouble: trouble() }),
            12 => {
                let question = story.last_sequence(1);
                story.event(
                    "lead",
                    RollbackEvent::Answered { question, answer: Answer::Retry, role: Role::TeamLead, because: None },
                )
            }
            13 => story.event("lead", RollbackEvent::AbortRequested { because: None }),
            14 => story.event("system", RollbackEvent::PlanVoided { differences: Vec::new() }),
            15 => story.event("system", RollbackEvent::Reminded { of: Reminder::Question(Sequence(3)) }),
            16 => story.finish(Outcome::Done { skipped: vec![step("unheard of")] }),
            17 => story.incident("system", IncidentEvent::Closed),
            18 => story.incident(
                "system",
                IncidentEvent::Drifted {
                    rollback: rollback_id(7),
                    service: key(),
                    target: "release".into(),
                    now: Revision::new("x"),
                },
            ),
            19 => story.event("system", RollbackEvent::Replaced { by: rollback_id(2) }),
            _ => story.event("system", RollbackEvent::Expired),
        };
    }
    story
}

/// The stories that end, each in its way, and one that nobody wrote.
fn ended() -> Vec<Story> {
    let mut denied = Story::proposed();
    denied.event("lead", RollbackEvent::Denied { role: Some(Role::TeamLead), because: None });
    let mut replaced = Story::paused();
    replaced.event("lead", RollbackEvent::Replaced { by: rollback_id(2) });
    let mut watched = Story::done();
    watched.later(900).event("system", RollbackEvent::WatchEnded);
    let mut aborted = Story::paused();
    aborted.event("lead", RollbackEvent::AbortRequested { because: None });
    aborted.closers().finish(Outcome::Partial { moved: Vec::new(), missing: Vec::new() });
    vec![denied, replaced, watched, aborted]
}

/// Once a slot of a rollback is final its own log changes it no more, and no slot ever goes away.
fn holds_at_every_prefix(story: &Story) {
    let mut finals: BTreeMap<String, Message> = BTreeMap::new();
    let mut known: Vec<SlotId> = Vec::new();
    for length in 1..=story.len() {
        let told = story.told_until(length);
        let view = story.view(&told);
        let showings = slots(&view);
        for slot in &known {
            // The line where it was asked goes when the room turns out to be the same.
            assert!(
                slot.shown_in != ShownIn::Room || showings.iter().any(|showing| showing.slot == *slot),
                "{slot} went"
            );
        }
        for showing in &showings {
            let name = showing.slot.to_string();
            if let Some(before) = finals.get(&name) {
                assert_eq!(*before, showing.message, "{name} was final");
            }
            let own = !matches!(showing.slot.slot, Slot::Report);
            if showing.message.is_final && own {
                assert!(showing.message.buttons.is_empty(), "{name} is final and has buttons");
                finals.insert(name, showing.message.clone());
            }
        }
        known = showings.into_iter().map(|showing| showing.slot).collect();
        let text = markdown(&report(&view), None).unwrap();
        assert!(text.ends_with("_To be written by people._\n"));
    }
}

#[test]
fn every_story_that_ends_keeps_its_final_texts() {
    for story in ended() {
        holds_at_every_prefix(&story);
    }
}

/// The labels and titles are ours: whatever happens, all of them are sentences that exist.
fn no_sentence_is_missing(message: &Message) {
    let text = crate::notify::story::plain(message);
    for room in ["label-", "title-", "headline-", "notice-", "step-not", "note-"] {
        let missing = text.split_whitespace().any(|word| word.starts_with(room));
        assert!(!missing, "{room} in {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_can_be_logged_breaks_a_message(choices in proptest::collection::vec(any::<u8>(), 0..24)) {
        let story = told_by(&choices);
        for length in 1..=story.len() {
            let told = story.told_until(length);
            let view = story.view(&told);
            let shown = slots(&view);
            for showing in &shown {
                no_sentence_is_missing(&showing.message);
            }
        }
        let told = story.told_until(story.len());
        let view = story.view(&told);
        prop_assert_eq!(slots(&view), slots(&view));
        prop_assert!(markdown(&report(&view), None).is_ok());
    }
}
