//! The built program on a pseudo-terminal, driven by keys and watched from outside.

use std::ffi::OsString;
use std::fs::{self, DirEntry, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gatehouse::atlas::Credential;
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::emulator::Emulator;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::fs::OFlags;
use rustix::process::Pid;
use tempfile::TempDir;

pub const GATEHOUSE: &str = env!("CARGO_BIN_EXE_gatehouse");

/// Nothing may take longer than this; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Where it is at home, and what an Atlas CLI left there. Clones are the same place.
#[derive(Clone)]
pub struct Home(Arc<TempDir>);

impl Home {
    pub fn empty() -> Self {
        Self(Arc::new(tempfile::tempdir().expect("a home")))
    }

    /// A home with a profile of the Atlas CLI for this emulator.
    pub fn with(credential: &Credential, emulator: &Emulator) -> Self {
        let home = Self::empty();
        let folder = home.path().join(".config/atlascli");
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("config.toml");
        fs::write(&file, profile(credential, emulator)).expect("a profile");
        fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("for its owner");
        home
    }

    /// Writes gatehouse's own `config.toml`.
    pub fn configure(&self, config: &str) {
        let folder = self.path().join(if cfg!(target_os = "macos") {
            "Library/Application Support/gatehouse"
        } else {
            ".config/gatehouse"
        });
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("config.toml"), config).expect("written");
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where the lists of the last session are kept.
    pub fn lists(&self) -> PathBuf {
        let cache = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        self.path().join(cache).join("gatehouse/lists")
    }

    /// The files there.
    pub fn kept_lists(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.lists()).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// What lies in it, hidden things included.
    pub fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let name = |entry: DirEntry| entry.file_name().display().to_string();
        entries.map(|entry| name(entry.expect("an entry"))).collect()
    }

    /// Gives it, and all that is in it, to another user.
    #[cfg(target_os = "linux")]
    pub fn give_to(&self, user: u32) {
        let mut left = vec![self.path().to_owned()];
        while let Some(path) = left.pop() {
            std::os::unix::fs::chown(&path, Some(user), Some(user)).expect("another owner");
            let inside = fs::read_dir(&path).into_iter().flatten();
            left.extend(inside.map(|entry| entry.expect("an entry").path()));
        }
    }
}

fn profile(credential: &Credential, emulator: &Emulator) -> String {
    let [id, secret] = match credential {
        Credential::ServiceAccount { .. } => ["client_id", "client_secret"],
        Credential::ApiKey { .. } => ["public_api_key", "private_api_key"],
    };
    format!(
        "version = 2\n[default]\norg_id = '{}'\nops_manager_url = '{}/'\n{id} = '{}'\n\
         {secret} = '{}'\n",
        emulator.organization(),
        emulator.base_url(),
        credential.public_part(),
        secret_of(credential),
    )
}

/// The half of a credential that nobody may see.
pub fn secret_of(credential: &Credential) -> &str {
    match credential {
        Credential::ServiceAccount { client_secret: secret, .. }
        | Credential::ApiKey { private_key: secret, .. } => secret.expose_secret(),
    }
}

/// The program, and a terminal that shows what it writes.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    /// `None` once it was closed.
    master: Option<Box<dyn MasterPty + Send>>,
    /// The program's end: it stays open, as a shell would keep it.
    _slave: Box<dyn SlavePty + Send>,
    keyboard: Box<dyn Write + Send>,
    pub output: Receiver<Vec<u8>>,
    /// Reads what is written for as long as somebody wants it.
    reader: Option<JoinHandle<()>>,
    screen: vt100::Parser,
    /// Every byte that was written.
    pub transcript: Vec<u8>,
    before: String,
    pub home: Home,
}

