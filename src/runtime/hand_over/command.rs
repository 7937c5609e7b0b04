//! A command that takes a secret on its standard input. Knows nothing of what it
//! does with it: it has taken it if it read everything and ended without an error.
//!
//! It runs without a shell, gets nothing else of ours than a short list of
//! variables, and is never waited for without an end.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, PipeReader, Read, Write};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use rustix::process::{Pid, Signal};
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::atlas::{Clean, Secret};
use crate::runtime::child::{self, how, look_up};

/// Larger than any credential, and no larger than what a pipe holds.
const MOST_BYTES: usize = 16 << 10;
/// What still comes on standard error after the end is waited for so long: a
/// process in the background may keep it open for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// A killed process is gone at once, unless it hangs in the system itself.
const BURIAL: Duration = Duration::from_secs(2);
/// So much of the end of standard error is kept, in bytes.
const KEPT: usize = 4096;
/// So much of it is told, in characters.
const TOLD: usize = 250;
/// So many bytes of the text in a row give a part of it away.
const TELLTALE: usize = 8;

/// A command that was found.
pub(super) struct Program {
    /// What the configuration calls it.
    name: String,
    file: PathBuf,
    /// Its words, its own name first.
    argv: Vec<String>,
    limit: Duration,
    /// The variables that it gets besides the usual ones.
    wanted: Vec<String>,
}

impl Program {
    /// Finds the command, in the folders of `path` if it is named without one.
    ///
    /// # Errors
    /// Why it cannot be run, in a sentence.
    pub(super) fn find(
        name: &str,
        argv: &[String],
        path: &OsStr,
        seconds: u64,
        wanted: &[String],
    ) -> Result<Self, String> {
        let Some(program) = argv.first().filter(|program| !program.is_empty()) else {
            return Err(format!("{name} has no command: name one in the configuration"));
        };
        let file = look_up(program, path).map_err(|why| format!("{name} cannot be run: {why}"))?;
        Ok(Self {
            name: name.to_owned(),
            file,
            argv: argv.to_owned(),
            limit: Duration::from_secs(seconds),
            wanted: wanted.to_owned(),
        })
    }

    /// What it gets of an environment.
    pub(super) fn environment(
        &self,
        ours: impl Iterator<Item = (OsString, OsString)>,
    ) -> Vec<(OsString, OsString)> {
        child::environment(ours, &self.wanted)
    }

    /// Runs it with the text on its standard input: what it is called, once it has
    /// taken all of it.
    ///
    /// # Errors
    /// Why it has not, in a sentence without the text.
    pub(super) async fn feed(
        self,
        text: &Secret,
        environment: Vec<(OsString, OsString)>,
    ) -> Result<String, String> {
        let text = text.expose_secret().as_bytes();
        match self.run(text, environment).await {
            Ok(()) => Ok(self.called()),
            Err(why) => Err(format!("{} {why}", self.called())),
        }
    }

    /// Its name, and what is run where that is another.
    fn called(&self) -> String {
        let program = self.file.file_name().map(|name| Clean::new(&name.to_string_lossy()));
        match program {
            Some(program) if *program != *self.name => format!("{} ({program})", self.name),
            _ => self.name.clone(),
        }
    }

    async fn run(&self, text: &[u8], environment: Vec<(OsString, OsString)>) -> Result<(), String> {
        if text.len() > MOST_BYTES {
            return Err(format!("is given at most {MOST_BYTES} bytes; choose a file"));
        }
        let input = Input::holding(text)
            .map_err(|error| format!("cannot be given the secret: {error}; choose a file"))?;
        let child = input.end().and_then(|end| self.start(end, environment));
        let mut child = child.map_err(|error| format!("could not be started: {error}"))?;
        let mut said = Tail::new();
        let ended = self.watch(&mut child, &mut said).await;
        let why = match ended {
            Some(status) if !status.success() => how(status),
            Some(_) if input.unread() => {
                "has not taken the secret: it ended without having read all of it".to_owned()
            }
            Some(_) => return Ok(()),
            None => format!(
                "did not end within {} s and was killed: it may have stored it all the same",
                self.limit.as_secs()
            ),
        };
        Err(format!("{why}; {}", said.without(text)))
    }

