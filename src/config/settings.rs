//! gatehouse's own `config.toml`: how it behaves, never a credential. Knows no
//! Atlas CLI.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::look::{self, Look, Word};
use super::surroundings::{ConfigFile, Content};
use crate::atlas::Clean;
use crate::atlas::network::Authorities;
use crate::rules::hand_over::{PLACEHOLDERS, Shape, Taker};

/// A command that takes a secret is given up after so many seconds, unless it says
/// otherwise.
const SECONDS: u64 = 30;
/// The longest that it may say.
const MOST_SECONDS: u64 = 600;

/// Somebody else than the owner can write.
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Where a secret is saved that nobody has acknowledged when the program is ended by
/// force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Where secrets are saved that nobody has acknowledged.
    pub rescue: RescuePlace,
    /// The commands that take secrets, by their names.
    pub takers: Vec<Taker>,
    /// Files of certificates (PEM) of further authorities, as they were written.
    pub authorities: Vec<PathBuf>,
    /// How it is to look.
    pub look: Look,
    /// The command that opens web pages, word by word; empty: the desktop's own.
    pub browser: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Written {
    rescue: RescuePlace,
    authorities: Vec<PathBuf>,
    browser: Option<Vec<String>>,
    hand_over: BTreeMap<String, WrittenTaker>,
    theme: Option<Spanned<String>>,
    themes: look::Themes,
    ascii: bool,
    animations: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTaker {
    command: Vec<String>,
    #[serde(default = "plain")]
    shape: Shape,
    #[serde(default = "seconds")]
    seconds: u64,
    #[serde(default)]
    environment: Vec<String>,
}

fn plain() -> Shape {
    Shape::Plain
}

fn seconds() -> u64 {
    SECONDS
}

impl Settings {
    /// Reads `config.toml` in this folder; where there is none, everything is as usual.
    ///
    /// # Errors
    /// What is wrong with it and where, in a sentence.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = path(folder);
        let file = ConfigFile::read(path.clone());
        if let (Some(_), Some(why)) = (file.mode, distrust(&file)) {
            return Err(format!(
                "{} names the programs that get your secrets, and {why}.",
                path.display()
            ));
        }
        let bytes = match file.content {
            Content::Absent => return Ok(Self::default()),
            Content::Unreadable(why) => {
                return Err(format!("{} cannot be read: {why}.", path.display()));
            }
            Content::Bytes(bytes) => bytes,
        };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| format!("{} is not readable text.", path.display()))?;
        Self::parse(text).map_err(|what| format!("{}, {what}", path.display()))
    }

    /// Reads the text of a `config.toml`.
    ///
    /// # Errors
    /// What is wrong with it and where, to follow the file's name and a comma.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            format!("line {line}: {}.", error.message())
        })?;
        let takers = written.hand_over.into_iter().map(|(name, taker)| {
            let line = line_of(text, text.find(&format!("hand_over.{name}")).unwrap_or(0));
            taker.checked(&name).map_err(|what| format!("line {line}: hand_over.{name}: {what}."))
        });
        if let Some(path) = written.authorities.iter().find(|path| !path.is_absolute()) {
            let line = line_of(text, text.find("authorities").unwrap_or(0));
            let path = Clean::from(path.display().to_string());
            return Err(format!("line {line}: authorities: write the whole path of {path}."));
        }
        if let Some(Err(what)) = written.browser.as_deref().map(check_program) {
            let line = line_of(text, text.find("browser").unwrap_or(0));
            return Err(format!("line {line}: browser: {what}."));
        }
        Ok(Self {
            browser: written.browser.unwrap_or_default(),
            rescue: written.rescue,
            takers: takers.collect::<Result<_, _>>()?,
            authorities: written.authorities,
            look: Look {
                theme: written.theme.map(|name| Word::of(name, text)),
                themes: look::themes(written.themes, text),
                ascii: written.ascii,
                animations: written.animations.unwrap_or(true),
            },
        })
    }
}

/// The file, in gatehouse's folder.
#[must_use]
pub fn path(folder: &Path) -> PathBuf {
    folder.join("config.toml")
}

/// Reads the certificates of further authorities.
///
/// # Errors
/// Which file cannot be used and why, in a sentence: going on without it would only look
/// as if the network were broken.
pub fn read_authorities(paths: &[PathBuf]) -> Result<Authorities, String> {
    let mut authorities = Authorities::default();
    for path in paths {
        let file = ConfigFile::read(path.clone());
        let why = match (&file.content, distrust(&file)) {
            (Content::Absent, _) => "it is not there".to_owned(),
            (Content::Unreadable(why), _) => format!("it cannot be read: {why}"),
            (Content::Bytes(_), Some(why)) => why,
            (Content::Bytes(bytes), None) => match authorities.add(bytes) {
                Ok(_) => continue,
                Err(why) => format!("it {why}"),
            },
        };
        let path = path.display();
        return Err(format!("{path}, which says whose certificates to trust: {why}."));
    }
    Ok(authorities)
}

/// Why others can say what stands in a file, if they can, and what to do.
fn distrust(file: &ConfigFile) -> Option<String> {
    let open = |mode: Option<u32>| mode.is_some_and(|mode| mode & OTHERS_WRITE != 0);
    if let Some(owner) = file.foreign {
        return Some(format!(
            "it or its folder belongs to user {owner}, not to you: make it yours"
        ));
    }
    if open(file.mode) {
        return Some("it can be written by others: chmod go-w it".into());
    }
    // In a sticky folder nobody replaces the files of others.
    let folder = file.folder_mode.filter(|mode| mode & STICKY == 0);
    open(folder).then(|| "its folder can be written by others: chmod go-w that".into())
}

