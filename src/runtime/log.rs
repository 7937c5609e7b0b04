//! The log: what gatehouse did, line by line, where `--log` asks for it. Nobody waits for
//! it: lines go to a thread that writes, and those that it cannot keep up with are
//! counted and dropped.
//!
//! A line is one line whatever stands in it, and secrets are masked once more. Bodies,
//! headers and what was typed are never given to it.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use clap::ValueEnum;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::folder::Folder;
use super::input::Incoming;
use crate::app::Event;
use crate::atlas::Clean;
use crate::atlas::client::{Observer, Seen};
use crate::atlas::redact::redact;

/// The file that is written, and what becomes of it once it is full.
const FILE: &str = "gatehouse.log";
const BEFORE: &str = "gatehouse.log.1";
/// A file is full with so many bytes.
const MOST_BYTES: u64 = 5 << 20;
/// No line is longer, in characters.
const LONGEST: usize = 2_000;
/// So many lines wait to be written at most.
const MOST_WAITING: usize = 4_096;

/// What is still to be written when the program ends is waited for so long.
const LAST_LINES: Duration = Duration::from_secs(2);

/// How much is written. Each level holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Level {
    /// What failed.
    Error,
    /// What may need somebody.
    Warn,
    /// Each call, each change, each session.
    Info,
    /// What was decided, too.
    Debug,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        })
    }
}

enum Job {
    Line(String),
    End,
}

/// Where lines are given to. Clones are the same log; one that is off takes none.
#[derive(Clone, Default)]
pub struct Log(Option<Arc<Inner>>);

struct Inner {
    level: Level,
    path: PathBuf,
    jobs: SyncSender<Job>,
    dropped: Arc<AtomicU64>,
    /// Who is told that it cannot be written.
    told: Arc<OnceLock<UnboundedSender<Incoming>>>,
    writing: Mutex<Option<JoinHandle<()>>>,
}

impl Log {
    /// A log that keeps nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// Writes on in the log of this folder, which is made where it is not there yet.
    ///
    /// # Errors
    /// Why it cannot be written, in a sentence.
    pub fn open(folder: &Path, level: Level) -> Result<Self, String> {
        let sheet = Sheet::open(Folder::open(folder)?, MOST_BYTES)?;
        Ok(Self::to(sheet, folder.join(FILE), level, MOST_WAITING))
    }

    fn to(sheet: impl Paper + Send + 'static, path: PathBuf, level: Level, room: usize) -> Self {
        let (jobs, todo) = sync_channel(room);
        let (dropped, told) = (Arc::<AtomicU64>::default(), Arc::<OnceLock<_>>::default());
        let (lost, tell) = (dropped.clone(), told.clone());
        let thread = thread::Builder::new().name("log".into());
        let thread = thread.spawn(move || write(todo, sheet, &lost, &tell));
        let writing = Mutex::new(thread.ok());
        Self(Some(Arc::new(Inner { level, path, jobs, dropped, told, writing })))
    }

    /// Where it is written.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.as_deref().map(|inner| inner.path.as_path())
    }

    /// Tells these, once, where it cannot be written.
    pub fn tell(&self, events: UnboundedSender<Incoming>) {
        if let Some(inner) = &self.0 {
            let _ = inner.told.set(events);
        }
    }

    /// Writes a line, if so much is wanted. Never waits.
    pub fn write(&self, level: Level, words: impl FnOnce() -> String) {
        let Some(inner) = self.0.as_ref().filter(|inner| level <= inner.level) else { return };
        let words: String = redact(&words()).chars().take(LONGEST).collect();
        let words = Clean::from(words);
        let at = Timestamp::now();
        // By its number one process is told from another that writes here too.
        let process = std::process::id();
        let line = format!("{at:.3} {process:7} {level:5} {words}\n");
        if inner.jobs.try_send(Job::Line(line)).is_err() {
            inner.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Hears of each call of a client.
    #[must_use]
    pub fn observer(&self) -> Observer {
        let log = self.clone();
        Arc::new(move |seen| {
            let level = if seen.trouble.is_some() { Level::Warn } else { Level::Info };
            log.write(level, || call(seen));
        })
    }

    /// Waits until everything is written, but for a disk that hangs. What is given to it
    /// afterwards is lost.
    pub async fn end(self) {
        self.write(Level::Info, || "end".to_owned());
        let _ = timeout(LAST_LINES, spawn_blocking(move || self.finish())).await;
    }

    fn finish(&self) {
        let Some(inner) = &self.0 else { return };
        let _ = inner.jobs.send(Job::End);
        let writing = inner.writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writing) = writing {
            let _ = writing.join();
        }
    }
}

