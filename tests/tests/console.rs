//! What a person at the console sees.

use std::io::Write;
use std::sync::{Arc, Mutex};

use adapters::chat::console::{ConsoleChat, ConsoleSettings, Surface};
use commands::model::{
    Block, Button, ButtonAction, ButtonStyle, ChatName, Digest, Fact, Identity, IncidentId, Message, ReplyHandle,
    RollbackId, ShownIn, Slot, SlotId, SlotOwner, StepLine, StepMark, Tone,
};
use commands::ports::{Chat, RoomWish, Showing};
use insta::assert_snapshot;
use tempfile::TempDir;
use tests::conformance::chat::ChatSubject;

/// What was printed.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn all(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// What was printed since this was asked last, with escapes that can be read.
    pub(crate) fn unread(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().replace('\x1b', "␛").replace('\r', "␍")
    }
}

pub(crate) const PLAIN: Surface = Surface::Plain { width: 60 };
const TERMINAL: Surface = Surface::Terminal { width: 61, height: 24 };

pub(crate) fn console(surface: Surface) -> (ConsoleChat, Paper, TempDir) {
    let (paper, folder) = (Paper::default(), tempfile::tempdir().unwrap());
    let settings = ConsoleSettings {
        output: Box::new(paper.clone()),
        surface,
        documents: folder.path().join("reports"),
        boot: "boot".to_owned(),
    };
    (ConsoleChat::new(settings), paper, folder)
}

fn subject(surface: Surface) -> ChatSubject {
    let (chat, paper, folder) = console(surface);
    let seen = move || {
        let _kept = &folder;
        // What the console itself says to a terminal is not what messages say to it.
        let own = regex_of_own_escapes();
        own.replace_all(&paper.all(), "").into_owned()
    };
    ChatSubject {
        chat: Arc::new(chat),
        seen: Box::new(seen),
        reply: ReplyHandle("on-call".to_owned()),
        somebody: Identity {
            chat: ChatName::from("console"),
            workspace: "local".to_owned(),
            user: "on-call".to_owned(),
        },
    }
}

fn regex_of_own_escapes() -> regex::Regex {
    regex::Regex::new("\r\x1b\\[[0-9]+A\x1b\\[J|\x1b\\[[0-9;]*m").unwrap()
}

mod plain {
    use super::*;

    tests::chat_conformance!(subject(PLAIN));
}

mod terminal {
    use super::*;

    tests::chat_conformance!(subject(TERMINAL));
}

pub(crate) fn rollback() -> RollbackId {
    "INC-2024-0115-001/1".parse().unwrap()
}

pub(crate) fn button(label: &str, action: ButtonAction, confirm: Option<&str>) -> Button {
    Button { label: label.to_owned(), action, style: ButtonStyle::Plain, confirm: confirm.map(str::to_owned) }
}

fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.to_owned(), value: value.to_owned() }
}

fn proposal() -> Message {
    Message {
        facts: vec![
            fact("From", "v1.3.0"),
            fact("To", "v1.2.9"),
            fact("Impact", "about one request in three fails, and those that do not are slow"),
        ],
        blocks: vec![
            Block::Title("What would be done".to_owned()),
            Block::List(vec!["back up the database".to_owned(), "roll api-service/release".to_owned()]),
            Block::Code("SELECT count(*)\n  FROM orders;".to_owned()),
        ],
        buttons: vec![
            button("Approve", ButtonAction::Approve { rollback: rollback(), digest: Digest::of(b"plan") }, None),
            button("Deny", ButtonAction::Deny { rollback: rollback() }, None),
        ],
        ..Message::line(Tone::Asking, "Roll back api-service to v1.2.9?")
    }
}

fn progress(headline: &str, steps: &[(StepMark, &str, &str)]) -> Message {
    let step = |(mark, text, detail): &(StepMark, &str, &str)| StepLine {
        mark: *mark,
        text: (*text).to_owned(),
        detail: (*detail).to_owned(),
    };
    Message {
        blocks: vec![Block::Steps(steps.iter().map(step).collect())],
        buttons: vec![button("Abort", ButtonAction::Abort { rollback: rollback() }, None)],
        ..Message::line(Tone::Working, headline)
    }
}

async fn show(chat: &ConsoleChat, room: &str, message: Option<&str>, attempt: &str, content: &Message) -> String {
    let slot = SlotId { owner: SlotOwner::Rollback(rollback()), slot: Slot::Progress, shown_in: ShownIn::Room };
    chat.show(&Showing { room, slot: &slot, message, attempt, content, notify: &[] }).await.unwrap()
}

const ROOM: &str = "incident-rollback-2024-0115-001";

