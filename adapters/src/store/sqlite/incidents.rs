//! Which incidents are open and which are closed, and what is left of those that are not kept.

use commands::model::{IncidentId, StreamId};
use commands::ports::{IncidentChange, StoreError, StreamEnd, Tombstone};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::failure::{corrupt, store_error};
use super::text::{count, from_json, json, parse, time};
use super::writer::{Change, Failure};

/// Opens or closes.
pub(super) async fn change(connection: &mut SqliteConnection, change: IncidentChange) -> Result<(), sqlx::Error> {
    match change {
        IncidentChange::Open(id) => {
            of("DELETE FROM closed_incidents WHERE day = ?1 AND number = ?2", id).execute(&mut *connection).await?;
            of("INSERT INTO open_incidents (day, number) VALUES (?1, ?2) ON CONFLICT DO NOTHING", id)
                .execute(connection)
                .await
                .map(drop)
        }
        IncidentChange::Close { incident, at } => {
            of("DELETE FROM open_incidents WHERE day = ?1 AND number = ?2", incident).execute(&mut *connection).await?;
            of("INSERT OR REPLACE INTO closed_incidents (day, number, closed_at) VALUES (?1, ?2, ?3)", incident)
                .bind(time(at))
                .execute(connection)
                .await
                .map(drop)
        }
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn of(statement: &'static str, id: IncidentId) -> Query<'static> {
    sqlx::query(statement).bind(id.day.to_string()).bind(i64::from(id.number))
}

/// Open incidents, newest first.
pub(super) async fn open(connection: &mut SqliteConnection) -> Result<Vec<IncidentId>, StoreError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT day, number FROM open_incidents ORDER BY day DESC, number DESC")
            .fetch_all(connection)
            .await
            .map_err(|error| store_error("read open incidents", &error))?;
    rows.into_iter().map(|(day, number)| incident(&day, number)).collect()
}

/// Those that were closed before this, the oldest first.
pub(super) async fn closed(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<IncidentId>, StoreError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT day, number FROM closed_incidents WHERE closed_at < ?1 ORDER BY closed_at, day, number LIMIT ?2",
    )
    .bind(time(before))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await
    .map_err(|error| store_error("read closed incidents", &error))?;
    rows.into_iter().map(|(day, number)| incident(&day, number)).collect()
}

/// What is left of an incident.
pub(super) async fn tombstone(
    connection: &mut SqliteConnection,
    id: IncidentId,
) -> Result<Option<Tombstone>, StoreError> {
    let row: Option<(String, String, String)> =
        sqlx::query_as("SELECT closed_at, removed_at, ends FROM tombstones WHERE day = ?1 AND number = ?2")
            .bind(id.day.to_string())
            .bind(i64::from(id.number))
            .fetch_optional(connection)
            .await
            .map_err(|error| store_error("read a tombstone", &error))?;
    let Some((closed_at, removed_at, ends)) = row else { return Ok(None) };
    let what = format!("tombstone of {id}");
    Ok(Some(Tombstone {
        incident: id,
        closed_at: parse(&what, &closed_at)?,
        removed_at: parse(&what, &removed_at)?,
        ends: from_json(&what, &ends)?,
    }))
}

/// Removes everything of a closed incident but its number.
pub(super) struct Remove {
    pub(super) incident: IncidentId,
    pub(super) at: Timestamp,
}

impl Change for Remove {
    type Answer = Option<Tombstone>;
    type Error = StoreError;

    const NAME: &'static str = "remove a closed incident";

    fn may_undo(&self) -> bool {
        true
    }

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Option<Tombstone>, Failure<StoreError>> {
        let Some(closed_at) = self.removable(connection).await? else { return Ok(None) };
        let ends = self.ends(connection).await?;
        let tombstone = Tombstone { incident: self.incident, closed_at, removed_at: self.at, ends };
        self.remove(connection).await?;
        self.leave(connection, &tombstone).await?;
        Ok(Some(tombstone))
    }
}

impl Remove {
    /// When it was closed; `None` where nothing may be removed.
    async fn removable(&self, connection: &mut SqliteConnection) -> Result<Option<Timestamp>, Failure<StoreError>> {
        let (_, rollbacks) = self.patterns();
        let closed_at: Option<String> = sqlx::query_scalar(
            "SELECT closed_at FROM closed_incidents WHERE day = ?1 AND number = ?2 \
             AND NOT EXISTS (SELECT 1 FROM locks WHERE rollback GLOB ?3) \
             AND NOT EXISTS (SELECT 1 FROM deadlines WHERE rollback GLOB ?3)",
        )
        .bind(self.incident.day.to_string())
        .bind(i64::from(self.incident.number))
        .bind(&rollbacks)
        .fetch_optional(connection)
        .await?;
        let at = closed_at.map(|at| parse(format!("closing of {}", self.incident), &at));
        at.transpose().map_err(Failure::Refused)
    }

    async fn ends(&self, connection: &mut SqliteConnection) -> Result<Vec<StreamEnd>, Failure<StoreError>> {
        let (incident, rollbacks) = self.patterns();
        let rows: Vec<(String, i64, String)> = sqlx::query_as(
            "SELECT stream, max(sequence), hash FROM events WHERE stream = ?1 OR stream GLOB ?2 \
             GROUP BY stream ORDER BY stream",
        )
        .bind(format!("incident:{incident}"))
        .bind(format!("rollback:{rollbacks}"))
        .fetch_all(connection)
        .await?;
        let end = |(stream, sequence, hash): (String, i64, String)| {
            let what = format!("the end of {stream}");
            let sequence = commands::model::Sequence(count(&what, sequence)?);
            Ok(StreamEnd { stream: parse::<StreamId>(&what, &stream)?, sequence, hash: parse(&what, &hash)? })
        };
        rows.into_iter().map(end).collect::<Result<_, StoreError>>().map_err(Failure::Refused)
    }

    async fn remove(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let (incident, rollbacks) = self.patterns();
        let rollbacks = format!("rollback:{rollbacks}");
        let statements = [
            ("DELETE FROM events WHERE stream GLOB ?1", &format!("incident:{incident}")),
            ("DELETE FROM events WHERE stream GLOB ?1", &rollbacks),
            ("DELETE FROM leases WHERE name GLOB ?1", &rollbacks),
            ("DELETE FROM slots WHERE incident GLOB ?1", &incident),
        ];
        for (statement, whose) in statements {
            sqlx::query(statement).bind(whose).execute(&mut *connection).await?;
        }
        of("DELETE FROM closed_incidents WHERE day = ?1 AND number = ?2", self.incident)
            .execute(connection)
            .await
            .map(drop)
    }

    async fn leave(&self, connection: &mut SqliteConnection, tombstone: &Tombstone) -> Result<(), Failure<StoreError>> {
        let ends = json("a new tombstone", &tombstone.ends).map_err(Failure::Refused)?;
        of(
            "INSERT INTO tombstones (day, number, closed_at, removed_at, ends) VALUES (?1, ?2, ?3, ?4, ?5)",
            self.incident,
        )
        .bind(time(tombstone.closed_at))
        .bind(time(tombstone.removed_at))
        .bind(ends)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// The id of the incident, and the pattern of the ids of its rollbacks. Ids have letters, digits,
    /// `-` and `/` alone, none of which means anything in a pattern.
    fn patterns(&self) -> (String, String) {
        (self.incident.to_string(), format!("{}/*", self.incident))
    }
}

/// An incident id from its two columns.
pub(super) fn incident(day: &str, number: i64) -> Result<IncidentId, StoreError> {
    let what = format!("incident {number} of {day}");
    match count(&what, number)? {
        0 => Err(corrupt(what, "incidents count from 1")),
        number => Ok(IncidentId { day: parse(what, day)?, number }),
    }
}
