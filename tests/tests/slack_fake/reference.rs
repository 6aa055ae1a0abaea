//! The fake's own table against the published method reference, and the reference against what it must
//! find.

use serde_json::{Value, json};
use tests::slack::reference::{Reference, own_methods};

use super::client::{call, get, slack};
use super::did_not_run;

#[test]
fn methods_are_as_in_the_method_reference() {
    let Some(reference) = Reference::find() else {
        return did_not_run("methods_are_as_in_the_method_reference");
    };
    for own in own_methods() {
        let method = reference.method(own.name).unwrap_or_else(|| panic!("{} is no method", own.name));
        assert_eq!(own.tier, method["rate_limits"], "{}", own.name);
        assert_eq!(own.json, method["json_input_supported"] == true, "{} takes JSON", own.name);
        let known = &method["args"]["properties"];
        let required = method["args"]["required"].as_array().unwrap();
        for (name, is_required) in &own.arguments {
            assert!(known[name].is_object(), "{} has no argument {name}", own.name);
            assert_eq!(*is_required, required.contains(&json!(name)), "{} needs {name}", own.name);
        }
        let of_bots: Vec<&str> =
            method["scope"]["bot"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for scope in &own.scopes {
            assert!(of_bots.contains(scope), "{} does not take {scope} but {of_bots:?}", own.name);
        }
        assert_eq!(own.scopes.is_empty(), of_bots.is_empty(), "{} and scopes {of_bots:?}", own.name);
    }
}

#[tokio::test]
async fn the_journal_is_held_against_the_method_reference() {
    let Some(reference) = Reference::find() else {
        return did_not_run("the_journal_is_held_against_the_method_reference");
    };
    let (slack, _) = slack().await;
    let channel = slack.channel("operations", &[]).0;
    call(&slack, "chat.postMessage", json!({"channel": channel, "text": "x", "blocks": [{"type": "divider"}]})).await;
    get(&slack, "conversations.list", &[("limit", "10"), ("exclude_archived", "true")]).await;
    get(&slack, "auth.test", &[]).await;
    assert_eq!(reference.problems(&slack.journal()), Vec::<String>::new());
    let good = slack.journal().len();
    call(&slack, "chat.postMessage", json!({"text": "x", "colour": "red", "mrkdwn": "maybe"})).await;
    call(&slack, "conversations.info", json!({"channel": channel})).await;
    call(&slack, "conversations.invite", json!({"channel": channel, "users": ["U1"]})).await;
    call(&slack, "bookmarks.add", json!({"title": "x".repeat(257), "type": "link", "access_level": "all"})).await;
    call(&slack, "chat.sing", json!({})).await;
    insta::assert_snapshot!(reference.problems(&slack.journal()[good..]).join("\n"), @r"
    chat.postMessage (4): channel is missing
    chat.postMessage (4): colour is unknown
    chat.postMessage (4): mrkdwn is of another type
    conversations.info (5): takes no JSON
    conversations.invite (6): users is of another type
    bookmarks.add (7): access_level is none of its values
    bookmarks.add (7): title has 257 characters
    chat.sing (8): there is no such method
    ");
}
