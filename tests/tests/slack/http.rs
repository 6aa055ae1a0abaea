//! Deliveries by HTTP: only what Slack signed just now, and only once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use commands::model::{
    Findings, Invocation, MoveOrder, Observation, RollbackId, ServiceKey, Target, TargetPlan, Version,
};
use commands::ports::{
    Accepted, Candidate, Examination, Inbox, Platform, PlatformError, Resolution, Running, StoreError,
};
use futures::stream::{BoxStream, StreamExt as _};
use tests::fake::ManualClock;
use tests::slack::{FakeSlack, SignedRequest};

use super::rig::{By, Rig, door, install_crypto, serve};

/// 15:30 of 15 January 2024.
const NOW: i64 = 1_705_332_600;

fn command(trigger: &str) -> String {
    format!("team_id=T1&channel_id=C1&user_id=U1&command=%2Frollback&text=status&trigger_id={trigger}&response_url=x")
}

const FORM: &str = "application/x-www-form-urlencoded";

/// An inbox that stores after this long, or not at all.
#[derive(Default)]
struct Stub {
    wait: Option<Duration>,
    keys: std::sync::Mutex<Vec<String>>,
    full: bool,
    panics: bool,
}

#[async_trait]
impl Inbox for Stub {
    async fn accept(&self, invocation: Invocation) -> Result<Accepted, StoreError> {
        assert!(!self.panics, "as a bug would");
        if let Some(wait) = self.wait {
            tokio::time::sleep(wait).await;
        }
        if self.full {
            return Err(StoreError::Full("no space left".to_owned()));
        }
        let mut keys = self.keys.lock().unwrap();
        if keys.contains(&invocation.key) {
            return Ok(Accepted::Duplicate);
        }
        keys.push(invocation.key);
        Ok(Accepted::New)
    }

    async fn is_first(&self, _: &str) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn services(&self, _: &str) -> Vec<ServiceKey> {
        Vec::new()
    }

    async fn versions(&self, _: &ServiceKey, _: &str) -> Vec<String> {
        Vec::new()
    }

    async fn user_text(&self, _: RollbackId) -> Option<String> {
        None
    }
}

struct Site {
    slack: FakeSlack,
    url: String,
    inbox: Arc<Stub>,
    clock: Arc<ManualClock>,
}

impl Site {
    async fn open(inbox: Stub) -> Self {
        install_crypto();
        let clock = ManualClock::at("2024-01-15T15:30:00Z");
        let slack = FakeSlack::start(Arc::clone(&clock) as _).await;
        let inbox = Arc::new(inbox);
        let door = door(&slack, Arc::clone(&inbox) as _, Arc::clone(&clock) as _);
        let (_, address) = serve(&slack, door).await;
        Self { slack, url: format!("http://{address}/slack"), inbox, clock }
    }

    fn signed(&self, body: &str, at: i64) -> SignedRequest {
        SignedRequest::new(&self.url, FORM, body, &self.slack.signing_secret(), at)
    }

    async fn status(&self, request: &SignedRequest) -> u16 {
        self.slack.send(request).await.unwrap().status
    }
}

#[tokio::test]
async fn only_what_slack_signed_within_five_minutes_is_taken() {
    let site = Site::open(Stub::default()).await;
    for (number, (age, expected)) in
        [(0, 200), (299, 200), (-299, 200), (301, 401), (-301, 401)].into_iter().enumerate()
    {
        let request = site.signed(&command(&format!("t{number}")), NOW - age);
        assert_eq!(site.status(&request).await, expected, "{age}");
    }
    let good = site.signed(&command("t9"), NOW);
    let signature = good.headers.iter().find(|(name, _)| name == "x-slack-signature").unwrap().1.clone();
    let wrong = SignedRequest::new(&site.url, FORM, command("t9"), "another secret", NOW);
    for spoilt in [
        good.clone().with_body(command("t8")),
        good.clone().with_header("x-slack-signature", ""),
        good.clone().with_header("x-slack-signature", &signature.to_uppercase()),
        good.clone().with_header("x-slack-request-timestamp", ""),
        good.clone().with_header("x-slack-request-timestamp", "soon"),
        good.clone().with_header("x-slack-request-timestamp", "99999999999999999999"),
        good.clone().with_body(vec![0xff, 0xfe]),
        wrong,
    ] {
        assert_eq!(site.status(&spoilt).await, 401, "{spoilt:?}");
    }
    assert_eq!(site.inbox.keys.lock().unwrap().len(), 3);
    assert_eq!(site.status(&good).await, 200);
}

