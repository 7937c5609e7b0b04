//! What a person at the keyboard waits for, measured from outside: the built
//! program on a pseudo-terminal of 100 × 30, against an emulator in a process of
//! its own. Prints the README's table. Linux only: it reads `/proc`.
//!
//! `cargo bench --bench terminal`, or with `-- write` to write the README's table.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child as PtyChild, CommandBuilder, PtySize, native_pty_system};

const GATEHOUSE: &str = env!("CARGO_BIN_EXE_gatehouse");
const SIZES: [usize; 3] = [20, 10_000, 100_000];
/// Key presses measured at each size.
const PRESSES: usize = 200;
/// Silence after which a frame counts as whole; it is not part of the time.
const QUIET: Duration = Duration::from_millis(15);
const IDLE: Duration = Duration::from_secs(10);
const STARTS: usize = 9;

/// A running program with its terminal.
struct Session {
    child: Box<dyn PtyChild + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    started: Instant,
    _slave: Box<dyn portable_pty::SlavePty + Send>,
}

impl Session {
    fn start(arguments: &[&str], environment: &[(String, String)]) -> Self {
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(GATEHOUSE);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", std::env::temp_dir());
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 20];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send((Instant::now(), buffer[..read].to_vec())).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().expect("its keyboard");
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("it starts");
        std::mem::forget(pair.master);
        let (rows, columns) = (30.try_into().expect("rows"), 100.try_into().expect("columns"));
        let screen = vt100::Parser::new(rows, columns, 0);
        Self { child, keyboard, output, screen, started, _slave: pair.slave }
    }

    /// When the screen first showed `text`.
    fn until(&mut self, text: &str) -> Duration {
        loop {
            let (at, bytes) =
                self.output.recv_timeout(Duration::from_mins(2)).unwrap_or_else(|_| {
                    panic!("{text} never came: {}", self.screen.screen().contents())
                });
            self.screen.process(&bytes);
            if self.screen.screen().contents().contains(text) {
                return at - self.started;
            }
        }
    }

    /// Takes in output until the line is quiet; the last write's time and the
    /// number of bytes.
    fn settle(&mut self, quiet: Duration) -> (Option<Instant>, usize) {
        let (mut last, mut bytes) = (None, 0);
        while let Ok((at, chunk)) = self.output.recv_timeout(quiet) {
            self.screen.process(&chunk);
            (last, bytes) = (Some(at), bytes + chunk.len());
        }
        (last, bytes)
    }

    /// Presses keys; time from the press to the settled frame, and its bytes.
    fn press(&mut self, keys: &str) -> Option<(Duration, usize)> {
        let before = Instant::now();
        self.keyboard.write_all(keys.as_bytes()).expect("it reads");
        let (last, bytes) = self.settle(QUIET);
        last.map(|last| (last - before, bytes))
    }

    fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Resident memory in MiB.
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("/proc");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("VmRSS");
        let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u32>().ok());
        f64::from(kib.expect("a number")) / 1024.0
    }

    /// Time on a processor so far, over all threads.
    fn processor(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).expect("/proc");
        let nanos = tasks.filter_map(|task| {
            let stat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            stat.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An emulator in a process of its own.
struct Emulator {
    child: Child,
    environment: Vec<(String, String)>,
}

impl Emulator {
    fn start(accounts: usize) -> Self {
        let mut child = Command::new(GATEHOUSE)
            .args(["emulator", "--keys", "8", "--accounts", &accounts.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let environment = out
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| {
                let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .take(6)
            .collect();
        Self { child, environment }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn start_of_the_demo() -> f64 {
    let start = || {
        let mut session = Session::start(&["--demo"], &[]);
        millis(session.until("1 of 16"))
    };
    start();
    median((0..STARTS).map(|_| start()).collect())
}

/// One row of the table.
fn measure(accounts: usize) -> String {
    let emulator = Emulator::start(accounts);
    let environment: Vec<_> = emulator
        .environment
        .iter()
        .filter(|(name, _)| !name.ends_with("API_KEY"))
        .cloned()
        .collect();
    let mut session = Session::start(&[], &environment);
    let full = session.until(&format!("1 of {accounts} "));
    session.settle(Duration::from_secs(3));
    let mut moves = Vec::new();
    let mut scrolls = Vec::new();
    for press in 0..PRESSES {
        // The cursor goes to the bottom of the window first; then the list scrolls.
        let kept = if press < 12 { &mut moves } else { &mut scrolls };
        kept.extend(session.press("j"));
        session.settle(QUIET);
    }
    if scrolls.is_empty() {
        scrolls.clone_from(&moves);
    }
    let all: Vec<_> = moves.iter().chain(&scrolls).copied().collect();
    let mut times: Vec<_> = all.iter().map(|(time, _)| millis(*time)).collect();
    times.sort_by(f64::total_cmp);
    let bytes = |of: &[(Duration, usize)]| {
        median(of.iter().map(|(_, bytes)| f64::from(u32::try_from(*bytes).unwrap_or(0))).collect())
    };
    session.settle(Duration::from_secs(1));
    let before = session.processor();
    let written = session.settle(IDLE).1;
    let idle = millis(session.processor().saturating_sub(before));
    format!(
        "| {accounts} | {:.0} | {:.2} / {:.2} | {:.0} / {:.0} | {:.0} | {idle:.1}, {written} |\n",
        millis(full),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        bytes(&moves),
        bytes(&scrolls),
        session.memory(),
    )
}

fn main() {
    let mut table = format!(
        "From start to the demo's full list: {:.0} ms (emulator started, signed in, first page \
         read and drawn; median of {STARTS}).\n\n",
        start_of_the_demo()
    );
    table.push_str(
        "| rows | start to full list, ms | key to frame, ms (median / p99) | bytes per key \
         (cursor / scroll) | memory, MiB | idle for 10 s: ms of processor, bytes |\n\
         |--:|--:|--:|--:|--:|--:|\n",
    );
    for accounts in SIZES {
        let _ = write!(table, "{}", measure(accounts));
    }
    println!("{table}");
    if std::env::args().any(|argument| argument == "write") {
        write_readme(&table);
    }
}

fn write_readme(table: &str) {
    let (begin, end) = ("<!-- speed -->\n", "<!-- end of speed -->");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).expect("a README");
    let (head, rest) = readme.split_once(begin).expect("the mark");
    let (_, tail) = rest.split_once(end).expect("the mark");
    fs::write(path, format!("{head}{begin}{table}{end}{tail}")).expect("it is written");
}
