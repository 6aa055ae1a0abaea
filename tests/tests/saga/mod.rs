//! The durable engine, walked through every way that a rollback can go, each with every fault.

mod engines;
mod faults;
mod kept_log;
mod paths;
mod steps;
mod weather;

/// One module of tests for each way.
macro_rules! walked {
    ($($path:ident)*) => {
        $(
            mod $path {
                use super::{faults, paths};

                #[test]
                fn goes_its_way() {
                    faults::plain(&paths::$path());
                }

                #[test]
                fn killed_after_each_record() {
                    faults::killed_after_each_record(&paths::$path());
                }

                #[test]
                fn killed_before_each_record() {
                    faults::killed_before_each_record(&paths::$path());
                }

                #[test]
                fn killed_again_and_again() {
                    faults::killed_again_and_again(&paths::$path());
                }
            }
        )*
    };
}

walked! {
    a_rollback
    with_programs_at_all_points
    a_denial
    an_expiry
    two_services
    an_abort_before_anything_moved
    an_abort_after_something_moved
    a_step_that_is_tried_again
    a_step_that_is_left_out
    a_target_that_is_left_out
    a_move_that_is_refused
    a_move_whose_outcome_is_lost
    a_preparation_that_fails
    a_closer_that_fails
    somebody_elses_move
    a_replacement_of_a_paused_one
}
