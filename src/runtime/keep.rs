//! What outlives a session: what is written down before a secret is asked for, what is
//! saved when the program is ended by force, the rotations under way, where credentials
//! may go, and what the lists showed.
//!
//! Knows nothing of Atlas and of screens. The demo keeps nothing: what it makes is gone
//! with it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::journal::Journal;
use super::lists::Lists;
use super::presence::Presence;
use super::rescue::{Held, Rescue};
use crate::app::Found;
use crate::app::credentials::{Recent, Used};
use crate::rules::intent::{Intent, News, Note};
use crate::rules::neighbour::Neighbour;
use crate::rules::rotation::Rotation;

/// The folders in gatehouse's own.
const JOURNAL: &str = "journal";
const ROTATIONS: &str = "rotations";
const OPEN: &str = "open";
/// The file of credentials that may go to other origins than MongoDB's own.
const TRUSTED: &str = "trusted.json";
/// The file of what was chosen last.
const RECENT: &str = "recent.json";

/// Where things are kept.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// gatehouse's own folder for what outlives a session; absent: the user has none.
    pub state: Option<PathBuf>,
    /// The folder for secrets that were not acknowledged; absent: they are not saved.
    pub rescue: Option<PathBuf>,
    /// For what the lists showed.
    pub lists: Lists,
}

/// What is kept, by everybody who has to do with secrets. Its folders are made once
/// there is something to keep.
#[derive(Clone)]
pub struct Keep {
    /// Absent where nothing is kept on purpose.
    places: Option<Places>,
    journal: Arc<Mutex<Option<Arc<Journal>>>>,
    rescue: Arc<Rescue>,
    /// What is saved when the program is ended by force.
    pub held: Held,
}

impl Keep {
    /// Keeps nothing, and saves nothing.
    #[must_use]
    pub fn nothing() -> Self {
        let (journal, rescue) = (Arc::default(), Arc::new(Rescue::at(None)));
        Self { places: None, journal, rescue, held: Held::default() }
    }

    /// Keeps things in these places, and looks at nothing that is there.
    #[must_use]
    pub fn at(places: Places) -> Self {
        let rescue = || Rescue::at(places.rescue.clone());
        let (journal, held) = (Arc::default(), Held::new(rescue()));
        Self { rescue: Arc::new(rescue()), places: Some(places), journal, held }
    }

    /// Keeps things in these places, and tells what earlier sessions left there.
    #[must_use]
    pub fn open(places: Places) -> (Self, Found) {
        let (keep, mut found) = (Self::at(places), Found::default());
        if let Err(why) = keep.look(&mut found) {
            found.troubles.push(why);
        }
        (keep, found)
    }

    fn look(&self, found: &mut Found) -> Result<(), String> {
        if self.has(JOURNAL)?
            && let Some(journal) = self.journal()?
        {
            let orphans = journal.orphans();
            found.troubles.extend(orphans.troubles);
            for note in orphans.notes {
                self.look_at(note, found);
            }
        }
        match self.recent() {
            Ok(recent) => found.recent = recent,
            Err(why) => found.troubles.push(why),
        }
        if self.has(ROTATIONS)? {
            let folder = self.folder(ROTATIONS)?;
            for name in folder.names("json")? {
                match read_rotation(&folder, &name) {
                    Ok(rotation) => found.rotations.extend(rotation),
                    Err(why) => found.troubles.push(why),
                }
            }
        }
        Ok(())
    }

    /// What was chosen last, by what is written of it.
    fn recent(&self) -> Result<Recent, String> {
        let Some(state) = self.state() else { return Ok(Recent::default()) };
        let Some(folder) = Folder::find(state)? else { return Ok(Recent::default()) };
        recent(&folder)
    }

    /// Remembers what was chosen.
    ///
    /// # Errors
    /// Why it could not be written.
    pub fn remember(&self, used: Used) -> Result<(), String> {
        // Who has no home does without.
        let Some(state) = self.state() else { return Ok(()) };
        let folder = Folder::open(state)?;
        // One that cannot be read is written anew: nothing but an order is lost.
        let mut all = recent(&folder).unwrap_or_default();
        all.put_first(used);
        let text = serde_json::to_vec_pretty(&all).map_err(|error| error.to_string())?;
        folder.write(RECENT, &text)
    }

    fn state(&self) -> Option<&Path> {
        self.places.as_ref()?.state.as_deref()
    }

