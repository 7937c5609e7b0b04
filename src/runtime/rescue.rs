//! Where a secret is put that nobody has acknowledged when the program is ended by
//! force: a private file, offered at the next start and then shredded. Knows nothing
//! of Atlas, of the journal, and of why the program ends.
//!
//! All of it may run while a panic unwinds and after the terminal has gone: it prints
//! nothing, panics nowhere, and waits for nobody for long.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::folder::{Folder, named};
use crate::atlas::secret::ExposeSecret;
use crate::atlas::{IdentityId, Issued, Secret, SecretId};

/// How these files are written.
const VERSION: u64 = 1;
const EXTENSION: &str = "rescue";
/// How long somebody else may have the register: an insertion takes far less.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// The place for such files, unless the administrator wants none.
#[derive(Debug, Clone, Default)]
pub struct Rescue {
    folder: Option<PathBuf>,
}

/// What was issued and is not acknowledged yet, for the whole process. Clones share it.
#[derive(Clone, Default)]
pub struct Held {
    secrets: Arc<Mutex<Secrets>>,
    rescue: Rescue,
}

/// By the ids of their intents.
type Secrets = BTreeMap<String, Arc<Issued>>;

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    owner: &'a IdentityId,
    secret_id: Option<&'a SecretId>,
    public: &'a str,
    secret: &'a str,
    expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ReadVersion {
    version: u64,
}

#[derive(Deserialize)]
struct ReadSecret {
    owner: IdentityId,
    secret_id: Option<SecretId>,
    public: String,
    secret: Secret,
    expires_at: Option<Timestamp>,
}

impl Rescue {
    /// Rescue files in this folder, which is created when the first one is needed.
    /// Without a folder nothing is ever written.
    #[must_use]
    pub fn at(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// Writes what was issued for the intent of this id, durably, and reads it again to
    /// be sure. That it is there already is fine.
    ///
    /// # Errors
    /// Where it is not surely written. The sentence holds no secret.
    pub fn write(&self, id: &str, issued: &Issued) -> Result<PathBuf, String> {
        let name = named(id, EXTENSION)?;
        let Some(path) = &self.folder else {
            return Err("There is no folder to save it in, or saving is switched off".to_owned());
        };
        let bytes = written(issued)?;
        let folder = Folder::open(path)?;
        match folder.open_own(&name, OFlags::RDONLY)? {
            Some(there) => {
                there.sync_all().map_err(|error| folder.told(&name, "may not last", error))?;
            }
            None => create(&folder, &name, &bytes)?,
        }
        folder.sync()?;
        match folder.read(&name)?.map(Zeroizing::new) {
            Some(found) if found == bytes => Ok(folder.path_of(&name)),
            _ => Err(folder.told(&name, "is not as it should be", "it holds something else")),
        }
    }

    /// Reads what was saved for the intent of this id, if anything was.
    ///
    /// # Errors
    /// Where the file cannot be read or trusted. The sentence quotes nothing of it.
    pub fn read(&self, id: &str) -> Result<Option<Issued>, String> {
        let name = named(id, EXTENSION)?;
        let Some(folder) = self.find()? else { return Ok(None) };
        let Some(bytes) = folder.read(&name)?.map(Zeroizing::new) else { return Ok(None) };
        parsed(&bytes).map(Some).map_err(|why| folder.told(&name, "cannot be used", why))
    }

    /// Overwrites the file for the intent of this id, and removes it. That there is none
    /// is fine.
    ///
    /// # Errors
    /// Where it is not surely gone.
    pub fn shred(&self, id: &str) -> Result<(), String> {
        let name = named(id, EXTENSION)?;
        match self.find()? {
            Some(folder) => shred(&folder, &name),
            None => Ok(()),
        }
    }

    /// The ids of the intents for which something was saved.
    ///
    /// # Errors
    /// Where the folder cannot be looked into.
    pub fn ids(&self) -> Result<Vec<String>, String> {
        let Some(folder) = self.find()? else { return Ok(Vec::new()) };
        let names = folder.names(EXTENSION)?;
        let ids = names.iter().filter_map(|name| name.strip_suffix(".rescue"));
        Ok(ids.filter(|id| named(id, EXTENSION).is_ok()).map(str::to_owned).collect())
    }

    /// The folder, if it is wanted and there.
    fn find(&self) -> Result<Option<Folder>, String> {
        self.folder.as_deref().map_or(Ok(None), Folder::find)
    }
}

impl Held {
    /// An empty register, whose secrets are saved there.
    #[must_use]
    pub fn new(rescue: Rescue) -> Self {
        Self { secrets: Arc::default(), rescue }
    }

