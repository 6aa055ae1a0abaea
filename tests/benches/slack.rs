//! How fast Slack is answered over HTTP: `cargo bench -p switchback-tests --bench slack`.
//!
//! A server of its own process takes signed slash commands, verifies, deduplicates and stores each of them
//! durably (SQLite, full sync, in a temporary folder or in the one that is given as an argument) and
//! acknowledges; nothing handles them afterwards. The load is made beforehand, so that signing it costs the
//! measurement nothing, and shares the machine with the server. Latencies are counted from the moment at which
//! a command was due.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::chat::slack::{SlackChat, SlackDoor, SlackHttp, SlackSettings};
use adapters::clock::SystemClock;
use adapters::store::sqlite::SqliteStore;
use async_trait::async_trait;
use commands::model::{Invocation, RollbackId, ServiceKey};
use commands::ports::{Accepted, Inbox, Store as _, StoreError};
use futures::future::try_join_all;
use tests::slack::SignedRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant as Moment, sleep_until};

mod common;
use common::{Outcome, latencies, say};

const SECRET: &str = "a signing secret of a benchmark";
/// So many callers call without a pause, for throughput.
const CALLERS: usize = 50;
/// So many commands come in each second, for latencies.
const RATE: usize = 200;
const SECONDS: usize = 15;
/// So many commands each caller sends for throughput.
const EACH: usize = 2_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    match arguments.next().as_deref() {
        Some("--server") => serve(Path::new(&arguments.next().unwrap_or_default())).await,
        folder => load(folder.map_or_else(std::env::temp_dir, PathBuf::from)).await,
    }
}

/// The log alone behind the door.
struct Log(SqliteStore);

#[async_trait]
impl Inbox for Log {
    async fn accept(&self, invocation: Invocation) -> Result<Accepted, StoreError> {
        self.0.accept(&invocation).await
    }

    async fn is_first(&self, key: &str) -> Result<bool, StoreError> {
        self.0.handled(key).await
    }

    async fn services(&self, _: &str) -> Vec<ServiceKey> {
        Vec::new()
    }

    async fn versions(&self, _: &ServiceKey, _: &str) -> Vec<String> {
        Vec::new()
    }

    async fn user_text(&self, _: RollbackId) -> Option<String> {
        None
    }
}

async fn serve(folder: &Path) -> Outcome {
    let store = SqliteStore::open(&folder.join("log.sqlite")).await?;
    let clock = Arc::new(SystemClock::new());
    let mut settings = SlackSettings::new("xoxb-none".into());
    settings.api_base = "http://127.0.0.1:9/api".to_owned();
    let chat = SlackChat::new(&settings, Arc::clone(&clock) as _)?;
    let router = SlackHttp::new(SlackDoor::new(chat, Arc::new(Log(store)), clock), &SECRET.into()).router();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string())?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn load(folder: PathBuf) -> Outcome {
    let folder = tempfile::tempdir_in(folder)?;
    let mut server = Command::new(std::env::current_exe()?)
        .args([std::ffi::OsStr::new("--server"), folder.path().as_os_str()])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    std::io::BufReader::new(server.stdout.take().ok_or("the server has no output")?).read_line(&mut line)?;
    let outcome = measure(line.trim(), server.id()).await;
    server.kill()?;
    server.wait()?;
    outcome
}

async fn measure(address: &str, server: u32) -> Outcome {
    say(&format!("resident memory, idle:          {} MiB", resident(server)?))?;
    let calls = at_a_rate(address).await?;
    say(&format!("acknowledged, {RATE}/s:            {}   (target: p99 at most 20 ms)", latencies(calls)))?;
    let requests: Vec<Vec<Vec<u8>>> = (0..CALLERS).map(|caller| requests("full", caller, EACH)).collect();
    let begun = Instant::now();
    let calls =
        try_join_all(requests.into_iter().map(|own| tokio::spawn(one_after_another(address.to_owned(), own)))).await?;
    let took = begun.elapsed();
    let calls: Vec<Duration> = calls.into_iter().collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect();
    let rate = calls.len() as f64 / took.as_secs_f64();
    say(&format!(
        "acknowledged, {CALLERS} callers:     {rate:.0}/s, {}   (target: at least 8000/s)",
        latencies(calls)
    ))?;
    say(&format!("resident memory, under load:    {} MiB", resident(server)?))?;
    Ok(())
}

/// Signed commands of one caller, no two of them the same.
fn requests(run: &str, caller: usize, count: usize) -> Vec<Vec<u8>> {
    let at = jiff::Timestamp::now().as_second();
    let one = |number| {
        let body = format!(
            "token=x&team_id=T0123456789&team_domain=example&channel_id=C0123456789&channel_name=operations\
             &user_id=U0123456789&user_name=on-call&command=%2Frollback&text=api-service+v1.2.9+because+answers+are\
             +slow&api_app_id=A0123456789&is_enterprise_install=false&response_url=https%3A%2F%2Fhooks.slack.com\
             %2Fcommands%2FT0123456789%2F1%2Fx&trigger_id={run}.{caller}.{number}"
        );
        let form = "application/x-www-form-urlencoded";
        let request = SignedRequest::new("/slack/commands", form, body, SECRET, at);
        let mut bytes =
            format!("POST {} HTTP/1.1\r\nhost: bot\r\ncontent-length: {}\r\n", request.url, request.body.len());
        for (name, value) in &request.headers {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        bytes.push_str("\r\n");
        [bytes.into_bytes(), request.body].concat()
    };
    (0..count).map(one).collect()
}

/// Sends one and waits until it is acknowledged.
async fn call(socket: &mut TcpStream, request: &[u8]) -> Outcome {
    socket.write_all(request).await?;
    let mut answer = [0; 1024];
    let read = socket.read(&mut answer).await?;
    if answer[..read].starts_with(b"HTTP/1.1 200") {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&answer[..read]).into())
    }
}

async fn one_after_another(address: String, requests: Vec<Vec<u8>>) -> Outcome<Vec<Duration>> {
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let mut took = Vec::with_capacity(requests.len());
    for request in &requests {
        let begun = Instant::now();
        call(&mut socket, request).await?;
        took.push(begun.elapsed());
    }
    Ok(took)
}

/// Each caller sends one in its turn, whether the ones before it are acknowledged or not.
async fn at_a_rate(address: &str) -> Outcome<Vec<Duration>> {
    let begin = Moment::now() + Duration::from_millis(500);
    let each = RATE * SECONDS / CALLERS;
    let callers = (0..CALLERS).map(|caller| {
        let (address, own) = (address.to_owned(), requests("rate", caller, each));
        tokio::spawn(async move {
            let mut socket = TcpStream::connect(address).await?;
            socket.set_nodelay(true)?;
            let mut took = Vec::with_capacity(own.len());
            for (number, request) in own.iter().enumerate() {
                let turn = u32::try_from(number * CALLERS + caller)?;
                let due = begin + Duration::from_secs(1) * turn / u32::try_from(RATE)?;
                sleep_until(due).await;
                call(&mut socket, request).await?;
                took.push(due.elapsed());
            }
            Outcome::Ok(took)
        })
    });
    let all = try_join_all(callers).await?.into_iter().collect::<Outcome<Vec<_>>>()?;
    Ok(all.into_iter().flatten().collect())
}

/// In MiB.
fn resident(process: u32) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kilobytes / 1024)
}
