//! What a person at the console types.

use adapters::chat::console::{ConsoleChat, ConsoleInput, Notice, Speaker, Typed};
use commands::model::{
    ButtonAction, ChatName, Identity, Input, Invocation, Message, ShownIn, Slot, SlotId, SlotOwner, Tone,
};
use commands::ports::{Chat, Showing};
use insta::assert_snapshot;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::console::{PLAIN, Paper, button, console, rollback};

struct Keyboard {
    chat: ConsoleChat,
    input: ConsoleInput,
    paper: Paper,
    _folder: TempDir,
}

fn keyboard(may_speak_as_others: bool) -> Keyboard {
    let (chat, paper, folder) = console(PLAIN);
    let identity =
        Identity { chat: ChatName::from("console"), workspace: "local".to_owned(), user: "on-call".to_owned() };
    let speaker = Speaker { identity, display_name: "On-call engineer".to_owned(), may_speak_as_others };
    Keyboard { input: ConsoleInput::new(chat.clone(), speaker), chat, paper, _folder: folder }
}

impl Keyboard {
    fn line(&mut self, line: &str) -> Typed {
        self.input.line(line, "2024-01-15T15:30:00Z".parse::<Timestamp>().unwrap())
    }

    #[track_caller]
    fn invocation(&mut self, line: &str) -> Invocation {
        match self.line(line) {
            Typed::Invocation(invocation) => *invocation,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[track_caller]
    fn notice(&mut self, line: &str) -> Notice {
        match self.line(line) {
            Typed::Notice(notice) => notice,
            other => panic!("{line}: {other:?}"),
        }
    }

    async fn show(&self, message: Option<&str>, attempt: &str, confirm: Option<&str>) -> String {
        let abort = button("Abort", ButtonAction::Abort { rollback: rollback() }, confirm);
        let buttons = if attempt == "gone" { Vec::new() } else { vec![abort] };
        let content = Message { buttons, ..Message::line(Tone::Working, "Rolling back") };
        let slot = SlotId { owner: SlotOwner::Rollback(rollback()), slot: Slot::Progress, shown_in: ShownIn::Room };
        let showing = Showing { room: "console", slot: &slot, message, attempt, content: &content, notify: &[] };
        self.chat.show(&showing).await.unwrap()
    }
}

#[test]
fn a_command_is_passed_on_as_it_was_typed() {
    let mut keyboard = keyboard(false);
    for (line, command) in [
        ("/rollback api-service v1.2.9", "api-service v1.2.9"),
        ("  rollback   plan api-service  because it is “slow” ", "plan api-service  because it is “slow”"),
        ("/ROLLBACK", ""),
        ("／ｒｏｌｌｂａｃｋ　api-service", "api-service"),
        ("`/rollback api-service v1.2.9`", "api-service v1.2.9"),
        ("``` /rollback api-service v1.2.9 ```", "api-service v1.2.9"),
        ("`/rollback` api-service `v1.2.9`", "api-service `v1.2.9`"),
        ("`rollback`", ""),
    ] {
        let invocation = keyboard.invocation(line);
        assert_eq!(invocation.input, Input::Command(command.to_owned()), "{line}");
        assert_eq!(invocation.identity.user, "on-call");
        assert_eq!(invocation.room, ConsoleChat::HOME);
    }
}

#[test]
fn every_line_has_a_key_of_its_own() {
    let mut keyboard = keyboard(false);
    let first = keyboard.invocation("rollback status");
    assert_eq!(keyboard.line(""), Typed::Nothing);
    let second = keyboard.invocation("rollback status");
    assert_eq!((first.key.as_str(), second.key.as_str()), ("console:boot:1", "console:boot:3"));
}

#[test]
fn what_is_nothing_is_nothing() {
    let mut keyboard = keyboard(true);
    for line in [
        "```",
        "```bash",
        "as on-call: ```",
        "",
        "   ",
        "# a comment",
        "  # rollback api-service",
        "as on-call:",
        "as on-call: # no",
    ] {
        assert_eq!(keyboard.line(line), Typed::Nothing, "{line}");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_told_how_it_would_be() {
    let mut keyboard = keyboard(false);
    for line in ["rollbck api-service", "hello \x1b[31mthere", "7", "-1", "1 2", &"x".repeat(5000)] {
        let notice = keyboard.notice(line);
        keyboard.chat.tell(&notice).await.unwrap();
    }
    assert_snapshot!(keyboard.paper.unread(), @r"
    `rollbck api-service` is no command. Type /rollback help for
      all of them, or a button's number.
    `hello there` is no command. Type /rollback help for all of
      them, or a button's number.
    There is no button [7].
    `-1` is no command. Type /rollback help for all of them, or
      a button's number.
    `1 2` is no command. Type /rollback help for all of them, or
      a button's number.
    That line is longer than 4000 characters; nothing was done.
    ");
}

#[tokio::test]
async fn a_number_presses_its_button_for_as_long_as_it_stands() {
    let mut keyboard = keyboard(false);
    let id = keyboard.show(None, "a", None).await;
    let pressed = Input::Button(ButtonAction::Abort { rollback: rollback() });
    assert_eq!(keyboard.invocation("1").input, pressed);
    assert_eq!(keyboard.invocation("１").input, pressed);
    assert_eq!(keyboard.invocation("`1`").input, pressed);
    assert_eq!(keyboard.notice("2"), Notice::NoSuchButton(2));
    keyboard.show(Some(&id), "gone", None).await;
    assert_eq!(keyboard.notice("1"), Notice::ButtonIsGone(1));
    assert!(keyboard.chat.buttons().is_empty());
}

#[tokio::test]
async fn a_button_that_asks_is_pressed_twice_by_one_person_and_with_nothing_between() {
    let mut keyboard = keyboard(true);
    keyboard.show(None, "a", Some("Abort the rollback of api-service?")).await;
    let asked = keyboard.notice("1");
    keyboard.paper.unread();
    keyboard.chat.tell(&asked).await.unwrap();
    assert_snapshot!(keyboard.paper.unread(), @r"
    Abort the rollback of api-service?
    Type 1 again to confirm: Abort.
    ");
    assert!(matches!(keyboard.notice("as team-lead: 1"), Notice::Confirm { .. }));
    assert!(matches!(keyboard.notice("1"), Notice::Confirm { .. }));
    keyboard.invocation("rollback status");
    assert!(matches!(keyboard.notice("1"), Notice::Confirm { .. }));
    assert_eq!(keyboard.invocation("1").input, Input::Button(ButtonAction::Abort { rollback: rollback() }));
    assert!(matches!(keyboard.notice("1"), Notice::Confirm { .. }));
}

#[test]
fn only_a_script_speaks_as_others() {
    let mut script = keyboard(true);
    let invocation = script.invocation("as team-lead: rollback approve INC-2024-0115-001");
    assert_eq!(invocation.identity.to_string(), "console:local/team-lead");
    assert_eq!(invocation.reply.0, "team-lead");
    assert_eq!(invocation.input, Input::Command("approve INC-2024-0115-001".to_owned()));
    assert_eq!(keyboard(false).notice("as team-lead: rollback approve"), Notice::MayNotSpeakAsOthers);
}
