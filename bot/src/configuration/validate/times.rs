//! Lengths of time that make sense: none goes backwards, and what must take time does.

use commands::model::{Priority, Service};
use jiff::SignedDuration;

use crate::configuration::file::Main;
use crate::configuration::location::{Location, Problem};

/// The shortest lease, in seconds: a term must outlast a slow write to the log by far.
const SHORTEST_LEASE: SignedDuration = SignedDuration::from_secs(3);

/// Every length of time of the main file that makes no sense.
pub(super) fn check_main(main: &Main, problems: &mut Vec<Problem>) {
    let pace = Location::of_file(0).key("pace");
    for (key, value) in [
        ("observe_every", main.pace.observe_every),
        ("look_every", main.pace.look_every),
        ("chat_retry", main.pace.chat_retry),
    ] {
        positive(&pace.key(key), value, problems);
    }
    if main.pace.lease_term < SHORTEST_LEASE {
        let what = format!("a lease of {:#} would be lost by a slow disk alone", main.pace.lease_term);
        problems.push(Problem::at(&pace.key("lease_term"), what).help("write `\"3s\"` or more; `\"15s\"` is good"));
    }
    let at = Location::of_file(0).key("assumed").key("time_to_fix");
    not_negative(&at, main.assumed.time_to_fix, problems);
}

/// Every length of time of a service that makes no sense.
pub(super) fn check_service(location: &Location, service: &Service, problems: &mut Vec<Problem>) {
    let (checks, timing) = (&service.checks, &service.timing);
    let at = location.key("checks");
    positive(&at.key("timeout"), checks.timeout, problems);
    positive(&at.key("window"), checks.window, problems);
    positive(&at.key("interval"), checks.interval, problems);
    if let Some(limit) = checks.max_response {
        positive(&at.key("max_response"), limit, problems);
    }
    if checks.interval > checks.window {
        let what = format!("{:#} between two probes do not fit into a window of {:#}", checks.interval, checks.window);
        problems.push(Problem::at(&at.key("interval"), what).help("lengthen `window`, or shorten `interval`"));
    }
    let at = location.key("timing");
    positive(&at.key("deadline"), timing.deadline, problems);
    positive(&at.key("remind"), timing.remind, problems);
    for (key, value) in [("retry", timing.retry), ("hold", timing.hold), ("watch", timing.watch), ("soak", timing.soak)]
    {
        not_negative(&at.key(key), value, problems);
    }
    for priority in [Priority::P1, Priority::P2, Priority::P3, Priority::P4] {
        let at = location.key("policy").key(&priority.to_string().to_lowercase());
        let rule = service.policy.rule(priority);
        positive(&at.key("expires"), rule.expires, problems);
        positive(&at.key("role_max_age"), rule.role_max_age, problems);
    }
}

fn positive(at: &Location, value: SignedDuration, problems: &mut Vec<Problem>) {
    if value.is_zero() || value.is_negative() {
        let problem = Problem::at(at, "this must take some time");
        problems.push(problem.help("write a length like `\"30s\"`, `\"5m\"` or `\"1h30m\"`"));
    }
}

fn not_negative(at: &Location, value: SignedDuration, problems: &mut Vec<Problem>) {
    if value.is_negative() {
        let problem = Problem::at(at, "this goes backwards in time");
        problems.push(problem.help("write a length like `\"30s\"`, or `\"0s\"` for none"));
    }
}
