//! A new secret in the built program: the keys that ask for it, and what the server
//! knows of it. The emulator runs in the test, so that the true secret is known.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::emulator::{self, Emulator, Options};
use tokio::task::JoinSet;

use super::needle::Needle;
use super::pty::{GATEHOUSE, Home, Session};

/// A question hears nothing for a quarter of a second after it came up.
pub const DEAF: Duration = Duration::from_millis(300);
/// One frame, or one answer, on a machine that has much to do. By itself a secret is hidden
/// after 15 s.
pub const AT_ONCE: Duration = Duration::from_secs(5);
/// The keys that let it go to the screen only.
pub const TO_THE_SCREEN: &str = "G\r";
pub const NO_FILES: [PathBuf; 0] = [];
/// The folders in its home that are the session's: kept in memory, and passing.
const RUNTIME: &str = "run";
const PASSING: &str = "tmp";

/// An emulator, and a home from which it is called: everything that a program may
/// write to lies in there.
pub struct Stage {
    pub emulator: Emulator,
    pub home: Home,
}

impl Stage {
    pub async fn begin() -> Self {
        let emulator = emulator::start(Options::default()).await.expect("an emulator");
        let credential = emulator.service_account().expect("a credential");
        let home = Home::with(&credential, &emulator);
        for name in [RUNTIME, PASSING] {
            DirBuilder::new().mode(0o700).create(home.path().join(name)).expect("a folder");
        }
        Self { emulator, home }
    }

    /// Writes gatehouse's own configuration.
    pub fn configure(&self, text: &str) {
        let folder = self.home.path().join(".config/gatehouse");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("config.toml"), text).expect("written");
    }

    /// What it is told of this home, and to say all that it can.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let folder = |name: &str| self.home.path().join(name).display().to_string();
        vec![
            ("XDG_RUNTIME_DIR", folder(RUNTIME)),
            ("TMPDIR", folder(PASSING)),
            ("RUST_LOG", "trace".into()),
            ("RUST_BACKTRACE", "full".into()),
        ]
    }

    /// Starts the program by this command line, until its list is there.
    pub fn run(&self, line: &[&str], environment: &[(&str, &str)]) -> Session {
        let ours = self.environment();
        let ours = ours.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = ours.chain(environment.iter().copied()).collect();
        let mut session = Session::run(self.home.clone(), line, &all);
        session.until_text(" of 16");
        session
    }

    pub fn start(&self) -> Session {
        self.run(&[GATEHOUSE], &[])
    }

    /// The secrets of the account that gets new ones, the newest last.
    pub fn secrets(&self) -> Vec<String> {
        self.emulator.patch(|store| {
            let account = store.account("pagerduty").expect("an account");
            account.secrets.sort_by_key(|secret| secret.created);
            account.secrets.iter().map(|secret| secret.value.expose_secret().to_owned()).collect()
        })
    }

    /// The secret that was made last.
    pub fn newest(&self) -> String {
        self.secrets().pop().expect("a secret")
    }

    /// The private key of the API key with this description.
    pub fn key(&self, description: &str) -> String {
        self.emulator.patch(|store| {
            let key = store.key(description).expect("an API key");
            key.private_key.expose_secret().to_owned()
        })
    }

    /// The files in its home that hold anything of a secret.
    pub fn files_with(&self, secret: &str) -> Vec<PathBuf> {
        let needle = Needle::new(secret);
        let mut files = files(self.home.path());
        files.retain(|path| !needle.search(&fs::read(path).expect("a file")).is_empty());
        files.sort();
        files
    }
}

/// Tries every case on a stage of its own, all at once: most of the time they wait. One
/// that fails is told once all have ended.
pub async fn each<T: Send + 'static>(
    cases: impl IntoIterator<Item = T>,
    check: impl Fn(T, &Stage) + Copy + Send + 'static,
) {
    let mut checks = JoinSet::new();
    for case in cases {
        let stage = Stage::begin().await;
        checks.spawn_blocking(move || check(case, &stage));
    }
    let mut failed = None;
    while let Some(checked) = checks.join_next().await {
        failed = failed.or(checked.err());
    }
    if let Some(failed) = failed {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// Goes to where a new secret's place is chosen.
pub fn choose_place(session: &mut Session) {
    session.press("/pagerduty\rs");
    session.until_text("how long it lives");
    session.press("\r");
    session.until_text("Where shall the secret go?");
}

/// Agrees to what is asked. One key only: where it is not heard as an agreement, it
/// would copy the secret.
pub fn agree(session: &mut Session) {
    session.until_text("y go on");
    pass_deafness(session);
    session.press("y");
}

/// Waits until a secret that is shown can be copied: what agrees copies too, but not at
/// once.
pub fn pass_agreement(session: &mut Session) {
    session.pass(Duration::from_millis(1_200));
}

/// Waits until what is on the screen hears keys.
pub fn pass_deafness(session: &mut Session) {
    session.pass(DEAF);
}

/// Makes a new secret of the account, by the keys that choose its place.
pub fn make(session: &mut Session, place: &str) {
    choose_place(session);
    session.press(place);
    agree(session);
    session.until_text("shown this once");
}

/// The keys that let it go into a new file.
pub fn to_file(path: &Path) -> String {
    format!("\r\x15{}\r", path.display())
}

/// Says that the secret is at hand, by its end.
pub fn acknowledge(session: &mut Session, secret: &str) {
    session.press("q");
    session.until_text("Type its last 4");
    session.press(&format!("{}\r", &secret[secret.len() - 4..]));
    session.until("the list", |screen| !screen.contents().contains("shown this once"));
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            match fs::symlink_metadata(&path).expect("it is there").file_type() {
                kind if kind.is_dir() => files(&path),
                kind if kind.is_file() => vec![path],
                _ => Vec::new(),
            }
        })
        .collect()
}
