//! One bot for one service of the swarm: its configuration, and what it is asked over HTTP.

use std::fs;
use std::path::PathBuf;

use commands::model::Revision;
use commands::ports::Platform as _;
use tempfile::TempDir;
use tests::conformance::platform::PlatformRig as _;
use tests::swarm::{SwarmRig, free_port};

use super::acts::{NEW, OLD};
use super::program::Program;
use super::transcript::unwrapped;

/// A service that is reached over HTTP by the host's network, and the files of a bot for it.
pub(super) struct Ground {
    pub(super) rig: SwarmRig,
    folder: TempDir,
}

impl Ground {
    /// The good version ran, with two tasks; then one was deployed that answers users with errors.
    pub(super) async fn new(settings: &[&str]) -> Self {
        let port = free_port();
        let variable = format!("PORT={port}");
        let mut all = vec!["--env", &variable, "--replicas", "2"];
        all.extend(settings);
        let rig = SwarmRig::before(&[OLD], &all).await;
        rig.behave(NEW, "failing");
        rig.update(&["--image", &rig.image(NEW)]).await;
        let ground = Self { rig, folder: tempfile::tempdir().unwrap() };
        fs::write(ground.configuration(), ground.text(port)).unwrap();
        ground
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.path().join("switchback.toml")
    }

    pub(super) fn reports(&self) -> PathBuf {
        self.folder.path().join("reports")
    }

    /// The image that the service is set to.
    pub(super) async fn running(&self) -> Revision {
        self.rig.platform.current(&self.rig.target()).await.unwrap().revision
    }

    /// Runs a verb of the bot to its end, and gives what it prints.
    pub(super) async fn says(&self, verb: &str, more: &[&str]) -> String {
        let file = self.configuration();
        let mut arguments = vec![verb, "--config", file.to_str().unwrap()];
        arguments.extend(more);
        let ended = Program::run(arguments).await;
        assert!(ended.status.success(), "{ended:?}");
        ended.said
    }

    fn text(&self, port: u16) -> String {
        let (folder, socket) = (self.folder.path().display(), self.rig.docker.socket());
        include_str!("switchback.toml")
            .replace("{folder}", &folder.to_string())
            .replace("{listen}", &format!("127.0.0.1:{}", free_port()))
            .replace("{name}", self.rig.name())
            .replace("{socket}", socket.to_str().unwrap())
            .replace("{url}", &format!("http://127.0.0.1:{port}"))
    }

    /// Each paragraph as one line, without what differs between two runs: names, ports, digests, and how many
    /// probes there was time for where all were answered well.
    pub(super) fn settled(&self, text: &str) -> String {
        // A whole one may be broken where a line ends.
        let digest = regex::Regex::new("sha256:([0-9a-f]{64}|[0-9a-f]{12}…|[0-9a-f ]{65})").unwrap();
        let text = unwrapped(text).replace(&self.rig.registry.repository(), "registry.example/shop/api");
        let text = text.replace(self.rig.name(), "shop_api");
        let text = digest.replace_all(&text, "sha256:0123456789ab…");
        let shares = regex::Regex::new(r"\b(\d+) of (\d+) (of our own|answered well)").unwrap();
        let all_well = |share: &regex::Captures<'_>| {
            if share[1] == share[2] { format!("16 of 16 {}", &share[3]) } else { share[0].to_owned() }
        };
        shares.replace_all(&text, all_well).into_owned()
    }
}
