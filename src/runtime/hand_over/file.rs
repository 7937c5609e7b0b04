//! A new file for a secret, which nobody else may read. Knows nothing of what is
//! written in it.
//!
//! The folder is held open: whatever happens to names on the way to it, the file
//! is made, synced and removed in the folder that was looked at.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::atlas::Secret;
use crate::runtime::files;

/// What is written on trial: more than any credential needs.
const TRIAL: [u8; 4096] = [0; 4096];

/// An empty file of ours that waits for a secret. Dropped without one, it is
/// removed.
pub(super) struct EmptyFile {
    folder: File,
    name: OsString,
    path: PathBuf,
    file: File,
    /// Which file it is, whatever stands at its path.
    node: Stat,
    /// The secret is in it.
    filled: bool,
}

impl EmptyFile {
    /// Makes the file and tries its disk.
    ///
    /// # Errors
    /// What is wrong with the place, in a sentence.
    pub(super) fn create(typed: &str) -> Result<Self, String> {
        let (path, parent, name) = locate(typed)?;
        let folder = open_folder(&parent)?;
        must_be_new(&path)?;
        let unusable = |error| {
            format!(
                "{} cannot be written: {}; choose another place",
                path.display(),
                reason(&error)
            )
        };
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&folder, &name, flags, private())
            .map(File::from)
            .map_err(|error| unusable(error.into()))?;
        let node = rustix::fs::fstat(&file).map_err(|error| {
            // It is new, and ours: it was made a moment ago.
            let _ = rustix::fs::unlinkat(&folder, &name, AtFlags::empty());
            unusable(error.into())
        })?;
        let made = Self { folder, name, path: path.clone(), file, node, filled: false };
        made.try_disk().map_err(unusable)?;
        Ok(made)
    }

    /// Writes the text and makes sure that it is there for good: its absolute path.
    ///
    /// # Errors
    /// Why it is not there, in a sentence; then nothing of it is left.
    pub(super) fn fill(mut self, text: &Secret) -> Result<String, String> {
        let path = self.path.display().to_string();
        match self.store(text.expose_secret().as_bytes()) {
            Ok(()) => {
                self.filled = true;
                Ok(path)
            }
            Err(why) => {
                let left = if self.empty().is_ok() { "nothing" } else { "perhaps a part" };
                Err(format!("{path} does not hold the secret: {why}; {left} of it is left there"))
            }
        }
    }

    /// Everything that can fail is tried while there is nothing to lose.
    fn try_disk(&self) -> io::Result<()> {
        // Whatever the umask has made of it.
        rustix::fs::fchmod(&self.file, private())?;
        must_be_private(&rustix::fs::fstat(&self.file)?)?;
        self.file.write_all_at(&TRIAL, 0)?;
        self.file.sync_all()?;
        self.empty()?;
        self.folder.sync_all()
    }

    fn store(&self, text: &[u8]) -> Result<(), String> {
        let written = self
            .file
            .write_all_at(text, 0)
            .and_then(|()| self.file.sync_all())
            .and_then(|()| self.folder.sync_all());
        written.map_err(|error| reason(&error))?;
        let found = self.reopen().map_err(|error| reason(&error))?;
        let same = holds(found, text).map_err(|error| reason(&error))?;
        if same { Ok(()) } else { Err("something else stands in it than was written".to_owned()) }
    }

    /// Opens what stands at the path by now, if it still is our file and private.
    fn reopen(&self) -> io::Result<File> {
        // A pipe in its place would make us wait, but for the last flag.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let replaced = || io::Error::other("something else has taken its place");
        let opened = rustix::fs::open(&self.path, flags, Mode::empty());
        let found = File::from(opened.map_err(|error| match error {
            Errno::NOENT | Errno::LOOP => replaced(),
            error => error.into(),
        })?);
        let about = rustix::fs::fstat(&found)?;
        if !same_node(&about, &self.node) {
            return Err(replaced());
        }
        must_be_private(&about)?;
        Ok(found)
    }

    fn empty(&self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.sync_all()
    }

    /// Removes the file, but nothing that has taken its place.
    fn remove(&self) {
        // Between the look and the removal only we ourselves could come: the folder
        // is ours alone.
        let found = rustix::fs::statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW);
        if found.is_ok_and(|found| same_node(&found, &self.node)) {
            // What cannot be removed is empty at least.
            let _ = rustix::fs::unlinkat(&self.folder, &self.name, AtFlags::empty());
        }
    }
}

