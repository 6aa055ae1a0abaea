//! `switchback check`: what is only known with the platforms and the programs of the machine.

use std::collections::BTreeMap;
use std::process::ExitCode;

use bot::command_line::check;

use super::*;

/// What `check` prints for these files on a machine without any platform, and whether it is content.
fn checked(files: &Files) -> (String, bool) {
    let mut output = Vec::new();
    let ended = check(&files.path("switchback.toml"), &vocabulary(), &BTreeMap::new(), false, &mut output).unwrap();
    (files.without_folder(&String::from_utf8(output).unwrap()), ended == ExitCode::SUCCESS)
}

#[test]
fn what_is_right_is_said_in_one_line() {
    let files = Files::main(LEAST);
    let digest = files.load().unwrap().settings.configuration.short();
    let expected = format!("switchback.toml is good: 0 services, 0 persons, configuration {digest}\n");
    assert_eq!(checked(&files), (expected, true));
}

#[test]
fn a_secret_that_everybody_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let text = format!("{LEAST}[http]\nmetrics_token = {{ file = \"token\" }}\n");
    let files = Files::new(&[("switchback.toml", &text), ("token", "hunter2\n")]);
    std::fs::set_permissions(files.path("token"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let (output, content) = checked(&files);
    assert!(output.starts_with("warning: token can be read by every user of this machine"), "{output}");
    assert!(content && !output.contains("hunter2"), "{output}");
}

#[test]
fn a_platform_or_a_program_that_is_not_there_is_shown_where_it_is_named() {
    let hook = "[[service.hook]]\npoint = \"backup\"\nprogram = \"bin/backup\"\n";
    let files = Files::main(&format!("{SERVICE}{hook}"));
    assert!(files.load().is_ok(), "a program may be installed after the start");
    let (output, content) = checked(&files);
    assert!(!content);
    insta::assert_snapshot!(output, @r#"
      × there is no platform `host`
        ╭─[switchback.toml:25:12]
     24 │ name = "release"
     25 │ platform = "host"
        ·            ───┬──
        ·               ╰── here
     26 │ address = { current = "/srv/api/current" }
        ╰────
      help: remove it

      × bin/backup: No such file or directory (os error 2)
        ╭─[switchback.toml:29:11]
     28 │ point = "backup"
     29 │ program = "bin/backup"
        ·           ──────┬─────
        ·                 ╰── here
        ╰────
      help: install it, or name the right path; programs are not looked up in PATH

    2 things wrong in switchback.toml
    "#);
}
