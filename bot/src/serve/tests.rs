//! What a reload changes, and what a wrong configuration does not.

use adapters::store::sqlite::SqliteStore;
use commands::model::PersonId;
use commands::ports::OnCall as _;

use super::*;

/// A configuration in which this person is always on call.
fn with(on_call: &str) -> String {
    format!(
        r#"
[store]
path = "switchback.db"
[rota]
zone = "UTC"
handover = "09:00"
start = "2020-01-01"
order = ["{on_call}"]
[[person]]
id = "first"
name = "First engineer"
[[person]]
id = "second"
name = "Second engineer"
[[service]]
name = "api-service"
owners = ["first", "second"]
[[service.target]]
name = "release"
platform = "host"
address = {{ releases = "/srv/api/releases", current = "/srv/api/current" }}
"#
    )
}

#[tokio::test]
async fn a_reload_replaces_settings_and_rota_together_and_a_wrong_one_neither() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("switchback.toml");
    std::fs::write(&path, with("first")).unwrap();
    wiring::install_crypto_provider();
    let configuration = wiring::configuration(&path).unwrap();
    let store = Arc::new(SqliteStore::in_memory().await.unwrap());
    let mut ports = wiring::ports_over(&configuration, Vec::new(), store).unwrap();
    let on_call = Arc::new(Reloadable::new(Arc::clone(&ports.on_call)));
    ports.on_call = on_call.clone();
    let clock = Arc::clone(&ports.clock);
    let engine = Engine::new(ports, configuration.settings.clone(), replica());
    let reload = Reload { path: &path, engine: &engine, on_call: &on_call, clock };

    let service = &configuration.settings.catalogue[0];
    let says = async || {
        let holders = on_call.on_call(service).await.unwrap().holders;
        (holders.into_iter().collect::<Vec<_>>(), engine.settings().configuration.short())
    };
    let before = says().await;
    assert_eq!(before.0, [PersonId::from("first")]);

    for wrong in [with("nobody-known"), with("second").replace("09:00", "soon"), "[store".to_owned()] {
        std::fs::write(&path, wrong).unwrap();
        reload.read_again();
        assert_eq!(says().await, before);
    }

    std::fs::write(&path, with("second")).unwrap();
    reload.read_again();
    let after = says().await;
    assert_eq!(after.0, [PersonId::from("second")]);
    assert_ne!(after.1, before.1);
}
