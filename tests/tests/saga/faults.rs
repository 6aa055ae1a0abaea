//! The bot is killed after each record, and before each: what it had begun is found and finished by the
//! next start, and nothing is done twice.

use tests::fake::{Death, FaultyStore};
use tests::harness::{Fault, Path, Plain, ending};

/// The first life ends once its n-th commit is done: not even the bot hears of it.
struct KillAfter(u64);

impl Fault for KillAfter {
    fn arm(&self, life: usize, store: &FaultyStore) {
        if life == 1 {
            store.kill_after(self.0, Death::Silent);
        }
    }
}

/// The first life ends before its n-th commit: what it did outside is done, and no record tells of it, so
/// that the step is performed twice.
struct KillBefore(u64);

impl Fault for KillBefore {
    fn arm(&self, life: usize, store: &FaultyStore) {
        if life == 1 {
            store.kill_before(self.0, Death::Silent);
        }
    }
}

/// Every life ends after so many commits.
struct ShortLives(u64);

impl Fault for ShortLives {
    fn arm(&self, _life: usize, store: &FaultyStore) {
        store.kill_after(self.0, Death::Silent);
    }
}

/// Walks it, and gives how often the bot was started. A runtime of its own takes with it whatever a
/// killed bot left.
fn walk(path: &Path, fault: &dyn Fault, what: &str) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (ends, lives) = runtime.block_on(async {
        let mut world = path.walk(fault).await;
        world.check_laws().await;
        let seen = world.seen().await;
        let ends: Vec<String> = seen.rollbacks.iter().map(|state| ending(state)).collect();
        (ends.join(", "), world.replicas.len())
    });
    assert!(path.ends.contains(&ends.as_str()), "{what} it ends {ends}, not {:?}", path.ends);
    lives
}

/// Nothing goes wrong.
pub(crate) fn plain(path: &Path) {
    assert_eq!(walk(path, &Plain, "without a fault"), 1);
}

/// Killed after the first, the second… commit, until it lives through all of them.
pub(crate) fn killed_after_each_record(path: &Path) {
    let survived = (1..).find(|n| walk(path, &KillAfter(*n), &format!("killed after commit {n}")) == 1);
    assert!(survived.is_some_and(|n| n > 3), "the sweep struck nothing");
}

/// Killed before the first, the second… commit, until it lives through all of them.
pub(crate) fn killed_before_each_record(path: &Path) {
    let survived = (1..).find(|n| walk(path, &KillBefore(*n), &format!("killed before commit {n}")) == 1);
    assert!(survived.is_some_and(|n| n > 3), "the sweep struck nothing");
}

/// No life lasts longer than a few commits. Fewer than three are too few: the start of a step is one, and
/// what came of it another.
pub(crate) fn killed_again_and_again(path: &Path) {
    for commits in [3, 4, 6] {
        let lives = walk(path, &ShortLives(commits), &format!("with lives of {commits} commits"));
        assert!(lives > 1 || commits > 3, "the sweep struck nothing");
    }
}