    /// Takes in what was issued for the intent of this id.
    pub fn hold(&self, id: &str, issued: Arc<Issued>) {
        let before = self.secrets().insert(id.to_owned(), issued);
        // Dropped when nobody waits for us any more.
        drop(before);
    }

    /// Forgets it: it is acknowledged, or was revoked.
    pub fn release(&self, id: &str) {
        let released = self.secrets().remove(id);
        drop(released);
    }

    /// Whether nothing would be lost.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets().is_empty()
    }

    /// Writes a rescue file for everything that is held; what came of each, by id.
    ///
    /// It may run in a panic hook while any thread, its own included, has the register:
    /// after a tenth of a second it gives up, and says so under an empty id.
    #[must_use]
    pub fn save_all(&self) -> Vec<(String, Result<PathBuf, String>)> {
        let Some(secrets) = self.look() else {
            let why = "No rescue file is written: what is held could not be looked at";
            return vec![(String::new(), Err(why.to_owned()))];
        };
        let saved = secrets.into_iter().map(|(id, issued)| {
            let saved = self.rescue.write(&id, &issued);
            (id, saved)
        });
        saved.collect()
    }

    fn secrets(&self) -> MutexGuard<'_, Secrets> {
        // Every change of it is a single step, so a panic leaves it sound.
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is held, without ever waiting for long.
    fn look(&self) -> Option<Secrets> {
        for _ in 0..TRIES {
            match self.secrets.try_lock() {
                Ok(secrets) => return Some(secrets.clone()),
                Err(TryLockError::Poisoned(secrets)) => return Some(secrets.into_inner().clone()),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
        None
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The ids alone: they say enough.
        let held = self.look().unwrap_or_default();
        let mut shown = f.debug_struct("Held");
        shown.field("held", &held.keys()).field("rescue", &self.rescue).finish_non_exhaustive()
    }
}

/// What stands in the file.
pub(crate) fn written(issued: &Issued) -> Result<Zeroizing<Vec<u8>>, String> {
    let (public, secret) = (issued.public.as_str(), issued.secret.expose_secret());
    // With room for the worst it is never moved, which would leave copies in memory.
    let texts = [public, secret, issued.owner.as_str()].map(str::len).iter().sum::<usize>();
    let id = issued.secret_id.as_ref().map_or(0, |id| id.as_str().len());
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024 + 6 * (texts + id)));
    let content = Written {
        version: VERSION,
        owner: &issued.owner,
        secret_id: issued.secret_id.as_ref(),
        public,
        secret,
        expires_at: issued.expires_at,
    };
    serde_json::to_writer(&mut *bytes, &content)
        .map_err(|_| "The rescue file cannot be put into words".to_owned())?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What stands in these bytes. Errors of the parser quote what they read, so they are
/// dropped.
pub(crate) fn parsed(bytes: &[u8]) -> Result<Issued, &'static str> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Err("nothing stands in it: it was overwritten, or not yet written");
    }
    let damaged = |_| "it is damaged";
    let ReadVersion { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version != VERSION {
        return Err("it is of a version of gatehouse that this one does not know");
    }
    let read: ReadSecret = serde_json::from_slice(bytes).map_err(damaged)?;
    let ReadSecret { owner, secret_id, public, secret, expires_at } = read;
    Ok(Issued { owner, secret_id, public, secret, expires_at })
}

