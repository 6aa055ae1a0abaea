//! What is understood of a configuration without mistakes.

use std::time::Duration;

use bot::configuration::Unread;
use commands::model::{Role, Severity};
use commands::settings::{Assumed, Pace};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;

use super::*;

#[test]
fn as_little_as_can_be_has_our_defaults() {
    let files = Files::main(LEAST);
    let configuration = files.load().unwrap();
    let settings = &configuration.settings;
    assert_eq!(
        (settings.assumed, settings.pace, &settings.zone),
        (Assumed::default(), Pace::default(), &TimeZone::UTC)
    );
    assert_eq!(settings.room_template, "incident-rollback-{incident}");
    assert_eq!(configuration.wiring.store, files.path("switchback.db"));
    assert_eq!(configuration.wiring.listen.to_string(), "127.0.0.1:9180");
    assert!(configuration.wiring.chats.console.is_none());
}

#[test]
fn what_is_written_is_what_holds() {
    let text = r#"
zone = "Asia/Tokyo"
[store]
path = "/var/lib/switchback/log.db"
[assumed]
severity = "critical"
time_to_fix = "1h30m"
[pace]
lease_term = "20s"
[chat.console]
user = "root"
[kubernetes.argocd]
context = "hub"
unread = "warn"
[rooms]
announce = [{ chat = "console", room = "stakeholders" }]
"#;
    let configuration = Files::main(text).load().unwrap();
    let settings = &configuration.settings;
    assert_eq!(settings.zone.iana_name(), Some("Asia/Tokyo"));
    assert_eq!(settings.assumed.severity, Severity::Critical);
    assert_eq!(settings.assumed.time_to_fix, SignedDuration::from_mins(90));
    assert_eq!(settings.pace.lease_term, Duration::from_secs(20));
    assert_eq!(settings.announce[0].room, "stakeholders");
    assert_eq!(configuration.wiring.store, Path::new("/var/lib/switchback/log.db"));
    let argocd = &configuration.wiring.kubernetes.argocd;
    assert_eq!((argocd.namespace.as_str(), argocd.context.as_deref()), ("argocd", Some("hub")));
    assert_eq!(argocd.unread, Unread::Warn);
    assert_eq!(configuration.wiring.chats.console.unwrap().user, "root");
}

#[test]
fn a_policy_changes_what_it_names_and_leaves_the_rest() {
    let policy = "[service.policy.p1]\nroles = [\"on-call\", \"team-lead\"]\nvotes = 2\n";
    let configuration = Files::main(&format!("{SERVICE}{policy}")).load().unwrap();
    let policy = &configuration.settings.catalogue[0].policy;
    assert_eq!((policy.p1.votes, policy.p1.roles.len()), (2, 2));
    assert_eq!((policy.p1.own_request, policy.p1.expires), (true, SignedDuration::from_mins(30)));
    assert_eq!((policy.p2.votes, policy.p2.roles.contains(&Role::OnCall)), (1, true));
}

#[test]
fn services_stand_in_the_order_of_the_files_and_programs_beside_theirs() {
    let service = |name: &str, rest: &str| {
        let target = "[[target]]\nname = \"release\"\nplatform = \"host\"\naddress = {}\n";
        format!("name = \"{name}\"\nowners = [\"lead\"]\n{target}{rest}")
    };
    let hook = "[[hook]]\npoint = \"backup\"\nprogram = \"bin/backup\"\n";
    let files = Files::new(&[
        ("switchback.toml", &format!("catalogue = \"services\"\n{SERVICE}")),
        ("services/b.toml", &service("beta", "")),
        ("services/a.toml", &service("alpha", hook)),
        ("services/.c.toml", "not read"),
        ("services/notes.md", "not read"),
    ]);
    let catalogue = files.load().unwrap().settings.catalogue;
    let names: Vec<String> = catalogue.iter().map(|service| service.key.to_string()).collect();
    assert_eq!(names, ["api-service@production", "alpha@production", "beta@production"]);
    assert_eq!(catalogue[1].hooks[0].program, files.path("services/bin/backup"));
}

#[test]
fn the_digest_is_over_every_byte_that_was_read() {
    let with = |main: &str, text: &str| {
        Files::new(&[("switchback.toml", main), ("user.txt", text)]).load().unwrap().settings.configuration
    };
    let main = format!("{LEAST}[texts]\nuser_text = \"user.txt\"\n");
    let digest = with(&main, "All is well.");
    assert_eq!(digest, with(&main, "All is well."));
    assert_ne!(digest, with(&main, "All is well!"));
    assert_ne!(digest, with(&format!("{main}\n"), "All is well."));
}

#[test]
fn a_secret_is_read_and_never_shown() {
    let text = format!("{LEAST}[http]\nmetrics_token = {{ env = \"METRICS_TOKEN\" }}\n");
    let configuration = Files::main(&text).load().unwrap();
    let shown = format!("{configuration:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(configuration.wiring.metrics_token.unwrap().expose_secret(), "hunter2");
}
