//! What is kept of the lists of organizations for the next session: one file for each host,
//! credential and organization, in the user's cache, readable by the user alone.
//!
//! It is a convenience and no more: what cannot be read, is damaged or old is removed, and
//! nobody is told.

use std::path::PathBuf;

use jiff::Timestamp;

use super::folder::{Folder, MOST_BYTES, named};
use crate::atlas::kept::{Kept, Whose};

const EXTENSION: &str = "lists";

/// Where lists are kept.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Absent where the user has no home, or nothing is kept on purpose.
    pub folder: Option<PathBuf>,
    /// Whether they are kept; else those that were are removed.
    pub wanted: bool,
}

impl Lists {
    /// What was kept of these, if it is of use.
    #[must_use]
    pub fn read(&self, whose: &Whose, now: Timestamp) -> Option<Kept> {
        let (folder, name) = (self.find()?, name_of(whose)?);
        let bytes = match folder.read(&name) {
            Ok(bytes) => bytes?,
            Err(_) => Vec::new(),
        };
        let kept = Kept::from_bytes(&bytes, now).filter(|kept| kept.whose == *whose);
        if kept.is_none() {
            let _ = folder.remove(&name);
        }
        kept
    }

    /// Keeps these, in the place of those before.
    pub fn write(&self, kept: &Kept) {
        let bytes = kept.to_bytes();
        if bytes.len() > MOST_BYTES {
            return self.forget(&kept.whose);
        }
        let folder = self.folder.as_ref().filter(|_| self.wanted);
        let folder = folder.and_then(|path| Folder::open(path).ok());
        if let (Some(folder), Some(name)) = (folder, name_of(&kept.whose)) {
            // Where it cannot be written, the next session reads what there is.
            let _ = folder.write(&name, &bytes);
        }
    }

    /// Forgets these.
    pub fn forget(&self, whose: &Whose) {
        if let (Some(folder), Some(name)) = (self.find(), name_of(whose)) {
            let _ = folder.remove(&name);
        }
    }

    /// Removes what is of no use to anybody any more; everything, where nothing is to be
    /// kept.
    pub fn tidy(&self, now: Timestamp) {
        let Some(folder) = self.find() else { return };
        let _ = folder.sweep();
        for name in folder.names(EXTENSION).unwrap_or_default() {
            let read = || folder.read(&name).ok().flatten();
            let of_use = |bytes: Vec<u8>| Kept::from_bytes(&bytes, now).is_some();
            if !self.wanted || !read().is_some_and(of_use) {
                let _ = folder.remove(&name);
            }
        }
    }

    /// The folder, if there is one: looking for something makes none.
    fn find(&self) -> Option<Folder> {
        Folder::find(self.folder.as_ref()?).ok()?
    }
}

