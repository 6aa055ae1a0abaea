//! A client that is used in earnest reads what the fake says: each answer with its own types, and what
//! comes over sockets.

use std::sync::Arc;

use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use slack_morphism::prelude::*;
use tests::slack::{BOT_USER, FakeSlack, Submitted};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::client::slack;

type Connector = SlackClientHyperConnector<HttpConnector>;

fn client(slack: &FakeSlack) -> SlackClient<Connector> {
    SlackClient::new(
        SlackClientHyperConnector::with_connector(HttpConnector::new()).with_slack_api_url(&slack.api_base()),
    )
}

#[tokio::test]
async fn it_reads_every_answer() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let lead = slack.person("team lead");
    let group = slack.group("on-call", &[&lead]);
    let client = client(&slack);
    let token = SlackApiToken::new(slack.bot_token().into());
    let session = client.open_session(&token);
    assert_eq!(session.auth_test().await.unwrap().user_id.0, BOT_USER);
    let created = session.conversations_create(&SlackApiConversationsCreateRequest::new("inc-1".into())).await.unwrap();
    let channel = created.channel.id;
    let content = SlackMessageContent::new().with_text("*plan*".into()).with_blocks(slack_blocks![
        some_into(SlackHeaderBlock::new(pt!("Roll back"))),
        some_into(SlackActionsBlock::new(slack_blocks![some_into(
            SlackBlockButtonElement::new(pt!("Go")).with_action_id("go".into())
        )]))
    ]);
    let posted = SlackApiChatPostMessageRequest::new(channel.clone(), content.clone());
    let posted = session.chat_post_message(&posted).await.unwrap();
    let reply = SlackApiChatPostMessageRequest::new(channel.clone(), SlackMessageContent::new().with_text("x".into()));
    session.chat_post_message(&reply.with_thread_ts(posted.ts.clone())).await.unwrap();
    let update = SlackApiChatUpdateRequest::new(channel.clone(), content, posted.ts.clone());
    assert_eq!(session.chat_update(&update).await.unwrap().ts, posted.ts);
    session.pins_add(&SlackApiPinsAddRequest::new(channel.clone(), posted.ts.clone())).await.unwrap();
    let history = SlackApiConversationsHistoryRequest::new().with_channel(channel.clone());
    assert_eq!(session.conversations_history(&history).await.unwrap().messages.len(), 1);
    let info = SlackApiConversationsInfoRequest::new(channel.clone());
    assert_eq!(session.conversations_info(&info).await.unwrap().channel.name.as_deref(), Some("inc-1"));
    let list = session.conversations_list(&SlackApiConversationsListRequest::new()).await.unwrap();
    assert_eq!(list.channels.len(), 1);
    let members = SlackApiConversationsMembersRequest::new().with_channel(channel.clone());
    assert_eq!(session.conversations_members(&members).await.unwrap().members.len(), 1);
    let user = session.users_info(&SlackApiUsersInfoRequest::new(lead.id.clone().into())).await.unwrap();
    assert_eq!(user.user.real_name.as_deref(), Some("team lead"));
    let groups = SlackApiUserGroupsListRequest::new().with_include_count(true).with_include_users(true);
    assert_eq!(session.usergroups_list(&groups).await.unwrap().usergroups[0].id.0, group);
    let link = SlackApiChatGetPermalinkRequest::new(channel.clone(), posted.ts.clone());
    assert_eq!(session.chat_get_permalink(&link).await.unwrap().channel, channel);

    let promise = SlackApiFilesGetUploadUrlExternalRequest::new("report.md".into(), 6);
    let promise = session.get_upload_url_external(&promise).await.unwrap();
    let upload = SlackApiFilesUploadViaUrlRequest::new(promise.upload_url, b"report".to_vec(), "text/plain".into());
    session.files_upload_via_url(&upload).await.unwrap();
    let file = SlackApiFilesComplete::new(promise.file_id).with_title("Report".into());
    let complete = SlackApiFilesCompleteUploadExternalRequest::new(vec![file]).with_channel_id(channel.clone());
    assert_eq!(session.files_complete_upload_external(&complete).await.unwrap().files.len(), 1);
    assert_eq!(slack.file("Report").as_deref(), Some("report"));

    let again = session.conversations_create(&SlackApiConversationsCreateRequest::new("inc-1".into())).await;
    let told = again.unwrap_err().to_string();
    assert!(told.contains("name_taken"), "{told}");
    let outcomes: Vec<_> = slack.journal().into_iter().filter(|call| !call.is_ok()).map(|call| call.method).collect();
    assert_eq!(outcomes, ["conversations.create"]);
}

/// What the client understood, as JSON.
type Seen = UnboundedSender<Value>;

async fn tell(states: SlackClientEventsUserState, seen: Value) {
    let states = states.read().await;
    states.get_user_state::<Seen>().unwrap().send(seen).unwrap();
}

async fn command(
    event: SlackCommandEvent,
    _: Arc<SlackClient<Connector>>,
    states: SlackClientEventsUserState,
) -> UserCallbackResult<SlackCommandEventResponse> {
    tell(states, serde_json::to_value(&event).unwrap()).await;
    Ok(SlackCommandEventResponse::new(SlackMessageContent::new().with_text("Planning…".into())))
}

