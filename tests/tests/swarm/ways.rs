//! The ways to an engine: TCP with TLS, SSH, and what happens where none leads there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use commands::model::{Verdict, Version};
use commands::ports::{Platform as _, PlatformError};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::conformance::platform::{MovingRig as _, PlatformRig as _, plan, until};
use tests::swarm::{Docker, SwarmRig, free_port};

use super::acts::{NEW, OLD};
use super::transcript::unwrapped;

fn tls(docker: &Docker, who: &str) -> Value {
    let (certificate, key) = (docker.tls_file(who), docker.tls_file(&format!("{who}-key")));
    let tls = json!({
        "address": docker.tls_address(), "ca": docker.tls_file("ca"), "certificate": certificate, "key": key,
    });
    json!({"engine": {"tls": tls}})
}

/// A whole move by TLS, by who has a certificate of the engine's own authority.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_leads_to_the_engine() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let target = rig.target_with(&tls(&rig.docker, "client"));
    let plan = plan(&rig, &Version::new(OLD)).await;
    let said = rig.platform.introduce(&target).await.unwrap().unwrap();
    assert!(said.ends_with("a manager; the swarm has managers 1, nodes 1"), "{said}");
    rig.carry_out(&target, &plan).await.unwrap();
    let mut observations = rig.platform.observe(&target, &plan);
    until(&mut observations, rig.patience(), |verdict| *verdict == Verdict::Done).await;
    assert_eq!(rig.served().await, Some(Version::new(OLD)));
}

/// Nobody else gets in, and the bot gives itself to no other engine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_keeps_strangers_out() {
    let rig = SwarmRig::before(&[OLD], &[]).await;
    let stranger = rig.target_with(&tls(&rig.docker, "stranger"));
    let refused = rig.platform.current(&stranger).await.unwrap_err();
    assert!(refused.is_passing(), "{refused}");
    assert!(refused.to_string().contains(&rig.docker.tls_address()), "{refused}");

    let mut other = tls(&rig.docker, "client");
    // Signed by another authority than the one that is trusted.
    other["engine"]["tls"]["ca"] = json!(rig.docker.tls_file("stranger"));
    let refused = rig.platform.current(&rig.target_with(&other)).await.unwrap_err();
    assert!(refused.to_string().to_lowercase().contains("certificate"), "{refused}");

    let mut missing = tls(&rig.docker, "client");
    missing["engine"]["tls"]["key"] = json!("/nowhere/key.pem");
    let refused = rig.platform.current(&rig.target_with(&missing)).await.unwrap_err();
    assert!(matches!(refused, PlatformError::Unavailable { .. }), "{refused}");
}

/// An engine that takes the call and never answers, and one that is not there, are unknown, never done.
#[tokio::test]
async fn an_engine_that_does_not_answer_is_unknown() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let engines = [json!({"loopback": silent.local_addr().unwrap()}), json!({"socket": folder.path().join("none")})];
    let looks = engines.map(|engine| async move {
        let platform = adapters::platform::swarm::SwarmPlatform::new();
        let target = commands::model::Target {
            name: "release".into(),
            kind: commands::model::TargetKind::Release,
            platform: "swarm".into(),
            address: json!({"service": "api", "engine": engine}),
        };
        let intent = commands::model::Intent { identity: "s1".to_owned(), fields: std::collections::BTreeMap::new() };
        let (from, to) = (commands::model::Revision::new("api:v2"), commands::model::Revision::new("api:v1"));
        let plan = commands::model::TargetPlan { target: target.name.clone(), from, to, intent, deletes: Vec::new() };
        let first = platform.observe(&target, &plan).next().await.unwrap();
        assert!(matches!(first.verdict, Verdict::Unknown(_)), "{first:?}");
    });
    futures::future::join_all(looks).await;
}

/// A server of SSH on a port of its own, for this user, with keys of its own. It ends with the value.
struct Sshd {
    server: Child,
    folder: TempDir,
    port: u16,
}

