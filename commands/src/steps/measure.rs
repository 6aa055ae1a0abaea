//! What the bot's own probes find [V1 V2]. Figures are labelled as that wherever they are shown.

use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;

use crate::model::{Checks, Endpoint, Measurement, Note, Trouble, Version, VersionEndpoint};
use crate::ports::{Clock, Probe};

/// What one probe of one endpoint met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    took: Option<SignedDuration>,
    failure: Option<String>,
}

/// Samples of each endpoint, in the order of [`Checks::endpoints`].
#[derive(Debug, Default)]
pub(super) struct Samples {
    by_endpoint: Vec<(String, Vec<Sample>)>,
}

pub(super) fn real(duration: SignedDuration) -> Duration {
    Duration::try_from(duration).unwrap_or(Duration::ZERO)
}

/// Probes every endpoint once, all at the same time, each within `within`.
pub async fn measure_once(probe: &dyn Probe, checks: &Checks, within: Duration) -> Vec<Measurement> {
    let mut samples = Samples::default();
    samples.take(probe, checks, within).await;
    samples.measurements()
}

/// Probes every endpoint this many times, all at the same time.
pub(super) async fn baseline(probe: &dyn Probe, checks: &Checks, times: usize) -> Vec<Measurement> {
    let mut samples = Samples::default();
    let rounds = (0..times).map(|_| sample_all(probe, checks, real(checks.timeout)));
    for round in join_all(rounds).await {
        samples.add(round);
    }
    samples.measurements()
}

async fn sample_all(probe: &dyn Probe, checks: &Checks, within: Duration) -> Vec<(String, Sample)> {
    join_all(checks.endpoints().map(|endpoint| sample(probe, endpoint, within))).await
}

async fn sample(probe: &dyn Probe, endpoint: &Endpoint, within: Duration) -> (String, Sample) {
    let sample = match probe.get(&endpoint.url, within).await {
        Err(error) => Sample { took: None, failure: Some(error.to_string()) },
        Ok(answer) => {
            let well = endpoint.status.map_or((200..300).contains(&answer.status), |wanted| wanted == answer.status);
            let failure = (!well).then(|| format!("HTTP {}", answer.status));
            // A quick error says nothing about how quickly users are served.
            Sample { took: well.then_some(answer.took), failure }
        }
    };
    (endpoint.url.clone(), sample)
}

impl Samples {
    /// One more round of probes.
    pub(super) async fn take(&mut self, probe: &dyn Probe, checks: &Checks, within: Duration) {
        let round = sample_all(probe, checks, within).await;
        self.add(round);
    }

    fn add(&mut self, round: Vec<(String, Sample)>) {
        for (url, sample) in round {
            match self.by_endpoint.iter_mut().find(|(known, _)| *known == url) {
                Some((_, samples)) => samples.push(sample),
                None => self.by_endpoint.push((url, vec![sample])),
            }
        }
    }

    pub(super) fn measurements(&self) -> Vec<Measurement> {
        self.by_endpoint.iter().map(|(url, samples)| summarize(url, samples)).collect()
    }
}

fn summarize(url: &str, samples: &[Sample]) -> Measurement {
    let mut times: Vec<SignedDuration> = samples.iter().filter_map(|sample| sample.took).collect();
    times.sort_unstable();
    let failures: Vec<&String> = samples.iter().filter_map(|sample| sample.failure.as_ref()).collect();
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Measurement {
        url: url.to_owned(),
        samples: count(samples.len()),
        failed: count(failures.len()),
        median: times.get(times.len() / 2).copied(),
        slowest: times.last().copied(),
        last_failure: failures.last().map(|failure| (*failure).clone()),
    }
}

/// What the version endpoint says.
pub(crate) async fn served_version(
    probe: &dyn Probe,
    endpoint: &VersionEndpoint,
    within: Duration,
) -> Result<Version, Trouble> {
    let failed = || Note::new("version-unreadable").with("url", &endpoint.url);
    let answer = probe.get(&endpoint.url, within).await.map_err(|error| Trouble::new(failed()).saying(error))?;
    if !(200..300).contains(&answer.status) {
        return Err(Trouble::new(failed()).saying(format!("HTTP {}", answer.status)));
    }
    let version = match &endpoint.pointer {
        None => Some(answer.body.trim().trim_matches('"').to_owned()),
        Some(pointer) => serde_json::from_str::<serde_json::Value>(&answer.body)
            .ok()
            .and_then(|body| body.pointer(pointer)?.as_str().map(str::to_owned)),
    };
    let version = version.filter(|version| !version.is_empty());
    version.map(Version::new).ok_or_else(|| {
        let shown: String = answer.body.chars().take(200).collect();
        Trouble::new(failed()).saying(shown)
    })
}

/// Whether users are served this version now; well where the service has no version endpoint.
pub(crate) async fn check_version(probe: &dyn Probe, checks: &Checks, wanted: &Version) -> Result<(), Trouble> {
    let Some(endpoint) = &checks.version else { return Ok(()) };
    let served = served_version(probe, endpoint, real(checks.timeout)).await?;
    if served == *wanted {
        return Ok(());
    }
    let note = Note::new("version-mismatch").with("expected", wanted).with("found", &served);
    Err(Trouble::new(note).saying(format!("{} answers {served}", endpoint.url)))
}

/// Whether these figures are within what the service's checks allow, beside the baseline.
pub(crate) fn judge(measured: &[Measurement], baseline: &[Measurement], checks: &Checks) -> Result<(), Trouble> {
    for one in measured {
        let percent = 100.0 * f64::from(one.failed) / f64::from(one.samples.max(1));
        if percent > checks.max_error_percent {
            let note = Note::new("error-rate")
                .with("url", &one.url)
                .with("failed", one.failed)
                .with("samples", one.samples)
                .with("limit", checks.max_error_percent);
            return Err(Trouble { why: note, evidence: one.last_failure.iter().cloned().collect() });
        }
        let Some(median) = one.median else { continue };
        if let Some(limit) = slowest_allowed(one, baseline, checks)
            && median > limit
        {
            let note = Note::new("slow-response")
                .with("url", &one.url)
                .with("median", milliseconds(median))
                .with("limit", milliseconds(limit));
            return Err(Trouble::new(note));
        }
    }
    Ok(())
}

/// The configured limit, or the baseline times the slowdown that is allowed, whichever is tighter. A
/// baseline under 10 ms counts as 10 ms: below that, times are noise.
fn slowest_allowed(one: &Measurement, baseline: &[Measurement], checks: &Checks) -> Option<SignedDuration> {
    let before = baseline.iter().find(|known| known.url == one.url && known.failed == 0);
    let relative = before.and_then(|known| known.median).map(|median| {
        let floor = median.max(SignedDuration::from_millis(10));
        floor.checked_mul_f64(checks.max_slowdown)
    });
    [checks.max_response, relative].into_iter().flatten().min()
}

fn milliseconds(duration: SignedDuration) -> String {
    format!("{} ms", duration.as_millis())
}

/// Waits this long by the engine's clock.
pub(super) async fn pause(clock: &dyn Clock, wait: SignedDuration) {
    clock.sleep_until(clock.monotonic().after(real(wait))).await;
}

trait MulF64 {
    fn checked_mul_f64(self, factor: f64) -> SignedDuration;
}

impl MulF64 for SignedDuration {
    fn checked_mul_f64(self, factor: f64) -> SignedDuration {
        SignedDuration::try_from_secs_f64(self.as_secs_f64() * factor).unwrap_or(SignedDuration::MAX)
    }
}
