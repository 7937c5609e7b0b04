//! The journal on disk: what was about to be asked for, one file each, so that after
//! any end of the program the next start knows of it. Holds no secret, and knows
//! nothing of Atlas.
//!
//! A file is `ID.intent`, lines of JSON: the intent, then its news as they came.
//! Whoever works on it keeps it locked; one that can be locked has lost its owner.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, MOST_BYTES, named};
use crate::rules::intent::{Intent, News, Note};

/// How these files are written.
const VERSION: u64 = 1;
const EXTENSION: &str = "intent";

/// Intents and what became of them, in a folder that several gatehouses may share.
#[derive(Debug)]
pub struct Journal {
    folder: Folder,
    /// What this gatehouse works on, by id.
    held: Mutex<BTreeMap<String, Held>>,
}

/// What was left behind by gatehouses that are no more.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was not settled, the oldest first.
    pub notes: Vec<Note>,
    /// What could not be read, in sentences. Nothing of it was removed.
    pub troubles: Vec<String>,
}

/// An intent's file. It is locked while this lives.
#[derive(Debug)]
struct Held {
    file: File,
    /// How much of it is whole lines: a line that could not be written to its end is
    /// written over.
    whole: u64,
}

/// What stands in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) note: Note,
    whole: u64,
    /// A whole line that says nothing to us.
    odd: bool,
}

#[derive(Serialize)]
struct FirstLine<'a> {
    version: u64,
    intent: &'a Intent,
}

#[derive(Deserialize)]
struct ReadVersion {
    version: u64,
}

#[derive(Deserialize)]
struct ReadIntent {
    intent: Intent,
}

impl Journal {
    /// The journal in this folder.
    #[must_use]
    pub fn open(folder: Folder) -> Self {
        Self { folder, held: Mutex::default() }
    }

    /// Writes an intent down, durably, before anything is asked for. It is ours from
    /// here on.
    ///
    /// # Errors
    /// Where that is not sure: then nothing may be asked for.
    pub fn begin(&self, intent: &Intent) -> Result<(), String> {
        let name = named(&intent.id, EXTENSION)?;
        let line = line(&FirstLine { version: VERSION, intent })?;
        self.fits(&name, line.len())?;
        let mut held = self.held();
        let file = self.folder.add(&name, &line)?;
        held.insert(intent.id.clone(), Held { file, whole: line.len() as u64 });
        Ok(())
    }

    /// Adds what became of an intent of ours, durably.
    ///
    /// # Errors
    /// Where it is not ours, or where the news are not surely written.
    pub fn note(&self, id: &str, news: &News) -> Result<(), String> {
        let name = named(id, EXTENSION)?;
        let line = line(news)?;
        let mut held = self.held();
        let Some(held) = held.get_mut(id) else {
            return Err(self.folder.told(&name, "cannot be written", "it is not ours"));
        };
        self.fits(&name, usize::try_from(held.whole).unwrap_or(MOST_BYTES) + line.len())?;
        held.append(&line).map_err(|error| self.folder.told(&name, "cannot be written", error))
    }

    /// Removes an intent of ours that nobody needs to hear of again. That there is
    /// none is fine.
    ///
    /// # Errors
    /// Where it is another's, or cannot surely be removed: then it stays ours.
    pub fn settle(&self, id: &str) -> Result<(), String> {
        let name = named(id, EXTENSION)?;
        let mut held = self.held();
        if !held.contains_key(id) {
            return match self.folder.open_own(&name, OFlags::RDONLY)? {
                Some(_) => Err(self.folder.told(&name, "cannot be removed", "it is not ours")),
                None => Ok(()),
            };
        }
        self.folder.remove(&name)?;
        // Unlocked only now: until it is gone, it is ours.
        held.remove(id);
        Ok(())
    }

    /// What gatehouses that are no more have left behind. It is ours from here on, so
    /// it is found but once. What another living one works on is left alone.
    #[must_use]
    pub fn orphans(&self) -> Found {
        let mut found = Found::default();
        let mut held = self.held();
        found.troubles.extend(self.folder.sweep().err());
        let names = self.folder.names(EXTENSION).unwrap_or_else(|why| {
            found.troubles.push(why);
            Vec::new()
        });
        for name in names {
            match self.adopt(&name, &mut held, &mut found.troubles) {
                Ok(note) => found.notes.extend(note),
                Err(why) => found.troubles.push(why),
            }
        }
        found.notes.sort_by(|a, b| (a.intent.at, &a.intent.id).cmp(&(b.intent.at, &b.intent.id)));
        found
    }

