//! A new secret on a pseudo-terminal, from the question to the acknowledgement, and
//! the judge of what became of it: the emulator's store, held against what is in the
//! place that the secret was sent to and what the next start says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::emulator::{self, Emulator, Options, Store};
use tokio::runtime::{Handle, Runtime};

use crate::support::pty::{GATEHOUSE, Home, PATIENCE, Session};

/// A question hears no key for a quarter of a second after it came up.
const HEARS: Duration = Duration::from_millis(300);
/// How often it is looked for what comes without a word on the screen.
const LOOK: Duration = Duration::from_micros(200);
/// Mostly it is waited, so that there may be more than cores.
const WORKERS: usize = 4;

/// What brings a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ClientSecret,
    ServiceAccount,
    ApiKey,
}

/// Where the secret is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    File,
    /// One that writes what it reads into a file.
    Command,
    Screen,
}

/// How far the person came with a new secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// It was confirmed.
    Confirmed,
    /// It was before them: saved, or masked.
    Shown,
    /// The key was pressed that acknowledges it.
    Acknowledged,
    /// The program was left in order.
    Left,
}

/// What became of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was never made.
    NotMade,
    /// The next start tells of it.
    Told,
    /// The next start tells of it, and it is in its place besides.
    ToldAndSaved,
    /// It is in its place, and nothing more is said.
    Saved,
    /// Who typed its end has it.
    Acknowledged,
}

/// What the program says in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The place is none, for some reason.
    Refused,
    /// Nothing was asked for.
    NotAsked,
    /// It is here, but not in its place.
    NotSaved,
    /// It is before the person: saved, or masked.
    Shown,
}

/// A secret that the server knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    pub value: String,
    /// How it is named, without any blanks, where it was left open.
    named: String,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::ClientSecret, Self::ServiceAccount, Self::ApiKey];

    /// Atlas' name for what makes it.
    pub fn operation(self) -> &'static str {
        match self {
            Self::ClientSecret => "createOrgServiceAccountSecret",
            Self::ServiceAccount => "createOrgServiceAccount",
            Self::ApiKey => "createOrgApiKey",
        }
    }

    /// The keys from the list to the choice of its place, and the screens between.
    fn keys(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::ClientSecret => &[("/pagerduty\rs", "Generate New"), ("\r", PLACE)],
            Self::ServiceAccount => &[("nfresh\tMade by a test\r\r\r\r", PLACE)],
            Self::ApiKey => &[("2", "[API Keys"), ("nfresh\r\r\r\r", PLACE)],
        }
    }

    /// The file that is proposed for it.
    fn file(self) -> &'static str {
        if self == Self::ClientSecret { "pagerduty.secret" } else { "fresh.secret" }
    }
}

const PLACE: &str = "Where shall the secret go?";
/// Where the command puts what it reads.
const TAKEN: &str = "taken";

impl Sink {
    /// What is on the screen once the secret is.
    pub fn shown(self) -> &'static str {
        match self {
            Self::File | Self::Command => "Saved:",
            Self::Screen => "shown this once",
        }
    }
}

/// Does jobs, some of them at the same time, where emulators can be started; what came
/// of them, in no order.
pub fn side_by_side<T: Send, R: Send>(jobs: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let runtime = Runtime::new().expect("a runtime");
    let (jobs, done) = (Mutex::new(jobs.into_iter()), Mutex::new(Vec::new()));
    let next = || jobs.lock().expect("nobody stumbles here").next();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let _inside = runtime.enter();
                while let Some(job) = next() {
                    let result = work(job);
                    done.lock().expect("nobody stumbles here").push(result);
                }
            });
        }
    });
    done.into_inner().expect("nobody stumbles here")
}

/// The program on its way to a new secret.
pub struct Procedure {
    pub emulator: Emulator,
    pub session: Session,
    pub sink: Sink,
    pub reached: Reached,
    /// Where the secret is in the end, if it is sent somewhere, below the home.
    pub place: String,
    before: BTreeSet<Known>,
}

