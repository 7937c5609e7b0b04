//! gatehouse's own files in every state in which they must not be believed: it is said,
//! nothing hangs, the file is left as it is, and what stands beside it is found all the
//! same.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use gatehouse::app::Found;
use gatehouse::app::credentials::{Recent, Used};
use gatehouse::atlas::{Clean, ClientId, IdentityId, Issued, OrgId, Secret, SecretId};
use gatehouse::config::settings::Settings;
use gatehouse::rules::intent::{Asks, Intent, Then};
use gatehouse::rules::rotation::{Replaced, Rotation};
use gatehouse::runtime::keep::{Keep, Places};
use jiff::Timestamp;

/// A file of gatehouse's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    Note,
    Rescue,
    Rotation,
    Recent,
}

/// What has become of a file.
#[derive(Debug, Clone, Copy)]
enum State {
    Open,
    Writable,
    Link,
    Folder,
    Pipe,
    Large,
    Empty,
    Binary,
    Torn,
    Future,
    OfAnother,
}

/// Each with words by which it is told.
const STATES: [(State, &str); 11] = [
    (State::Open, "chmod 600"),
    (State::Writable, "chmod 600"),
    (State::Link, "symbolic link"),
    (State::Folder, ""),
    (State::Pipe, "not a file"),
    (State::Large, "larger than 1 MiB"),
    (State::Empty, ""),
    (State::Binary, ""),
    (State::Torn, ""),
    (State::Future, ""),
    (State::OfAnother, "belongs to user 12345"),
];

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

/// Another file in the place of this one.
fn replace(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("written");
    mode(path, 0o600);
}

impl State {
    /// Brings a file into this state; whether that could be done.
    fn befall(self, path: &Path) -> bool {
        let bytes = fs::read(path).expect("it is there");
        match self {
            Self::Open => mode(path, 0o644),
            Self::Writable => mode(path, 0o620),
            Self::Link => {
                let elsewhere = path.with_extension("elsewhere");
                fs::rename(path, &elsewhere).expect("moved");
                symlink(elsewhere, path).expect("a link");
            }
            Self::Folder => {
                fs::remove_file(path).expect("removed");
                fs::create_dir(path).expect("a folder");
            }
            Self::Pipe => {
                fs::remove_file(path).expect("removed");
                let made = Command::new("mkfifo").arg(path).status();
                assert!(made.is_ok_and(|status| status.success()));
            }
            Self::Large => replace(path, &b" ".repeat((1 << 20) + 1)),
            Self::Empty => replace(path, b""),
            Self::Binary => replace(path, &[0xff; 64]),
            Self::Torn => replace(path, &bytes[..bytes.len() / 2]),
            Self::Future => {
                let text = String::from_utf8(bytes).expect("text");
                replace(
                    path,
                    text.replace("\"version\":1", "\"version\":2")
                        .replace("org", "place")
                        .as_bytes(),
                );
            }
            // Only root can give files away.
            Self::OfAnother if !rustix::process::geteuid().is_root() => return false,
            Self::OfAnother => {
                std::os::unix::fs::chown(path, Some(12345), None).expect("given away");
            }
        }
        true
    }
}

/// What stands at a path, to see that it is left alone.
fn look(path: &Path) -> String {
    let about = fs::symlink_metadata(path).expect("it is there");
    let content = if about.is_file() { fs::read(path).expect("read") } else { Vec::new() };
    format!("{:?} {:o} {content:?}", about.file_type(), about.permissions().mode())
}

fn places(home: &Path) -> Places {
    Places { state: Some(home.join("state")), rescue: Some(home.join("run")), ..Places::default() }
}

/// Leaves one file of each kind behind, as a session that was ended by force.
fn leave(home: &Path) {
    let account = ClientId::new("mdb_sa_id_5f0000000000000000000002");
    let [old, new] = ["5f0000000000000000000003", "5f0000000000000000000004"].map(SecretId::new);
    let org = OrgId::new("5f0000000000000000000001");
    let (keep, _) = Keep::open(places(home));
    keep.begin(&Intent {
        id: "a".into(),
        host: Clean::new("cloud.mongodb.com"),
        org: org.clone(),
        asks: Asks::Secret {
            account: account.clone(),
            name: Clean::new("ci"),
            before: vec![old.clone()],
        },
        at: Timestamp::UNIX_EPOCH,
        to: Clean::new("a file"),
        then: Then::default(),
    })
    .expect("noted");
    let issued = Issued {
        owner: IdentityId::ServiceAccount(account.clone()),
        secret_id: Some(new.clone()),
        public: account.to_string(),
        secret: Secret::from("mdb_sa_sk_never-to-be-seen"),
        expires_at: None,
    };
    keep.held.hold("a", Arc::new(issued));
    assert!(keep.held.save_all().iter().all(|(_, saved)| saved.is_ok()));
    let rotation = Rotation {
        host: Clean::new("cloud.mongodb.com"),
        org,
        replaced: Replaced::Secret { account, old, new },
        begun: Timestamp::UNIX_EPOCH,
        to: Clean::new("a file"),
        verified: None,
    };
    keep.keep_rotation(&rotation).expect("kept");
    keep.remember(Used::Organization(OrgId::new("5f0000000000000000000001"))).expect("kept");
}

