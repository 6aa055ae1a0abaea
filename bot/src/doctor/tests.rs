//! A doctor with a platform, a probe and a rota that say what a test wants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use commands::model::{
    Findings, Intent, MoveOrder, Note, Observation, Revision, Role, RoleAnswer, Service, Target, TargetPlan, Trouble,
    Version,
};
use commands::ports::{
    Candidate, Examination, OnCallError, Platform, PlatformError, ProbeAnswer, ProbeError, Resolution, Running,
};
use futures::stream::{BoxStream, StreamExt};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::configuration::{Vocabulary, load};

/// A platform on which v1.3.0 runs and v1.2.9 is there; `blocker` stands in the way of any move.
#[derive(Default)]
struct Fake {
    blocker: Option<&'static str>,
    away: bool,
}

fn candidate(version: &str) -> Candidate {
    let revision = Revision::new(version);
    Candidate { revision, version: Some(Version::new(version)), created: None, details: BTreeMap::new() }
}

#[async_trait]
impl Platform for Fake {
    fn check_address(&self, target: &Target) -> Result<(), PlatformError> {
        let right = target.address.get("unit").is_some();
        let wrong = || PlatformError::Address { target: target.name.to_string(), why: "`unit` is missing".to_owned() };
        right.then_some(()).ok_or_else(wrong)
    }

    async fn current(&self, _: &Target) -> Result<Running, PlatformError> {
        if self.away {
            return Err(PlatformError::Unavailable { what: "reading".to_owned(), why: "refused".to_owned() });
        }
        let intent = Intent { identity: "1".to_owned(), fields: BTreeMap::new() };
        Ok(Running { revision: Revision::new("v1.3.0"), version: Some(Version::new("v1.3.0")), intent, since: None })
    }

    async fn history(&self, _: &Target) -> Result<Vec<Candidate>, PlatformError> {
        Ok(vec![candidate("v1.3.0"), candidate("v1.2.9")])
    }

    async fn resolve(&self, _: &Target, _: &Version) -> Result<Resolution, PlatformError> {
        Ok(Resolution::Missing(Vec::new()))
    }

    async fn examine(&self, _: &Target, _: &Running, to: &Candidate) -> Result<Examination, PlatformError> {
        assert_eq!(to.revision, Revision::new("v1.2.9"), "the doctor must rehearse a move elsewhere");
        let blockers =
            self.blocker.map(|code| Trouble::new(Note::new(code)).saying("no space left")).into_iter().collect();
        Ok(Examination { blockers, ..Examination::default() })
    }

    async fn move_to(&self, _: &MoveOrder<'_>) -> Result<Findings, PlatformError> {
        panic!("a doctor moves nothing")
    }

    fn observe<'a>(&'a self, _: &'a Target, _: &'a TargetPlan) -> BoxStream<'a, Observation> {
        futures::stream::pending().boxed()
    }
}

struct Answers(Result<u16, ProbeError>);

#[async_trait]
impl Probe for Answers {
    async fn get(&self, _: &str, _: Duration) -> Result<ProbeAnswer, ProbeError> {
        let took = SignedDuration::from_millis(12);
        self.0.clone().map(|status| ProbeAnswer { status, took, body: String::new() })
    }
}

struct Rota(bool);

#[async_trait]
impl OnCall for Rota {
    async fn on_call(&self, _: &Service) -> Result<RoleAnswer, OnCallError> {
        let (source, as_of) = ("static rota".to_owned(), Timestamp::UNIX_EPOCH);
        let holders = BTreeSet::from(["engineer".into()]);
        if self.0 {
            Ok(RoleAnswer { role: Role::OnCall, holders, source, as_of })
        } else {
            Err(OnCallError::Nobody { rota: source })
        }
    }
}

const MAIN: &str = r#"
[store]
path = "log/switchback.db"

[roles]
incident-commander = ["lead"]

[rota]
zone = "UTC"
handover = "09:00"
start = "2024-01-01"
order = ["engineer"]

[[person]]
id = "engineer"
name = "On-call engineer"

[[person]]
id = "lead"
name = "Team lead"

[[service]]
name = "api-service"
owners = ["lead"]

[[service.target]]
name = "release"
platform = "host"
address = { unit = "api.service" }

[service.checks.health]
url = "http://127.0.0.1:8080/health"
"#;

