//! Forms: that of a request, and that of the text for users.

use insta::assert_snapshot;
use tests::slack::{Submitted, Trouble};

use super::rig::{ASK, By, Rig, place};

const VERSION: &str = "Version to go back to (the last good one if left empty)";

#[tokio::test]
async fn the_command_alone_opens_a_form_that_is_filled_from_the_catalogue() {
    for by in [By::Socket, By::Http] {
        let rig = Rig::with(by, |_| {}).await;
        rig.says("on-call", "/rollback").await;
        let person = rig.person("on-call");
        let form = person.until_modal("Service").await;
        assert_snapshot!("request_form", form);
        assert_eq!(person.suggestions("Service", "api").await, ["api-service (production)"]);
        assert_eq!(person.suggestions("Service", "").await.len(), 2);
        assert_eq!(person.suggestions("Service", "nothing").await, Vec::<String>::new());
        person.fills("Service", "api-service (production)").await;
        let offered = person.suggestions(VERSION, "v1.2").await;
        assert!(offered.contains(&"v1.2.9".to_owned()) && !offered.contains(&"v1.3.0".to_owned()), "{offered:?}");
        let sent = person
            .submits(&[
                (VERSION, "v1.2.9"),
                ("How bad it is for users", "Critical: outage, data loss or a security breach"),
                ("Reason", "answers are <slow> & late"),
            ])
            .await;
        assert_eq!(sent, Submitted::Taken);
        let proposal = rig.proposal().await;
        let text = rig.slack.text_of(&proposal);
        assert!(text.contains("critical (P1)") && text.contains("“answers are <slow> & late”"), "{text}");
        let told = rig.told("on-call", &rig.operations);
        assert!(told.contains("proposed"), "the answer comes where the form was opened: {told}");
        rig.finish();
    }
}

#[tokio::test]
async fn a_form_that_slack_does_not_open_is_help_in_words() {
    let rig = Rig::start().await;
    rig.slack.fail_next("views.open", 1, Trouble::Refused("expired_trigger_id"));
    rig.says("on-call", "/rollback").await;
    rig.pass(2).await;
    assert!(rig.told("on-call", &rig.operations).contains("What you can type"));
    assert_eq!(rig.person("on-call").modal(), None);
    rig.check();
}

async fn ended(rig: &Rig) -> tests::slack::MessageId {
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    let draft = rig.shown("on-call", "room", "not published yet").await;
    rig.pass(3).await;
    draft
}

#[tokio::test]
async fn the_text_for_users_is_edited_and_published_by_one_who_may() {
    let rig = Rig::with(By::Socket, |rig| rig.scene.settings.rooms.publish = vec![place(&rig.users)]).await;
    let draft = ended(&rig).await;
    assert_eq!(rig.count(&rig.users, "text for users"), 0, "nobody has said that users may read it");
    rig.clicks("stakeholder", "Publish", &draft).await;
    rig.pass(3).await;
    assert!(rig.told("stakeholder", &rig.room()).contains("may publish it"));
    let old = rig.person("on-call").remembers(&draft);
    rig.clicks("on-call", "Edit", &draft).await;
    let person = rig.person("on-call");
    let form = person.until_modal("What users will read").await;
    assert!(form.contains("we rolled back api-service"), "{form}");
    let text = "All is well again.\n<!channel> *sorry* & thanks";
    let sent = person.submits(&[("What users will read, once it is published", text)]).await;
    assert_eq!(sent, Submitted::Taken);
    rig.shown("on-call", "room", "All is well again.").await;
    rig.pass(3).await;
    old.clicks("Publish").await;
    rig.pass(3).await;
    assert!(rig.told("on-call", &rig.room()).contains("another one now"), "what was shown is what is published");
    assert_eq!(rig.count(&rig.users, "All is well again."), 0);
    rig.clicks("on-call", "Publish", &draft).await;
    rig.shown("on-call", "users", "All is well again.").await;
    rig.pass(5).await;
    assert_snapshot!(rig.sees("on-call", &rig.users), @"
    #users
    switchback: # ✅ INC-2024-0115-001/1: text for users
      All is well again.
      <!channel> *sorry* & thanks
    ");
    assert!(!person.could_click("Publish", &draft) && !person.could_click("Edit", &draft));
    old.clicks("Edit").await;
    rig.pass(3).await;
    assert!(rig.told("on-call", &rig.room()).contains("published already"));
    assert!(rig.slack.notified().iter().all(|notified| notified.whom.starts_with("@U")), "nobody was called by it");
    rig.finish();
}
