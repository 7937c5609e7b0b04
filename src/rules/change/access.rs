//! Entries that come to an access list and go from it, and its cliffs: the first entry
//! and the last one.

use ipnet::IpNet;

use super::{MOST_ENTRIES, Now, Target, Tone, Verdict};
use crate::atlas::{AccessEntry, Field, IdentityId, Write};
use crate::rules::health::{Reach, is_everything};

/// The ranges of a list, as far as they were understood.
fn ranges(entries: &[AccessEntry]) -> Vec<IpNet> {
    entries.iter().filter_map(AccessEntry::range).collect()
}

/// The list as it would be.
#[must_use]
pub fn list_after(entries: &[AccessEntry], add: &[IpNet], remove: &[IpNet]) -> Vec<IpNet> {
    let mut after = ranges(entries);
    after.retain(|range| !remove.contains(range));
    after.extend(add.iter().filter(|range| !entries.iter().any(|e| e.range() == Some(**range))));
    after
}

/// A recent use of an entry, in days.
const RECENT_DAYS: i64 = 30;

pub(super) fn access_list(
    id: &IdentityId,
    add: &[IpNet],
    remove: &[IpNet],
    target: &Target<'_>,
    now: &Now<'_>,
) -> Verdict {
    let Some(entries) = target.entries else {
        return Verdict::refused("Its access list could not be read.");
    };
    let there = ranges(entries);
    let add: Vec<IpNet> = add.iter().filter(|range| !there.contains(range)).copied().collect();
    let remove: Vec<IpNet> = remove.iter().filter(|range| there.contains(range)).copied().collect();
    let after = list_after(entries, &add, &remove);
    if after.len() > MOST_ENTRIES {
        return Verdict::refused(format!("An access list has at most {MOST_ENTRIES} entries."));
    }
    let mut verdict = Verdict::new(Vec::new());
    for range in &add {
        verdict.say(Tone::Gain, shown(range));
    }
    for range in &remove {
        verdict.say(Tone::Loss, shown(range));
    }
    for entry in entries.iter().filter(|entry| entry.range().is_some_and(|r| remove.contains(&r))) {
        if let (Field::Known(used), Some(range)) = (entry.last_used_at, entry.range()) {
            let days = now.time.duration_since(used).as_hours() / 24;
            if days < RECENT_DAYS {
                let when = if days == 0 { "today".into() } else { format!("{days} d ago") };
                verdict.ask(Tone::Warning, format!("{} was used {when}.", shown(&range)));
            }
        }
    }
    ask_about_everything(&mut verdict, &add);
    say_cliff(&mut verdict, entries, &after, now);
    if !add.is_empty() {
        // What is new comes first, so that there is no moment without either.
        verdict.writes.push(Write::AddEntries(now.org.clone(), id.clone(), add));
    }
    let removal = |range| Write::RemoveEntry(now.org.clone(), id.clone(), range);
    verdict.writes.extend(remove.into_iter().map(removal));
    verdict
}

/// Asks about ranges that let every address in.
pub(super) fn ask_about_everything(verdict: &mut Verdict, added: &[IpNet]) {
    for range in added.iter().filter(|range| is_everything(range)) {
        verdict.ask(Tone::Danger, format!("{range} lets every address in."));
    }
}

/// An entry as people write it: a single address bare.
#[must_use]
pub fn shown(range: &IpNet) -> String {
    if range.prefix_len() == range.max_prefix_len() {
        range.addr().to_string()
    } else {
        range.to_string()
    }
}

/// The first entry of a list and its last one change who may call altogether.
fn say_cliff(verdict: &mut Verdict, before: &[AccessEntry], after: &[IpNet], now: &Now<'_>) {
    match (before.is_empty(), after.is_empty()) {
        (true, false) => match Reach::of(before, now.settings) {
            Reach::Nobody => verdict.say(
                Tone::Plain,
                "Until now it let nobody in: the organization requires an access list.",
            ),
            _ => verdict.ask(
                Tone::Warning,
                "It is the first entry: until now every address was let in, from now on only those listed.",
            ),
        },
        (false, true) => match Reach::of(&[], now.settings) {
            Reach::Anybody => verdict.ask(
                Tone::Danger,
                "It is the last entry: without one, every address on the Internet is let in.",
            ),
            Reach::Nobody => verdict.ask(
                Tone::Danger,
                "It is the last entry: without one, nobody is let in, for the organization requires a list.",
            ),
            _ => verdict.ask(
                Tone::Danger,
                "It is the last entry: without one, everybody or nobody is let in, as the organization's settings say, which could not be read.",
            ),
        },
        _ => {}
    }
}
