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
    if main.chat.slack.is_some() {
        known.push("slack");
    }
    for (key, places) in [("announce", &main.rooms.announce), ("publish", &main.rooms.publish)] {
        for (position, place) in places.iter().enumerate() {
            if !known.contains(&place.chat.as_str()) {
                let what = format!("the chat `{}` has no section", place.chat);
                let problem = Problem::at(&at.key(key).item(position).key("chat"), what);
                problems.push(problem.help(format!("add `[chat.{}]`, or remove this room", place.chat)));
            }
        }
    }
    for (position, link) in main.rooms.bookmark.iter().enumerate() {
        if !link.url.starts_with("https://") && !link.url.starts_with("http://") {
            let problem = Problem::at(&at.key("bookmark").item(position).key("url"), "no address");
            problems.push(problem.help("as in `https://runbooks.example.com/{service}`"));
        }
    }
}
