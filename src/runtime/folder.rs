//! A private folder of gatehouse's own, and the files in it: nobody else reads them,
//! and each is there whole or not at all. Knows nothing of what is in them.
//!
//! The folder is held open and everything in it is reached through that, so its path
//! cannot be bent towards another place meanwhile.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;

/// No file of ours comes near to this.
pub const MOST_BYTES: usize = 1 << 20;
/// Ends the names of files that are still being written.
const PASSING: &str = "tmp";
/// How often a name for such a file is looked for.
const TRIES: usize = 8;
/// No name of ours is longer.
const LONGEST_ID: usize = 80;

/// A folder that belongs to this user and that nobody else can look into.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    dir: File,
}

/// What happens to a file that has the name already.
#[derive(Clone, Copy)]
enum Before {
    Replaced,
    Kept,
}

impl Folder {
    /// Opens the folder at `path`, which is created if it is not there, as are the
    /// folders above it. One of ours that others can look into is closed to them.
    ///
    /// # Errors
    /// Where it cannot be private: the sentence says why and what to do.
    pub fn open(path: &Path) -> Result<Self, String> {
        let path = without_slash(path);
        create_missing(&path)
            .map_err(|error| format!("{} cannot be created: {error}", path.display()))?;
        Self::take(path)
    }