/// A call, in a line.
fn call(seen: &Seen) -> String {
    let Seen { method, path, attempt, bytes, .. } = seen;
    let status = seen.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    let took = seen.took.as_millis();
    let code = seen.code.as_ref().map(|code| format!(" code={code}")).unwrap_or_default();
    let trouble = seen.trouble.as_ref().map(|trouble| format!(": {trouble}")).unwrap_or_default();
    format!(
        "call {method} {path} status={status} ms={took} bytes={bytes} try={attempt}{code}{trouble}"
    )
}

/// What lines are written on.
trait Paper {
    fn put(&mut self, line: &str) -> io::Result<()>;
}

fn write(
    todo: Receiver<Job>,
    mut paper: impl Paper,
    dropped: &AtomicU64,
    told: &OnceLock<UnboundedSender<Incoming>>,
) {
    let mut failed = false;
    for job in todo {
        let Job::Line(line) = job else { return };
        let lost = dropped.swap(0, Ordering::Relaxed);
        let gap = (lost > 0).then(|| format!("... {lost} lines were dropped: the disk is slow\n"));
        let put = gap.into_iter().chain([line]).try_for_each(|line| paper.put(&line));
        if let (Err(error), false, Some(events)) = (&put, failed, told.get()) {
            let words = format!("The log cannot be written ({error}); gatehouse goes on.");
            let _ = events.send(Incoming::Event(Event::Warning(words)));
            failed = true;
        }
    }
}

/// The file, and the folder in which it gets out of the way once it is full.
struct Sheet {
    folder: Folder,
    file: File,
    most: u64,
}

impl Sheet {
    fn open(folder: Folder, most: u64) -> Result<Self, String> {
        let file = folder.append(FILE)?;
        Ok(Self { folder, file, most })
    }
}