    fn start(
        &self,
        input: PipeReader,
        environment: Vec<(OsString, OsString)>,
    ) -> io::Result<Child> {
        let (name, arguments) = self.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        Command::new(&self.file)
            .arg0(name)
            .args(arguments)
            .env_clear()
            .envs(environment)
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }

    /// Waits for the end, for as long as it may take; without one it is killed.
    async fn watch(&self, child: &mut Child, said: &mut Tail) -> Option<ExitStatus> {
        let mut stderr = child.stderr.take();
        let mut group = Group::of(child);
        let mut waiting = Box::pin(timeout(self.limit, child.wait()));
        let ended = tokio::select! {
            biased;
            ended = &mut waiting => ended,
            () = said.listen(&mut stderr) => waiting.as_mut().await,
        };
        drop(waiting);
        let status = ended.ok().and_then(Result::ok);
        if status.is_some() {
            // Who has ended well may leave somebody behind, such as an agent.
            group.spare();
        } else {
            drop(group);
            let _ = timeout(BURIAL, child.wait()).await;
        }
        let _ = timeout(LAST_WORDS, said.listen(&mut stderr)).await;
        status
    }
}

/// A standard input with the text in it and its end after it. A reading end stays
/// with us, to see what was left.
struct Input(PipeReader);

impl Input {
    fn holding(text: &[u8]) -> io::Result<Self> {
        let (reader, mut writer) = io::pipe()?;
        let input = Self(reader);
        // Nobody reads yet: what does not fit is an error, not a wait for ever.
        let written = rustix::io::ioctl_fionbio(&writer, true)
            .map_err(io::Error::from)
            .and_then(|()| writer.write_all(text));
        drop(writer);
        written.map(|()| input)
    }

    /// The reading end for the command.
    fn end(&self) -> io::Result<PipeReader> {
        self.0.try_clone()
    }

    fn unread(&self) -> bool {
        !matches!(rustix::io::ioctl_fionread(&self.0), Ok(0))
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // Whoever still holds the other reading end finds nothing. Only what is there
        // is read: a read of nothing could wait.
        let mut left = Zeroizing::new([0; 1024]);
        while self.unread() && matches!(self.0.read(&mut *left), Ok(1..)) {}
    }
}

/// The command and all that it has started, as far as they stay together. They are
/// killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    fn spare(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // There may be nobody left.
            let _ = rustix::process::kill_process_group(leader, Signal::KILL);
        }
    }
}

/// The end of what a command says on standard error.
struct Tail(Zeroizing<Vec<u8>>);

impl Tail {
    fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(2 * KEPT)))
    }

    /// Listens until nobody can say anything any more.
    async fn listen(&mut self, from: &mut Option<impl AsyncRead + Unpin>) {
        let Some(from) = from else { return };
        let mut part = Zeroizing::new([0; KEPT]);
        while let Ok(length @ 1..) = from.read(&mut *part).await {
            // Never more than there is room for: growing would leave copies behind.
            if self.0.len() + length > 2 * KEPT {
                let old = self.0.len() - KEPT;
                self.0.drain(..old);
            }
            self.0.extend_from_slice(&part[..length]);
        }
    }

    /// What was said, made safe to show: without what gives the text away.
    fn without(&self, text: &[u8]) -> String {
        let said = hide(&self.0, text);
        let said = said.trim();
        if said.is_empty() {
            return "it said nothing".to_owned();
        }
        let surplus = said.chars().count().saturating_sub(TOLD);
        let told: String = said.chars().skip(surplus).collect();
        let cut = if surplus > 0 { "..." } else { "" };
        format!("it said: {}", Clean::new(&format!("{cut}{told}")))
    }
}

