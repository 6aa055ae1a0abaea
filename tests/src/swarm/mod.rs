//! A real Docker engine with a swarm of one node, and services on it.
//!
//! All tests of one run share one engine: the first one starts it, and it ends by itself, with all that
//! it made, when no test has used it for a while. `tests/setup/docker.sh` installs what it needs. The
//! kernel needs no IPVS: services are on the host's network.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use commands::model::Digest;
use nix::fcntl::{Flock, FlockArg};

mod certificates;
mod model;
mod registry;
mod rig;

pub use model::{Engine as ModelEngine, model_service, model_task};
pub use registry::Registry;
pub use rig::{SwarmRig, VERSIONS};

const KEEPER: &str = include_str!("engine.sh");
const SERVICE: &str = include_str!("service.c");

/// How long it may take to start; it takes about two seconds.
const START: Duration = Duration::from_secs(60);

/// The engine of this run.
#[derive(Debug)]
pub struct Docker {
    folder: PathBuf,
    // Held for as long as the engine is used.
    _user: Flock<File>,
}

impl Docker {
    /// The engine; started if no other test has.
    ///
    /// # Panics
    /// If it does not start, with what it said.
    #[must_use]
    pub fn shared() -> Self {
        // What another build of the tests started may be another engine.
        let build = Digest::of(format!("{KEEPER}{SERVICE}").as_bytes()).short();
        let folder = std::env::temp_dir().join(format!("switchback-tests-docker-{build}"));
        fs::create_dir_all(&folder).expect("a folder for the engine");
        let _starting = lock(&folder.join("start"), FlockArg::LockExclusive);
        let docker = Self { _user: lock(&folder.join("users"), FlockArg::LockShared), folder };
        docker.build_service();
        if !docker.answers() {
            docker.start();
        }
        docker
    }

    fn start(&self) {
        certificates::write(&self.folder.join("tls"));
        let port = free_port();
        fs::write(self.folder.join("port"), port.to_string()).expect("the port is kept");
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "engine.sh"]).arg(&self.folder).arg(port.to_string()).process_group(0);
        let keeper = keeper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let keeper = keeper.expect("a shell starts").id();
        if let Some(list) = std::env::var_os("SWITCHBACK_TEST_PIDS") {
            let list = fs::OpenOptions::new().append(true).create(true).open(list);
            writeln!(list.expect("the list of what was started"), "{keeper}").expect("it takes a line");
        }
        let until = Instant::now() + START;
        while self.run(&["version"]).is_err() {
            assert!(Instant::now() < until, "the engine does not answer: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        let swarm = ["swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:0"];
        let joined = self.run(&swarm).is_ok() || self.run(&["node", "ls"]).is_ok();
        assert!(joined, "the swarm does not begin: {}", self.log());
    }

    fn answers(&self) -> bool {
        self.socket().exists() && self.run(&["node", "ls"]).is_ok()
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    /// Where it listens with TLS: `127.0.0.1:…`.
    ///
    /// # Panics
    /// If it was never started.
    #[must_use]
    pub fn tls_address(&self) -> String {
        format!("127.0.0.1:{}", fs::read_to_string(self.folder.join("port")).expect("the port is kept"))
    }

    /// A certificate or key: `ca`, or one of `client` and `stranger`, each also with `-key`.
    #[must_use]
    pub fn tls_file(&self, name: &str) -> PathBuf {
        self.folder.join("tls").join(format!("{name}.pem"))
    }

    /// Gives an order, as a person at the machine would.
    ///
    /// # Panics
    /// If it is refused, with what was said.
    pub fn order(&self, arguments: &[&str]) -> String {
        self.run(arguments).unwrap_or_else(|said| panic!("docker {arguments:?}: {said}\n{}", self.log()))
    }

    /// Gives an order that may be refused.
    ///
    /// # Errors
    /// What was said, where it was refused.
    pub fn run(&self, arguments: &[&str]) -> Result<String, String> {
        // An update that does not come to its end is waited for without end.
        let mut docker = Command::new("timeout");
        docker
            .args(["--kill-after=5", "90", "docker", "--host"])
            .arg(format!("unix://{}", self.socket().display()))
            .args(arguments);
        // A folder without anybody's settings or credentials.
        docker.env("DOCKER_CONFIG", self.folder.join("client")).env_remove("DOCKER_HOST").env_remove("DOCKER_CONTEXT");
        let output = docker.stdin(Stdio::null()).output().expect("`timeout` starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        match output.status.code() {
            Some(0) => Ok(text(&output.stdout)),
            Some(124) => Err(format!("no end within 90 s; it said {}{}", text(&output.stdout), text(&output.stderr))),
            Some(127) => Err("`docker` is not there; tests/setup/docker.sh installs it".to_owned()),
            _ => Err(text(&output.stderr)),
        }
    }

    /// The test service's program, static.
    #[must_use]
    pub fn service_program(&self) -> PathBuf {
        self.folder.join("service")
    }

    fn build_service(&self) {
        let source = self.folder.join("service.c");
        if fs::read_to_string(&source).is_ok_and(|built| built == SERVICE) && self.service_program().exists() {
            return;
        }
        let fresh = self.folder.join("service-new.c");
        fs::write(&fresh, SERVICE).expect("the source is written");
        let mut compiler = Command::new("cc");
        compiler.args(["-static", "-Os", "-s", "-o"]).arg(self.service_program()).arg(&fresh);
        let output = compiler.output().expect("a compiler starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::rename(fresh, source).expect("the source is kept, to be compared");
    }

    /// The end of what it logged.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

/// A port of this machine that nobody listens at now. Outside of the range from which Linux takes the
/// ports of outgoing connections (32768 and above): one of those could come in between.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    const PORTS: std::ops::Range<u16> = 10_000..30_000;
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    // Two that look at once begin at different places; so does one that has not used the last yet.
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let place = std::process::id().wrapping_mul(31).wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed).wrapping_mul(7));
    let begin = PORTS.start + u16::try_from(place % u32::from(PORTS.end - PORTS.start)).expect("a port");
    (begin..PORTS.end).chain(PORTS.start..begin).find(free).expect("a free port")
}

fn lock(path: &Path, how: FlockArg) -> Flock<File> {
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path).expect("a lock file");
    Flock::lock(file, how).map_err(|(_, error)| error).expect("a lock")
}