impl Procedure {
    /// Walks up to the key that confirms.
    pub fn begin(kind: Kind, sink: Sink) -> Self {
        let mut procedure = Self::choose(kind, sink);
        procedure.session.press("\r");
        procedure.question();
        procedure
    }

    /// Walks up to the key that chooses the place.
    pub fn choose(kind: Kind, sink: Sink) -> Self {
        Self::choose_in(|_| {}, kind, sink)
    }

    /// The same in a home that something was done to before.
    pub fn choose_in(prepare: impl FnOnce(&Path), kind: Kind, sink: Sink) -> Self {
        let emulator = Handle::current().block_on(emulator::start(Options::default()));
        let emulator = emulator.expect("an emulator");
        let home = Home::with(&emulator.service_account().expect("it has one"), &emulator);
        let place = if sink == Sink::Command { TAKEN } else { kind.file() }.to_owned();
        if sink == Sink::Command {
            configure(home.path());
        }
        prepare(home.path());
        let before = emulator.patch(secrets);
        let mut session = Session::run(home, &[GATEHOUSE], &[]);
        session.until_text("1 of 16");
        for (keys, screen) in kind.keys() {
            session.press(keys);
            session.until_text(screen);
        }
        let (keys, shown) = match sink {
            Sink::File => ("\r", format!("~/{place}")),
            Sink::Command => ("", "▌ taker".to_owned()),
            Sink::Screen => ("G", "▌ this screen".to_owned()),
        };
        session.press(keys);
        session.until_text(&shown);
        emulator.forget_requests();
        Self { emulator, session, sink, reached: Reached::Confirmed, place, before }
    }

    /// Types another path for its file.
    pub fn retype(&mut self, place: &str) {
        place.clone_into(&mut self.place);
        self.session.press(&format!("\x15~/{place}"));
        self.session.until_text(&format!("~/{place}"));
    }

    /// Waits until the question is there and hears the key that confirms.
    pub fn question(&mut self) {
        self.session.until_text("Press y");
        self.session.pass(HEARS);
    }

    /// Chooses the place and confirms: what is said then.
    pub fn hear(&mut self) -> Said {
        let refused = |text: &str| said(text).contains("chooseanother");
        self.session.press("\r");
        self.session.until("a question", |screen| {
            let text = screen.contents();
            text.contains("Press y") || refused(&text)
        });
        if refused(&self.session.text()) {
            return Said::Refused;
        }
        self.question();
        self.confirm();
        self.end()
    }

    /// What is said once it was confirmed.
    pub fn end(&mut self) -> Said {
        let ends = [
            ("Nothing was asked for", Said::NotAsked),
            ("Not saved.", Said::NotSaved),
            (self.sink.shown(), Said::Shown),
        ];
        let of = |text: &str| ends.iter().find(|(words, _)| text.contains(words));
        self.session.until("an end", |screen| of(&screen.contents()).is_some());
        let end = of(&self.session.text()).expect("one of them").1;
        if end == Said::NotAsked {
            // It is a question too: whether to try again.
            self.session.pass(HEARS);
        }
        end
    }

    /// Waits until the dialog says one of these, in capitals or not.
    pub fn says(&mut self, any: &[&str]) {
        let words = any.iter().map(|words| without_blanks(words).to_lowercase());
        let words: Vec<_> = words.collect();
        self.session.until(&any.join(" or "), |screen| {
            let said = said(&screen.contents()).to_lowercase();
            words.iter().any(|words| said.contains(words))
        });
    }

    /// The file in which the secret is in the end, if it is sent somewhere.
    pub fn path(&self) -> PathBuf {
        self.session.home.path().join(&self.place)
    }

    /// What stands in the journal now.
    pub fn journal(&self) -> Option<String> {
        journal(self.session.home.path())
    }

