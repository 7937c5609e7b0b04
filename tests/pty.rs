//! The built program on a pseudo-terminal: what a person at a keyboard gets.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// Nothing may take longer than this; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program, and a terminal that shows what it writes.
struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Every byte that was written.
    transcript: Vec<u8>,
    before: String,
}

impl Session {
    /// Starts `gatehouse` with these arguments in a home of its own.
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let home = tempfile::tempdir().expect("a home");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gatehouse"));
        command.args(arguments);
        command.env_clear();
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("TZ", "UTC");
        for (name, value) in environment {
            command.env(name, value);
        }
        let before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("it starts");
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().expect("its keyboard");
        let screen = vt100::Parser::new(nonzero(30), nonzero(100), 0);
        let master = pair.master;
        // The slave stays open, as a shell would keep it.
        std::mem::forget(pair.slave);
        Self { child, master, keyboard, output, screen, transcript: Vec::new(), before }
    }

    fn pid(&self) -> Pid {
        let pid = self.child.process_id().expect("it runs");
        Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id")
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("it reads");
        self.keyboard.flush().expect("it reads");
    }

    /// Esc closes what shows `text`. The next key must wait until then: together
    /// they would be one key with alt.
    fn press_esc(&mut self, text: &str) {
        self.press("\x1b");
        self.until("esc", |screen| !screen.contents().contains(text));
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Takes in output until the screen is as wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wanted(self.screen.screen()) {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{what} never came:\n{}", self.text())
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.transcript.extend_from_slice(bytes);
    }

    fn until_text(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    fn resize(&mut self, rows: u16, cols: u16) {
        self.screen.screen_mut().set_size(nonzero(rows), nonzero(cols));
        self.master
            .resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 })
            .expect("it takes a size");
    }

    /// Waits for the end and takes in what was written until then.
    fn end(&mut self) -> portable_pty::ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            // Output is waited for, so that the program is never blocked on it.
            while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(50)) {
                self.take(&bytes);
            }
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.text());
        }
    }

    /// The terminal is as it was before: main screen, visible cursor, no modes,
    /// cooked.
    fn is_given_back(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(modes(&*self.master), self.before, "the terminal's modes differ");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn nonzero(number: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(number).expect("not nothing")
}

/// The terminal's modes, to compare.
fn modes(master: &dyn MasterPty) -> String {
    let termios = master.get_termios().expect("modes");
    format!(
        "{:?} {:?} {:?} {:?}",
        termios.input_flags, termios.output_flags, termios.control_flags, termios.local_flags
    )
}

#[test]
fn a_newcomer_walks_through_the_demo() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    session.press("jjjj");
    session.until_text("5 of 16");
    session.press("\r");
    session.until_text("Client ID");
    session.until_text("Projects");
    session.press_esc("Client ID");
    session.press("\t");
    session.until_text("[API Keys 8]");
    session.press("\r");
    session.until_text("API Key Details");
    session.press("q");
    session.until_text("1 of 8");

    session.resize(12, 60);
    session.until("a small screen", |screen| screen.contents().contains("[Keys 8]"));
    session.resize(4, 30);
    session.until_text("needs 40 × 8");
    session.resize(40, 160);
    session.until_text("CREATED");

    session.press("/jenk");
    session.until_text("/ jenk");
    session.press_esc("/ jenk");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

#[test]
fn ctrl_z_lends_the_terminal_to_the_shell() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    session.press("j");
    session.until_text("2 of 16");
    session.press("\x1a");
    session.until("the main screen", |screen| !screen.alternate_screen());
    let (_, status) = waitpid(Some(session.pid()), WaitOptions::UNTRACED)
        .expect("it is ours")
        .expect("it stopped");
    assert!(status.stopped(), "{status:?}");
    session.is_given_back();

    kill_process(session.pid(), Signal::CONT).expect("it goes on");
    session.until("the program again", vt100::Screen::alternate_screen);
    session.until_text("2 of 16");
    session.press("j");
    session.until_text("3 of 16");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let mut session = Session::start(&["--demo"], &[]);
        session.until_text("1 of 16");
        kill_process(session.pid(), signal).expect("it listens");
        let status = session.end();
        assert_eq!(i32::try_from(status.exit_code()).ok(), Some(128 + signal.as_raw()));
        session.is_given_back();
    }
}

#[test]
fn without_colour_no_colour_is_written() {
    for (arguments, environment) in
        [(&["--demo"][..], &[("NO_COLOR", "1")][..]), (&["--demo", "--color", "never"], &[])]
    {
        let mut session = Session::start(arguments, environment);
        session.until_text("1 of 16");
        session.press("jj\r");
        session.until_text("Client ID");
        session.press_esc("Client ID");
        session.press("q");
        session.end();
        let written = String::from_utf8_lossy(&session.transcript).into_owned();
        for sequence in written.split("\x1b[").skip(1) {
            let end = sequence.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(0);
            let (codes, last) = sequence.split_at(end);
            if !last.starts_with('m') {
                continue;
            }
            assert!(!codes.is_empty() || !written.contains("\x1b[;m"), "an empty colour");
            for code in codes.split(';').filter_map(|code| code.parse::<u16>().ok()) {
                // 39, 49 and 59 give back the terminal's own.
                let colour = (30..=49).contains(&code) || (90..=107).contains(&code) || code == 58;
                assert!(!colour || matches!(code, 39 | 49), "ESC[{codes}m sets a colour");
            }
        }
    }
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    // Details still fill in behind, unseen; then there is silence.
    let quiet = Duration::from_millis(1500);
    let end = Instant::now() + PATIENCE;
    while let Ok(bytes) = session.output.recv_timeout(quiet) {
        session.take(&bytes);
        assert!(Instant::now() < end, "it never falls silent");
    }
    session.press("j");
    session.until_text("2 of 16");
    assert!(session.output.recv_timeout(quiet).is_err(), "bytes without a reason");
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .arg("--demo")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("a terminal is needed"), "{error}");
}

#[test]
fn without_a_credential_the_first_screen_leads_to_the_demo() {
    let mut session = Session::start(&[], &[]);
    session.until_text("No credential for MongoDB Atlas was found.");
    session.press("\r");
    session.until_text("1 of 16");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}