    /// Opens the folder at `path` if there is one; creates none.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn find(path: &Path) -> Result<Option<Self>, String> {
        let path = without_slash(path);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Self::take(path).map(Some),
        }
    }

    fn take(path: PathBuf) -> Result<Self, String> {
        let shown = path.display();
        let why = |error: io::Error| format!("{shown} cannot be opened: {error}");
        let about = fs::symlink_metadata(&path).map_err(why)?;
        if about.is_symlink() {
            return Err(format!(
                "{shown} is a symbolic link, which may lead anywhere: remove it, and gatehouse \
                 creates a folder there"
            ));
        }
        if !about.is_dir() {
            return Err(format!(
                "{shown} is not a folder: move it away, and gatehouse creates a folder there"
            ));
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = rustix::fs::open(&path, flags, Mode::empty()).map_err(|error| why(error.into()));
        let dir = File::from(dir?);
        close_to_others(&dir).map_err(|reason| format!("{shown} {reason}"))?;
        Ok(Self { path, dir })
    }

    /// Where a file of this name is.
    #[must_use]
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file whole, in place of the one that has its name. Whoever looks, and
    /// whenever the power fails, finds the old content or the new one.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.put(name, bytes, Before::Replaced)?;
        self.sync()
    }

    /// Writes a new file, whole or not at all, and never over another one. It comes
    /// back locked: it must be kept open for as long as others shall see that somebody
    /// works on it.
    ///
    /// # Errors
    /// Why not, in a sentence; then there is no such file, unless it was there before.
    pub fn add(&self, name: &str, bytes: &[u8]) -> Result<File, String> {
        let file = self.put(name, bytes, Before::Kept)?;
        if let Err(why) = self.sync() {
            // Nobody counts on it yet: an error must not leave it behind.
            let _ = self.unlink(name);
            return Err(why);
        }
        Ok(file)
    }

    /// Creates an empty file, where none has its name.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn create(&self, name: &str) -> Result<File, String> {
        self.check(name)?;
        self.create_new(name).map_err(|error| self.told(name, "cannot be created", error))
    }

    /// Opens a file to write on at its end, which is created if it is not there.
    ///
    /// # Errors
    /// Where it cannot be opened, or is not ours alone: the sentence says what to do.
    pub fn append(&self, name: &str) -> Result<File, String> {
        let access = OFlags::WRONLY | OFlags::APPEND;
        let mut file = self.open_own(name, access)?;
        if file.is_none() {
            let created = self.create(name);
            // Another gatehouse may have been faster: then that one is there.
            file = self.open_own(name, access)?;
            if file.is_none() {
                created?;
            }
        }
        let file = file.ok_or_else(|| self.told(name, "cannot be opened", "it is gone again"))?;
        self.check_closed(name, &file)?;
        Ok(file)
    }

    /// Gives a file another name, in place of the one that has it.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn rename(&self, name: &str, to: &str) -> Result<(), String> {
        self.check(name)?;
        self.check(to)?;
        rustix::fs::renameat(&self.dir, name, &self.dir, to)
            .map_err(|error| self.told(name, "cannot be renamed", error))
    }

    /// Reads a file of at most a mebibyte, if there is one of this name.
    ///
    /// # Errors
    /// Where it cannot be read, or is not ours alone: the sentence says what to do.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(file) = self.open_own(name, OFlags::RDONLY)? else { return Ok(None) };
        self.contents(name, &file).map(Some)
    }

    /// The files whose names end in a dot and `extension`, in the order of their names.
    /// A file that gatehouse would not name so is none of its own.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn names(&self, extension: &str) -> Result<Vec<String>, String> {
        let why = |error: Errno| format!("{} cannot be read: {error}", self.path.display());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.dir).map_err(why)? {
            let entry = entry.map_err(why)?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if is_plain(name) && Path::new(name).extension() == Some(OsStr::new(extension)) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Removes a file for good; that there is none is fine.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn remove(&self, name: &str) -> Result<(), String> {
        self.check(name)?;
        self.unlink(name).map_err(|error| self.told(name, "cannot be removed", error))?;
        self.sync()
    }

    /// Sees to it that the files' names outlast a power failure.
    ///
    /// # Errors
    /// Where the system cannot promise it.
    pub fn sync(&self) -> Result<(), String> {
        sync_folder(&self.dir)
            .map_err(|error| format!("{} may not last: {error}", self.path.display()))
    }

    /// Removes what was still being written when a gatehouse was ended by force. What
    /// another one is writing just now stays.
    ///
    /// # Errors
    /// Where the folder cannot be read, or a leftover not be removed.
    pub fn sweep(&self) -> Result<(), String> {
        for name in self.names(PASSING)? {
            // What cannot be opened is not of our making.
            let Ok(Some(file)) = self.open_own(&name, OFlags::RDWR) else { continue };
            if file.try_lock().is_ok() && self.is_still(&name, &file) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    /// Opens an existing file, if it is an ordinary one of ours.
    pub(super) fn open_own(&self, name: &str, access: OFlags) -> Result<Option<File>, String> {
        self.check(name)?;
        // A pipe would keep us waiting for whoever writes into it.
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.dir, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::MLINK) => {
                return Err(self.told(name, "is a symbolic link", "gatehouse follows none here"));
            }
            Err(error) => return Err(self.told(name, "cannot be opened", error)),
        };
        let about = file.metadata().map_err(|error| self.told(name, "cannot be opened", error))?;
        if !about.is_file() {
            return Err(self.told(name, "is not a file", "gatehouse has put none such here"));
        }
        if about.uid() != own_id() {
            let id = about.uid();
            return Err(self.told(name, "is not trusted", format!("it belongs to user {id}")));
        }
        Ok(Some(file))
    }

    /// That nobody else may open a file.
    fn check_closed(&self, name: &str, file: &File) -> Result<(), String> {
        let about = file.metadata().map_err(|error| self.told(name, "cannot be read", error))?;
        let mode = about.mode() & 0o777;
        if mode & 0o077 != 0 {
            let way = format!("others may open it (mode {mode:03o}); close it with chmod 600");
            return Err(self.told(name, "is not trusted", way));
        }
        Ok(())
    }

    /// All that stands in a file that was just opened.
    pub(super) fn contents(&self, name: &str, file: &File) -> Result<Vec<u8>, String> {
        let why = |error: io::Error| self.told(name, "cannot be read", error);
        self.check_closed(name, file)?;
        let about = file.metadata().map_err(why)?;
        // With room to spare it is never moved, which would leave copies in memory.
        let length = usize::try_from(about.len()).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        let mut bytes = Vec::with_capacity(length + 64);
        file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(why)?;
        if bytes.len() > MOST_BYTES {
            return Err(self.told(name, "is not trusted", "it is larger than 1 MiB"));
        }
        Ok(bytes)
    }

    /// Whether the name still stands for this very file: others may have removed it
    /// between our opening and our locking it.
    pub(super) fn is_still(&self, name: &str, file: &File) -> bool {
        let there = rustix::fs::statat(&self.dir, name, AtFlags::SYMLINK_NOFOLLOW);
        let ours = rustix::fs::fstat(file);
        there.is_ok_and(|there| {
            ours.is_ok_and(|ours| (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino))
        })
    }

    /// A sentence about a file.
    pub(super) fn told(&self, name: &str, what: &str, why: impl Display) -> String {
        format!("{} {what}: {why}", self.path_of(name).display())
    }

    /// Writes a file under a passing name, then gives it its own. It is locked from
    /// before its first byte.
    fn put(&self, name: &str, bytes: &[u8], before: Before) -> Result<File, String> {
        self.check(name)?;
        let why = |error: io::Error| self.told(name, "cannot be written", error);
        let (passing, mut file) = self.passing().map_err(why)?;
        let done = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| self.place(&passing, name, before));
        if let Err(error) = done {
            // If it cannot be removed now either, it is swept up later.
            let _ = self.unlink(&passing);
            return Err(why(error));
        }
        Ok(file)
    }

    /// A new file under a passing name, locked.
    fn passing(&self) -> io::Result<(String, File)> {
        for _ in 0..TRIES {
            let name = format!("{:016x}.{PASSING}", random()?);
            let file = match self.create_new(&name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                created => created?,
            };
            match file.try_lock() {
                Ok(()) if self.is_still(&name, &file) => return Ok((name, file)),
                // Another gatehouse took it for a leftover before we had it locked.
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    let _ = self.unlink(&name);
                    return Err(error);
                }
            }
        }
        Err(io::Error::other("no passing name is free"))
    }

    fn create_new(&self, name: &str) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.dir, name, flags, Mode::RUSR | Mode::WUSR)?;
        Ok(File::from(file))
    }

    fn place(&self, passing: &str, name: &str, before: Before) -> io::Result<()> {
        match before {
            Before::Replaced => Ok(rustix::fs::renameat(&self.dir, passing, &self.dir, name)?),
            Before::Kept => self.rename_new(passing, name),
        }
    }

    /// Renames, unless the new name is taken.
    fn rename_new(&self, from: &str, to: &str) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            match renameat_with(&self.dir, from, &self.dir, to, RenameFlags::NOREPLACE) {
                // Not every file system knows this.
                Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {}
                done => return Ok(done?),
            }
        }
        self.link_new(from, to)
    }

    /// The same where there is no such renaming: for a moment it has both names.
    fn link_new(&self, from: &str, to: &str) -> io::Result<()> {
        rustix::fs::linkat(&self.dir, from, &self.dir, to, AtFlags::empty())?;
        // If the old name stays, it is swept up later.
        let _ = self.unlink(from);
        Ok(())
    }

    fn unlink(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.dir, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn check(&self, name: &str) -> Result<(), String> {
        if is_plain(name) {
            return Ok(());
        }
        Err(format!("{name:?} is no name for a file in {}", self.path.display()))
    }
}