/// The line of a place in a text, the first being 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

impl WrittenTaker {
    fn checked(self, name: &str) -> Result<Taker, String> {
        check_program(&self.command)?;
        for argument in &self.command {
            check_placeholders(argument)?;
        }
        if !(1..=MOST_SECONDS).contains(&self.seconds) {
            return Err(format!("seconds must be 1 to {MOST_SECONDS}"));
        }
        Ok(Taker {
            name: name.to_owned(),
            argv: self.command,
            shape: self.shape,
            seconds: self.seconds,
            environment: self.environment,
        })
    }
}

/// Whether a command begins with a program that is the same wherever one is.
fn check_program(command: &[String]) -> Result<(), String> {
    match command.first().map(String::as_str) {
        None => Err("the command names no program".into()),
        Some(program) if program.trim().is_empty() => Err("the command names no program".into()),
        Some(program) if program.contains('/') && !program.starts_with('/') => {
            Err("name the program alone, as PATH has it, or with its whole path".into())
        }
        Some(_) => Ok(()),
    }
}

/// Arguments can be seen by everybody on the machine: a secret never stands in one.
fn check_placeholders(argument: &str) -> Result<(), String> {
    let mut rest = argument;
    while let Some(at) = rest.find('{') {
        let Some(end) = rest[at..].find('}') else { return Ok(()) };
        let placeholder = &rest[at..=at + end];
        if placeholder == "{secret}" {
            return Err("the secret goes to the command's standard input, never into its arguments: leave {secret} out".into());
        }
        let known = PLACEHOLDERS.contains(&placeholder);
        let looks_like_one =
            placeholder[1..placeholder.len() - 1].bytes().all(|b| b.is_ascii_lowercase());
        if looks_like_one && !known {
            return Err(format!(
                "{placeholder} is not known; there are {}",
                PLACEHOLDERS.join(", ")
            ));
        }
        rest = &rest[at + end + 1..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_written_is_as_usual() {
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Settings::read(folder.path()), Ok(Settings::default()));
    }

    #[test]
    fn commands_are_read_in_the_order_of_their_names() {
        let text = r#"
rescue = "disk"
[hand_over.vault]
command = ["vault", "kv", "put", "-cas=0", "secret/{name}", "key=-"]
environment = ["VAULT_ADDR", "VAULT_TOKEN"]
seconds = 5
[hand_over.pass]
command = ["pass", "insert", "--multiline", "atlas/{name}"]
shape = "env"
"#;
        let settings = Settings::parse(text).expect("settings");
        assert_eq!(settings.rescue, RescuePlace::Disk);
        let names: Vec<_> = settings.takers.iter().map(|taker| taker.name.as_str()).collect();
        assert_eq!(names, ["pass", "vault"]);
        assert_eq!(settings.takers[0].shape, Shape::Env);
        assert_eq!((settings.takers[0].seconds, settings.takers[1].seconds), (SECONDS, 5));
    }

    #[test]
    fn what_others_can_write_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "rescue = 'off'").expect("written");
        for (mode, trusted) in [(0o600, true), (0o644, true), (0o664, false), (0o777, false)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, permissions).expect("a mode");
            let read = Settings::read(folder.path());
            assert_eq!(read.is_ok(), trusted, "{mode:o}");
            assert!(trusted || read.is_err_and(|why| why.contains("chmod go-w")));
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, words) in [
            ("rescue = 'tape'", 1, "unknown variant `tape`"),
            ("\nrescu = 'off'", 2, "unknown field `rescu`"),
            ("[hand_over.x]\ncommand = 'pass'", 2, "invalid type"),
            ("[hand_over.x]\ncommand = []", 1, "names no program"),
            ("\n[hand_over.x]\nshape = 'plain'", 2, "missing field `command`"),
            ("[hand_over.x]\ncommand = ['bin/a']", 1, "its whole path"),
            ("[hand_over.x]\ncommand = ['a', '{secret}']", 1, "never into its arguments"),
            ("[hand_over.x]\ncommand = ['a', '{nam}']", 1, "{nam} is not known"),
            ("[hand_over.x]\ncommand = ['a']\nseconds = 0", 1, "seconds must be"),
            ("[hand_over.x]\ncommand = ['a']\nshape = 'xml'", 3, "unknown variant `xml`"),
            ("[hand_over.x]\ncommand = ['a']\nshell = true", 3, "unknown field `shell`"),
            ("\nauthorities = ['ca.pem']", 2, "the whole path of ca.pem"),
            ("authorities = 'ca.pem'", 1, "invalid type"),
            ("\nbrowser = []", 2, "browser: the command names no program"),
            ("browser = ['bin/a']", 1, "its whole path"),
            ("[[", 1, ""),
        ] {
            let told = Settings::parse(text).expect_err(text);
            assert!(told.starts_with(&format!("line {line}: ")), "{text}: {told}");
            assert!(told.contains(words), "{text}: {told}");
        }
        let json = "[hand_over.x]\ncommand = ['op', '{\"a\": 1}']";
        assert!(Settings::parse(json).is_ok(), "braces of another kind are let be");
    }
}
