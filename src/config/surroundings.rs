//! What the machine around the program says: the only file of this room that
//! reads it. Decides nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use zeroize::Zeroizing;

use super::keyring::{Keyring, SystemKeyring};

/// A configuration file larger than this is not one.
const MOST_BYTES: u64 = 1 << 20;

/// Everything outside of the program that decides about access.
pub struct Surroundings {
    /// The environment's variables, as far as they matter here.
    pub env: BTreeMap<String, OsString>,
    /// The user's folder, to shorten paths in sentences.
    pub home: Option<PathBuf>,
    /// The Atlas CLI's configuration.
    pub file: ConfigFile,
    /// Where the Atlas CLI keeps secrets.
    pub keyring: Box<dyn Keyring>,
}

/// A configuration file: where it should be and what was found there.
#[derive(Debug)]
pub struct ConfigFile {
    /// Its path, unless the environment names no folder for it.
    pub path: Option<PathBuf>,
    /// What is in it.
    pub content: Content,
    /// Its permission bits.
    pub mode: Option<u32>,
    /// The permission bits of the folder that holds it.
    pub folder_mode: Option<u32>,
    /// The user that it or its folder belongs to, where that is neither this one nor root.
    pub foreign: Option<u32>,
}

/// What is in a configuration file.
pub enum Content {
    /// There is no file.
    Absent,
    /// It could be read.
    Bytes(Zeroizing<Vec<u8>>),
    /// It could not be read, and why.
    Unreadable(String),
}

/// Our own folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Settings.
    pub config: PathBuf,
    /// Log and journal.
    pub state: PathBuf,
    /// What nobody misses.
    pub cache: PathBuf,
}

impl Surroundings {
    /// Gathers this process' own. Reads the Atlas CLI's file, never a keyring.
    #[must_use]
    pub fn of_this_process() -> Self {
        let env: BTreeMap<String, OsString> = std::env::vars_os()
            .filter(|(name, _)| super::is_ours(name))
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        let home = folder(&env, "HOME");
        let path = config_folder(&env, cfg!(target_os = "macos"))
            .map(|folder| folder.join("atlascli").join("config.toml"));
        let file = path.map_or_else(ConfigFile::nowhere, ConfigFile::read);
        let keyring = Box::new(SystemKeyring::new(session_bus(&env)));
        Self { env, home, file, keyring }
    }
}

impl ConfigFile {
    /// No folder, no file.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { path: None, content: Content::Absent, mode: None, folder_mode: None, foreign: None }
    }

    /// Reads the file at a path.
    #[must_use]
    pub fn read(path: PathBuf) -> Self {
        let folder = path.parent().and_then(|folder| fs::metadata(folder).ok());
        let folder_mode = folder.as_ref().map(mode);
        let file = fs::metadata(&path).ok();
        let owners = [file, folder].into_iter().flatten().map(|about| about.uid());
        let own = rustix::process::geteuid().as_raw();
        let foreign = owners.into_iter().find(|owner| ![own, 0].contains(owner));
        let (content, mode) = match read(&path) {
            Ok((bytes, mode)) => (Content::Bytes(bytes), Some(mode)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Content::Absent, None),
            Err(error) => (Content::Unreadable(reason(&error)), None),
        };
        Self { path: Some(path), content, mode, folder_mode, foreign }
    }
}

impl Folders {
    /// Where this platform keeps them, if the user has a home.
    #[must_use]
    pub fn find() -> Option<Self> {
        let project = ProjectDirs::from("", "", "gatehouse")?;
        // macOS has no folder for state.
        let state = project.state_dir().unwrap_or_else(|| project.data_local_dir());
        let [config, cache] = [project.config_dir(), project.cache_dir()].map(Path::to_owned);
        Some(Self { config, state: state.to_owned(), cache })
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values of variables are secrets: their names must do.
        f.debug_struct("Surroundings")
            .field("env", &self.env.keys())
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Unreadable(why) => write!(f, "Unreadable({why})"),
        }
    }
}

/// Reads a file of ordinary kind and size, and its permission bits.
fn read(path: &Path) -> io::Result<(Zeroizing<Vec<u8>>, u32)> {
    // Opening a pipe would wait for whoever writes to it: look first.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut file = File::open(path)?;
    let mode = mode(&file.metadata()?);
    let mut bytes = Zeroizing::new(Vec::new());
    file.by_ref().take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok((bytes, mode))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is not a folder".to_owned(),
        _ => error.to_string(),
    }
}

fn mode(metadata: &fs::Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

/// The user's configuration folder as Go, which the Atlas CLI is written in,
/// understands it.
fn config_folder(env: &BTreeMap<String, OsString>, mac: bool) -> Option<PathBuf> {
    let home = folder(env, "HOME");
    if mac {
        return home.map(|home| home.join("Library").join("Application Support"));
    }
    match folder(env, "XDG_CONFIG_HOME") {
        // Go refuses a relative one.
        Some(folder) => folder.is_absolute().then_some(folder),
        None => home.map(|home| home.join(".config")),
    }
}

/// The address of the desktop session's bus, if there is a session.
fn session_bus(env: &BTreeMap<String, OsString>) -> Option<String> {
    let address = env.get("DBUS_SESSION_BUS_ADDRESS").and_then(|address| address.to_str());
    if let Some(address) = address.filter(|address| !address.is_empty()) {
        return Some(address.to_owned());
    }
    let socket = folder(env, "XDG_RUNTIME_DIR")?.join("bus");
    socket.exists().then(|| format!("unix:path={}", socket.display()))
}

fn folder(env: &BTreeMap<String, OsString>, name: &str) -> Option<PathBuf> {
    env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The environment, whether it is macOS, and the folder.
    type Case = (&'static [(&'static str, &'static str)], bool, Option<&'static str>);

    #[test]
    fn the_config_folder_is_the_one_that_go_finds() {
        let cases: [Case; 7] = [
            (&[("HOME", "/h")], false, Some("/h/.config")),
            (&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")], false, Some("/x")),
            (&[("HOME", "/h"), ("XDG_CONFIG_HOME", "")], false, Some("/h/.config")),
            (&[("HOME", "/h"), ("XDG_CONFIG_HOME", "x")], false, None),
            (
                &[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")],
                true,
                Some("/h/Library/Application Support"),
            ),
            (&[], false, None),
            (&[], true, None),
        ];
        for (variables, mac, expected) in cases {
            let env = variables.iter().map(|(n, v)| ((*n).to_owned(), OsString::from(v))).collect();
            assert_eq!(
                config_folder(&env, mac).as_deref(),
                expected.map(Path::new),
                "{variables:?}"
            );
        }
    }

    #[test]
    fn without_a_session_there_is_no_bus() {
        let runtime = tempfile::tempdir().unwrap();
        let mut env = BTreeMap::new();
        assert_eq!(session_bus(&env), None);
        env.insert("XDG_RUNTIME_DIR".to_owned(), runtime.path().into());
        assert_eq!(session_bus(&env), None);
        fs::write(runtime.path().join("bus"), "").unwrap();
        let expected = format!("unix:path={}/bus", runtime.path().display());
        assert_eq!(session_bus(&env), Some(expected));
        env.insert("DBUS_SESSION_BUS_ADDRESS".to_owned(), "unix:path=/b".into());
        assert_eq!(session_bus(&env).as_deref(), Some("unix:path=/b"));
    }
}
