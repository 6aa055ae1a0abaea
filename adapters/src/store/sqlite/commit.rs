//! One commit: all of it, or nothing.
//!
//! It is checked in the order in which a caller should hear of it: an invocation that was handled
//! before needs nothing more; a replica that lost its lease must not even learn of a conflict; then
//! the streams; then the locks.

use commands::model::StoredEvent;
use commands::ports::{Commit, CommitError, DeadlineChange, Lease};
use sqlx::SqliteConnection;

use super::text::{number, time};
use super::writer::{Change, Failure};
use super::{events, incidents, invocations, locks};

impl Change for Commit {
    type Answer = Vec<StoredEvent>;
    type Error = CommitError;

    const NAME: &'static str = "commit events";

    /// Facts of one stream are refused before the first of them is written, and deadlines and incidents
    /// never are: most commits of a run need no savepoint.
    fn may_undo(&self) -> bool {
        self.handles.is_some() || self.writes.len() > 1 || !self.locks.is_empty()
    }

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Vec<StoredEvent>, Failure<CommitError>> {
        if let Some(key) = self.handles
            && !invocations::mark_handled(connection, &key).await?
        {
            return Err(Failure::Refused(CommitError::AlreadyHandled(key)));
        }
        if let Some(lease) = self.fence {
            fence(connection, lease).await?;
        }
        let mut appended = Vec::with_capacity(self.writes.iter().map(|write| write.events.len()).sum());
        for write in self.writes {
            events::append(connection, write, &mut appended).await?;
        }
        for change in self.locks {
            locks::change(connection, change).await?;
        }
        for change in self.deadlines {
            change_deadline(connection, change).await?;
        }
        for change in self.incidents {
            incidents::change(connection, change).await?;
        }
        Ok(appended)
    }
}

/// Refuses who does not hold the lease any more.
async fn fence(connection: &mut SqliteConnection, lease: Lease) -> Result<(), Failure<CommitError>> {
    let held: Option<i64> = sqlx::query_scalar("SELECT 1 FROM leases WHERE name = ?1 AND holder = ?2 AND epoch = ?3")
        .bind(lease.name.to_string())
        .bind(lease.holder)
        .bind(number(lease.epoch))
        .fetch_optional(connection)
        .await?;
    held.map(drop).ok_or(Failure::Refused(CommitError::Fenced(lease.name)))
}

async fn change_deadline(connection: &mut SqliteConnection, change: DeadlineChange) -> Result<(), sqlx::Error> {
    let query = match change {
        DeadlineChange::Set(deadline) => sqlx::query(
            "INSERT INTO deadlines (rollback, name, at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (rollback, name) DO UPDATE SET at = excluded.at",
        )
        .bind(deadline.rollback.to_string())
        .bind(deadline.name.word())
        .bind(time(deadline.at)),
        DeadlineChange::Clear { rollback, name } => {
            sqlx::query("DELETE FROM deadlines WHERE rollback = ?1 AND name = ?2")
                .bind(rollback.to_string())
                .bind(name.word())
        }
        DeadlineChange::Met(deadline) => {
            sqlx::query("DELETE FROM deadlines WHERE rollback = ?1 AND name = ?2 AND at = ?3")
                .bind(deadline.rollback.to_string())
                .bind(deadline.name.word())
                .bind(time(deadline.at))
        }
        DeadlineChange::ClearAll { rollback } => {
            sqlx::query("DELETE FROM deadlines WHERE rollback = ?1").bind(rollback.to_string())
        }
    };
    query.execute(connection).await.map(drop)
}
