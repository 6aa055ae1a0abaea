//! What answers at an address, for who sets the bot up: which engine, and whether it could roll back.

use bollard::models::{LocalNodeState, SystemInfo};
use commands::ports::PlatformError;

use super::address::Engine;
use super::client::{Client, within};

/// The oldest version of the interface that tells the digests of a registry (`GET /distribution`;
/// docs.docker.com, "Engine API version history").
const OLDEST: (usize, usize) = (1, 30);

/// The engine's version, and its part in its swarm.
///
/// # Errors
/// `Refused` where it is no manager or too old; else what asking it meets.
pub(super) async fn introduce(client: &Client, engine: &Engine) -> Result<String, PlatformError> {
    let info = within("ask the Docker engine what it is", client.docker.info()).await?;
    let spoken = client.docker.client_version();
    let spoken = (spoken.major_version, spoken.minor_version);
    read(&info, spoken)
        .map_err(|why| PlatformError::Refused { what: format!("use the Docker engine at {engine}"), why })
}

fn read(info: &SystemInfo, spoken: (usize, usize)) -> Result<String, String> {
    let version = info.server_version.as_deref().unwrap_or("of unknown version");
    let spoken = (spoken >= OLDEST).then_some(spoken).ok_or_else(|| {
        format!(
            "Docker {version} speaks its interface up to {}.{}; {}.{} is needed",
            spoken.0, spoken.1, OLDEST.0, OLDEST.1
        )
    })?;
    let swarm = info.swarm.clone().unwrap_or_default();
    if swarm.local_node_state != Some(LocalNodeState::ACTIVE) {
        let state = swarm.local_node_state.unwrap_or(LocalNodeState::INACTIVE);
        return Err(format!("Docker {version} is in no swarm that works (it is {state}); name a manager's engine"));
    }
    if swarm.control_available != Some(true) {
        return Err(format!("Docker {version} is a worker of its swarm; name a manager's engine"));
    }
    let (managers, nodes) = (swarm.managers.unwrap_or_default(), swarm.nodes.unwrap_or_default());
    let (major, minor) = spoken;
    Ok(format!(
        "Docker {version} by interface {major}.{minor}, a manager; the swarm has managers {managers}, nodes {nodes}"
    ))
}

#[cfg(test)]
mod tests {
    use bollard::models::SwarmInfo;

    use super::*;

    fn info(state: LocalNodeState, manages: bool) -> SystemInfo {
        let swarm = SwarmInfo {
            local_node_state: Some(state),
            control_available: Some(manages),
            managers: Some(3),
            nodes: Some(7),
            ..SwarmInfo::default()
        };
        SystemInfo { server_version: Some("28.1.0".to_owned()), swarm: Some(swarm), ..SystemInfo::default() }
    }

    #[test]
    fn only_a_manager_can_roll_back() {
        let said = read(&info(LocalNodeState::ACTIVE, true), (1, 49)).unwrap();
        assert_eq!(said, "Docker 28.1.0 by interface 1.49, a manager; the swarm has managers 3, nodes 7");
        let worker = read(&info(LocalNodeState::ACTIVE, false), (1, 49)).unwrap_err();
        assert_eq!(worker, "Docker 28.1.0 is a worker of its swarm; name a manager's engine");
        let alone = read(&info(LocalNodeState::INACTIVE, false), (1, 49)).unwrap_err();
        assert!(alone.contains("is in no swarm that works (it is inactive)"), "{alone}");
        let old = read(&info(LocalNodeState::ACTIVE, true), (1, 29)).unwrap_err();
        assert!(old.contains("up to 1.29; 1.30 is needed"), "{old}");
    }
}
