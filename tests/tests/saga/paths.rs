//! The ways that a rollback can go. Each is walked with every fault.

use commands::model::{HookOperation, HookPoint};
use commands::ports::PlatformError;
use commands::saga::Phase;
use tests::fake::{HookScript, MoveScript};
use tests::harness::{Beat, Path, Scene, Seen, happens, presses, program, says};

/// Everything that a run can do: programs at all points.
const ALL_HOOKS: [HookPoint; 6] = [
    HookPoint::Backup,
    HookPoint::Maintenance,
    HookPoint::Drain,
    HookPoint::Configuration,
    HookPoint::RestoreTraffic,
    HookPoint::CleanUp,
];

fn plain(_scene: &mut Scene) {}

/// The service has a program at every point.
pub(crate) fn with_hooks(scene: &mut Scene) {
    scene.add_hooks("api-service", &ALL_HOOKS);
}

/// The next calls of this program fail, until it is mended.
fn breaks(scene: &Scene, point: HookPoint, operation: HookOperation) {
    scene.hooks.next(&program("api-service", point), operation, vec![HookScript::Fails; 99]);
}

pub(crate) fn proposed() -> Beat {
    says("on-call", "/rollback api-service v1.2.9 because answers are slow", |seen| seen.find(1).is_some())
}

pub(crate) fn approved() -> Beat {
    presses("on-call", "Approve", |seen| !seen.is(1, Phase::Proposed))
}

pub(crate) fn finished() -> Beat {
    waits(|seen| seen.is(1, Phase::Finished))
}

fn waits(until: fn(&Seen) -> bool) -> Beat {
    happens(|_| {}, until)
}

fn asks(seen: &Seen) -> bool {
    seen.asks(1) || seen.rollback(1).phase.is_over()
}

fn answered(seen: &Seen) -> bool {
    !seen.asks(1)
}

fn stopping(seen: &Seen) -> bool {
    seen.rollback(1).abort.is_some() || seen.is(1, Phase::Finished)
}

fn refused() -> PlatformError {
    PlatformError::Refused { what: "moving".to_owned(), why: "no".to_owned() }
}

fn away() -> PlatformError {
    PlatformError::Unavailable { what: "moving".to_owned(), why: "no answer".to_owned() }
}

/// Straight through.
pub(crate) fn a_rollback() -> Path {
    Path { scene: plain, beats: vec![proposed(), approved(), finished()], ends: &["done"] }
}

/// With a program at every point, and a platform that removes what the bad release left.
pub(crate) fn with_programs_at_all_points() -> Path {
    let scene = |scene: &mut Scene| {
        with_hooks(scene);
        scene.platform.set_cleans_up("api");
    };
    Path { scene, beats: vec![proposed(), approved(), finished()], ends: &["done"] }
}

/// Somebody says no.
pub(crate) fn a_denial() -> Path {
    let denied = presses("on-call", "Deny", |seen| seen.is(1, Phase::Denied));
    Path { scene: plain, beats: vec![proposed(), denied], ends: &["denied"] }
}

/// Nobody says anything.
pub(crate) fn an_expiry() -> Path {
    Path { scene: plain, beats: vec![proposed(), waits(|seen| seen.is(1, Phase::Expired))], ends: &["expired"] }
}

/// Two services, each with something to close.
pub(crate) fn two_services() -> Path {
    let both = "/rollback web-service,api-service v1.2.9 because both are slow";
    Path {
        scene: |scene| {
            scene.add_hooks("api-service", &[HookPoint::Drain]);
            scene.add_hooks("web-service", &[HookPoint::Maintenance]);
        },
        beats: vec![says("on-call", both, |seen| seen.find(1).is_some()), approved(), finished()],
        ends: &["done"],
    }
}

/// Somebody says stop while traffic is being drained.
pub(crate) fn an_abort_before_anything_moved() -> Path {
    Path {
        scene: |scene| {
            with_hooks(scene);
            let drain = program("api-service", HookPoint::Drain);
            scene.hooks.next(&drain, HookOperation::Do, [HookScript::DoesAndHangs]);
        },
        beats: vec![
            proposed(),
            approved(),
            says("on-call", "/rollback abort because it is the network", stopping),
            finished(),
        ],
        // A bot that was killed in the drain finds it done, and goes on until somebody says stop again.
        ends: &["as before", "partial", "done"],
    }
}

