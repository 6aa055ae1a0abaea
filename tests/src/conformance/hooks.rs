//! Every runner of hooks. The programs are real ones, of a POSIX system.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use commands::model::{Hook, HookAnswer, HookCall, HookOperation, HookPoint, HookResult, HookService, Version};
use commands::ports::{HookError, HookRunner};
use jiff::SignedDuration;

/// A runner, and a folder that its programs may write to.
pub struct HooksSubject {
    /// The runner.
    pub hooks: Arc<dyn HookRunner>,
    /// Removed with the subject.
    pub folder: tempfile::TempDir,
}

/// Enough for a small program on a busy machine.
const PLENTY: SignedDuration = SignedDuration::from_secs(30);

/// A hook of a shell script. It finds the arguments in `$1` and so on.
#[must_use]
pub fn script(text: &str, arguments: &[&str]) -> Hook {
    let arguments = ["-c", text, "sh"].iter().chain(arguments).map(|argument| (*argument).to_owned()).collect();
    Hook { point: HookPoint::Backup, program: "/bin/sh".into(), arguments, timeout: PLENTY }
}

/// A call as the engine makes it.
#[must_use]
pub fn a_call() -> HookCall {
    HookCall {
        schema: HookCall::SCHEMA,
        op: HookOperation::Do,
        key: "INC-2024-0115-001/1/backup:api-service".to_owned(),
        service: HookService { name: "api-service".into(), environment: "production".into() },
        from: Some(Version::new("v1.3.0")),
        to: Some(Version::new("v1.2.9")),
        deadline: "2024-01-15T15:31:00Z".parse().unwrap(),
    }
}