    /// Whether such a folder is there.
    fn has(&self, name: &str) -> Result<bool, String> {
        let Some(state) = self.state() else { return Ok(false) };
        Ok(Folder::find(&state.join(name))?.is_some())
    }

    fn folder(&self, name: &str) -> Result<Folder, String> {
        let state = self.state().ok_or("There is no home directory to keep its journal in.")?;
        Folder::open(state)?;
        Folder::open(&state.join(name))
    }

    /// The journal, which is made where it is not there yet; none where nothing is kept.
    fn journal(&self) -> Result<Option<Arc<Journal>>, String> {
        if self.places.is_none() {
            return Ok(None);
        }
        let mut open = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(Arc::new(Journal::open(self.folder(JOURNAL)?)));
        }
        Ok(open.clone())
    }

    /// A secret that reached its place is settled. Of the others, some were saved.
    fn look_at(&self, note: Note, found: &mut Found) {
        let id = &note.intent.id;
        if note.delivered().is_some() {
            found.troubles.extend(self.settle(id).err());
            return;
        }
        match self.rescue.read(id) {
            Ok(Some(issued)) => {
                let issued = Arc::new(issued);
                self.held.hold(id, issued.clone());
                found.rescued.push((id.clone(), issued));
            }
            Ok(None) => {}
            Err(why) => found.troubles.push(why),
        }
        found.notes.push(note);
    }

    /// Where it is kept what the lists showed; nowhere in the demo.
    #[must_use]
    pub fn lists(&self) -> Lists {
        self.places.as_ref().map(|places| places.lists.clone()).unwrap_or_default()
    }

    /// Something is kept: it is not the demo.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.places.is_some()
    }

    /// Writes down what is about to be asked for. It is on the disk when this returns.
    ///
    /// # Errors
    /// Why it could not be written: then nothing may be asked for.
    pub fn begin(&self, intent: &Intent) -> Result<(), String> {
        self.journal()?.map_or(Ok(()), |journal| journal.begin(intent))
    }

    /// The same of a change that brings no secret: who has no home does without.
    ///
    /// # Errors
    /// Why it could not be written.
    pub fn note_change(&self, intent: &Intent) -> Result<(), String> {
        if self.state().is_none() { Ok(()) } else { self.begin(intent) }
    }

    /// Writes down what became of it.
    ///
    /// # Errors
    /// Why it could not be written.
    pub fn note(&self, id: &str, news: &News) -> Result<(), String> {
        self.journal()?.map_or(Ok(()), |journal| journal.note(id, news))
    }

    /// What was written down is settled: nothing is left of it, nor of its secret.
    ///
    /// # Errors
    /// Why it could not be removed: it will be told again at the next start.
    pub fn settle(&self, id: &str) -> Result<(), String> {
        self.held.release(id);
        self.rescue.shred(id)?;
        if self.state().is_none() {
            return Ok(());
        }
        self.journal()?.map_or(Ok(()), |journal| journal.settle(id))
    }

    /// Keeps a rotation.
    ///
    /// # Errors
    /// Why it could not be written.
    pub fn keep_rotation(&self, rotation: &Rotation) -> Result<(), String> {
        if !self.is_kept() {
            return Ok(());
        }
        let text = serde_json::to_vec(rotation).map_err(|error| error.to_string())?;
        self.folder(ROTATIONS)?.write(&file_of(&rotation.name()), &text)
    }

    /// Whether somebody has said before that this credential, by its public half, may go
    /// to this origin.
    ///
    /// # Errors
    /// Why it cannot be known.
    pub fn trusts(&self, credential: &str, origin: &str) -> Result<bool, String> {
        let Some(state) = self.state() else { return Ok(false) };
        let Some(folder) = Folder::find(state)? else { return Ok(false) };
        Ok(trusted(&folder)?.contains(&Trusted::new(credential, origin)))
    }

    /// Remembers that this credential may go to this origin.
    ///
    /// # Errors
    /// Why it could not be written: it will be asked again.
    pub fn trust(&self, credential: &str, origin: &str) -> Result<(), String> {
        if !self.is_kept() {
            return Ok(());
        }
        let state = self.state().ok_or("There is no home directory to remember it in.")?;
        let folder = Folder::open(state)?;
        // One that cannot be read is written anew: what it said is asked again.
        let mut all = trusted(&folder).unwrap_or_default();
        all.push(Trusted::new(credential, origin));
        let text = serde_json::to_vec_pretty(&all).map_err(|error| error.to_string())?;
        folder.write(TRUSTED, &text)
    }

    /// Tells the gatehouses on this machine that this one is open, and tells which are.
    /// None where nothing is kept (the demo is by itself), or nothing was kept yet.
    ///
    /// # Errors
    /// Why that cannot be told.
    pub fn presence(
        &self,
        session: &str,
        own: &Neighbour,
    ) -> Result<Option<(Presence, Vec<Neighbour>)>, String> {
        // Nothing is made at home for this alone.
        if self.state().map(Folder::find).transpose()?.flatten().is_none() {
            return Ok(None);
        }
        Presence::enter(self.folder(OPEN)?, session, own).map(Some)
    }

    /// Forgets a rotation.
    ///
    /// # Errors
    /// Why it could not be removed.
    pub fn forget_rotation(&self, name: &str) -> Result<(), String> {
        if self.has(ROTATIONS)? {
            return self.folder(ROTATIONS)?.remove(&file_of(name));
        }
        Ok(())
    }
}

