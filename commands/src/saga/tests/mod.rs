//! What holds for every run, however people, programs and platforms behave.

mod codec;
mod random;
mod runs;
mod table;

use crate::model::*;
use crate::notify::story;
use crate::plan::{compose, tests::facts};
use crate::saga::{RollbackState, decode, encode};

/// Two services with every sort of step, the first with two targets, the second leaving something.
fn plan(priority: Priority) -> Plan {
    let open = [HookPoint::Backup, HookPoint::Maintenance, HookPoint::Drain];
    let close = [HookPoint::Configuration, HookPoint::RestoreTraffic, HookPoint::CleanUp];
    let api: Vec<HookPoint> = open.into_iter().chain(close).collect();
    let mut all = vec![facts("api", &["release", "sockets"], &api), facts("web", &["release"], &[HookPoint::Drain])];
    all[1].targets[0].examination.cleans_up = true;
    compose(all, priority).unwrap()
}

fn planned(plan: &Plan) -> RollbackEvent {
    let (effects, circumstances) = (plan.bytes().to_owned(), plan.circumstances().clone());
    RollbackEvent::Planned { effects, digest: plan.digest(), circumstances }
}

fn vote(person: &str, digest: Digest) -> Vote {
    let answer = RoleAnswer {
        role: Role::OnCall,
        holders: [PersonId::from(person)].into(),
        source: "rota".to_owned(),
        as_of: jiff::Timestamp::UNIX_EPOCH,
    };
    Vote { person: person.into(), role: Role::OnCall, answer, covers: vec![story::key()], digest }
}

fn requested() -> RollbackEvent {
    let request = Request {
        requester: "on-call".into(),
        asked_in: Place { chat: "console".into(), room: "desk".to_owned() },
        services: vec![(story::key(), Wanted::LastGood)],
        because: None,
    };
    RollbackEvent::Requested { request, assessment: story::assessment(), replaces: None }
}

/// An event as the store gives it back.
fn stored(sequence: u64, second: i64, event: &RollbackEvent) -> StoredEvent {
    let (kind, body) = encode(&event.clone().into()).unwrap();
    StoredEvent {
        position: sequence,
        stream: StreamId::Rollback(story::rollback_id(1)),
        sequence: Sequence(sequence),
        at: jiff::Timestamp::from_second(second).unwrap(),
        actor: story::actor("on-call"),
        kind,
        version: 1,
        configuration: Digest::default(),
        previous: Digest::default(),
        body,
        hash: Digest::default(),
    }
}

fn begin() -> RollbackState {
    let first = stored(1, 0, &requested());
    RollbackState::begin(story::rollback_id(1), &first, &decode(&first).unwrap()).unwrap()
}

/// Folds one more event in, by way of its stored bytes.
fn append(state: &mut RollbackState, second: i64, event: &RollbackEvent) {
    let next = stored(state.sequence.0 + 1, second, event);
    let decoded = decode(&next);
    state.apply(&next, decoded.as_ref().map_err(ToString::to_string));
}
