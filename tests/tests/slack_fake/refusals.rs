//! Every rule that is no number: one request that must be refused, with the word of the refusal. Where the
//! method reference is at hand each word must be one that the method has.

use serde_json::{Value, json};
use tests::slack::FakeSlack;
use tests::slack::reference::{Reference, own_methods};

use super::client::{call, get, slack};

/// What the arguments may name, by words that begin with `$`.
struct Stage {
    slack: FakeSlack,
    names: Vec<(&'static str, String)>,
}

impl Stage {
    async fn new() -> Self {
        let (slack, _) = slack().await;
        slack.rules(|rules| rules.rates = false);
        let (lead, guest) = (slack.person("team lead"), slack.guest("vendor engineer"));
        let operations = slack.channel("operations", &[&lead]);
        let general = slack.channel("general", &[&lead]);
        let (out, secret) = (slack.channel("random", &[&lead]), slack.private_channel("board", &[&lead]));
        slack.remove_bot(&out);
        slack.remove_bot(&secret);
        let old = slack.channel("old-incident", &[&lead]);
        slack.archive(&old);
        let theirs = lead.says("hello", &operations).ts;
        let post = |extra: Value| {
            let mut arguments = json!({"channel": operations.0, "text": "mine"});
            arguments.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let slack = slack.clone();
            async move { call(&slack, "chat.postMessage", arguments).await.json()["ts"].as_str().unwrap().to_owned() }
        };
        let mine = post(json!({})).await;
        let reply = post(json!({"thread_ts": mine})).await;
        let alone = call(&slack, "conversations.create", json!({"name": "alone", "is_private": true})).await.json();
        let direct = slack.direct_channel(&lead);
        let pin = json!({"channel": operations.0, "timestamp": mine});
        assert_eq!(call(&slack, "pins.add", pin).await.outcome(), "ok");
        let reaction = json!({"channel": operations.0, "timestamp": mine, "name": "eyes"});
        assert_eq!(call(&slack, "reactions.add", reaction).await.outcome(), "ok");
        let names = vec![
            ("$LEAD", lead.id),
            ("$GUEST", guest.id),
            ("$BOT", tests::slack::BOT_USER.to_owned()),
            ("$OPERATIONS", operations.0),
            ("$GENERAL", general.0),
            ("$OUT", out.0),
            ("$SECRET", secret.0),
            ("$OLD", old.0),
            ("$ALONE", alone["channel"]["id"].as_str().unwrap().to_owned()),
            ("$DIRECT", direct.0),
            ("$THEIRS", theirs),
            ("$MINE", mine),
            ("$REPLY", reply),
            ("$LONG_AGO", "1000000000.000001".to_owned()),
        ];
        Self { slack, names }
    }