impl Sshd {
    fn start(docker: &Docker) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for key in ["host", "user"] {
            run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]));
        }
        fs::copy(at("user.pub"), at("authorized")).unwrap();
        let port = free_port();
        let settings = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nSetEnv DOCKER_HOST=unix://{}\n",
            at("host"),
            at("authorized"),
            docker.socket().display(),
        );
        fs::write(at("sshd_config"), settings).unwrap();
        let client = format!("IdentityFile {}\nUserKnownHostsFile {}\nIdentitiesOnly yes\n", at("user"), at("known"));
        fs::write(at("ssh_config"), client).unwrap();
        // `ssh` goes by the home of its user, whatever the environment says: this puts its files here.
        fs::write(at("ssh"), format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", at("ssh_config"))).unwrap();
        fs::set_permissions(at("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut server = Command::new("/usr/sbin/sshd");
        server.args(["-D", "-e", "-f", &at("sshd_config")]).stdin(Stdio::null());
        server.stderr(fs::File::create(at("log")).unwrap());
        let server = server.spawn().expect("sshd starts; tests/setup/docker.sh installs it");
        let until = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "sshd does not listen: {}", fs::read_to_string(at("log")).unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { server, folder, port }
    }

    /// As one who connected by hand before: the host's key is taken for what it is.
    fn is_known(&self) {
        let key = fs::read_to_string(self.folder.path().join("host.pub")).unwrap();
        fs::write(self.folder.path().join("known"), format!("[127.0.0.1]:{} {key}", self.port)).unwrap();
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Every process of `ssh` that goes by the settings of this folder, after a moment to end.
    fn clients(&self) -> Vec<String> {
        let settings = self.folder.path().join("ssh_config").display().to_string();
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let processes = fs::read_dir("/proc").unwrap().flatten();
            let told = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
            let told = told.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
            let found: Vec<String> = told.filter(|line| line.contains(&settings)).collect();
            if found.is_empty() || Instant::now() > until {
                return found;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The bot's own program, with the `ssh` that knows this server first in its path.
    fn switchback(&self, arguments: &[&str]) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        let mut switchback = Command::new(env!("CARGO_BIN_EXE_switchback-under-test"));
        switchback.args(arguments).env("PATH", path).env("NO_COLOR", "1").env_remove("RUST_LOG").output().unwrap()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn configuration(folder: &Path, service: &str, engine: &str) -> String {
    let text = format!(
        "[store]\npath = \"switchback.db\"\n[[person]]\nid = \"lead\"\nname = \"Team lead\"\n[roles]\n\
         incident-commander = [\"lead\"]\n[rota]\nzone = \"UTC\"\nhandover = \"09:00\"\nstart = \"2020-01-01\"\n\
         order = [\"lead\"]\n[[service]]\nname = \"api-service\"\nowners = [\"lead\"]\n\
         policy = {{ p3 = {{ own_request = true }}, p4 = {{ own_request = true }} }}\n[[service.target]]\n\
         name = \"release\"\nplatform = \"swarm\"\naddress = {{ service = \"{service}\", engine = {engine} }}\n"
    );
    let path = folder.join("switchback.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// By `ssh`, with the keys and known hosts of the user as whom the bot runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ssh_leads_to_the_engine() {
    let rig = SwarmRig::with(&[OLD, NEW], &[]).await;
    let sshd = Sshd::start(&rig.docker);
    let user = run(Command::new("id").arg("-un"));
    let engine = format!("{{ ssh = \"ssh://{user}@127.0.0.1:{}\" }}", sshd.port);
    let file = configuration(sshd.folder.path(), rig.name(), &engine);
    let plan = || tokio::task::block_in_place(|| sshd.switchback(&["plan", "--config", &file, "api-service", OLD]));

    let refused = plan();
    let said = unwrapped(&String::from_utf8_lossy(&refused.stdout));
    assert!(!refused.status.success() && said.contains("Host key verification failed."), "{said}");

    sshd.is_known();
    let output = plan();
    let (said, log) = (unwrapped(&String::from_utf8_lossy(&output.stdout)), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{log}\n{}", sshd.log());
    assert!(said.contains(&format!("is set from {}@sha256:", rig.image(NEW))), "{said}");
    assert_eq!(sshd.clients(), Vec::<String>::new(), "an ssh outlives the bot");
}
