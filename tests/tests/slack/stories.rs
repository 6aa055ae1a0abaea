//! From the first word to the incident report, as people read it.

use insta::assert_snapshot;

use super::rig::{ASK, By, Rig};

#[tokio::test]
async fn request_to_report() {
    for by in [By::Socket, By::Http] {
        let rig = Rig::with(by, |_| {}).await;
        rig.says("on-call", ASK).await;
        let proposal = rig.proposal().await;
        let asked = rig.person("on-call").hesitates("Approve", &proposal);
        assert_eq!(asked.text, "Roll back api-service (production) from v1.3.0 to v1.2.9? Plan e4bd66d9.");
        rig.clicks("on-call", "Approve", &proposal).await;
        rig.shown("on-call", "room", "incident report").await;
        rig.pass(70).await;
        assert_snapshot!("room", rig.sees("on-call", &rig.room()));
        assert_snapshot!("operations", rig.sees("on-call", &rig.operations));
        assert_snapshot!("status", rig.sees("stakeholder", &rig.status));
        rig.finish();
    }
}

#[tokio::test]
async fn a_denial() {
    let rig = Rig::start().await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Deny", &proposal).await;
    rig.shown("on-call", "status", "denied").await;
    rig.pass(5).await;
    assert!(!rig.person("on-call").could_click("Approve", &proposal), "its buttons mean nothing any more");
    assert_snapshot!(rig.told("on-call", &rig.room()), @"switchback (only you): # • INC-2024-0115-001/1: denied. No target has moved.");
    rig.finish();
}

#[tokio::test]
async fn whoever_may_not_is_told_so_alone() {
    let rig = Rig::start().await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("lead", "Approve", &proposal).await;
    rig.pass(2).await;
    assert_snapshot!(rig.told("lead", &rig.room()), @"
    switchback (only you): # ⚠ Not done
      *May do it:* On-call engineer
      Your role does not count here. Needed: on-call.
    ");
    assert_eq!(rig.told("on-call", &rig.room()), "");
    assert!(rig.person("on-call").could_click("Approve", &proposal));
    rig.finish();
}

#[tokio::test]
async fn a_guest_of_another_workspace_is_somebody_else() {
    let rig = Rig::start().await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    let guest = rig.slack.guest("guest");
    guest.joins(&rig.room());
    let click = guest.clicks("Approve", &proposal).await;
    assert!(click.delivery.acknowledged);
    rig.pass(2).await;
    let seen = guest.sees(&rig.room());
    assert!(
        seen.contains("(only you): # ⚠ Not done") && seen.contains(&format!("slack:{}/", tests::slack::OTHER_TEAM)),
        "{seen}"
    );
    assert!(rig.person("on-call").could_click("Approve", &proposal));
    rig.finish();
}

#[tokio::test]
async fn a_second_click_is_answered_in_words() {
    let rig = Rig::with(By::Socket, |rig| {
        let policy = &mut rig.scene.service("api-service").policy;
        policy.p2.votes = 2;
        policy.p2.roles.insert(commands::model::Role::IncidentCommander);
    })
    .await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    let before = rig.person("on-call").remembers(&proposal);
    let (one, two) = tokio::join!(before.clicks("Approve"), before.clicks("Approve"));
    assert!(one.delivery.acknowledged && two.delivery.acknowledged);
    rig.pass(3).await;
    let told = rig.told("on-call", &rig.room());
    assert!(told.contains("your vote counts. 1 of 2") && told.contains("You voted for this plan already."), "{told}");
    rig.finish();
}

/// Its screen was slow: the card that it shows is long over.
#[tokio::test]
async fn a_click_on_an_old_card_is_answered_in_words_also_after_a_restart() {
    let mut rig = Rig::start().await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    let old = rig.person("on-call").remembers(&proposal);
    rig.pass_minutes(31).await;
    assert!(!rig.person("on-call").could_click("Approve", &proposal));
    old.clicks("Approve").await;
    rig.pass(3).await;
    let told = rig.told("on-call", &rig.room());
    assert!(told.contains("Not done") && told.contains("expired"), "{told}");
    rig.bots.last_mut().unwrap().stop().await;
    rig.start_bot().await;
    rig.pass(15).await;
    let before = told.matches("Not done").count();
    old.clicks("Deny").await;
    rig.pass(3).await;
    assert_eq!(rig.told("on-call", &rig.room()).matches("Not done").count(), before + 1);
    rig.finish();
}

#[tokio::test]
async fn what_is_not_understood_or_unknown_is_answered_where_it_was_typed() {
    let rig = Rig::start().await;
    rig.says("on-call", "/rollback api-servise v1.2.9").await;
    rig.says("on-call", "/rollback approve").await;
    rig.says("on-call", "/rollback help deny").await;
    rig.pass(3).await;
    let told = rig.told("on-call", &rig.operations);
    for words in ["Not understood", "api-service", "No request waits for a decision", "Ends the request"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!(rig.told("lead", &rig.operations), "");
    rig.finish();
}

#[tokio::test]
async fn a_step_that_fails_asks_and_people_answer_by_buttons() {
    let rig = Rig::with(By::Socket, |rig| rig.scene.platform.set_sick("api", "v1.2.9", true)).await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    let question = rig.shown("on-call", "room", "needs an answer").await;
    rig.scene.platform.set_sick("api", "v1.2.9", false);
    rig.clicks("on-call", "Retry", &question).await;
    rig.shown("on-call", "room", "incident report").await;
    rig.pass(5).await;
    assert!(rig.slack.text_of(&question).contains("the question is settled"));
    assert!(!rig.person("on-call").could_click("Retry", &question));
    rig.finish();
}
