//! People's programs as tests need them: each keeps what it has done, and fails by script.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use commands::model::{Hook, HookAnswer, HookCall, HookOperation, HookResult};
use commands::ports::{HookError, HookRunner};

/// What the next call of a program meets, instead of a plain run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookScript {
    /// Nothing is done, and it ends with a failure.
    Fails,
    /// It is done, and the program ends with a failure all the same.
    DoesAndFails,
    /// Some of it is done: from then on it cannot say whether it is.
    HalfRuns,
    /// Nothing is done, and this is answered.
    Answers(HookResult, &'static str),
    /// Nothing is done, and nothing is ever answered.
    Hangs,
    /// It is done, and nothing is ever answered.
    DoesAndHangs,
}

/// What one program has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProgramState {
    /// True between a `do` and an `undo`.
    pub on: bool,
    /// True where it cannot say.
    pub half: bool,
    /// The keys under which it is done now: the same key again does nothing.
    pub done: BTreeSet<String>,
    /// How often each key had its effect.
    pub effects: BTreeMap<String, u32>,
}

#[derive(Default)]
struct State {
    programs: BTreeMap<String, ProgramState>,
    script: BTreeMap<(String, &'static str), VecDeque<HookScript>>,
    calls: Vec<String>,
}

/// Programs by their path.
#[derive(Default)]
pub struct ScriptedHooks {
    state: Mutex<State>,
}

impl ScriptedHooks {
    /// Programs that do what they are asked, once for each key.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// What the next calls of this operation meet, one after the other.
    pub fn next(&self, program: &str, operation: HookOperation, script: impl IntoIterator<Item = HookScript>) {
        self.lock().script.entry((program.to_owned(), word(operation))).or_default().extend(script);
    }

    /// From now on every call is plain again.
    pub fn mend(&self) {
        self.lock().script.clear();
    }

    /// What a program has done.
    #[must_use]
    pub fn program(&self, program: &str) -> ProgramState {
        self.lock().programs.get(program).cloned().unwrap_or_default()
    }

    /// Every program that was ever called.
    #[must_use]
    pub fn programs(&self) -> BTreeMap<String, ProgramState> {
        self.lock().programs.clone()
    }

    /// Every call: `do /hooks/drain INC-…/1/drain:api`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the hooks")
    }

    /// The answer, or nothing where none ever comes.
    fn run(&self, program: &str, call: &HookCall) -> Option<Result<HookAnswer, HookError>> {
        let mut state = self.lock();
        state.calls.push(format!("{} {program} {}", word(call.op), call.key));
        let script = state.script.get_mut(&(program.to_owned(), word(call.op))).and_then(VecDeque::pop_front);
        let known = state.programs.entry(program.to_owned()).or_default();
        match script {
            None => Some(Ok(known.plain(call))),
            Some(HookScript::Fails) => Some(Err(failed(program))),
            Some(HookScript::Answers(result, message)) => Some(Ok(answer(result, message))),
            Some(HookScript::Hangs) => None,
            Some(HookScript::DoesAndHangs) => {
                known.plain(call);
                None
            }
            Some(HookScript::DoesAndFails) => {
                known.plain(call);
                Some(Err(failed(program)))
            }
            Some(HookScript::HalfRuns) => {
                known.half = true;
                Some(Err(failed(program)))
            }
        }
    }
}

impl ProgramState {
    fn plain(&mut self, call: &HookCall) -> HookAnswer {
        match call.op {
            HookOperation::Check => answer(HookResult::Done, "nothing stands against it"),
            HookOperation::Observe if self.half => answer(HookResult::Unknown, "some of it may be there"),
            HookOperation::Observe if self.done.contains(&call.key) => answer(HookResult::Done, "it is so"),
            HookOperation::Observe => answer(HookResult::NotDone, "it is not so"),
            HookOperation::Do => {
                if self.done.insert(call.key.clone()) || self.half {
                    *self.effects.entry(call.key.clone()).or_default() += 1;
                }
                (self.on, self.half) = (true, false);
                answer(HookResult::Done, "")
            }
            HookOperation::Undo => {
                self.done.clear();
                (self.on, self.half) = (false, false);
                answer(HookResult::Done, "")
            }
        }
    }
}

fn answer(result: HookResult, message: &str) -> HookAnswer {
    HookAnswer { result, facts: BTreeMap::new(), message: message.to_owned() }
}

fn failed(program: &str) -> HookError {
    let (status, output) = ("exit status: 1".to_owned(), "no".to_owned());
    HookError::Failed { program: program.to_owned(), status, output }
}

fn word(operation: HookOperation) -> &'static str {
    match operation {
        HookOperation::Check => "check",
        HookOperation::Do => "do",
        HookOperation::Undo => "undo",
        HookOperation::Observe => "observe",
    }
}

#[async_trait]
impl HookRunner for ScriptedHooks {
    async fn call(&self, hook: &Hook, call: &HookCall) -> Result<HookAnswer, HookError> {
        match self.run(&hook.program.to_string_lossy(), call) {
            Some(outcome) => outcome,
            None => std::future::pending().await,
        }
    }
}
