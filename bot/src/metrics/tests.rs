use commands::model::{
    Actor, Advice, Assessment, Circumstances, DataImpact, Decision, Digest, Effects, Note, Place, PlannedStep,
    Priority, Request, RollbackId, Rule, Sequence, ServiceKey, Severity, Stated, StepAction, StepClass, StepName,
};
use jiff::{SignedDuration, Timestamp};

use super::*;

fn rollback() -> RollbackId {
    "INC-2024-0115-001/1".parse().unwrap()
}

fn start() -> Timestamp {
    "2024-01-15T15:30:00Z".parse().unwrap()
}

fn stored(stream: StreamId, after: i64, body: String) -> StoredEvent {
    StoredEvent {
        position: 0,
        stream,
        sequence: Sequence(1),
        at: start() + SignedDuration::from_secs(after),
        actor: Actor::System,
        kind: String::new(),
        version: 1,
        configuration: Digest::default(),
        previous: Digest::default(),
        body,
        hash: Digest::default(),
    }
}

fn happens(metrics: &Metrics, after: i64, event: &RollbackEvent) {
    metrics.observe(&stored(StreamId::Rollback(rollback()), after, serde_json::to_string(event).unwrap()));
}

fn incident(metrics: &Metrics, event: &IncidentEvent) {
    let id = rollback().incident;
    metrics.observe(&stored(StreamId::Incident(id), 0, serde_json::to_string(event).unwrap()));
}

fn requested(detected_before: i64) -> RollbackEvent {
    RollbackEvent::Requested {
        request: Request {
            requester: "engineer".into(),
            asked_in: Place { chat: "console".into(), room: "terminal".to_owned() },
            services: Vec::new(),
            because: None,
        },
        assessment: Assessment {
            severity: Stated::Given(Severity::High),
            data: Stated::Assumed(DataImpact::None),
            time_to_fix: Stated::Assumed(SignedDuration::from_mins(90)),
            detected_at: Stated::Given(start() - SignedDuration::from_secs(detected_before)),
            advice: Advice { decision: Decision::RollBack, rule: Rule::HighSlowFix },
        },
        replaces: None,
    }
}

fn planned() -> RollbackEvent {
    let key: ServiceKey = "api-service@production".parse().unwrap();
    let step = |name: &str, class, action| PlannedStep {
        name: StepName(name.to_owned()),
        class,
        action,
        service: key.clone(),
        closes: None,
        only_after_move: false,
        timeout: SignedDuration::from_secs(1),
        retry_for: SignedDuration::ZERO,
    };
    let effects = Effects {
        schema: Effects::SCHEMA,
        priority: Priority::P2,
        services: Vec::new(),
        steps: vec![
            step("roll:api-service/release", StepClass::Pivot, StepAction::Roll { target: "release".into() }),
            step("verify:api-service", StepClass::Forward, StepAction::Verify),
        ],
    };
    let effects = serde_json::to_string(&effects).unwrap();
    RollbackEvent::Planned { digest: Digest::of(effects.as_bytes()), effects, circumstances: Circumstances::default() }
}

fn started(step: &str) -> RollbackEvent {
    RollbackEvent::StepStarted { step: StepName(step.to_owned()), attempt: 1 }
}

fn done() -> RollbackEvent {
    RollbackEvent::Finished { outcome: Outcome::Done { skipped: Vec::new() } }
}

fn has(metrics: &Metrics, line: &str) {
    let text = metrics.text().unwrap();
    assert!(text.lines().any(|found| found == line), "no {line:?} in\n{text}");
}

#[test]
fn the_time_of_a_rollback_is_told_by_phase() {
    let metrics = Metrics::default();
    happens(&metrics, 0, &requested(300));
    happens(&metrics, 2, &planned());
    happens(&metrics, 62, &RollbackEvent::Approved { digest: Digest::default() });
    happens(&metrics, 63, &started("roll:api-service/release"));
    happens(&metrics, 70, &started("verify:api-service"));
    happens(&metrics, 110, &done());
    for (phase, seconds) in [("detect", 300), ("decide", 2), ("wait", 60), ("execute", 8), ("verify", 40)] {
        has(&metrics, &format!("switchback_phase_seconds_sum{{phase=\"{phase}\"}} {seconds}.0"));
        has(&metrics, &format!("switchback_phase_seconds_count{{phase=\"{phase}\"}} 1"));
    }
    has(&metrics, "switchback_rollbacks_total{outcome=\"done\"} 1");
    has(&metrics, "switchback_approvals_total 1");
}

#[test]
fn a_clock_that_jumps_back_makes_no_negative_time() {
    let metrics = Metrics::default();
    happens(&metrics, 0, &requested(0));
    happens(&metrics, -3600, &planned());
    has(&metrics, "switchback_phase_seconds_sum{phase=\"decide\"} 0.0");
}

#[test]
fn every_end_is_counted_under_its_name_and_forgotten() {
    let metrics = Metrics::default();
    let because = None;
    let ends = [
        ("denied", RollbackEvent::Denied { role: Some(commands::model::Role::OnCall), because }),
        ("expired", RollbackEvent::Expired),
        ("replaced", RollbackEvent::Replaced { by: rollback() }),
        ("as-before", RollbackEvent::Finished { outcome: Outcome::AsBefore { why: Note::new("aborted") } }),
        ("partial", RollbackEvent::Finished { outcome: Outcome::Partial { moved: vec![], missing: vec![] } }),
        ("done", done()),
    ];
    for (name, event) in ends {
        happens(&metrics, 0, &requested(0));
        happens(&metrics, 1, &event);
        has(&metrics, &format!("switchback_rollbacks_total{{outcome=\"{name}\"}} 1"));
        assert_eq!(format!("{:?}", metrics.memory.lock().unwrap().phases), "Phases { running: {} }", "after {name}");
    }
}

#[test]
fn open_incidents_follow_the_log() {
    let metrics = Metrics::default();
    metrics.incidents_open(["INC-2024-0114-007".parse().unwrap()]);
    has(&metrics, "switchback_open_incidents 1");
    let opened = IncidentEvent::Opened {
        services: Vec::new(),
        severity: Stated::Given(Severity::High),
        detected_at: Stated::Given(start()),
        room_name: "incident-rollback-2024-0115-001".to_owned(),
    };
    incident(&metrics, &opened);
    incident(&metrics, &opened);
    has(&metrics, "switchback_open_incidents 2");
    incident(&metrics, &IncidentEvent::Closed);
    has(&metrics, "switchback_open_incidents 1");
}

#[test]
fn chats_are_counted_by_name_and_strangers_are_counted_too() {
    let metrics = Metrics::default();
    metrics.invoked("console");
    metrics.chat_failed("slack");
    metrics.observe(&stored(StreamId::Rollback(rollback()), 0, r#"{"type":"from-the-future"}"#.to_owned()));
    has(&metrics, "switchback_invocations_total{chat=\"console\"} 1");
    has(&metrics, "switchback_chat_errors_total{chat=\"slack\"} 1");
    has(&metrics, "switchback_events_not_understood_total 1");
    has(&metrics, &format!("switchback_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")));
}
