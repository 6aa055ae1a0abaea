//! What the page about the platform shows is what the bot says.

use std::fs;
use std::path::Path;

/// Each line of its examples is one of a transcript; those are held by the tests that make them.
#[test]
fn the_page_shows_what_the_bot_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/platforms/swarm.md");
    let page = fs::read_to_string(page).unwrap();
    let said: Vec<&str> =
        [include_str!("snapshots/swarm__story__doctor.snap"), include_str!("snapshots/swarm__story__plan.snap")]
            .into_iter()
            .flat_map(str::lines)
            .collect();
    let blocks = page.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines: Vec<&str> = blocks.flat_map(str::lines).collect();
    assert!(lines.len() >= 5, "{lines:?}");
    for line in lines {
        assert!(said.contains(&line), "nobody says\n{line}");
    }
}
