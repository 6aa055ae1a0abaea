//! The room of an incident: made once, complete, mended, put away.

use commands::model::IncidentEvent;
use jiff::SignedDuration;
use tests::slack::Trouble;

use super::rig::{ASK, By, ROOM, Rig};

/// The codes of what the timeline says is missing.
async fn missing(rig: &Rig) -> Vec<String> {
    let seen = tests::harness::Reader::of(&rig.scene).look().await;
    let timeline = seen.incidents[0].timeline.iter();
    let failed = timeline.filter_map(|entry| match &entry.event {
        IncidentEvent::RoomFailed { trouble, .. } => Some(trouble.why.code.clone()),
        _ => None,
    });
    failed.collect()
}

#[tokio::test]
async fn a_name_that_is_taken_gets_a_number() {
    let rig = Rig::with(By::Socket, |rig| {
        let other = rig.person("lead").clone();
        let _ = rig.slack.channel(ROOM, &[&other]);
    })
    .await;
    rig.says("on-call", ASK).await;
    rig.shown("on-call", &format!("{ROOM}-2"), "[Approve!]").await;
    assert!(rig.sees("on-call", &rig.operations).contains(&format!("#{ROOM}-2")));
    rig.finish();
}

#[tokio::test]
async fn a_room_has_its_people_topic_plan_and_links() {
    let rig = Rig::with(By::Socket, |rig| {
        let link = |title: &str, url: &str| (title.to_owned(), url.to_owned());
        rig.scene.settings.rooms.bookmarks = vec![
            link("Dashboard", "https://dashboards.example.com/{service}"),
            link("Runbook", "https://runbooks.example.com/{service}?environment={environment}"),
        ];
    })
    .await;
    rig.says("lead", ASK).await;
    let proposal = rig.shown("lead", "room", "[Approve!]").await;
    rig.pass(3).await;
    let mut members = rig.slack.members(&rig.room());
    members.sort();
    assert_eq!(members, ["incident commander", "on-call engineer", "stakeholder", "switchback", "team lead"]);
    let screen = rig.sees("lead", &rig.room());
    assert!(screen.contains("🔖 Dashboard → https://dashboards.example.com/api-service\n"), "{screen}");
    assert!(
        screen.contains("🔖 Runbook → https://runbooks.example.com/api-service?environment=production\n"),
        "{screen}"
    );
    assert!(screen.contains("switchback (pinned"), "{screen}");
    rig.clicks("on-call", "Approve", &proposal).await;
    rig.shown("lead", "room", "incident report").await;
    rig.pass(5).await;
    assert!(rig.sees("lead", &rig.room()).contains("🔖 Incident report"));
    rig.finish();
}

#[tokio::test]
async fn what_cannot_be_given_is_noted_once_and_the_rollback_goes_on() {
    let rig = Rig::with(By::Socket, |rig| {
        rig.scene.settings.rooms.bookmarks = vec![("Runbook".to_owned(), "https://runbooks.example.com".to_owned())];
        let nobody = commands::model::Identity {
            user: "U0GONE".to_owned(),
            ..rig.scene.settings.persons[3].identities[0].clone()
        };
        rig.scene.settings.persons[3].identities = vec![nobody];
        rig.slack.fail_next("conversations.setTopic", 1, Trouble::Refused("restricted_action"));
        rig.slack.fail_next("pins.add", 1, Trouble::Refused("too_many_pins"));
        rig.slack.fail_next("bookmarks.add", 1, Trouble::Refused("too_many_bookmarks"));
    })
    .await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    rig.shown("on-call", "room", "incident report").await;
    rig.pass(60).await;
    let mut codes = missing(&rig).await;
    codes.sort();
    assert_eq!(codes, ["room-bookmark-failed", "room-invite-failed", "room-pin-failed", "room-topic-failed"]);
    let mut members = rig.slack.members(&rig.room());
    members.sort();
    assert_eq!(members, ["on-call engineer", "stakeholder", "switchback", "team lead"], "the others came all the same");
    rig.finish();
}

#[tokio::test]
async fn repair_makes_again_what_is_missing() {
    let rig = Rig::start().await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.pass(5).await;
    let room = rig.room();
    rig.slack.remove_message(&proposal);
    rig.says("lead", "/rollback repair").await;
    let again = rig.proposal().await;
    rig.pass(5).await;
    assert_ne!(again, proposal);
    assert_eq!(rig.room(), room, "the room itself was there");
    assert_eq!(rig.count(&room, "[Approve!]"), 1);
    assert!(rig.sees("on-call", &room).contains("switchback (pinned"), "{}", rig.sees("on-call", &room) + &rig.calls());
    rig.slack.archive(&room);
    rig.says("lead", "/rollback repair INC-2024-0115-001").await;
    rig.pass(10).await;
    let screen = rig.sees("on-call", &rig.room());
    let other = rig.slack.find_channel(&format!("{ROOM}-2"));
    let usable = !screen.contains("(archived)") || other.is_some_and(|other| rig.count(&other, "[Approve!]") == 1);
    assert!(usable, "{screen}\n{}", rig.calls());
    rig.finish();
}

#[tokio::test]
async fn a_room_is_archived_when_it_was_closed_for_long_enough() {
    let rig = Rig::with(By::Socket, |rig| {
        rig.scene.settings.rooms.archive_after = Some(SignedDuration::from_hours(48));
    })
    .await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    let report = rig.shown("on-call", "room", "[Close incident!]").await;
    rig.pass(60).await;
    rig.clicks("on-call", "Close incident", &report).await;
    rig.pass_hours(40).await;
    assert!(!rig.sees("on-call", &rig.room()).contains("(archived)"));
    rig.pass_hours(9).await;
    assert!(
        rig.sees("on-call", &rig.room()).contains("(archived)"),
        "{} {:#?}",
        rig.calls(),
        tests::harness::Reader::of(&rig.scene).look().await.incidents[0].timeline
    );
    rig.pass_hours(2).await;
    assert_eq!(rig.slack.calls("conversations.archive").len(), 1);
    rig.finish();
}

#[tokio::test]
async fn a_private_room_is_seen_by_those_whom_it_concerns() {
    let rig = Rig::with(By::Socket, |rig| rig.private_rooms = true).await;
    let outsider = rig.slack.person("developer");
    rig.says("on-call", ASK).await;
    rig.proposal().await;
    assert!(!outsider.can_see(&rig.room()));
    assert!(rig.person("commander").can_see(&rig.room()));
    rig.finish();
}
