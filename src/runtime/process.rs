//! What this process asks of the system for itself: that nobody else looks into
//! its memory, neither while it runs nor after a crash. Knows nothing of what is
//! in there.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Closes this process' memory: it leaves no core file and, on Linux, no other
/// process of the same user may read it or attach to it. Whoever may read
/// everything on this machine still may.
///
/// A system that refuses does not stop the program. What it refused comes back,
/// as sentences for the administrator.
#[must_use]
pub fn harden() -> Vec<String> {
    let refusals = [
        told(no_core(), "a crash may leave gatehouse's memory, with secrets, in a file"),
        #[cfg(target_os = "linux")]
        told(not_readable(), "your other programs can read gatehouse's memory"),
    ];
    refusals.into_iter().flatten().collect()
}

fn told(done: io::Result<()>, what: &str) -> Option<String> {
    done.err().map(|error| format!("This system refuses a protection ({error}): {what}."))
}

/// The hard limit too, so that nothing we run or load can raise it again.
fn no_core() -> io::Result<()> {
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?)
}

/// It also closes what the limit does not: core files that go through a pipe.
#[cfg(target_os = "linux")]
fn not_readable() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_a_sentence() {
        assert_eq!(told(Ok(()), "x"), None);
        let refused = Err(io::Error::from(rustix::io::Errno::PERM));
        let sentence = told(refused, "a crash may leave a file").expect("a sentence");
        assert!(sentence.starts_with("This system refuses"), "{sentence}");
        assert!(sentence.ends_with(": a crash may leave a file."), "{sentence}");
    }
}