fn name_of(whose: &Whose) -> Option<String> {
    named(&whose.name(), EXTENSION).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;
    use crate::atlas::kept::List;
    use crate::atlas::{Clean, ClientId, Field, OrgId, ServiceAccount};

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).expect("a time")
    }

    fn whose(host: &str, credential: &str, org: &str) -> Whose {
        let (host, credential) = (Clean::new(host), Clean::new(credential));
        Whose { host, credential, org: (!org.is_empty()).then(|| OrgId::new(org)) }
    }

    fn own() -> Whose {
        whose("cloud.mongodb.com", "abcdefgh", "66f1c0ffee00112233a91f00")
    }

    fn kept(whose: Whose, rows: usize) -> Kept {
        let row = |number| ServiceAccount {
            id: ClientId::new(&format!("mdb_sa_id_{number:024x}")),
            name: Field::Known(Clean::new(&"n".repeat(100))),
            ..ServiceAccount::default()
        };
        let list = List { rows: (0..rows).map(row).collect(), read: at(0) };
        let org = whose.org.clone().unwrap_or_default();
        Kept { whose, org, service_accounts: Some(list), api_keys: None }
    }

    fn place() -> (tempfile::TempDir, Lists) {
        let place = tempfile::tempdir().expect("a directory");
        let folder = Some(place.path().join("cache/lists"));
        (place, Lists { folder, wanted: true })
    }

    fn files(lists: &Lists) -> Vec<PathBuf> {
        let entries = fs::read_dir(lists.folder.as_ref().expect("one")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn they_are_for_this_host_credential_and_organization_alone() {
        let (place, lists) = place();
        assert_eq!(lists.read(&own(), at(0)), None);
        assert!(!place.path().join("cache").exists(), "looking makes nothing");
        lists.write(&kept(own(), 3));
        assert_eq!(lists.read(&own(), at(1)), Some(kept(own(), 3)));
        for other in [
            whose("cloud.mongodbgov.com", "abcdefgh", "66f1c0ffee00112233a91f00"),
            whose("cloud.mongodb.com", "abcdefgi", "66f1c0ffee00112233a91f00"),
            whose("cloud.mongodb.com", "abcdefgh", "66f1c0ffee00112233a91f01"),
            whose("cloud.mongodb.com", "abcdefgh", ""),
        ] {
            assert_eq!(lists.read(&other, at(1)), None);
        }
        lists.write(&kept(own(), 4));
        assert_eq!(lists.read(&own(), at(1)).map(|kept| kept.len()), Some(4), "the last one wins");
        let files = files(&lists);
        assert_eq!((files.len(), mode(&files[0])), (1, 0o600));
        assert_eq!(mode(lists.folder.as_ref().expect("one")), 0o700);
        lists.forget(&own());
        assert_eq!(lists.read(&own(), at(1)), None);
    }

    #[test]
    fn a_file_under_anothers_name_is_not_believed() {
        let (_place, lists) = place();
        lists.write(&kept(own(), 1));
        let other = whose("cloud.mongodb.com", "abcdefgi", "66f1c0ffee00112233a91f00");
        let folder = Folder::open(lists.folder.as_ref().expect("one")).expect("a folder");
        folder
            .rename(&name_of(&own()).expect("one"), &name_of(&other).expect("one"))
            .expect("done");
        assert_eq!(lists.read(&other, at(0)), None);
        assert!(files(&lists).is_empty(), "it is removed");
    }

    #[test]
    fn what_must_not_be_believed_is_removed_and_nobody_is_told() {
        type Befall = fn(&Path);
        let table: [(&str, Befall); 7] = [
            ("open to others", |path| {
                fs::set_permissions(path, Permissions::from_mode(0o644)).expect("a mode");
            }),
            ("a link", |path| {
                let elsewhere = path.with_extension("elsewhere");
                fs::rename(path, &elsewhere).expect("moved");
                symlink(elsewhere, path).expect("a link");
            }),
            ("empty", |path| fs::write(path, "").expect("written")),
            ("torn", |path| {
                let bytes = fs::read(path).expect("read");
                fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
            }),
            ("no text", |path| fs::write(path, [0xff; 99]).expect("written")),
            ("large", |path| fs::write(path, vec![b' '; MOST_BYTES + 1]).expect("written")),
            ("of another version", |path| {
                let text = fs::read_to_string(path).expect("read");
                fs::write(path, text.replacen("lists 1", "lists 9", 1)).expect("written");
            }),
        ];
        for (what, befall) in table {
            let (_place, lists) = place();
            lists.write(&kept(own(), 1));
            let path = files(&lists).remove(0);
            befall(&path);
            assert_eq!(lists.read(&own(), at(0)), None, "{what}");
            assert!(fs::symlink_metadata(&path).is_err(), "{what} is still there");
            lists.write(&kept(own(), 1));
            befall(&path);
            lists.tidy(at(0));
            assert!(fs::symlink_metadata(&path).is_err(), "{what} is not tidied away");
        }
        let (_place, lists) = place();
        lists.write(&kept(own(), 1));
        assert_eq!(lists.read(&own(), at(31)), None, "old");
        assert!(files(&lists).is_empty());
    }

    #[test]
    fn what_is_in_the_way_keeps_nobody_from_working() {
        let (place, lists) = place();
        fs::create_dir(place.path().join("cache")).expect("a folder");
        fs::write(place.path().join("cache/lists"), "in the way").expect("written");
        lists.write(&kept(own(), 1));
        lists.tidy(at(0));
        assert_eq!(lists.read(&own(), at(0)), None);
        assert_eq!(fs::read(place.path().join("cache/lists")).expect("read"), b"in the way");
        Lists::default().write(&kept(own(), 1));
        Lists::default().tidy(at(0));
        assert_eq!(Lists::default().read(&own(), at(0)), None);
    }

    #[test]
    fn more_than_a_file_holds_is_not_kept_and_what_was_is_removed() {
        let (_place, lists) = place();
        lists.write(&kept(own(), 1));
        lists.write(&kept(own(), 10_000));
        assert!(files(&lists).is_empty());
    }

    #[test]
    fn it_is_tidied_by_age_and_emptied_where_nothing_is_to_be_kept() {
        let (_place, lists) = place();
        let other = whose("cloud.mongodb.com", "abcdefgi", "66f1c0ffee00112233a91f00");
        lists.write(&kept(own(), 1));
        lists.write(&kept(other.clone(), 1));
        fs::write(lists.folder.as_ref().expect("one").join("note.txt"), "mine").expect("written");
        lists.tidy(at(29));
        assert_eq!(files(&lists).len(), 3);
        let off = Lists { wanted: false, ..lists.clone() };
        off.tidy(at(0));
        assert_eq!(files(&lists).len(), 1, "what is not ours stays");
        off.write(&kept(own(), 1));
        assert_eq!(files(&lists).len(), 1, "nothing is written where nothing is to be kept");
        lists.write(&kept(other, 1));
        lists.tidy(at(31));
        assert_eq!(files(&lists).len(), 1);
    }
}
