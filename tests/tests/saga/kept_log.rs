//! Logs that earlier releases wrote, kept as files: this release reads each of them to its end.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use commands::model::{
    Actor, Digest, Event, HookOperation, HookPoint, IncidentEvent, Input, Place, RollbackEvent, Sequence, ServiceEvent,
    StoredEvent, StreamId,
};
use commands::saga::{IncidentState, Phase, RollbackState, decode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tests::fake::HookScript;
use tests::harness::{RecordingStage, Seen, World, program};

/// An event as it stands in the file of a log.
#[derive(Serialize, Deserialize)]
struct Kept {
    position: u64,
    stream: StreamId,
    sequence: Sequence,
    at: Timestamp,
    actor: Actor,
    kind: String,
    version: u32,
    configuration: Digest,
    previous: Digest,
    body: String,
    hash: Digest,
}

impl From<StoredEvent> for Kept {
    fn from(stored: StoredEvent) -> Self {
        let StoredEvent { position, stream, sequence, at, actor, kind, version, configuration, previous, body, hash } =
            stored;
        Self { position, stream, sequence, at, actor, kind, version, configuration, previous, body, hash }
    }
}

impl From<Kept> for StoredEvent {
    fn from(kept: Kept) -> Self {
        let Kept { position, stream, sequence, at, actor, kind, version, configuration, previous, body, hash } = kept;
        Self { position, stream, sequence, at, actor, kind, version, configuration, previous, body, hash }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The file of this release.
fn of_this_release() -> PathBuf {
    folder().join(format!("log-{}.json", env!("CARGO_PKG_VERSION")))
}

/// The logs of a file: it has several, since no single one has every sort of event.
fn kept(path: &Path) -> Vec<Vec<StoredEvent>> {
    let text = std::fs::read_to_string(path).unwrap();
    let logs: Vec<Vec<Kept>> = serde_json::from_str(&text).unwrap();
    logs.into_iter().map(|log| log.into_iter().map(StoredEvent::from).collect()).collect()
}

#[test]
fn the_log_of_every_release_is_read_to_its_end() {
    let mut read = 0;
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        for (number, log) in kept(&path).iter().enumerate() {
            let streams: BTreeSet<&StreamId> = log.iter().map(|event| &event.stream).collect();
            for stream in streams {
                let events: Vec<&StoredEvent> = log.iter().filter(|event| event.stream == *stream).collect();
                let what = format!("{} {number} {stream}", path.display());
                assert_chain(&what, &events);
                fold(&what, stream, &events);
            }
        }
        read += 1;
    }
    assert!(read > 0 && of_this_release().exists(), "keep a log of this release: SWITCHBACK_KEEP_LOG=1");
}

fn assert_chain(what: &str, events: &[&StoredEvent]) {
    let mut previous = Digest::default();
    for event in events {
        assert_eq!(event.previous, previous, "{what} {}", event.sequence.0);
        assert_eq!(event.hash, event.expected_hash(), "{what} {}", event.sequence.0);
        previous = event.hash;
    }
}

/// Every event is understood, and the state at the end is one that the engine goes on from.
fn fold(what: &str, stream: &StreamId, events: &[&StoredEvent]) {
    let decoded: Vec<Event> =
        events.iter().map(|stored| decode(stored).unwrap_or_else(|error| panic!("{what}: {error}"))).collect();
    let mut pairs = events.iter().copied().zip(&decoded);
    match stream {
        StreamId::Incident(id) => {
            let (stored, event) = pairs.next().unwrap();
            let mut state = IncidentState::begin(*id, stored, event).unwrap();
            pairs.for_each(|(stored, event)| state.apply(stored, Some(event)));
            assert!(!state.is_open(), "{what}");
        }
        StreamId::Rollback(id) => {
            let (stored, event) = pairs.next().unwrap();
            let mut state = RollbackState::begin(*id, stored, event).unwrap();
            pairs.for_each(|(stored, event)| state.apply(stored, Ok(event)));
            assert_eq!(state.unreadable, None, "{what}");
            assert!(state.phase.is_over(), "{what}");
        }
        StreamId::Service(_) => {
            let mut ledger = commands::ledger::Ledger::default();
            pairs.for_each(|(stored, event)| ledger.apply(stored, Some(event)));
            assert!(!ledger.sightings().is_empty(), "{what}");
        }
    }
}

/// The log of this release has each sort of event that there is. With `SWITCHBACK_KEEP_LOG` it is played
/// and written anew; once a release is out, its file does not change any more.
#[tokio::test]
async fn the_log_of_this_release_has_every_sort_of_event() {
    if std::env::var_os("SWITCHBACK_KEEP_LOG").is_some() {
        let kept = play().await;
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(of_this_release(), serde_json::to_string_pretty(&kept).unwrap() + "\n").unwrap();
    }
    let logs = kept(&of_this_release());
    let found: BTreeSet<(Sort, usize)> = logs.iter().flatten().map(|stored| sort(&decode(stored).unwrap())).collect();
    let sorts =
        |sort: Sort| found.iter().filter(|(known, _)| *known == sort).map(|(_, index)| *index).collect::<Vec<_>>();
    let all = |count: usize| (0..count).collect::<Vec<_>>();
    assert_eq!([sorts(Sort::Incident), sorts(Sort::Rollback), sorts(Sort::Service)], [all(10), all(22), all(4)]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Incident,
    Rollback,
    Service,
}

/// A number for each sort of event. One that is new gets the next number here, and the log is played
/// anew with a story in which it happens.
fn sort(event: &Event) -> (Sort, usize) {
    match event {
        Event::Incident(event) => (Sort::Incident, of_incident(event)),
        Event::Rollback(event) => (Sort::Rollback, of_rollback(event)),
        Event::Service(event) => (Sort::Service, of_service(event)),
    }
}

fn of_incident(event: &IncidentEvent) -> usize {
    match event {
        IncidentEvent::Opened { .. } => 0,
        IncidentEvent::RollbackAdded { .. } => 1,
        IncidentEvent::RoomReady { .. } => 2,
        IncidentEvent::RoomFailed { .. } => 3,
        IncidentEvent::TaskOpened { .. } => 4,
        IncidentEvent::Drifted { .. } => 5,
        IncidentEvent::Closed => 6,
        IncidentEvent::RepairAsked => 7,
        IncidentEvent::ArchiveDue => 8,
        IncidentEvent::RoomArchived => 9,
    }
}

fn of_rollback(event: &RollbackEvent) -> usize {
    match event {
        RollbackEvent::Requested { .. } => 0,
        RollbackEvent::Planned { .. } => 1,
        RollbackEvent::Voted(_) => 2,
        RollbackEvent::Approved { .. } => 3,
        RollbackEvent::Denied { .. } => 4,
        RollbackEvent::Expired => 5,
        RollbackEvent::Replaced { .. } => 6,
        RollbackEvent::TookOver { .. } => 7,
        RollbackEvent::Reminded { .. } => 8,
        RollbackEvent::Started => 9,
        RollbackEvent::StepStarted { .. } => 10,
        RollbackEvent::StepObserved { .. } => 11,
        RollbackEvent::StepFinished { .. } => 12,
        RollbackEvent::StepFailed { .. } => 13,
        RollbackEvent::PlanVoided { .. } => 14,
        RollbackEvent::Asked { .. } => 15,
        RollbackEvent::Answered { .. } => 16,
        RollbackEvent::AbortRequested { .. } => 17,
        RollbackEvent::Finished { .. } => 18,
        RollbackEvent::WatchEnded => 19,
        RollbackEvent::UserTextEdited { .. } => 20,
        RollbackEvent::UserTextPublished { .. } => 21,
    }
}

fn of_service(event: &ServiceEvent) -> usize {
    match event {
        ServiceEvent::SeenRunning { .. } => 0,
        ServiceEvent::ChecksPass => 1,
        ServiceEvent::ChecksFail { .. } => 2,
        ServiceEvent::Marked { .. } => 3,
    }
}

const ASK: &str = "/rollback api-service v1.2.9 because answers are slow";

/// Plays what the kept log tells.
async fn play() -> Vec<Vec<Kept>> {
    vec![
        from_request_to_drift().await,
        denied_then_expired().await,
        replaced_in_a_pause().await,
        void_then_stopped().await,
        published_mended_and_put_away().await,
    ]
}

/// Everything that a long run meets, with a closer that is left for people, and drift afterwards.
async fn from_request_to_drift() -> Vec<Kept> {
    let mut world = World::with(RecordingStage::open(), |scene| {
        super::paths::with_hooks(scene);
        scene.service("api-service").timing.watch = jiff::SignedDuration::from_mins(15);
        scene.platform.set_sick("api", "v1.3.0", true);
        let fails = |point, operation, times| {
            scene.hooks.next(&program("api-service", point), operation, vec![HookScript::Fails; times]);
        };
        fails(HookPoint::Configuration, HookOperation::Do, 99);
        fails(HookPoint::Maintenance, HookOperation::Undo, 99);
    })
    .await;
    world.pass(120).await;
    world.says("on-call", "/rollback mark api-service v1.2.8 bad because it leaks").await;
    world.says("on-call", ASK).await;
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.asks(1)).await;
    world.says("on-call", "/rollback skip because it is set by hand").await;
    world.until(|seen| seen.is(1, Phase::Finished)).await;
    world.scene.platform.somebody_moves("api", "v1.3.0");
    ended(world).await
}

async fn denied_then_expired() -> Vec<Kept> {
    let mut world = World::with(RecordingStage::open(), |scene| scene.stage.set_away(true)).await;
    world.says("on-call", ASK).await;
    world.pass(30).await;
    world.scene.stage.set_away(false);
    world.pass(30).await;
    world.presses("on-call", "Deny").await;
    world.says("on-call", ASK).await;
    world.until(|seen| seen.is(2, Phase::Expired)).await;
    ended(world).await
}

async fn replaced_in_a_pause() -> Vec<Kept> {
    let mut world = World::with(RecordingStage::open(), |scene| {
        super::paths::with_hooks(scene);
        let configuration = program("api-service", HookPoint::Configuration);
        scene.hooks.next(&configuration, HookOperation::Do, vec![HookScript::Fails; 99]);
    })
    .await;
    world.says("on-call", ASK).await;
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.asks(1)).await;
    world.says("on-call", "/rollback api-service v1.2.8 because that one is sick too").await;
    world.scene.hooks.mend();
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.is(2, Phase::Finished)).await;
    ended(world).await
}