/// Replaces every part of the text, as it is and in base64, by asterisks. Parts, because
/// a command may well quote one line, or one value only.
fn hide(said: &[u8], text: &[u8]) -> String {
    let disguises = disguises(text);
    let width = TELLTALE.min(text.trim_ascii().len()).max(1);
    let known: HashSet<&[u8]> =
        disguises.iter().flat_map(|disguise| disguise.windows(width)).collect();
    let mut hidden = vec![false; said.len()];
    for (start, part) in said.windows(width).enumerate() {
        if known.contains(part) {
            hidden[start..start + width].fill(true);
        }
    }
    let mut shown = Vec::with_capacity(said.len());
    for (index, byte) in said.iter().enumerate() {
        match hidden[index] {
            false => shown.push(*byte),
            true if index == 0 || !hidden[index - 1] => shown.extend("***".bytes()),
            true => {}
        }
    }
    String::from_utf8_lossy(&shown).into_owned()
}

/// The text and its base64, wherever it stands in what is encoded: what comes
/// before it shifts it by no, one or two bytes.
fn disguises(text: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = vec![Zeroizing::new(text.to_vec())];
    for shift in 0..3 {
        let mut shifted = Zeroizing::new(Vec::with_capacity(shift + text.len()));
        shifted.resize(shift, 0);
        shifted.extend_from_slice(text);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            all.push(Zeroizing::new(engine.encode(&*shifted).into_bytes()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Instant;

    use tempfile::TempDir;

    use super::*;

    const SECRET: &str = "mdb_sa_sk_Zr3aYt0qLk8vXw5n";

    fn folder() -> TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn path() -> OsString {
        std::env::var_os("PATH").unwrap_or_default()
    }

    fn found(argv: &[&str], seconds: u64) -> Result<Program, String> {
        let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
        Program::find("vault", &argv, &path(), seconds, &[])
    }

    /// Runs a script, with a path as its `$0`.
    async fn script(script: &str, at: &Path, seconds: u64) -> Result<String, String> {
        let at = at.display().to_string();
        let program = found(&["sh", "-c", script, &at], seconds).expect("a shell");
        let environment = program.environment(std::env::vars_os());
        program.feed(&Secret::from(format!("{SECRET}\n")), environment).await
    }

    #[tokio::test]
    async fn a_command_that_reads_all_and_ends_well_has_taken_it() {
        let folder = folder();
        let at = folder.path().join("out");
        assert_eq!(script("cat > \"$0\"", &at, 10).await.as_deref(), Ok("vault (sh)"));
        assert_eq!(fs::read_to_string(&at).expect("text"), format!("{SECRET}\n"));
    }

    #[tokio::test]
    async fn a_command_that_fails_has_not_and_its_words_give_nothing_away() {
        for (words, expected) in [
            ("cat >&2; exit 1", "vault (sh) failed with exit code 1; it said: ***"),
            ("base64 >&2; exit 1", "vault (sh) failed with exit code 1; it said: ***"),
            ("(printf ab; cat) | base64 >&2; exit 1", "it said: YWJ***="),
            ("(printf a; cat) | base64 >&2; exit 1", "it said: YW***"),
            ("cut -c 1-12 >&2; exit 1", "it said: ***"),
            ("echo no room >&2; cat >&2; exit 3", "exit code 3; it said: no room↵***"),
            ("cat >/dev/null; exit 2", "vault (sh) failed with exit code 2; it said nothing"),
            ("cat >/dev/null; kill -9 $$", "vault (sh) was ended by signal 9; it said nothing"),
            ("cat >/dev/null; printf 'a\\033[31mb' >&2; exit 1", "it said: a⟨U+001B⟩[31mb"),
        ] {
            let told = script(words, Path::new(""), 10).await.expect_err("a failure");
            assert!(told.contains(expected), "{words}: {told}");
            assert!(!told.contains("Zr3aYt0q"), "{words}: {told}");
        }
    }

    #[tokio::test]
    async fn of_many_words_the_last_are_told() {
        let flood = "cat >/dev/null; seq 100000 >&2; echo no room >&2; exit 1";
        let told = script(flood, Path::new(""), 30).await.expect_err("a failure");
        assert!(told.contains("it said: ...") && told.ends_with("↵100000↵no room"), "{told}");
        assert!(told.chars().count() < 400, "{told}");
    }

    #[tokio::test]
    async fn a_command_that_does_not_read_it_has_not_taken_it() {
        for lazy in ["exit 0", "dd bs=1 count=3 >/dev/null 2>&1", "exec <&-; sleep 0.1"] {
            let told = script(lazy, Path::new(""), 10).await.expect_err("unread");
            assert!(told.contains("has not taken the secret"), "{lazy}: {told}");
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_killed_with_all_that_it_has_started() {
        let folder = folder();
        let late = folder.path().join("late");
        let begun = Instant::now();
        let hang = "(sleep 3; echo > \"$0\") & echo waiting >&2; cat >/dev/null; wait";
        let told = script(hang, &late, 1).await.expect_err("a hang");
        assert_eq!(
            told,
            "vault (sh) did not end within 1 s and was killed: it may have stored it all the same; it said: waiting"
        );
        assert!(begun.elapsed() < Duration::from_millis(2900), "{:?}", begun.elapsed());
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert!(!late.exists(), "what it had started went on");
    }

    #[tokio::test]
    async fn a_delivery_that_is_given_up_kills_the_command() {
        let folder = folder();
        let late = folder.path().join("late");
        let hang = "(sleep 2; echo > \"$0\") & cat >/dev/null; wait";
        let given_up = timeout(Duration::from_millis(300), script(hang, &late, 10)).await;
        assert!(given_up.is_err());
        tokio::time::sleep(Duration::from_millis(2200)).await;
        assert!(!late.exists(), "it went on");
    }

    #[tokio::test]
    async fn who_stays_behind_with_standard_error_open_is_not_waited_for() {
        let folder = folder();
        let late = folder.path().join("late");
        let agent = "(sleep 3; echo > \"$0\") & cat >/dev/null";
        let begun = Instant::now();
        assert!(script(agent, &late, 10).await.is_ok());
        assert!(begun.elapsed() < Duration::from_millis(2500), "{:?}", begun.elapsed());
        // An agent that the command needs later must live on.
        while !late.exists() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it did not live on");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    #[tokio::test]
    async fn what_is_too_long_is_refused_before_anything_runs() {
        let folder = folder();
        let at = folder.path().join("out").display().to_string();
        let feed = async |length: usize| {
            let program = found(&["sh", "-c", "cat > \"$0\"", &at], 10).expect("a shell");
            let environment = program.environment(std::env::vars_os());
            program.feed(&Secret::from("x".repeat(length)), environment).await
        };
        let told = feed(MOST_BYTES + 1).await.expect_err("too long");
        assert!(told.contains("at most 16384 bytes"), "{told}");
        assert!(!Path::new(&at).exists());
        assert!(feed(MOST_BYTES).await.is_ok());
        assert_eq!(fs::metadata(&at).expect("a file").len(), 16384);
        assert!(feed(0).await.is_ok());
        assert_eq!(fs::metadata(&at).expect("a file").len(), 0);
    }

    #[tokio::test]
    async fn a_command_gets_the_usual_variables_and_those_it_asks_for_never_our_credentials() {
        let folder = folder();
        let at = folder.path().join("out").display().to_string();
        let ours = [
            ("PATH", path()),
            ("HOME", "/home/a".into()),
            ("LC_ALL", "C".into()),
            ("VAULT_ADDR", "https://vault.example".into()),
            ("HTTPS_PROXY", "https://user:word@proxy.example".into()),
            ("MONGODB_ATLAS_CLIENT_SECRET", SECRET.into()),
            ("MCLI_PRIVATE_API_KEY", SECRET.into()),
        ];
        let ours = ours.map(|(name, value)| (OsString::from(name), value));
        let wanted =
            ["VAULT_ADDR", "VAULT_TOKEN", "MONGODB_ATLAS_CLIENT_SECRET", "MCLI_PRIVATE_API_KEY"];
        let argv = ["sh", "-c", "env > \"$0\"; cat >/dev/null", &at].map(str::to_owned);
        let program = Program::find("vault", &argv, &path(), 10, &wanted.map(str::to_owned));
        let program = program.expect("a shell");
        let environment = program.environment(ours.into_iter());
        assert!(program.feed(&Secret::from(SECRET), environment).await.is_ok());

        let dump = fs::read_to_string(&at).expect("text");
        let names: HashSet<&str> =
            dump.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        for name in ["PATH", "HOME", "LC_ALL", "VAULT_ADDR"] {
            assert!(names.contains(name), "no {name} in {names:?}");
        }
        for name in names {
            assert!(!name.contains("ATLAS") && !name.contains("MCLI"), "{name}");
            assert!(!name.contains("PROXY"), "{name}");
        }
        assert!(!dump.contains(SECRET));
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_command_inherits_three_files_a_group_of_its_own_and_no_word_of_the_secret() {
        use std::os::fd::AsRawFd;

        let folder = folder();
        let at = folder.path().join("out");
        let open = fs::File::open(folder.path()).expect("a folder");
        // What whoever started us left open is not ours to answer for.
        let handed_down: HashSet<i32> = fs::read_dir("/proc/self/fd")
            .expect("our files")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|fd| {
                let about = fs::read_to_string(format!("/proc/self/fdinfo/{fd}"));
                let flags = about.ok().and_then(|about| {
                    let flags = about.lines().find_map(|line| line.strip_prefix("flags:"))?;
                    u32::from_str_radix(flags.trim(), 8).ok()
                });
                flags.is_some_and(|flags| flags & 0o2_000_000 == 0)
            })
            .collect();
        assert!(!handed_down.contains(&open.as_raw_fd()));
        let look = "ls /proc/self/fd > \"$0\"; cut -d' ' -f1,5 /proc/$$/stat >> \"$0\"; \
                    tr '\\0' ' ' < /proc/$$/cmdline >> \"$0\"; cat > /dev/null";
        assert!(script(look, &at, 10).await.is_ok());
        let seen = fs::read_to_string(&at).expect("text");
        let files: Vec<i32> = seen
            .lines()
            .map_while(|line| line.parse().ok())
            .filter(|fd| *fd < 4 || !handed_down.contains(fd))
            .collect();
        // The fourth is the folder that is being listed.
        assert_eq!(files, [0, 1, 2, 3], "{seen}");
        let (id, group) = seen.lines().find_map(|line| line.split_once(' ')).expect("a process");
        assert_eq!(id, group);
        assert!(seen.contains("sh -c") && !seen.contains(SECRET), "{seen}");
    }

    #[test]
    fn a_command_that_cannot_be_run_is_refused_with_its_reason() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("text"), "no program").expect("written");
        for (argv, why) in [
            (vec![], "has no command"),
            (vec![""], "has no command"),
            (vec!["gatehouse-no-such-program"], "is in no folder of PATH"),
            (vec![&*at("none")], "does not exist"),
            (vec![&*at("text/none")], "cannot be looked at"),
            (vec![&*at("")], "is not a file"),
            (vec![&*at("text")], "may not execute"),
        ] {
            let told = found(&argv, 1).err().unwrap_or_default();
            assert!(told.starts_with("vault ") && told.contains(why), "{argv:?}: {told}");
        }
    }

    #[test]
    fn a_command_is_called_as_configured_and_by_its_program_where_that_is_another() {
        let called = |name: &str| {
            let found = Program::find(name, &["sh".to_owned()], &path(), 1, &[]);
            found.map(|program| program.called())
        };
        assert_eq!(called("sh").as_deref(), Ok("sh"));
        assert_eq!(called("vault").as_deref(), Ok("vault (sh)"));
    }

    #[test]
    fn values_lines_and_their_base64_are_hidden_and_other_words_are_not() {
        let text = format!("{{\n  \"id\": \"abcd\",\n  \"value\": \"{SECRET}\"\n}}\n");
        let value = STANDARD_NO_PAD.encode(SECRET);
        for (said, shown) in [
            (format!("bad value {SECRET}!"), "bad value ***!"),
            (format!("{SECRET}{SECRET}"), "***"),
            ("permission denied".to_owned(), "permission denied"),
            (String::new(), ""),
        ] {
            assert_eq!(hide(said.as_bytes(), text.as_bytes()), shown);
        }
        // Its last character is mixed with what follows it in the text.
        let hidden = hide(format!("bad value {value}!").as_bytes(), text.as_bytes());
        assert!(hidden.starts_with("bad value ***") && hidden.len() < 24, "{hidden}");
        assert_eq!(hide(b"said", b""), "said");
        assert_eq!(hide(b"a pw b", b"pw\n"), "a *** b");
    }
}
