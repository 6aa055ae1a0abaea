//! Whether one service could be rolled back now: programs, platforms, probes, rota.

use commands::model::{Endpoint, Role, Service, Target, Trouble};
use commands::notify::text::sentence;
use commands::ports::{Candidate, OnCallError, Platform, Running};
use tokio::time::timeout;

use super::{Doctor, Finding, PATIENCE};
use crate::configuration::check_program;

impl Doctor<'_> {
    pub(super) async fn examine_service(&self, service: &Service) -> Vec<Finding> {
        let mut findings = programs(service);
        for target in &service.targets {
            findings.extend(self.examine_target(service, target).await);
        }
        for (name, endpoint) in probes(service) {
            findings.push(self.examine_endpoint(service, &name, &endpoint).await);
        }
        findings.extend(self.examine_rota(service).await);
        findings
    }

    async fn examine_target(&self, service: &Service, target: &Target) -> Vec<Finding> {
        let subject = format!("{}/{}", service.key, target.name);
        let Some(platform) = self.platforms.get(&target.platform) else {
            let message = format!("there is no platform `{}`", target.platform);
            return vec![Finding::error(subject, message).do_this("run `switchback check`")];
        };
        if let Err(why) = platform.check_address(target) {
            return vec![Finding::error(subject, why.to_string()).do_this("run `switchback check`")];
        }
        let introduced = match timeout(PATIENCE, platform.introduce(target)).await {
            Ok(Ok(said)) => said.map(|said| Finding::good(&subject, said)),
            Ok(Err(why)) => return vec![Finding::error(subject, why.to_string())],
            Err(_) => return vec![silent(&subject, "the platform")],
        };
        let mut findings: Vec<Finding> = introduced.into_iter().collect();
        findings.extend(examine_move(platform.as_ref(), target, &subject).await);
        findings
    }

    async fn examine_endpoint(&self, service: &Service, name: &str, endpoint: &Endpoint) -> Finding {
        let subject = format!("{} {name}", service.key);
        let within = service.checks.timeout.unsigned_abs();
        match self.probe.get(&endpoint.url, within).await {
            Ok(answer) if well(endpoint, answer.status) => {
                Finding::good(subject, format!("{} answers {} in {:#}", endpoint.url, answer.status, answer.took))
            }
            Ok(answer) => Finding::warning(subject, format!("{} answers {}", endpoint.url, answer.status))
                .do_this("the service is not well now, or `status` is not what it answers when it is"),
            Err(why) => Finding::error(subject, format!("{}: {why}", endpoint.url))
                .do_this("let this machine reach it, or mend the URL: no rollback could be proven"),
        }
    }

    async fn examine_rota(&self, service: &Service) -> Option<Finding> {
        let subject = format!("{} on call", service.key);
        let Some(on_call) = self.on_call else {
            return asks_on_call(service)
                .then(|| Finding::error(subject, "nothing knows who is on call").do_this("write a `[rota]`"));
        };
        Some(match timeout(PATIENCE, on_call.on_call(service)).await {
            Ok(Ok(answer)) => {
                let holders: Vec<&str> = answer.holders.iter().map(commands::model::PersonId::as_str).collect();
                Finding::good(subject, format!("{} by {}", holders.join(", "), answer.source))
            }
            Ok(Err(why @ OnCallError::Nobody { .. })) => Finding::warning(subject, why.to_string())
                .do_this("close the gap: nobody could approve as on-call engineer now"),
            Ok(Err(why)) => Finding::error(subject, why.to_string()),
            Err(_) => silent(&subject, "the rota"),
        })
    }
}

fn programs(service: &Service) -> Vec<Finding> {
    let look = |hook: &commands::model::Hook| {
        let subject = format!("{} hook {}", service.key, hook.point.word());
        match check_program(&hook.program) {
            Ok(()) => Finding::good(subject, format!("{} can be run", hook.program.display())),
            Err(why) => Finding::error(subject, why.to_string()).do_this(why.what_to_do()),
        }
    };
    service.hooks.iter().map(look).collect()
}

