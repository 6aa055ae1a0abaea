//! Locks of services, and the deadlines that are read beside them.

use commands::model::{RollbackId, ServiceKey};
use commands::ports::{CommitError, Deadline, LockChange, StoreError};
use sqlx::SqliteConnection;

use super::failure::store_error;
use super::text::parse;
use super::writer::Failure;

/// Takes, passes on or frees.
pub(super) async fn change(connection: &mut SqliteConnection, change: LockChange) -> Result<(), Failure<CommitError>> {
    match change {
        LockChange::Take { service, rollback } => take(connection, service, rollback).await,
        LockChange::Pass { service, from, to } => pass(connection, service, from, to).await,
        LockChange::Free { rollback } => {
            sqlx::query("DELETE FROM locks WHERE rollback = ?1").bind(rollback.to_string()).execute(connection).await?;
            Ok(())
        }
    }
}

async fn take(
    connection: &mut SqliteConnection,
    service: ServiceKey,
    rollback: RollbackId,
) -> Result<(), Failure<CommitError>> {
    let name = service.to_string();
    let done = sqlx::query("INSERT INTO locks (service, rollback) VALUES (?1, ?2) ON CONFLICT (service) DO NOTHING")
        .bind(&name)
        .bind(rollback.to_string())
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    let holder: String =
        sqlx::query_scalar("SELECT rollback FROM locks WHERE service = ?1").bind(&name).fetch_one(connection).await?;
    match parse(format!("lock of {name}"), &holder) {
        Ok(by) if by == rollback => Ok(()),
        Ok(by) => Err(Failure::Refused(CommitError::Locked { service, by })),
        Err(error) => Err(Failure::Refused(CommitError::Store(error))),
    }
}

async fn pass(
    connection: &mut SqliteConnection,
    service: ServiceKey,
    from: RollbackId,
    to: RollbackId,
) -> Result<(), Failure<CommitError>> {
    let done = sqlx::query("UPDATE locks SET rollback = ?3 WHERE service = ?1 AND rollback = ?2")
        .bind(service.to_string())
        .bind(from.to_string())
        .bind(to.to_string())
        .execute(connection)
        .await?;
    match done.rows_affected() {
        0 => Err(Failure::Refused(CommitError::NotLocked { service, by: from })),
        _ => Ok(()),
    }
}

/// Who locks what, by the service's name.
pub(super) async fn all(connection: &mut SqliteConnection) -> Result<Vec<(ServiceKey, RollbackId)>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT service, rollback FROM locks ORDER BY service")
        .fetch_all(connection)
        .await
        .map_err(|error| store_error("read locks", &error))?;
    let lock = |(service, rollback): (String, String)| {
        let what = format!("lock of {service}");
        Ok((parse(&what, &service)?, parse(&what, &rollback)?))
    };
    rows.into_iter().map(lock).collect()
}

/// All deadlines, the next one first.
pub(super) async fn deadlines(connection: &mut SqliteConnection) -> Result<Vec<Deadline>, StoreError> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT rollback, name, at FROM deadlines ORDER BY at, rollback, name")
            .fetch_all(connection)
            .await
            .map_err(|error| store_error("read deadlines", &error))?;
    let deadline = |(rollback, name, at): (String, String, String)| {
        let what = format!("deadline {name} of {rollback}");
        Ok(Deadline { rollback: parse(&what, &rollback)?, name: parse(&what, &name)?, at: parse(&what, &at)? })
    };
    rows.into_iter().map(deadline).collect()
}
