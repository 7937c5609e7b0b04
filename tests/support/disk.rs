//! A small disk in memory, where one may be mounted.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// So much fits on it.
const SIZE: usize = 64 << 10;

/// A disk. It goes when dropped, and all that is on it.
pub struct Disk(PathBuf);

impl Disk {
    /// A disk at this path, which becomes a folder for its owner alone. `None` where
    /// none may be mounted; a test that needs it says so and passes.
    pub fn mount(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).expect("a folder");
        let options = format!("size={SIZE},mode=700");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "gatehouse"])
            .arg(path)
            .output();
        if !mount.is_ok_and(|mount| mount.status.success()) {
            eprintln!("not tried: no disk can be mounted here");
            return None;
        }
        Some(Self(path.to_owned()))
    }

    /// Leaves no room on it.
    pub fn fill(&self) {
        let full = fs::write(self.filling(), vec![1; SIZE + 1]);
        assert_eq!(full.map_err(|error| error.kind()), Err(ErrorKind::StorageFull));
    }

    /// Makes room again.
    pub fn empty(&self) {
        fs::remove_file(self.filling()).expect("it is there");
    }

    fn filling(&self) -> PathBuf {
        self.0.join("filling")
    }

    /// Lets nothing on it be changed any more, or again.
    pub fn protect(&self, protect: bool) {
        let options = if protect { "remount,ro" } else { "remount,rw" };
        let done = Command::new("mount").args(["-o", options]).arg(&self.0).status();
        assert!(done.expect("it was mounted so").success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Even if somebody still has a file open there.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