impl Session {
    /// Starts `gatehouse` with these arguments in an empty home.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::run(Home::empty(), &[&[GATEHOUSE], arguments].concat(), environment)
    }

    /// Runs this command line in this home, which is its working directory too.
    pub fn run(home: Home, line: &[&str], environment: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::from_argv(line.iter().map(OsString::from).collect());
        command.cwd(home.path());
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
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
        let reader = std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().expect("its keyboard");
        let screen = vt100::Parser::new(nonzero(30), nonzero(100), 0);
        Self {
            child,
            master: Some(pair.master),
            _slave: pair.slave,
            keyboard,
            output,
            reader: Some(reader),
            screen,
            transcript: Vec::new(),
            before,
            home,
        }
    }

    pub fn pid(&self) -> Pid {
        let pid = self.child.process_id().expect("it runs");
        Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id")
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("it reads");
        self.keyboard.flush().expect("it reads");
    }

    /// Esc closes what shows `text`. The next key must wait until then: together
    /// they would be one key with alt.
    pub fn press_esc(&mut self, text: &str) {
        self.press("\x1b");
        self.until("esc", |screen| !screen.contents().contains(text));
    }

    /// What the program wants to hear of the mouse.
    pub fn mouse(&self) -> vt100::MouseProtocolMode {
        self.screen.screen().mouse_protocol_mode()
    }

    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Takes in output until the screen is as wanted.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let came = self.within(PATIENCE, wanted);
        assert!(came, "{what} never came:\n{}", self.text());
    }

    /// Takes in output until the screen is as wanted, for so long at most; whether it
    /// is then.
    pub fn within(&mut self, time: Duration, wanted: impl Fn(&vt100::Screen) -> bool) -> bool {
        let end = Instant::now() + time;
        while !wanted(self.screen.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => return false,
                // The terminal was closed: time passes all the same.
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(left);
                    return false;
                }
            }
        }
        true
    }

    pub fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.transcript.extend_from_slice(bytes);
    }

    pub fn until_text(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    pub fn resize(&mut self, rows: u16, cols: u16) {
        self.screen.screen_mut().set_size(nonzero(rows), nonzero(cols));
        self.master()
            .resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 })
            .expect("it takes a size");
    }

    fn master(&self) -> &dyn MasterPty {
        &**self.master.as_ref().expect("the terminal is open")
    }

    /// Closes the terminal, as a window is closed. What is written from now on goes
    /// nowhere.
    pub fn hang_up(&mut self) {
        self.output = channel().1;
        // Whatever is written there wakes the reader, which then sees that nobody listens.
        let name = self.master().tty_name().expect("a name");
        let flags = i32::try_from(OFlags::NOCTTY.bits()).expect("flags");
        let terminal = OpenOptions::new().write(true).custom_flags(flags).open(name);
        terminal.and_then(|mut terminal| terminal.write_all(b" ")).expect("it is written");
        let reader = self.reader.take().expect("the terminal is open");
        reader.join().expect("it reads to the end");
        self.keyboard = Box::new(std::io::sink());
        self.master = None;
    }

    /// Takes in output for so long.
    pub fn pass(&mut self, time: Duration) {
        self.within(time, |_| false);
    }

    /// Waits for the end and takes in what was written until then.
    pub fn end(&mut self) -> portable_pty::ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            // Output is waited for, so that the program is never blocked on it.
            self.pass(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                // Its last words are still on their way to us.
                self.pass(Duration::from_millis(20));
                return status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.text());
        }
    }

    /// The terminal is as it was before: main screen, visible cursor, no modes,
    /// cooked. Nothing of what was drawn is left for those terminals that would take it
    /// over to the main screen after they were resized, as tmux does.
    pub fn is_given_back(&self) {
        let screen = self.screen.screen();
        let written = String::from_utf8_lossy(&self.transcript);
        let wiped = written.rmatch_indices("\x1b[2J\x1b[?1049l").next();
        assert_eq!(wiped.map(|(at, _)| at + 4), written.rfind("\x1b[?1049l"), "it is not wiped");
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(modes(self.master()), self.before, "the terminal's modes differ");
    }
}

/// The modes of its terminal, by the words of `stty`.
#[cfg(target_os = "linux")]
impl Session {
    fn stty(&self, words: &[&str]) -> String {
        let terminal = self.master().tty_name().expect("it has a name");
        let mut stty = std::process::Command::new("stty");
        let output = stty.arg("-F").arg(terminal).args(words).output().expect("stty");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Sets modes, as a shell does.
    pub fn set_modes(&self, words: &str) {
        self.stty(&words.split(' ').collect::<Vec<_>>());
    }

    /// Takes in output until it has all of these.
    pub fn until_modes(&mut self, words: &str) {
        let begun = std::time::Instant::now();
        loop {
            let modes = self.stty(&["-a"]);
            let has = |word: &str| modes.split([' ', '\n', ';']).any(|it| it == word);
            if words.split(' ').all(has) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{words} never came: {modes}");
            self.within(std::time::Duration::from_millis(20), |_| false);
        }
    }
}

/// What the tests need that kill it.
#[cfg(target_os = "linux")]
impl Session {
    /// Takes in output until the screen is as wanted, or the program is no more; whether
    /// it came to that.
    pub fn reaches(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> bool {
        let (glance, end) = (Duration::from_millis(20), Instant::now() + PATIENCE);
        loop {
            // What it wrote before its end is still to be read.
            let ended = self.child.try_wait().expect("it is ours").is_some();
            while let Ok(bytes) = self.output.recv_timeout(glance) {
                self.take(&bytes);
                if wanted(self.screen.screen()) {
                    return true;
                }
            }
            if wanted(self.screen.screen()) || ended {
                return wanted(self.screen.screen());
            }
            assert!(Instant::now() < end, "{what} never came:\n{}", self.text());
        }
    }

    /// Kills it, as the system does that runs out of memory; its home stays.
    pub fn kill(&mut self) {
        rustix::process::kill_process(self.pid(), rustix::process::Signal::KILL).expect("it runs");
        self.end();
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
