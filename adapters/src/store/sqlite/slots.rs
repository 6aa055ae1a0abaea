//! What slots show, and how far readers of the log have come.

use commands::model::{ChatName, IncidentId, SlotOwner};
use commands::ports::{SlotRow, StoreError};
use sqlx::SqliteConnection;

use super::failure::store_error;
use super::text::{count, from_json, json, number, parse};
use super::writer::{Change, Failure};

/// A slot's key and its chat, room, message, digest and attempt, as columns.
type Row = (String, String, String, Option<String>, Option<String>, Option<String>);

/// The slots of an incident and of its rollbacks.
pub(super) async fn read(connection: &mut SqliteConnection, incident: IncidentId) -> Result<Vec<SlotRow>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT slot, chat, room, message, shown, attempt FROM slots WHERE incident = ?1 ORDER BY slot, chat",
    )
    .bind(incident.to_string())
    .fetch_all(connection)
    .await
    .map_err(|error| store_error(&format!("read the slots of {incident}"), &error))?;
    let slot = |(slot, chat, room, message, shown, attempt): Row| {
        let what = format!("slot {slot} of {incident} in {chat}");
        Ok(SlotRow {
            slot: from_json(&what, &slot)?,
            chat: ChatName::new(chat),
            room,
            message,
            shown: shown.map(|shown| parse(&what, &shown)).transpose()?,
            attempt,
        })
    };
    rows.into_iter().map(slot).collect()
}

/// Writes a slot.
pub(super) struct Put {
    row: SlotRow,
    incident: IncidentId,
    key: String,
}

impl Put {
    pub(super) fn of(row: &SlotRow) -> Result<Self, StoreError> {
        let incident = match row.slot.owner {
            SlotOwner::Incident(incident) => incident,
            SlotOwner::Rollback(rollback) => rollback.incident,
        };
        Ok(Self { row: row.clone(), incident, key: json("a slot", &row.slot)? })
    }
}

impl Change for Put {
    type Answer = ();
    type Error = StoreError;

    const NAME: &'static str = "write a slot";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), Failure<StoreError>> {
        sqlx::query(
            "INSERT INTO slots (incident, slot, chat, room, message, shown, attempt) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (incident, slot, chat) DO UPDATE SET \
             room = excluded.room, message = excluded.message, shown = excluded.shown, attempt = excluded.attempt",
        )
        .bind(self.incident.to_string())
        .bind(self.key)
        .bind(self.row.chat.as_str().to_owned())
        .bind(self.row.room)
        .bind(self.row.message)
        .bind(self.row.shown.map(|digest| digest.to_string()))
        .bind(self.row.attempt)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// How far a reader has come.
pub(super) async fn cursor(connection: &mut SqliteConnection, reader: &str) -> Result<u64, StoreError> {
    let what = format!("cursor of {reader}");
    let position: Option<i64> = sqlx::query_scalar("SELECT position FROM cursors WHERE reader = ?1")
        .bind(reader.to_owned())
        .fetch_optional(connection)
        .await
        .map_err(|error| store_error(&format!("read the {what}"), &error))?;
    position.map_or(Ok(0), |position| count(what, position))
}

/// Remembers how far a reader has come.
pub(super) struct SetCursor {
    pub(super) reader: String,
    pub(super) position: u64,
}

impl Change for SetCursor {
    type Answer = ();
    type Error = StoreError;

    const NAME: &'static str = "write a cursor";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), Failure<StoreError>> {
        sqlx::query(
            "INSERT INTO cursors (reader, position) VALUES (?1, ?2) \
             ON CONFLICT (reader) DO UPDATE SET position = excluded.position",
        )
        .bind(self.reader)
        .bind(number(self.position))
        .execute(connection)
        .await?;
        Ok(())
    }
}
