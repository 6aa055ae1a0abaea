//! The last word of the demo, independent of the bot: what users are served through the link.

use std::time::Duration;

use adapters::probe::http::HttpProbe;
use commands::ports::Probe as _;
use serde_json::Value;

use super::playground::Playground;

/// How long one probe may take.
const WITHIN: Duration = Duration::from_secs(2);
/// The endpoints that must be well.
const ENDPOINTS: [&str; 3] = ["/health", "/api/users/me", "/api/data/latest"];

/// What users are served now; an error says what is wrong with it.
pub(super) async fn users_are_served(playground: &Playground, version: &str) -> anyhow::Result<String> {
    let release = playground.current().canonicalize()?;
    anyhow::ensure!(release.ends_with(version), "the link leads to {}", release.display());
    let probe = HttpProbe::new()?;
    let answer = probe.get(&playground.url("/version"), WITHIN).await?;
    let body: Value = serde_json::from_str(&answer.body)?;
    anyhow::ensure!(body["version"] == version, "/version answers {}", answer.body);
    for path in ENDPOINTS {
        let answer = probe.get(&playground.url(path), WITHIN).await?;
        anyhow::ensure!(answer.status == 200, "{path} answers HTTP {}", answer.status);
    }
    Ok(format!("{} answers {version}, and {} are well", playground.url("/version"), ENDPOINTS.join(", ")))
}
