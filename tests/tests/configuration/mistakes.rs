//! What is refused, in which words, and that all of it is said at once.

use super::*;

#[test]
fn a_mistake_is_shown_with_its_place_and_what_was_meant() {
    let files = Files::main("[store]\npath = \"switchback.db\"\n\n[pace]\nlease_trem = \"15s\"\n");
    let report = files.without_folder(&files.load().unwrap_err().report(false));
    insta::assert_snapshot!(report, @"");
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
    insta::assert_snapshot!(Files::main(text).lines(), @"");
}

#[test]
fn what_is_no_toml_is_said_by_line() {
    insta::assert_snapshot!(Files::main("[store\npath = \"a\nzone = UTC\n").lines(), @"");
}

#[test]
fn a_length_of_time_that_is_none_is_refused_where_it_stands() {
    insta::assert_snapshot!(refused_with("[service.timing]\nhold = \"soon\"\n[service.checks]\nwindow = \"5 parsecs\"\n"), @"");
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
    insta::assert_snapshot!(Files::main(text).lines(), @"");
}

#[test]
fn names_can_be_typed_and_mean_one_thing() {
    let text = r#"
[store]
path = "switchback.db"
[rota]
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
    insta::assert_snapshot!(Files::main(text).lines(), @"");
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
    insta::assert_snapshot!(refused_with(policy), @"");
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
    insta::assert_snapshot!(Files::main(text).lines(), @"");
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
    insta::assert_snapshot!(refused_with(checks), @"");
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
    insta::assert_snapshot!(refused_with(hooks), @"");
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
    insta::assert_snapshot!(files.lines(), @"");
}

#[test]
fn a_mistake_in_a_file_of_the_catalogue_is_shown_there() {
    let files = Files::new(&[
        ("switchback.toml", &format!("catalogue = \"services\"\n{LEAST}")),
        ("services/a.toml", "name = \"alpha\"\n[[service]]\n"),
        ("services/b.toml", "name ="),
    ]);
    insta::assert_snapshot!(files.lines(), @"");
}

#[test]
fn no_main_file_is_said_as_that() {
    let files = Files::new(&[]);
    insta::assert_snapshot!(files.lines(), @"");
    std::fs::write(files.path("switchback.toml"), [0xff, 0xfe]).unwrap();
    insta::assert_snapshot!(files.lines(), @"");
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
