//! Where a service of a swarm is: what its catalogue entry says under `address`.

use std::fmt;
use std::path::{Path, PathBuf};

use commands::model::Target;
use commands::ports::PlatformError;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The socket that Docker's own packages make.
const SOCKET: &str = "/var/run/docker.sock";

/// A service, and the engine of a manager that is asked about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwarmAddress {
    /// The service's name or id. With a name, another service of that name is noticed by its id.
    pub service: String,
    /// The engine of a manager.
    #[serde(default)]
    pub engine: Engine,
    /// How long a task may wait for a node or an image before this counts as failed; 2 min where
    /// nothing is said. The engine itself would wait for ever.
    #[serde(default = "two_minutes")]
    #[schemars(with = "String")]
    pub stuck_after: SignedDuration,
    /// Whether the image that was rolled back from is removed from the manager's engine at the end,
    /// where nothing uses it; it is not where nothing is said.
    #[serde(default)]
    pub remove_failed_image: bool,
}

fn two_minutes() -> SignedDuration {
    SignedDuration::from_mins(2)
}

/// How an engine is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// A Unix socket on this machine, by absolute path.
    Socket(PathBuf),
    /// TCP with TLS on both sides.
    Tls(Tls),
    /// TCP without TLS, as `127.0.0.1:2375`: only to this machine, where a tunnel may begin. Whoever
    /// reaches an engine is root on its machine.
    Loopback(String),
    /// The machine's own `ssh` program, as `ssh://user@manager.example:22`; keys and known hosts are those
    /// of the user as whom the bot runs.
    Ssh(String),
}

impl Default for Engine {
    fn default() -> Self {
        Self::Socket(PathBuf::from(SOCKET))
    }
}

/// As a terminal shows it.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "{}", path.display()),
            Self::Tls(Tls { address, .. }) | Self::Loopback(address) => f.write_str(address),
            Self::Ssh(url) => f.write_str(url),
        }
    }
}

/// TCP with TLS on both sides, all files PEM by absolute path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// `manager.example:2376`
    pub address: String,
    /// Who signed the engine's certificate.
    pub ca: PathBuf,
    /// The bot's certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl SwarmAddress {
    /// The address of this target.
    ///
    /// # Errors
    /// [`PlatformError::Address`], with what would be right.
    pub fn of(target: &Target) -> Result<Self, PlatformError> {
        let wrong = |why: String| PlatformError::Address { target: target.name.to_string(), why };
        let address: Self = serde_json::from_value(target.address.clone()).map_err(|error| wrong(error.to_string()))?;
        address.check().map_err(wrong)?;
        Ok(address)
    }

    fn check(&self) -> Result<(), String> {
        // Docker's own rule for the names of services; it also keeps them whole within a URL.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let starts = self.service.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts || !self.service.chars().all(plain) {
            return Err(format!("`service` is `{}`; the name or id of a service is needed", self.service));
        }
        if !self.stuck_after.is_positive() {
            return Err("`stuck_after` must be longer than nothing".to_owned());
        }
        self.engine.check()
    }
}

impl Engine {
    fn check(&self) -> Result<(), String> {
        match self {
            Self::Socket(path) => absolute("socket", path),
            Self::Tls(tls) => {
                host_and_port("tls.address", &tls.address)?;
                let files = [("tls.ca", &tls.ca), ("tls.certificate", &tls.certificate), ("tls.key", &tls.key)];
                files.into_iter().try_for_each(|(name, path)| absolute(name, path))
            }
            Self::Loopback(address) => {
                let host = host_and_port("loopback", address)?;
                let own = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
                if own {
                    Ok(())
                } else {
                    Err(format!("`loopback` is `{address}`; another machine is for `tls` or `ssh`"))
                }
            }
            Self::Ssh(url) => {
                let rest = url.strip_prefix("ssh://").unwrap_or_default();
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ':');
                // A name that begins with `-` would be read as an option.
                if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && rest.chars().all(plain) {
                    Ok(())
                } else {
                    Err(format!("`ssh` is `{url}`; one like `ssh://user@manager.example` is needed"))
                }
            }
        }
    }
}

fn absolute(name: &str, path: &Path) -> Result<(), String> {
    if path.is_absolute() && path.to_str().is_some() {
        Ok(())
    } else {
        Err(format!("`{name}` is `{}`; an absolute path is needed", path.display()))
    }
}

fn host_and_port<'a>(name: &str, address: &'a str) -> Result<&'a str, String> {
    let wrong = || format!("`{name}` is `{address}`; a name and a port are needed, like `manager.example:2376`");
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if host.is_empty() || !host.chars().all(plain) || port.parse::<u16>().is_err() {
        return Err(wrong());
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use commands::model::TargetKind;
    use serde_json::json;

    use super::*;

    fn read(address: serde_json::Value) -> Result<SwarmAddress, String> {
        let target =
            Target { name: "release".into(), kind: TargetKind::Release, platform: super::super::NAME.into(), address };
        SwarmAddress::of(&target).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_is_enough() {
        let address = read(json!({"service": "shop_api"})).unwrap();
        assert_eq!(address.engine, Engine::Socket("/var/run/docker.sock".into()));
        assert_eq!((address.stuck_after, address.remove_failed_image), (SignedDuration::from_secs(120), false));
    }

    #[test]
    fn every_way_to_an_engine_is_understood() {
        let tls = json!({"address": "manager.example:2376", "ca": "/e/ca", "certificate": "/e/c", "key": "/e/k"});
        for engine in [
            json!({"socket": "/run/docker.sock"}),
            json!({"tls": tls}),
            json!({"loopback": "127.0.0.1:2375"}),
            json!({"ssh": "ssh://deploy@manager.example"}),
            json!({"ssh": "ssh://manager.example:2222"}),
        ] {
            read(json!({"service": "api", "engine": engine})).unwrap();
        }
    }

    #[test]
    fn nonsense_is_refused_with_what_would_be_right() {
        for (address, why) in [
            (json!({}), "missing field `service`"),
            (json!({"service": "api", "cluster": "east"}), "unknown field `cluster`"),
            (json!({"service": "../info"}), "`service` is `../info`; the name or id"),
            (json!({"service": ""}), "the name or id"),
            (json!({"service": "api", "stuck_after": "0s"}), "`stuck_after` must be longer"),
            (json!({"service": "api", "engine": {"socket": "docker.sock"}}), "an absolute path"),
            (json!({"service": "api", "engine": {"loopback": "10.0.0.1:2375"}}), "is for `tls` or `ssh`"),
            (json!({"service": "api", "engine": {"loopback": "localhost"}}), "a name and a port"),
            (json!({"service": "api", "engine": {"ssh": "ssh://-oProxyCommand=x"}}), "one like `ssh://user@"),
        ] {
            let said = read(address.clone()).unwrap_err();
            assert!(said.contains(why), "{address}: {said}");
        }
    }
}
