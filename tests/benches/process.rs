//! The release build as a process: from start to ready, and its memory when idle. `cargo build --release
//! -p switchback && cargo bench -p switchback-tests --bench process [-- PROGRAM]`; without a program it is
//! `target/release/switchback`.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Outcome, latencies, say};

const STARTS: usize = 20;
/// How long it is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(20);

/// Ended with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    bot::wiring::install_crypto_provider();
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let program = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/switchback"));
    if !program.exists() {
        return Err(format!("{} is not there: cargo build --release -p switchback", program.display()).into());
    }
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        starts.push(start(&program, folder.path()).await?.1);
    }
    say(&format!("start to ready:  {}   (target: at most 150 ms)", latencies(starts)))?;
    let folder = tempfile::tempdir()?;
    let (running, _) = start(&program, folder.path()).await?;
    tokio::time::sleep(IDLE).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.0.id()))?;
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim().to_owned();
    say(&format!(
        "idle:            {} resident, {} of it anonymous   (target: at most 20 MiB)",
        of("VmRSS:"),
        of("RssAnon:")
    ))?;
    Ok(())
}

/// Starts one with a service and a new log; gives how long it took until it was ready.
async fn start(program: &Path, folder: &Path) -> Outcome<(Running, Duration)> {
    let listen = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    std::fs::create_dir_all(folder.join("releases/v1.2.9"))?;
    std::os::unix::fs::symlink(folder.join("releases/v1.2.9"), folder.join("current"))?;
    let text = format!(
        "[store]\npath = \"switchback.db\"\n[http]\nlisten = \"{listen}\"\n[chat.console]\n[[person]]\nid = \"lead\"\n\
         name = \"Team lead\"\n[[service]]\nname = \"api-service\"\nowners = [\"lead\"]\n\
         policy = {{ p1 = {{ roles = [\"team-lead\"] }}, p2 = {{ roles = [\"team-lead\"] }}, p3 = {{ own_request = true }}, p4 = {{ own_request = true }} }}\n\
         [[service.target]]\nname = \"release\"\nplatform = \"host\"\n\
         address = {{ releases = {:?}, current = {:?} }}\n",
        folder.join("releases"),
        folder.join("current"),
    );
    std::fs::write(folder.join("switchback.toml"), text)?;
    let begun = Instant::now();
    let running = Command::new(program)
        .args(["serve", "--config"])
        .arg(folder.join("switchback.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut running = Running(running);
    loop {
        if answers_ready(listen).await {
            return Ok((running, begun.elapsed()));
        }
        if let Some(status) = running.0.try_wait()? {
            return Err(format!("it ended with {status} before it was ready").into());
        }
        if begun.elapsed() > Duration::from_secs(30) {
            return Err("it does not become ready".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn answers_ready(listen: std::net::SocketAddr) -> bool {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let asked = async {
        let mut socket = tokio::net::TcpStream::connect(listen).await?;
        socket.write_all(b"GET /readyz HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with("HTTP/1.1 200"))
    };
    asked.await.unwrap_or(false)
}
