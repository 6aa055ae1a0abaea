//! What a store promises (`commands::ports::Store`), whatever it is made of.
//!
//! A case gets two replicas on one new and empty store. [`store_conformance!`](crate::store_conformance)
//! makes a test of each case, for any way to make such a pair.

mod commits;
mod invocations;
mod leases;
mod locks;
mod log;
mod retention;
mod rows;
mod samples;

use std::any::Any;
use std::sync::Arc;

use commands::ports::Store;

pub use self::commits::*;
pub use self::invocations::*;
pub use self::leases::*;
pub use self::locks::*;
pub use self::log::*;
pub use self::retention::*;
pub use self::rows::*;
pub use self::samples::*;

/// Two replicas of the bot on one store.
pub struct Replicas {
    /// One handle.
    pub one: Arc<dyn Store>,
    /// Another handle on the same data; the same one where a store allows no second.
    pub two: Arc<dyn Store>,
    /// What must live as long as they do: a folder, a server.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl Replicas {
    /// One of the two, by turns.
    #[must_use]
    pub fn turn(&self, number: usize) -> Arc<dyn Store> {
        Arc::clone(if number.is_multiple_of(2) { &self.one } else { &self.two })
    }
}

/// Makes one test of each case. `$make` is a function `async fn() -> Replicas`.
#[macro_export]
macro_rules! store_conformance {
    ($make:path) => {
        $crate::store_conformance! { @each $make:
            a_commit_seals_its_events_in_order
            an_empty_commit_does_nothing
            several_writes_of_one_commit_share_its_fate
            a_failing_write_leaves_nothing
            a_stream_must_be_where_its_writer_saw_it
            of_two_writers_exactly_one_wins
            many_writers_of_one_stream_keep_its_chain
            an_invocation_is_handled_by_one_commit
            an_unknown_invocation_is_handled_once_too
            a_commit_under_a_lost_lease_is_refused
            what_was_handled_is_said_first
            bodies_keep_every_byte
            a_large_body_is_kept
            tampering_with_any_field_shows

            a_stream_is_read_from_any_place
            growth_is_listed_in_order_and_bounded
            a_reader_of_growth_misses_nothing
            reads_see_whole_commits
            what_one_replica_wrote_the_other_reads

            an_invocation_is_stored_once
            invocations_come_back_as_they_were
            an_invocation_is_handled_once
            only_old_handled_keys_are_forgotten
            incident_ids_are_never_drawn_twice

            locks_are_taken_passed_and_freed
            a_lock_of_another_refuses_all
            a_lock_is_taken_again_by_its_holder
            a_lock_is_passed_only_by_its_holder
            a_lock_is_won_by_one
            a_rollback_frees_and_another_takes_at_once

            a_lease_is_taken_by_one
            a_lease_is_taken_only_as_it_was_seen
            a_lease_is_renewed_while_it_is_held
            a_released_lease_waits_for_nobody
            leases_of_different_names_are_apart

            deadlines_are_set_moved_and_cleared
            open_incidents_are_listed_newest_first
            a_removed_incident_leaves_a_tombstone
            an_incident_that_is_not_over_is_not_removed
            a_slot_comes_back_as_it_was
            slots_are_apart_by_chat_and_incident
            a_cursor_is_remembered
        }
    };
    (@each $make:path: $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::conformance::store::$case($make().await).await;
            }
        )*
    };
}