impl Own {
    const ALL: [Self; 4] = [Self::Note, Self::Rescue, Self::Rotation, Self::Recent];

    fn path(self, home: &Path) -> PathBuf {
        let folder = home.join(match self {
            Self::Note => "state/journal",
            Self::Rescue => "run",
            Self::Rotation => "state/rotations",
            Self::Recent => return home.join("state/recent.json"),
        });
        let mut files = fs::read_dir(folder).expect("a folder");
        files.next().expect("a file").expect("an entry").path()
    }

    fn is_found(self, found: &Found) -> bool {
        match self {
            Self::Note => !found.notes.is_empty(),
            Self::Rescue => !found.rescued.is_empty(),
            Self::Rotation => !found.rotations.is_empty(),
            Self::Recent => found.recent != Recent::default(),
        }
    }
}

#[test]
fn what_must_not_be_believed_is_told_and_left_alone() {
    for own in Own::ALL {
        for (state, words) in STATES {
            let home = tempfile::tempdir().expect("a home");
            leave(home.path());
            let path = own.path(home.path());
            if !state.befall(&path) {
                continue;
            }
            let before = look(&path);
            let (_, found) = Keep::open(places(home.path()));
            let name = path.file_name().expect("a name").display().to_string();
            let told = found.troubles.iter().any(|why| why.contains(&name) && why.contains(words));
            assert!(told, "{own:?} {state:?}: {:?}", found.troubles);
            assert!(!found.troubles.concat().contains("never-to-be-seen"), "{:?}", found.troubles);
            assert!(!own.is_found(&found), "{own:?} {state:?} is believed");
            assert_eq!(look(&path), before, "{own:?} {state:?}: it was changed");
            for other in Own::ALL.into_iter().filter(|other| *other != own) {
                // A rescued secret is found by its note.
                let goes_with_it = (own, other) == (Own::Note, Own::Rescue);
                assert!(
                    goes_with_it || other.is_found(&found),
                    "{other:?} beside {own:?} {state:?}"
                );
            }
        }
    }
}

/// What is wrong, how it comes to that, and words by which it is told.
type Case<'a> = (&'a str, &'a dyn Fn(&Path), &'a str);

#[test]
fn settings_that_others_may_write_are_not_believed() {
    let root = rustix::process::geteuid().is_root();
    let table: [Case<'_>; 9] = [
        ("as it should be", &|_| {}, ""),
        ("readable by others", &|file| mode(file, 0o644), ""),
        ("writable by others", &|file| mode(file, 0o646), "chmod go-w"),
        (
            "in a folder that is writable by others",
            &|file| mode(file.parent().expect("a folder"), 0o777),
            "chmod go-w",
        ),
        ("large", &|file| replace(file, &b"#".repeat((1 << 20) + 1)), "larger than 1 MiB"),
        ("no text", &|file| replace(file, &[0xff; 9]), "not readable text"),
        (
            "a folder",
            &|file| {
                fs::remove_file(file).expect("removed");
                fs::create_dir(file).expect("a folder");
            },
            "not a file",
        ),
        (
            "another's",
            &|file| {
                if root {
                    std::os::unix::fs::chown(file, Some(12345), None).expect("given away");
                }
            },
            if root { "belongs to user 12345" } else { "" },
        ),
        (
            "in another's folder",
            &|file| {
                if root {
                    let folder = file.parent().expect("a folder");
                    std::os::unix::fs::chown(folder, Some(12345), None).expect("given away");
                }
            },
            if root { "belongs to user 12345" } else { "" },
        ),
    ];
    for (what, befall, words) in table {
        let home = tempfile::tempdir().expect("a home");
        let file = home.path().join("config.toml");
        replace(&file, b"rescue = 'off'");
        befall(&file);
        match Settings::read(home.path()) {
            Ok(_) => assert_eq!(words, "", "{what} is believed"),
            Err(why) => assert!(!words.is_empty() && why.contains(words), "{what}: {why}"),
        }
    }
}
