//! The log of the built program: what it holds, that it is one line whatever happens,
//! that nothing secret stands in it, and when it is not written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gatehouse::atlas::Credential;
use gatehouse::emulator::{self, Emulator, Fault, Limits, Options, Plan};
use gatehouse::runtime::log::{Level, Log};
use jiff::Timestamp;

use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

const LEVELS: [&str; 4] = ["ERROR", "WARN", "INFO", "DEBUG"];

fn path(home: &Home) -> PathBuf {
    home.path().join(".local/state/gatehouse/gatehouse.log")
}

/// The lines of the log; each says when, whose it is, and how much it matters.
#[track_caller]
fn lines(home: &Home) -> Vec<String> {
    let text = fs::read_to_string(path(home)).expect("a log");
    assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "{text:?}");
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    for line in &lines {
        let mut words = line.split_whitespace();
        let time = words.next().map(str::parse::<Timestamp>);
        assert!(time.is_some_and(|time| time.is_ok()), "{line}");
        let process = words.next().map(str::parse::<u32>);
        assert!(process.is_some_and(|process| process.is_ok()), "{line}");
        assert!(words.next().is_some_and(|level| LEVELS.contains(&level)), "{line}");
    }
    lines
}

async fn atlas(options: Options) -> (Emulator, Credential) {
    let emulator = emulator::start(options).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    (emulator, credential)
}

/// Waits until the log tells this: not everything that is asked for is seen on the screen.
fn until_logged(session: &mut Session, home: &Home, words: &str) {
    let is_told = || fs::read_to_string(path(home)).is_ok_and(|log| log.contains(words));
    for _ in 0..1000 {
        if is_told() {
            return;
        }
        session.pass(Duration::from_millis(20));
    }
    panic!("{words} is never logged");
}

