//! An example with every field filled, on which operators' templates are tried before they are used.

use jiff::{SignedDuration, Timestamp};

use super::shape::{
    Approver, FollowUp, Impact, KindWord, Minutes, MovementWord, Report, ResultWord, RollbackReport, ServiceReport,
    ServiceState, StepReport, TargetReport, TimelineEntry,
};
use super::user_text::UserText;
use crate::model::{DataImpact, Measurement, Priority, Severity, Standing, StepMark};

/// The first moment of the example, and those after it.
fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

/// A report.
pub(super) fn report() -> Report {
    Report {
        schema: Report::SCHEMA,
        id: "INC-1970-0101-001".to_owned(),
        date: "1970-01-01".to_owned(),
        closed: false,
        services: vec!["api-service@production".to_owned()],
        severity: Severity::High,
        severity_assumed: false,
        priority: Priority::P2,
        detected_at: at(0),
        detected_assumed: true,
        start: Some(at(7)),
        end: Some(at(17)),
        duration_seconds: Some(600),
        result: ResultWord::Success,
        assumptions_confirmed: true,
        impact: Impact {
            stated_data: DataImpact::None,
            stated_data_assumed: true,
            data_checks: vec!["backup:api-service: data_loss=none".to_owned()],
            probes_before: vec![measurement()],
        },
        reported_reasons: vec!["answers are slow".to_owned()],
        rollbacks: vec![rollback()],
        timeline: vec![TimelineEntry {
            at: at(5),
            time: "00:05:00".to_owned(),
            who: "on-call engineer".to_owned(),
            text: "The incident was opened.".to_owned(),
            evidence: vec!["words of the outside world".to_owned()],
        }],
        follow_ups: vec![FollowUp {
            rollback: "INC-1970-0101-001/1".to_owned(),
            step: "clean-up:api-service".to_owned(),
            why: "The program failed.".to_owned(),
            evidence: vec!["exit status: 1".to_owned()],
        }],
    }
}

fn measurement() -> Measurement {
    Measurement {
        url: "http://127.0.0.1/health".to_owned(),
        samples: 20,
        failed: 1,
        median: Some(SignedDuration::from_millis(12)),
        slowest: Some(SignedDuration::from_millis(90)),
        last_failure: Some("status 500".to_owned()),
    }
}

fn rollback() -> RollbackReport {
    RollbackReport {
        id: "INC-1970-0101-001/1".to_owned(),
        kinds: vec![KindWord::A],
        services: vec![service()],
        plan: Some("0".repeat(64)),
        requester: "on-call engineer".to_owned(),
        requested_at: Some(at(5)),
        approvers: vec![Approver {
            name: "on-call engineer".to_owned(),
            role: "on-call".to_owned(),
            source: "static rota".to_owned(),
            as_of: at(6),
            at: at(6),
        }],
        reported_reason: Some("answers are slow".to_owned()),
        result: ResultWord::Success,
        outcome: vec!["All of it runs v1.2.9.".to_owned()],
        steps: vec![StepReport {
            name: "roll:api-service/release".to_owned(),
            text: "Roll api-service".to_owned(),
            mark: StepMark::Done,
            detail: "3 s".to_owned(),
        }],
        start: Some(at(7)),
        end: Some(at(17)),
        minutes: Minutes {
            detect: None,
            decide: Some(300),
            decide_assumed: true,
            approve: Some(60),
            execute: Some(300),
            verify: Some(300),
        },
    }
}

fn service() -> ServiceReport {
    ServiceReport {
        service: "api-service".to_owned(),
        environment: "production".to_owned(),
        from: Some("v1.3.0".to_owned()),
        to: "v1.2.9".to_owned(),
        standing: Standing::Good,
        state: ServiceState::Healthy,
        measurements: vec![measurement()],
        answers: vec!["http://127.0.0.1/health: 19 of 20 answered well, median 12 ms".to_owned()],
        targets: vec![TargetReport {
            target: "release".to_owned(),
            from: "v1.3.0".to_owned(),
            to: "v1.2.9".to_owned(),
            movement: MovementWord::Seen,
        }],
    }
}

/// A user text.
pub(super) fn user_text() -> UserText {
    UserText {
        incident: "INC-1970-0101-001".to_owned(),
        rollback: "INC-1970-0101-001/1".to_owned(),
        services: vec!["api-service (production)".to_owned()],
        result: ResultWord::Success,
        title: "Service update".to_owned(),
        status: "Rolled back".to_owned(),
        time: "1970-01-01 00:17 UTC".to_owned(),
        duration: "17 min".to_owned(),
        what_happened: "There was trouble.".to_owned(),
        current_status: vec!["All is well.".to_owned()],
        next_steps: vec!["We look for the cause.".to_owned()],
    }
}
