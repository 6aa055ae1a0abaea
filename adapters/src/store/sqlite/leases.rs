//! Leases: what one replica does and no other.

use commands::ports::{Lease, LeaseName, LeaseSeen, StoreError};
use sqlx::SqliteConnection;

use super::failure::store_error;
use super::text::{count, number};
use super::writer::{Change, Failure};

/// How a lease stands.
pub(super) async fn read(connection: &mut SqliteConnection, name: LeaseName) -> Result<Option<LeaseSeen>, StoreError> {
    let what = format!("lease {name}");
    let row: Option<(Option<String>, i64, i64)> =
        sqlx::query_as("SELECT holder, epoch, beat FROM leases WHERE name = ?1")
            .bind(name.to_string())
            .fetch_optional(connection)
            .await
            .map_err(|error| store_error(&format!("read {what}"), &error))?;
    let Some((holder, epoch, beat)) = row else { return Ok(None) };
    Ok(Some(LeaseSeen { holder, epoch: count(&what, epoch)?, beat: count(&what, beat)? }))
}

/// Takes a lease that stands exactly as it was seen.
pub(super) struct Take {
    pub(super) name: LeaseName,
    pub(super) holder: String,
    pub(super) seen: Option<LeaseSeen>,
}

impl Change for Take {
    type Answer = Option<Lease>;
    type Error = StoreError;

    const NAME: &'static str = "take a lease";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Option<Lease>, Failure<StoreError>> {
        let name = self.name.to_string();
        let query = match &self.seen {
            None => sqlx::query_scalar(
                "INSERT INTO leases (name, holder, epoch, beat) VALUES (?1, ?2, 1, 0) \
                 ON CONFLICT (name) DO NOTHING RETURNING epoch",
            )
            .bind(name)
            .bind(&self.holder),
            Some(seen) => sqlx::query_scalar(
                "UPDATE leases SET holder = ?2, epoch = epoch + 1, beat = 0 \
                 WHERE name = ?1 AND holder IS ?3 AND epoch = ?4 AND beat = ?5 RETURNING epoch",
            )
            .bind(name)
            .bind(&self.holder)
            .bind(&seen.holder)
            .bind(number(seen.epoch))
            .bind(number(seen.beat)),
        };
        let epoch: Option<i64> = query.fetch_optional(connection).await?;
        let Some(epoch) = epoch else { return Ok(None) };
        let epoch = count(format!("lease {}", self.name), epoch).map_err(Failure::Refused)?;
        Ok(Some(Lease { name: self.name, holder: self.holder, epoch }))
    }
}

/// Renews leases, and gives those that are still held.
pub(super) struct Renew(pub(super) Vec<Lease>);

impl Change for Renew {
    type Answer = Vec<Lease>;
    type Error = StoreError;

    const NAME: &'static str = "renew leases";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Vec<Lease>, Failure<StoreError>> {
        let mut held = Vec::with_capacity(self.0.len());
        for lease in self.0 {
            let done = sqlx::query("UPDATE leases SET beat = beat + 1 WHERE name = ?1 AND holder = ?2 AND epoch = ?3")
                .bind(lease.name.to_string())
                .bind(&lease.holder)
                .bind(number(lease.epoch))
                .execute(&mut *connection)
                .await?;
            if done.rows_affected() == 1 {
                held.push(lease);
            }
        }
        Ok(held)
    }
}

/// Gives a lease back.
pub(super) struct Release(pub(super) Lease);

impl Change for Release {
    type Answer = ();
    type Error = StoreError;

    const NAME: &'static str = "release a lease";

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), Failure<StoreError>> {
        let Self(lease) = self;
        sqlx::query("UPDATE leases SET holder = NULL WHERE name = ?1 AND holder = ?2 AND epoch = ?3")
            .bind(lease.name.to_string())
            .bind(lease.holder)
            .bind(number(lease.epoch))
            .execute(connection)
            .await?;
        Ok(())
    }
}
