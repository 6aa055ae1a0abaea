//! One GET over HTTP, fresh each time.

use std::error::Error;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use commands::ports::{Probe, ProbeAnswer, ProbeError};
use jiff::SignedDuration;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

/// How much of a body is kept: the figure of [`ProbeAnswer::body`], in bytes.
const KEPT: usize = 64 * 1024;

/// Probes over HTTP/1.1, and over TLS where the build has it.
///
/// It goes straight to the service: no proxy of the environment, no redirect, no connection kept.
#[derive(Debug, Clone)]
pub struct HttpProbe {
    client: Client,
}

impl HttpProbe {
    /// Whether `https://` can be probed: the feature `probe-tls`. It needs a rustls crypto provider
    /// that was installed for the whole process.
    pub const SPEAKS_TLS: bool = cfg!(feature = "probe-tls");

    /// A probe that names itself `switchback/<version>`.
    ///
    /// # Errors
    /// If the build speaks TLS and no crypto provider is installed, or the system's certificates
    /// cannot be used.
    pub fn new() -> Result<Self, ProbeError> {
        #[cfg(feature = "probe-tls")]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(ProbeError::Failed("no TLS provider is installed for this process".to_owned()));
        }
        let client = Client::builder()
            .user_agent(concat!("switchback/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .pool_max_idle_per_host(0)
            .no_proxy()
            .http1_only()
            .build()
            .map_err(failed)?;
        Ok(Self { client })
    }

    async fn ask(&self, url: Url) -> Result<ProbeAnswer, ProbeError> {
        let started = Instant::now();
        let mut response = self.client.get(url).send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let body = whole_body(&mut response).await?;
        let took = SignedDuration::try_from(started.elapsed()).unwrap_or(SignedDuration::MAX);
        Ok(ProbeAnswer { status, took, body })
    }
}

#[async_trait]
impl Probe for HttpProbe {
    async fn get(&self, url: &str, within: Duration) -> Result<ProbeAnswer, ProbeError> {
        let url = usable(url)?;
        // One limit around everything, since the client's own would not cover looking up the name.
        tokio::time::timeout(within, self.ask(url)).await.map_err(|_| ProbeError::TimedOut(within))?
    }
}

/// The URL, if it may be asked. Errors never repeat it: it may carry a secret.
fn usable(url: &str) -> Result<Url, ProbeError> {
    let url = Url::parse(url).map_err(|why| ProbeError::Failed(format!("not a URL: {why}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ProbeError::Failed("the URL carries a user name or password; none is sent".to_owned()));
    }
    match url.scheme() {
        "http" => Ok(url),
        "https" if HttpProbe::SPEAKS_TLS => Ok(url),
        "https" => Err(ProbeError::Failed("this build has no TLS, so https:// cannot be asked".to_owned())),
        other => Err(ProbeError::Failed(format!("{other}: is neither http: nor https:"))),
    }
}

/// Reads to the last byte, so that a body which breaks off or never ends is noticed, and keeps the
/// first [`KEPT`] bytes of it, so that none fills the memory.
async fn whole_body(response: &mut Response) -> Result<String, ProbeError> {
    let mut kept = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        let room = KEPT - kept.len();
        kept.extend_from_slice(&chunk[..room.min(chunk.len())]);
    }
    Ok(text(&kept))
}

/// As text; a character that the limit cut in two is left out.
fn text(bytes: &[u8]) -> String {
    let whole = match std::str::from_utf8(bytes) {
        Err(why) if why.error_len().is_none() => &bytes[..why.valid_up_to()],
        _ => bytes,
    };
    String::from_utf8_lossy(whole).into_owned()
}

/// The whole chain of causes: the outermost one alone says no more than "error sending request".
fn failed(error: reqwest::Error) -> ProbeError {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.ends_with(&inner_words) {
            words.push_str(": ");
            words.push_str(&inner_words);
        }
        cause = inner.source();
    }
    ProbeError::Failed(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_asked_is_refused_without_repeating_it() {
        for url in ["http://user:hunter2@127.0.0.1/", "http://hunter2@127.0.0.1/", "ftp://hunter2/", "hunter2"] {
            let refusal = usable(url).unwrap_err().to_string();
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn https_is_asked_only_by_a_build_that_speaks_it() {
        let usable = usable("https://127.0.0.1/");
        assert_eq!(usable.is_ok(), HttpProbe::SPEAKS_TLS, "{usable:?}");
    }

    #[test]
    fn a_character_cut_in_two_is_left_out_and_a_wrong_byte_is_marked() {
        assert_eq!(text("aé".as_bytes()), "aé");
        assert_eq!(text(&"aé".as_bytes()[..2]), "a");
        assert_eq!(text(b"a\xffb"), "a\u{fffd}b");
    }
}