impl Paper for Sheet {
    fn put(&mut self, line: &str) -> io::Result<()> {
        if self.file.metadata()?.len() + line.len() as u64 > self.most {
            // Another gatehouse may have done so already.
            if self.folder.is_still(FILE, &self.file) {
                self.folder.rename(FILE, BEFORE).map_err(io::Error::other)?;
            }
            self.file = self.folder.append(FILE).map_err(io::Error::other)?;
        }
        self.file.write_all(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn lines(folder: &Path, name: &str) -> Vec<String> {
        let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn only_what_is_wanted_is_written_and_each_line_says_when() {
        for (level, expected) in
            [(Level::Error, 1), (Level::Warn, 2), (Level::Info, 3), (Level::Debug, 4)]
        {
            let home = tempfile::tempdir().expect("a home");
            let log = Log::open(home.path(), level).expect("a log");
            for level in [Level::Error, Level::Warn, Level::Info, Level::Debug] {
                log.write(level, || "words".into());
            }
            log.finish();
            let lines = lines(home.path(), FILE);
            assert_eq!(lines.len(), expected, "{level}");
            for line in lines {
                let (time, rest) = line.split_once(' ').expect("a time");
                assert!(time.parse::<Timestamp>().is_ok(), "{line}");
                assert!(rest.ends_with(" words"), "{line}");
            }
        }
    }

    #[test]
    fn whatever_is_written_stays_one_line_and_shows_no_secret() {
        let home = tempfile::tempdir().expect("a home");
        let log = Log::open(home.path(), Level::Info).expect("a log");
        let hostile = [
            "a\nb",
            "a\r\n2026-01-01T00:00:00Z INFO forged",
            "\u{1b}[2J",
            "a\u{2028}b",
            "a\u{202e}b",
            "\u{9b}31m",
            "Bearer 0123456789abcdef0123456789abcdef",
            "mdb_sa_sk_abcdefghijklmnop",
        ];
        for text in hostile {
            log.write(Level::Info, || text.into());
        }
        log.finish();
        let text = fs::read_to_string(home.path().join(FILE)).expect("a log");
        assert_eq!(text.lines().count(), hostile.len(), "{text}");
        assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "{text:?}");
        for hidden in ["0123456789abcdef", "abcdefghijklmnop", "\u{202e}", "\u{2028}"] {
            assert!(!text.contains(hidden), "{text:?}");
        }
    }

    #[test]
    fn a_full_file_makes_room_once() {
        let home = tempfile::tempdir().expect("a home");
        let folder = Folder::open(home.path()).expect("ours");
        let mut sheet = Sheet::open(folder, 100).expect("a file");
        for number in 0..100 {
            sheet.put(&format!("line {number}\n")).expect("written");
        }
        let (now, before) = (lines(home.path(), FILE), lines(home.path(), BEFORE));
        assert_eq!(now.last().map(String::as_str), Some("line 99"));
        let all: Vec<_> = before.iter().chain(&now).cloned().collect();
        let first = 100 - all.len();
        let expected: Vec<_> = (first..100).map(|number| format!("line {number}")).collect();
        assert_eq!(all, expected, "nothing is lost between the two");
        for name in [FILE, BEFORE] {
            let about = fs::metadata(home.path().join(name)).expect("there");
            assert!(about.len() <= 100);
            assert_eq!(about.permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn two_that_write_the_same_file_keep_each_others_lines() {
        let home = tempfile::tempdir().expect("a home");
        let open = || Sheet::open(Folder::open(home.path()).expect("ours"), 60).expect("a file");
        let (mut one, mut other) = (open(), open());
        for number in 0..5 {
            one.put(&format!("one {number}\n")).expect("written");
            other.put(&format!("other {number}\n")).expect("written");
        }
        let all = [lines(home.path(), BEFORE), lines(home.path(), FILE)].concat();
        assert_eq!(all.len(), 10, "{all:?}");
    }

    /// A disk that is full until it is told otherwise.
    struct Full(Arc<Mutex<(bool, Vec<String>)>>);

    impl Paper for Full {
        fn put(&mut self, line: &str) -> io::Result<()> {
            let (full, lines) = &mut *self.0.lock().expect("whole");
            if *full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            lines.push(line.to_owned());
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_once_and_nothing_else_happens() {
        let disk = Arc::new(Mutex::new((true, Vec::new())));
        let log = Log::to(Full(disk.clone()), PathBuf::new(), Level::Info, 16);
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
        log.tell(sender);
        for _ in 0..3 {
            log.write(Level::Info, || "x".into());
        }
        let Some(Incoming::Event(Event::Warning(words))) = told.blocking_recv() else {
            panic!("nothing is told")
        };
        assert!(words.starts_with("The log cannot be written"), "{words}");
        log.finish();
        drop(log);
        assert!(told.blocking_recv().is_none(), "it is told once");
        assert!(disk.lock().expect("whole").1.is_empty());
    }

    #[test]
    fn what_cannot_be_kept_up_with_is_counted() {
        let disk = Arc::new(Mutex::new((false, Vec::new())));
        let log = Log::to(Full(disk.clone()), PathBuf::new(), Level::Info, 1);
        {
            // The disk hangs: whoever writes goes on.
            let _hangs = disk.lock().expect("whole");
            for number in 0..50 {
                log.write(Level::Info, || number.to_string());
            }
        }
        log.write(Level::Info, || "after".into());
        log.finish();
        let lines = &disk.lock().expect("whole").1;
        let gap = lines.iter().find_map(|line| line.strip_prefix("... ")?.split(' ').next());
        let lost: usize = gap.expect("it is said").parse().expect("a number");
        assert!(lost >= 47, "{lines:?}");
    }
}
