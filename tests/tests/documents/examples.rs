//! Pieces of configuration on the pages, each put into a configuration that is whole without it.

use std::fs;

use toml::{Table, Value};

use super::blocks;

const SERVICE: &str = r#"
name = "api-service"
owners = ["team-lead"]

[[target]]
name = "release"
platform = "host"
address = { releases = "/srv/other/releases", current = "/srv/other/current" }
"#;

const MAIN: &str = r#"
catalogue = "catalogue.d"
store = { path = "switchback.db" }
rota = { zone = "UTC", handover = "09:00", start = "2024-01-01", order = ["engineer"] }
person = [{ id = "engineer", name = "On-call engineer" }, { id = "team-lead", name = "Team lead" }]
"#;

/// Puts one table into another: tables into tables, and a table into the first of a list.
fn put(into: &mut Table, piece: Table) {
    for (key, value) in piece {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(there)), Value::Table(value)) => put(there, value),
            (Some(Value::Array(there)), Value::Table(value)) => {
                let Some(Value::Table(first)) = there.first_mut() else { panic!("{key} has no first table") };
                put(first, value);
            }
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

/// The main file and a service's file with this piece, which may be of either: in the main file a
/// service's keys stand below `service`.
fn files(mut piece: Table) -> (String, String) {
    let (mut main, mut service): (Table, Table) = (MAIN.parse().unwrap(), SERVICE.parse().unwrap());
    match piece.remove("service") {
        Some(Value::Table(of_service)) => put(&mut service, of_service),
        Some(Value::Array(services)) => drop(main.insert("service".to_owned(), Value::Array(services))),
        Some(other) => panic!("`service` is no table: {other}"),
        None => {}
    }
    let of_service = ["target", "checks", "hook", "policy", "timing"];
    let (below, top): (Table, Table) = piece.into_iter().partition(|(key, _)| of_service.contains(&key.as_str()));
    // `[target.address]` says all of an address.
    if let Some(address) = below.get("target").and_then(|target| target.get("address")) {
        service["target"][0]["address"] = address.clone();
    }
    put(&mut service, below);
    put(&mut main, top);
    (toml::to_string(&main).unwrap(), toml::to_string(&service).unwrap())
}

#[test]
fn configuration_on_the_pages_is_taken() {
    for block in blocks(&["toml"]) {
        let piece: Table = block.text.parse().unwrap_or_else(|error| panic!("{}: {error}", block.page));
        let (main, service) = files(piece);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("catalogue.d")).unwrap();
        fs::write(folder.path().join("switchback.toml"), main).unwrap();
        fs::write(folder.path().join("catalogue.d/api-service.toml"), service).unwrap();
        let taken = bot::wiring::configuration(&folder.path().join("switchback.toml"));
        assert!(taken.is_ok(), "{}:\n{}\n{}", block.page, block.text, taken.err().unwrap().report(false));
    }
}
