//! What is refused, in which words, and that all of it is said at once.

use super::*;

#[test]
fn a_mistake_is_shown_with_its_place_and_what_was_meant() {
    let files = Files::main("[store]\npath = \"switchback.db\"\n\n[pace]\nlease_trem = \"15s\"\n");
    let report = files.without_folder(&files.load().unwrap_err().report(false));
    insta::assert_snapshot!(report, @r#"
     × unknown key `lease_trem`
      ╭─[switchback.toml:5:1]
    4 │ [pace]
    5 │ lease_trem = "15s"
      · ─────┬────
      ·      ╰── here
      ╰────
     help: did you mean `lease_term`?
    "#);
}

#[test]
fn all_mistakes_of_shape_are_found_at_once() {
    let text = r#"
zoen = "UTC"
[store]
path = 5
[log]
format = "jsno"
[pace]
lease_term = 15
[[person]]
name = "On-call engineer"
[[service]]
name = "api-service"
target = []
[service.checks]
timout = "2s"
critical = [{ url = "http://127.0.0.1/", status = "200" }, { url = "http://127.0.0.1/", status = 70000 }]
[[service.hook]]
point = "backpu"
program = "/bin/true"
[service.policy.p1]
votes = -1
roles = ["oncall"]
start = 2024-01-01
"#;
    insta::assert_snapshot!(Files::main(text).lines(), @r#"
    switchback.toml:2:1: unknown key `zoen` (did you mean `zone`?)
    switchback.toml:4:8: expected a string, found an integer (what belongs here: The database file. It is made if it is not there; its folder must be.)
    switchback.toml:6:10: `jsno` is none of `json`, `human` (did you mean `json`?)
    switchback.toml:8:14: expected a string, found an integer (what belongs here: After this long without a sign of life another replica takes over.)
    switchback.toml:9:1: `id` is missing (add `id = …`: Unique, and what events carry.)
    switchback.toml:15:1: unknown key `timout` (did you mean `timeout`?)
    switchback.toml:16:51: expected an integer, found a string (what belongs here: The status that means well; any of 200 to 299 where nothing is said.)
    switchback.toml:16:98: the number is out of range (write a number from 0 to 65535)
    switchback.toml:18:9: `backpu` is none of `migrations`, `backup`, `maintenance`, `drain`, `configuration`, `flags`, `restore-traffic`, `clean-up` (did you mean `backup`?)
    switchback.toml:21:9: the number is out of range (write a number from 0 on)
    switchback.toml:22:10: `oncall` is none of `on-call`, `team-lead`, `incident-commander`, `stakeholder` (did you mean `on-call`?)
    switchback.toml:23:1: unknown key `start` (known here: `expires`, `own_request`, `role_max_age`, `roles`, `votes`)
    "#);
}

#[test]
fn what_is_no_toml_is_said_by_line() {
    insta::assert_snapshot!(Files::main("[store\npath = \"a\nzone = UTC\n").lines(), @r#"
    switchback.toml:1:7: unclosed table, expected `]`
    "#);
}

#[test]
fn a_length_of_time_that_is_none_is_refused_where_it_stands() {
    insta::assert_snapshot!(refused_with("[service.timing]\nhold = \"soon\"\n[service.checks]\nwindow = \"5 parsecs\"\n"), @r#"
    switchback.toml:28:8: `soon` is no length of time (write it as `"30s"`, `"5m"` or `"1h30m"`)
    switchback.toml:30:10: `5 parsecs` is no length of time (write it as `"30s"`, `"5m"` or `"1h30m"`)
    "#);
}

#[test]
fn persons_and_who_names_them_must_agree() {
    let text = r#"
[store]
path = "switchback.db"
[roles]
incident-commander = ["leed"]
stakeholder = ["support"]
[rota]
zone = "UTC"
handover = "09:00"
start = "2024-01-01"
order = ["engineer", "enginer"]
[[person]]
id = "engineer"
name = "On-call engineer"
identities = [{ chat = "slack", workspace = "T1", user = "U1" }]
[[person]]
id = "lead"
name = "Team lead"
identities = [{ chat = "slack", workspace = "T1", user = "U1" }]
[[person]]
id = "lead"
name = "Another lead"
[[service]]
name = "api-service"
owners = ["nobody-known"]
target = [{ name = "release", platform = "host", address = {} }]
"#;
    insta::assert_snapshot!(Files::main(text).lines(), @r#"
    switchback.toml:5:23: there is no person `leed` (did you mean `lead`?)
    switchback.toml:6:16: there is no person `support` (add `[[person]]` with `id = "support"`)
    switchback.toml:11:22: there is no person `enginer` (did you mean `engineer`?)
    switchback.toml:19:15: slack:T1/U1 is `engineer` and `lead` (an identity belongs to one person, or one person could vote twice)
    switchback.toml:21:6: the person `lead` is there twice (put all identities under one `[[person]]`)
    switchback.toml:25:11: there is no person `nobody-known` (add `[[person]]` with `id = "nobody-known"`)
    "#);
}

#[test]
fn names_can_be_typed_and_mean_one_thing() {
    let text = r#"
[store]
path = "switchback.db"
[rota]
zone = "UTC"
handover = "09:00"
start = "2024-01-01"
order = ["lead"]
[[person]]
id = "lead"
name = "Team lead"
[[service]]
name = "plan"
owners = ["lead"]
target = [{ name = "release", platform = "host", address = {} }, { name = "Release", platform = "host", address = {} }]
[[service]]
name = "api service"
environment = "live@home"
owners = ["lead"]
target = []
[[service]]
name = "web"
owners = ["lead"]
target = [{ name = "a", platform = "host", address = {} }]
[[service]]
name = "WEB"
owners = ["lead"]
target = [{ name = "a", platform = "host", address = {} }]
[[service]]
name = "web"
environment = "staging"
owners = ["lead"]
target = [{ name = "a", platform = "host", address = {} }]
"#;
    insta::assert_snapshot!(Files::main(text).lines(), @r"
    switchback.toml:13:8: `plan` is a word of the commands (give the service a name that means nothing else: `…-service`)
    switchback.toml:15:75: the target `Release` of `plan` is there twice (give each target a name of its own)
    switchback.toml:16:1: the service `api service` has no target: nothing would move (add a `[[service.target]]`, or `[[target]]` in a file of its own)
    switchback.toml:17:8: `api service` cannot be the service's name (use letters, digits, `-`, `_` and `.`, and begin with a letter or digit)
    switchback.toml:18:15: `live@home` cannot be the environment's name (use letters, digits, `-`, `_` and `.`, and begin with a letter or digit)
    switchback.toml:26:8: the service WEB@production is there twice (remove one, or give it another `environment`)
    ");
}

#[test]
fn an_approval_that_nobody_can_give_is_refused() {
    let policy = r#"
[service.policy.p1]
votes = 0
[service.policy.p2]
votes = 2
[service.policy.p3]
roles = []
[service.policy.p4]
roles = ["stakeholder", "incident-commander"]
"#;
    insta::assert_snapshot!(refused_with(policy), @r"
    switchback.toml:29:9: the rule for P1 of api-service@production asks for no vote (ask for one at least: nothing moves without a person's yes)
    switchback.toml:30:1: the rule for P2 of api-service@production asks for 2 votes of 1 who could ever vote (ask for fewer votes, or let more roles vote)
    switchback.toml:33:9: the rule for P3 of api-service@production names no role (name who may vote: `on-call`, `team-lead`, `incident-commander`)
    switchback.toml:34:1: the rule for P4 of api-service@production asks for 1 vote of 0 who could ever vote (nobody is an incident commander: name them in `[roles]`)
    switchback.toml:35:9: the rule for P4 of api-service@production lets stakeholders vote (stakeholders are told and decide nothing: name another role)
    ");
}

#[test]
fn without_a_rota_or_owners_the_default_policy_cannot_be_met() {
    let text = r#"
[store]
path = "switchback.db"
[[service]]
name = "web"
target = [{ name = "release", platform = "host", address = {} }]
"#;
    insta::assert_snapshot!(Files::main(text).lines(), @r#"
    switchback.toml:4:1: the rule for P1 of web@production asks for 1 vote of 0 who could ever vote (nobody can be on call: write a `[rota]`)
    switchback.toml:4:1: the rule for P2 of web@production asks for 1 vote of 0 who could ever vote (nobody can be on call: write a `[rota]`)
    switchback.toml:4:1: the rule for P3 of web@production asks for 1 vote of 0 who could ever vote (nobody leads the team: name the team leads in the service's `owners`)
    switchback.toml:4:1: the rule for P4 of web@production asks for 1 vote of 0 who could ever vote (nobody leads the team: name the team leads in the service's `owners`)
    "#);
}

#[test]
fn probes_have_whole_urls_and_limits_that_can_be_met() {
    let checks = r#"
[service.checks]
version = { url = "http://127.0.0.1/version", pointer = "version" }
health = { url = "ftp://127.0.0.1/", status = 99 }
max_error_percent = 101
max_slowdown = 0.5
interval = "20s"
timeout = "-2s"
[[service.checks.critical]]
url = "/orders"
[[service.checks.critical]]
url = "http://admin:hunter2@127.0.0.1/"
"#;
    insta::assert_snapshot!(refused_with(checks), @r#"
    switchback.toml:29:57: this is no JSON pointer (begin with `/`, as in `/version` or `/build/version` (RFC 6901))
    switchback.toml:30:18: `ftp` is no scheme of a probe (use `http://` or `https://`)
    switchback.toml:30:47: this is no HTTP status (write a number from 100 to 599, or leave it out for any of 200 to 299)
    switchback.toml:31:21: 101 is no share in percent (write a number from 0 to 100)
    switchback.toml:32:16: a slowdown of 0.5 asks for answers faster than before (write a factor of 1 or more)
    switchback.toml:33:12: 20s between two probes do not fit into a window of 10s (lengthen `window`, or shorten `interval`)
    switchback.toml:34:11: this must take some time (write a length like `"30s"`, `"5m"` or `"1h30m"`)
    switchback.toml:36:7: this is no URL: relative URL without a base (write it whole, as in `http://127.0.0.1:8080/health`)
    switchback.toml:38:7: the URL holds credentials (take them out: the URL is shown in messages and reports)
    "#);
}

#[test]
fn hooks_can_be_paired() {
    let hooks = r#"
[[service.hook]]
point = "drain"
program = "/bin/true"
[[service.hook]]
point = "drain"
program = "/bin/true"
timeout = "0s"
[[service.hook]]
point = "restore-traffic"
program = "/bin/true"
[[service.hook]]
point = "restore-traffic"
program = "/"
"#;
    insta::assert_snapshot!(refused_with(hooks), @r#"
    switchback.toml:32:9: a second hook at `drain` (have one program there; it may call others)
    switchback.toml:34:11: a hook needs time to run (write a length like `"30s"` or `"5m"`)
    switchback.toml:39:9: a second hook at `restore-traffic` (have one program there; it may call others)
    switchback.toml:40:11: the program has no name (name the program by its absolute path)
    "#);
}

#[test]
fn files_that_are_named_must_be_there_and_be_what_they_should() {
    let text = r#"
zone = "Europe/Atlantis"
catalogue = "services"
[store]
path = "switchback.db"
[http]
metrics_token = { env = "NOT_SET" }
[texts]
user_text = "gone.txt"
report = "broken.md"
[rooms]
template = "incident"
announce = [{ chat = "slack", room = "C1" }]
[pace]
lease_term = "1s"
look_every = "0s"
[rota]
zone = "UTC"
"#;
    let files = Files::new(&[("switchback.toml", text), ("broken.md", "{% if %}")]);
    insta::assert_snapshot!(files.lines(), @r#"
switchback.toml:2:8: failed to find time zone `Europe/Atlantis` in time zone database (write an IANA name: `UTC`, `Europe/Berlin`, `Asia/Tokyo`)
switchback.toml:3:13: cannot read the folder services: No such file or directory (os error 2) (make the folder, or remove `catalogue`)
switchback.toml:7:17: the environment variable NOT_SET is not set (set it, or remove `metrics_token`)
switchback.toml:9:13: cannot read gone.txt: No such file or directory (os error 2) (name a file that is there; a relative path is read against this file's folder)
switchback.toml:10:10: broken.md is no template: syntax error: unexpected end of block (in <string>:1) (mend the template)
switchback.toml:12:12: the name of a room lacks `{incident}`: two incidents would share one (as in `incident-rollback-{incident}`)
switchback.toml:13:22: the chat `slack` has no section (add `[chat.slack]`, or remove this room)
switchback.toml:15:14: a lease of 1s would be lost by a slow disk alone (write `"3s"` or more; `"15s"` is good)
switchback.toml:16:14: this must take some time (write a length like `"30s"`, `"5m"` or `"1h30m"`)
switchback.toml:17:1: `handover` is missing (add `handover = …`: The time of day at which the next person takes over: `09:00`.)
switchback.toml:17:1: `start` is missing (add `start = …`: The first person's first day; before it nobody is on call.)
switchback.toml:17:1: `order` is missing (add a list `order`: The persons, in the order of their turns. A person may have several.)
"#);
}

#[test]
fn a_mistake_in_the_rota_is_shown_where_it_stands_and_causes_no_other() {
    let with = |from: &str, to: &str| Files::main(&SERVICE.replace(from, to)).lines();
    insta::assert_snapshot!([with("start =", "strat ="), with("09:00", "soon"), with("\"UTC\"", "5")].join("\n"), @r"
    switchback.toml:5:1: `start` is missing (add `start = …`: The first person's first day; before it nobody is on call.)
    switchback.toml:8:1: unknown key `strat` (did you mean `start`?)
    switchback.toml:7:12: `soon` is no time of day: write it like 09:00
    switchback.toml:6:8: expected a string, found an integer (what belongs here: The zone of every time here without one of its own, by its IANA name: `Europe/Berlin`.)
    ");
}

#[test]
fn a_mistake_in_a_file_of_the_catalogue_is_shown_there() {
    let files = Files::new(&[
        ("switchback.toml", &format!("catalogue = \"services\"\n{LEAST}")),
        ("services/a.toml", "name = \"alpha\"\n[[service]]\n"),
        ("services/b.toml", "name ="),
    ]);
    insta::assert_snapshot!(files.lines(), @r#"
    services/a.toml:1:1: `target` is missing (add a list `target`: What moves, in the order in which it is rolled back.)
    services/a.toml:2:3: unknown key `service` (known here: `checks`, `description`, `environment`, `hook`, `name`, `owners`, `policy`, `target`, `timing`)
    services/b.toml:1:7: string values must be quoted, expected literal string
    "#);
}

#[test]
fn no_main_file_is_said_as_that() {
    let files = Files::new(&[]);
    insta::assert_snapshot!(files.lines(), @r#"
    cannot read switchback.toml: No such file or directory (os error 2) (name the main file with `--config FILE`)
    "#);
    std::fs::write(files.path("switchback.toml"), [0xff, 0xfe]).unwrap();
    insta::assert_snapshot!(files.lines(), @r#"
    switchback.toml is not UTF-8 text (name the main file with `--config FILE`)
    "#);
}

#[test]
fn what_may_be_a_secret_is_in_no_excerpt() {
    let cases = [
        format!("{LEAST}[http]\nmetrics_token = \"hunter2\"\n"),
        format!("{LEAST}[http]\nmetrics_token = {{ value = \"hunter2\" }}\n"),
        format!("{LEAST}[http.metrics_token]\nvalue = \"hunter2\"\n"),
        format!("{SERVICE}[service.checks]\nhealth = {{ url = \"http://me:hunter2@127.0.0.1/\" }}\n"),
        format!("{SERVICE}[service.checks]\nhealth = {{ url = \"http://me:hunter2@127.0.0.1:port/\" }}\n"),
    ];
    for text in cases {
        let refusal = Files::main(&text).load().expect_err("the configuration was taken");
        let shown = format!("{}\n{refusal}\n{refusal:?}", refusal.report(false));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains('*'), "{shown}");
    }
}

#[test]
fn garbage_is_refused_and_nothing_breaks() {
    for text in [
        "",
        "\0",
        "=",
        "[[[[",
        "service = 5",
        "[service]\nname = 1",
        "person = [1, {}]",
        "a.b.c = 1\na = 2",
        "é = \"\u{fffd}",
    ] {
        let refusal = Files::main(text).load().expect_err(text);
        assert!(refusal.count() > 0 && !refusal.report(true).is_empty(), "{text}");
    }
}
