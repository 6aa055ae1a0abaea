//! Typed text, and the outside world's words, stay data.

use crate::model::*;
use crate::notify::story::{Story, plan, step};
use crate::report::{Report, markdown, report};

const MARK: &str = "HOSTILE";

fn hostile() -> String {
    format!(
        "{MARK} <!channel> @everyone *b* `c` [l](http://e) {{ $id }}\n# title\n- item\u{202E}\u{7} {}",
        "x".repeat(9_000)
    )
}

fn everywhere() -> Story {
    let mut story = Story::asked_because(Some(&hostile()));
    let safe = plan("inode 7");
    let circumstances = Circumstances {
        warnings: vec![Note::new("hook-failed").with("hook", hostile())],
        ..safe.circumstances().clone()
    };
    let plan = Plan::new(safe.effects().clone(), circumstances).unwrap();
    story.plan_made(&plan).vote(&plan).event("system", RollbackEvent::Approved { digest: plan.digest() });
    story.event("system", RollbackEvent::Started).begins("backup:api-service", 1);
    let trouble = Trouble::new(Note::new("platform-failed")).saying(hostile());
    let failed = RollbackEvent::StepFailed {
        step: step("backup:api-service"),
        attempt: 1,
        trouble: trouble.clone(),
        findings: Findings { message: hostile(), ..Findings::default() },
        retryable: true,
    };
    story.event("system", failed);
    story.event("system", RollbackEvent::Asked { step: step("backup:api-service"), trouble });
    story
}

#[test]
fn headlines_labels_titles_and_buttons_hold_no_typed_text() {
    let mut seen = 0;
    for showing in everywhere().slots() {
        let message = showing.message;
        let mut ours = vec![message.headline.clone()];
        ours.extend(message.facts.iter().map(|fact| fact.label.clone()));
        ours.extend(message.buttons.iter().map(|button| button.label.clone()));
        ours.extend(message.buttons.iter().filter_map(|button| button.confirm.clone()));
        ours.extend(message.blocks.iter().filter_map(|block| match block {
            Block::Title(title) => Some(title.clone()),
            _ => None,
        }));
        assert!(ours.iter().all(|text| !text.contains(MARK)), "{ours:?}");
        seen += message.facts.iter().filter(|fact| fact.value.contains(MARK)).count();
        for fact in &message.facts {
            assert!(!fact.value.contains('\n') && fact.value.chars().count() < 1_000, "{}", fact.label);
        }
    }
    assert!(seen >= 2, "the reason is shown on cards");
}

#[test]
fn text_that_hides_or_reorders_is_taken_out_everywhere() {
    for showing in everywhere().slots() {
        let text = serde_json::to_string(&showing.message).unwrap();
        assert!(!text.contains('\u{202E}') && !text.contains("\\u0007"), "{}", showing.slot);
    }
}

#[test]
fn arguments_are_never_read_as_sentences() {
    let note = Note::new("hook-failed").with("hook", "{ $id } { note-hook-blocked }");
    let text = crate::notify::text::sentence(&note);
    assert!(text.contains("{ $id } { note-hook-blocked }"), "{text}");
}

#[test]
fn the_report_keeps_its_structure() {
    let story = everywhere();
    let told = story.told();
    let report: Report = report(&story.view(&told));
    let text = markdown(&report, None).unwrap();
    assert!(text.contains("```"), "evidence stands in fences");
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") {
            let closes = fence.as_deref() == Some(trimmed);
            fence = if closes { None } else { fence.or_else(|| Some(trimmed.to_owned())) };
        } else if fence.is_none() {
            assert!(!trimmed.starts_with("# title") && !trimmed.starts_with("- item"), "{line}");
            assert!(!line.contains("<!channel>") || line.contains("\\<!channel\\>"), "{line}");
        }
    }
    assert_eq!(fence, None, "every fence is closed");
    let titles = text.lines().filter(|line| line.starts_with("## ")).count();
    assert_eq!(titles, 7, "{text}");
}

#[test]
fn every_target_is_named_however_many_there_are() {
    let one = plan("inode 7");
    let mut effects = one.effects().clone();
    for number in 0..60 {
        let mut next = effects.steps[3].clone();
        next.name = step(&format!("roll:api-service/part-{number}"));
        next.action = StepAction::Roll { target: TargetName::new(format!("part-{number}")) };
        effects.steps.push(next);
    }
    let names: Vec<StepName> = effects.steps[9..].iter().map(|step| step.name.clone()).collect();
    let many = Plan::new(effects, one.circumstances().clone()).unwrap();
    let mut story = Story::asked();
    story.plan_made(&many).vote(&many).event("system", RollbackEvent::Approved { digest: many.digest() });
    story.event("system", RollbackEvent::Started);
    story.does("roll:api-service/release", 2, crate::notify::story::moved());
    story.finish(Outcome::Partial { moved: vec![step("roll:api-service/release")], missing: names });
    let progress = story.shows("progress");
    for number in 0..60 {
        assert!(progress.contains(&format!("- part-{number} of api-service (production): not moved")), "{progress}");
    }
}
