//! Every limit that is a number: as much is taken, one more is refused.

use serde_json::{Value, json};

use super::client::{Bot, call, slack};

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn plain(length: usize) -> Value {
    json!({"type": "plain_text", "text": text(length)})
}

fn button(number: usize) -> Value {
    json!({"type": "button", "action_id": format!("a{number}"), "text": plain(1)})
}

fn with(mut value: Value, name: &str, field: Value) -> Value {
    value[name] = field;
    value
}

fn actions(element: Value) -> Value {
    json!([{"type": "actions", "elements": [element]}])
}

fn confirm(name: &str, length: usize) -> Value {
    let dialog = json!({"title": plain(1), "text": plain(1), "confirm": plain(1), "deny": plain(1)});
    actions(with(button(1), "confirm", with(dialog, name, plain(length))))
}

fn options(count: usize) -> Value {
    (0..count).map(|number| json!({"text": plain(1), "value": number.to_string()})).collect()
}

fn select(kind: &str, count: usize) -> Value {
    json!({"type": kind, "action_id": "a", "options": options(count)})
}

fn many(count: usize, one: impl Fn(usize) -> Value) -> Value {
    (0..count).map(one).collect()
}

type Limit = (&'static str, usize, fn(usize) -> Value);

/// Blocks of a message.
const BLOCKS: [Limit; 27] = [
    ("blocks in a message", 50, |most| many(most, |_| json!({"type": "divider"}))),
    ("section text", 3000, |most| json!([{"type": "section", "text": plain(most)}])),
    ("section field", 2000, |most| json!([{"type": "section", "fields": [plain(most)]}])),
    ("section fields", 10, |most| json!([{"type": "section", "fields": many(most, |_| plain(1))}])),
    ("header", 150, |most| json!([{"type": "header", "text": plain(most)}])),
    ("context elements", 10, |most| json!([{"type": "context", "elements": many(most, |_| plain(1))}])),
    ("actions", 25, |most| json!([{"type": "actions", "elements": many(most, button)}])),
    ("action id", 255, |most| actions(with(button(1), "action_id", json!(text(most))))),
    ("block id", 255, |most| json!([{"type": "divider", "block_id": text(most)}])),
    ("button label", 75, |most| actions(with(button(1), "text", plain(most)))),
    ("button value", 2000, |most| actions(with(button(1), "value", json!(text(most))))),
    ("button link", 3000, |most| actions(with(button(1), "url", json!(text(most))))),
    ("confirm title", 100, |most| confirm("title", most)),
    ("confirm text", 300, |most| confirm("text", most)),
    ("confirm button", 30, |most| confirm("confirm", most)),
    ("deny button", 30, |most| confirm("deny", most)),
    ("options of a select", 100, |most| actions(select("static_select", most))),
    ("options of an overflow menu", 5, |most| actions(select("overflow", most))),
    ("radio buttons", 10, |most| actions(select("radio_buttons", most))),
    ("checkboxes", 10, |most| actions(select("checkboxes", most))),
    ("option text", 75, |most| {
        actions(with(select("static_select", 1), "options", json!([{"text": plain(most), "value": "1"}])))
    }),
    ("option value", 150, |most| {
        actions(with(select("static_select", 1), "options", json!([{"text": plain(1), "value": text(most)}])))
    }),
    ("option description", 75, |most| {
        let option = json!([{"text": plain(1), "value": "1", "description": plain(most)}]);
        actions(with(select("static_select", 1), "options", option))
    }),
    ("placeholder", 150, |most| actions(with(select("static_select", 1), "placeholder", plain(most)))),
    ("markdown block", 12_000, |most| json!([{"type": "markdown", "text": text(most)}])),
    (
        "image description",
        2000,
        |most| json!([{"type": "image", "image_url": "https://example.com/a.png", "alt_text": text(most)}]),
    ),
    (
        "input label",
        2000,
        |most| json!([{"type": "input", "label": plain(most), "element": {"type": "plain_text_input", "action_id": "a"}}]),
    ),
];

#[tokio::test]
async fn blocks() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let channel = slack.channel("operations", &[]).0;
    for (name, most, build) in BLOCKS {
        let taken =
            call(&slack, "chat.postMessage", json!({"channel": channel, "text": "x", "blocks": build(most)})).await;
        assert_eq!(taken.outcome(), "ok", "{name}: {most} must be taken: {}", taken.text);
        let beyond = json!({"channel": channel, "text": "x", "blocks": build(most + 1)});
        let refused = call(&slack, "chat.postMessage", beyond).await;
        assert_eq!(refused.outcome(), "invalid_blocks", "{name}: {} must be refused", most + 1);
        assert!(refused.text.contains("[json-pointer:/blocks"), "{}", refused.text);
    }
}

#[tokio::test]
async fn blocks_together() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let channel = slack.channel("operations", &[]).0;
    let sections = |last: usize| many(5, |number| json!([plain(3000), plain(last)][usize::from(number == 4)]));
    let blocks = |last: usize| -> Value {
        let sections = sections(last);
        many(5, |number| json!({"type": "section", "text": sections[number]}))
    };
    let most = 13_422 - 4 * 3000 - 5 * 125;
    let post = |last| json!({"channel": channel, "text": "x", "blocks": blocks(last)});
    let posted = call(&slack, "chat.postMessage", post(most)).await;
    assert_eq!(posted.outcome(), "ok");
    assert_eq!(call(&slack, "chat.postMessage", post(most + 1)).await.outcome(), "msg_blocks_too_long");
    let mut edit = post(most + 1);
    edit["ts"] = posted.json()["ts"].clone();
    assert_eq!(call(&slack, "chat.update", edit).await.outcome(), "msg_too_long");
}

