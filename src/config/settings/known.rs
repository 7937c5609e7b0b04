//! Everything that can stand in the file: its name, what it is where it does not stand
//! there, what it means and how it is read. The sample is made of it.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::SignedDuration;

use super::entry::{Entry, Value, put};
use super::{RescuePlace, Settings, WrittenKeys, hand_over};
use crate::atlas::{Clean, OrgId};
use crate::config::look::{self, Word};
use crate::rules::wrong::Wrong;

/// The lists are read again by themselves after this time.
pub(super) const REFRESH: SignedDuration = SignedDuration::from_secs(60);
/// More often would use up what Atlas lets everybody in the organization ask.
const LEAST_SECONDS: u64 = 10;
const MOST_SECONDS: u64 = 24 * 60 * 60;

const RESCUE_PLACES: &[(&str, RescuePlace)] =
    &[("memory", RescuePlace::Memory), ("disk", RescuePlace::Disk), ("off", RescuePlace::Off)];

/// An entry of the file itself.
struct Known {
    entry: Entry<Settings>,
    /// As it is written where it means the same as nothing.
    usual: &'static str,
    about: &'static str,
}

const fn known(
    name: &'static str,
    usual: &'static str,
    read: fn(&mut Settings, Value<'_>) -> Result<(), Vec<Wrong>>,
    about: &'static str,
) -> Known {
    Known { entry: Entry { name, read }, usual, about }
}

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    known("organization", r#""""#, |settings, value| put(&mut settings.organization, organization(value)),
        "The id of the organization that is opened where neither --org nor the environment\nnor the Atlas CLI's profile names one."),
    known("refresh", "60", |settings, value| put(&mut settings.refresh, refresh(value)),
        "Seconds until the lists are read again by themselves, 10 or more; \"off\" or 0: only\nwhen asked to."),
    known("remember_lists", "true", |settings, value| put(&mut settings.remember_lists, value.flag()),
        "What the lists show (names, public halves, roles, dates) is kept in the cache folder,\nand shown at the next start until it was read again; false: nothing is."),
    known("mouse", "false", |settings, value| put(&mut settings.mouse, value.flag()),
        "Clicks choose and open, the wheel scrolls. Text is then selected with shift held\ndown, in most terminals."),
    known("theme", r#""ansi""#, |settings, value| put(&mut settings.look.theme, theme(value)),
        "Colours: \"ansi\" (the terminal's own), \"mono\" (none), \"dark\" or \"light\" (for terminals\nthat show any colour), or one of [themes]."),
    known("ascii", "false", |settings, value| put(&mut settings.look.ascii, value.flag()),
        "Nothing of gatehouse's own is drawn beyond ASCII."),
    known("animations", "true", |settings, value| put(&mut settings.look.animations, value.flag()),
        "What waits may be drawn moving."),
    known("browser", "[]", |settings, value| put(&mut settings.browser, hand_over::program(value)),
        "The command that opens web pages, word by word; empty: the desktop's own."),
    known("rescue", r#""memory""#, |settings, value| put(&mut settings.rescue, value.choice(RESCUE_PLACES)),
        "Where a secret is saved when gatehouse is ended by force: \"memory\" (the session's\nfolder, gone at logout), \"disk\" (beside the journal), or \"off\"."),
    known("authorities", "[]", |settings, value| put(&mut settings.authorities, authorities(value)),
        "Files of certificates (PEM) of further authorities, by their whole paths: that of a\nproxy that looks into connections."),
];

/// Tables of the file, which the sample shows below everything else.
const TABLES: &[Entry<Settings>] = &[
    Entry {
        name: "hand_over",
        read: |settings, value| put(&mut settings.takers, hand_over::takers(value)),
    },
    Entry {
        name: "themes",
        read: |settings, value| look::themes(&mut settings.look.themes, value),
    },
    Entry { name: "keys", read: |settings, value| keys(&mut settings.keys, value) },
];

/// Everything that can stand in the file.
pub(super) fn entries() -> Vec<&'static Entry<Settings>> {
    KNOWN.iter().map(|known| &known.entry).chain(TABLES).collect()
}

/// A file that says nothing but what is so anyway: every entry with its meaning, each
/// line behind a `#` of its own. The table of keys, which is not known here, follows it.
#[must_use]
pub fn sample() -> String {
    let mut sample = String::from(
        "# How gatehouse behaves. Every entry is shown as it is anyway: take the # away to\n\
         # say otherwise. Credentials never stand here.\n",
    );
    for Known { entry, usual, about } in KNOWN {
        let about = about.replace('\n', "\n# ");
        let _ = write!(sample, "\n# {about}\n#{} = {usual}\n", entry.name);
    }
    sample + hand_over::SAMPLE + look::SAMPLE
}

fn theme(value: Value<'_>) -> Result<Option<Word>, Wrong> {
    Ok(Some(value.word(value.text()?)))
}

fn organization(value: Value<'_>) -> Result<Option<OrgId>, Wrong> {
    let id = value.text()?.trim();
    if id.is_empty() {
        return Ok(None);
    }
    match OrgId::parse(id) {
        Some(id) => Ok(Some(id)),
        None => value.is_wrong(
            "it takes an organization's id, not its name: 24 digits from 0 to 9 and a to f",
        ),
    }
}

fn refresh(value: Value<'_>) -> Result<Option<SignedDuration>, Wrong> {
    match (value.number(), value.text()) {
        (Some(0), _) | (_, Ok("off")) => Ok(None),
        (Some(seconds @ LEAST_SECONDS..=MOST_SECONDS), _) => {
            Ok(Some(SignedDuration::from_secs(seconds.cast_signed())))
        }
        _ => value
            .is_wrong(&format!("it takes seconds, {LEAST_SECONDS} to {MOST_SECONDS}, or \"off\"")),
    }
}

fn authorities(value: Value<'_>) -> Result<Vec<PathBuf>, Wrong> {
    let paths: Vec<_> = value.texts()?.into_iter().map(PathBuf::from).collect();
    match paths.iter().find(|path| !path.is_absolute()) {
        Some(path) => value.is_wrong(&format!(
            "write the whole path of {}",
            Clean::from(path.display().to_string())
        )),
        None => Ok(paths),
    }
}

fn keys(into: &mut Vec<WrittenKeys>, value: Value<'_>) -> Result<(), Vec<Wrong>> {
    value.each(|action, value| {
        let keys = value.texts()?;
        into.push(WrittenKeys { line: value.line, action: action.to_owned(), keys });
        Ok(())
    })
}