/// What runs, and whether it could go elsewhere.
async fn examine_move(platform: &dyn Platform, target: &Target, subject: &str) -> Vec<Finding> {
    let running = match timeout(PATIENCE, platform.current(target)).await {
        Ok(Ok(running)) => running,
        Ok(Err(why)) => return vec![Finding::error(subject, format!("what runs cannot be seen: {why}"))],
        Err(_) => return vec![silent(subject, "the platform")],
    };
    let version = running.version.as_ref().map(|version| format!(" ({version})")).unwrap_or_default();
    let mut findings = vec![Finding::good(subject, format!("runs {}{version}", running.revision))];
    match timeout(PATIENCE, rehearse(platform, target, &running)).await {
        Ok(found) => {
            findings.extend(found.into_iter().map(|finding| Finding { subject: subject.to_owned(), ..finding }))
        }
        Err(_) => findings.push(silent(subject, "the platform")),
    }
    findings
}

/// What the platform would say to a move to the newest other revision, or to the one that runs where
/// there is no other: disk, permissions, and whether what restarts it can be reached.
async fn rehearse(platform: &dyn Platform, target: &Target, running: &Running) -> Vec<Finding> {
    let history = match platform.history(target).await {
        Ok(history) => history,
        Err(why) => return vec![Finding::error("", format!("its history cannot be read: {why}"))],
    };
    let mut findings = Vec::new();
    let other = history.into_iter().find(|candidate| candidate.revision != running.revision);
    if other.is_none() {
        let message = "there is no other revision to go back to";
        findings.push(Finding::warning("", message).do_this("keep the releases before the one that runs"));
    }
    let to = other.unwrap_or_else(|| Candidate {
        revision: running.revision.clone(),
        version: running.version.clone(),
        created: None,
        details: std::collections::BTreeMap::new(),
    });
    match platform.examine(target, running, &to).await {
        Ok(examination) => {
            let blocked =
                |trouble| Finding::error("", format!("a move to {} is blocked: {}", to.revision, words(trouble)));
            findings.extend(examination.blockers.iter().map(blocked));
            findings.extend(examination.warnings.iter().map(|note| Finding::warning("", sentence(note))));
            if examination.blockers.is_empty() {
                findings.push(Finding::good("", format!("could move to {}", to.revision)));
            }
        }
        Err(why) => findings.push(Finding::error("", format!("a move to {} cannot be judged: {why}", to.revision))),
    }
    findings
}

/// As people in chat read it, with the outside world's own words.
fn words(trouble: &Trouble) -> String {
    let said = [sentence(&trouble.why)].into_iter().chain(trouble.evidence.iter().cloned());
    said.collect::<Vec<_>>().join(": ")
}

fn probes(service: &Service) -> Vec<(String, Endpoint)> {
    let checks = &service.checks;
    let version = checks.version.as_ref().map(|version| Endpoint { url: version.url.clone(), status: None });
    let critical = checks.critical.iter().cloned().map(|endpoint| ("critical endpoint".to_owned(), endpoint));
    let version = version.map(|endpoint| ("version endpoint".to_owned(), endpoint));
    let health = checks.health.clone().map(|endpoint| ("health endpoint".to_owned(), endpoint));
    version.into_iter().chain(health).chain(critical).collect()
}

fn well(endpoint: &Endpoint, status: u16) -> bool {
    endpoint.status.map_or((200..=299).contains(&status), |expected| expected == status)
}

fn asks_on_call(service: &Service) -> bool {
    let policy = &service.policy;
    [&policy.p1, &policy.p2, &policy.p3, &policy.p4].iter().any(|rule| rule.roles.contains(&Role::OnCall))
}

fn silent(subject: &str, who: &str) -> Finding {
    Finding::error(subject, format!("{who} gave no answer within {} s", PATIENCE.as_secs()))
}