fn modal(name: &str, field: Value) -> Value {
    let divider = json!([{"type": "divider"}]);
    with(json!({"type": "modal", "title": plain(1), "blocks": divider}), name, field)
}

/// Fields of a modal.
const VIEWS: [Limit; 8] = [
    ("title", 24, |most| modal("title", plain(most))),
    ("submit", 24, |most| modal("submit", plain(most))),
    ("close", 24, |most| modal("close", plain(most))),
    ("private metadata", 3000, |most| modal("private_metadata", json!(text(most)))),
    ("callback id", 255, |most| modal("callback_id", json!(text(most)))),
    ("external id", 255, |most| modal("external_id", json!(text(most)))),
    ("blocks of a view", 100, |most| modal("blocks", many(most, |_| json!({"type": "divider"})))),
    ("length of an input", 3000, |most| {
        let element = json!({"type": "plain_text_input", "max_length": most});
        with(modal("blocks", json!([{"type": "input", "label": plain(1), "element": element}])), "submit", plain(1))
    }),
];

#[tokio::test]
async fn views() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let bot = Bot::listen(&slack).await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    for (name, most, build) in VIEWS {
        for (length, outcome) in [(most, "ok"), (most + 1, "invalid_arguments")] {
            lead.types("/rollback", &channel).await;
            let trigger = bot.payload()["trigger_id"].clone();
            let answer = call(&slack, "views.open", json!({"trigger_id": trigger, "view": build(length)})).await;
            assert_eq!(answer.outcome(), outcome, "{name}: {length}: {}", answer.text);
        }
    }
}

type Argument = (&'static str, &'static str, usize, &'static str, fn(&str, usize) -> Value);

/// Arguments of methods, with the word of the refusal.
const ARGUMENTS: [Argument; 9] = [
    ("channel name", "conversations.create", 80, "invalid_name_maxlength", |_, most| json!({"name": text(most)})),
    ("topic", "conversations.setTopic", 250, "too_long", |id, most| json!({"channel": id, "topic": text(most)})),
    ("purpose", "conversations.setPurpose", 250, "too_long", |id, most| json!({"channel": id, "purpose": text(most)})),
    (
        "bookmark title",
        "bookmarks.add",
        256,
        "invalid_arguments",
        |id, most| json!({"channel_id": id, "type": "link", "link": "https://example.com", "title": text(most)}),
    ),
    (
        "bookmark link",
        "bookmarks.add",
        2048,
        "invalid_arguments",
        |id, most| json!({"channel_id": id, "type": "link", "title": "x", "link": format!("https://{}", text(most - 8))}),
    ),
    (
        "markdown",
        "chat.postMessage",
        12_000,
        "msg_too_long",
        |id, most| json!({"channel": id, "markdown_text": text(most)}),
    ),
    (
        "attachments",
        "chat.postMessage",
        100,
        "too_many_attachments",
        |id, most| json!({"channel": id, "text": "x", "attachments": many(most, |_| json!({"text": "x"}))}),
    ),
    (
        "edited text",
        "chat.update",
        4000,
        "msg_too_long",
        |id, most| json!({"channel": id, "ts": "$TS", "text": text(most)}),
    ),
    (
        "bookmarks",
        "bookmarks.add",
        3,
        "too_many_bookmarks",
        |id, _| json!({"channel_id": id, "type": "link", "title": "x", "link": "https://example.com"}),
    ),
];

#[tokio::test]
async fn arguments() {
    let (slack, _) = slack().await;
    slack.rules(|rules| (rules.rates, rules.bookmarks) = (false, 3));
    let channel = slack.channel("operations", &[]).0;
    let posted = call(&slack, "chat.postMessage", json!({"channel": channel, "text": "x"})).await.json();
    for (name, method, most, code, build) in ARGUMENTS {
        for (length, outcome) in [(most, "ok"), (most + 1, code)] {
            let mut arguments = build(&channel, length);
            if arguments["ts"] == "$TS" {
                arguments["ts"] = posted["ts"].clone();
            }
            let answer = call(&slack, method, arguments).await;
            assert_eq!(answer.outcome(), outcome, "{name}: {length}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn invitations_and_pins_have_an_end() {
    let (slack, _) = slack().await;
    slack.rules(|rules| (rules.rates, rules.pins) = (false, 1));
    let channel = slack.channel("operations", &[]).0;
    let crowd: Vec<String> = (0..101).map(|number| slack.person(&format!("developer {number}")).id).collect();
    let too_many = call(&slack, "conversations.invite", json!({"channel": channel, "users": crowd.join(",")})).await;
    assert_eq!(too_many.outcome(), "invalid_arguments");
    let enough =
        call(&slack, "conversations.invite", json!({"channel": channel, "users": crowd[..100].join(",")})).await;
    assert_eq!(enough.outcome(), "ok");
    for outcome in ["ok", "too_many_pins"] {
        let posted = call(&slack, "chat.postMessage", json!({"channel": channel, "text": "x"})).await.json();
        let pinned = call(&slack, "pins.add", json!({"channel": channel, "timestamp": posted["ts"]})).await;
        assert_eq!(pinned.outcome(), outcome);
    }
}
