//! The main file as it is written. Every field is a key; its first line of documentation is what
//! editors and the reference show.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use adapters::oncall::rota::RotaSettings;
use commands::model::{DataImpact, Person, PersonId, Severity};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kubernetes::Kubernetes;
use super::service_entry::ServiceEntry;
use super::slack::Slack;
use crate::secret::SecretReference;

/// The main file of the configuration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Switchback")]
pub(super) struct Main {
    /// The time zone in which times without one are read and shown, by its IANA name.
    #[serde(default = "utc")]
    pub(super) zone: String,
    /// A folder with more services: every `*.toml` in it is one service, without `[[service]]`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) catalogue: Option<PathBuf>,
    /// Where the log is kept.
    pub(super) store: Store,
    /// Health and metrics over HTTP.
    #[serde(default)]
    pub(super) http: Http,
    /// What the bot says of itself on standard error.
    #[serde(default)]
    pub(super) log: Log,
    /// Where people talk with the bot.
    #[serde(default)]
    pub(super) chat: Chats,
    /// Which clusters of Kubernetes there are.
    #[serde(default)]
    pub(super) kubernetes: Kubernetes,
    /// The rooms of incidents.
    #[serde(default)]
    pub(super) rooms: Rooms,
    /// Texts that take the place of ours: minijinja templates.
    #[serde(default)]
    pub(super) texts: Texts,
    /// What is assumed where nobody says it; always shown as assumed.
    #[serde(default)]
    pub(super) assumed: Assumed,
    /// How the engine paces itself.
    #[serde(default)]
    pub(super) pace: Pace,
    /// Who holds which standing role.
    #[serde(default)]
    pub(super) roles: Roles,
    /// Who is on call.
    #[serde(default)]
    #[expect(dead_code, reason = "here for the schema; the rota is read by itself, so that it says its own mistakes")]
    rota: Option<RotaSettings>,
    /// Everybody who may do more than read.
    #[serde(default)]
    pub(super) person: Vec<Person>,
    /// What can be rolled back.
    #[serde(default)]
    #[expect(dead_code, reason = "here for the schema; entries are read one by one, so that each says its mistakes")]
    service: Vec<ServiceEntry>,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Where the log is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    /// The database file. It is made if it is not there; its folder must be.
    #[schemars(with = "String")]
    pub(super) path: PathBuf,
    /// For how many days a closed incident is kept, at least 1. After that its events, texts and report
    /// are removed and its number, its dates and the hashes at its end stay. Kept for ever where it is
    /// left out.
    pub(super) keep_closed_incidents_for_days: Option<NonZeroU16>,
}

/// Health and metrics over HTTP.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Http {
    /// The address and port of `/healthz`, `/readyz` and `/metrics`.
    #[schemars(with = "String")]
    pub(super) listen: SocketAddr,
    /// What a reader of `/metrics` must send as bearer token. Anybody may read them where it is left out.
    #[schemars(extend("x-hidden" = true))]
    pub(super) metrics_token: Option<SecretReference>,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9180)), metrics_token: None }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One JSON object for each line.
    #[default]
    Json,
    /// For people at a terminal.
    Human,
}

/// What the bot says of itself on standard error.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// How much is said: `error`, `warn`, `info`, `debug`, `trace`, or by module as `RUST_LOG` has it,
    /// which comes first where it is set.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: "info".to_owned() }
    }
}

/// Where people talk with the bot. A chat that has a section is used.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Chats {
    /// A terminal: for trying things out, and for a rollback when every chat is away.
    pub console: Option<Console>,
    /// Slack: a workspace in which the app is installed.
    pub slack: Option<Slack>,
}

/// A person at the terminal in which the bot runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// The `workspace` of the identity in which the terminal speaks.
    pub workspace: String,
    /// The `user` of the identity in which the terminal speaks. Whoever can type there is this user.
    pub user: String,
    /// Lets whoever types there speak as any user of this workspace, by `as <user>: …`. For playgrounds
    /// and scripts alone: it makes every identity of this chat theirs.
    pub may_speak_as_others: bool,
    /// The folder for reports; made when the first one is saved.
    #[schemars(with = "String")]
    pub documents: PathBuf,
}