impl HooksSubject {
    async fn run(&self, text: &str) -> Result<HookAnswer, HookError> {
        self.hooks.call(&script(text, &[self.path("file").to_str().unwrap()]), &a_call()).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> String {
        fs::read_to_string(self.path("file")).unwrap()
    }
}

/// Waits for a number that a program writes.
pub async fn number_in(file: &Path) -> i32 {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(number) = fs::read_to_string(file).ok().filter(|text| text.ends_with('\n')) {
            return number.trim().parse().unwrap();
        }
        assert!(Instant::now() < patience, "nothing was written to {}", file.display());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a process has ended, whether or not somebody has asked for its status.
pub async fn has_ended(process: i32) {
    let patience = Instant::now() + Duration::from_secs(5);
    while is_alive(process) {
        assert!(Instant::now() < patience, "process {process} is still running");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process is there and not a mere entry of the table.
#[must_use]
pub fn is_alive(process: i32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { return false };
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.starts_with(['Z', 'X']));
    state == Some(false)
}

/// Each result comes back with its facts and its sentence.
pub async fn an_answer_is_told(subject: &HooksSubject) {
    for (word, result) in [
        ("done", HookResult::Done),
        ("not_done", HookResult::NotDone),
        ("blocked", HookResult::Blocked),
        ("unknown", HookResult::Unknown),
    ] {
        let text = format!(r#"printf '{{"result":"{word}","facts":{{"rows":"7"}},"message":"Seven – rows"}}\n\n'"#);
        let answer = subject.run(&text).await.unwrap();
        assert_eq!(
            (answer.result, answer.facts["rows"].as_str(), answer.message.as_str()),
            (result, "7", "Seven – rows")
        );
    }
    let bare = subject.run(r#"echo '{"result":"done"}'"#).await.unwrap();
    assert!(bare.facts.is_empty() && bare.message.is_empty());
}

/// The program reads one JSON object and then the end.
pub async fn the_call_is_one_object_on_standard_input(subject: &HooksSubject) {
    subject.run(r#"cat > "$1"; echo '{"result":"done"}'"#).await.unwrap();
    assert_eq!(serde_json::from_str::<HookCall>(&subject.file()).unwrap(), a_call());
}

/// Arguments are passed as they are: no shell reads them.
pub async fn arguments_are_passed_verbatim(subject: &HooksSubject) {
    let file = subject.path("file");
    let arguments = ["$(reboot)", "`id`", "; exit 1", "a  b", "*", "", "'\"\\", "ü\n日本", "-n", "$HOME", "%s"];
    let with_file: Vec<&str> = [file.to_str().unwrap()].into_iter().chain(arguments).collect();
    let hook = script(r#"f=$1; shift; printf '%s\000' "$@" > "$f"; echo '{"result":"done"}'"#, &with_file);
    subject.hooks.call(&hook, &a_call()).await.unwrap();
    let text = subject.file();
    let read: Vec<&str> = text.strip_suffix('\0').unwrap().split('\0').collect();
    assert_eq!(read, arguments);
}

/// The program finds nothing of the bot: no variables, no files, no folder.
pub async fn surroundings_are_clean(subject: &HooksSubject) {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "the bot has variables that a hook must not see");
    subject.run(r#"env > "$1"; pwd >> "$1"; ls /proc/self/fd >> "$1"; echo '{"result":"done"}'"#).await.unwrap();
    let file = subject.file();
    let mut lines: Vec<&str> = file.lines().map(|line| line.split_once('=').map_or(line, |(name, _)| name)).collect();
    // What the shell adds by itself.
    lines.retain(|line| !["PWD", "OLDPWD", "SHLVL", "_"].contains(line));
    lines.sort_unstable();
    // The fourth is the folder that `ls` reads.
    assert_eq!(lines, ["/", "0", "1", "2", "3", "LANG", "PATH", "TZ"]);
}

/// Another status than 0 is a failure, whatever was printed, and standard error says why.
pub async fn another_status_is_a_failure(subject: &HooksSubject) {
    let failed = subject.run(r#"echo '{"result":"done"}'; echo 'disk is full' >&2; exit 3"#).await.unwrap_err();
    let program = "/bin/sh".to_owned();
    assert_eq!(
        failed,
        HookError::Failed { program, status: "exit status: 3".to_owned(), output: "disk is full".to_owned() }
    );
}

/// So is an end by a signal.
pub async fn an_end_by_a_signal_is_a_failure(subject: &HooksSubject) {
    let failed = subject.run(r#"echo '{"result":"done"}'; kill -KILL $$"#).await.unwrap_err();
    let HookError::Failed { status, .. } = &failed else { panic!("{failed:?}") };
    assert!(status.starts_with("signal: 9"), "{status}");
}

/// What is not one object of the agreed shape is no answer.
pub async fn garbage_is_no_answer(subject: &HooksSubject) {
    for text in [
        "true",
        "echo done",
        r#"echo '["done", {}, ""]'"#,
        r#"echo '{"result":"done"'"#,
        r#"echo '{"result":"yes"}'"#,
        r#"echo '{"result":"done","facts":{"rows":7}}'"#,
        r#"echo '{"result":"done"}{"result":"done"}'"#,
        r#"printf '{"result":"done","message":"\377"}'"#,
    ] {
        let answer = subject.run(text).await;
        assert!(matches!(answer, Err(HookError::Garbled { .. })), "{text}: {answer:?}");
    }
}

/// What cannot be started is said so, and what is not named by its path is not looked for.
pub async fn what_cannot_be_started_is_told(subject: &HooksSubject) {
    for program in ["/no/such/program", "/etc/passwd", "/", "sh", "./sh", "bad\0name"] {
        let hook = Hook { program: program.into(), ..script("", &[]) };
        let answer = subject.hooks.call(&hook, &a_call()).await;
        assert!(matches!(answer, Err(HookError::Start { .. })), "{program}: {answer:?}");
    }
}

/// Secrets do not come back, neither in an answer nor as evidence.
pub async fn secrets_are_taken_out(subject: &HooksSubject) {
    let url = "postgres://app:hunter2@db/app";
    let text = format!(r#"echo '{{"result":"done","facts":{{"from":"{url}"}},"message":"password=hunter2"}}'"#);
    let answer = format!("{:?}", subject.run(&text).await.unwrap());
    let failure =
        format!("{:?}", subject.run(&format!("echo 'cannot connect to {url}' >&2; exit 1")).await.unwrap_err());
    let garbled = format!("{:?}", subject.run(r#"echo '{"result":"token=hunter2"}'"#).await.unwrap_err());
    for told in [answer, failure, garbled] {
        assert!(!told.contains("hunter2") && told.contains("[redacted]"), "{told}");
    }
}

/// A program that does not read is not waited for, nor one that reads late.
pub async fn a_program_need_not_read(subject: &HooksSubject) {
    assert_eq!(subject.run(r#"exec <&-; echo '{"result":"done"}'"#).await.unwrap().result, HookResult::Done);
    let late = subject.run(r#"sleep 0.2; cat > "$1"; echo '{"result":"done"}'"#).await.unwrap();
    assert_eq!(late.result, HookResult::Done);
    assert!(subject.file().contains("backup:api-service"));
}

/// Up to the limit output is taken, and beyond it the program is ended.
pub async fn a_flood_is_ended(subject: &HooksSubject) {
    let fits = subject.run(r#"head -c 65536 /dev/zero >&2; echo '{"result":"done"}'"#).await;
    assert_eq!(fits.unwrap().result, HookResult::Done);
    for text in
        [r#"echo $$ > "$1"; exec yes"#, r#"echo $$ > "$1"; exec yes >&2"#, r#"echo $$ > "$1"; head -c 65537 /dev/zero"#]
    {
        let answer = subject.run(text).await;
        assert!(matches!(answer, Err(HookError::Flooded { limit: 65536, .. })), "{text}: {answer:?}");
        has_ended(number_in(&subject.path("file")).await).await;
    }
}

/// A program that does not answer in time is ended, with what it started, whatever it ignores.
pub async fn a_program_that_hangs_is_ended(subject: &HooksSubject) {
    let file = subject.path("file");
    let text = r#"trap '' TERM INT HUP; sleep 1000 & echo $! > "$1"; wait"#;
    let hook = Hook { timeout: SignedDuration::from_millis(700), ..script(text, &[file.to_str().unwrap()]) };
    let started = Instant::now();
    let answer = subject.hooks.call(&hook, &a_call()).await;
    assert_eq!(answer, Err(HookError::TimedOut { program: "/bin/sh".to_owned(), seconds: 1 }));
    assert!(started.elapsed() < Duration::from_secs(5));
    has_ended(number_in(&file).await).await;
}

/// What a program leaves behind ends with the call and does not hold it up.
pub async fn what_is_left_behind_is_ended(subject: &HooksSubject) {
    let started = Instant::now();
    let answer = subject.run(r#"sleep 1000 & echo $! > "$1"; echo '{"result":"done"}'"#).await.unwrap();
    assert_eq!(answer.result, HookResult::Done);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    has_ended(number_in(&subject.path("file")).await).await;
}

/// A program may end its own group by the usual signals without taking its answer with it.
pub async fn a_program_may_end_its_own_group(subject: &HooksSubject) {
    let text = r#"trap '' TERM; sleep 1000 & echo $! > "$1"; kill -TERM 0; echo '{"result":"done"}'"#;
    assert_eq!(subject.run(text).await.unwrap().result, HookResult::Done);
    has_ended(number_in(&subject.path("file")).await).await;
}

/// A call that nobody waits for any more ends its program.
pub async fn a_dropped_call_ends_its_program(subject: &HooksSubject) {
    let file = subject.path("file");
    let hook = script(r#"sleep 1000 & echo $! > "$1"; wait"#, &[file.to_str().unwrap()]);
    let hooks = subject.hooks.clone();
    let call = tokio::spawn(async move { hooks.call(&hook, &a_call()).await });
    let child = number_in(&file).await;
    assert!(is_alive(child));
    call.abort();
    has_ended(child).await;
}

/// Calls at once do not meet: each has its own answer.
pub async fn calls_at_once_are_kept_apart(subject: &HooksSubject) {
    let hooks: Vec<Hook> = (0..16)
        .map(|number| script(r#"sleep 0.1; printf '{"result":"done","message":"%s"}' "$1""#, &[&number.to_string()]))
        .collect();
    let call = a_call();
    let answers = futures::future::join_all(hooks.iter().map(|hook| subject.hooks.call(hook, &call))).await;
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().message, number.to_string());
    }
}

/// Makes a test of each property for this subject.
#[macro_export]
macro_rules! hooks_conformance {
    ($subject:expr) => {
        $crate::properties!(
            hooks,
            $subject,
            [
                an_answer_is_told,
                the_call_is_one_object_on_standard_input,
                arguments_are_passed_verbatim,
                surroundings_are_clean,
                another_status_is_a_failure,
                an_end_by_a_signal_is_a_failure,
                garbage_is_no_answer,
                what_cannot_be_started_is_told,
                secrets_are_taken_out,
                a_program_need_not_read,
                a_flood_is_ended,
                a_program_that_hangs_is_ended,
                what_is_left_behind_is_ended,
                a_program_may_end_its_own_group,
                a_dropped_call_ends_its_program,
                calls_at_once_are_kept_apart,
            ]
        );
    };
}