/// Creates the file and writes it to its end, or leaves none. One that may not outlast
/// a power failure stays: it is better than nothing.
fn create(folder: &Folder, name: &str, bytes: &[u8]) -> Result<(), String> {
    let mut file = folder.create(name)?;
    if let Err(error) = file.write_all(bytes) {
        let why = folder.told(name, "cannot be written", error);
        return Err(match shred(folder, name) {
            Ok(()) => why,
            Err(besides) => format!("{why}. {besides}"),
        });
    }
    file.sync_all().map_err(|error| folder.told(name, "may not last", error))
}

/// Overwrites a file, and removes it even where that fails.
fn shred(folder: &Folder, name: &str) -> Result<(), String> {
    let Some(file) = folder.open_own(name, OFlags::WRONLY)? else { return Ok(()) };
    let gone = overwrite(&file).and_then(|()| file.set_len(0));
    folder.remove(name)?;
    gone.map_err(|error| {
        let what = "is removed, but could not be overwritten before";
        folder.told(name, what, error)
    })
}

/// Puts zeros over all that stands in a file, down to the disk.
fn overwrite(mut file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;
    use std::sync::mpsc;

    use super::*;
    use crate::atlas::{ClientId, KeyId};

    const SECRET: &str = "mdb_sa_sk_never-to-be-seen";

    fn secret_of_account() -> Issued {
        Issued {
            owner: IdentityId::ServiceAccount(ClientId::new("mdb_sa_id_5f0000000000000000000002")),
            secret_id: Some(SecretId::new("5f0000000000000000000004")),
            public: "mdb_sa_id_5f0000000000000000000002".to_owned(),
            secret: SECRET.into(),
            expires_at: Some(Timestamp::from_second(1_900_000_000).expect("a time")),
        }
    }

    fn api_key(secret: &str) -> Issued {
        Issued {
            owner: IdentityId::ApiKey(KeyId::new("5f0000000000000000000005")),
            secret_id: None,
            public: "abcdefgh".to_owned(),
            secret: secret.into(),
            expires_at: None,
        }
    }

    fn place() -> (tempfile::TempDir, Rescue) {
        let place = tempfile::tempdir().expect("a directory");
        let rescue = Rescue::at(Some(place.path().join("own")));
        (place, rescue)
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("its mode").permissions().mode() & 0o7777
    }

    fn told<T>(result: Result<T, String>) -> String {
        let told = result.err().expect("an error");
        assert!(!told.contains("sk_") && !told.contains("never"), "{told}");
        told
    }

    #[test]
    fn what_is_saved_is_private_and_comes_back_whole() {
        let (_place, rescue) = place();
        for (id, issued) in [
            ("a", secret_of_account()),
            ("b", api_key("11112222-3333")),
            ("c", api_key("\"quoted\\ \u{1}\n ü 🗝")),
            ("d", api_key("")),
        ] {
            let path = rescue.write(id, &issued).expect("written");
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().expect("a folder")), 0o700);
            let read = rescue.read(id).expect("no error").expect("a secret");
            assert_eq!(read, issued);
            assert_eq!((read.public, read.expires_at), (issued.public, issued.expires_at));
            assert_eq!(read.secret.expose_secret(), issued.secret.expose_secret());
        }
        assert_eq!(rescue.ids(), Ok(["a", "b", "c", "d"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn the_buffer_is_never_moved_while_it_is_written() {
        let long = "\u{1}".repeat(5000);
        let bytes = written(&api_key(&long)).expect("written");
        assert_eq!(bytes.capacity(), 1024 + 6 * (5000 + 8 + 24));
    }

    #[test]
    fn looking_and_shredding_create_nothing() {
        let (place, rescue) = place();
        assert_eq!(rescue.ids(), Ok(vec![]));
        assert_eq!(rescue.read("a"), Ok(None));
        assert_eq!(rescue.shred("a"), Ok(()));
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn shredding_leaves_no_file_and_no_bytes() {
        let (_place, rescue) = place();
        let path = rescue.write("a", &secret_of_account()).expect("written");
        let mut still_open = File::open(&path).expect("opened");
        // Even one that others can read by now.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(told(rescue.read("a")).contains("chmod 600"));
        rescue.shred("a").expect("shredded");
        rescue.shred("a").expect("nothing to shred");
        let mut left = Vec::new();
        still_open.read_to_end(&mut left).expect("read");
        assert_eq!(left, b"");
        assert!(!path.exists());
        assert_eq!(rescue.ids(), Ok(vec![]));
        assert_eq!(rescue.read("a"), Ok(None));
    }

    #[test]
    fn overwriting_leaves_zeros_of_the_same_length() {
        let place = tempfile::tempdir().expect("a directory");
        let folder = Folder::open(place.path()).expect("a folder");
        folder.write("a.rescue", SECRET.as_bytes()).expect("written");
        let file = folder.open_own("a.rescue", OFlags::WRONLY).expect("opened").expect("a file");
        overwrite(&file).expect("overwritten");
        assert_eq!(folder.read("a.rescue"), Ok(Some(vec![0; SECRET.len()])));
    }

    #[test]
    fn a_second_name_keeps_no_bytes_alive() {
        let place = tempfile::tempdir().expect("a directory");
        let folder = Folder::open(place.path()).expect("a folder");
        folder.write("a.rescue", SECRET.as_bytes()).expect("written");
        fs::hard_link(folder.path_of("a.rescue"), folder.path_of("kept")).expect("linked");
        shred(&folder, "a.rescue").expect("shredded");
        assert_eq!(folder.read("kept"), Ok(Some(vec![])));
    }

    #[test]
    fn writing_twice_is_fine_and_never_over_another_secret() {
        let (_place, rescue) = place();
        let path = rescue.write("a", &secret_of_account()).expect("written");
        assert_eq!(rescue.write("a", &secret_of_account()), Ok(path.clone()));
        assert!(told(rescue.write("a", &api_key("other"))).contains("something else"));
        let kept = rescue.read("a").expect("no error").expect("a secret");
        assert_eq!(kept.secret.expose_secret(), SECRET);
        fs::remove_file(&path).expect("removed");
        symlink("elsewhere", &path).expect("a link");
        assert!(told(rescue.write("a", &secret_of_account())).contains("symbolic link"));
    }

    #[test]
    fn what_cannot_be_read_is_told_without_a_word_of_it() {
        let (place, rescue) = place();
        let path = rescue.write("a", &secret_of_account()).expect("written");
        let whole = fs::read_to_string(&path).expect("read");
        let cases = [
            whole.replace("\"version\":1", "\"version\":\"mdb_sa_sk_never\""),
            whole.replace("\"version\":1", "\"version\":2"),
            whole.replace("service-account", SECRET),
            whole.replace("2030", SECRET),
            whole.replace("secret_id", "secretid"),
            format!("\"{SECRET}\""),
            format!("{whole}{SECRET}"),
        ];
        let folder = Folder::open(&place.path().join("own")).expect("a folder");
        for case in cases {
            assert_ne!(case, whole);
            folder.write("a.rescue", case.as_bytes()).expect("written");
            if let Err(why) = rescue.read("a") {
                assert!(told::<()>(Err(why)).contains("a.rescue cannot be used"));
            } else {
                assert!(case.contains("secretid"), "{case}");
            }
        }
        for length in 0..whole.len() - 1 {
            folder.write("a.rescue", &whole.as_bytes()[..length]).expect("written");
            told(rescue.read("a"));
        }
        // Killed while it was shredded.
        for nothing in [vec![], vec![0; whole.len()]] {
            folder.write("a.rescue", &nothing).expect("written");
            assert!(told(rescue.read("a")).contains("nothing stands in it"));
        }
    }

    #[test]
    fn switched_off_it_writes_nothing_and_finds_nothing() {
        let rescue = Rescue::at(None);
        assert!(told(rescue.write("a", &secret_of_account())).contains("switched off"));
        assert_eq!((rescue.read("a"), rescue.ids()), (Ok(None), Ok(vec![])));
        assert_eq!(rescue.shred("a"), Ok(()));
    }

    #[test]
    fn no_id_leads_out_of_the_folder() {
        let (place, rescue) = place();
        for id in ["", "../a", "a.b", "a/b", &"a".repeat(81)] {
            told(rescue.write(id, &secret_of_account()));
            assert!(rescue.read(id).is_err() && rescue.shred(id).is_err(), "{id:?}");
        }
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_place_that_is_not_private_is_an_error_and_no_panic() {
        let (place, rescue) = place();
        symlink(place.path(), place.path().join("own")).expect("a link");
        assert!(told(rescue.write("a", &secret_of_account())).contains("symbolic link"));
        assert!(rescue.ids().is_err() && rescue.read("a").is_err());
    }

    #[test]
    fn everything_held_is_saved_and_nothing_that_was_released() {
        let (_place, rescue) = place();
        let held = Held::new(rescue.clone());
        assert!(held.is_empty() && held.save_all().is_empty());
        for (id, issued) in
            [("a", secret_of_account()), ("b", api_key("x")), ("../c", api_key("y"))]
        {
            held.clone().hold(id, Arc::new(issued));
        }
        held.release("b");
        held.release("nothing");
        assert!(!held.is_empty());
        for _ in 0..2 {
            let saved = held.save_all();
            let [(odd, refused), (id, path)] = saved.as_slice() else { panic!("{saved:?}") };
            assert_eq!((odd.as_str(), id.as_str()), ("../c", "a"));
            assert!(refused.is_err() && path.as_ref().is_ok_and(|path| path.exists()));
        }
        assert_eq!(rescue.ids(), Ok(vec!["a".to_owned()]));
    }

    #[test]
    fn a_panic_while_it_is_changed_loses_nothing() {
        let (_place, rescue) = place();
        let held = Held::new(rescue);
        held.hold("a", Arc::new(secret_of_account()));
        let poisoned = catch_unwind(AssertUnwindSafe(|| {
            let _secrets = held.secrets();
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(poisoned.is_err() && held.secrets.is_poisoned());
        assert!(held.save_all()[0].1.is_ok());
        held.hold("b", Arc::new(api_key("x")));
        held.release("a");
        assert!(!held.is_empty());
        assert_eq!(held.save_all().len(), 1);
    }

    #[test]
    fn it_waits_for_another_thread_a_moment_and_for_itself_not_for_ever() {
        let (_place, rescue) = place();
        let held = Held::new(rescue);
        held.hold("a", Arc::new(secret_of_account()));
        let (taken, wait) = mpsc::channel();
        let other = held.clone();
        let thread = thread::spawn(move || {
            let secrets = other.secrets();
            taken.send(()).expect("heard");
            thread::sleep(4 * PAUSE);
            drop(secrets);
        });
        wait.recv().expect("taken");
        assert!(held.save_all()[0].1.is_ok());
        thread.join().expect("ended");
        let secrets = held.secrets();
        let saved = held.save_all();
        drop(secrets);
        assert!(saved[0].0.is_empty() && saved[0].1.is_err());
    }

    #[test]
    fn nothing_shows_a_secret_when_it_is_printed() {
        let (_place, rescue) = place();
        let held = Held::new(rescue.clone());
        held.hold("a", Arc::new(secret_of_account()));
        let saved = held.save_all();
        let read = rescue.read("a").expect("no error").expect("a secret");
        let shown = format!("{held:?} {rescue:?} {saved:?} {read:?} {:?}", rescue.ids());
        assert!(shown.contains("\"a\"") && !shown.contains(SECRET), "{shown}");
    }
}