    async fn outcome(&self, method: &str, arguments: &Value) -> String {
        let mut text = arguments.to_string();
        for (name, value) in &self.names {
            text = text.replace(name, value);
        }
        let arguments: Value = serde_json::from_str(&text).unwrap();
        if own_methods().iter().any(|own| own.name == method && !own.json) {
            let fields = arguments.as_object().unwrap().iter();
            let fields: Vec<(&str, String)> = fields.map(|(name, value)| (name.as_str(), plain(value))).collect();
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            return get(&self.slack, method, &fields).await.outcome();
        }
        call(&self.slack, method, arguments).await.outcome()
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn rules() -> Vec<(&'static str, &'static str, Value)> {
    [channels(), reads(), members(), messages(), blocks(), attached(), files_and_views()].concat()
}

fn channels() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("conversations.create", "invalid_name_required", json!({"name": ""})),
        ("conversations.create", "invalid_name_specials", json!({"name": "Incident"})),
        ("conversations.create", "invalid_name_specials", json!({"name": "inc 1"})),
        ("conversations.create", "invalid_name_specials", json!({"name": "störung"})),
        ("conversations.create", "invalid_name_specials", json!({"name": "inc.1"})),
        ("conversations.create", "invalid_name_punctuation", json!({"name": "--__"})),
        ("conversations.create", "name_taken", json!({"name": "operations"})),
        ("conversations.create", "name_taken", json!({"name": "old-incident"})),
        ("conversations.create", "name_taken", json!({"name": "board", "is_private": true})),
        ("conversations.create", "invalid_arguments", json!({})),
        ("conversations.create", "invalid_arguments", json!({"name": "x", "user_ds": "U1"})),
        ("conversations.rename", "name_taken", json!({"channel": "$OPERATIONS", "name": "general"})),
        ("conversations.rename", "not_authorized", json!({"channel": "$OPERATIONS", "name": "ops"})),
        ("conversations.rename", "not_in_channel", json!({"channel": "$OUT", "name": "ops"})),
        ("conversations.archive", "already_archived", json!({"channel": "$OLD"})),
        ("conversations.archive", "cant_archive_general", json!({"channel": "$GENERAL"})),
        ("conversations.archive", "not_in_channel", json!({"channel": "$OUT"})),
        ("conversations.archive", "channel_not_found", json!({"channel": "$SECRET"})),
        ("conversations.archive", "method_not_supported_for_channel_type", json!({"channel": "$DIRECT"})),
        ("conversations.rename", "invalid_name_specials", json!({"channel": "$ALONE", "name": "A"})),
        ("conversations.unarchive", "not_archived", json!({"channel": "$OPERATIONS"})),
        ("conversations.setTopic", "is_archived", json!({"channel": "$OLD", "topic": "x"})),
        ("conversations.setTopic", "not_in_channel", json!({"channel": "$OUT", "topic": "x"})),
        ("conversations.setTopic", "channel_not_found", json!({"channel": "C0", "topic": "x"})),
        ("conversations.setPurpose", "is_archived", json!({"channel": "$OLD", "purpose": "x"})),
        ("conversations.open", "users_list_not_supplied", json!({})),
        ("conversations.open", "invalid_user_combination", json!({"users": "$LEAD,$GUEST"})),
        ("conversations.open", "user_not_found", json!({"users": "U0"})),
        ("conversations.history", "not_in_channel", json!({"channel": "$OUT"})),
        ("conversations.history", "channel_not_found", json!({"channel": "$SECRET"})),
        ("conversations.history", "invalid_cursor", json!({"channel": "$OPERATIONS", "cursor": "x"})),
        ("conversations.history", "invalid_ts_oldest", json!({"channel": "$OPERATIONS", "oldest": "x"})),
        ("conversations.history", "invalid_ts_latest", json!({"channel": "$OPERATIONS", "latest": "x"})),
    ]
}

fn reads() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("conversations.info", "channel_not_found", json!({"channel": "$SECRET"})),
        ("conversations.list", "invalid_types", json!({"types": "public_channel,secret"})),
        ("conversations.list", "invalid_limit", json!({"limit": 1001})),
        ("conversations.list", "invalid_cursor", json!({"cursor": "next:1000"})),
        ("conversations.members", "channel_not_found", json!({"channel": "$SECRET"})),
        ("conversations.replies", "thread_not_found", json!({"channel": "$OPERATIONS", "ts": "$LONG_AGO"})),
        ("conversations.replies", "channel_not_found", json!({"channel": "$OUT", "ts": "$MINE"})),
        ("pins.list", "channel_not_found", json!({"channel": "$SECRET"})),
        ("users.info", "user_not_found", json!({"user": "U0"})),
        ("users.lookupByEmail", "users_not_found", json!({"email": "nobody@example.com"})),
        ("users.lookupByEmail", "users_not_found", json!({"email": "vendor-engineer@example.com"})),
        ("usergroups.users.list", "no_such_subteam", json!({"usergroup": "S0"})),
        ("files.info", "file_not_found", json!({"file": "F0"})),
        ("files.getUploadURLExternal", "invalid_arguments", json!({"length": 0, "filename": "x"})),
        ("files.getUploadURLExternal", "invalid_arguments", json!({"length": "many", "filename": "x"})),
        (
            "files.getUploadURLExternal",
            "alt_txt_too_large",
            json!({"length": 1, "filename": "x", "alt_txt": "x".repeat(1001)}),
        ),
        ("chat.getPermalink", "message_not_found", json!({"channel": "$OPERATIONS", "message_ts": "$LONG_AGO"})),
        ("chat.getPermalink", "channel_not_found", json!({"channel": "$SECRET", "message_ts": "$MINE"})),
    ]
}

