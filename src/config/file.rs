//! The Atlas CLI's `config.toml`: top-level values and one table for each
//! profile. Knows no environment; never shows a value.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::surroundings::{ConfigFile, Content};
use super::{ConfigError, credential};
use crate::atlas::Clean;

/// Top-level names that the Atlas CLI keeps for itself, so no profile has them.
const RESERVED: [&str; 19] = [
    "access_token",
    "api_version",
    "base_url",
    "client_id",
    "client_secret",
    "local_deployment_image",
    "mongosh_path",
    "ops_manager_url",
    "org_id",
    "output",
    "private_api_key",
    "project_id",
    "public_api_key",
    "refresh_token",
    "service",
    "silence_storage_warning",
    "skip_update_check",
    "telemetry_enabled",
    "version",
];

/// The layout whose secrets live in the keyring if there is one.
const KEYRING_LAYOUT: i64 = 2;
/// Somebody else than the owner can read or write.
const EXPOSED: u32 = 0o066;
/// Somebody else than the owner can enter the folder.
const ENTERED: u32 = 0o011;

/// A configuration file as it was read.
pub(super) struct Sheet {
    /// How the file is called in sentences.
    words: String,
    /// The file as a shell takes it.
    shell: String,
    exists: bool,
    exposed: Exposure,
    version: Option<i64>,
    top: Table,
    profiles: BTreeMap<String, Table>,
}

#[derive(Clone, Copy)]
struct Exposure {
    file: bool,
    folder: bool,
}

impl Sheet {
    /// Reads the file; an absent one is an empty one.
    pub(super) fn read(file: &ConfigFile, home: Option<&Path>) -> Result<Self, ConfigError> {
        let words = match &file.path {
            Some(path) => path_words(path, home),
            None => "the Atlas CLI's config.toml".to_owned(),
        };
        let shell = file.path.as_deref().map_or_else(String::new, |path| shell_word(path, &words));
        let exposed = Exposure {
            file: file.mode.is_some_and(|mode| mode & EXPOSED != 0),
            folder: file.folder_mode.is_none_or(|mode| mode & ENTERED != 0),
        };
        let table = match &file.content {
            Content::Absent => None,
            Content::Bytes(bytes) => Some(parse(bytes, &words)?),
            Content::Unreadable(why) => {
                return Err(ConfigError::Unreadable { file: words, why: why.clone() });
            }
        };
        let exists = table.is_some();
        let (top, profiles) = split(table.unwrap_or_default());
        let version = version(&top, &words)?;
        Ok(Self { words, shell, exists, exposed, version, top, profiles })
    }

    /// The file's name in words.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    pub(super) fn top_words(&self) -> String {
        format!("top level of {}", self.words)
    }

    pub(super) fn profile_words(&self, profile: &str) -> String {
        format!("profile {} in {}", Clean::new(profile), self.words)
    }

    pub(super) fn exists(&self) -> bool {
        self.exists
    }

    pub(super) fn has(&self, profile: &str) -> bool {
        self.profiles.contains_key(profile)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Whether the Atlas CLI may have moved this file's secrets to the keyring.
    pub(super) fn uses_keyring(&self) -> bool {
        self.version >= Some(KEYRING_LAYOUT)
    }

    /// The top level's own choice of a profile.
    pub(super) fn default_profile(&self) -> Option<&str> {
        self.top.get("profile")?.as_str().map(str::trim).filter(|name| !name.is_empty())
    }

    /// A top-level value, for every profile.
    pub(super) fn top(&self, key: &str) -> Result<Option<&str>, ConfigError> {
        text(&self.top, key).map_err(|key| no_text(key, self.top_words()))
    }

    /// A profile's own value.
    pub(super) fn of_profile(&self, profile: &str, key: &str) -> Result<Option<&str>, ConfigError> {
        let Some(table) = self.profiles.get(profile) else { return Ok(None) };
        text(table, key).map_err(|key| no_text(key, self.profile_words(profile)))
    }

    /// Says that others can read secrets in this file, and how to mend it.
    pub(super) fn exposure(&self) -> Option<String> {
        let holds =
            |table: &Table| credential::SECRETS.iter().any(|key| is_filled(table.get(*key)));
        if !self.exposed.file || !(holds(&self.top) || self.profiles.values().any(holds)) {
            return None;
        }
        let folder = if self.exposed.folder { "" } else { ", though its folder keeps them out" };
        Some(format!(
            "{} holds a secret and its permissions let other users of this machine at it{folder}. \
             Mend: chmod 600 {}",
            self.words, self.shell
        ))
    }
}

fn parse(bytes: &[u8], words: &str) -> Result<Table, ConfigError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(bytes, error.valid_up_to());
        ConfigError::NotText { file: words.to_owned(), line, column }
    })?;
    // A TOML error quotes the line, which may hold a secret: only its place is kept.
    text.strip_prefix('\u{feff}').unwrap_or(text).parse::<Table>().map_err(|error| {
        let (line, column) = position(bytes, error.span().map_or(0, |span| span.start));
        ConfigError::NotToml { file: words.to_owned(), line, column }
    })
}

/// Line and column of a byte, both from 1.
fn position(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at.min(bytes.len())];
    let mut lines = before.split(|byte| *byte == b'\n').rev();
    let last = lines.next().unwrap_or_default();
    (lines.count() + 1, String::from_utf8_lossy(last).chars().count() + 1)
}

/// Parts profiles from top-level values. All names in lower case: the Atlas CLI
/// does not tell `Work` from `work`.
fn split(table: Table) -> (Table, BTreeMap<String, Table>) {
    let mut top = Table::new();
    let mut profiles = BTreeMap::new();
    for (name, value) in lower(table) {
        match value {
            Value::Table(values) if !RESERVED.contains(&name.as_str()) => {
                profiles.insert(name, lower(values));
            }
            value => {
                top.insert(name, value);
            }
        }
    }
    (top, profiles)
}

fn lower(table: Table) -> Table {
    table.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect()
}

fn version(top: &Table, words: &str) -> Result<Option<i64>, ConfigError> {
    match top.get("version") {
        None => Ok(None),
        Some(Value::Integer(version)) => Ok(Some(*version)),
        Some(_) => Err(ConfigError::WrongType {
            key: "version".to_owned(),
            place: format!("top level of {words}"),
            expected: "a whole number",
        }),
    }
}

/// A value that must be text; an empty one counts as unset. The error is the key.
fn text<'a, 'k>(table: &'a Table, key: &'k str) -> Result<Option<&'a str>, &'k str> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(key),
    }
}

fn no_text(key: &str, place: String) -> ConfigError {
    ConfigError::WrongType { key: key.to_owned(), place, expected: "text in quotes" }
}

fn is_filled(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}

/// A path as people write it, with `~` for the home folder.
pub(super) fn path_words(path: &Path, home: Option<&Path>) -> String {
    let inside =
        home.filter(|home| home.parent().is_some()).and_then(|home| path.strip_prefix(home).ok());
    let shown = match inside {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    };
    Clean::new(&shown).to_string()
}

/// A path that can be pasted to a shell: as in sentences if that is safe,
/// otherwise whole and in quotes.
fn shell_word(path: &Path, words: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "~/._-+".contains(character);
    if words.chars().all(plain) {
        return words.to_owned();
    }
    let whole = Clean::new(&path.display().to_string()).to_string();
    format!("'{}'", whole.replace('\'', r"'\''"))
}
