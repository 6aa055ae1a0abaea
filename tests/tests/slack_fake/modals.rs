//! Modals, from the trigger to the answer.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::slack::{ChannelId, FakeSlack, Person, Submitted};

use super::client::{Bot, call, slack};

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

fn form() -> Value {
    let severity: Vec<Value> =
        ["Critical", "High"].iter().map(|name| json!({"text": plain(name), "value": name.to_lowercase()})).collect();
    json!({
        "type": "modal", "title": plain("Roll back"), "submit": plain("Plan"), "callback_id": "rollback",
        "notify_on_close": true, "blocks": [
            {"type": "input", "block_id": "service", "label": plain("Service"), "dispatch_action": true, "element":
                {"type": "external_select", "action_id": "service", "min_query_length": 0}},
            {"type": "input", "block_id": "severity", "label": plain("Severity"), "element":
                {"type": "static_select", "action_id": "severity", "options": severity}},
            {"type": "input", "block_id": "reason", "label": plain("Reason"), "optional": true, "hint": plain("Why?"),
                "element": {"type": "plain_text_input", "action_id": "reason", "min_length": 3, "max_length": 20}},
        ],
    })
}

struct Stage {
    slack: FakeSlack,
    bot: Bot,
    lead: Person,
    channel: ChannelId,
}

impl Stage {
    async fn new() -> Self {
        let (slack, _) = slack().await;
        slack.rules(|rules| rules.rates = false);
        let bot = Bot::listen(&slack).await;
        let lead = slack.person("team lead");
        let channel = slack.channel("operations", &[&lead]);
        Self { slack, bot, lead, channel }
    }

    async fn open(&self) -> Value {
        self.lead.types("/rollback", &self.channel).await;
        let trigger = self.bot.payload()["trigger_id"].clone();
        let answer = call(&self.slack, "views.open", json!({"trigger_id": trigger, "view": form()})).await;
        assert_eq!(answer.outcome(), "ok", "{}", answer.text);
        answer.json()["view"].clone()
    }

    fn offers(&self, names: &[&str]) {
        let options: Vec<Value> = names.iter().map(|name| json!({"text": plain(name), "value": name})).collect();
        self.bot.answers(200, &json!({"options": options}).to_string());
    }
}

