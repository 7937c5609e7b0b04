//! Who is here: each gatehouse keeps a file of its own locked while it is open, so that
//! one that is started beside it knows. However it ends, its lock ends with it.
//!
//! Holds no secret and decides nothing: nobody is kept out.

use std::fs::File;
use std::io::Write;

use rustix::fs::OFlags;

use super::folder::{Folder, named};
use crate::rules::neighbour::Neighbour;

const EXTENSION: &str = "open";
/// How often a file is made anew that others have removed.
const TRIES: usize = 8;

/// That this gatehouse is open. It is told until this is dropped.
#[derive(Debug)]
pub struct Presence {
    folder: Folder,
    name: String,
    _locked: File,
}

impl Presence {
    /// Tells that `own` is open, under a name that no other session has; and who else is,
    /// the oldest first. What was left by those that are no more is removed.
    ///
    /// # Errors
    /// Where it cannot be told.
    pub fn enter(
        folder: Folder,
        session: &str,
        own: &Neighbour,
    ) -> Result<(Self, Vec<Neighbour>), String> {
        let name = named(session, EXTENSION)?;
        let text = serde_json::to_vec(own).map_err(|error| error.to_string())?;
        let file = locked(&folder, &name, &text)?;
        // Looked for only now: of two that start together, one sees the other.
        let others = others(&folder, &name)?;
        Ok((Self { folder, name, _locked: file }, others))
    }
}

/// A new file of this name, locked. It is open for reading only, which keeps nobody from
/// making the disk read-only.
fn locked(folder: &Folder, name: &str, text: &[u8]) -> Result<File, String> {
    for _ in 0..TRIES {
        // No more than a word to others: nothing is lost where the power fails.
        let written = folder.create(name)?.write_all(text);
        written.map_err(|error| folder.told(name, "cannot be written", error))?;
        let Some(file) = folder.open_own(name, OFlags::RDONLY)? else { continue };
        file.lock().map_err(|error| folder.told(name, "cannot be locked", error))?;
        // Another may have taken it for one left behind, before it was locked.
        if folder.is_still(name, &file) {
            return Ok(file);
        }
    }
    Err(folder.told(name, "cannot be kept", "others remove it"))
}

impl Drop for Presence {
    fn drop(&mut self) {
        // What stays behind is not locked, and so it is nobody.
        let _ = self.folder.remove(&self.name);
    }
}

fn others(folder: &Folder, own: &str) -> Result<Vec<Neighbour>, String> {
    let mut others = Vec::new();
    for name in folder.names(EXTENSION)?.into_iter().filter(|name| name != own) {
        // What cannot be opened or read tells of nobody.
        let Ok(Some(file)) = folder.open_own(&name, OFlags::RDWR) else { continue };
        if file.try_lock().is_ok() {
            let _ = folder.remove(&name);
        } else if let Ok(text) = folder.contents(&name, &file) {
            others.extend(serde_json::from_slice::<Neighbour>(&text).ok());
        }
    }
    others.sort_by_key(|other| other.since);
    Ok(others)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::Timestamp;

    use super::*;
    use crate::atlas::Clean;

    fn enter(place: &Path, session: &str, second: i64) -> (Presence, Vec<i64>) {
        let own = Neighbour {
            host: Clean::new("cloud.mongodb.com"),
            org: None,
            since: Timestamp::from_second(second).expect("a time"),
            process: 7,
        };
        let folder = Folder::open(place).expect("a folder");
        let (presence, others) = Presence::enter(folder, session, &own).expect("entered");
        (presence, others.iter().map(|other| other.since.as_second()).collect())
    }

    fn files(place: &Path) -> usize {
        std::fs::read_dir(place).expect("a folder").count()
    }

    #[test]
    fn those_that_are_open_are_found_and_those_that_are_no_more_are_not() {
        let place = tempfile::tempdir().expect("a directory");
        let (first, others) = enter(place.path(), "1-1", 20);
        assert_eq!(others, [0; 0]);
        let (second, others) = enter(place.path(), "2-2", 10);
        assert_eq!(others, [20]);
        let (third, others) = enter(place.path(), "3-3", 30);
        assert_eq!(others, [10, 20], "the oldest first");
        drop((first, third));
        assert_eq!(files(place.path()), 1, "who leaves takes its file along");
        // Killed: its file stays, and its lock does not.
        let left = std::fs::read(place.path().join("2-2.open")).expect("there");
        drop(second);
        std::fs::write(place.path().join("2-2.open"), left).expect("written");
        let (_fourth, others) = enter(place.path(), "4-4", 40);
        assert_eq!((others.len(), files(place.path())), (0, 1));
    }

    #[test]
    fn what_nobody_has_written_tells_of_nobody() {
        let place = tempfile::tempdir().expect("a directory");
        let (_first, _) = enter(place.path(), "1-1", 20);
        std::fs::write(place.path().join("1-1.open"), "{").expect("written");
        std::fs::create_dir(place.path().join("folder.open")).expect("a folder");
        std::os::unix::fs::symlink("/etc/passwd", place.path().join("link.open")).expect("a link");
        assert_eq!(enter(place.path(), "2-2", 30).1, [0; 0]);
    }
}