fn members() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("conversations.invite", "already_in_channel", json!({"channel": "$OPERATIONS", "users": "$LEAD"})),
        ("conversations.invite", "cant_invite_self", json!({"channel": "$OPERATIONS", "users": "$BOT"})),
        ("conversations.invite", "user_not_found", json!({"channel": "$OPERATIONS", "users": "U0"})),
        ("conversations.invite", "user_not_found", json!({"channel": "$OPERATIONS", "users": "U0", "force": true})),
        ("conversations.invite", "no_external_invite_permission", json!({"channel": "$OPERATIONS", "users": "$GUEST"})),
        ("conversations.invite", "no_user", json!({"channel": "$OPERATIONS", "users": ""})),
        ("conversations.invite", "invalid_array_arg", json!({"channel": "$OPERATIONS", "users": ["$LEAD"]})),
        ("conversations.invite", "not_in_channel", json!({"channel": "$OUT", "users": "$LEAD"})),
        ("conversations.invite", "is_archived", json!({"channel": "$OLD", "users": "$LEAD"})),
        ("conversations.kick", "not_in_channel", json!({"channel": "$OPERATIONS", "user": "$GUEST"})),
        ("conversations.kick", "cant_kick_self", json!({"channel": "$OPERATIONS", "user": "$BOT"})),
        ("conversations.kick", "not_in_channel", json!({"channel": "$OUT", "user": "$LEAD"})),
        ("conversations.kick", "cant_kick_from_general", json!({"channel": "$GENERAL", "user": "$LEAD"})),
        ("conversations.join", "is_archived", json!({"channel": "$OLD"})),
        ("conversations.join", "channel_not_found", json!({"channel": "$SECRET"})),
        ("conversations.join", "method_not_supported_for_channel_type", json!({"channel": "$ALONE"})),
        ("conversations.leave", "last_member", json!({"channel": "$ALONE"})),
        ("conversations.leave", "cant_leave_general", json!({"channel": "$GENERAL"})),
    ]
}

