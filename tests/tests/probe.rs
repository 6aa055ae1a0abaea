//! The HTTP probe, and the scripted one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::probe::http::HttpProbe;
use commands::ports::{Probe, ProbeError};
use tests::conformance::probe::ProbeSubject;
use tests::fake::{Behaviour, Endpoint, ScriptedProbe};
use tokio::io::AsyncWriteExt;

const PLENTY: Duration = Duration::from_secs(10);

fn http() -> HttpProbe {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    HttpProbe::new().unwrap()
}

mod http {
    use super::*;

    fn subject() -> ProbeSubject {
        let endpoints: Arc<Mutex<BTreeMap<String, Endpoint>>> = Arc::default();
        let served = endpoints.clone();
        ProbeSubject {
            probe: Arc::new(super::http()),
            serve: Box::new(move |behaviour| {
                let endpoint = Endpoint::serve(behaviour);
                served.lock().unwrap().insert(endpoint.url(), endpoint.clone());
                endpoint.url()
            }),
            times_asked: Box::new(move |url| endpoints.lock().unwrap()[url].requests().len()),
        }
    }

    tests::probe_conformance!(subject());
}

mod scripted {
    use super::*;

    fn subject() -> ProbeSubject {
        let probe = ScriptedProbe::new();
        let (scripted, asked) = (probe.clone(), probe.clone());
        let made = AtomicUsize::new(0);
        ProbeSubject {
            probe,
            serve: Box::new(move |behaviour| {
                let url = format!("http://endpoint-{}/", made.fetch_add(1, Ordering::Relaxed));
                scripted.set(&url, behaviour);
                url
            }),
            times_asked: Box::new(move |url| asked.times_asked(url)),
        }
    }

    tests::probe_conformance!(subject());
}

#[tokio::test]
async fn each_probe_comes_by_a_connection_of_its_own_and_says_who_it_is() {
    let endpoint = Endpoint::serve(Behaviour::status(200, "ok"));
    let probe = http();
    for _ in 0..3 {
        probe.get(&endpoint.url(), PLENTY).await.unwrap();
    }
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 3);
    let head = requests[0].to_ascii_lowercase();
    assert!(head.starts_with("get /health http/1.1\r\n"), "{head}");
    assert!(head.contains(concat!("user-agent: switchback/", env!("CARGO_PKG_VERSION"))), "{head}");
    assert!(!head.contains("authorization") && !head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn credentials_in_a_url_are_refused_before_anybody_is_asked() {
    let endpoint = Endpoint::serve(Behaviour::status(200, "ok"));
    let url = endpoint.url().replace("http://", "http://app:hunter2@");
    let refusal = http().get(&url, PLENTY).await.unwrap_err();
    assert!(matches!(&refusal, ProbeError::Failed(words) if !words.contains("hunter2")), "{refusal:?}");
    assert_eq!(endpoint.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn an_endpoint_without_tls_fails_where_tls_is_asked_for() {
    assert!(HttpProbe::SPEAKS_TLS, "these tests are built with it");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream
    });
    let failure = http().get(&url, PLENTY).await.unwrap_err();
    assert!(matches!(&failure, ProbeError::Failed(words) if words.contains("InvalidContentType")), "{failure:?}");
    served.await.unwrap();
}

#[tokio::test]
async fn a_script_goes_on_and_its_last_line_stays() {
    let probe = ScriptedProbe::new();
    probe.set("http://api/version", Behaviour::status(500, "v1.3.0"));
    probe.then("http://api/version", Behaviour::status(200, "v1.2.9"));
    let mut bodies = Vec::new();
    for _ in 0..3 {
        bodies.push(probe.get("http://api/version", PLENTY).await.unwrap().body);
    }
    assert_eq!(bodies, ["v1.3.0", "v1.2.9", "v1.2.9"]);
}