impl Default for Console {
    fn default() -> Self {
        Self {
            workspace: "local".to_owned(),
            user: "operator".to_owned(),
            may_speak_as_others: false,
            documents: PathBuf::from("reports"),
        }
    }
}

/// The rooms of incidents.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rooms {
    /// The name of an incident's room; `{incident}` stands for `2024-0115-001`.
    pub(super) template: String,
    /// Rooms where stakeholders read: they get the emergency notification and the end of it.
    pub(super) announce: Vec<Announce>,
    /// Rooms where users read the final text, once somebody published it. Without one it stays in the
    /// incident's room.
    pub(super) publish: Vec<Announce>,
    /// Links at the top of an incident's room, where the chat has a place for them.
    pub(super) bookmark: Vec<Bookmark>,
    /// How long after the end of an incident its room is archived. Never where nothing is said.
    #[schemars(with = "Option<String>")]
    pub(super) archive_after: Option<SignedDuration>,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            template: "incident-rollback-{incident}".to_owned(),
            announce: Vec::new(),
            publish: Vec::new(),
            bookmark: Vec::new(),
            archive_after: None,
        }
    }
}

/// A link at the top of an incident's room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bookmark {
    /// What it says; `{service}`, `{environment}` and `{incident}` are filled in.
    pub(super) title: String,
    /// Where it leads: `https://…`, with the same words filled in.
    pub(super) url: String,
}

/// One room of one chat.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Announce {
    /// The chat, by the name of its section.
    pub(super) chat: String,
    /// The chat's own id of the room.
    pub(super) room: String,
}

/// Texts that take the place of ours: minijinja templates.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Texts {
    /// The file of the final text for users.
    #[schemars(with = "Option<String>")]
    pub(super) user_text: Option<PathBuf>,
    /// The file of the incident report.
    #[schemars(with = "Option<String>")]
    pub(super) report: Option<PathBuf>,
}

/// What is assumed where nobody says it; always shown as assumed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Assumed {
    /// How bad it is for users.
    pub(super) severity: Severity,
    /// What happened to data.
    pub(super) data: DataImpact,
    /// How long a fix forward would take.
    #[schemars(with = "String")]
    pub(super) time_to_fix: SignedDuration,
}

impl Default for Assumed {
    fn default() -> Self {
        let ours = commands::settings::Assumed::default();
        Self { severity: ours.severity, data: ours.data, time_to_fix: ours.time_to_fix }
    }
}

/// How the engine paces itself. The defaults are good; change them for a reason.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Pace {
    /// After this long without a sign of life another replica takes over.
    #[schemars(with = "String")]
    pub(super) lease_term: SignedDuration,
    /// How often the ledger's observer looks at what runs.
    #[schemars(with = "String")]
    pub(super) observe_every: SignedDuration,
    /// How often a replica looks for work that another one left.
    #[schemars(with = "String")]
    pub(super) look_every: SignedDuration,
    /// How long a chat that is away is left alone before it is tried again.
    #[schemars(with = "String")]
    pub(super) chat_retry: SignedDuration,
}

impl Default for Pace {
    fn default() -> Self {
        let ours = commands::settings::Pace::default();
        let signed = |wait| SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        Self {
            lease_term: signed(ours.lease_term),
            observe_every: signed(ours.observe_every),
            look_every: signed(ours.look_every),
            chat_retry: signed(ours.chat_retry),
        }
    }
}

/// Who holds which standing role. Team leads are the owners of each service; who is on call, the rota
/// says.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Roles {
    /// Who may lead an incident: replace, abort and approve.
    pub(super) incident_commander: Vec<PersonId>,
    /// Who is told, and decides nothing.
    pub(super) stakeholder: Vec<PersonId>,
}
