//! A look into the memory of another process. Linux only: it reads `/proc`.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use super::needle::{Hit, Needle, lines};

const PAGE: usize = 4096;
/// The capability to look into any process: `CAP_SYS_PTRACE`.
const SYS_PTRACE: u32 = 19;

/// Whether this process may look into one that forbids it. Where it may not, a test
/// that has to says so and passes.
pub fn may_look() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    let may = set.is_some_and(|set| set >> SYS_PTRACE & 1 == 1);
    if !may {
        eprintln!("not looked into the program's memory: that needs CAP_SYS_PTRACE");
    }
    may
}

/// Looks for a secret in all memory of a process that can be read.
pub fn look(pid: Pid, needle: &Needle) -> Vec<Hit> {
    let folder = format!("/proc/{}", pid.as_raw_nonzero());
    let maps = fs::read_to_string(format!("{folder}/maps")).expect("its regions");
    let memory = File::open(format!("{folder}/mem")).expect("its memory");
    let mut hits = Vec::new();
    for line in maps.lines().filter(|line| is_memory(line)) {
        let (from, to) = bounds(line);
        let bytes = read(&memory, from, to);
        hits.extend(needle.search(&bytes).into_iter().map(|hit| {
            let near = &bytes[hit.at.saturating_sub(32)..bytes.len().min(hit.at + 64)];
            Hit { region: format!("{line}: {}", near.escape_ascii()), ..hit }
        }));
    }
    hits
}

/// Looks for such hits until there are as many as there should be: what is written
/// to the terminal is seen here a moment before the program goes on.
pub fn soon(number: usize, pid: Pid, needle: &Needle, such: impl Fn(&Hit) -> bool) -> Vec<Hit> {
    let end = Instant::now() + Duration::from_secs(1);
    loop {
        let mut hits = look(pid, needle);
        hits.retain(&such);
        if hits.len() == number {
            return hits;
        }
        assert!(Instant::now() < end, "{} instead of {number}:\n{}", hits.len(), lines(&hits));
    }
}

/// Whether a region can be read, and is memory of its own: neither a door to the system
/// nor a part of a file that it cannot write to, such as its code.
fn is_memory(line: &str) -> bool {
    let rights = line.split(' ').nth(1).unwrap_or_default();
    let of_a_file = line.contains(" /") && !rights.contains('w');
    rights.starts_with('r') && !of_a_file && !line.contains("[v")
}

fn bounds(line: &str) -> (u64, u64) {
    let (from, to) =
        line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
    let number = |hex| u64::from_str_radix(hex, 16).expect("an address");
    (number(from), number(to))
}

/// A region's bytes; zeroes for what cannot be read.
fn read(memory: &File, from: u64, to: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(to - from).expect("it fits")];
    let (mut place, mut at) = (from, 0);
    while at < bytes.len() {
        let step = match memory.read_at(&mut bytes[at..], place) {
            Ok(read @ 1..) => read,
            // It went meanwhile, or belongs to a device.
            Ok(0) | Err(_) => PAGE,
        };
        at += step;
        place += u64::try_from(step).expect("it fits");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const SECRET: &str = "mdb_sa_sk_Zk9_vQ2-xL7pWm4RtY8bNc3Hd6Gf1Js0Ae5Ui";

    #[test]
    fn the_memory_of_another_process_is_looked_through() {
        let mut child =
            Command::new("sleep").arg("60").env("PLANTED", SECRET).spawn().expect("it starts");
        let pid = Pid::from_child(&child);
        let hits = look(pid, &Needle::new(SECRET));
        let others = look(pid, &Needle::new("another secret that is nowhere"));
        child.kill().expect("ours");
        child.wait().expect("ours");
        assert!(hits.iter().any(|hit| hit.is_text() && hit.region.contains("[stack]")));
        assert_eq!(others, []);
    }
}