async fn void_then_stopped() -> Vec<Kept> {
    let mut world = World::with(RecordingStage::open(), |scene| {
        scene.add_hooks("api-service", &[HookPoint::Drain]);
        let drain = program("api-service", HookPoint::Drain);
        scene.hooks.next(&drain, HookOperation::Do, vec![HookScript::DoesAndHangs; 2]);
    })
    .await;
    world.says("on-call", ASK).await;
    world.scene.platform.somebody_moves("api", "v1.2.8");
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.is(1, Phase::Proposed)).await;
    world.presses("on-call", "Approve").await;
    world.until(|seen| seen.is(1, Phase::Running)).await;
    world.says("on-call", "/rollback abort because it is the network").await;
    world.until(|seen| seen.is(1, Phase::Finished)).await;
    ended(world).await
}

async fn published_mended_and_put_away() -> Vec<Kept> {
    let mut world = World::with(RecordingStage::open(), |scene| {
        let users = Place { chat: scene.stage.chat().name().clone(), room: "users".to_owned() };
        scene.settings.rooms.publish = vec![users];
        scene.settings.rooms.archive_after = Some(jiff::SignedDuration::from_mins(5));
    })
    .await;
    world.says("on-call", ASK).await;
    world.presses("on-call", "Approve").await;
    let rollback = world.until(|seen| seen.is(1, Phase::Finished)).await.rollback(1).id;
    world.says("lead", "/rollback repair").await;
    let edited = Input::UserText { rollback, text: "All is well again.".to_owned() };
    let edited = world.invocation("on-call", edited);
    world.deliver(edited).await;
    world.presses("on-call", "Publish").await;
    world.until(Seen::is_over).await;
    world.says("on-call", "/rollback close").await;
    world.pass(400).await;
    let streams = world.reader().events().await;
    streams.into_iter().flat_map(|(_, events)| events).map(Kept::from).collect()
}

/// The watch ends, the incident is closed; then its whole log.
async fn ended(mut world: World) -> Vec<Kept> {
    world.until(Seen::is_over).await;
    world.says("on-call", "/rollback close").await;
    let streams = world.reader().events().await;
    streams.into_iter().flat_map(|(_, events)| events).map(Kept::from).collect()
}
