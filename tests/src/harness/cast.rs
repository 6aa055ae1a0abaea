//! Who and what a story has: persons by their roles, services, programs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adapters::store::sqlite::SqliteStore;
use commands::model::{
    Checks, Digest, Endpoint, Hook, HookPoint, Person, PersonId, Place, Policy, Service, ServiceKey, Target,
    TargetKind, Timing, VersionEndpoint,
};
use commands::settings::{Assumed, Pace, Settings, Texts};
use jiff::SignedDuration;

use super::{GaugedStore, Stage};
use crate::fake::{FixedOnCall, ManualClock, ModelPlatform, ScriptedHooks, ServedProbe};

/// The name of the model platform in the catalogue.
pub const PLATFORM: &str = "model";

/// Everybody that the configuration knows, by id and name. A passer-by is in the chat and unknown.
pub const PERSONS: [(&str, &str); 5] = [
    ("on-call", "On-call engineer"),
    ("second", "Second engineer"),
    ("lead", "Team lead"),
    ("commander", "Incident commander"),
    ("stakeholder", "Stakeholder"),
];

/// The outside world of one story. It outlives every engine.
pub struct Scene {
    /// Time.
    pub clock: Arc<ManualClock>,
    /// The log.
    pub store: Arc<GaugedStore>,
    /// Where the services run.
    pub platform: Arc<ModelPlatform>,
    /// People's programs.
    pub hooks: Arc<ScriptedHooks>,
    /// What users are answered.
    pub probe: Arc<ServedProbe>,
    /// Who is on call.
    pub on_call: Arc<FixedOnCall>,
    /// The chat.
    pub stage: Arc<dyn Stage>,
    /// The configuration.
    pub settings: Settings,
}

impl Scene {
    /// At 15:30 of 15 January 2024: `api-service` has a bad release, `web-service` another one.
    ///
    /// # Panics
    /// If a log in memory cannot be opened.
    pub async fn open(stage: Arc<dyn Stage>) -> Self {
        let clock = ManualClock::at("2024-01-15T15:30:00Z");
        let store = SqliteStore::in_memory().await.expect("a log in memory opens");
        let platform = ModelPlatform::new(Arc::clone(&clock) as _);
        for address in ["api", "web"] {
            platform.add(address, &["v1.2.8", "v1.2.9", "v1.3.0"], Duration::from_secs(3));
            platform.set_sick(address, "v1.3.0", true);
        }
        let catalogue = vec![service("api-service", &["api"]), service("web-service", &["web"])];
        Self {
            on_call: FixedOnCall::new(Arc::clone(&clock) as _, ["on-call"]),
            store: GaugedStore::new(Arc::new(store)),
            hooks: ScriptedHooks::new(),
            probe: ServedProbe::of(Arc::clone(&platform)),
            settings: settings(catalogue, &*stage),
            platform,
            clock,
            stage,
        }
    }

    /// The catalogue entry of this name.
    ///
    /// # Panics
    /// If there is none.
    pub fn service(&mut self, name: &str) -> &mut Service {
        let found = self.settings.catalogue.iter_mut().find(|service| service.key.name.as_str() == name);
        found.expect("the catalogue has the service")
    }

    /// The service gets a program at each of these points: `/hooks/<point>-of-<service>`.
    pub fn add_hooks(&mut self, name: &str, points: &[HookPoint]) {
        let hooks = points.iter().map(|point| hook(name, *point));
        self.service(name).hooks.extend(hooks);
    }

    /// The service gets one more target, at this address.
    pub fn add_target(&mut self, name: &str, address: &str) {
        self.platform.add(address, &["v1.2.8", "v1.2.9", "v1.3.0"], Duration::from_secs(3));
        self.service(name).targets.push(target(address));
    }
}

/// The program of a service at a point.
#[must_use]
pub fn program(service: &str, point: HookPoint) -> String {
    format!("/hooks/{}-of-{service}", point.word())
}

fn hook(service: &str, point: HookPoint) -> Hook {
    let program = PathBuf::from(program(service, point));
    Hook { point, program, arguments: Vec::new(), timeout: SignedDuration::from_secs(20) }
}

fn target(address: &str) -> Target {
    Target {
        name: address.into(),
        kind: TargetKind::Release,
        platform: PLATFORM.into(),
        address: serde_json::Value::String(address.to_owned()),
    }
}

fn service(name: &str, addresses: &[&str]) -> Service {
    let first = addresses[0];
    let endpoint = |path: &str| Endpoint { url: format!("http://{first}/{path}"), status: None };
    Service {
        key: ServiceKey { name: name.into(), environment: "production".into() },
        description: "A service of the story".to_owned(),
        owners: vec!["lead".into()],
        targets: addresses.iter().map(|address| target(address)).collect(),
        checks: Checks {
            version: Some(VersionEndpoint { url: endpoint("version").url, pointer: None }),
            health: Some(endpoint("health")),
            critical: vec![endpoint("orders")],
            window: SignedDuration::from_secs(4),
            interval: SignedDuration::from_secs(2),
            ..Checks::default()
        },
        hooks: Vec::new(),
        policy: Policy::default(),
        timing: Timing {
            deadline: SignedDuration::from_secs(60),
            retry: SignedDuration::from_secs(20),
            hold: SignedDuration::from_secs(10),
            watch: SignedDuration::from_secs(30),
            ..Timing::default()
        },
    }
}

fn settings(catalogue: Vec<Service>, stage: &dyn Stage) -> Settings {
    let person = |(id, name): &(&str, &str)| Person {
        id: PersonId::from(*id),
        name: (*name).to_owned(),
        identities: vec![stage.identity(id)],
    };
    Settings {
        configuration: Digest::of(b"the configuration of a story"),
        catalogue,
        persons: PERSONS.iter().map(person).collect(),
        commanders: BTreeSet::from(["commander".into()]),
        stakeholders: BTreeSet::from(["stakeholder".into()]),
        announce: vec![Place { chat: stage.chat().name().clone(), room: "status".to_owned() }],
        room_template: "incident-rollback-{incident}".to_owned(),
        rooms: commands::settings::Rooms::default(),
        zone: jiff::tz::TimeZone::UTC,
        assumed: Assumed::default(),
        texts: Texts::default(),
        keep_incidents: None,
        pace: Pace {
            lease_term: Duration::from_secs(9),
            observe_every: Duration::from_secs(30),
            look_every: Duration::from_secs(5),
            chat_retry: Duration::from_secs(2),
        },
    }
}
