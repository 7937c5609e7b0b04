//! The built program on a pseudo-terminal of 100 x 30: what is pressed, and what comes.

use std::fs;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, SlavePty, native_pty_system};

use crate::GATEHOUSE;

/// Silence after which a frame counts as whole; it is not part of the time.
pub const QUIET: Duration = Duration::from_millis(15);
/// How each frame begins, and how it ends: then the terminal shows it.
const FRAME: &[u8] = b"\x1b[?2026h";
const SHOWN: &[u8] = b"\x1b[?2026l";

/// A running program with its terminal.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    started: Instant,
    _slave: Box<dyn SlavePty + Send>,
}

/// What came of a key.
pub struct Press {
    /// From the press to the settled frame.
    pub time: Duration,
    pub bytes: usize,
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// What came until the line was quiet.
pub struct Output {
    /// When the last change was shown that is not the header's: what stands there of a
    /// refresh, which comes by itself, is no answer to a key.
    pub last: Option<Instant>,
    pub bytes: usize,
    pub frames: usize,
}

impl Session {
    pub fn start(arguments: &[&str], environment: &[(String, String)]) -> Self {
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(GATEHOUSE);
        command.args(arguments);
        command.env_clear();
        let home = std::env::temp_dir().join("gatehouse-bench");
        fs::create_dir_all(&home).expect("a home");
        command.env("HOME", home);
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

    /// When the screen first showed `text`, since the start.
    pub fn until(&mut self, text: &str) -> Duration {
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

    /// Takes in output until the line is quiet.
    pub fn settle(&mut self, quiet: Duration) -> Output {
        let (mut written, mut shown, mut last) = (Vec::new(), self.below_header(), None);
        while let Ok((at, chunk)) = self.output.recv_timeout(quiet) {
            self.screen.process(&chunk);
            written.extend(chunk);
            if written.ends_with(SHOWN) {
                let before = std::mem::replace(&mut shown, self.below_header());
                last = if before == shown { last } else { Some(at) };
            }
        }
        let begun = written.windows(FRAME.len()).filter(|bytes| *bytes == FRAME);
        Output { last, bytes: written.len(), frames: begun.count() }
    }

    /// What the terminal shows but for its first line.
    fn below_header(&self) -> Vec<String> {
        let screen = self.screen.screen();
        let (_, columns) = screen.size();
        screen.rows_formatted(0, columns.into()).skip(1).collect()
    }

    /// Presses keys at once; nothing where nothing came of them.
    pub fn press(&mut self, keys: &str) -> Option<Press> {
        self.press_for(QUIET, keys)
    }

    /// The same where the frame may be long in coming.
    pub fn press_for(&mut self, quiet: Duration, keys: &str) -> Option<Press> {
        let before = Instant::now();
        self.keyboard.write_all(keys.as_bytes()).expect("it reads");
        let output = self.settle(quiet);
        output.last.map(|last| Press { time: last - before, bytes: output.bytes })
    }

    /// Presses keys one after the other without waiting; from the last of them to the
    /// settled frame, and how many frames there were.
    pub fn burst(&mut self, key: &str, times: usize) -> (Duration, usize) {
        for _ in 0..times {
            self.keyboard.write_all(key.as_bytes()).expect("it reads");
        }
        let pressed = Instant::now();
        // What comes of the rows in sight is asked about only once the keys have ended.
        let output = self.settle(3 * QUIET);
        let lag =
            output.last.map_or(Duration::ZERO, |last| last.saturating_duration_since(pressed));
        (lag, output.frames)
    }

    fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Resident memory in megabytes.
    pub fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("/proc");
        let kib = field(&status, "VmRSS").expect("VmRSS");
        f64::from(u32::try_from(kib).expect("less than a terabyte")) * 1024.0 / 1e6
    }

    /// Time on a processor so far, and how often it was woken, over all threads.
    pub fn processor(&self) -> (Duration, u64) {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).expect("/proc");
        let tasks: Vec<_> = tasks.filter_map(Result::ok).map(|task| task.path()).collect();
        let nanos = tasks.iter().filter_map(|task| {
            let stat = fs::read_to_string(task.join("schedstat")).ok()?;
            stat.split_whitespace().next()?.parse::<u64>().ok()
        });
        let woken = tasks.iter().filter_map(|task| {
            field(&fs::read_to_string(task.join("status")).ok()?, "voluntary_ctxt_switches")
        });
        (Duration::from_nanos(nanos.sum()), woken.sum())
    }
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
