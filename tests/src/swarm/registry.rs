//! A registry of images on this machine, as small as the distribution protocol lets it be: images are
//! put in by the test, engines pull. It counts what it is asked and can be away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

#[derive(Debug, Default)]
struct Contents {
    tags: BTreeMap<String, String>,
    bytes: BTreeMap<String, (&'static str, Bytes)>,
    away: bool,
}

/// One registry, on a port of its own. It is gone when dropped.
#[derive(Debug)]
pub struct Registry {
    address: SocketAddr,
    contents: Arc<Mutex<Contents>>,
    server: JoinHandle<()>,
}

impl Registry {
    /// An empty one.
    ///
    /// # Panics
    /// If no port can be had.
    pub async fn start() -> Self {
        let contents = Arc::new(Mutex::new(Contents::default()));
        let router = Router::new()
            .route("/v2/", get(|| async { "{}" }))
            .route("/v2/{name}/manifests/{reference}", get(manifest))
            .route("/v2/{name}/blobs/{digest}", get(blob))
            .with_state(Arc::clone(&contents));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { address, contents, server }
    }

    /// The name of its one repository. No other test has it.
    #[must_use]
    pub fn repository(&self) -> String {
        format!("{}/api-{}", self.address, std::process::id())
    }

    /// Puts an image `FROM scratch` with this program under a tag, whatever was there before. The same
    /// version in another build is another image. Its digest.
    ///
    /// # Panics
    /// Never, but for a poisoned lock.
    pub fn push(&self, tag: &str, build: &str, program: &[u8], health_check: bool) -> String {
        let layer = archive("service", program);
        let mut config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/service"], "Env": [format!("VERSION={tag}")], "Labels": {"build": build, "of": self.repository()}},
            "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
            "history": [{"created_by": "the test"}],
        });
        if health_check {
            config["config"]["Healthcheck"] =
                json!({"Test": ["CMD", "/service", "check"], "Interval": 200_000_000, "Retries": 2});
        }
        let config = config.to_string().into_bytes();
        let part =
            |media: &str, bytes: &[u8]| json!({"mediaType": media, "size": bytes.len(), "digest": digest(bytes)});
        let manifest: Value = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": part(CONFIG, &config),
            "layers": [part(LAYER, &layer)],
        });
        let manifest = manifest.to_string().into_bytes();
        let name = digest(&manifest);
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        for (media, bytes) in [(LAYER, layer), (CONFIG, config), (MANIFEST, manifest)] {
            contents.bytes.insert(digest(&bytes), (media, bytes.into()));
        }
        contents.tags.insert(tag.to_owned(), name.clone());
        name
    }

    /// Answers nothing but errors from now on.
    pub fn go_away(&self) {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner).away = true;
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn manifest(State(contents): State<Arc<Mutex<Contents>>>, Path((_, name)): Path<(String, String)>) -> Response {
    let contents = contents.lock().unwrap_or_else(PoisonError::into_inner);
    let name = contents.tags.get(&name).unwrap_or(&name).clone();
    answer(&contents, &name)
}

async fn blob(State(contents): State<Arc<Mutex<Contents>>>, Path((_, digest)): Path<(String, String)>) -> Response {
    answer(&contents.lock().unwrap_or_else(PoisonError::into_inner), &digest)
}

fn answer(contents: &Contents, name: &str) -> Response {
    if contents.away {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match contents.bytes.get(name) {
        Some((media, bytes)) => {
            let headers = [(header::CONTENT_TYPE.as_str(), *media), ("docker-content-digest", name)];
            (headers, bytes.clone()).into_response()
        }
        None => {
            let error = json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]});
            (StatusCode::NOT_FOUND, axum::Json(error)).into_response()
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// A tar archive (POSIX ustar) of one program.
fn archive(name: &str, program: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000755");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{:011o}", program.len()));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\u{0}00");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(program);
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}