fn messages() -> Vec<(&'static str, &'static str, Value)> {
    let metadata = json!({"event_type": "", "event_payload": {}});
    vec![
        ("chat.postMessage", "no_text", json!({"channel": "$OPERATIONS"})),
        ("chat.postMessage", "no_text", json!({"channel": "$OPERATIONS", "text": "", "blocks": []})),
        ("chat.postMessage", "invalid_arguments", json!({"text": "x"})),
        ("chat.postMessage", "invalid_arguments", json!({"channel": "$OPERATIONS", "text": "x", "as_bot": true})),
        ("chat.postMessage", "invalid_arguments", json!({"channel": "$OPERATIONS", "text": "x", "mrkdwn": "maybe"})),
        ("chat.postMessage", "not_in_channel", json!({"channel": "$OUT", "text": "x"})),
        ("chat.postMessage", "channel_not_found", json!({"channel": "$SECRET", "text": "x"})),
        ("chat.postMessage", "is_archived", json!({"channel": "$OLD", "text": "x"})),
        ("chat.postMessage", "invalid_blocks_format", json!({"channel": "$OPERATIONS", "blocks": "[{"})),
        ("chat.postMessage", "invalid_blocks_format", json!({"channel": "$OPERATIONS", "blocks": {}})),
        (
            "chat.postMessage",
            "invalid_metadata_format",
            json!({"channel": "$OPERATIONS", "text": "x", "metadata": metadata}),
        ),
        (
            "chat.postMessage",
            "invalid_metadata_format",
            json!({"channel": "$OPERATIONS", "text": "x", "metadata": "{"}),
        ),
        (
            "chat.postMessage",
            "markdown_text_conflict",
            json!({"channel": "$OPERATIONS", "text": "x", "markdown_text": "x"}),
        ),
        (
            "chat.postMessage",
            "cannot_reply_to_message",
            json!({"channel": "$OPERATIONS", "text": "x", "thread_ts": "$LONG_AGO"}),
        ),
        (
            "chat.postMessage",
            "cannot_reply_to_message",
            json!({"channel": "$OPERATIONS", "text": "x", "thread_ts": "$REPLY"}),
        ),
        ("chat.update", "cant_update_message", json!({"channel": "$OPERATIONS", "ts": "$THEIRS", "text": "x"})),
        ("chat.update", "message_not_found", json!({"channel": "$OPERATIONS", "ts": "$LONG_AGO", "text": "x"})),
        ("chat.update", "channel_not_found", json!({"channel": "C0", "ts": "$MINE", "text": "x"})),
        ("chat.update", "no_text", json!({"channel": "$OPERATIONS", "ts": "$MINE"})),
        ("chat.update", "invalid_attachments", json!({"channel": "$OPERATIONS", "ts": "$MINE", "attachments": "{"})),
        ("chat.delete", "cant_delete_message", json!({"channel": "$OPERATIONS", "ts": "$THEIRS"})),
        ("chat.delete", "message_not_found", json!({"channel": "$OPERATIONS", "ts": "$LONG_AGO"})),
        ("chat.delete", "channel_not_found", json!({"channel": "$SECRET", "ts": "$MINE"})),
        ("chat.postEphemeral", "user_not_in_channel", json!({"channel": "$OPERATIONS", "user": "$GUEST", "text": "x"})),
        ("chat.postEphemeral", "not_in_channel", json!({"channel": "$OUT", "user": "$LEAD", "text": "x"})),
        ("chat.postEphemeral", "no_text", json!({"channel": "$OPERATIONS", "user": "$LEAD"})),
        ("chat.sing", "unknown_method", json!({})),
    ]
}