#[tokio::test]
async fn a_form_is_filled_and_sent() {
    let stage = Stage::new().await;
    let Stage { slack, bot, lead, .. } = &stage;
    stage.open().await;
    let refused = lead.submits(&[("Reason", "no")]).await;
    let required = "please complete this required field".to_owned();
    let expected = [("Service", required.clone()), ("Severity", required), ("Reason", "at least 3 characters".into())];
    assert_eq!(refused, Submitted::Refused(expected.map(|(label, text)| (label.to_owned(), text)).to_vec()));
    stage.offers(&["api-service", "web-service"]);
    assert_eq!(lead.suggestions("Service", "ser").await, ["api-service", "web-service"]);
    assert_eq!(bot.payload()["value"], "ser");
    stage.offers(&["api-service"]);
    lead.fills("Service", "api-service").await.expect("the bot wants to know");
    assert_eq!(bot.payload()["actions"][0]["selected_option"]["value"], "api-service");
    bot.answers(200, r#"{"response_action": "errors", "errors": {"reason": "Say more."}}"#);
    let errors = lead.submits(&[("Severity", "High"), ("Reason", "slow")]).await;
    assert_eq!(errors, Submitted::Errors(vec![("Reason".into(), "Say more.".into())]));
    assert_snapshot!(lead.modal().unwrap(), @r"
    ═ Roll back
    Service: ▁ api-service
    Severity: ▁ High
    Reason (optional): ▁ slow
      (Why?)
      ✗ Say more.
    [Plan]
    ");
    assert_eq!(lead.submits(&[("Reason", "it is slow")]).await, Submitted::Taken);
    let values = &bot.payload()["view"]["state"]["values"];
    assert_eq!(values["severity"]["severity"]["selected_option"]["value"], "high");
    assert_eq!(values["reason"]["reason"], json!({"type": "plain_text_input", "value": "it is slow"}));
    assert_eq!(lead.modal(), None);
    assert_eq!(slack.complaints(), Vec::<String>::new());
    assert_eq!(slack.leaks_in(&slack.journal_lines()), Vec::<String>::new());
}

#[tokio::test]
async fn a_trigger_is_good_once_and_names_are_unique() {
    let stage = Stage::new().await;
    let slack = &stage.slack;
    stage.open().await;
    let trigger = stage.bot.payload()["trigger_id"].clone();
    let again = call(slack, "views.open", json!({"trigger_id": trigger, "view": form()})).await;
    assert_eq!(again.outcome(), "exchanged_trigger_id");
    stage.lead.types("/rollback", &stage.channel).await;
    let of_command = stage.bot.payload()["trigger_id"].clone();
    let pushed = call(slack, "views.push", json!({"trigger_id": of_command, "view": form()})).await;
    assert_eq!(pushed.outcome(), "invalid_trigger_id", "only what is done in a modal puts another over it");
    let mut named = form();
    named["external_id"] = json!("mine");
    let other = slack.person("developer");
    other.joins(&stage.channel);
    for (person, outcome) in [(&stage.lead, "ok"), (&other, "duplicate_external_id")] {
        person.types("/rollback", &stage.channel).await;
        let trigger = stage.bot.payload()["trigger_id"].clone();
        let opened = call(slack, "views.open", json!({"trigger_id": trigger, "view": named})).await;
        assert_eq!(opened.outcome(), outcome);
    }
}

#[tokio::test]
async fn a_trigger_expires_by_the_clock() {
    let (slack, clock) = slack().await;
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    for (wait, outcome) in [(3000, "ok"), (3001, "expired_trigger_id")] {
        lead.types("/rollback", &channel).await;
        let trigger = bot.payload()["trigger_id"].clone();
        clock.advance(Duration::from_millis(wait));
        let opened = call(&slack, "views.open", json!({"trigger_id": trigger, "view": form()})).await;
        assert_eq!(opened.outcome(), outcome);
    }
}

#[tokio::test]
async fn modals_change_and_stack() {
    let stage = Stage::new().await;
    let Stage { slack, bot, lead, .. } = &stage;
    let view = stage.open().await;
    let twice = json!({"view_id": view["id"], "hash": view["hash"], "view": form()});
    assert_eq!(call(slack, "views.update", twice.clone()).await.outcome(), "ok");
    assert_eq!(call(slack, "views.update", twice).await.outcome(), "hash_conflict");
    for outcome in ["ok", "ok", "push_limit_reached"] {
        stage.offers(&["api-service"]);
        lead.fills("Service", "api-service").await;
        let trigger = bot.payload()["trigger_id"].clone();
        let pushed = call(slack, "views.push", json!({"trigger_id": trigger, "view": form()})).await;
        assert_eq!(pushed.outcome(), outcome);
    }
    lead.closes_modal().await.expect("the bot wants to know");
    assert_eq!(bot.payload()["type"], "view_closed");
    stage.offers(&["api-service"]);
    lead.fills("Service", "api-service").await;
    bot.answers(200, r#"{"response_action": "clear"}"#);
    assert_eq!(lead.submits(&[("Severity", "High")]).await, Submitted::Taken);
    assert_eq!(lead.modal(), None);
}

#[tokio::test]
async fn an_answer_that_means_nothing_fails() {
    let stage = Stage::new().await;
    let Stage { slack, bot, lead, .. } = &stage;
    stage.open().await;
    stage.offers(&["api-service"]);
    let bad = [
        (200, r#"{"response_action": "errors", "errors": {"nowhere": "x"}}"#),
        (200, r#"{"response_action": "dance"}"#),
        (200, r#"{"response_action": "update", "view": {"type": "modal"}}"#),
        (500, ""),
    ];
    lead.fills("Service", "api-service").await;
    for (status, body) in bad {
        bot.answers(status, body);
        let submitted = lead.submits(&[("Severity", "High")]).await;
        assert!(matches!(submitted, Submitted::Failed(_)), "{body}: {submitted:?}");
    }
    assert!(slack.complaints().len() >= bad.len());
    bot.answers(200, r#"{"options": [{"text": {"type": "plain_text", "text": ""}, "value": "x"}]}"#);
    assert_eq!(lead.suggestions("Service", "x").await, Vec::<String>::new());
    assert_eq!(slack.complaints().len(), 1);
    let home = json!({"type": "home", "blocks": [{"type": "header", "text": plain("Open incidents")}]});
    assert_eq!(call(slack, "views.publish", json!({"user_id": lead.id, "view": home})).await.outcome(), "ok");
    let stale = json!({"user_id": lead.id, "hash": "1.h1", "view": home});
    assert_eq!(call(slack, "views.publish", stale).await.outcome(), "hash_conflict");
    assert_eq!(lead.home().unwrap(), "═ \n# Open incidents");
}