impl Drop for EmptyFile {
    fn drop(&mut self) {
        if !self.filled {
            self.remove();
        }
    }
}

/// The absolute path of what was typed, its folder, and its name there.
fn locate(typed: &str) -> Result<(PathBuf, PathBuf, OsString), String> {
    let path = std::path::absolute(files::resolve(typed)).unwrap_or_default();
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !typed.ends_with('/') && typed != "~" => {
            let (parent, name) = (parent.to_owned(), name.to_owned());
            Ok((path, parent, name))
        }
        _ => Err(format!("\"{typed}\" names no file: type the path of a new one")),
    }
}

/// Opens the folder if it is ours alone.
fn open_folder(path: &Path) -> Result<File, String> {
    let shown = path.display();
    let unreadable =
        |error| format!("{shown} cannot be opened: {}; choose another folder", reason(&error));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOENT => format!("{shown} does not exist: make the folder first, or choose another"),
        Errno::NOTDIR => format!("{shown} is not a folder: choose another"),
        error => unreadable(error.into()),
    })?;
    let about = rustix::fs::fstat(&folder).map_err(|error| unreadable(error.into()))?;
    if about.st_uid != geteuid().as_raw() {
        return Err(format!(
            "{shown} belongs to another user (uid {}): choose a folder of your own",
            about.st_uid
        ));
    }
    let mode = Mode::from_raw_mode(about.st_mode);
    if mode.intersects(Mode::WGRP | Mode::WOTH) {
        // A folder that is everybody's on purpose is not to be changed.
        let mend = if mode.contains(Mode::SVTX) { "" } else { "chmod go-w it, or " };
        let mode = mode.bits();
        return Err(format!(
            "others may write to {shown} (mode {mode:04o}): {mend}choose another folder"
        ));
    }
    Ok(folder.into())
}

fn must_be_new(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let found = match rustix::fs::lstat(path) {
        Ok(found) => found,
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => {
            return Err(format!(
                "{shown} cannot be looked at: {}; choose another place",
                reason(&error.into())
            ));
        }
    };
    Err(match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile if found.st_size == 0 => format!(
            "{shown} exists already, and is empty: a gatehouse that was ended may have left it. \
             Remove it, or choose another name"
        ),
        FileType::RegularFile => {
            format!("{shown} exists already and is not overwritten: choose another name")
        }
        FileType::Directory => format!("{shown} is a folder: type the path of a new file in it"),
        FileType::Symlink => format!("{shown} is a symbolic link: choose another name"),
        FileType::Fifo => format!("{shown} is a pipe, which keeps nothing: choose another name"),
        _ => format!("{shown} is a device or a socket: choose another name"),
    })
}

/// Only its owner may read and write it.
fn private() -> Mode {
    Mode::RUSR | Mode::WUSR
}

fn must_be_private(about: &Stat) -> io::Result<()> {
    let ours = about.st_uid == geteuid().as_raw();
    if ours && Mode::from_raw_mode(about.st_mode) == private() {
        return Ok(());
    }
    // Foreign and removable disks know no owners and modes.
    Err(io::Error::other("it is not kept for you alone (mode 0600) there"))
}