fn blocks() -> Vec<(&'static str, &'static str, Value)> {
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let button = |id: &str| json!({"type": "button", "action_id": id, "text": plain("x")});
    let actions = |elements: Value| json!([{"type": "actions", "elements": elements}]);
    let invalid = vec![
        json!([{"type": "hologram"}]),
        json!([{}]),
        json!(["divider"]),
        json!([{"type": "section"}]),
        json!([{"type": "section", "text": plain("")}]),
        json!([{"type": "section", "text": "x"}]),
        json!([{"type": "section", "text": {"type": "html", "text": "x"}}]),
        json!([{"type": "section", "fields": []}]),
        json!([{"type": "section", "text": plain("x"), "colour": "red"}]),
        json!([{"type": "section", "text": plain("x"), "accessory": {"type": "plain_text_input"}}]),
        json!([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]),
        json!([{"type": "context", "elements": []}]),
        json!([{"type": "context", "elements": [button("a")]}]),
        json!([{"type": "image", "image_url": "https://example.com/a.png"}]),
        json!([{"type": "image", "alt_text": "x"}]),
        json!([{"type": "markdown", "text": ""}]),
        json!([{"type": "file", "external_id": "x", "source": "remote"}]),
        json!([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]),
        json!([{"type": "divider", "block_id": 1}]),
        actions(json!([])),
        actions(json!([button("a"), button("a")])),
        actions(json!([{"type": "button", "action_id": "a"}])),
        actions(json!([{"type": "button", "text": {"type": "mrkdwn", "text": "x"}}])),
        actions(json!([{"type": "button", "text": plain("x"), "style": "rainbow"}])),
        actions(json!([{"type": "button", "text": plain("x"), "confirm": {"title": plain("x")}}])),
        actions(json!([{"type": "button", "text": plain("x"), "value": 1}])),
        actions(json!([{"type": "static_select", "action_id": "a", "options": []}])),
        actions(json!([{"type": "static_select", "action_id": "a"}])),
        actions(json!([{"type": "static_select", "options": [{"text": plain("x")}]}])),
        actions(json!([{"type": "static_select", "options": [{"text": plain("x"), "value": "1"}],
            "initial_option": {"text": plain("y"), "value": "2"}}])),
        actions(
            json!([{"type": "static_select", "options": [{"text": plain("x"), "value": "1"}], "max_selected_items": 1}]),
        ),
        actions(json!([{"type": "static_select", "option_groups": []}])),
        actions(json!([{"type": "static_select", "options": [{"text": plain("x"), "value": "1"}],
            "option_groups": [{"label": plain("x"), "options": [{"text": plain("x"), "value": "1"}]}]}])),
        actions(
            json!([{"type": "static_select", "option_groups": [{"options": [{"text": plain("x"), "value": "1"}]}]}]),
        ),
        json!([{"type": "rich_text"}]),
        actions(json!([{"type": "lever"}])),
        json!([{"type": "input", "label": plain("x"), "element": button("a")}]),
        json!([{"type": "input", "element": {"type": "plain_text_input"}}]),
    ];
    let post = |blocks| {
        ("chat.postMessage", "invalid_blocks", json!({"channel": "$OPERATIONS", "text": "x", "blocks": blocks}))
    };
    let mut rows: Vec<_> = invalid.into_iter().map(post).collect();
    let attached = json!([{"color": "#ff0000", "blocks": [{"type": "hologram"}]}]);
    rows.push((
        "chat.postMessage",
        "invalid_blocks",
        json!({"channel": "$OPERATIONS", "text": "x", "attachments": attached}),
    ));
    rows
}

fn attached() -> Vec<(&'static str, &'static str, Value)> {
    let bookmark =
        |channel: &str, link: &str| json!({"channel_id": channel, "title": "x", "type": "link", "link": link});
    vec![
        ("pins.add", "already_pinned", json!({"channel": "$OPERATIONS", "timestamp": "$MINE"})),
        ("pins.add", "message_not_found", json!({"channel": "$OPERATIONS", "timestamp": "$LONG_AGO"})),
        ("pins.add", "bad_timestamp", json!({"channel": "$OPERATIONS", "timestamp": "x"})),
        ("pins.add", "no_item_specified", json!({"channel": "$OPERATIONS"})),
        ("pins.add", "not_in_channel", json!({"channel": "$OUT", "timestamp": "$MINE"})),
        ("pins.remove", "no_pin", json!({"channel": "$OPERATIONS", "timestamp": "$THEIRS"})),
        ("bookmarks.add", "access_denied", bookmark("$OUT", "https://example.com")),
        ("bookmarks.add", "channel_not_found", bookmark("$SECRET", "https://example.com")),
        ("bookmarks.add", "invalid_link", bookmark("$OPERATIONS", "javascript:alert(1)")),
        ("bookmarks.add", "permission_denied", bookmark("$OLD", "https://example.com")),
        ("bookmarks.add", "invalid_bookmark_type", json!({"channel_id": "$OPERATIONS", "title": "x", "type": "song"})),
        ("bookmarks.edit", "not_found", json!({"channel_id": "$OPERATIONS", "bookmark_id": "Bk0", "title": "x"})),
        ("bookmarks.remove", "not_found", json!({"channel_id": "$OPERATIONS", "bookmark_id": "Bk0"})),
        ("reactions.add", "already_reacted", json!({"channel": "$OPERATIONS", "timestamp": "$MINE", "name": "eyes"})),
        ("reactions.add", "invalid_name", json!({"channel": "$OPERATIONS", "timestamp": "$MINE", "name": "Two Eyes"})),
        (
            "reactions.add",
            "message_not_found",
            json!({"channel": "$OPERATIONS", "timestamp": "$LONG_AGO", "name": "eyes"}),
        ),
        ("reactions.add", "is_archived", json!({"channel": "$OLD", "timestamp": "$MINE", "name": "eyes"})),
        ("reactions.add", "bad_timestamp", json!({"channel": "$OPERATIONS", "timestamp": "x", "name": "eyes"})),
        ("reactions.remove", "no_reaction", json!({"channel": "$OPERATIONS", "timestamp": "$MINE", "name": "tada"})),
    ]
}

