//! Addresses of targets, held against the platforms that must understand them.

use std::collections::BTreeMap;
use std::sync::Arc;

use commands::model::PlatformName;
use commands::ports::Platform;

use super::hint;
use super::load::Configuration;
use super::location::Problem;

/// The platforms that are wired, by the name in the catalogue.
pub type Platforms = BTreeMap<PlatformName, Arc<dyn Platform>>;

/// Every target whose platform is not there or does not understand its address. Reads only what is
/// written; asks no platform how things stand.
#[must_use]
pub fn check_addresses(configuration: &Configuration, platforms: &Platforms) -> Vec<Problem> {
    let known: Vec<&str> = platforms.keys().map(PlatformName::as_str).collect();
    let mut problems = Vec::new();
    for (service, location) in configuration.settings.catalogue.iter().zip(&configuration.services) {
        for (position, target) in service.targets.iter().enumerate() {
            let target_location = location.key("target").item(position);
            match platforms.get(&target.platform) {
                Some(platform) => {
                    if let Err(why) = platform.check_address(target) {
                        let what = format!("{}: {why}", service.key);
                        problems.push(Problem::at(&target_location.key("address"), what));
                    }
                }
                None => {
                    let what = format!("there is no platform `{}`", target.platform);
                    let problem = Problem::at(&target_location.key("platform"), what);
                    problems.push(problem.help(hint::instead(target.platform.as_str(), &known)));
                }
            }
        }
    }
    problems
}