    /// The secrets that were made since.
    pub fn made(&self) -> Vec<Known> {
        self.emulator.patch(secrets).difference(&self.before).cloned().collect()
    }

    /// How often something was asked for that brings a secret.
    pub fn asked(&self) -> usize {
        let requests = self.emulator.requests().into_iter().filter(|seen| {
            let path = seen.path_and_query.split('?').next().unwrap_or_default();
            let ends = ["/secrets", "/serviceAccounts", "/apiKeys"];
            seen.method == "POST" && ends.iter().any(|end| path.ends_with(end))
        });
        requests.count()
    }

    /// Asks for the secret.
    pub fn confirm(&mut self) {
        self.session.press("y");
    }

    /// Acknowledges the secret that is shown; whether the program lived to hear it.
    pub fn acknowledge(&mut self) -> bool {
        if self.sink == Sink::Screen {
            self.session.press("q");
            if !self.comes("Type its last 4") {
                return false;
            }
        }
        self.reached = Reached::Acknowledged;
        let keys = match self.sink {
            Sink::File | Sink::Command => "\x1b".to_owned(),
            Sink::Screen => format!("{}\r", end_of(&self.made()[0].value)),
        };
        self.session.press(&keys);
        true
    }

    /// Confirms, and goes on as a person would until the program is left or is no more.
    pub fn walk(&mut self) {
        self.confirm();
        if !self.comes(self.sink.shown()) {
            return;
        }
        self.reached = Reached::Shown;
        let closed = |screen: &vt100::Screen| !screen.contents().contains("shown this once");
        if !self.acknowledge() || !self.session.reaches("the list", closed) {
            return;
        }
        self.session.press("q");
        if self.session.end().success() {
            self.reached = Reached::Left;
        }
    }

    /// Waits for a text, or for the program's end; whether it came.
    fn comes(&mut self, text: &str) -> bool {
        self.session.reaches(text, |screen| screen.contents().contains(text))
    }

    /// Waits for something that is not seen on the screen.
    pub fn wait(&self, what: &str, mut is: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is(self) {
            assert!(Instant::now() < end, "{what} never came:\n{}", self.session.text());
            thread::sleep(LOOK);
        }
    }

    /// Starts the program again in the same home, now that it is no more, and judges
    /// what became of the secret.
    pub fn judge(mut self) -> Result<Fate, String> {
        let last = self.session.text();
        let home = std::mem::replace(&mut self.session.home, Home::empty());
        let noted = journal(home.path()).unwrap_or_default();
        let next = start_again(home);
        self.fate(&last, &next).map_err(|why| {
            let (reached, screen) = (self.reached, next.text());
            format!("{why}\n{reached:?}, noted: {noted}\nat last:\n{last}\nthen:\n{screen}")
        })
    }

    fn fate(&self, last: &str, next: &Session) -> Result<Fate, String> {
        let (home, screen) = (next.home.path(), next.text());
        let told = if screen.contains("Left open") { said(&screen) } else { String::new() };
        if !self.emulator.patch(secrets).is_superset(&self.before) {
            return Err("something was deleted unasked".into());
        }
        let (made, asked) = (self.made(), self.asked());
        if made.len() > 1 || asked > 1 {
            return Err(format!("made {} times, asked for {asked} times", made.len()));
        }
        let path = home.join(&self.place);
        let content = fs::read_to_string(&path).ok();
        let saved = content.is_some() && content.as_ref() == made.first().map(|made| &made.value);
        if last.contains("Saved:") && !saved {
            return Err(format!("it was said to be saved, and there is {content:?}"));
        }
        let Some(made) = made.first() else {
            let honest = told.is_empty() || told.contains("Nothingwasmade");
            return honest.then_some(Fate::NotMade).ok_or("told of what was not made".into());
        };
        if let Some(path) = also_in(home, &made.value, &path) {
            return Err(format!("the secret is also in {}", path.display()));
        }
        let named = told.contains(&made.named);
        if told.matches("Ddeletesit").count() != usize::from(named) {
            return Err("something else is told of".into());
        }
        if named && !told.contains(&self.where_to_look()) {
            return Err("it is not told where to look for it first".into());
        }
        match (named, saved) {
            (true, true) => Ok(Fate::ToldAndSaved),
            (true, false) => Ok(Fate::Told),
            (false, true) => Ok(Fate::Saved),
            (false, false) if self.sink == Sink::Screen && self.is_acknowledged() => {
                Ok(Fate::Acknowledged)
            }
            (false, false) => Err(format!("lost unseen: {}", made.named)),
        }
    }

