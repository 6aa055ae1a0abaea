//! What the doctor says of tokens, scopes and channels.

use adapters::chat::slack::{SCOPES, ScopeUse, SlackExamination, examine};

use super::rig::{By, Rig};

async fn looked(rig: &Rig) -> Vec<SlackExamination> {
    let app_token = rig.slack.app_token().into();
    let channels = [rig.status.0.clone(), rig.users.0.clone()];
    examine(&rig.settings(), Some(&app_token), &channels).await
}

fn wrong(all: &[SlackExamination]) -> Vec<String> {
    let wrong =
        all.iter().filter_map(|one| one.outcome.as_ref().err().map(|(why, _)| format!("{}: {why}", one.subject)));
    wrong.collect()
}

fn scopes(leave_out: &str) -> Vec<&'static str> {
    let wanted = |when: &ScopeUse| *when != ScopeUse::PrivateRooms;
    SCOPES.iter().filter(|(scope, when, _)| wanted(when) && *scope != leave_out).map(|(scope, ..)| *scope).collect()
}

#[tokio::test]
async fn with_the_scopes_of_the_manifest_all_is_well() {
    let rig = Rig::asleep(By::Socket).await;
    rig.slack.set_scopes(&scopes(""));
    let all = looked(&rig).await;
    assert_eq!(wrong(&all), Vec::<String>::new());
    assert_eq!(all.len(), 5, "{all:#?}");
}

#[tokio::test]
async fn each_scope_that_is_missing_is_named() {
    let rig = Rig::asleep(By::Socket).await;
    for (scope, when, what) in SCOPES {
        if *when == ScopeUse::PrivateRooms {
            continue;
        }
        rig.slack.set_scopes(&scopes(scope));
        let all = wrong(&looked(&rig).await);
        assert!(all.contains(&format!("slack scopes: missing: {scope} ({what})")), "{all:?}");
    }
}

#[tokio::test]
async fn bad_tokens_and_channels_are_named() {
    let rig = Rig::asleep(By::Socket).await;
    rig.slack.set_scopes(&scopes(""));
    rig.slack.archive(&rig.status);
    let secret = rig.slack.private_channel("secret", &[rig.person("lead")]);
    rig.slack.remove_bot(&secret);
    let channels = [rig.status.0.clone(), secret.0, "C0NOWHERE".to_owned()];
    let all = wrong(&examine(&rig.settings(), Some(&"xapp-wrong".into()), &channels).await);
    assert_eq!(all.len(), 4, "{all:?}");
    assert!(all[0].contains("#status is archived") && all[3].starts_with("slack app token: invalid_auth"), "{all:?}");
    rig.slack.revoke_token();
    assert_eq!(wrong(&looked(&rig).await), ["slack bot token: token_revoked"]);
    let mut nowhere = rig.settings();
    nowhere.api_base = "http://127.0.0.1:1/api".to_owned();
    let all = wrong(&examine(&nowhere, None, &[]).await);
    assert!(all[0].starts_with("slack bot token: Slack does not answer"), "{all:?}");
}

/// The whole bot with no more than the manifest asks for.
#[tokio::test]
async fn a_story_needs_no_scope_beyond_the_manifest() {
    let rig = Rig::with(By::Socket, |rig| {
        rig.slack.set_scopes(&scopes(""));
        rig.scene.settings.rooms.bookmarks = vec![("Runbook".to_owned(), "https://runbooks.example.com".to_owned())];
    })
    .await;
    rig.says("on-call", super::rig::ASK).await;
    let proposal = rig.proposal().await;
    rig.clicks("on-call", "Approve", &proposal).await;
    rig.shown("on-call", "room", "incident report").await;
    rig.pass(5).await;
    assert!(rig.sees("on-call", &rig.room()).contains("🔖 Incident report"));
    let refused: Vec<String> = rig
        .slack
        .journal()
        .into_iter()
        .map(|call| call.outcome)
        .filter(|outcome| outcome != "ok" && outcome != "already_pinned")
        .collect();
    assert_eq!(refused, Vec::<String>::new());
    rig.finish();
}

#[test]
fn the_manifest_has_these_scopes_and_says_why() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/slack/manifest.yaml");
    let manifest = std::fs::read_to_string(path).unwrap();
    let (_, bot) = manifest.split_once("    bot:\n").unwrap();
    let asked: Vec<&str> = bot
        .lines()
        .take_while(|line| line.starts_with("      "))
        .filter_map(|line| line.trim().strip_prefix("- ").or_else(|| line.trim().strip_prefix("# - ")))
        .map(|line| line.split_once(" # ").unwrap_or_else(|| panic!("{line} is not explained")).0.trim())
        .collect();
    let expected: Vec<&str> = SCOPES.iter().map(|(scope, ..)| *scope).collect();
    assert_eq!(asked, expected);
    for (scope, when, _) in SCOPES {
        let off = manifest.contains(&format!("# - {scope} "));
        assert_eq!(off, *when == ScopeUse::PrivateRooms, "{scope}: only what public rooms need is asked for");
    }
}

/// Each piece of configuration on the page for newcomers is taken, in a configuration that is whole without it.
#[test]
fn the_page_shows_configuration_that_is_taken() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/chat/slack.md");
    let page = std::fs::read_to_string(page).unwrap();
    let pieces: Vec<&str> = page.split("```conf\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(pieces.len(), 4);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "secret").unwrap();
    let token = folder.path().join("token").display().to_string();
    for piece in pieces {
        let mut text = String::from("[store]\npath = \"switchback.db\"\n");
        if !piece.contains("[chat.slack]") {
            text +=
                &format!("[chat.slack]\nbot_token = {{ file = \"{token}\" }}\napp_token = {{ file = \"{token}\" }}\n");
        }
        text += &piece
            .replace("/etc/switchback/slack-bot-token", &token)
            .replace("/etc/switchback/slack-app-token", &token);
        let path = folder.path().join("switchback.toml");
        std::fs::write(&path, &text).unwrap();
        let vocabulary = bot::configuration::Vocabulary {
            is_reserved: &|_| false,
            on_call: &|_| Ok(Vec::new()),
            variable: &|name| name.starts_with("SLACK_").then(|| "secret".to_owned()),
        };
        let taken = bot::configuration::load(&path, &vocabulary);
        let taken = taken.unwrap_or_else(|refusal| panic!("{text}\n{}", refusal.report(false)));
        assert!(taken.wiring.slack.is_some());
        assert!(!format!("{:?}", taken.wiring).contains("\"secret\""), "it prints no secret");
    }
}
