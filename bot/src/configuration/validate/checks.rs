//! Probes that can be sent, and limits that can be met.

use commands::model::Service;
use url::Url;

use crate::configuration::location::{Location, Problem};

/// Everything wrong with how a service is proven to work.
pub(super) fn check(location: &Location, service: &Service, problems: &mut Vec<Problem>) {
    let checks = &service.checks;
    let at = location.key("checks");
    if let Some(version) = &checks.version {
        check_url(&at.key("version").key("url"), &version.url, problems);
        if version.pointer.as_ref().is_some_and(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
            let problem = Problem::at(&at.key("version").key("pointer"), "this is no JSON pointer");
            problems.push(problem.help("begin with `/`, as in `/version` or `/build/version` (RFC 6901)"));
        }
    }
    if let Some(health) = &checks.health {
        check_endpoint(&at.key("health"), health, problems);
    }
    for (position, endpoint) in checks.critical.iter().enumerate() {
        check_endpoint(&at.key("critical").item(position), endpoint, problems);
    }
    let percent = checks.max_error_percent;
    if !(0.0..=100.0).contains(&percent) {
        let problem = Problem::at(&at.key("max_error_percent"), format!("{percent} is no share in percent"));
        problems.push(problem.help("write a number from 0 to 100"));
    }
    let slowdown = checks.max_slowdown;
    if !(slowdown.is_finite() && slowdown >= 1.0) {
        let what = format!("a slowdown of {slowdown} asks for answers faster than before");
        problems.push(Problem::at(&at.key("max_slowdown"), what).help("write a factor of 1 or more"));
    }
}

fn check_endpoint(at: &Location, endpoint: &commands::model::Endpoint, problems: &mut Vec<Problem>) {
    check_url(&at.key("url"), &endpoint.url, problems);
    if endpoint.status.is_some_and(|status| !(100..=599).contains(&status)) {
        let problem = Problem::at(&at.key("status"), "this is no HTTP status");
        problems.push(problem.help("write a number from 100 to 599, or leave it out for any of 200 to 299"));
    }
}

fn check_url(at: &Location, text: &str, problems: &mut Vec<Problem>) {
    let problem = match Url::parse(text) {
        // An address that cannot be read may still hold a password.
        Err(why) => Problem::at(at, format!("this is no URL: {why}"))
            .help("write it whole, as in `http://127.0.0.1:8080/health`")
            .hiding_value(),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            Problem::at(at, format!("`{}` is no scheme of a probe", url.scheme()))
                .help("use `http://` or `https://`")
                .hiding_value()
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Problem::at(at, "the URL holds credentials")
                .help("take them out: the URL is shown in messages and reports")
                .hiding_value()
        }
        Ok(_) => return,
    };
    problems.push(problem);
}
