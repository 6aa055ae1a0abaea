//! The bot is killed after each record of its log, started again, and comes to the end all the same.
//!
//! The kill is `SIGKILL` from a watcher that reads the log beside it, so it falls after the `n`th record
//! and before the next few. (That it is right at every single record is held inside of one process.)

use std::ops::RangeInclusive;
use std::time::Duration;

use commands::model::{Digest, RollbackEvent, StoredEvent, StreamId};
use futures::StreamExt as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::sqlite::SqliteConnection;

use super::ground::Ground;
use super::program::PATIENCE;
use super::{Program, log};

const REQUEST: &str = "/rollback api-service v1.2.9 severity=high data=none fix=90m because answers are slow and fail";

/// How many records of its incident and rollback a run leaves at least that nobody interrupts. What was
/// seen of a step that takes its time adds some.
const LENGTH: i64 = 21;

/// So many bots at once: most of their time is waiting.
const AT_ONCE: usize = 4;

#[tokio::test]
async fn a_run_that_nobody_interrupts() {
    let ground = Ground::new().await;
    let bot = ground.serve();
    let records = to_its_end(&ground, bot).await;
    let seen = records.iter().filter(|event| event.kind == "step-observed").count();
    assert_eq!(i64::try_from(records.len() - seen).unwrap(), LENGTH, "{:#?}", kinds(&records));
    assert_eq!(ground.restarts(), ["begun v1.2.9", "ended v1.2.9"]);
}

#[tokio::test]
async fn killed_once_the_command_is_accepted() {
    killed_after(0..=0).await;
}

#[tokio::test]
async fn killed_after_each_record_until_it_is_approved() {
    killed_after(1..=7).await;
}

#[tokio::test]
async fn killed_after_each_record_until_it_has_moved() {
    killed_after(8..=15).await;
}

#[tokio::test]
async fn killed_after_each_record_until_its_end() {
    killed_after(16..=LENGTH).await;
}

async fn killed_after(records: RangeInclusive<i64>) {
    let runs = futures::stream::iter(records).map(killed_and_started_again);
    runs.buffer_unordered(AT_ONCE).collect::<()>().await;
}

/// One bot, killed when its log has so many records; then another one at the same log.
async fn killed_and_started_again(count: i64) {
    let ground = Ground::new().await;
    let mut bot = ground.serve();
    ground.is_ready().await;
    let watcher = tokio::spawn(kill_at(ground.database(), bot.id(), count));
    tokio::select! {
        biased;
        killed = watcher => killed.unwrap(),
        () = async { play(&ground, &mut bot).await; std::future::pending().await } => {}
        () = tokio::time::sleep(PATIENCE) => panic!("{count}: it was never killed:\n{}", bot.printed()),
    }
    let first = bot.ended().await;
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&first.status), Some(9), "{count}: {first:?}");
    assert_eq!(first.errors, "", "{count}");

    let records = to_its_end(&ground, ground.serve()).await;
    let restarts = ground.restarts();
    let begun = restarts.iter().filter(|line| *line == "begun v1.2.9").count();
    let ended = restarts.iter().filter(|line| *line == "ended v1.2.9").count();
    // One that was cut off is begun again; one that came to its end never is.
    assert!((1..=2).contains(&begun) && ended <= 1, "{count}: {restarts:?}\n{:#?}", kinds(&records));
}

/// Plays the story to its end with a bot that may know a part of it, and holds what must be so then.
async fn to_its_end(ground: &Ground, mut bot: Program) -> Vec<StoredEvent> {
    let played = tokio::time::timeout(PATIENCE, play(ground, &mut bot)).await;
    assert!(played.is_ok(), "it does not come to its end:\n{}", bot.printed());
    bot.signal(Signal::SIGTERM);
    let ended = bot.ended().await;
    assert!(ended.status.success(), "{ended:?}");

    let events = log::events(&ground.database()).await;
    log::assert_whole(&events);
    let records: Vec<StoredEvent> =
        events.into_iter().filter(|event| !matches!(event.stream, StreamId::Service(_))).collect();
    let finished: Vec<&StoredEvent> = records.iter().filter(|event| event.kind == "finished").collect();
    assert_eq!(finished.len(), 1, "{:#?}", kinds(&records));
    assert!(finished[0].body.contains("\"done\""), "{}", finished[0].body);
    let count = |kind: &str| records.iter().filter(|event| event.kind == kind).count();
    assert_eq!((count("requested"), count("approved"), count("started")), (1, 1, 1), "{:#?}", kinds(&records));
    assert_eq!(ground.current(), "v1.2.9");
    assert_eq!(ground.served().await.as_deref(), Some("v1.2.9"));
    assert_eq!(ground.strangers(), Vec::<String>::new());
    records
}

fn kinds(records: &[StoredEvent]) -> Vec<String> {
    records.iter().map(|event| format!("{} {}", event.stream, event.kind)).collect()
}

/// Types what is still to be typed, by what the log says, until the run has ended.
async fn play(ground: &Ground, bot: &mut Program) {
    let mut asked = is_asked(ground).await;
    let mut voted: Option<Digest> = None;
    loop {
        if !asked {
            bot.types(REQUEST).await;
            asked = true;
        }
        let records = log::events(&ground.database()).await;
        if records.iter().any(|event| event.kind == "finished") {
            return;
        }
        if let Some((id, digest)) = waits_for_a_vote(&records).filter(|(_, digest)| voted != Some(*digest)) {
            bot.types(&format!("as on-call: /rollback approve {id} {}", digest.short())).await;
            voted = Some(digest);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whether the command was accepted before.
async fn is_asked(ground: &Ground) -> bool {
    match log::reading(&ground.database()).await {
        Some(mut log) => accepted(&mut log).await.is_some_and(|count| count > 0),
        None => false,
    }
}

/// The rollback that is planned and not approved, with the digest of its plan.
fn waits_for_a_vote(records: &[StoredEvent]) -> Option<(String, Digest)> {
    let mut waiting = None;
    for event in records {
        let StreamId::Rollback(id) = event.stream else { continue };
        match serde_json::from_str(&event.body).unwrap() {
            RollbackEvent::Planned { digest, .. } => waiting = Some((id.to_string(), digest)),
            RollbackEvent::Approved { .. } | RollbackEvent::Voted(_) => waiting = None,
            _ => {}
        }
    }
    waiting
}

/// Kills this process as soon as the log has so many records; at none, as soon as a command is accepted.
async fn kill_at(database: std::path::PathBuf, bot: Pid, count: i64) {
    let mut log = log::reading(&database).await.unwrap();
    loop {
        let found = recorded(&mut log).await.unwrap();
        if found >= count && (count > 0 || accepted(&mut log).await.unwrap() > 0) {
            kill(bot, Signal::SIGKILL).unwrap();
            return;
        }
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
}

async fn recorded(log: &mut SqliteConnection) -> Option<i64> {
    let rows = sqlx::query_scalar("SELECT count(*) FROM events WHERE stream NOT LIKE 'service:%'");
    rows.fetch_one(log).await.ok()
}

async fn accepted(log: &mut SqliteConnection) -> Option<i64> {
    sqlx::query_scalar("SELECT count(*) FROM invocations").fetch_one(log).await.ok()
}
