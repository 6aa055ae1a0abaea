//! Stories for tests: an incident told event by event, folded as the journal folds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Showing, View, Where, slots};
use crate::model::*;
use crate::saga::{IncidentState, RollbackState, decode, encode};
use crate::settings::{Assumed, Pace, Settings, Texts};

/// One service, its persons, and what happens to it.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) settings: Settings,
    pub(crate) on_call: BTreeSet<PersonId>,
    now: Timestamp,
    log: Vec<StoredEvent>,
    sequences: BTreeMap<StreamId, u64>,
}

/// What a log tells.
pub(crate) struct Told {
    pub(crate) incident: IncidentState,
    pub(crate) rollbacks: Vec<Arc<RollbackState>>,
}

pub(crate) const INCIDENT: &str = "INC-2024-0115-001";

pub(crate) fn incident_id() -> IncidentId {
    INCIDENT.parse().unwrap()
}

pub(crate) fn rollback_id(number: u32) -> RollbackId {
    RollbackId { incident: incident_id(), number }
}

pub(crate) fn key() -> ServiceKey {
    "api-service@production".parse().unwrap()
}

pub(crate) fn step(name: &str) -> StepName {
    StepName(name.to_owned())
}

fn person(id: &str, name: &str) -> Person {
    Person { id: id.into(), name: name.to_owned(), identities: vec![identity(id)] }
}

fn identity(id: &str) -> Identity {
    Identity { chat: "console".into(), workspace: "local".to_owned(), user: id.to_owned() }
}

pub(crate) fn actor(id: &str) -> Actor {
    Actor::Person { person: id.into(), identity: identity(id) }
}

pub(crate) fn endpoint(path: &str) -> Endpoint {
    Endpoint { url: format!("http://127.0.0.1:8080{path}"), status: None }
}

pub(crate) fn measurement(path: &str, samples: u32, failed: u32, median: i64) -> Measurement {
    Measurement {
        url: endpoint(path).url,
        samples,
        failed,
        median: Some(SignedDuration::from_millis(median)),
        slowest: Some(SignedDuration::from_millis(4 * median)),
        last_failure: (failed > 0).then(|| "status 500".to_owned()),
    }
}

/// Ended well, with 40 good probes.
pub(crate) fn verified() -> Findings {
    Findings {
        measurements: vec![measurement("/healthz", 20, 0, 12), measurement("/orders", 20, 0, 31)],
        ..Findings::default()
    }
}

pub(crate) fn moved() -> Findings {
    Findings { movement: Some(Movement::Moved), ..Findings::default() }
}

pub(crate) fn trouble() -> Trouble {
    Trouble::new(Note::new("health-failed").with("url", endpoint("/healthz").url)).saying("status 503\nupstream away")
}

pub(crate) fn service() -> Service {
    let hook = |point| Hook {
        point,
        program: PathBuf::from("/opt/hooks/run"),
        arguments: Vec::new(),
        timeout: SignedDuration::from_mins(1),
    };
    Service {
        key: key(),
        description: "Orders and carts".to_owned(),
        owners: vec!["lead".into()],
        targets: vec![Target {
            name: "release".into(),
            kind: TargetKind::Release,
            platform: "host".into(),
            address: serde_json::Value::Null,
        }],
        checks: Checks {
            version: Some(VersionEndpoint { url: endpoint("/version").url, pointer: None }),
            health: Some(endpoint("/healthz")),
            critical: vec![endpoint("/orders")],
            ..Checks::default()
        },
        hooks: vec![hook(HookPoint::Backup), hook(HookPoint::Maintenance), hook(HookPoint::CleanUp)],
        policy: Policy::default(),
        timing: Timing::default(),
    }
}

fn settings() -> Settings {
    Settings {
        configuration: Digest::of(b"configuration"),
        catalogue: vec![service()],
        persons: vec![
            person("on-call", "On-call engineer"),
            person("lead", "Team lead"),
            person("commander", "Incident commander"),
        ],
        commanders: BTreeSet::from(["commander".into()]),
        stakeholders: BTreeSet::new(),
        announce: Vec::new(),
        room_template: "incident-rollback-{incident}".to_owned(),
        zone: jiff::tz::TimeZone::UTC,
        assumed: Assumed::default(),
        texts: Texts::default(),
        pace: Pace::default(),
    }
}

fn planned(name: &str, class: StepClass, action: StepAction) -> PlannedStep {
    PlannedStep {
        name: step(name),
        class,
        action,
        service: key(),
        closes: None,
        only_after_move: false,
        timeout: SignedDuration::from_mins(1),
        retry_for: SignedDuration::from_mins(2),
    }
}