/// Where a credential may go, by what can be told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trusted {
    credential: String,
    origin: String,
}

impl Trusted {
    fn new(credential: &str, origin: &str) -> Self {
        Self { credential: credential.to_owned(), origin: origin.to_owned() }
    }
}

fn trusted(folder: &Folder) -> Result<Vec<Trusted>, String> {
    let Some(text) = folder.read(TRUSTED)? else { return Ok(Vec::new()) };
    serde_json::from_slice(&text)
        .map_err(|_| format!("{} is not as gatehouse wrote it.", folder.path_of(TRUSTED).display()))
}

fn recent(folder: &Folder) -> Result<Recent, String> {
    let Some(text) = folder.read(RECENT)? else { return Ok(Recent::default()) };
    serde_json::from_slice(&text)
        .map_err(|_| format!("{} is not as gatehouse wrote it.", folder.path_of(RECENT).display()))
}

fn file_of(rotation: &str) -> String {
    let plain: String = rotation.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{plain}.json")
}

/// Reads the rotation in a file, if it is there.
fn read_rotation(folder: &Folder, name: &str) -> Result<Option<Rotation>, String> {
    let Some(text) = folder.read(name)? else { return Ok(None) };
    let damaged = |_| folder.told(name, "cannot be used", "it is no rotation that is known here");
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{Clean, ClientId, IdentityId, Issued, OrgId, Secret, SecretId};
    use crate::rules::intent::{Asks, Then};
    use crate::rules::rotation::Replaced;

    fn intent(id: &str) -> Intent {
        Intent {
            id: id.into(),
            host: Clean::new("h"),
            org: OrgId::new("o"),
            asks: Asks::Secret {
                account: ClientId::new("a"),
                name: Clean::new("ci"),
                before: Vec::new(),
            },
            at: jiff::Timestamp::UNIX_EPOCH,
            to: Clean::new("the screen"),
            then: Then::default(),
        }
    }

    fn issued() -> Arc<Issued> {
        Arc::new(Issued {
            owner: IdentityId::ServiceAccount(ClientId::new("a")),
            secret_id: Some(SecretId::new("1")),
            public: "a".into(),
            secret: Secret::from("mdb_sa_sk_x"),
            expires_at: None,
        })
    }

    fn places(root: &Path) -> Places {
        let (state, rescue) = (Some(root.join("state")), Some(root.join("run")));
        Places { state, rescue, ..Places::default() }
    }

    #[test]
    fn what_is_left_open_is_found_and_what_arrived_is_not() {
        let root = tempfile::tempdir().expect("a folder");
        let places = places(root.path());
        let (keep, found) = Keep::open(places.clone());
        assert!(found.notes.is_empty() && found.troubles.is_empty(), "{found:?}");
        assert!(!root.path().join("state").exists(), "nothing is made before it is needed");
        for id in ["open", "arrived", "settled", "saved"] {
            keep.begin(&intent(id)).expect("written");
        }
        keep.note("arrived", &News::Delivered { to: Clean::new("a file") }).expect("noted");
        keep.settle("settled").expect("settled");
        keep.held.hold("saved", issued());
        assert_eq!(keep.held.save_all().len(), 1);
        drop(keep);
        let (keep, found) = Keep::open(places.clone());
        let mut ids: Vec<_> = found.notes.iter().map(|note| note.intent.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["open", "saved"]);
        assert_eq!(found.rescued.len(), 1);
        assert_eq!(found.rescued[0].0, "saved");
        for id in ids {
            keep.settle(id).expect("settled");
        }
        drop(keep);
        let (_, found) = Keep::open(places.clone());
        assert!(found.notes.is_empty() && found.rescued.is_empty(), "{found:?}");
        let left = std::fs::read_dir(root.path().join("run")).expect("a folder").count();
        assert_eq!(left, 0, "a saved secret is left");
    }

    #[test]
    fn without_a_place_nothing_may_be_asked_for() {
        let (keep, found) = Keep::open(Places::default());
        assert!(found.troubles.is_empty(), "{found:?}");
        assert!(keep.begin(&intent("1")).is_err());
        assert!(Keep::nothing().begin(&intent("1")).is_ok(), "the demo keeps nothing");
    }

    #[test]
    fn trust_is_for_one_credential_and_one_origin() {
        let root = tempfile::tempdir().expect("a folder");
        let (keep, _) = Keep::open(places(root.path()));
        assert_eq!(keep.trusts("a", "https://x.example"), Ok(false));
        assert!(!root.path().join("state").exists(), "asking makes nothing");
        keep.trust("a", "https://x.example").expect("remembered");
        keep.trust("b", "https://y.example").expect("remembered");
        let (keep, _) = Keep::open(places(root.path()));
        for (credential, origin, expected) in [
            ("a", "https://x.example", true),
            ("b", "https://y.example", true),
            ("b", "https://x.example", false),
            ("a", "https://x.example:8443", false),
            ("a", "http://x.example", false),
        ] {
            assert_eq!(keep.trusts(credential, origin), Ok(expected), "{credential} {origin}");
        }
        let path = root.path().join("state").join(TRUSTED);
        std::fs::write(&path, "{").expect("written");
        assert!(keep.trusts("a", "https://x.example").is_err());
        keep.trust("a", "https://x.example").expect("written anew");
        assert_eq!(keep.trusts("a", "https://x.example"), Ok(true));
        assert_eq!(Keep::nothing().trusts("a", "https://x.example"), Ok(false));
        assert!(Keep::open(Places::default()).0.trust("a", "b").is_err(), "no home to keep it in");
    }

    #[test]
    fn what_was_chosen_is_remembered_by_its_name_and_by_nothing_else() {
        let root = tempfile::tempdir().expect("a folder");
        let (keep, found) = Keep::open(places(root.path()));
        assert_eq!(found.recent, Recent::default());
        for name in ["default", "staging"] {
            let choice = crate::app::credentials::Choice::Profile(name.into());
            keep.remember(Used::Credential(choice)).expect("remembered");
        }
        keep.remember(Used::Organization(OrgId::new("5f"))).expect("remembered");
        let path = root.path().join("state").join(RECENT);
        let text = std::fs::read_to_string(&path).expect("it is there");
        let words: String = text.split_whitespace().collect();
        assert_eq!(
            words,
            r#"{"credentials":[{"profile":"staging"},{"profile":"default"}],"organizations":["5f"]}"#
        );
        std::fs::write(&path, "{").expect("written");
        let (keep, found) = Keep::open(places(root.path()));
        assert_eq!(found.troubles.len(), 1, "{found:?}");
        keep.remember(Used::Organization(OrgId::new("60"))).expect("written anew");
        assert!(Keep::open(places(root.path())).1.troubles.is_empty());
        Keep::nothing().remember(Used::Organization(OrgId::new("61"))).expect("not at all");
    }

    #[test]
    fn a_rotation_outlives_the_session() {
        let root = tempfile::tempdir().expect("a folder");
        let places = places(root.path());
        let rotation = Rotation {
            host: Clean::new("h"),
            org: OrgId::new("o"),
            replaced: Replaced::Secret {
                account: ClientId::new("a"),
                old: SecretId::new("1"),
                new: SecretId::new("2"),
            },
            begun: jiff::Timestamp::UNIX_EPOCH,
            to: Clean::new("a file"),
            verified: None,
        };
        let (keep, _) = Keep::open(places.clone());
        keep.keep_rotation(&rotation).expect("kept");
        drop(keep);
        let (keep, found) = Keep::open(places.clone());
        assert_eq!(found.rotations, std::slice::from_ref(&rotation));
        keep.forget_rotation(&rotation.name()).expect("forgotten");
        drop(keep);
        assert!(Keep::open(places.clone()).1.rotations.is_empty());
    }
}