/// Somebody says stop when the release does not arrive; checks fail, so people are asked about traffic.
pub(crate) fn an_abort_after_something_moved() -> Path {
    let by_hand = || says("on-call", "/rollback skip because traffic is given back by hand", answered);
    Path {
        scene: |scene| {
            with_hooks(scene);
            scene.platform.never_arrives("api", true);
        },
        beats: vec![
            proposed(),
            approved(),
            waits(|seen| seen.rollback(1).may_have_moved()),
            says("on-call", "/rollback abort because it does not arrive", stopping),
            waits(asks),
            by_hand(),
            finished(),
        ],
        // A bot that was killed just before it moved the target finds that nothing moved.
        ends: &["partial", "as before"],
    }
}

/// A forward step fails until somebody mends it and says: again.
pub(crate) fn a_step_that_is_tried_again() -> Path {
    Path {
        scene: |scene| {
            with_hooks(scene);
            breaks(scene, HookPoint::Configuration, HookOperation::Do);
        },
        beats: vec![
            proposed(),
            approved(),
            waits(asks),
            happens(|scene| scene.hooks.mend(), asks),
            presses("on-call", "Retry", answered),
            finished(),
        ],
        ends: &["done"],
    }
}

/// A forward step fails for good, and somebody goes on without it.
pub(crate) fn a_step_that_is_left_out() -> Path {
    Path {
        scene: |scene| {
            with_hooks(scene);
            breaks(scene, HookPoint::Configuration, HookOperation::Do);
        },
        beats: vec![proposed(), approved(), waits(asks), presses("on-call", "Skip", answered), finished()],
        ends: &["done, not all"],
    }
}

/// A later target is refused, and somebody leaves it out.
pub(crate) fn a_target_that_is_left_out() -> Path {
    Path {
        scene: |scene| {
            scene.add_target("api-service", "sockets");
            scene.platform.next_moves("sockets", vec![MoveScript::Fails(refused()); 99]);
        },
        beats: vec![proposed(), approved(), waits(asks), presses("on-call", "Skip", answered), finished()],
        ends: &["partial"],
    }
}

/// The first target is refused: what was begun is taken back.
pub(crate) fn a_move_that_is_refused() -> Path {
    Path {
        scene: |scene| {
            with_hooks(scene);
            scene.platform.next_moves("api", vec![MoveScript::Fails(refused()); 99]);
        },
        beats: vec![proposed(), approved(), finished()],
        ends: &["as before"],
    }
}

/// The target moves, and the platform says that it did not.
pub(crate) fn a_move_whose_outcome_is_lost() -> Path {
    Path {
        scene: |scene| scene.platform.next_moves("api", [MoveScript::MovesAndFails(away())]),
        beats: vec![proposed(), approved(), finished()],
        ends: &["done"],
    }
}

/// A preparation fails: nothing moves.
pub(crate) fn a_preparation_that_fails() -> Path {
    Path {
        scene: |scene| {
            with_hooks(scene);
            breaks(scene, HookPoint::Drain, HookOperation::Do);
        },
        beats: vec![proposed(), approved(), finished()],
        ends: &["as before"],
    }
}

/// A closer fails: a task is left, and the run ends all the same.
pub(crate) fn a_closer_that_fails() -> Path {
    Path {
        scene: |scene| {
            with_hooks(scene);
            breaks(scene, HookPoint::Maintenance, HookOperation::Undo);
        },
        beats: vec![proposed(), approved(), finished()],
        ends: &["done"],
    }
}

/// Somebody else moves the target between plan and run: the approval is void, and people decide again.
pub(crate) fn somebody_elses_move() -> Path {
    let elsewhere: fn(&Scene) = |scene| scene.platform.somebody_moves("api", "v1.2.8");
    Path {
        scene: with_hooks,
        beats: vec![
            proposed(),
            happens(elsewhere, |seen| !seen.rollbacks.is_empty() && seen.is(1, Phase::Proposed)),
            approved(),
            waits(|seen| seen.is(1, Phase::Proposed) || seen.rollback(1).phase.is_over()),
            approved(),
            finished(),
        ],
        ends: &["done"],
    }
}

/// A paused rollback is replaced by one to another version.
pub(crate) fn a_replacement_of_a_paused_one() -> Path {
    let other = "/rollback api-service v1.2.8 because that one is sick too";
    Path {
        scene: |scene| {
            with_hooks(scene);
            breaks(scene, HookPoint::Configuration, HookOperation::Do);
        },
        beats: vec![
            proposed(),
            approved(),
            waits(asks),
            says("on-call", other, |seen| seen.find(2).is_some()),
            happens(|scene| scene.hooks.mend(), |seen| seen.find(2).is_some()),
            presses("on-call", "Approve", |seen| !seen.is(2, Phase::Proposed)),
            waits(|seen| seen.is(2, Phase::Finished)),
        ],
        ends: &["replaced, done"],
    }
}
