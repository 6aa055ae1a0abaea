//! People see what they would see, and can do only that.

use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::slack::Kind;

use super::client::{Bot, call, client, send, slack};

fn card(buttons: &[&str]) -> Value {
    let elements: Vec<Value> = buttons
        .iter()
        .map(|label| {
            json!({
                "type": "button", "action_id": label, "value": "1", "text": {"type": "plain_text", "text": label},
                "confirm": {
                    "title": {"type": "plain_text", "text": "Sure?"}, "text": {"type": "plain_text", "text": "Really?"},
                    "confirm": {"type": "plain_text", "text": "Yes"}, "deny": {"type": "plain_text", "text": "No"},
                },
            })
        })
        .collect();
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": "Roll back <api>"}}),
        json!({"type": "section", "text": {"type": "mrkdwn", "text": "to *v1.2.9* &lt;!channel&gt;"}}),
    ];
    if !elements.is_empty() {
        blocks.push(json!({"type": "actions", "elements": elements}));
    }
    json!(blocks)
}

#[tokio::test]
async fn a_command_is_answered_for_its_author_alone() {
    let (slack, _) = slack().await;
    let bot = Bot::listen(&slack).await;
    let (lead, other) = (slack.person("team lead"), slack.person("developer"));
    let channel = slack.channel("operations", &[&lead, &other]);
    bot.answers(200, r#"{"text": "Planning…"}"#);
    let delivery = lead.types("/rollback api-service <v1.2.9>", &channel).await.unwrap();
    assert!(delivery.acknowledged, "{delivery:?}");
    let sent = bot.payload();
    assert_eq!(
        (sent["command"].clone(), sent["text"].clone()),
        (json!("/rollback"), json!("api-service &lt;v1.2.9&gt;"))
    );
    let url = sent["response_url"].as_str().unwrap().to_owned();
    for number in 1..=6 {
        let answer = json!({"text": format!("answer {number}"), "response_type": "in_channel"});
        let answer = send(client().post(&url).json(&answer)).await;
        assert_eq!(answer.status, if number < 6 { 200 } else { 404 }, "{answer:?}");
        assert!(answer.text.contains(if number < 6 { "ok" } else { "used_url" }), "{answer:?}");
    }
    assert_snapshot!(lead.sees(&channel), @r"
    #operations
    switchback (only you): Planning…
    switchback: answer 1
    switchback: answer 2
    switchback: answer 3
    switchback: answer 4
    switchback: answer 5
    ");
    assert_snapshot!(other.sees(&channel), @r"
    #operations
    switchback: answer 1
    switchback: answer 2
    switchback: answer 3
    switchback: answer 4
    switchback: answer 5
    ");
    assert_eq!(slack.complaints(), Vec::<String>::new());
    assert_eq!(slack.leaks_in(&slack.journal_lines()), Vec::<String>::new());
    assert_eq!(slack.leaks_in(&url).len(), 1);
}

#[tokio::test]
async fn a_payload_of_any_kind_can_be_sent() {
    let (slack, _) = slack().await;
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let direct = slack.direct_channel(&lead);
    lead.types("/rollback", &direct).await;
    assert_eq!(bot.payload()["channel_name"], "directmessage");
    slack.delivers(Kind::Interactive, &json!({"type": "nonsense", "team": null})).await;
    assert_eq!(bot.payload(), json!({"type": "nonsense", "team": null}));
    slack.delivers(Kind::EventsApi, &json!([])).await;
    assert_eq!(bot.payload(), json!([]));
}

#[tokio::test]
async fn only_members_see_a_private_channel() {
    let (slack, _) = slack().await;
    let (lead, other) = (slack.person("team lead"), slack.person("developer"));
    let (closed, open) = (slack.private_channel("closed", &[&lead]), slack.channel("open", &[&lead]));
    assert!(lead.can_see(&closed) && other.can_see(&open) && !other.can_see(&closed));
    let told = json!({"channel": closed.0, "user": lead.id, "text": "for you"});
    assert_eq!(call(&slack, "chat.postEphemeral", told).await.outcome(), "ok");
    assert!(lead.finds(&closed, "for you").is_some() && other.finds(&closed, "for you").is_none());
    slack.archive(&closed);
    assert!(lead.sees(&closed).starts_with("#closed (archived)"));
}

#[tokio::test]
async fn a_menu_is_picked_and_a_dialog_can_be_left() {
    let (slack, _) = slack().await;
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let menu = json!({
        "type": "static_select", "action_id": "severity", "placeholder": plain("Severity"),
        "options": [{"text": plain("P1 & P2"), "value": "high"}],
    });
    let mut blocks = card(&["Approve"]);
    blocks.as_array_mut().unwrap().push(json!({"type": "section", "text": plain("Change"), "accessory": menu}));
    call(&slack, "chat.postMessage", json!({"channel": channel.0, "text": "x", "blocks": blocks})).await;
    let message = slack.until_shown(&lead, &channel, "[▾ Severity]").await;
    assert_eq!(lead.hesitates("Approve", &message).text, "Really?");
    assert_eq!(bot.count(), 0);
    lead.picks("Severity", "P1 & P2", &message).await;
    let chosen = &bot.payload()["actions"][0]["selected_option"];
    assert_eq!((&chosen["value"], &chosen["text"]["text"]), (&json!("high"), &json!("P1 &amp; P2")));
}

#[tokio::test]
async fn an_answer_replaces_or_removes_what_was_clicked() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    for method in ["chat.postMessage", "chat.postEphemeral"] {
        let mut message = json!({"channel": channel.0, "text": "x", "blocks": card(&["Approve"])});
        if method == "chat.postEphemeral" {
            message["user"] = json!(lead.id);
        }
        call(&slack, method, message).await;
        let card = slack.until_shown(&lead, &channel, "[Approve!]").await;
        lead.clicks("Approve", &card).await;
        let url = bot.payload()["response_url"].as_str().unwrap().to_owned();
        let answer = |body: Value| send(client().post(&url).json(&body));
        assert_eq!(answer(json!({"replace_original": true, "text": "Approved."})).await.status, 200);
        assert_eq!(slack.text_of(&card), "Approved.");
        assert_eq!(answer(json!({"delete_original": true})).await.status, 200);
        assert!(lead.finds(&channel, "Approved.").is_none());
        assert_eq!(answer(json!({"text": ""})).await.json()["error"], "no_text");
    }
}

#[tokio::test]
async fn a_reply_address_is_good_for_half_an_hour() {
    let (slack, clock) = slack().await;
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    lead.types("/rollback", &channel).await;
    let url = bot.payload()["response_url"].as_str().unwrap().to_owned();
    for (wait, status, text) in [(30 * 60, 200, "ok"), (1, 404, "expired_url")] {
        clock.advance(std::time::Duration::from_secs(wait));
        let answer = send(client().post(&url).json(&json!({"text": "x"}))).await;
        assert!(answer.status == status && answer.text.contains(text), "{answer:?}");
    }
}

#[tokio::test]
async fn a_button_can_be_clicked_while_it_is_there() {
    let (slack, clock) = slack().await;
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let posted = call(
        &slack,
        "chat.postMessage",
        json!({"channel": channel.0, "text": "x", "blocks": card(&["Approve", "Deny"])}),
    )
    .await;
    let ts = posted.json()["ts"].clone();
    let message = slack.until_shown(&lead, &channel, "Roll back").await;
    assert_snapshot!(lead.sees(&channel), @r"
    #operations
    switchback: # Roll back <api>
      to *v1.2.9* <!channel>
      [Approve!] [Deny!]
    ");
    let remembered = lead.remembers(&message);
    let click = lead.clicks("Approve", &message).await;
    assert_eq!(click.confirm.unwrap().title, "Sure?");
    assert_eq!(bot.payload()["actions"][0]["action_id"], "Approve");
    clock.advance(std::time::Duration::from_secs(1));
    let updated =
        call(&slack, "chat.update", json!({"channel": channel.0, "ts": ts, "text": "x", "blocks": card(&[])})).await;
    assert_eq!(updated.outcome(), "ok");
    assert!(!lead.could_click("Approve", &message));
    assert_snapshot!(lead.sees(&channel), @r"
    #operations
    switchback (edited): # Roll back <api>
      to *v1.2.9* <!channel>
    ");
    // A slow screen still shows it.
    remembered.clicks("Deny").await;
    assert_eq!(bot.payload()["actions"][0]["action_id"], "Deny");
    assert_eq!(bot.count(), 2);
}
