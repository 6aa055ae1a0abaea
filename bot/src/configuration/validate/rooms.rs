//! Rooms: names that differ from incident to incident, in chats that are there.

use crate::configuration::file::Main;
use crate::configuration::location::{Location, Problem};

/// What stands for the incident in the name of its room.
const PLACEHOLDER: &str = "{incident}";

/// Everything wrong with rooms.
pub(super) fn check(main: &Main, problems: &mut Vec<Problem>) {
    let at = Location::of_file(0).key("rooms");
    if !main.rooms.template.contains(PLACEHOLDER) {
        let what = format!("the name of a room lacks `{PLACEHOLDER}`: two incidents would share one");
        problems.push(Problem::at(&at.key("template"), what).help("as in `incident-rollback-{incident}`"));
    }
    let mut known = Vec::new();
    if main.chat.console.is_some() {
        known.push("console");
    }
    for (position, place) in main.rooms.announce.iter().enumerate() {
        if !known.contains(&place.chat.as_str()) {
            let what = format!("the chat `{}` has no section", place.chat);
            let problem = Problem::at(&at.key("announce").item(position).key("chat"), what);
            problems.push(problem.help(format!("add `[chat.{}]`, or remove this room", place.chat)));
        }
    }
}
