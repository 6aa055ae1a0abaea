//! Endpoints of what the model platform serves: `http://<address>/version`, `/health`, `/orders`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use commands::ports::{Probe, ProbeAnswer, ProbeError};
use jiff::SignedDuration;

use super::ModelPlatform;

/// Answers as users would be answered by what runs.
pub struct ServedProbe {
    platform: Arc<ModelPlatform>,
    fails: Mutex<u32>,
}

impl ServedProbe {
    /// Of this platform.
    #[must_use]
    pub fn of(platform: Arc<ModelPlatform>) -> Arc<Self> {
        Arc::new(Self { platform, fails: Mutex::new(0) })
    }

    /// The next so many probes meet nobody.
    pub fn fail_next(&self, count: u32) {
        *self.fails.lock().unwrap() = count;
    }
}

#[async_trait]
impl Probe for ServedProbe {
    async fn get(&self, url: &str, within: Duration) -> Result<ProbeAnswer, ProbeError> {
        {
            let mut left = self.fails.lock().unwrap();
            if let Some(fewer) = left.checked_sub(1) {
                *left = fewer;
                return Err(ProbeError::Failed("Connection refused (os error 111)".to_owned()));
            }
        }
        let rest = url.strip_prefix("http://").expect("the catalogue of a story has http addresses");
        let (address, path) = rest.split_once('/').expect("an endpoint has a path");
        let (version, well) = self.platform.serves(address);
        let took = SignedDuration::from_millis(if well { 20 } else { 900 });
        if took >= SignedDuration::try_from(within).unwrap_or(SignedDuration::MAX) {
            return Err(ProbeError::TimedOut(within));
        }
        let status = if well || path == "version" { 200 } else { 500 };
        Ok(ProbeAnswer { status, took, body: version.to_string() })
    }
}
