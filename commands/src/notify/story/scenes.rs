//! What happens in stories, and how far each is told.

use std::collections::{BTreeMap, BTreeSet};

use super::{Story, assessment, key, measurement, moved, plan, rollback_id, settings, step, trouble, verified};
use crate::model::*;

impl Story {
    /// Asked for by the on-call engineer at 15:30 in the console; the room is ready; no plan yet.
    pub(crate) fn asked() -> Self {
        Self::asked_because(Some("answers are slow"))
    }

    pub(crate) fn asked_because(because: Option<&str>) -> Self {
        let mut story = Self {
            settings: settings(),
            on_call: BTreeSet::from(["on-call".into()]),
            now: "2024-01-15T15:30:00Z".parse().unwrap(),
            log: Vec::new(),
            sequences: BTreeMap::new(),
        };
        story.incident(
            "on-call",
            IncidentEvent::Opened {
                services: vec![key()],
                severity: Stated::Given(Severity::High),
                detected_at: Stated::Given("2024-01-15T15:25:00Z".parse().unwrap()),
                room_name: "incident-rollback-2024-0115-001".to_owned(),
            },
        );
        story.request(1, because);
        story.later(1).incident(
            "system",
            IncidentEvent::RoomReady {
                chat: "console".into(),
                room: "R1".to_owned(),
                shown_as: "#incident-rollback-2024-0115-001".to_owned(),
            },
        );
        story
    }

    pub(crate) fn request(&mut self, number: u32, because: Option<&str>) -> &mut Self {
        self.incident(
            "system",
            IncidentEvent::RollbackAdded {
                rollback: rollback_id(number),
                services: vec![key()],
                severity: Stated::Given(Severity::High),
            },
        );
        let request = Request {
            requester: "on-call".into(),
            asked_in: Place { chat: "console".into(), room: "desk".to_owned() },
            services: vec![(key(), Wanted::Version(Version::new("v1.2.9")))],
            because: because.map(ToOwned::to_owned),
        };
        self.of(number, "on-call", RollbackEvent::Requested { request, assessment: assessment(), replaces: None })
    }

    pub(crate) fn plan_made(&mut self, plan: &Plan) -> &mut Self {
        let planned = RollbackEvent::Planned {
            effects: plan.bytes().to_owned(),
            digest: plan.digest(),
            circumstances: plan.circumstances().clone(),
        };
        self.later(1).event("system", planned)
    }

    pub(crate) fn proposed() -> Self {
        let mut story = Self::asked();
        story.plan_made(&plan("inode 7"));
        story
    }

    pub(crate) fn vote(&mut self, plan: &Plan) -> &mut Self {
        let vote = Vote {
            person: "on-call".into(),
            role: Role::OnCall,
            answer: RoleAnswer {
                role: Role::OnCall,
                holders: BTreeSet::from(["on-call".into()]),
                source: "static rota".to_owned(),
                as_of: self.now,
            },
            covers: Vec::new(),
            digest: plan.digest(),
        };
        self.event("on-call", RollbackEvent::Voted(vote))
    }

    pub(crate) fn approved() -> Self {
        let mut story = Self::proposed();
        let plan = plan("inode 7");
        story.later(58).vote(&plan).event("system", RollbackEvent::Approved { digest: plan.digest() });
        story
    }

    pub(crate) fn started() -> Self {
        let mut story = Self::approved();
        story.later(1).event("system", RollbackEvent::Started);
        story
    }

    pub(crate) fn begins(&mut self, name: &str, attempt: u32) -> &mut Self {
        self.event("system", RollbackEvent::StepStarted { step: step(name), attempt })
    }

    pub(crate) fn ends(&mut self, name: &str, findings: Findings) -> &mut Self {
        self.event("system", RollbackEvent::StepFinished { step: step(name), attempt: 1, findings })
    }

    /// Begins now and ends after these seconds.
    pub(crate) fn does(&mut self, name: &str, seconds: i64, findings: Findings) -> &mut Self {
        self.begins(name, 1).later(seconds).ends(name, findings)
    }

    pub(crate) fn fails(&mut self, name: &str, attempt: u32, retryable: bool) -> &mut Self {
        let (trouble, findings) = (trouble(), Findings::default());
        self.event("system", RollbackEvent::StepFailed { step: step(name), attempt, trouble, findings, retryable })
    }

    /// Up to the move: examined, backed up (and asked about data), maintenance page on.
    pub(crate) fn prepared() -> Self {
        let mut story = Self::started();
        let backup = Findings {
            facts: BTreeMap::from([("data_loss".to_owned(), "none".to_owned())]),
            message: "2 GB in 8 s".to_owned(),
            ..Findings::default()
        };
        let before = Findings { measurements: vec![measurement("/healthz", 5, 2, 900)], ..Findings::default() };
        story.does("examine:api-service", 1, before);
        story.does("backup:api-service", 8, backup);
        story.does("maintenance:api-service", 1, Findings::default());
        story
    }

    pub(crate) fn rolled() -> Self {
        let mut story = Self::prepared();
        story.does("roll:api-service/release", 2, moved());
        story
    }

    /// Verification fails twice and people are asked; the question is the last event.
    pub(crate) fn paused() -> Self {
        let mut story = Self::rolled();
        story.does("see:api-service/release", 6, Findings::default());
        story.begins("verify:api-service", 1).later(10).fails("verify:api-service", 1, true);
        story.later(2).begins("verify:api-service", 2).later(10).fails("verify:api-service", 2, false);
        story.event("system", RollbackEvent::Asked { step: step("verify:api-service"), trouble: trouble() });
        story
    }

    pub(crate) fn closers(&mut self) -> &mut Self {
        self.does("maintenance-off:api-service", 1, Findings::default());
        self.does("clean-up:api-service", 1, Findings::default())
    }

    pub(crate) fn finish(&mut self, outcome: Outcome) -> &mut Self {
        self.event("system", RollbackEvent::Finished { outcome })
    }

    pub(crate) fn done() -> Self {
        let mut story = Self::rolled();
        story.does("see:api-service/release", 6, Findings::default());
        story.does("verify:api-service", 10, verified());
        story.does("hold:api-service", 30, Findings::default()).closers();
        story.finish(Outcome::Done { skipped: Vec::new() });
        story
    }
}