/// Back up, maintenance page, roll, see, verify, hold, and what closes.
pub(crate) fn steps() -> Vec<PlannedStep> {
    let release = || TargetName::new("release");
    let maintenance_off = PlannedStep {
        closes: Some(step("maintenance:api-service")),
        ..planned(
            "maintenance-off:api-service",
            StepClass::Always,
            StepAction::UndoHook { point: HookPoint::Maintenance, index: 1 },
        )
    };
    let clean_up = StepAction::Hook { point: HookPoint::CleanUp, index: 2 };
    vec![
        planned("examine:api-service", StepClass::Prepare, StepAction::Examine),
        planned("backup:api-service", StepClass::Prepare, StepAction::Hook { point: HookPoint::Backup, index: 0 }),
        planned(
            "maintenance:api-service",
            StepClass::Prepare,
            StepAction::Hook { point: HookPoint::Maintenance, index: 1 },
        ),
        planned("roll:api-service/release", StepClass::Pivot, StepAction::Roll { target: release() }),
        planned("see:api-service/release", StepClass::Forward, StepAction::See { target: release() }),
        planned("verify:api-service", StepClass::Forward, StepAction::Verify),
        planned("hold:api-service", StepClass::Forward, StepAction::Hold),
        maintenance_off,
        PlannedStep { only_after_move: true, ..planned("clean-up:api-service", StepClass::Always, clean_up) },
    ]
}

pub(crate) fn plan(inode: &str) -> Plan {
    let intent =
        Intent { identity: inode.to_owned(), fields: BTreeMap::from([("current".to_owned(), "1.3.0".to_owned())]) };
    let effects = Effects {
        schema: Effects::SCHEMA,
        priority: Priority::P2,
        services: vec![ServicePlan {
            service: service(),
            from: Some(Version::new("v1.3.0")),
            to: Version::new("v1.2.9"),
            targets: vec![TargetPlan {
                target: "release".into(),
                from: Revision::new("releases/1.3.0"),
                to: Revision::new("releases/1.2.9"),
                intent,
            }],
        }],
        steps: steps(),
    };
    let circumstances = Circumstances {
        estimate: SignedDuration::from_secs(95),
        standings: vec![(key(), Standing::Good)],
        health: vec![measurement("/healthz", 5, 2, 900)],
        ..Circumstances::default()
    };
    Plan::new(effects, circumstances).unwrap()
}