async fn interaction(
    event: SlackInteractionEvent,
    _: Arc<SlackClient<Connector>>,
    states: SlackClientEventsUserState,
) -> UserCallbackResult<SlackInteractionResponse> {
    tell(states, serde_json::to_value(&event).unwrap()).await;
    Ok(match event {
        SlackInteractionEvent::BlockSuggestion(asked) => {
            let option = SlackBlockChoiceItem::new(SlackBlockPlainTextOnly::from(asked.value.as_str()), "1".into());
            SlackBlockSuggestionResponse::Options(SlackBlockSuggestionOptions::new(vec![option])).into()
        }
        _ => SlackInteractionResponse::Empty,
    })
}

async fn event(
    event: SlackPushEventCallback,
    _: Arc<SlackClient<Connector>>,
    states: SlackClientEventsUserState,
) -> UserCallbackResult<()> {
    tell(states, json!({"type": "event", "id": event.event_id.0})).await;
    Ok(())
}

fn failed(
    error: Box<dyn std::error::Error + Send + Sync>,
    _: Arc<SlackClient<Connector>>,
    states: SlackClientEventsUserState,
) -> HttpStatusCode {
    let told = json!({"type": "failed", "why": error.to_string()});
    if let Ok(states) = states.try_read() {
        states.get_user_state::<Seen>().unwrap().send(told).unwrap();
    }
    HttpStatusCode::OK
}

/// A client with one socket, and what it understands.
async fn listening(slack: &FakeSlack) -> UnboundedReceiver<Value> {
    let (seen, understood) = unbounded_channel::<Value>();
    let environment = SlackClientEventsListenerEnvironment::new(Arc::new(client(slack)));
    let environment = Arc::new(environment.with_error_handler(failed).with_user_state(seen));
    let callbacks = SlackSocketModeListenerCallbacks::new()
        .with_command_events(command)
        .with_interaction_events(interaction)
        .with_push_events(event);
    let config = SlackClientSocketModeConfig::new().with_max_connections_count(1).with_initial_backoff_in_seconds(0);
    let listener = SlackClientSocketModeListener::new(&config, environment, callbacks);
    listener.listen_for(&SlackApiToken::new(slack.app_token().into())).await.unwrap();
    listener.start().await;
    // It lives for as long as the runtime of the test.
    tokio::spawn(async move {
        std::future::pending::<()>().await;
        listener.shutdown().await;
    });
    slack.until_sockets(1).await;
    understood
}

#[tokio::test]
async fn it_understands_what_comes_over_sockets() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.rates = false);
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let mut understood = listening(&slack).await;
    assert!(lead.types("/rollback api", &channel).await.unwrap().acknowledged);
    let command = understood.recv().await.unwrap();
    assert_eq!((&command["command"], &command["text"]), (&json!("/rollback"), &json!("api")));
    assert!(lead.sees(&channel).contains("switchback (only you): Planning…"));

    let button =
        json!({"type": "button", "action_id": "go", "value": "7", "text": {"type": "plain_text", "text": "Go"}});
    let blocks = json!([{"type": "actions", "elements": [button]}]);
    let metadata = json!({"event_type": "slot", "event_payload": {"attempt": "1"}});
    for method in ["chat.postMessage", "chat.postEphemeral"] {
        let mut message = json!({"channel": channel.0, "text": "card", "blocks": blocks, "metadata": metadata});
        if method == "chat.postEphemeral" {
            message["user"] = json!(lead.id);
        }
        assert_eq!(super::client::call(&slack, method, message).await.outcome(), "ok");
        let card = slack.until_shown(&lead, &channel, "[Go]").await;
        assert!(lead.clicks("Go", &card).await.delivery.acknowledged);
        let click = understood.recv().await.unwrap();
        assert_eq!((&click["type"], &click["actions"][0]["value"]), (&json!("block_actions"), &json!("7")), "{click}");
        assert_eq!(click["message"].is_null(), method == "chat.postEphemeral");
    }
    let select = json!({"type": "external_select", "action_id": "service", "min_query_length": 0});
    let label = json!({"type": "plain_text", "text": "Service"});
    let input = json!({"type": "input", "block_id": "service", "label": label, "element": select});
    let view = json!({"type": "modal", "title": label, "submit": label, "blocks": [input]});
    let trigger = command["trigger_id"].clone();
    let opened = super::client::call(&slack, "views.open", json!({"trigger_id": trigger, "view": view})).await;
    assert_eq!(opened.outcome(), "ok");
    assert_eq!(lead.submits(&[("Service", "api-service")]).await, Submitted::Taken);
    let asked = understood.recv().await.unwrap();
    assert_eq!((&asked["type"], &asked["value"]), (&json!("block_suggestion"), &json!("api-service")));
    let sent = understood.recv().await.unwrap();
    assert_eq!(sent["type"], "view_submission", "{sent}");
    let opened =
        json!({"type": "app_home_opened", "user": lead.id, "channel": channel.0, "tab": "home", "event_ts": "1.1"});
    assert!(slack.sends_event(&opened).await.acknowledged);
    assert_eq!(understood.recv().await.unwrap()["type"], "event");
    assert_eq!(slack.complaints(), Vec::<String>::new());
}
