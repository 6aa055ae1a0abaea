//! The nodes of a swarm, and which of them may run a service: a global service wants one task on each.

use std::collections::HashMap;

use bollard::models::{self, NodeSpecAvailabilityEnum, NodeState};
use bollard::query_parameters::ListNodesOptions;
use commands::ports::PlatformError;
use serde_json::Value;

use super::client::{Client, within};

/// One machine of the swarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) name: String,
    /// True where it answers the manager.
    pub(super) is_up: bool,
    /// True where it takes no tasks and gives up those it has.
    pub(super) is_drained: bool,
    pub(super) role: String,
    pub(super) os: String,
    pub(super) architecture: String,
    pub(super) labels: HashMap<String, String>,
    pub(super) engine_labels: HashMap<String, String>,
}

impl Node {
    /// All of them.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn all(client: &Client) -> Result<Vec<Self>, PlatformError> {
        let nodes = within("list the nodes of the swarm", client.docker.list_nodes(None::<ListNodesOptions>)).await?;
        Ok(nodes.into_iter().map(Self::understand).collect())
    }

    fn understand(node: models::Node) -> Self {
        let spec = node.spec.unwrap_or_default();
        let about = node.description.unwrap_or_default();
        let platform = about.platform.unwrap_or_default();
        Self {
            id: node.id.unwrap_or_default(),
            name: about.hostname.unwrap_or_default(),
            is_up: node.status.and_then(|status| status.state) == Some(NodeState::READY),
            is_drained: spec.availability == Some(NodeSpecAvailabilityEnum::DRAIN),
            role: spec.role.map(|role| role.to_string()).unwrap_or_default(),
            os: platform.os.unwrap_or_default(),
            architecture: platform.architecture.unwrap_or_default(),
            labels: spec.labels.unwrap_or_default(),
            engine_labels: about.engine.and_then(|engine| engine.labels).unwrap_or_default(),
        }
    }

    /// True where a global service of this placement has a task here. A node that is paused keeps the
    /// tasks that it has; one that is drained or down has none that count.
    pub(super) fn may_run(&self, placement: &Value) -> bool {
        let constraints = placement["Constraints"].as_array().map(Vec::as_slice).unwrap_or_default();
        self.is_up
            && !self.is_drained
            && constraints.iter().filter_map(Value::as_str).all(|constraint| self.satisfies(constraint))
            && self.is_of(&placement["Platforms"])
    }

    /// One constraint, as `docker service create --constraint` takes it.
    fn satisfies(&self, constraint: &str) -> bool {
        let (key, value, wants) = match (constraint.split_once("!="), constraint.split_once("==")) {
            (Some((key, value)), _) => (key.trim(), value.trim(), false),
            (None, Some((key, value))) => (key.trim(), value.trim(), true),
            (None, None) => return true,
        };
        self.value(key).is_some_and(|own| own.eq_ignore_ascii_case(value)) == wants
    }

    fn value(&self, key: &str) -> Option<&str> {
        match key {
            "node.id" => Some(&self.id),
            "node.hostname" => Some(&self.name),
            "node.role" => Some(&self.role),
            "node.platform.os" => Some(&self.os),
            "node.platform.arch" => Some(&self.architecture),
            key => match (key.strip_prefix("node.labels."), key.strip_prefix("engine.labels.")) {
                (Some(label), _) => self.labels.get(label).map(String::as_str),
                (_, Some(label)) => self.engine_labels.get(label).map(String::as_str),
                _ => None,
            },
        }
    }

    /// Images name architectures as Go does, machines as the kernel does.
    fn is_of(&self, platforms: &Value) -> bool {
        let Some(platforms) = platforms.as_array().filter(|platforms| !platforms.is_empty()) else { return true };
        let same = |own: &str, wanted: &Value| {
            let wanted = wanted.as_str().unwrap_or_default();
            wanted.is_empty() || go_name(own) == go_name(wanted)
        };
        platforms
            .iter()
            .any(|platform| same(&self.os, &platform["OS"]) && same(&self.architecture, &platform["Architecture"]))
    }
}

fn go_name(architecture: &str) -> &str {
    match architecture {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node() -> Node {
        Node {
            id: "n1".to_owned(),
            name: "east-1".to_owned(),
            is_up: true,
            role: "worker".to_owned(),
            os: "linux".to_owned(),
            architecture: "x86_64".to_owned(),
            labels: HashMap::from([("zone".to_owned(), "east".to_owned())]),
            ..Node::default()
        }
    }

    #[test]
    fn constraints_and_platforms_choose_nodes() {
        let may = |placement: Value| node().may_run(&placement);
        assert!(may(json!({})));
        assert!(may(json!({"Constraints": ["node.role == worker", "node.labels.zone==east"]})));
        assert!(may(json!({"Constraints": ["node.labels.disk != slow"]})));
        assert!(!may(json!({"Constraints": ["node.labels.disk == slow"]})));
        assert!(!may(json!({"Constraints": ["node.hostname != east-1"]})));
        assert!(may(json!({"Platforms": [{"OS": "linux", "Architecture": "amd64"}]})));
        assert!(!may(json!({"Platforms": [{"OS": "linux", "Architecture": "arm64"}]})));
    }

    #[test]
    fn a_drained_or_lost_node_does_not_count() {
        assert!(!Node { is_drained: true, ..node() }.may_run(&json!({})));
        assert!(!Node { is_up: false, ..node() }.may_run(&json!({})));
    }
}
