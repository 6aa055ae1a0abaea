//! The life of `switchback serve`: its health, a new configuration, and its end.

use nix::sys::signal::Signal;
use regex::Regex;

use super::ground::Ground;
use super::log;

/// The status and the body of one answer.
async fn get(ground: &Ground, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("http://{}{path}", ground.listens())).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn it_tells_that_it_lives_and_what_it_counted() {
    let ground = Ground::new().await;
    let mut bot = ground.serve();
    ground.is_ready().await;
    assert_eq!(get(&ground, "/healthz").await, (200, "ok\n".to_owned()));
    let (status, ready) = get(&ground, "/readyz").await;
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    assert_eq!((status, &ready["ready"], &ready["checks"]["log"]), (200, &true.into(), &"ok".into()), "{ready}");

    bot.types("/rollback api-service v1.2.9 severity=high data=none fix=90m because answers fail").await;
    bot.says("Approve").await;
    bot.types("as on-call: 2").await;
    bot.types("as on-call: 2").await;
    bot.says("denied").await;
    let (status, metrics) = get(&ground, "/metrics").await;
    assert_eq!(status, 200);
    let version = env!("CARGO_PKG_VERSION");
    for line in [
        "switchback_rollbacks_total{outcome=\"denied\"} 1".to_owned(),
        "switchback_open_incidents 1".to_owned(),
        format!("switchback_build_info{{version=\"{version}\"}} 1"),
        "# EOF".to_owned(),
    ] {
        assert!(metrics.lines().any(|found| found == line), "`{line}` is not in\n{metrics}");
    }
}

#[tokio::test]
async fn a_good_configuration_is_taken_up_and_a_bad_one_changes_nothing() {
    let ground = Ground::new().await;
    ground.change("level = \"error\"", "level = \"info\"");
    let mut bot = ground.serve();
    bot.logs("ready").await;

    ground.change("name = \"api-service\"", "name = \"web-service\"");
    bot.signal(Signal::SIGHUP);
    bot.logs("the configuration is read again").await;
    bot.types("/rollback status web-service").await;
    bot.types("/rollback plan api-service v1.2.9").await;
    bot.says("web-service").await;

    ground.change("environment = \"production\"", "environmemt = \"production\"");
    bot.signal(Signal::SIGHUP);
    let said = bot.logs("the old one stays").await;
    assert!(!said.contains("panicked"), "{said}");
    // With place and hint, as `check` says it.
    let said = bot.logs("environmemt").await;
    assert!(said.contains("switchback.toml:") && said.contains("help: "), "{said}");
    ground.is_ready().await;
    bot.types("/rollback history web-service").await;
    bot.says("v1.3.0").await;
}

#[tokio::test]
async fn a_stop_is_said_first_and_the_next_start_need_not_wait() {
    let ground = Ground::new().await;
    ground.change("lease_term = \"3s\"", "lease_term = \"40s\"");
    let mut bot = ground.serve();
    ground.is_ready().await;
    bot.types("/rollback api-service v1.2.9 severity=high data=none fix=90m because answers fail").await;
    let said = bot.says("Approve").await;
    let id = Regex::new(r"INC-\d{4}-\d{4}-\d{3}/1").unwrap().find(&said).unwrap().as_str().to_owned();
    let digest = Regex::new(r"Plan +([0-9a-f]{8})\b").unwrap().captures(&said).unwrap()[1].to_owned();
    // The restart takes its time, so that the stop has an effect to wait for.
    let program = std::fs::read_to_string(ground.path("restart.sh")).unwrap();
    std::fs::write(ground.path("restart.sh"), program.replace("echo \"begun", "sleep 2\necho \"begun")).unwrap();
    bot.types(&format!("as on-call: /rollback approve {id} {digest}")).await;
    until_current(&ground, "v1.2.9").await;
    bot.signal(Signal::SIGTERM);
    let stopping = wait_for_unready(&ground).await;
    assert!(stopping.contains("it is stopping"), "{stopping}");
    let ended = bot.ended().await;
    assert!(ended.status.success() && ended.errors.is_empty(), "{ended:?}");

    // The effect came to its end, and its outcome is in the log.
    assert_eq!(ground.restarts(), ["begun v1.2.9", "ended v1.2.9"]);
    let mut log = log::reading(&ground.database()).await.unwrap();
    let held: Vec<String> =
        sqlx::query_scalar("SELECT name FROM leases WHERE holder IS NOT NULL").fetch_all(&mut log).await.unwrap();
    assert_eq!(held, Vec::<String>::new());
    let before = log::events(&ground.database()).await;
    assert_eq!(before.last().unwrap().kind, "step-finished", "{:?}", before.last());

    let begun = std::time::Instant::now();
    let mut next = ground.serve();
    next.says("rolled back").await;
    // A lease that was not given back would be waited for.
    assert!(begun.elapsed().as_secs() < 40, "{:?}", begun.elapsed());
    assert_eq!(ground.restarts().len(), 2);
    next.signal(Signal::SIGTERM);
    assert!(next.ended().await.status.success());
}

async fn until_current(ground: &Ground, release: &str) {
    let begun = std::time::Instant::now();
    while ground.current() != release {
        assert!(begun.elapsed() < super::program::PATIENCE, "the link does not lead to {release}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// What `/readyz` says when it says no.
async fn wait_for_unready(ground: &Ground) -> String {
    loop {
        let (status, said) = get(ground, "/readyz").await;
        if status == 503 {
            return said;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
