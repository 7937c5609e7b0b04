//! Another process under `strace`, which can let its system calls fail, or kill it at
//! one of them. Linux only, where strace is installed and may attach.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::pty::PATIENCE;

const LOOK: Duration = Duration::from_millis(1);

/// strace at work on a process. It ends with the process, or lets it go when dropped.
pub struct Strace(Child);

impl Strace {
    /// Attaches to all threads of a process; `None` where that is not possible here.
    pub fn attach(pid: Pid, log: &Path, arguments: &[&str]) -> Option<Self> {
        let mut strace = Command::new("strace")
            .args(["-f", "-qq", "-o"])
            .arg(log)
            .args(arguments)
            .args(["-p", &pid.as_raw_nonzero().to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let end = Instant::now() + PATIENCE;
        while !is_attached(pid, strace.id()) {
            if strace.try_wait().expect("it is ours").is_some() {
                return None;
            }
            assert!(Instant::now() < end, "strace does not attach");
            std::thread::sleep(LOOK);
        }
        Some(Self(strace))
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait()
            && let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw)
        {
            // It detaches first, which it could not if it were killed.
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.0.wait();
    }
}

/// Whether this process traces all threads of that one.
fn is_attached(pid: Pid, tracer: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero()));
    let line = format!("TracerPid:\t{tracer}\n");
    threads.is_ok_and(|mut threads| {
        threads.all(|thread| {
            let status = thread.map(|thread| fs::read_to_string(thread.path().join("status")));
            status.is_ok_and(|status| status.is_ok_and(|status| status.contains(&line)))
        })
    })
}

/// Whether there is a strace here that may attach to a process of ours, even to one
/// that forbids it to others. Where there is none, a test that needs it says so and passes.
pub fn is_there() -> bool {
    let works = Command::new("strace").arg("-V").output().is_ok_and(|it| it.status.success());
    if !works {
        eprintln!("not tried: strace is not installed");
    }
    works && super::memory::may_look()
}

/// A system call in a log, and the lines at which it begins and ends.
#[derive(Debug)]
pub struct Call {
    pub text: String,
    pub begins: usize,
    pub ends: usize,
}

/// The system calls in a log, in the order in which they began.
pub fn calls(log: &Path) -> Vec<Call> {
    let log = fs::read_to_string(log).expect("a log");
    let lines: Vec<_> = log.lines().filter_map(|line| line.split_once(' ')).collect();
    let begun = lines.iter().enumerate().filter(|(_, (_, text))| !text.contains(" resumed>"));
    let call = |(begins, (thread, text)): (usize, &(&str, &str))| {
        let rest = lines.iter().enumerate().skip(begins);
        let mut own = rest.filter(|(_, (other, _))| other == thread);
        let later = usize::from(text.ends_with("<unfinished ...>"));
        let ends = own.nth(later).map_or(usize::MAX, |(at, _)| at);
        Call { text: text.trim_start().to_owned(), begins, ends }
    };
    begun.map(call).collect()
}

/// The names of the system calls in a log.
pub fn names(log: &Path) -> BTreeSet<String> {
    let name = |call: &Call| {
        let (name, _) = call.text.split_once('(')?;
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        plain.then(|| name.to_owned())
    };
    calls(log).iter().filter_map(name).collect()
}