fn files_and_views() -> Vec<(&'static str, &'static str, Value)> {
    let title = json!({"type": "plain_text", "text": "x"});
    let divider = json!([{"type": "divider"}]);
    let view = json!({"type": "modal", "title": title, "blocks": divider});
    let input = json!([{"type": "input", "label": title, "element": {"type": "plain_text_input"}}]);
    let open = |view: Value| json!({"trigger_id": "x", "view": view});
    vec![
        ("files.completeUploadExternal", "file_not_found", json!({"files": [{"id": "F0"}]})),
        ("files.completeUploadExternal", "not_in_channel", json!({"files": [{"id": "F0"}], "channel_id": "$OUT"})),
        (
            "files.completeUploadExternal",
            "internal_error",
            json!({"files": [{"id": "F0"}], "blocks": [{"type": "markdown", "text": "x"}]}),
        ),
        ("files.completeUploadExternal", "invalid_arguments", json!({"files": []})),
        (
            "files.completeUploadExternal",
            "invalid_blocks",
            json!({"files": [{"id": "F0"}], "blocks": [{"type": "hologram"}]}),
        ),
        ("files.delete", "file_not_found", json!({"file": "F0"})),
        ("views.open", "invalid_trigger_id", open(view.clone())),
        ("views.open", "invalid_trigger_id", json!({"view": view})),
        ("views.push", "invalid_trigger_id", open(view.clone())),
        ("views.open", "invalid_arguments", open(json!({"type": "home", "blocks": divider}))),
        ("views.open", "invalid_arguments", open(json!({"type": "modal", "blocks": divider}))),
        ("views.open", "invalid_arguments", open(json!({"type": "modal", "title": title}))),
        ("views.open", "invalid_arguments", open(json!({"type": "modal", "title": title, "blocks": []}))),
        ("views.open", "invalid_arguments", open(json!({"type": "modal", "title": title, "blocks": input}))),
        (
            "views.open",
            "invalid_arguments",
            open(json!({"type": "modal", "title": title, "blocks": divider, "colour": 1})),
        ),
        (
            "views.open",
            "view_too_large",
            open(json!({"type": "modal", "title": title, "private_metadata": "x".repeat(250_000)})),
        ),
        ("views.update", "not_found", json!({"view_id": "V0", "view": view})),
        ("views.publish", "invalid_arguments", json!({"user_id": "$LEAD", "view": view})),
        ("views.publish", "invalid_arguments", json!({"user_id": "U0", "view": {"type": "home", "blocks": divider}})),
    ]
}

#[tokio::test]
async fn each_rule_refuses() {
    let stage = Stage::new().await;
    for (method, code, arguments) in rules() {
        assert_eq!(stage.outcome(method, &arguments).await, code, "{method} {arguments}");
    }
}

#[test]
fn refusals_are_in_the_method_reference() {
    let Some(reference) = Reference::find() else {
        return super::did_not_run("refusals_are_in_the_method_reference");
    };
    let rows = rules();
    let known =
        |(method, code, _): &&(&str, &str, Value)| *method == "chat.sing" || reference.knows_refusal(method, code);
    let unknown: Vec<_> = rows.iter().filter(|row| !known(row)).map(|(method, code, _)| (method, code)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}
