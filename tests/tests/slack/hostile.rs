//! Whatever comes in: nothing panics, no click is dropped, and no secret stands in the log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tests::slack::{Kind, SignedRequest};
use tracing::subscriber::DefaultGuard;

use super::rig::{ASK, By, Rig};

/// Everything that is logged at any level, by the filter that the bot itself has.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen(&self) -> DefaultGuard {
        let log = self.clone();
        let settings = bot::configuration::Log { level: "trace".to_owned(), ..bot::configuration::Log::default() };
        let subscriber = bot::telemetry::subscriber(&settings, None, move || log.clone(), false).unwrap();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_stands_in_the_log_of_a_whole_story() {
    for by in [By::Socket, By::Http] {
        let log = Log::default();
        let _listening = log.listen();
        let rig = Rig::with(by, |_| {}).await;
        rig.says("on-call", "/rollback").await;
        rig.says("on-call", ASK).await;
        let proposal = rig.proposal().await;
        rig.slack.fail_next("response_url", 2, tests::slack::Trouble::ServerError(500));
        rig.clicks("lead", "Approve", &proposal).await;
        rig.slack.fail_next("chat.update", 2, tests::slack::Trouble::Refused("cant_update_message"));
        rig.slack.cut_sockets();
        rig.slack.until_quiet(std::time::Duration::from_millis(50)).await;
        if by == By::Socket {
            rig.slack.until_sockets(2).await;
        }
        rig.clicks("on-call", "Approve", &proposal).await;
        rig.shown("on-call", "room", "incident report").await;
        let text = log.text();
        assert!(text.len() > 1_000 && text.contains("adapters::chat::slack"), "it hears something: {text}");
        assert_eq!(rig.slack.leaks_in(&text), Vec::<String>::new());
    }
}

/// One change somewhere in a payload: a field that is missing, or of another type.
fn spoil(value: &mut Value, path: &mut impl Iterator<Item = usize>, with: &Value) {
    let Some(turn) = path.next() else {
        *value = with.clone();
        return;
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let name = fields.keys().nth(turn % fields.len()).cloned().unwrap();
            if turn % 7 == 0 {
                fields.remove(&name);
            } else if let Some(inner) = fields.get_mut(&name) {
                spoil(inner, path, with);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let place = turn % items.len();
            spoil(&mut items[place], path, with);
        }
        other => *other = with.clone(),
    }
}

/// Payloads as the fake sends them, of each kind.
async fn payloads(rig: &Rig) -> Vec<(Kind, Value)> {
    rig.says("on-call", "/rollback").await;
    let person = rig.person("on-call");
    person.until_modal("Service").await;
    person.suggestions("Service", "api").await;
    person.fills("Service", "api-service (production)").await;
    let version = "Version to go back to (the last good one if left empty)";
    person.submits(&[(version, "v1.2.9"), ("Reason", "answers are slow")]).await;
    let proposal = rig.proposal().await;
    rig.clicks("lead", "Approve", &proposal).await;
    rig.slack.requests().iter().map(payload).collect()
}

fn payload(request: &SignedRequest) -> (Kind, Value) {
    let fields: serde_json::Map<String, Value> = url::form_urlencoded::parse(&request.body)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    match fields.get("payload").and_then(Value::as_str) {
        Some(text) => (Kind::Interactive, serde_json::from_str(text).unwrap()),
        None => (Kind::SlashCommands, Value::Object(fields)),
    }
}

fn request(rig: &Rig, kind: Kind, payload: &Value) -> SignedRequest {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    if kind == Kind::SlashCommands && payload.is_object() {
        for (name, value) in payload.as_object().into_iter().flatten() {
            form.append_pair(name, value.as_str().unwrap_or("null"));
        }
    } else {
        form.append_pair("payload", &payload.to_string());
    }
    let url = rig.slack.requests()[0].url.clone();
    let at = commands::ports::Clock::now(&*rig.scene.clock).as_second();
    SignedRequest::new(&url, "application/x-www-form-urlencoded", form.finish(), &rig.slack.signing_secret(), at)
}

#[test]
fn no_payload_makes_it_panic_or_speak_of_what_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = Log::default();
    let _listening = log.listen();
    let rig = runtime.block_on(Rig::with(By::Http, |_| {}));
    let known = runtime.block_on(payloads(&rig));
    assert!(known.len() >= 5, "{}", known.len());
    let with = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!("")),
        Just(json!("x".repeat(5_000))),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[]]])),
        Just(json!({ "id": 5 })),
    ];
    let cases = (0..known.len(), prop::collection::vec(0_usize..60, 0..7), with);
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases, |(which, path, with)| {
        let (kind, mut payload) = known[which].clone();
        spoil(&mut payload, &mut path.into_iter(), &with);
        let answer = runtime.block_on(rig.slack.send(&request(&rig, kind, &payload)));
        let status = answer.map(|answer| answer.status).map_err(TestCaseError::fail)?;
        prop_assert!([200, 400, 409].contains(&status), "{status} for {payload}");
        Ok(())
    });
    outcome.unwrap();
    let text = log.text();
    assert!(!text.contains("panic"), "something panicked");
    assert!(text.contains("could not be read"), "some of it could not be read, and that is said");
    assert_eq!(rig.slack.leaks_in(&text), Vec::<String>::new());
}

/// Of a click, only who, where they belong and what it means are needed.
#[tokio::test]
async fn a_click_counts_whatever_else_is_odd_about_it() {
    let rig = Rig::with(By::Http, |_| {}).await;
    rig.says("on-call", ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("lead", "Approve", &proposal).await;
    let clicked = rig.slack.requests().iter().map(payload).find(|(_, payload)| payload["type"] == "block_actions");
    let (_, clicked) = clicked.unwrap();
    let before = rig.told("lead", &rig.room()).matches("Not done").count();
    let fields: Vec<String> = clicked.as_object().unwrap().keys().cloned().collect();
    let odd = fields.iter().filter(|name| !["type", "user", "actions", "trigger_id"].contains(&name.as_str()));
    let mut sent = 0;
    for (number, name) in odd.enumerate() {
        let mut payload = clicked.clone();
        payload[name] = if number % 2 == 0 { json!(null) } else { json!({ "odd": [1] }) };
        payload["trigger_id"] = json!(format!("odd.{number}"));
        let answer = rig.slack.send(&request(&rig, Kind::Interactive, &payload)).await.unwrap();
        assert_eq!(answer.status, 200, "{name}");
        sent += 1;
        rig.pass(2).await;
    }
    let everywhere: String = rig
        .slack
        .channel_names()
        .iter()
        .filter_map(|name| rig.slack.find_channel(name))
        .filter(|channel| rig.person("lead").can_see(channel))
        .map(|channel| rig.told("lead", &channel))
        .collect();
    let told = everywhere.matches("Not done").count();
    assert!(sent >= 8 && told >= before + sent - 3, "{told} answers to {sent} odd clicks");
}

/// What people type stands on every screen as they typed it, and calls nobody.
#[tokio::test]
async fn nothing_that_people_type_calls_anybody() {
    let rig = Rig::start().await;
    let hostile =
        "/rollback api-service v1.2.9 because <!channel> <@U0001> <https://evil.test|ok> *x* `y` @here :tada:";
    rig.says("on-call", hostile).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    rig.shown("on-call", "room", "incident report").await;
    rig.pass(5).await;
    let people: Vec<String> = rig.people.values().map(|person| format!("@{}", person.id)).collect();
    for notified in rig.slack.notified() {
        assert!(people.contains(&notified.whom), "{notified:?}");
    }
    rig.finish();
}
