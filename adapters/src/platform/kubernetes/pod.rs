//! A pod, as far as a rollback looks at it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::Value;

use super::history::{History, REVISION_LABEL};
use super::judge::Refusal;
use super::template::text;
use super::workload::Workload;

/// Reasons for which a container waits that do not mend themselves by waiting (kubelet, `images/types.go`
/// and `container/sync_result.go`).
const BAD_WAITS: [&str; 9] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "CrashLoopBackOff",
];

/// One pod at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pod {
    pub(super) uid: String,
    pub(super) name: String,
    /// The counter that a write must name.
    pub(super) resource_version: String,
    pub(super) created: Option<Timestamp>,
    /// Who made it: name and uid.
    owner: String,
    owner_uid: String,
    /// The value of its [`REVISION_LABEL`].
    hash: Option<String>,
    pub(super) is_ready: bool,
    /// It is being deleted, or has ended.
    pub(super) is_leaving: bool,
    pub(super) restarts: i64,
    /// When the container that restarted last began, by the clock of its node.
    pub(super) restarted: Option<Timestamp>,
    /// What each container runs, by its name: the digest of its image, as its node fetched it.
    pub(super) images: BTreeMap<String, String>,
    /// What it waits for that waiting does not mend.
    pub(super) stuck: Option<Wait>,
    /// In the cluster's own words.
    pub(super) state: String,
    pub(super) detail: String,
}

/// A container that does not begin, in the kubelet's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) container: String,
    pub(super) reason: String,
    pub(super) message: String,
}

impl Pod {
    pub(super) fn of(object: &DynamicObject) -> Self {
        let (metadata, status) = (&object.metadata, &object.data["status"]);
        let owner = metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        let phase = text(&status["phase"]);
        let waits: Vec<Wait> = containers(status).filter_map(waiting).collect();
        let condition = |kind: &str| {
            let conditions = status["conditions"].as_array().into_iter().flatten();
            conditions.into_iter().find(|condition| text(&condition["type"]) == kind)
        };
        let unplaced = condition("PodScheduled").filter(|placed| text(&placed["status"]) == "False");
        let first = waits.first();
        let is_deleted = metadata.deletion_timestamp.is_some();
        let state = match (is_deleted, first) {
            (true, _) => "Terminating".to_owned(),
            (false, Some(wait)) => wait.reason.clone(),
            (false, None) => phase.to_owned(),
        };
        let said = first.map(|wait| wait.message.clone()).or_else(|| Some(text(&unplaced?["message"]).to_owned()));
        Self {
            uid: metadata.uid.clone().unwrap_or_default(),
            name: metadata.name.clone().unwrap_or_default(),
            resource_version: metadata.resource_version.clone().unwrap_or_default(),
            created: metadata.creation_timestamp.as_ref().map(|time| time.0),
            owner: owner.map(|owner| owner.name.clone()).unwrap_or_default(),
            owner_uid: owner.map(|owner| owner.uid.clone()).unwrap_or_default(),
            hash: metadata.labels.as_ref().and_then(|labels| labels.get(REVISION_LABEL)).cloned(),
            is_ready: condition("Ready").is_some_and(|ready| text(&ready["status"]) == "True"),
            is_leaving: is_deleted || matches!(phase, "Succeeded" | "Failed"),
            restarts: containers(status).filter_map(|container| container["restartCount"].as_i64()).sum(),
            restarted: containers(status).filter_map(restarted).max(),
            images: containers(status).filter_map(fetched).collect(),
            stuck: waits.into_iter().find(|wait| BAD_WAITS.contains(&wait.reason.as_str())),
            state,
            detail: crate::redact::redact(&said.unwrap_or_default()),
        }
    }

    /// True where this StatefulSet or DaemonSet made it. A selector alone may find pods of somebody else.
    pub(super) fn is_of_set(&self, set: &Workload) -> bool {
        self.owner_uid == set.uid()
    }

    /// True where the workload made it, itself or by one of its revisions.
    pub(super) fn is_made_by(&self, workload: &Workload, history: &History) -> bool {
        self.is_of_set(workload) || history.all.iter().any(|revision| revision.name == self.owner)
    }

    /// True where it is one of this revision.
    pub(super) fn is_of(&self, revision: &super::history::Revision) -> bool {
        self.owner == revision.name || self.hash.as_deref().is_some_and(|hash| revision.is_of_hash(hash))
    }

    /// True where it is what a workload that is set to this revision makes. A controller that compares what it
    /// keeps to the letter may make another revision of the very same template (kubernetes/kubernetes#134773).
    pub(super) fn comes(&self, workload: &Workload, target: &super::history::Revision) -> bool {
        let updated = || workload.status()["updateRevision"].as_str();
        let is_set = workload.is_set() && workload.is_observed() && workload.template == target.template;
        self.is_of(target) || (is_set && self.hash.as_deref().is_some_and(|hash| updated() == Some(hash)))
    }

    /// The number of its revision, where that is known.
    pub(super) fn revision_number(&self, history: &History) -> Option<i64> {
        history.all.iter().find(|revision| self.is_of(revision)).map(|revision| revision.number)
    }

    /// Its place in a StatefulSet.
    pub(super) fn ordinal(&self) -> Option<i64> {
        self.name.rsplit_once('-')?.1.parse().ok()
    }
}

fn containers(status: &Value) -> impl Iterator<Item = &Value> {
    let list = |name: &str| status[name].as_array().map(Vec::as_slice).unwrap_or_default();
    list("initContainerStatuses").iter().chain(list("containerStatuses"))
}

/// When a container that has restarted began.
fn restarted(container: &Value) -> Option<Timestamp> {
    let has_restarted = container["restartCount"].as_i64().is_some_and(|count| count > 0);
    container["state"]["running"]["startedAt"].as_str().filter(|_| has_restarted)?.parse().ok()
}

/// A container and the digest of the image that its node fetched; none where the node tells no digest.
fn fetched(container: &Value) -> Option<(String, String)> {
    let (_, digest) = container["imageID"].as_str()?.rsplit_once('@')?;
    Some((text(&container["name"]).to_owned(), digest.to_owned()))
}

fn waiting(container: &Value) -> Option<Wait> {
    let waiting = &container["state"]["waiting"];
    let reason = waiting["reason"].as_str().filter(|reason| *reason != "PodInitializing")?;
    let ended = &container["lastState"]["terminated"];
    let mut message = text(&waiting["message"]).to_owned();
    if let Some(code) = ended["exitCode"].as_i64() {
        let last = text(&ended["message"]).trim();
        let end = format!("ended last with code {code} ({})", text(&ended["reason"]));
        message = [message.as_str(), &end, last]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("; ");
    }
    Some(Wait {
        container: text(&container["name"]).to_owned(),
        reason: reason.to_owned(),
        message: crate::redact::redact(&message),
    })
}

/// What an event says of a pod that could not be made, and when that was so last.
pub(super) fn refusal(event: &DynamicObject) -> Refusal {
    let data = &event.data;
    let times = [&data["series"]["lastObservedTime"], &data["lastTimestamp"], &data["eventTime"]];
    let when = times.into_iter().filter_map(|time| time.as_str()?.parse().ok()).max();
    Refusal { when, said: crate::redact::redact(text(&data["message"])) }
}