#[tokio::test]
async fn the_same_again_is_refused_unless_slack_says_that_it_is() {
    let site = Site::open(Stub::default()).await;
    let request = site.signed(&command("t1"), NOW);
    assert_eq!(site.status(&request).await, 200);
    assert_eq!(site.status(&request).await, 409);
    let retry = request.with_header("x-slack-retry-num", "1").with_header("x-slack-retry-reason", "http_timeout");
    assert_eq!(site.status(&retry).await, 200);
    assert_eq!(site.inbox.keys.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anything_else() {
    let site = Site::open(Stub::default()).await;
    let huge = "x".repeat(adapters::chat::slack::LARGEST_BODY + 1);
    let unsigned = site.signed(&huge, NOW).with_header("x-slack-signature", "");
    assert_eq!(site.status(&unsigned).await, 413);
    let fits = "x".repeat(adapters::chat::slack::LARGEST_BODY);
    assert_eq!(site.status(&site.signed(&fits, NOW).with_header("x-slack-signature", "")).await, 401);
}

#[tokio::test]
async fn what_is_not_stored_is_not_acknowledged() {
    let full = Site::open(Stub { full: true, ..Stub::default() }).await;
    assert_eq!(full.status(&full.signed(&command("t1"), NOW)).await, 503);
    let slow = Site::open(Stub { wait: Some(Duration::from_secs(60)), ..Stub::default() }).await;
    let asked = std::time::Instant::now();
    assert_eq!(slow.status(&slow.signed(&command("t1"), NOW)).await, 503);
    assert!(asked.elapsed() < Duration::from_secs(9), "Slack is told before it gives up");
    let broken = Site::open(Stub { panics: true, ..Stub::default() }).await;
    for trigger in ["t1", "t2"] {
        assert_eq!(broken.status(&broken.signed(&command(trigger), NOW)).await, 503, "a panic costs one delivery");
    }
}

#[tokio::test]
async fn slacks_own_questions_are_answered() {
    let site = Site::open(Stub::default()).await;
    let json = |body: &str| SignedRequest::new(&site.url, "application/json", body, &site.slack.signing_secret(), NOW);
    let answer = site.slack.send(&json(r#"{"type":"url_verification","challenge":"abc"}"#)).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "abc"));
    assert_eq!(site.status(&site.signed("ssl_check=1&token=x", NOW)).await, 200);
    assert_eq!(site.status(&json(r#"{"type":"event_callback","event":{}}"#)).await, 200);
    assert_eq!(site.status(&json("{")).await, 400);
    site.clock.advance(Duration::from_secs(301));
    assert_eq!(site.status(&json("{}")).await, 401, "what was signed before is too old now");
}

/// Whatever a platform is doing, Slack is answered at once.
#[tokio::test]
async fn a_platform_that_hangs_delays_no_acknowledgement() {
    let rig = Rig::with(By::Http, |rig| rig.platform = Some(Arc::new(Hanging))).await;
    for _ in 0..3 {
        let delivery = rig.person("on-call").types("/rollback api-service", &rig.operations).await.unwrap();
        assert!(delivery.acknowledged && delivery.took < Duration::from_secs(3), "{delivery:?}");
    }
    rig.finish();
}

/// A platform that never answers.
struct Hanging;

#[async_trait]
impl Platform for Hanging {
    fn check_address(&self, _: &Target) -> Result<(), PlatformError> {
        Ok(())
    }

    async fn current(&self, _: &Target) -> Result<Running, PlatformError> {
        std::future::pending().await
    }

    async fn history(&self, _: &Target) -> Result<Vec<Candidate>, PlatformError> {
        std::future::pending().await
    }

    async fn resolve(&self, _: &Target, _: &Version) -> Result<Resolution, PlatformError> {
        std::future::pending().await
    }

    async fn examine(&self, _: &Target, _: &Running, _: &Candidate) -> Result<Examination, PlatformError> {
        std::future::pending().await
    }

    async fn move_to(&self, _: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        std::future::pending().await
    }

    fn observe<'a>(&'a self, _: &'a Target, _: &'a TargetPlan) -> BoxStream<'a, Observation> {
        futures::stream::pending().boxed()
    }
}
