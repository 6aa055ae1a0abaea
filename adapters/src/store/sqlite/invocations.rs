//! Invocations: stored once for each key, handled once; and the numbers of incidents.

use commands::model::{IncidentId, Invocation};
use commands::ports::{Accepted, StoreError};
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::SqliteConnection;

use super::failure::store_error;
use super::incidents::incident;
use super::text::{from_json, json, time};
use super::writer::{Change, Failure};

/// Stores an invocation.
pub(super) struct Accept {
    key: String,
    received_at: String,
    said: String,
}

impl Accept {
    pub(super) fn of(invocation: &Invocation) -> Result<Self, StoreError> {
        Ok(Self {
            key: invocation.key.clone(),
            received_at: time(invocation.received_at),
            said: json("a new invocation", invocation)?,
        })
    }
}

impl Change for Accept {
    type Answer = Accepted;
    type Error = StoreError;

    const NAME: &'static str = "store an invocation";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Accepted, Failure<StoreError>> {
        let done = sqlx::query(
            "INSERT INTO invocations (key, received_at, said) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING",
        )
        .bind(self.key)
        .bind(self.received_at)
        .bind(self.said)
        .execute(connection)
        .await?;
        Ok(if done.rows_affected() == 1 { Accepted::New } else { Accepted::Duplicate })
    }
}

/// Marks an invocation handled.
pub(super) struct Handled(pub(super) String);

impl Change for Handled {
    type Answer = bool;
    type Error = StoreError;

    const NAME: &'static str = "mark an invocation handled";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<bool, Failure<StoreError>> {
        Ok(mark_handled(connection, &self.0).await?)
    }
}

/// Marks a key handled, and removes what was said; false if it was before. A key that was never stored
/// becomes a handled one, received now, so that it too is handled once.
pub(super) async fn mark_handled(connection: &mut SqliteConnection, key: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO invocations (key, received_at, said) VALUES (?1, ?2, NULL) \
         ON CONFLICT (key) DO UPDATE SET said = NULL WHERE said IS NOT NULL",
    )
    .bind(key)
    .bind(time(Timestamp::now()))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the keys of handled invocations that were received before this.
pub(super) struct Forget(pub(super) Timestamp);

impl Change for Forget {
    type Answer = u64;
    type Error = StoreError;

    const NAME: &'static str = "forget handled invocations";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<u64, Failure<StoreError>> {
        let done = sqlx::query("DELETE FROM invocations WHERE said IS NULL AND received_at < ?1")
            .bind(time(self.0))
            .execute(connection)
            .await?;
        Ok(done.rows_affected())
    }
}

/// Those that were stored and not handled, in the order in which they were stored.
pub(super) async fn unhandled(connection: &mut SqliteConnection) -> Result<Vec<Invocation>, StoreError> {
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT number, said FROM invocations WHERE said IS NOT NULL ORDER BY number")
            .fetch_all(connection)
            .await
            .map_err(|error| store_error("read invocations", &error))?;
    rows.into_iter().map(|(number, said)| from_json(format!("invocation {number}"), &said)).collect()
}

/// Draws the next incident id of a day.
pub(super) struct DrawIncident(pub(super) Date);

impl Change for DrawIncident {
    type Answer = IncidentId;
    type Error = StoreError;

    const NAME: &'static str = "draw an incident id";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<IncidentId, Failure<StoreError>> {
        let day = self.0.to_string();
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO incident_numbers (day, last_drawn) VALUES (?1, 1) \
             ON CONFLICT (day) DO UPDATE SET last_drawn = last_drawn + 1 RETURNING last_drawn",
        )
        .bind(&day)
        .fetch_one(connection)
        .await?;
        incident(&day, number).map_err(Failure::Refused)
    }
}
