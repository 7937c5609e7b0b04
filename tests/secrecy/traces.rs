//! What a new secret leaves behind on its way to its place: in what is written to the
//! terminal, in files, in command lines and environments.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::memory::may_look;
use crate::support::needle::{Needle, lines};
use crate::support::new_secret::{
    DEAF, NO_FILES, Stage, TO_THE_SCREEN, acknowledge, each, make, pass_agreement, to_file,
};
use crate::support::pty::{GATEHOUSE, PATIENCE, Session};

/// Nothing of a secret stands in these bytes.
fn is_not_in(bytes: &[u8], secret: &str) {
    let hits = Needle::new(secret).search(bytes);
    assert!(hits.is_empty(), "{}", lines(&hits));
}

/// Leaves it from the list.
fn leave(session: &mut Session) {
    session.press_esc("/ pagerduty");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

/// The command lines and environments of all processes that can be seen.
fn processes() -> Vec<u8> {
    let entries = fs::read_dir("/proc").expect("processes").flatten();
    let of = |path: PathBuf| ["cmdline", "environ"].map(|name| fs::read(path.join(name)));
    // Some end meanwhile.
    entries.flat_map(|entry| of(entry.path())).flatten().flatten().collect()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_secret_that_goes_into_a_file_is_in_that_file_only() {
    let stage = Stage::begin().await;
    let path = stage.home.path().join("kept");
    let mut session = stage.start();
    make(&mut session, &to_file(&path));
    session.until_text("● Saved:");
    let secret = stage.newest();
    // Its own environment is closed to others.
    if may_look() {
        let seen = processes();
        assert!(has(&seen, "RUST_BACKTRACE=full"), "it is among them");
        is_not_in(&seen, &secret);
    }
    session.press_esc("shown this once");
    leave(&mut session);
    is_not_in(&session.transcript, &secret);
    assert_eq!(stage.files_with(&secret), [path]);
}

/// What a command that takes a secret writes down about itself, in a folder of its own;
/// then it waits until it is let go.
const TAKE: &str = r#"
cat > "$2/kept"
tr '\0' '\n' < /proc/$$/cmdline > "$2/arguments"
tr '\0' '\n' < /proc/$$/environ > "$2/environment"
exec > "$2/open"
ls /proc/$$/fd
: > "$2/ready"
until [ -e "$2/go" ]; do sleep 0.02; done
"#;

/// Waits for a file.
fn until_there(path: &Path) {
    let end = Instant::now() + PATIENCE;
    while !path.exists() {
        assert!(Instant::now() < end, "{} never came", path.display());
        thread::sleep(Duration::from_millis(10));
    }
}

/// Lets a script take secrets. Its arguments are the account's name and this folder.
fn configure(stage: &Stage, script: &str) -> PathBuf {
    let folder = stage.home.path().join("taker");
    fs::create_dir(&folder).expect("a folder");
    let place = folder.display();
    stage.configure(&format!(
        "[hand_over.taker]\ncommand = ['sh', '-c', '''{script}''', 'sh', '{{name}}', '{place}']\n"
    ));
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_command_gets_the_secret_on_its_standard_input_and_nothing_else_of_ours() {
    let stage = Stage::begin().await;
    let folder = configure(&stage, TAKE);
    // The credential of the environment counts before that of the profile.
    let lines = stage.emulator.export_lines().replace("export ", "");
    let ours: Vec<_> = lines
        .lines()
        .filter(|line| !line.contains("API_KEY"))
        .filter_map(|line| line.split_once('='))
        .collect();
    let own = ours.iter().find(|(name, _)| name.ends_with("_CLIENT_SECRET")).expect("it is set").1;
    let mut session = stage.run(&[GATEHOUSE], &ours);
    make(&mut session, "\r");
    until_there(&folder.join("ready"));
    let secret = stage.newest();
    let seen = processes();
    assert!(has(&seen, "/taker"), "its command line can be seen");
    is_not_in(&seen, &secret);
    fs::write(folder.join("go"), "").expect("written");
    session.until_text("● Saved:");
    session.press_esc("shown this once");
    leave(&mut session);

    let said = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    assert_eq!(said("kept").trim_end(), secret);
    assert_eq!(stage.files_with(&secret), [folder.join("kept")]);
    is_not_in(&session.transcript, &secret);
    assert!(said("arguments").contains("\npagerduty\n"));
    let environment = said("environment");
    assert!(environment.contains("HOME="), "{environment}");
    assert!(!environment.contains("MONGODB_ATLAS_"), "{environment}");
    is_not_in(environment.as_bytes(), own);
    assert_eq!(said("open").split_whitespace().collect::<Vec<_>>(), ["0", "1", "2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_command_says_of_the_secret_is_not_repeated() {
    let stage = Stage::begin().await;
    let script = r#"
secret=$(cat)
echo "refused: $secret"
echo "refused: $secret" >&2
printf %s "$secret" | base64 >&2
exit 3
"#;
    configure(&stage, script);
    let mut session = stage.start();
    make(&mut session, "\r");
    session.until_text("✖ Not saved.");
    session.until_text("refused: ***");
    let secret = stage.newest();
    acknowledge(&mut session, &secret);
    leave(&mut session);
    is_not_in(&session.transcript, &secret);
    assert_eq!(stage.files_with(&secret), NO_FILES);
}

/// What stands in the log of a stage.
fn log(stage: &Stage) -> String {
    let path = stage.home.path().join(".local/state/gatehouse/gatehouse.log");
    fs::read_to_string(path).expect("a log")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_log_tells_of_a_secret_and_never_tells_it() {
    let line = [GATEHOUSE, "--log", "debug"];
    let stage = Stage::begin().await;
    let path = stage.home.path().join("kept");
    let mut session = stage.run(&line, &[]);
    make(&mut session, &to_file(&path));
    session.until_text("● Saved:");
    let secret = stage.newest();
    session.press_esc("shown this once");
    leave(&mut session);
    assert_eq!(stage.files_with(&secret), [path], "where it is, it is found");
    for told in ["/secrets status=201", "hand over note=", "to a file", "secret delivered note="] {
        assert!(log(&stage).contains(told), "{told} is not in\n{}", log(&stage));
    }

    // A command says it aloud, and somebody looks at it.
    let stage = Stage::begin().await;
    configure(&stage, "secret=$(cat); echo \"refused: $secret\" >&2; exit 3");
    let mut session = stage.run(&line, &[]);
    make(&mut session, "\r");
    session.until_text("✖ Not saved.");
    session.press("v");
    session.until_text("mdb_sa_sk_");
    let secret = stage.newest();
    acknowledge(&mut session, &secret);
    leave(&mut session);
    assert!(!Needle::new(&secret).search(&session.transcript).is_empty(), "it was shown");
    assert_eq!(stage.files_with(&secret), NO_FILES);
    assert!(log(&stage).contains("secret not delivered note="), "{}", log(&stage));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_the_screen_a_secret_is_written_only_by_the_keys_that_say_so() {
    let keys =
        [("", "••••", None), ("v", "mdb_sa_sk_", Some("text")), ("y", "Sent to", Some("base64"))];
    each(keys, |(key, shows, form), stage| {
        let mut session = stage.start();
        make(&mut session, TO_THE_SCREEN);
        let secret = stage.newest();
        is_not_in(&session.transcript, &secret);
        pass_agreement(&mut session);
        session.press(key);
        session.until_text(shows);
        acknowledge(&mut session, &secret);
        leave(&mut session);
        let hits = Needle::new(&secret).search(&session.transcript);
        let forms: Vec<_> = hits.iter().filter(|hit| hit.is_whole()).map(|hit| hit.form).collect();
        assert_eq!(forms, form.as_slice(), "{key}: {}", lines(&hits));
        assert!(!session.text().contains(&secret));
        assert_eq!(stage.files_with(&secret), NO_FILES);
    })
    .await;
}

/// Whether there is such a tool on this machine. Where there is none, a test that needs
/// it says so and passes.
fn is_there(tool: &str) -> bool {
    let there = Command::new(tool).arg("-V").output().is_ok();
    if !there {
        eprintln!("not tried under {tool}: it is not installed");
    }
    there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_recorded_session_holds_no_secret_that_was_not_shown() {
    if !is_there("script") {
        return;
    }
    each([false, true], |reveal, stage| {
        let [kept, record] = ["kept", "record"].map(|name| stage.home.path().join(name));
        let line = ["script", "-q", "-c", GATEHOUSE, &record.display().to_string()];
        let mut session = stage.run(&line, &[]);
        make(&mut session, &to_file(&kept));
        session.until_text("● Saved:");
        let secret = stage.newest();
        if reveal {
            session.press("v");
            session.until_text(&secret);
        }
        session.press_esc("shown this once");
        leave(&mut session);
        assert!(has(&fs::read(&record).expect("a record"), "pagerduty"), "it was recorded");
        let expected = if reveal { vec![kept, record] } else { vec![kept] };
        assert_eq!(stage.files_with(&secret), expected);
    })
    .await;
}

/// A tmux of its own, with one window, whose output is kept in a file too.
struct Tmux<'a> {
    stage: &'a Stage,
}

impl<'a> Tmux<'a> {
    fn start(stage: &'a Stage, pipe: &Path) -> Self {
        let tmux = Self { stage };
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "sh"]);
        tmux.run(&["pipe-pane", &format!("cat > '{}'", pipe.display())]);
        tmux
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.args(["-L", "gatehouse"]).args(arguments).env_clear();
        let home = self.stage.home.path();
        // Its socket is in there too: no other tmux has it.
        command.current_dir(home).env("HOME", home).env("TMUX_TMPDIR", home);
        for name in ["PATH", "LANG"] {
            command.env(name, std::env::var_os(name).unwrap_or_default());
        }
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        command.envs(self.stage.environment());
        command.output().expect("it runs")
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn press(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = self.run(&["capture-pane", "-p"]);
            if wanted(&text) {
                return;
            }
            assert!(Instant::now() < end, "{what} never came:\n{text}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn until_text(&self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    /// Makes a new secret that goes into this file.
    fn make_into(&self, path: &Path) {
        self.press(&[GATEHOUSE, "Enter"]);
        self.until_text(" of 16");
        self.press(&["/pagerduty", "Enter", "s"]);
        self.until_text("how long it lives");
        self.press(&["Enter"]);
        self.until_text("Where shall the secret go?");
        self.press(&["Enter", "C-u", &path.display().to_string(), "Enter"]);
        self.until_text("y go on");
        thread::sleep(DEAF);
        self.press(&["y"]);
        self.until_text("● Saved:");
    }

    /// Everything that it keeps: what was scrolled away, and its buffers.
    fn kept(&self) -> String {
        let scrolled = self.run(&["capture-pane", "-p", "-S", "-", "-E", "-"]);
        let alternate = self.output(&["capture-pane", "-p", "-a"]);
        scrolled + &String::from_utf8_lossy(&alternate.stdout) + &self.run(&["list-buffers"])
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.output(&["kill-server"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tmux_keeps_no_secret_that_was_not_shown() {
    if !is_there("tmux") {
        return;
    }
    each([false, true], |reveal, stage| {
        let [kept, pipe] = ["kept", "pipe"].map(|name| stage.home.path().join(name));
        let tmux = Tmux::start(stage, &pipe);
        tmux.make_into(&kept);
        let secret = stage.newest();
        if reveal {
            tmux.press(&["v"]);
            tmux.until_text(&secret);
        }
        tmux.press(&["q"]);
        tmux.until("the list", |screen| !screen.contains("shown this once"));
        tmux.press(&["C-c", "C-c"]);
        tmux.until("the shell", |screen| !screen.contains("Service Accounts"));
        let expected = if reveal { vec![kept, pipe] } else { vec![kept] };
        assert_eq!(stage.files_with(&secret), expected);
        let text = tmux.kept();
        assert!(text.contains("gatehouse"), "the shell's line is kept: {text}");
        is_not_in(text.as_bytes(), &secret);
    })
    .await;
}
