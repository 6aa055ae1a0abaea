//! Persons, the roles that they hold, and what a priority asks for.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Identity, PersonId, Priority};

/// Somebody that the configuration knows. A chat identity that maps to nobody may read, never vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Unique, and what events carry.
    pub id: PersonId,
    /// How the bot calls them in messages.
    pub name: String,
    /// Where they speak.
    #[serde(default)]
    pub identities: Vec<Identity>,
}

/// What somebody may do, held at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// On call now, by the rota.
    OnCall,
    /// Leads the team that owns the service.
    TeamLead,
    /// Leads the incident: may replace, abort and approve.
    IncidentCommander,
    /// Is told, and decides nothing.
    Stakeholder,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::OnCall, Self::TeamLead, Self::IncidentCommander, Self::Stakeholder];

    /// The word in the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OnCall => "on-call",
            Self::TeamLead => "team-lead",
            Self::IncidentCommander => "incident-commander",
            Self::Stakeholder => "stakeholder",
        }
    }
}

/// Who holds a role, who said so, and when it was so. Kept in the vote that it allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAnswer {
    /// The role that was asked for.
    pub role: Role,
    /// Who holds it.
    pub holders: BTreeSet<PersonId>,
    /// The source: `static rota`, `pagerduty schedule P123`.
    pub source: String,
    /// The moment for which the source answered.
    pub as_of: Timestamp,
}

/// What approval one priority asks for [J6].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// How many persons must say yes. At least one.
    pub votes: u32,
    /// The roles of which each must hold one.
    pub roles: BTreeSet<Role>,
    /// Whether the requester's own vote counts.
    pub own_request: bool,
    /// After this long without approval the request expires, and a vote does.
    #[schemars(with = "String")]
    pub expires: SignedDuration,
    /// A role answer older than this is asked for again before it counts.
    #[schemars(with = "String")]
    pub role_max_age: SignedDuration,
}

/// What approval each priority asks for, of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Critical.
    pub p1: ApprovalRule,
    /// High.
    pub p2: ApprovalRule,
    /// Medium.
    pub p3: ApprovalRule,
    /// Low.
    pub p4: ApprovalRule,
}

impl Policy {
    /// The rule of this priority.
    #[must_use]
    pub fn rule(&self, priority: Priority) -> &ApprovalRule {
        match priority {
            Priority::P1 => &self.p1,
            Priority::P2 => &self.p2,
            Priority::P3 => &self.p3,
            Priority::P4 => &self.p4,
        }
    }
}

impl Default for Policy {
    /// P1 and P2: one vote of the on-call engineer, one's own request allowed. P3 and P4: a team lead
    /// other than the requester [J6].
    fn default() -> Self {
        let urgent = ApprovalRule {
            votes: 1,
            roles: BTreeSet::from([Role::OnCall]),
            own_request: true,
            expires: SignedDuration::from_mins(30),
            role_max_age: SignedDuration::from_mins(5),
        };
        let calm = ApprovalRule {
            roles: BTreeSet::from([Role::TeamLead]),
            own_request: false,
            expires: SignedDuration::from_hours(4),
            ..urgent.clone()
        };
        Self { p1: urgent.clone(), p2: urgent, p3: calm.clone(), p4: calm }
    }
}