fn leave(mut session: Session) {
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_tells_what_was_done_and_only_where_somebody_wants_it() {
    let (emulator, credential) = atlas(Options::default()).await;
    for (arguments, wanted, unwanted) in [
        (&["--log"][..], &["INFO  start version=", "INFO  end"][..], &["DEBUG"][..]),
        (&["--log", "debug"], &["DEBUG ask call=1 ", "INFO  call GET "], &[]),
        (&["--log", "error"], &[], &["INFO", "WARN"]),
    ] {
        let home = Home::with(&credential, &emulator);
        let line = [&[GATEHOUSE], arguments].concat();
        let mut session = Session::run(home.clone(), &line, &[]);
        session.until_text("● live");
        leave(session);
        let log = lines(&home).join("\n");
        for words in wanted {
            assert!(log.contains(words), "{arguments:?}: {words} is not in\n{log}");
        }
        for words in unwanted {
            assert!(!log.contains(words), "{arguments:?}: {words} is in\n{log}");
        }
        let mode = fs::metadata(path(&home)).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
    let home = Home::with(&credential, &emulator);
    let mut session = Session::run(home.clone(), &[GATEHOUSE], &[]);
    session.until_text("● live");
    leave(session);
    assert!(!path(&home).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_tells_calls_with_status_and_code_and_shows_no_secret() {
    let (emulator, credential) = atlas(Options::default()).await;
    let home = Home::with(&credential, &emulator);
    emulator.plan(Plan {
        operation: Some("getOrgSettings".into()),
        path: None,
        times: usize::MAX / 2,
        does: Fault::Status { status: 403, code: "ORG_REQUIRES_ACCESS_LIST".into() },
    });
    let mut session = Session::run(home.clone(), &[GATEHOUSE, "--log", "debug"], &[]);
    session.until_text("● live");
    until_logged(&mut session, &home, "/settings status=");
    leave(session);
    let log = lines(&home).join("\n");
    let org = emulator.organization();
    let call = format!("call GET /api/atlas/v2/orgs/{org}/serviceAccounts status=200 ms=");
    assert!(log.contains(&call), "{log}");
    assert!(log.contains("/settings status=403 "), "{log}");
    assert!(log.contains("code=ORG_REQUIRES_ACCESS_LIST"), "{log}");
    assert!(log.contains(credential.public_part().as_str()), "it is the log of this credential");
    for secret in [secret_of(&credential), "Bearer", "eyJ"] {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
}

/// Each line of the log of this session, without its time, which tell one subject.
fn told<'a>(log: &'a [String], subject: &str) -> Vec<&'a str> {
    log.iter().filter_map(|line| line.get(33..)).filter(|line| line.contains(subject)).collect()
}

/// Two gatehouses may write on at once, and what is read behind the list is read of one row.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_line_says_whose_it_is_and_what_it_is_about() {
    let (emulator, credential) = atlas(Options::default()).await;
    let home = Home::with(&credential, &emulator);
    let start = || {
        let mut session = Session::run(home.clone(), &[GATEHOUSE, "--log", "debug"], &[]);
        session.until_text("\u{25cf} live");
        session
    };
    let (one, other) = (start(), start());
    let processes = [one.pid(), other.pid()].map(|pid| format!(" {:7} ", pid.as_raw_nonzero()));
    leave(one);
    leave(other);
    let log = lines(&home);
    for process in processes {
        let own = log.iter().filter(|line| line.contains(&process));
        assert_eq!(own.filter(|line| line.ends_with(" INFO  end")).count(), 1, "{log:#?}");
    }
    let of_rows: Vec<_> =
        told(&log, "the access list").into_iter().filter(|it| it.contains("ask call=")).collect();
    assert!(of_rows.iter().all(|line| line.contains(" of ")), "{of_rows:#?}");
    assert!(of_rows.iter().any(|line| line.contains(credential.public_part().as_str())));
}

/// What became of turning to another credential: whether the question of trust was
/// answered, or left.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_tells_what_became_of_the_question_of_trust() {
    let (emulator, credential) = atlas(Options::default()).await;
    let home = Home::with(&credential, &emulator);
    let profiles = home.path().join(".config/atlascli/config.toml");
    let far = "[far]\nops_manager_url = 'https://far.invalid/'\nclient_id = 'mdb_sa_id_650000000000000000000001'\nclient_secret = 'mdb_sa_sk_x'\n";
    let text = fs::read_to_string(&profiles).expect("read") + far;
    fs::write(&profiles, text).expect("written");
    let line = [GATEHOUSE, "--profile", "default", "--log"];
    let mut session = Session::run(home.clone(), &line, &[]);
    session.until_text("\u{25cf} live");
    session.press("W");
    session.until_text("far");
    session.press("/far\r\r");
    session.until_text("Is this your Atlas?");
    session.press_esc("Is this your Atlas?");
    session.until_text("Credentials");
    session.press("\r");
    session.until_text("Is this your Atlas?");
    session.press("far.invalid\r");
    session.until_text("far.invalid \u{b7} service account");
    leave(session);
    let log = lines(&home);
    let number = |line: &str| line.rsplit_once("session=").map(|(_, id)| id.to_owned());
    let [first, second] = [0, 1].map(|at| number(told(&log, "turn to far")[at]).expect("one"));
    let asked = "; trust in https://far.invalid is asked for";
    let steps = [
        format!("INFO  turn to far session={first}"),
        format!("INFO  credential ready session={first}{asked}"),
        format!("INFO  credential not turned to session={first}"),
        format!("INFO  turn to far session={second}"),
        format!("INFO  credential ready session={second}{asked}"),
        "INFO  trusted: mdb_sa_id_650000000000000000000001 to https://far.invalid".to_owned(),
        format!("INFO  new session={second}"),
    ];
    let mut rest = log.iter().filter_map(|line| line.get(33..));
    for step in steps {
        assert!(rest.any(|line| line == step), "{step}:\n{log:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn hostile_answers_forge_no_line() {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let (emulator, credential) = atlas(options).await;
    let home = Home::with(&credential, &emulator);
    let forged =
        "\n2026-01-01T00:00:00.000Z INFO  forged \u{1b}[2J\u{202e}mdb_sa_sk_abcdefghijklmnopqrst";
    emulator.plan(Plan {
        operation: Some("getOrgSettings".into()),
        path: None,
        times: usize::MAX / 2,
        does: Fault::Status { status: 400, code: forged.into() },
    });
    emulator.patch(|store| store.main().expect("there").name = forged.into());
    let mut session = Session::run(home.clone(), &[GATEHOUSE, "--log", "debug"], &[]);
    session.until_text("● live");
    until_logged(&mut session, &home, "/settings status=");
    leave(session);
    let log = lines(&home);
    assert!(log.iter().any(|line| line.contains("code=") && line.contains("forged")), "{log:#?}");
    let begins = |line: &&String| line.contains(" forged") && line.starts_with("2026-01-01");
    assert_eq!(log.iter().filter(begins).count(), 0, "{log:#?}");
    assert!(!log.concat().contains("abcdefghijklmnopqrst"), "{log:#?}");
    assert!(!log.concat().contains('\u{202e}'), "{log:#?}");
}

/// What stands where the log is to be written, and words by which it is told.
type Case = (&'static str, fn(&Path), &'static str);

#[test]
fn what_must_not_be_written_on_is_told_and_left_alone() {
    let table: [Case; 5] = [
        ("open to others", |file| write(file, 0o644), "chmod 600"),
        ("a link", |file| symlink("/dev/null", file).expect("a link"), "symbolic link"),
        ("a folder", |file| fs::create_dir(file).expect("a folder"), ""),
        (
            "a pipe",
            |file| {
                let made = Command::new("mkfifo").arg(file).status();
                assert!(made.is_ok_and(|status| status.success()));
            },
            "",
        ),
        (
            "another's",
            |file| {
                write(file, 0o600);
                if rustix::process::geteuid().is_root() {
                    std::os::unix::fs::chown(file, Some(12345), None).expect("given away");
                } else {
                    write(file, 0o666);
                }
            },
            "is not trusted",
        ),
    ];
    for (what, befall, words) in table {
        let home = tempfile::tempdir().expect("a home");
        let file = home.path().join("gatehouse.log");
        befall(&file);
        let before = format!("{:?}", fs::symlink_metadata(&file).expect("there").file_type());
        let Err(why) = Log::open(home.path(), Level::Info) else { panic!("{what} is written on") };
        assert!(why.contains("gatehouse.log") && why.contains(words), "{what}: {why}");
        let after = format!("{:?}", fs::symlink_metadata(&file).expect("there").file_type());
        assert_eq!(before, after, "{what}");
    }
}

fn write(file: &Path, mode: u32) {
    fs::write(file, "before\n").expect("written");
    fs::set_permissions(file, Permissions::from_mode(mode)).expect("a mode");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn where_it_cannot_be_written_that_is_told_and_the_program_goes_on() {
    let (emulator, credential) = atlas(Options::default()).await;
    let home = Home::with(&credential, &emulator);
    fs::create_dir_all(path(&home)).expect("a folder where the log belongs");
    let mut session = Session::run(home, &[GATEHOUSE, "--log"], &[]);
    session.until_text("● live");
    session.until_text("No log is written");
    leave(session);
}

#[test]
fn the_next_session_writes_on_where_the_last_one_ended() {
    let home = tempfile::tempdir().expect("a home");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("one");
    for number in 0..2 {
        let log = Log::open(home.path(), Level::Info).expect("a log");
        log.write(Level::Info, || format!("session {number}"));
        runtime.block_on(log.end());
    }
    let text = fs::read_to_string(home.path().join("gatehouse.log")).expect("a log");
    let ends: Vec<_> = text.lines().filter_map(|line| line.get(39..)).collect();
    assert_eq!(ends, ["session 0", "end", "session 1", "end"]);
}