    /// Makes the file of this name ours, unless somebody works on it.
    fn adopt(
        &self,
        name: &str,
        held: &mut BTreeMap<String, Held>,
        troubles: &mut Vec<String>,
    ) -> Result<Option<Note>, String> {
        let odd = |why: &str| self.folder.told(name, "cannot be used", why);
        let id = name.strip_suffix(".intent").unwrap_or_default();
        named(id, EXTENSION).map_err(|_| odd("gatehouse gives no file such a name"))?;
        if held.contains_key(id) {
            return Ok(None);
        }
        let Some(file) = self.lock(name)? else { return Ok(None) };
        let page = read(&self.folder.contents(name, &file)?).map_err(&odd)?;
        if page.note.intent.id != id {
            return Err(odd("it is about an intent of another name"));
        }
        if page.odd {
            troubles.push(odd("a line is damaged, so more may have come of it than is shown"));
        }
        held.insert(id.to_owned(), Held { file, whole: page.whole });
        Ok(Some(page.note))
    }

    /// Opens a file and locks it, if it is there and nobody else has it locked.
    fn lock(&self, name: &str) -> Result<Option<File>, String> {
        let Some(file) = self.folder.open_own(name, OFlags::RDWR)? else { return Ok(None) };
        match file.try_lock() {
            // Settled by its owner after we had opened it: the lock is on nothing.
            Ok(()) => Ok(Some(file).filter(|file| self.folder.is_still(name, file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(self.folder.told(name, "cannot be locked", error))
            }
        }
    }

    /// What could not be read back must not be written.
    fn fits(&self, name: &str, length: usize) -> Result<(), String> {
        if length <= MOST_BYTES {
            return Ok(());
        }
        Err(self.folder.told(name, "cannot be written", "it would be larger than 1 MiB"))
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        // Every change of it is a single step, so a panic leaves it sound.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.set_len(self.whole)?;
        self.file.write_all_at(line, self.whole)?;
        self.file.sync_all()?;
        self.whole += line.len() as u64;
        Ok(())
    }
}

fn line(value: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut line = serde_json::to_vec(value)
        .map_err(|error| format!("What is to be noted cannot be written: {error}"))?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a file. What stands after its last line was not written to its end, and
/// nobody was told that it is safe: it is left out.
pub(crate) fn read(bytes: &[u8]) -> Result<Page, &'static str> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let (lines, _) = bytes.split_at(whole);
    let mut lines = lines.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().ok_or("its first line is not whole")?;
    let mut note = Note { intent: first_line(first)?, news: Vec::new() };
    let mut odd = false;
    for line in lines {
        match serde_json::from_slice(line) {
            Ok(news) => note.news.push(news),
            Err(_) => odd = true,
        }
    }
    Ok(Page { note, whole: whole as u64, odd })
}

fn first_line(line: &[u8]) -> Result<Intent, &'static str> {
    let damaged = |_| "its first line is damaged";
    let ReadVersion { version } = serde_json::from_slice(line).map_err(damaged)?;
    if version != VERSION {
        return Err("it is of a version of gatehouse that this one does not know");
    }
    serde_json::from_slice(line).map_err(damaged).map(|ReadIntent { intent }| intent)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::atlas::{Clean, ClientId, IdentityId, KeyId, OrgId, SecretId};
    use crate::rules::intent::{Asks, Then};

    fn journal(path: &Path) -> Journal {
        Journal::open(Folder::open(path).expect("a folder"))
    }

    fn intent(id: &str, second: i64) -> Intent {
        Intent {
            id: id.to_owned(),
            host: Clean::new("cloud.mongodb.com"),
            org: OrgId::new("5f0000000000000000000001"),
            asks: Asks::Secret {
                account: ClientId::new("mdb_sa_id_5f0000000000000000000002"),
                name: Clean::new("größer, \"quoted\""),
                before: vec![SecretId::new("5f0000000000000000000003")],
            },
            at: Timestamp::from_second(second).expect("a time"),
            to: Clean::new("a file"),
            then: Then::default(),
        }
    }

    fn issued() -> News {
        let owner = IdentityId::ServiceAccount(ClientId::new("mdb_sa_id_5f0000000000000000000002"));
        News::Issued { owner, secret: Some(SecretId::new("5f0000000000000000000004")) }
    }

    fn delivered(to: &str) -> News {
        News::Delivered { to: Clean::new(to) }
    }

    fn file(place: &Path, id: &str) -> PathBuf {
        place.join(format!("{id}.intent"))
    }

    /// Writes a file as something else might have left it.
    fn leave(place: &Path, name: &str, content: &[u8]) {
        let folder = Folder::open(place).expect("a folder");
        folder.write(name, content).expect("written");
    }

    fn found(place: &Path) -> Found {
        journal(place).orphans()
    }

    #[test]
    fn what_was_noted_is_found_after_the_end_the_oldest_first() {
        let place = tempfile::tempdir().expect("a directory");
        let first = journal(place.path());
        let key = Asks::ApiKey { description: Clean::new("ci"), before: vec![KeyId::new("k")] };
        let account = Asks::ServiceAccount { name: Clean::new("ci"), before: vec![] };
        let intents = [
            Intent { asks: key, ..intent("c", 1) },
            Intent { asks: account, ..intent("a", 2) },
            intent("b", 3),
        ];
        for intent in intents.iter().rev() {
            first.begin(intent).expect("begun");
        }
        first.note("b", &issued()).expect("noted");
        first.note("b", &delivered("a file")).expect("noted");
        drop(first);
        let second = journal(place.path());
        let found = second.orphans();
        assert_eq!(found.troubles, Vec::<String>::new());
        assert_eq!(found.notes.iter().map(|note| &note.intent).collect::<Vec<_>>(), {
            intents.iter().collect::<Vec<_>>()
        });
        let news = found.notes.into_iter().map(|note| note.news).collect::<Vec<_>>();
        assert_eq!(news, [vec![], vec![], vec![issued(), delivered("a file")]]);
        assert_eq!(second.orphans(), Found::default(), "found but once");
        second.note("b", &delivered("elsewhere")).expect("what was found can be continued");
    }

    #[test]
    fn what_another_living_gatehouse_works_on_is_left_alone() {
        let place = tempfile::tempdir().expect("a directory");
        let (first, second) = (journal(place.path()), journal(place.path()));
        first.begin(&intent("a", 1)).expect("begun");
        assert_eq!(second.orphans(), Found::default());
        assert_eq!(first.orphans(), Found::default(), "nor is it an orphan to its owner");
        assert!(second.note("a", &issued()).is_err());
        assert!(second.settle("a").is_err());
        assert!(file(place.path(), "a").exists());
        drop(first);
        let found = second.orphans();
        assert_eq!(found.notes, [Note { intent: intent("a", 1), news: vec![] }]);
        second.settle("a").expect("settled");
        assert_eq!(second.orphans(), Found::default());
    }

    #[test]
    fn what_is_settled_is_never_heard_of_again() {
        let place = tempfile::tempdir().expect("a directory");
        let first = journal(place.path());
        first.begin(&intent("a", 1)).expect("begun");
        first.settle("a").expect("settled");
        first.settle("a").expect("nothing to settle");
        assert!(first.note("a", &issued()).is_err());
        drop(first);
        assert_eq!(found(place.path()), Found::default());
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn an_intent_that_is_there_is_never_written_over() {
        let place = tempfile::tempdir().expect("a directory");
        let (first, second) = (journal(place.path()), journal(place.path()));
        first.begin(&intent("a", 1)).expect("begun");
        for journal in [&first, &second] {
            assert!(journal.begin(&intent("a", 2)).is_err());
        }
        drop(first);
        assert_eq!(second.orphans().notes, [Note { intent: intent("a", 1), news: vec![] }]);
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn an_id_is_letters_digits_and_dashes() {
        let place = tempfile::tempdir().expect("a directory");
        let journal = journal(place.path());
        for id in ["", "a.b", "../a", "a_b", "ä", "a b", "a\n", &"a".repeat(81)] {
            assert!(journal.begin(&intent(id, 1)).is_err(), "{id:?}");
            assert!(journal.note(id, &issued()).is_err(), "{id:?}");
            assert!(journal.settle(id).is_err(), "{id:?}");
        }
        journal.begin(&intent(&"a-Z9".repeat(20), 1)).expect("begun");
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_could_not_be_read_back_is_not_begun() {
        let place = tempfile::tempdir().expect("a directory");
        let journal = journal(place.path());
        let before = vec![KeyId::new(&"k".repeat(200)); 6000];
        let asks = Asks::ApiKey { description: Clean::new("ci"), before };
        let told = journal.begin(&Intent { asks, ..intent("a", 1) }).expect_err("an error");
        assert!(told.contains("larger than 1 MiB"), "{told}");
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0);
    }

    /// The bytes of an intent with two news, and where its lines end.
    fn three_lines(place: &Path) -> (Vec<u8>, Vec<usize>) {
        let journal = journal(place);
        journal.begin(&intent("a", 1)).expect("begun");
        journal.note("a", &issued()).expect("noted");
        journal.note("a", &delivered("a file")).expect("noted");
        let bytes = fs::read(file(place, "a")).expect("read");
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let ends = ends.map(|(at, _)| at + 1).collect::<Vec<_>>();
        (bytes, ends)
    }

    #[test]
    fn a_file_cut_at_any_byte_is_whole_lines_or_a_trouble() {
        let place = tempfile::tempdir().expect("a directory");
        let (bytes, ends) = three_lines(place.path());
        assert_eq!(ends.len(), 3);
        for length in 0..=bytes.len() {
            fs::write(file(place.path(), "a"), &bytes[..length]).expect("cut");
            let found = found(place.path());
            let lines = ends.iter().filter(|end| **end <= length).count();
            let news = [issued(), delivered("a file")];
            if lines == 0 {
                assert_eq!(found.notes, [], "{length}");
                assert_eq!(found.troubles.len(), 1, "{length}");
                assert!(found.troubles[0].contains("a.intent"), "{}", found.troubles[0]);
            } else {
                let news = news[..lines - 1].to_vec();
                assert_eq!(found.notes, [Note { intent: intent("a", 1), news }], "{length}");
                assert_eq!(found.troubles, Vec::<String>::new(), "{length}");
            }
            assert!(file(place.path(), "a").exists(), "nothing is removed unasked");
        }
    }

    #[test]
    fn a_file_cut_before_it_had_its_name_is_removed() {
        let place = tempfile::tempdir().expect("a directory");
        let (bytes, ends) = three_lines(place.path());
        fs::remove_file(file(place.path(), "a")).expect("removed");
        for length in 0..=ends[0] {
            leave(place.path(), "00.tmp", &bytes[..length]);
            assert_eq!(found(place.path()), Found::default(), "{length}");
            assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0, "{length}");
        }
    }

    #[test]
    fn news_after_a_torn_line_take_its_place() {
        let place = tempfile::tempdir().expect("a directory");
        let (bytes, ends) = three_lines(place.path());
        fs::write(file(place.path(), "a"), &bytes[..ends[1] + 5]).expect("cut");
        let second = journal(place.path());
        assert_eq!(second.orphans().notes.len(), 1);
        second.note("a", &delivered("b")).expect("noted");
        drop(second);
        let news = vec![issued(), delivered("b")];
        let expected = vec![Note { intent: intent("a", 1), news }];
        assert_eq!(found(place.path()), Found { notes: expected, troubles: vec![] });
    }

    #[test]
    fn a_damaged_line_of_news_is_told_and_hides_nothing_else() {
        let place = tempfile::tempdir().expect("a directory");
        let (bytes, ends) = three_lines(place.path());
        let mut damaged = bytes[..ends[0]].to_vec();
        damaged.extend(b"{\"newer\":1}\n");
        damaged.extend(&bytes[ends[1]..]);
        leave(place.path(), "a.intent", &damaged);
        let found = found(place.path());
        assert_eq!(found.notes[0].news, [delivered("a file")]);
        assert!(found.troubles[0].contains("a.intent") && found.troubles.len() == 1);
    }

    #[test]
    fn what_cannot_be_understood_is_told_by_name_and_kept() {
        let place = tempfile::tempdir().expect("a directory");
        let (bytes, ends) = three_lines(place.path());
        journal(place.path()).settle("a").expect_err("not ours");
        fs::remove_file(file(place.path(), "a")).expect("removed");
        let newer = String::from_utf8(bytes.clone()).expect("text");
        let newer = newer.replace("\"version\":1", "\"version\":2");
        for (name, content, why) in [
            ("a.intent", newer.as_bytes(), "version"),
            ("a.intent", b"{\"version\":1}\n".as_slice(), "damaged"),
            ("a.intent", b"\0\0\0\0\n", "damaged"),
            ("a.intent", b"\xff\xfe\n", "damaged"),
            ("a.intent", b"\n", "damaged"),
            ("a.intent", b"", "not whole"),
            ("b.intent", &bytes[..ends[0]], "another name"),
            ("a_b.intent", &bytes[..ends[0]], "such a name"),
        ] {
            leave(place.path(), name, content);
            let found = found(place.path());
            assert_eq!(found.notes, []);
            let [told] = found.troubles.as_slice() else { panic!("{:?}", found.troubles) };
            assert!(told.contains(why) && told.contains(name), "{told}");
            let kept = fs::read(place.path().join(name)).expect("still there");
            assert_eq!(kept, content);
            fs::remove_file(place.path().join(name)).expect("removed");
        }
    }

    #[test]
    fn one_odd_file_does_not_hide_the_others() {
        let place = tempfile::tempdir().expect("a directory");
        let first = journal(place.path());
        first.begin(&intent("b", 1)).expect("begun");
        leave(place.path(), "a.intent", b"{");
        fs::create_dir(file(place.path(), "c")).expect("a folder");
        drop(first);
        let found = found(place.path());
        assert_eq!((found.notes.len(), found.troubles.len()), (1, 2));
    }

    #[test]
    fn a_lock_on_what_was_just_settled_is_worth_nothing() {
        let place = tempfile::tempdir().expect("a directory");
        let (first, second) = (journal(place.path()), journal(place.path()));
        first.begin(&intent("a", 1)).expect("begun");
        let opened = second.folder.open_own("a.intent", OFlags::RDWR).expect("opened");
        let opened = opened.expect("a file");
        first.settle("a").expect("settled");
        assert!(opened.try_lock().is_ok() && !second.folder.is_still("a.intent", &opened));
        first.begin(&intent("a", 2)).expect("begun again");
        assert!(!second.folder.is_still("a.intent", &opened), "a new file is not the old one");
    }

    #[test]
    fn threads_may_share_it() {
        let place = tempfile::tempdir().expect("a directory");
        let shared = journal(place.path());
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let shared = &shared;
                scope.spawn(move || {
                    let id = format!("t{thread}");
                    shared.begin(&intent(&id, thread)).expect("begun");
                    shared.note(&id, &issued()).expect("noted");
                    let _ = shared.orphans();
                });
            }
        });
        drop(shared);
        let found = found(place.path());
        assert_eq!(found.notes.len(), 4);
        assert!(found.notes.iter().all(|note| note.news == [issued()]));
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Begin,
        Note(u8),
        Settle,
        Orphans,
        Crash,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Begin),
            4 => any::<u8>().prop_map(Step::Note),
            2 => Just(Step::Settle),
            2 => Just(Step::Orphans),
            1 => Just(Step::Crash),
        ]
    }

    /// What should be in the journal: the owner, if it lives, and the news.
    type Expected = BTreeMap<usize, (Option<usize>, Vec<News>)>;

    /// What nobody has, as the one who asks should find it; it is theirs then.
    fn adopted(expected: &mut Expected, by: usize) -> Vec<Note> {
        let lost = expected.iter_mut().filter(|(_, (owner, _))| owner.is_none());
        let lost = lost.map(|(id, (owner, news))| {
            *owner = Some(by);
            Note { intent: model_intent(*id), news: news.clone() }
        });
        lost.collect()
    }

    fn model_intent(id: usize) -> Intent {
        intent(&format!("i-{id}"), i64::try_from(id).expect("small"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_begun_and_not_settled_is_found_exactly_once_after_a_crash(
            steps in vec((step(), 0..2usize, 0..4usize), 1..32)
        ) {
            let place = tempfile::tempdir().expect("a directory");
            let mut journals = [journal(place.path()), journal(place.path())];
            let mut expected = Expected::new();
            for (step, by, id) in steps {
                let ours = expected.get(&id).is_some_and(|(owner, _)| *owner == Some(by));
                let intent = model_intent(id);
                match step {
                    Step::Begin => {
                        let begun = journals[by].begin(&intent).is_ok();
                        prop_assert_eq!(begun, !expected.contains_key(&id));
                        expected.entry(id).or_insert((Some(by), vec![]));
                    }
                    Step::Note(number) => {
                        let news = delivered(&format!("place {number}"));
                        prop_assert_eq!(journals[by].note(&intent.id, &news).is_ok(), ours);
                        if let Some((_, all)) = expected.get_mut(&id).filter(|_| ours) {
                            all.push(news);
                        }
                    }
                    Step::Settle => {
                        let settled = journals[by].settle(&intent.id).is_ok();
                        prop_assert_eq!(settled, ours || !expected.contains_key(&id));
                        if ours {
                            expected.remove(&id);
                        }
                    }
                    Step::Orphans => {
                        let found = journals[by].orphans();
                        prop_assert_eq!(found.notes, adopted(&mut expected, by));
                        prop_assert_eq!(found.troubles.len(), 0);
                    }
                    Step::Crash => {
                        journals[by] = journal(place.path());
                        for (owner, _) in expected.values_mut() {
                            *owner = owner.filter(|owner| *owner != by);
                        }
                    }
                }
            }
            drop(journals);
            for (owner, _) in expected.values_mut() {
                *owner = None;
            }
            let last = journal(place.path());
            prop_assert_eq!(last.orphans().notes, adopted(&mut expected, 0));
            prop_assert_eq!(last.orphans(), Found::default());
        }
    }
}