async fn open_room(chat: &ConsoleChat) {
    let incident: IncidentId = "INC-2024-0115-001".parse().unwrap();
    let topic = "api-service is slow".to_owned();
    chat.ensure_room(&RoomWish { incident, name: ROOM.to_owned(), topic, invite: Vec::new(), known: None })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_proposal_is_laid_out() {
    let (chat, paper, _folder) = console(PLAIN);
    open_room(&chat).await;
    show(&chat, ROOM, None, "a", &proposal()).await;
    assert_snapshot!(paper.unread(), @r"
    ── #incident-rollback-2024-0115-001 ──
    api-service is slow

    ? Roll back api-service to v1.2.9?
      From    v1.3.0
      To      v1.2.9
      Impact  about one request in three fails, and those that
              do not are slow

      What would be done
      • back up the database
      • roll api-service/release
      │ SELECT count(*)
      │   FROM orders;
      [1] Approve   [2] Deny
    ");
}

#[tokio::test]
async fn a_log_tells_changes_and_no_seconds() {
    use StepMark::{Done, Failed, Waiting, Working};
    let (chat, paper, _folder) = console(PLAIN);
    let (back, roll) = ("Back up", "Roll api-service");
    let first = progress("Rolling back", &[(Working, back, ""), (Waiting, roll, "")]);
    let id = show(&chat, ROOM, None, "a", &first).await;
    assert_snapshot!(paper.unread(), @r"
    ── #incident-rollback-2024-0115-001 ──

    ▸ Rolling back
      … Back up
      · Roll api-service
      [1] Abort
    ");
    for seconds in 1..50 {
        let ticking = progress("Rolling back", &[(Working, back, &format!("{seconds} s")), (Waiting, roll, "")]);
        show(&chat, ROOM, Some(&id), "b", &ticking).await;
    }
    assert_snapshot!(paper.unread(), @"");
    show(&chat, ROOM, Some(&id), "c", &progress("Rolling back", &[(Done, back, "50 s"), (Working, roll, "")])).await;
    assert_snapshot!(paper.unread(), @r"
    ✓ Back up — 50 s
    … Roll api-service
    ");
    show(&chat, "console", None, "d", &Message::line(Tone::Plain, "Elsewhere")).await;
    show(
        &chat,
        ROOM,
        Some(&id),
        "e",
        &progress("Rolling back", &[(Done, back, "50 s"), (Failed, roll, "no such unit")]),
    )
    .await;
    assert_snapshot!(paper.unread(), @r"
    ── #console ──

    • Elsewhere

    ── #incident-rollback-2024-0115-001 ──

    ▸ Rolling back
      ✗ Roll api-service — no such unit
    ");
}

#[tokio::test]
async fn a_card_at_a_terminal_is_redrawn_in_place_with_what_stands_under_it() {
    use StepMark::{Done, Working};
    let (chat, paper, _folder) = console(TERMINAL);
    let card = show(&chat, ROOM, None, "a", &progress("Rolling back", &[(Working, "Back up", "")])).await;
    assert_snapshot!(paper.unread(), @r"
    ␛[2m── #incident-rollback-2024-0115-001 ──␛[0m

    ␛[1;34m▸ Rolling back␛[0m
    ␛[34m  … Back up␛[0m
    ␛[1m  [1] Abort␛[0m
    ");
    show(&chat, ROOM, Some(&card), "b", &progress("Rolling back", &[(Done, "Back up", "2 s")])).await;
    assert_snapshot!(paper.unread(), @r"
    ␍␛[4A␛[J
    ␛[1;34m▸ Rolling back␛[0m
    ␛[32m  ✓ Back up — 2 s␛[0m
    ␛[1m  [1] Abort␛[0m
    ");
    show(&chat, "console", None, "c", &Message::line(Tone::Plain, "Below")).await;
    paper.unread();
    show(&chat, ROOM, Some(&card), "d", &Message::line(Tone::Good, "Rolled back")).await;
    assert_snapshot!(paper.unread(), @r"
    ␍␛[8A␛[J
    ␛[1;32m✓ Rolled back␛[0m

    ␛[2m── #console ──␛[0m

    ␛[1m• Below␛[0m
    ");
}

#[tokio::test]
async fn a_card_that_has_left_the_top_is_not_redrawn() {
    let (chat, paper, _folder) = console(Surface::Terminal { width: 61, height: 6 });
    let card = show(&chat, "console", None, "a", &Message::line(Tone::Working, "Rolling back")).await;
    for number in 0..3 {
        show(&chat, "console", None, &format!("b{number}"), &Message::line(Tone::Plain, "More")).await;
    }
    paper.unread();
    show(&chat, "console", Some(&card), "c", &Message::line(Tone::Good, "Rolled back")).await;
    assert_snapshot!(paper.unread(), @r"
    ␛[1;32m✓ Rolled back␛[0m
    ");
}

#[tokio::test]
async fn an_answer_says_who_sees_it() {
    let (chat, paper, _folder) = console(PLAIN);
    let answer = Message::line(Tone::Warning, "Only a team lead may approve this");
    chat.answer(&ReplyHandle("on-call".to_owned()), &answer).await.unwrap();
    assert_snapshot!(paper.unread(), @r"
    ! Only a team lead may approve this
    (only on-call sees this)
    ");
}

#[tokio::test]
async fn a_document_is_saved_and_its_path_is_told() {
    let (chat, paper, folder) = console(Surface::Plain { width: 200 });
    let document = Block::Document { name: "INC-2024-0115-001.md".to_owned(), text: "# Report\n".to_owned() };
    let report = Message { blocks: vec![document], ..Message::line(Tone::Good, "The report is written") };
    show(&chat, "console", None, "a", &report).await;
    let path = folder.path().join("reports/INC-2024-0115-001.md");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "# Report\n");
    assert!(paper.unread().contains(path.to_str().unwrap()));

    std::fs::remove_dir_all(folder.path().join("reports")).unwrap();
    std::fs::write(folder.path().join("reports"), "in the way").unwrap();
    show(&chat, "console", None, "b", &report).await;
    assert!(paper.unread().contains("INC-2024-0115-001.md could not be saved: "));
}
