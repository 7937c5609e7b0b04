//! The file that keeps the emulator's state across restarts. It is replaced whole
//! and never in part, and one that is not this emulator's own is left as it is.
//! Knows nothing of what happens in the state.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::oauth::Tokens;
use super::store::{Caller, Store};

/// What such a file says that it is.
const FORMAT: &str = "gatehouse emulator state";
/// The version of its form. A file of another version is refused.
const VERSION: u32 = 1;

/// What is kept.
#[derive(Serialize)]
pub(super) struct Kept<'a> {
    format: &'static str,
    version: u32,
    pub(super) store: &'a Store,
    pub(super) tokens: &'a Tokens,
    pub(super) account: &'a Caller,
    pub(super) key: &'a Caller,
    pub(super) address: Option<IpAddr>,
}

impl<'a> Kept<'a> {
    pub(super) fn new(
        (store, tokens): (&'a Store, &'a Tokens),
        (account, key): (&'a Caller, &'a Caller),
        address: Option<IpAddr>,
    ) -> Self {
        Self { format: FORMAT, version: VERSION, store, tokens, account, key, address }
    }
}

/// What was kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Found {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u32,
    pub(super) store: Store,
    pub(super) tokens: Tokens,
    pub(super) account: Caller,
    pub(super) key: Caller,
    pub(super) address: Option<IpAddr>,
}

/// How every file of this format begins, whatever its version.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// A state file that this process alone writes.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// Held as long as the file is used.
    _lock: File,
}

impl StateFile {
    /// Opens the file at `path` for this process, with what it holds; `None` where
    /// there is none yet. Errors name the file and say why it cannot be used.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Option<Found>)> {
        let said = |error: io::Error| named(path, &error.to_string());
        let lock = lock(path)?;
        let found = match std::fs::read(path) {
            Ok(bytes) => Some(read(&bytes).map_err(|what| named(path, &what))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(said(error)),
        };
        Ok((Self { path: path.to_owned(), _lock: lock }, found))
    }

    /// Replaces what the file holds. It is readable by its owner only, since it
    /// holds secrets.
    pub(super) fn save(&self, kept: &Kept<'_>) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(folder(&self.path))?;
        let mut writer = io::BufWriter::new(file.as_file_mut());
        serde_json::to_writer(&mut writer, kept)?;
        writer.flush()?;
        drop(writer);
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        File::open(folder(&self.path))?.sync_all()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn named(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", path.display()))
}

/// A lock beside the file, which itself is replaced at each change.
fn lock(path: &Path) -> io::Result<File> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let file = File::options().create(true).append(true).open(&beside);
    let file = file.map_err(|error| named(&beside, &error.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(named(path, "another emulator is using it")),
        Err(TryLockError::Error(error)) => Err(named(&beside, &error.to_string())),
    }
}

/// Reads what was written; the error says why it cannot be.
pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let own = "it is left as it is; give another name to start anew";
    let Head { format, version } = match serde_json::from_slice(bytes) {
        Ok(head) => head,
        // Only what began as ours can be torn.
        Err(error) if error.is_eof() && bytes.starts_with(b"{\"format\":\"gatehouse") => {
            return Err(format!("the state file is torn; {own}"));
        }
        Err(_) => return Err(format!("this is no state file of the emulator; {own}")),
    };
    if format != FORMAT {
        return Err(format!("this is no state file of the emulator; {own}"));
    }
    if version != VERSION {
        return Err(format!(
            "the state file has version {version}, and this emulator reads version {VERSION}; {own}"
        ));
    }
    let found: Result<Found, _> = serde_json::from_slice(bytes);
    let mut found = found.map_err(|error| format!("the state file is damaged ({error}); {own}"))?;
    found.store.index_keys();
    Ok(found)
}

/// How secrets are written into the file, and nowhere else: as they are.
pub(super) mod plain {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::atlas::Secret;
    use crate::atlas::secret::ExposeSecret;

    pub(in super::super) fn serialize<S: Serializer>(
        secret: &Secret,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose_secret())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::from)
    }
}