pub(crate) fn assessment() -> Assessment {
    Assessment {
        severity: Stated::Given(Severity::High),
        data: Stated::Assumed(DataImpact::None),
        time_to_fix: Stated::Assumed(SignedDuration::from_mins(90)),
        detected_at: Stated::Given("2024-01-15T15:25:00Z".parse().unwrap()),
        advice: Advice { decision: Decision::RollBack, rule: Rule::HighSlowFix },
    }
}

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
                severity: Severity::High,
                detected_at: "2024-01-15T15:25:00Z".parse().unwrap(),
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
        self.incident("system", IncidentEvent::RollbackAdded { rollback: rollback_id(number) });
        let request = Request {
            requester: "on-call".into(),
            asked_in: Place { chat: "console".into(), room: "desk".to_owned() },
            services: vec![(key(), Wanted::Version(Version::new("v1.2.9")))],
            because: because.map(ToOwned::to_owned),
        };
        self.of(number, "on-call", RollbackEvent::Requested { request, assessment: assessment(), replaces: None })
    }

    pub(crate) fn later(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    fn append(&mut self, stream: StreamId, actor_id: &str, event: Event) -> &mut Self {
        let sequence = self.sequences.entry(stream.clone()).or_default();
        *sequence += 1;
        let (kind, body) = encode(&event).unwrap();
        self.log.push(StoredEvent {
            position: self.log.len() as u64 + 1,
            stream,
            sequence: Sequence(*sequence),
            at: self.now,
            actor: if actor_id == "system" { Actor::System } else { actor(actor_id) },
            kind,
            version: 1,
            configuration: Digest::default(),
            previous: Digest::default(),
            body,
            hash: Digest::default(),
        });
        self
    }

    pub(crate) fn incident(&mut self, actor: &str, event: IncidentEvent) -> &mut Self {
        self.append(StreamId::Incident(incident_id()), actor, event.into())
    }

    /// An event of the rollback of this number.
    pub(crate) fn of(&mut self, number: u32, actor: &str, event: RollbackEvent) -> &mut Self {
        self.append(StreamId::Rollback(rollback_id(number)), actor, event.into())
    }

    /// An event of the first rollback.
    pub(crate) fn event(&mut self, actor: &str, event: RollbackEvent) -> &mut Self {
        self.of(1, actor, event)
    }

    /// An event that this release cannot read.
    pub(crate) fn garbled(&mut self) -> &mut Self {
        self.event("system", RollbackEvent::Expired);
        if let Some(last) = self.log.last_mut() {
            last.version = 99;
        }
        self
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
            covers: vec![],
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
        story.does("examine:api-service", 1, Findings::default());
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

    pub(crate) fn last_sequence(&self, number: u32) -> Sequence {
        Sequence(self.sequences[&StreamId::Rollback(rollback_id(number))])
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

    pub(crate) fn len(&self) -> usize {
        self.log.len()
    }

    /// All of it, which must be understood.
    pub(crate) fn told(&self) -> Told {
        let told = self.told_until(self.len());
        for state in &told.rollbacks {
            assert_eq!(state.unreadable, None, "the story breaks the transition table");
        }
        told
    }

    /// The first events of it.
    pub(crate) fn told_until(&self, length: usize) -> Told {
        let mut incident: Option<IncidentState> = None;
        let mut rollbacks: BTreeMap<RollbackId, RollbackState> = BTreeMap::new();
        for stored in &self.log[..length] {
            let event = decode(stored);
            match &stored.stream {
                StreamId::Incident(id) => match &mut incident {
                    Some(state) => state.apply(stored, event.as_ref().ok()),
                    none => *none = IncidentState::begin(*id, stored, event.as_ref().unwrap()),
                },
                StreamId::Rollback(id) => match rollbacks.get_mut(id) {
                    Some(state) => state.apply(stored, event.as_ref().map_err(ToString::to_string)),
                    None => {
                        let state = RollbackState::begin(*id, stored, event.as_ref().unwrap());
                        rollbacks.insert(*id, state.unwrap());
                    }
                },
                StreamId::Service(_) => {}
            }
        }
        Told { incident: incident.unwrap(), rollbacks: rollbacks.into_values().map(Arc::new).collect() }
    }

    pub(crate) fn view<'a>(&'a self, told: &'a Told) -> View<'a> {
        View { incident: &told.incident, rollbacks: &told.rollbacks, settings: &self.settings, on_call: &self.on_call }
    }

    pub(crate) fn slots(&self) -> Vec<Showing> {
        slots(&self.view(&self.told()))
    }

    /// One slot of the room as plain text; `(none)` where it is not there.
    pub(crate) fn shows(&self, slot: &str) -> String {
        let found = self
            .slots()
            .into_iter()
            .find(|showing| showing.place == Where::Room && showing.slot.to_string().ends_with(&format!("#{slot}")));
        found.map_or_else(|| "(none)".to_owned(), |showing| plain(&showing.message))
    }
}

/// A message as plain text, every part of it.
pub(crate) fn plain(message: &Message) -> String {
    let mut text = format!("[{:?}] {}\n", message.tone, message.headline);
    for fact in &message.facts {
        let _ = writeln!(text, "{}: {}", fact.label, fact.value);
    }
    for block in &message.blocks {
        let _ = match block {
            Block::Title(title) => writeln!(text, "## {title}"),
            Block::Text(words) => writeln!(text, "{words}"),
            Block::List(lines) => lines.iter().try_for_each(|line| writeln!(text, "- {line}")),
            Block::Steps(steps) => steps.iter().try_for_each(|step| {
                let detail = if step.detail.is_empty() { String::new() } else { format!(" | {}", step.detail) };
                writeln!(text, "({:?}) {}{detail}", step.mark, step.text)
            }),
            Block::Code(code) => writeln!(text, "```\n{code}\n```"),
            Block::Document { name, text: document } => writeln!(text, "<{name}: {} lines>", document.lines().count()),
        };
    }
    for button in &message.buttons {
        let confirm = button.confirm.as_deref().unwrap_or("-");
        let _ = writeln!(text, "<{}> {:?}: {confirm}", button.label, button.style);
    }
    if !message.notify.is_empty() {
        let persons: Vec<&str> = message.notify.iter().map(PersonId::as_str).collect();
        let _ = writeln!(text, "notify: {}", persons.join(", "));
    }
    if message.is_final {
        text.push_str("final\n");
    }
    text
}
