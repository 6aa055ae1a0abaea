//! Hooks that can be paired: one drain has one closer.

use commands::model::{HookPoint, Service};

use crate::configuration::location::{Location, Problem};

/// The points of which there can be one hook: the engine pairs `drain` with `restore-traffic`, and
/// plans by one answer about migrations.
const SINGLE: [HookPoint; 3] = [HookPoint::Migrations, HookPoint::Drain, HookPoint::RestoreTraffic];

/// Every hook that cannot have its place.
pub(super) fn check(location: &Location, service: &Service, problems: &mut Vec<Problem>) {
    let list = location.key("hook");
    for (position, hook) in service.hooks.iter().enumerate() {
        let at = list.item(position);
        let earlier = &service.hooks[..position];
        if SINGLE.contains(&hook.point) && earlier.iter().any(|other| other.point == hook.point) {
            let problem = Problem::at(&at.key("point"), format!("a second hook at `{}`", hook.point.word()));
            problems.push(problem.help("have one program there; it may call others"));
        }
        if hook.timeout.is_negative() || hook.timeout.is_zero() {
            let problem = Problem::at(&at.key("timeout"), "a hook needs time to run");
            problems.push(problem.help("write a length like `\"30s\"` or `\"5m\"`"));
        }
        if hook.program.file_name().is_none() {
            let problem = Problem::at(&at.key("program"), "the program has no name");
            problems.push(problem.help("name the program by its absolute path"));
        }
    }
}
