//! The verbs of a terminal: `check`, `doctor`, `schema`, `plan`, `help`.

use std::fs;
use std::path::{Path, PathBuf};

use super::Program;
use super::ground::Ground;
use super::transcript::{normalized, unwrapped};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/example/switchback.toml")
}

#[tokio::test]
async fn what_is_wrong_is_shown_where_it_stands_with_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("switchback.toml");
    fs::write(&file, "zone = \"Mars/Olympus\"\n\n[store]\npath = \"log.db\"\n\n[logs]\nlevel = \"info\"\n").unwrap();
    let ended = Program::run_in(folder.path(), ["check", "--config", "switchback.toml"]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.errors, "");
    insta::assert_snapshot!(ended.said, @r#"
  × failed to find time zone `Mars/Olympus` in time zone database
   ╭─[switchback.toml:1:8]
 1 │ zone = "Mars/Olympus"
   ·        ───────┬──────
   ·               ╰── here
 2 │ 
   ╰────
  help: write an IANA name: `UTC`, `Europe/Berlin`, `Asia/Tokyo`

  × unknown key `logs`
   ╭─[switchback.toml:6:2]
 5 │ 
 6 │ [logs]
   ·  ──┬─
   ·    ╰── here
 7 │ level = "info"
   ╰────
  help: did you mean `log`?

2 things wrong in switchback.toml
"#);
}

#[tokio::test]
async fn a_file_that_is_no_toml_or_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("switchback.toml"), "[store\npath = 1\n").unwrap();
    let ended = Program::run_in(folder.path(), ["check", "--config", "switchback.toml"]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.said.contains("switchback.toml:1:7"), "{ended:?}");
    for verb in ["check", "doctor", "serve"] {
        let ended = Program::run_in(folder.path(), [verb, "--config", "missing.toml"]).await;
        assert_eq!(ended.status.code(), Some(1), "{verb}");
        let said = ended.said + &ended.errors;
        assert!(said.contains("missing.toml") && said.contains("No such file"), "{verb}: {said}");
    }
}

#[tokio::test]
async fn words_that_mean_nothing_are_refused_with_help() {
    let ended = Program::run(["rollbakc"]).await;
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.errors.contains("unrecognized subcommand 'rollbakc'"), "{ended:?}");
    let ended = Program::run(["--help"]).await;
    assert!(ended.status.success());
    for verb in ["serve", "demo", "plan", "check", "doctor", "schema"] {
        assert!(ended.said.contains(&format!("\n  {verb} ")), "{verb} is not in\n{}", ended.said);
    }
}

#[tokio::test]
async fn the_doctor_names_what_a_rollback_would_miss() {
    let ended = Program::run([Path::new("doctor"), "--config".as_ref(), &example()]).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    for missing in ["/srv/api-service", "/usr/local/lib/switchback/backup", "http://127.0.0.1:8080/health"] {
        assert!(ended.said.contains(missing), "`{missing}` is not in\n{}", ended.said);
    }
}

#[tokio::test]
async fn the_doctor_is_content_where_all_is_there() {
    let ground = Ground::new().await;
    let ended = Program::run([Path::new("doctor"), "--config".as_ref(), &ground.configuration()]).await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(!ground.database().exists() || fs::metadata(ground.database()).unwrap().len() < 200_000);
}

#[tokio::test]
async fn the_schema_is_one_that_editors_read() {
    for arguments in [&["schema"][..], &["schema", "--service"]] {
        let ended = Program::run(arguments).await;
        assert!(ended.status.success());
        let schema: serde_json::Value = serde_json::from_str(&ended.said).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["properties"].as_object().unwrap().len() > 5, "{schema}");
    }
}

#[tokio::test]
async fn a_plan_tells_all_and_leaves_nothing() {
    let ground = Ground::new().await;
    let before = listing(&ground);
    let arguments = ["plan", "--config", ground.configuration().to_str().unwrap(), "api-service", "v1.2.9", "fix=90m"]
        .map(str::to_owned);
    let ended = Program::run(&arguments).await;
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(listing(&ground), before, "it left something behind");
    assert_eq!(ground.current(), "v1.3.0");
    let folder = ground.path("").to_str().unwrap().trim_end_matches('/').to_owned();
    insta::assert_snapshot!("plan", normalized(&unwrapped(&ended.said), &folder));

    let ended = Program::run(["plan", "--config", ground.configuration().to_str().unwrap(), "api-service", "v9"]).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
}

/// Every file, by its name.
fn listing(ground: &Ground) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(ground.path("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