/// The name of the file for something with an id.
///
/// # Errors
/// Where the id is not 1 to 80 letters, digits and `-`.
pub(super) fn named(id: &str, extension: &str) -> Result<String, String> {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !plain || id.is_empty() || id.len() > LONGEST_ID {
        return Err(format!("{id:?} is no id for a file: it takes letters, digits and -"));
    }
    Ok(format!("{id}.{extension}"))
}

/// A slash at its end would make the system follow a link there.
fn without_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain)
}

/// Creates a folder and those above it that are missing, all of them private.
fn create_missing(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        known => return known.map(drop),
    }
    let above = match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => return Err(io::ErrorKind::NotFound.into()),
    };
    create_missing(above)?;
    match DirBuilder::new().mode(0o700).create(path) {
        // Another gatehouse was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        created => created?,
    }
    // Some folders can be written by us but not opened: their name lasts as it may.
    File::open(above).map_or(Ok(()), |above| sync_folder(&above))
}

fn sync_folder(dir: &File) -> io::Result<()> {
    match dir.sync_all() {
        // Such a file system keeps names in an order of its own; there is no other way.
        Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => Ok(()),
        done => done,
    }
}

/// Sees that a folder is ours, and closes it to everybody else.
fn close_to_others(dir: &File) -> Result<(), String> {
    let look = || dir.metadata().map_err(|error| format!("cannot be opened: {error}"));
    let about = look()?;
    if about.uid() != own_id() {
        let id = about.uid();
        return Err(format!(
            "belongs to user {id}, not to you: remove it or have it given to you, and start again"
        ));
    }
    if about.mode() & 0o7777 == 0o700 {
        return Ok(());
    }
    let closed = dir.set_permissions(Permissions::from_mode(0o700));
    closed.map_err(|error| format!("cannot be closed to other users: {error}"))?;
    if look()?.mode() & 0o077 != 0 {
        return Err("cannot be closed to other users: its file system knows no permissions, so \
                    choose another place"
            .to_owned());
    }
    Ok(())
}

