//! A transcript without what differs between two runs: times, ids, ports, folders, digests, and in which
//! order two places are written to that do not wait for each other.

use regex::Regex;

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Desk,
    Room,
    Announcements,
}

/// The settled parts of a transcript, by place: what people typed and were answered, what the incident's
/// room shows, what stakeholders see. What is under way (`▸` cards, `…` steps) is left out, since a
/// faster state may take the place of a slower one before it is shown.
pub(super) fn settled(printed: &str, folder: &str) -> String {
    let plain = normalized(&unwrapped(printed), folder);
    let mut places = [(Place::Desk, Vec::new()), (Place::Room, Vec::new()), (Place::Announcements, Vec::new())];
    let mut current = Place::Desk;
    let mut under_way = false;
    for block in plain.split("\n\n") {
        let mut kept = Vec::new();
        let mut place = current;
        // Which of two messages comes first decides where an empty line more stands.
        for line in block.trim_matches('\n').lines() {
            if let Some(room) = line.strip_prefix("── ") {
                current = if room.starts_with("#incident") { Place::Room } else { Place::Announcements };
                place = current;
            } else if is_of_the_desk(line) {
                put(&mut places, Place::Desk, line);
            } else {
                kept.push(line);
            }
        }
        if kept.last().is_some_and(|line| line.starts_with("(only ") || line.starts_with("The report: ")) {
            place = Place::Desk;
        }
        // A block that is indented belongs to the message before it.
        if let Some(first) = kept.first().filter(|line| !line.starts_with(' ')) {
            under_way = first.starts_with('▸');
        }
        let kept = finished(&kept, under_way);
        if !kept.is_empty() {
            put(&mut places, place, &format!("{}\n", kept.join("\n")));
        }
    }
    let [desk, room, announcements] = places.map(|(_, lines)| lines.join("\n").trim_end().to_owned());
    format!(
        "== at the desk\n{desk}\n\n== in the incident's room\n{room}\n\n== where stakeholders read\n{announcements}\n"
    )
}

/// Everything that differs between two runs has a figure of one of them in its place.
pub(super) fn normalized(printed: &str, folder: &str) -> String {
    let rules = [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2024-01-15 15:30 UTC"),
        (r"\d\d:\d\d UTC", "15:30 UTC"),
        (r"(INC-|rollback-)\d{4}-\d{4}-\d{3}", "${1}2024-0115-001"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:8080"),
        (r"Plan( +)[0-9a-f]{8}\b", "Plan${1}6fb29b74"),
        (r"(— |Took +|Duration +)\d+ (?:ms|s)\b", "${1}3 s"),
        (r"median \d+ (?:ms|s)\b", "median 4 ms"),
        // An endpoint of which no probe was answered well has no time from before.
        (r"median 4 ms(?:, before \d+ (?:ms|s))?", "median 4 ms, before 354 ms"),
        (r"\banswered in \d+ (?:ms|s)\b", "answered in 354 ms"),
        // Which probes fail before the rollback is chance.
        (r"\b\d of 3 of our own", "2 of 3 of our own"),
        (r"\b\d of 9 of our own", "6 of 9 of our own"),
        (r"(/health|/me): (?:failed, HTTP 500|answered in 354 ms)", "${1}: answered in 354 ms"),
        (r"(/latest): (?:failed, HTTP 500|answered in 354 ms)", "${1}: failed, HTTP 500"),
    ];
    let mut text = printed.replace(folder, "/tmp/switchback-demo").replace(super::program::SWITCHBACK, "switchback");
    for (pattern, with) in rules {
        text = Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    // After it, all of them must be well, however many there is time for.
    let shares = Regex::new(r"\b(\d\d+) of (\d\d+)( of our own|) ").unwrap();
    let all_well = |share: &regex::Captures<'_>| {
        if share[1] == share[2] { format!("16 of 16{} ", &share[3]) } else { share[0].to_owned() }
    };
    shares.replace_all(&text, all_well).into_owned()
}

/// Each paragraph as one line.
pub(crate) fn unwrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let continued = line.len() - line.trim_start().len() >= 4 && !line.trim().is_empty();
        match lines.last_mut() {
            Some(before) if continued => {
                before.push(' ');
                before.push_str(line.trim_start());
            }
            _ => lines.push(line.trim_end().to_owned()),
        }
    }
    lines.join("\n")
}

fn is_of_the_desk(line: &str) -> bool {
    line.starts_with("requester> ")
        || line.starts_with("on-call> ")
        || line.starts_with("Roll back api-service")
        || line.starts_with("Type ")
}

/// Of a card that changes while it is looked at, the steps that ended.
fn finished<'a>(block: &[&'a str], under_way: bool) -> Vec<&'a str> {
    let settled = |line: &&&str| {
        let ended = line.starts_with("  ✓ ");
        let moving = line.starts_with("  … ") || line.starts_with("  Waiting for ") || line.starts_with("  Started ");
        ended || !(under_way || moving)
    };
    block.iter().filter(settled).copied().collect()
}

fn put(places: &mut [(Place, Vec<String>); 3], place: Place, text: &str) {
    let lines = places.iter_mut().find(|(name, _)| *name == place);
    lines.unwrap().1.push(text.to_owned());
}