    fn is_acknowledged(&self) -> bool {
        self.reached >= Reached::Acknowledged
    }

    /// What is said of the place besides, without any blanks.
    fn where_to_look(&self) -> String {
        match self.sink {
            Sink::File => format!("unlessitreachedthefile~/{}(", self.place),
            Sink::Command => "unlessitreachedthecommandtaker:".to_owned(),
            Sink::Screen => "itssecretislost.D".to_owned(),
        }
    }
}

/// Every secret that the server knows.
fn secrets(store: &mut Store) -> BTreeSet<Known> {
    let org = store.main().expect("main");
    let mut all = BTreeSet::new();
    for account in org.accounts.rows() {
        for secret in &account.secrets {
            let value = secret.value.expose_secret().to_owned();
            let named = match account.name.as_str() {
                "fresh" => format!("fresh({})", account.id),
                _ => format!("Thesecretmdb_sa_sk_********{}", end_of(&value)),
            };
            all.insert(Known { value, named });
        }
    }
    for key in org.keys.rows() {
        let value = key.private_key.expose_secret().to_owned();
        all.insert(Known { value, named: format!("{}({})", key.description, key.id) });
    }
    all
}

/// The characters that prove that a secret is at hand.
fn end_of(secret: &str) -> &str {
    &secret[secret.len() - 4..]
}

/// Makes a command known that takes secrets.
fn configure(home: &Path) {
    let folder = home.join(".config/gatehouse");
    fs::create_dir_all(&folder).expect("a folder");
    let taken = home.join(TAKEN);
    let line = format!("command = ['sh', '-c', 'cat > \"$0\"', '{}']", taken.display());
    let text = format!("[hand_over.taker]\n{line}\n");
    fs::write(folder.join("config.toml"), text).expect("a configuration");
}

/// What stands in the journal in this home.
fn journal(home: &Path) -> Option<String> {
    let folder = home.join(".local/state/gatehouse/journal");
    let paths = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut notes = paths.filter(|path| path.extension().is_some_and(|end| end == "intent"));
    fs::read_to_string(notes.next()?).ok()
}

/// The next start, once it has read everything.
fn start_again(home: Home) -> Session {
    let mut session = Session::run(home, &[GATEHOUSE], &[]);
    session.until("the lists", |screen| {
        let text = screen.contents();
        let read = ["1 of 16", "1 of 17"].iter().any(|all| text.contains(all));
        read && !text.contains("Looking what became")
    });
    session
}

/// What the dialog on a screen says, without any blanks: words may be broken anywhere.
fn said(screen: &str) -> String {
    // What lies around it is narrower than what is in it.
    let inside = |line: &str| {
        let parts = line.split('│').skip(1).map(|part| part.trim_end_matches(['╮', '╯']));
        parts.max_by_key(|part| part.chars().count()).map(str::to_owned)
    };
    let inside: String = screen.lines().filter_map(inside).collect();
    without_blanks(&inside)
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '▌').collect()
}

/// A file below this folder, but for one, in which this text is.
fn also_in(folder: &Path, text: &str, but: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path != but).find_map(|path| {
        if path.is_dir() {
            return also_in(&path, text, but);
        }
        let found = fs::read_to_string(&path).is_ok_and(|content| content.contains(text));
        found.then_some(path)
    })
}
