//! The log of a bot, read beside it.

use std::collections::BTreeMap;
use std::path::Path;

use commands::model::{Digest, Sequence, StoredEvent};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

/// A connection that only reads, and never stands in the bot's way; `None` where there is no log yet.
pub(super) async fn reading(database: &Path) -> Option<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true).disable_statement_logging();
    options.connect().await.ok()
}

/// Everything, in the order in which it was stored; nothing where there is no log yet.
pub(super) async fn events(database: &Path) -> Vec<StoredEvent> {
    let Some(mut log) = reading(database).await else { return Vec::new() };
    let rows = sqlx::query("SELECT * FROM events ORDER BY position").fetch_all(&mut log).await.unwrap_or_default();
    log.close().await.unwrap();
    rows.iter().map(event).collect()
}

/// One row, read by hand: what the file holds, not what the store makes of it.
fn event(row: &SqliteRow) -> StoredEvent {
    let text = |column: &str| row.get::<String, _>(column);
    StoredEvent {
        position: row.get::<i64, _>("position").try_into().unwrap(),
        stream: text("stream").parse().unwrap(),
        sequence: Sequence(row.get::<i64, _>("sequence").try_into().unwrap()),
        at: text("at").parse().unwrap(),
        actor: serde_json::from_str(&text("actor")).unwrap(),
        kind: text("kind"),
        version: row.get::<i64, _>("version").try_into().unwrap(),
        configuration: text("configuration").parse().unwrap(),
        previous: text("previous").parse().unwrap(),
        body: text("body"),
        hash: text("hash").parse().unwrap(),
    }
}

/// Fails unless each stream counts from 1 without a gap, and each event holds the hash of the one before
/// it and its own.
pub(super) fn assert_whole(events: &[StoredEvent]) {
    let mut last: BTreeMap<String, (Sequence, Digest)> = BTreeMap::new();
    for event in events {
        let (sequence, hash) = last.entry(event.stream.to_string()).or_default();
        assert_eq!((event.sequence.0, event.previous), (sequence.0 + 1, *hash), "{event:?}");
        assert_eq!(event.hash, event.expected_hash(), "{event:?}");
        (*sequence, *hash) = (event.sequence, event.hash);
    }
}