fn configuration(folder: &Path, text: &str) -> Configuration {
    let path = folder.join("switchback.toml");
    std::fs::write(&path, text).unwrap();
    let on_call = |_: &adapters::oncall::rota::RotaSettings| Ok(vec!["engineer".into()]);
    load(&path, &Vocabulary { is_reserved: &|_| false, on_call: &on_call, variable: &|_| None }).unwrap()
}

/// What is printed, without the figures of this machine, and how it ends.
async fn printed(text: &str, fake: Fake, probe: Answers, rota: Rota) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("log")).unwrap();
    let configuration = configuration(folder.path(), text);
    let platforms: Platforms = BTreeMap::from([("host".into(), Arc::new(fake) as Arc<dyn Platform>)]);
    let doctor = Doctor { configuration: &configuration, platforms: &platforms, probe: &probe, on_call: Some(&rota) };
    let mut findings = doctor.examine().await;
    // How much room this machine has is no matter of the test.
    let before = findings.len();
    findings.retain(|finding| finding.subject != "store disk");
    assert!(before - findings.len() <= 1);
    let mut output = Vec::new();
    let ended = print(&findings, &mut output).unwrap();
    let text = String::from_utf8(output).unwrap().replace(&folder.path().display().to_string(), "FOLDER");
    let text = text.replace(&configuration.settings.configuration.short(), "DIGEST");
    (text.trim_end().to_owned(), ended == ExitCode::SUCCESS)
}

#[tokio::test]
async fn all_is_well() {
    let (text, good) = printed(MAIN, Fake::default(), Answers(Ok(200)), Rota(true)).await;
    let expected = "\
good     configuration: understood: services 1, persons 2, DIGEST
good     store: FOLDER/log can be written
good     api-service@production/release: runs v1.3.0 (v1.3.0)
good     api-service@production/release: could move to v1.2.9
good     api-service@production health endpoint: http://127.0.0.1:8080/health answers 200 in 12ms
good     api-service@production on call: engineer by static rota

6 looked at: 0 with errors, 0 with warnings";
    assert_eq!((text.as_str(), good), (expected, true));
}

#[tokio::test]
async fn each_thing_that_is_wrong_is_said_with_what_to_do() {
    let hook = "[[service.hook]]\npoint = \"backup\"\nprogram = \"/nowhere/backup\"\n";
    let fake = Fake { blocker: Some("disk-full"), away: false };
    let (text, good) = printed(&format!("{MAIN}{hook}"), fake, Answers(Ok(503)), Rota(false)).await;
    let expected = "\
good     configuration: understood: services 1, persons 2, DIGEST
good     store: FOLDER/log can be written
error    api-service@production hook backup: /nowhere/backup: No such file or directory (os error 2)
         → install it, or name the right path; programs are not looked up in PATH
good     api-service@production/release: runs v1.3.0 (v1.3.0)
error    api-service@production/release: a move to v1.2.9 is blocked: disk-full: no space left
warning  api-service@production health endpoint: http://127.0.0.1:8080/health answers 503
         → the service is not well now, or `status` is not what it answers when it is
warning  api-service@production on call: static rota has nobody on call at this moment
         → close the gap: nobody could approve as on-call engineer now

7 looked at: 2 with errors, 2 with warnings";
    assert_eq!((text.as_str(), good), (expected, false));
}

#[tokio::test]
async fn what_cannot_be_asked_is_an_error() {
    let fake = Fake { blocker: None, away: true };
    let (text, good) = printed(MAIN, fake, Answers(Err(ProbeError::Failed("refused".to_owned()))), Rota(true)).await;
    assert!(
        text.contains("error    api-service@production/release: what runs cannot be seen: reading failed: refused"),
        "{text}"
    );
    assert!(
        text.contains("error    api-service@production health endpoint: http://127.0.0.1:8080/health: refused"),
        "{text}"
    );
    assert!(!good);
}

#[tokio::test]
async fn a_store_without_its_folder_is_an_error() {
    let text = MAIN.replace("log/switchback.db", "gone/switchback.db");
    let (text, good) = printed(&text, Fake::default(), Answers(Ok(200)), Rota(true)).await;
    assert!(
        text.contains("error    store: FOLDER/gone/switchback.db cannot be written: No such file or directory"),
        "{text}"
    );
    assert!(!good);
}