fn same_node(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// Whether the text and nothing else is in the file.
fn holds(file: File, text: &[u8]) -> io::Result<bool> {
    // All the room at once: growing would leave copies behind.
    let mut found = Zeroizing::new(vec![0; text.len() + 1]);
    let mut length = 0;
    let mut file = file.take(found.len() as u64);
    while length < found.len() {
        match file.read(&mut found[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(found[..length] == *text)
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "your share of the disk is used up".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;

    use super::*;

    /// A folder that is ours alone, whatever the umask.
    fn folder() -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("a mode");
        folder
    }

    fn create(path: &Path) -> Result<EmptyFile, String> {
        EmptyFile::create(&path.display().to_string())
    }

    fn made(path: &Path) -> EmptyFile {
        create(path).unwrap_or_else(|why| panic!("{why}"))
    }

    fn refusal(path: &str) -> String {
        match EmptyFile::create(path) {
            Ok(_) => panic!("{path} was taken"),
            Err(why) => why,
        }
    }

    fn secret() -> Secret {
        Secret::from("mdb_sa_sk_one\n")
    }

    fn entries(folder: &TempDir) -> usize {
        fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn a_file_is_ours_alone_before_and_after_and_holds_the_secret() {
        let folder = folder();
        let path = folder.path().join("secret");
        let file = made(&path);
        let about = fs::metadata(&path).expect("a file");
        assert_eq!((about.mode() & 0o7777, about.len()), (0o600, 0));
        assert_eq!(file.fill(&secret()), Ok(path.display().to_string()));
        assert_eq!(fs::metadata(&path).expect("a file").mode() & 0o7777, 0o600);
        assert_eq!(fs::read_to_string(&path).expect("text"), "mdb_sa_sk_one\n");
    }

    #[test]
    fn the_umask_does_not_matter() {
        let (_, room) = module_path!().split_once("::").expect("a path within the crate");
        // Ours cannot be changed: other tests need it.
        for umask in ["000", "477"] {
            let output = std::process::Command::new("sh")
                .args(["-c", "umask $2; exec \"$0\" --exact \"$1\""])
                .arg(std::env::current_exe().expect("a test program"))
                .arg(format!("{room}::a_file_is_ours_alone_before_and_after_and_holds_the_secret"))
                .arg(umask)
                .output()
                .expect("a shell");
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains("1 passed"), "{told}");
        }
    }

    #[test]
    fn a_long_secret_and_none_arrive_too() {
        let folder = folder();
        for (name, text) in [("long", "x".repeat(100_000)), ("empty", String::new())] {
            let path = folder.path().join(name);
            assert!(made(&path).fill(&Secret::from(text.as_str())).is_ok());
            assert_eq!(fs::read_to_string(&path).expect("text"), text);
        }
    }

    #[test]
    fn a_path_that_cannot_be_taken_is_refused_with_its_reason() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("old"), "old").expect("written");
        fs::write(path("left"), "").expect("written");
        fs::create_dir(path("sub")).expect("a folder");
        symlink(path("old"), path("link")).expect("a link");
        symlink(path("nowhere"), path("dangling")).expect("a link");
        let pipe = std::process::Command::new("mkfifo").arg(path("pipe")).status();
        assert!(pipe.expect("mkfifo").success());
        let _socket = UnixListener::bind(path("socket")).expect("a socket");
        for (typed, why) in [
            (path("old"), "exists already and is not overwritten"),
            (path("left"), "exists already, and is empty"),
            (path("sub"), "is a folder"),
            (path("link"), "is a symbolic link"),
            (path("dangling"), "is a symbolic link"),
            (path("pipe"), "is a pipe"),
            (path("socket"), "is a device or a socket"),
            (path("missing/file"), "does not exist"),
            (path("old/file"), "is not a folder"),
            (path("sub/"), "names no file"),
            (path("sub/.."), "names no file"),
            (path("nul\0"), "Invalid argument"),
            (path(&"long".repeat(100)), "too long"),
            (String::new(), "names no file"),
            ("/".to_owned(), "names no file"),
            ("~".to_owned(), "names no file"),
        ] {
            let told = refusal(&typed);
            assert!(told.contains(why), "{typed:?}: {told}");
        }
        assert_eq!(fs::read_to_string(path("old")).expect("text"), "old");
        assert_eq!(entries(&folder), 7);
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused_with_its_mode() {
        let folder = folder();
        let path = folder.path().join("secret");
        for mode in [0o770, 0o707, 0o1777] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("a mode");
            let told = refusal(&path.display().to_string());
            assert!(told.contains(&format!("(mode {mode:04o}): ")), "{told}");
            assert_eq!(told.contains("chmod go-w"), mode < 0o1000, "{told}");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("a mode");
        assert!(create(&path).is_ok());
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused() {
        let folder = folder();
        let theirs = if geteuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(12345), None).expect("given away");
            folder.path()
        } else {
            Path::new("/usr")
        };
        let told = refusal(&theirs.join("secret").display().to_string());
        assert!(told.contains("belongs to another user (uid "), "{told}");
    }

    #[test]
    fn a_relative_path_is_that_from_here_and_a_tilde_is_home() {
        let here = std::env::current_dir().expect("a folder");
        assert_eq!(locate("a").map(|(path, ..)| path), Ok(here.join("a")));
        assert_eq!(locate("./a/../b").map(|(path, ..)| path), Ok(here.join("a/../b")));
        let home = files::resolve("~/a");
        assert!(home.is_absolute());
        assert_eq!(locate("~/a").map(|(path, ..)| path), Ok(home));
    }

    #[test]
    fn without_a_secret_nothing_is_left() {
        let folder = folder();
        let file = made(&folder.path().join("secret"));
        assert_eq!(entries(&folder), 1);
        drop(file);
        assert_eq!(entries(&folder), 0);
    }

    #[test]
    fn what_has_taken_its_place_is_not_removed() {
        let folder = folder();
        let path = folder.path().join("secret");
        let file = made(&path);
        fs::rename(&path, folder.path().join("moved")).expect("moved");
        fs::write(&path, "theirs").expect("written");
        drop(file);
        assert_eq!(fs::read_to_string(&path).expect("text"), "theirs");
    }

    #[test]
    fn a_link_in_its_place_gets_nothing() {
        let folder = folder();
        let (path, moved) = (folder.path().join("secret"), folder.path().join("moved"));
        let theirs = folder.path().join("theirs");
        fs::write(&theirs, "theirs").expect("written");
        let file = made(&path);
        fs::rename(&path, &moved).expect("moved");
        symlink(&theirs, &path).expect("a link");
        let told = file.fill(&secret()).expect_err("another file");
        assert!(told.contains("something else has taken its place; nothing"), "{told}");
        assert!(!told.contains("mdb_sa_sk"), "{told}");
        assert_eq!(fs::read_to_string(&theirs).expect("text"), "theirs");
        assert_eq!(fs::read_link(&path).expect("a link"), theirs);
        assert_eq!(fs::read_to_string(&moved).expect("text"), "");
    }

    #[test]
    fn a_file_that_is_gone_or_opened_to_others_is_not_said_to_be_saved() {
        let folder = folder();
        let path = folder.path().join("secret");
        let file = made(&path);
        fs::remove_file(&path).expect("removed");
        let told = file.fill(&secret()).expect_err("no file");
        assert!(told.contains("something else has taken its place"), "{told}");

        let file = made(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        let told = file.fill(&secret()).expect_err("an open file");
        assert!(told.contains("mode 0600"), "{told}");
        assert_eq!(entries(&folder), 0);
    }

    #[test]
    fn a_pipe_in_its_place_does_not_make_us_wait() {
        let folder = folder();
        let path = folder.path().join("secret");
        let file = made(&path);
        fs::remove_file(&path).expect("removed");
        let pipe = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(pipe.expect("mkfifo").success());
        assert!(file.fill(&secret()).is_err());
        assert_eq!(entries(&folder), 1);
    }

    #[cfg(target_os = "linux")]
    mod on_a_small_disk {
        use std::process::Command;

        use super::*;

        /// A disk in memory, where we may make one.
        struct Disk(TempDir);

        impl Disk {
            fn new(options: &str) -> Option<Self> {
                let disk = Self(folder());
                let mount = Command::new("mount")
                    .args(["-t", "tmpfs", "-o", &format!("{options},mode=700"), "gatehouse"])
                    .arg(disk.0.path())
                    .output();
                if !mount.is_ok_and(|mount| mount.status.success()) {
                    eprintln!("not run: no disk can be mounted here");
                    return None;
                }
                Some(disk)
            }

            fn fill_up(&self) {
                let full = fs::write(self.0.path().join("filling"), vec![1; 1 << 20]);
                assert_eq!(full.map_err(|e| e.kind()), Err(io::ErrorKind::StorageFull));
            }
        }

        impl Drop for Disk {
            fn drop(&mut self) {
                let _ = Command::new("umount").arg(self.0.path()).status();
            }
        }

        #[test]
        fn a_full_disk_is_found_before_there_is_a_secret() {
            let Some(disk) = Disk::new("size=64k") else { return };
            disk.fill_up();
            let told = refusal(&disk.0.path().join("secret").display().to_string());
            assert!(told.contains("the disk is full; choose another place"), "{told}");
            assert_eq!(entries(&disk.0), 1);
        }

        #[test]
        fn a_disk_that_fills_up_meanwhile_keeps_no_part() {
            let Some(disk) = Disk::new("size=64k") else { return };
            let file = made(&disk.0.path().join("secret"));
            disk.fill_up();
            let told = file.fill(&secret()).expect_err("a full disk");
            assert!(told.contains("the disk is full; nothing of it is left there"), "{told}");
            assert_eq!(entries(&disk.0), 1);
        }

        #[test]
        fn a_read_only_disk_is_found_before_there_is_a_secret() {
            let Some(disk) = Disk::new("ro") else { return };
            let told = refusal(&disk.0.path().join("secret").display().to_string());
            assert!(told.contains("the disk is read-only; choose another place"), "{told}");
        }
    }
}
