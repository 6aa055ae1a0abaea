//! Whatever a message holds: Slack takes it, and nothing of it acts.

use commands::model::{ButtonAction, Place, RoomLink};

use super::*;

const HOSTILE: &str = "<!channel> <@U1> <https://evil.test|v1.2.9> &lt;!here&gt; @everyone ``` *x* \u{202e}\u{7}";

fn everywhere(text: &str) -> Message {
    let text = || text.to_owned();
    let rollback = "INC-2024-0115-001/1".parse().unwrap();
    Message {
        tone: Tone::Bad,
        headline: text(),
        facts: vec![Fact { label: text(), value: text() }; 3],
        blocks: vec![
            Block::Title(text()),
            Block::Text(text()),
            Block::List(vec![text(); 4]),
            Block::Steps(vec![StepLine { mark: StepMark::Failed, text: text(), detail: text() }]),
            Block::Code(text()),
            Block::Document { name: text(), text: text() },
        ],
        buttons: vec![Button {
            label: text(),
            action: ButtonAction::Abort { rollback },
            style: ButtonStyle::Danger,
            confirm: Some(text()),
        }],
        ..Message::default()
    }
}

/// Every text object, with whether Slack reads it.
fn texts(value: &Value, found: &mut Vec<(bool, String)>) {
    match value {
        Value::Object(fields) => {
            if let (Some(kind), Some(Value::String(text))) = (fields.get("type"), fields.get("text")) {
                if kind == "mrkdwn" {
                    assert_eq!(fields.get("verbatim"), Some(&json!(true)), "{text}");
                }
                found.push((kind == "mrkdwn", text.clone()));
            }
            fields.values().for_each(|inner| texts(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| texts(inner, found)),
        _ => {}
    }
}

fn check(rendered: &Rendered) {
    assert!(!rendered.text.is_empty() && rendered.text.chars().count() <= 4_000, "{}", rendered.text.len());
    assert!(!rendered.blocks.is_empty() && rendered.blocks.len() <= 50, "{}", rendered.blocks.len());
    let together: usize = rendered.blocks.iter().map(blocks::weight).sum();
    assert!(together <= 13_422, "{together}");
    let mut found = Vec::new();
    for block in &rendered.blocks {
        texts(block, &mut found);
        let longest = match block["type"].as_str().unwrap() {
            "header" => 150,
            "section" => 3_000,
            "actions" | "context" => continue,
            other => panic!("{other}"),
        };
        let text = block["text"]["text"].as_str().unwrap();
        assert!((1..=longest).contains(&text.chars().count()), "{} in {}", text.chars().count(), block["type"]);
    }
    for (is_read, text) in found {
        assert!(!text.trim().is_empty());
        assert!(!is_read || !text.contains("<!") && !text.contains("<@") && !text.contains("<http"), "{text}");
        assert!(!text.chars().any(|letter| letter == '\u{202e}' || letter == '\u{7}'), "{text:?}");
    }
}

#[test]
fn nothing_that_people_typed_is_read_by_slack() {
    for documents in [Documents::AsFiles, Documents::Shown] {
        let rendered = render(&everywhere(HOSTILE), &[], documents);
        check(&rendered);
        assert!(!rendered.text.contains("<!channel>") && rendered.text.contains("&lt;!channel&gt;"));
    }
}

#[test]
fn no_length_is_refused() {
    for text in ["", " ", "&", "word ", "<", "`", "\n", "é"] {
        for times in [1, 80, 3_001, 100_000] {
            check(&render(&everywhere(&text.repeat(times)), &[], Documents::AsFiles));
            check(&render(&everywhere(&text.repeat(times)), &[], Documents::Shown));
        }
    }
    check(&render(&Message::default(), &[], Documents::AsFiles));
    let mut many = everywhere("many");
    many.facts = vec![Fact { label: "fact".to_owned(), value: "x".repeat(900) }; 300];
    many.blocks = (0..200).flat_map(|_| [Block::Title("t".to_owned()), Block::Code("c".to_owned())]).collect();
    let rendered = render(&many, &[], Documents::AsFiles);
    check(&rendered);
    let (name, whole) = rendered.files.last().unwrap();
    assert_eq!((name.as_str(), whole.matches("fact:").count()), ("whole-message.txt", 300), "nothing is lost");
}

#[test]
fn a_room_is_a_link_and_a_person_is_notified_by_id_alone() {
    let mut message = Message::line(Tone::Working, "Rolling back");
    message.facts = vec![Fact { label: "Status channel".to_owned(), value: "#incident".to_owned() }];
    let place = Place { chat: "slack".into(), room: "C0INCIDENT".to_owned() };
    message.room = Some(RoomLink { place, shown_as: "#incident".to_owned() });
    let rendered = render(&message, &["U0ONCALL", "!channel", "u1|x"], Documents::AsFiles);
    let shown = serde_json::to_string(&rendered.blocks).unwrap();
    assert!(shown.contains("<#C0INCIDENT>") && shown.contains("<@U0ONCALL>"), "{shown}");
    assert!(!shown.contains("!channel") && !shown.contains("u1"), "{shown}");
    assert!(rendered.text.ends_with("<@U0ONCALL>"));
}

#[test]
fn an_escape_is_not_cut_in_two() {
    let mut message = Message::line(Tone::Plain, "x");
    message.facts = vec![Fact { label: "Reason".to_owned(), value: "<".repeat(2_000) }];
    let shown = serde_json::to_string(&render(&message, &[], Documents::AsFiles).blocks).unwrap();
    assert!(shown.replace("&lt;", "").replace("&gt;", "").matches('&').count() == 0, "{shown}");
}

#[test]
fn a_button_carries_what_it_means_and_asks_first() {
    let rendered = render(&everywhere("Abort"), &[], Documents::AsFiles);
    let button = &rendered.blocks.last().unwrap()["elements"][0];
    let action: ButtonAction = serde_json::from_str(button["value"].as_str().unwrap()).unwrap();
    assert_eq!(action, ButtonAction::Abort { rollback: "INC-2024-0115-001/1".parse().unwrap() });
    assert_eq!((&button["style"], &button["confirm"]["confirm"]["text"]), (&json!("danger"), &json!("Abort")));
}
