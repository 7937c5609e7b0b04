//! gatehouse's own `config.toml`: how it behaves, never a credential. Knows no
//! Atlas CLI.

mod entry;
mod hand_over;
mod known;
#[cfg(test)]
mod tests;
mod trusted;

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::look::Look;
use super::surroundings::{ConfigFile, Content};
use crate::atlas::OrgId;
use crate::rules::hand_over::Taker;
use crate::rules::wrong::{Wrong, tell};
pub(super) use entry::Value;
pub use known::sample;
use trusted::distrust;
pub use trusted::read_authorities;

/// Where a secret is saved that nobody has acknowledged when the program is ended by
/// force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RescuePlace {
    /// In the session's own folder, which is in memory and gone when one logs out.
    #[default]
    Memory,
    /// Beside the journal, on the disk.
    Disk,
    /// Nowhere: the next start only tells that it is lost.
    Off,
}

/// How gatehouse behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The organization that is opened where nothing else names one.
    pub organization: Option<OrgId>,
    /// The lists are read again by themselves after this time; absent: never.
    pub refresh: Option<SignedDuration>,
    /// What the lists show is kept for the next start.
    pub remember_lists: bool,
    /// Clicks and the wheel are taken in.
    pub mouse: bool,
    /// Where secrets are saved that nobody has acknowledged.
    pub rescue: RescuePlace,
    /// Files of certificates (PEM) of further authorities, as they were written.
    pub authorities: Vec<PathBuf>,
    /// The commands that take secrets, by their names.
    pub takers: Vec<Taker>,
    /// The command that opens web pages, word by word; empty: the desktop's own.
    pub browser: Vec<String>,
    /// How it is to look.
    pub look: Look,
    /// Other keys, as they were written, in the order of the file.
    pub keys: Vec<WrittenKeys>,
}

/// An action and its keys as they were written. What they mean is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenKeys {
    /// The line of the file, from 1.
    pub line: usize,
    /// The action's name.
    pub action: String,
    /// The keys' names.
    pub keys: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            organization: None,
            refresh: Some(known::REFRESH),
            remember_lists: true,
            mouse: false,
            rescue: RescuePlace::default(),
            authorities: Vec::new(),
            takers: Vec::new(),
            browser: Vec::new(),
            look: Look::default(),
            keys: Vec::new(),
        }
    }
}

impl Settings {
    /// Where they are read, in gatehouse's own folder.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("config.toml")
    }

    /// Reads `config.toml` in this folder; where there is none, everything is as usual.
    /// What is right in it, and all that is wrong.
    ///
    /// # Errors
    /// Why it is not read at all, in a sentence.
    pub fn read(folder: &Path) -> Result<(Self, Vec<Wrong>), String> {
        let path = Self::path(folder);
        let file = ConfigFile::read(path.clone());
        if let (Some(_), Some(why)) = (file.mode, distrust(&file)) {
            return Err(format!(
                "{} names the programs that get your secrets, and {why}.",
                path.display()
            ));
        }
        let bytes = match file.content {
            Content::Absent => return Ok((Self::default(), Vec::new())),
            Content::Unreadable(why) => {
                return Err(format!("{} cannot be read: {why}.", path.display()));
            }
            Content::Bytes(bytes) => bytes,
        };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| format!("{} is not readable text.", path.display()))?;
        Ok(Self::draft(text))
    }

    fn draft(text: &str) -> (Self, Vec<Wrong>) {
        let mut settings = Self::default();
        let wrong = entry::read(text, &known::entries(), &mut settings).err().unwrap_or_default();
        (settings, wrong)
    }

    /// Reads the text of a `config.toml`.
    ///
    /// # Errors
    /// All that is wrong with it and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        match Self::draft(text) {
            (settings, wrong) if wrong.is_empty() => Ok(settings),
            (_, wrong) => Err(tell("config.toml", wrong)),
        }
    }
}
