//! What other processes can see of the running program, and what a crash leaves.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

use gatehouse::emulator::{self, Options};
use rustix::process::{Pid, Signal, WaitOptions, getuid, kill_process, waitpid};

use crate::support::pty::{GATEHOUSE, Home, Session};

/// Two users who are nobody on this machine.
const STRANGERS: [&str; 2] = ["12345", "12346"];
/// Lifts the limit on core files as far as it goes, and becomes what follows.
const LIFT: [&str; 4] = ["sh", "-c", "ulimit -c unlimited 2>/dev/null; exec \"$@\"", "sh"];

/// Becomes another user, and then what follows.
fn become_user(user: &'static str) -> Vec<&'static str> {
    vec!["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
}

/// What starts the program as a user who may not see everything, and other
/// processes that want to look into it. `None` where there is no such way.
fn lines_of_users() -> Option<Vec<Vec<&'static str>>> {
    if !getuid().is_root() {
        return Some(vec![Vec::new()]);
    }
    let lines = STRANGERS.map(become_user).to_vec();
    let works = run(&[&lines[0][..], &[GATEHOUSE, "--version"]].concat());
    works.is_ok_and(|status| status.is_ok()).then_some(lines)
}

/// Runs a command line; what it says where it fails.
fn run(line: &[&str]) -> std::io::Result<Result<(), String>> {
    let output = Command::new(line[0]).args(&line[1..]).env("LC_ALL", "C").output()?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(if output.status.success() { Ok(()) } else { Err(error) })
}

/// What becomes of reading a file of a process this way.
fn read(by: &[&str], pid: Pid, file: &str) -> Result<(), String> {
    let path = format!("/proc/{}/{file}", pid.as_raw_nonzero());
    run(&[by, &["cat", &path]].concat()).expect("it runs")
}

/// A program that forbids nothing, run by this user.
fn sleep(user: Option<u32>) -> Child {
    let mut command = Command::new("sleep");
    command.arg("60").stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command.spawn().expect("it starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_other_process_reads_its_memory_or_its_environment() {
    let Some(users) = lines_of_users() else {
        eprintln!("not tried as another user: that needs setpriv, and a build within reach");
        return;
    };
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let home = Home::with(&emulator.service_account().expect("it has one"), &emulator);
    let user = getuid().is_root().then(|| STRANGERS[0].parse().expect("a number"));
    if let Some(user) = user {
        home.give_to(user);
    }
    let mut session = Session::run(home, &[&users[0][..], &[GATEHOUSE]].concat(), &[]);
    session.until_text("1 of 16");
    for user in &users {
        for file in ["environ", "maps", "mem"] {
            let read = read(user, session.pid(), file);
            let refused = read.as_ref().is_err_and(|why| why.contains("Permission denied"));
            assert!(refused, "{user:?} reads {file}: {read:?}");
        }
    }
    // Of a program that does not forbid it, the same user reads it.
    let mut open = sleep(user);
    let pid = Pid::from_child(&open);
    let control = ["environ", "maps"].map(|file| read(&users[0], pid, file));
    open.kill().expect("ours");
    open.wait().expect("ours");
    assert_eq!(control, [Ok(()), Ok(())]);
}

#[test]
fn a_crash_leaves_no_core_file() {
    let mut session =
        Session::run(Home::empty(), &[&LIFT[..], &[GATEHOUSE, "--demo"]].concat(), &[]);
    session.until_text("1 of 16");
    let limits = format!("/proc/{}/limits", session.pid().as_raw_nonzero());
    let limits = std::fs::read_to_string(limits).expect("its limits");
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).expect("it");
    assert_eq!(core.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);

    kill_process(session.pid(), Signal::ABORT).expect("it runs");
    let (_, status) =
        waitpid(Some(session.pid()), WaitOptions::empty()).expect("ours").expect("dead");
    assert_eq!(status.terminating_signal(), Some(Signal::ABORT.as_raw()));
    let status = std::process::ExitStatus::from_raw(status.as_raw());
    assert!(!status.core_dumped());
    assert_eq!(session.home.entries(), [] as [String; 0]);
    if !leaves_a_core() {
        eprintln!("no program leaves a core file on this machine, so that gatehouse has it easy");
    }
}

/// Whether a program that does not forbid it leaves one here.
fn leaves_a_core() -> bool {
    let home = Home::empty();
    let mut command = Command::new(LIFT[0]);
    command.args(&LIFT[1..]).args(["sh", "-c", "kill -ABRT $$"]).current_dir(home.path());
    command.status().expect("it runs").core_dumped()
}