fn own_id() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn random() -> io::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::getrandom(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("its mode").mode() & 0o7777
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
    }

    fn place() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().expect("a directory");
        let folder = Folder::open(&place.path().join("own")).expect("a folder");
        (place, folder)
    }

    /// Root can give files away; everybody else knows one that is root's.
    fn of_another(path: PathBuf) -> PathBuf {
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(12345), None).expect("given away");
            return path;
        }
        "/usr".into()
    }

    #[test]
    fn it_and_what_is_missing_above_it_are_created_private() {
        let place = tempfile::tempdir().expect("a directory");
        chmod(place.path(), 0o755);
        let path = place.path().join("a").join("b");
        Folder::open(&path).expect("a folder");
        assert_eq!((mode(&place.path().join("a")), mode(&path)), (0o700, 0o700));
        assert_eq!(mode(place.path()), 0o755, "what was there before is left alone");
        Folder::open(&path).expect("the same again");
    }

    #[test]
    fn finding_creates_nothing() {
        let place = tempfile::tempdir().expect("a directory");
        let path = place.path().join("a");
        assert!(Folder::find(&path).expect("no error").is_none());
        assert!(!path.exists());
        Folder::open(&path).expect("a folder");
        assert!(Folder::find(&path).expect("no error").is_some());
    }

    #[test]
    fn a_folder_of_ours_that_is_open_to_others_is_closed() {
        let place = tempfile::tempdir().expect("a directory");
        for wide in [0o755, 0o777, 0o770, 0o1777, 0o2700] {
            let path = place.path().join("own");
            fs::create_dir_all(&path).expect("a folder");
            chmod(&path, wide);
            Folder::open(&path).expect("a folder");
            assert_eq!(mode(&path), 0o700, "{wide:o}");
        }
    }

    #[test]
    fn a_symbolic_link_is_refused_however_it_is_written() {
        let place = tempfile::tempdir().expect("a directory");
        let (real, link) = (place.path().join("real"), place.path().join("link"));
        fs::create_dir(&real).expect("a folder");
        chmod(&real, 0o755);
        symlink(&real, &link).expect("a link");
        symlink("nowhere", place.path().join("dangling")).expect("a link");
        for path in [&link, &link.join(""), &link.join("."), &place.path().join("dangling")] {
            let told = Folder::open(path).expect_err("an error");
            assert!(told.contains("is a symbolic link") && told.contains("remove it"), "{told}");
        }
        assert_eq!(mode(&real), 0o755, "what it leads to is left alone");
    }

    #[test]
    fn what_is_no_folder_or_not_ours_is_refused_with_what_to_do() {
        let place = tempfile::tempdir().expect("a directory");
        let (file, foreign) = (place.path().join("file"), place.path().join("foreign"));
        fs::write(&file, "").expect("written");
        fs::create_dir(&foreign).expect("a folder");
        let foreign = of_another(foreign);
        let before = mode(&foreign);
        for (path, why) in [
            (&file, "is not a folder: move it away"),
            (&file.join("below"), "cannot be created"),
            (&foreign, "not to you: remove it or"),
            (&PathBuf::new(), "cannot be created"),
        ] {
            let told = Folder::open(path).expect_err("an error");
            assert!(told.contains(why), "{told}");
            assert!(told.starts_with(&path.display().to_string()), "{told}");
        }
        assert_eq!(mode(&foreign), before);
    }

    #[test]
    fn a_written_file_is_private_and_replaces_the_old_one_whole() {
        let (_place, folder) = place();
        folder.write("one.toml", b"a long first content").expect("written");
        let before = File::open(folder.path_of("one.toml")).expect("opened");
        folder.write("one.toml", b"short").expect("written");
        assert_eq!(folder.read("one.toml"), Ok(Some(b"short".to_vec())));
        assert_eq!(mode(&folder.path_of("one.toml")), 0o600);
        let old = folder.contents("one.toml", &before).expect("the old one");
        assert_eq!(old, b"a long first content", "who had it open still reads the old one");
        assert_eq!(
            fs::read_dir(&folder.path).expect("a folder").count(),
            1,
            "nothing is left over"
        );
    }

    #[test]
    fn a_link_in_place_of_a_file_is_replaced_not_followed() {
        let (place, folder) = place();
        let target = place.path().join("target");
        fs::write(&target, "kept").expect("written");
        symlink(&target, folder.path_of("one")).expect("a link");
        let told = folder.read("one").expect_err("an error");
        assert!(told.contains("symbolic link"), "{told}");
        assert!(folder.create("one").is_err() && folder.add("one", b"x").is_err());
        folder.write("one", b"new").expect("written");
        assert_eq!(folder.read("one"), Ok(Some(b"new".to_vec())));
        assert_eq!(fs::read(&target).expect("read"), b"kept");
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let (_place, folder) = place();
        fs::create_dir(folder.path_of("taken")).expect("a folder");
        assert!(folder.write("taken", b"x").is_err());
        folder.add("one", b"first").expect("written");
        let told = folder.add("one", b"second").expect_err("an error");
        assert!(told.contains("one cannot be written"), "{told}");
        assert_eq!(folder.read("one"), Ok(Some(b"first".to_vec())));
        assert_eq!(folder.names(PASSING), Ok(vec![]));
    }

    #[test]
    fn without_exclusive_renaming_a_taken_name_is_kept_too() {
        let (_place, folder) = place();
        for name in ["a.tmp", "b.tmp"] {
            folder.write(name, name.as_bytes()).expect("written");
        }
        folder.link_new("a.tmp", "a").expect("linked");
        assert_eq!(folder.read("a"), Ok(Some(b"a.tmp".to_vec())));
        let error = folder.link_new("b.tmp", "a").expect_err("an error");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(folder.names("tmp"), Ok(vec!["b.tmp".to_owned()]));
    }

    #[test]
    fn a_new_file_is_private_and_never_over_another() {
        let (_place, folder) = place();
        folder.create("one").expect("created");
        assert_eq!(mode(&folder.path_of("one")), 0o600);
        assert!(folder.create("one").is_err());
        folder.remove("one").expect("removed");
        folder.remove("one").expect("nothing to remove");
        assert_eq!(folder.read("one"), Ok(None));
    }

    #[test]
    fn only_an_ordinary_private_file_of_ours_is_read() {
        let (_place, folder) = place();
        fs::create_dir(folder.path_of("folder")).expect("a folder");
        let pipe = Command::new("mkfifo").arg(folder.path_of("pipe")).status();
        assert!(pipe.is_ok_and(|status| status.success()));
        folder.write("open", b"x").expect("written");
        chmod(&folder.path_of("open"), 0o640);
        folder.write("large", &vec![b'x'; MOST_BYTES + 1]).expect("written");
        let mut cases = vec![
            ("folder", "is not a file"),
            ("pipe", "is not a file"),
            ("open", "chmod 600"),
            ("large", "larger than 1 MiB"),
        ];
        if rustix::process::geteuid().is_root() {
            folder.write("foreign", b"x").expect("written");
            of_another(folder.path_of("foreign"));
            cases.push(("foreign", "belongs to user 12345"));
        }
        for (name, why) in cases {
            let told = folder.read(name).expect_err("an error");
            assert!(told.contains(why) && told.contains(name), "{told}");
        }
        folder.write("most", &vec![b'x'; MOST_BYTES]).expect("written");
        assert_eq!(
            folder.read("most").map(|read| read.map(|bytes| bytes.len())),
            Ok(Some(1 << 20))
        );
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let (_place, folder) = place();
        for name in ["", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a b", "ä", "a\0b"] {
            assert!(folder.write(name, b"").is_err(), "{name:?}");
            assert!(folder.add(name, b"").is_err(), "{name:?}");
            assert!(folder.create(name).is_err(), "{name:?}");
            assert!(folder.read(name).is_err(), "{name:?}");
            assert!(folder.remove(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_are_those_of_one_kind_in_order() {
        let (_place, folder) = place();
        for name in ["b.intent", "a.intent", "c.rescue", "intent"] {
            folder.write(name, b"").expect("written");
        }
        for foreign in ["x y.intent", ".intent", ".a.intent"] {
            fs::write(folder.path_of(foreign), "").expect("written");
        }
        assert_eq!(folder.names("intent"), Ok(vec!["a.intent".to_owned(), "b.intent".to_owned()]));
    }

    #[test]
    fn leftovers_are_swept_but_not_what_is_being_written() {
        let (place, folder) = place();
        let another = Folder::open(&place.path().join("own")).expect("a folder");
        let (living, file) = folder.passing().expect("a file");
        folder.write("dead.tmp", b"half").expect("written");
        folder.write("kept.toml", b"whole").expect("written");
        another.sweep().expect("swept");
        assert_eq!(folder.names("tmp"), Ok(vec![living.clone()]));
        drop(file);
        another.sweep().expect("swept");
        assert_eq!(folder.names("tmp"), Ok(vec![]));
        assert_eq!(folder.names("toml"), Ok(vec!["kept.toml".to_owned()]));
    }

    #[test]
    fn an_added_file_stays_locked_while_it_is_kept_open() {
        let (_place, folder) = place();
        let kept = folder.add("one", b"x").expect("written");
        let again = File::open(folder.path_of("one")).expect("opened");
        assert!(again.try_lock().is_err());
        drop(kept);
        assert!(again.try_lock().is_ok());
    }
}
