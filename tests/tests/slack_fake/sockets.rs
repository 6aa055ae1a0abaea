//! Socket Mode.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tests::slack::{FakeSlack, Trouble};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::client::{Answer, client, send, slack};

type Socket = WebSocketStream<TcpStream>;

async fn open(slack: &FakeSlack) -> Answer {
    let url = format!("{}/apps.connections.open", slack.api_base());
    let token = format!("Bearer {}", slack.app_token());
    send(client().post(url).header("authorization", token)).await
}

async fn url(slack: &FakeSlack) -> String {
    open(slack).await.json()["url"].as_str().unwrap().to_owned()
}

async fn connect(url: &str) -> Result<Socket, String> {
    let host = url.strip_prefix("ws://").unwrap().split('/').next().unwrap();
    let stream = TcpStream::connect(host).await.unwrap();
    let connected = tokio_tungstenite::client_async(url, stream).await;
    connected.map(|(socket, _)| socket).map_err(|error| error.to_string())
}

/// A socket that has said hello.
async fn socket(slack: &FakeSlack) -> Socket {
    let mut socket = connect(&url(slack).await).await.unwrap();
    assert_eq!(next(&mut socket).await["type"], "hello");
    socket
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.expect("the socket is open").expect("it is well") {
            Frame::Text(text) => return serde_json::from_str(text.as_str()).unwrap(),
            Frame::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn acknowledge(socket: &mut Socket, envelope: &Value, payload: Value) {
    let mut ack = json!({"envelope_id": envelope["envelope_id"]});
    if !payload.is_null() {
        ack["payload"] = payload;
    }
    socket.send(Frame::text(ack.to_string())).await.unwrap();
}

#[tokio::test]
async fn a_command_goes_over_one_socket_and_each_has_its_turn() {
    let (slack, _) = slack().await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let (mut first, mut second) = (socket(&slack).await, socket(&slack).await);
    let mut seen = Vec::new();
    for number in 0..2 {
        let bot = async {
            tokio::select! {
                envelope = next(&mut first) => {
                    acknowledge(&mut first, &envelope, json!({"text": format!("answer {number}")})).await;
                    ("first", envelope)
                }
                envelope = next(&mut second) => {
                    acknowledge(&mut second, &envelope, json!({"text": format!("answer {number}")})).await;
                    ("second", envelope)
                }
            }
        };
        let (delivery, (over, envelope)) = tokio::join!(lead.types("/rollback api", &channel), bot);
        assert!(delivery.unwrap().acknowledged);
        assert_eq!(envelope["type"], "slash_commands");
        assert_eq!(envelope["payload"]["command"], "/rollback");
        seen.push(over);
    }
    seen.sort_unstable();
    assert_eq!(seen, ["first", "second"]);
    insta::assert_snapshot!(lead.sees(&channel), @r"
    #operations
    switchback (only you): answer 0
    switchback (only you): answer 1
    ");
    assert_eq!(slack.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn an_address_is_good_once_and_there_are_ten_sockets_at_most() {
    let (slack, _) = slack().await;
    let address = url(&slack).await;
    let mut open = vec![connect(&address).await.unwrap()];
    assert!(connect(&address).await.is_err(), "an address must be good once");
    assert!(connect(&address.replace("ticket=", "ticket=x")).await.is_err());
    for _ in 1..10 {
        open.push(socket(&slack).await);
    }
    slack.until_sockets(10).await;
    let mut eleventh = connect(&url(&slack).await).await.unwrap();
    assert_eq!(next(&mut eleventh).await["reason"], "too_many_websockets");
    assert!(matches!(eleventh.next().await, Some(Ok(Frame::Close(_)))));
    assert_eq!(slack.sockets(), 10);
}

#[tokio::test]
async fn what_is_not_acknowledged_fails_before_the_eyes_of_its_author() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.patience = Duration::from_millis(50));
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    lead.types("/rollback nobody", &channel).await;
    let mut silent = socket(&slack).await;
    lead.types("/rollback silent", &channel).await;
    let late = next(&mut silent).await;
    acknowledge(&mut silent, &late, Value::Null).await;
    acknowledge(&mut silent, &json!({"envelope_id": "unheard-of"}), Value::Null).await;
    insta::assert_snapshot!(lead.sees(&channel), @r#"
    #operations
    Slackbot (only you): /rollback failed with the error "dispatch_failed"
    Slackbot (only you): /rollback failed with the error "operation_timeout"
    "#);
    let mut complaints = Vec::new();
    slack
        .until("four complaints", |slack| {
            complaints.extend(slack.complaints());
            (complaints.len() >= 4).then_some(())
        })
        .await;
    insta::assert_snapshot!(complaints.join("\n"), @r"
    slash_commands was not acknowledged: dispatch_failed
    slash_commands was not acknowledged: operation_timeout
    envelope-0003 was acknowledged too late
    unheard-of is not awaited
    ");
}

#[tokio::test]
async fn a_late_acknowledgement_is_late_by_the_clock_too() {
    let (slack, clock) = slack().await;
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let mut bot = socket(&slack).await;
    let answering = async {
        let envelope = next(&mut bot).await;
        clock.advance(Duration::from_millis(3001));
        acknowledge(&mut bot, &envelope, Value::Null).await;
    };
    let (delivery, ()) = tokio::join!(lead.types("/rollback api", &channel), answering);
    assert_eq!(delivery.unwrap().failure.as_deref(), Some("operation_timeout"));
}

#[tokio::test]
async fn sockets_break_in_every_way() {
    let (slack, _) = slack().await;
    slack.rules(|rules| rules.patience = Duration::from_millis(50));
    let lead = slack.person("team lead");
    let channel = slack.channel("operations", &[&lead]);
    let mut bot = socket(&slack).await;
    slack.socket_says(0, "{garbage");
    slack.socket_says_bytes(0, &[0xff, 0]);
    slack.socket_pings(0);
    assert!(matches!(bot.next().await, Some(Ok(Frame::Text(text))) if text.as_str() == "{garbage"));
    assert!(matches!(bot.next().await, Some(Ok(Frame::Binary(_)))));
    assert!(matches!(bot.next().await, Some(Ok(Frame::Ping(_)))));
    slack.disconnect_socket(0, "warning");
    assert_eq!(next(&mut bot).await["reason"], "warning");
    assert_eq!(slack.sockets(), 1);
    slack.disconnect_socket(0, "refresh_requested");
    assert_eq!(next(&mut bot).await["reason"], "refresh_requested");
    assert!(matches!(bot.next().await, Some(Ok(Frame::Close(_)))));
    slack.until_sockets(0).await;

    let mut frozen = socket(&slack).await;
    slack.freeze_socket(0);
    assert!(!lead.types("/rollback frozen", &channel).await.unwrap().acknowledged);
    frozen.send(Frame::Ping("are you there".into())).await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(50), frozen.next()).await;
    assert!(silence.is_err(), "a frozen socket said {silence:?}");
    slack.cut_socket(0);
    assert!(matches!(frozen.next().await, Some(Err(_)) | None));
    slack.until_sockets(0).await;
}

#[tokio::test]
async fn an_envelope_may_come_twice_and_an_opening_may_fail() {
    let (slack, _) = slack().await;
    let (mut first, mut second) = (socket(&slack).await, socket(&slack).await);
    slack.double_next_envelope();
    let bot = async {
        let (one, two) = tokio::join!(next(&mut first), next(&mut second));
        acknowledge(&mut first, &one, Value::Null).await;
        acknowledge(&mut second, &two, Value::Null).await;
        (one, two)
    };
    let event = json!({"type": "app_home_opened"});
    let (delivery, (one, two)) = tokio::join!(slack.sends_event(&event), bot);
    assert!(delivery.acknowledged);
    assert_eq!(one, two);
    assert_eq!(one["type"], "events_api");
    slack.fail_next("socket", 1, Trouble::ServerError(503));
    assert!(connect(&url(&slack).await).await.is_err());
    slack.fail_next("socket", 1, Trouble::Reset);
    assert!(connect(&url(&slack).await).await.is_err());
    slack.goes_away();
    slack.until_sockets(0).await;
    slack.heal();
    assert_eq!(open(&slack).await.outcome(), "ok");
    assert_eq!(slack.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn an_event_comes_again_by_the_clock() {
    let (slack, clock) = slack().await;
    slack.rules(|rules| rules.patience = Duration::from_millis(50));
    let mut bot = socket(&slack).await;
    assert!(!slack.sends_event(&json!({"type": "app_home_opened"})).await.acknowledged);
    let first = next(&mut bot).await;
    assert_eq!(first["retry_attempt"], 0);
    for (attempt, wait) in [(1, 0), (2, 60), (3, 240)] {
        if wait > 0 {
            assert_eq!(slack.redeliver_due().await.len(), 0, "attempt {attempt} came early");
            clock.advance(Duration::from_secs(wait));
        }
        assert_eq!(slack.redeliver_due().await.len(), 1, "attempt {attempt}");
        let again = next(&mut bot).await;
        assert_eq!((&again["retry_attempt"], &again["retry_reason"]), (&json!(attempt), &json!("http_timeout")));
        assert_eq!(again["payload"]["event_id"], first["payload"]["event_id"]);
    }
    clock.advance(Duration::from_secs(3600));
    assert_eq!(slack.redeliver_due().await.len(), 0);
}
