//! The organization's settings that bear on access, and whom they concern.

use super::{Now, Switches, Tone, Verdict, count, named};
use crate::atlas::write::SettingsPatch;
use crate::atlas::{Field, Settings, Write};

pub(super) fn settings(seen: Switches, wanted: Switches, now: &Now<'_>) -> Verdict {
    let Some(there) = now.settings.and_then(switches) else {
        return Verdict::refused("The organization's settings could not be read.");
    };
    let mut verdict = Verdict::new(Vec::new());
    let mut patch = SettingsPatch::default();
    if wanted.required != seen.required && wanted.required != there.required {
        patch.access_list_required = Some(wanted.required);
        let (tone, words) = if wanted.required {
            (Tone::Gain, "Every call needs an access list.")
        } else {
            (Tone::Loss, "No call needs an access list any more.")
        };
        verdict.say(tone, words);
        say_required(&mut verdict, wanted.required, now);
    }
    if wanted.hours != seen.hours && wanted.hours != there.hours {
        if there.hours != seen.hours {
            let words = format!(
                "Somebody changed the maximum meanwhile, to {} h. Yours takes its place.",
                there.hours
            );
            verdict.ask(Tone::Warning, words);
        }
        patch.longest_secret_hours = Some(wanted.hours);
        verdict.say(
            Tone::Plain,
            format!(
                "New secrets live at most {} h; those that exist keep their end.",
                wanted.hours
            ),
        );
    }
    if patch != SettingsPatch::default() {
        verdict.writes.push(Write::Settings(now.org.clone(), patch));
    }
    verdict
}

/// The settings that bear on access, where they were understood. What Atlas leaves
/// out was never switched on, and is at Atlas' own limit.
#[must_use]
pub fn switches(settings: &Settings) -> Option<Switches> {
    let required = match settings.api_access_list_required {
        Field::Known(required) => required,
        Field::Absent => false,
        Field::Odd => return None,
    };
    let hours = match settings.max_service_account_secret_validity_in_hours {
        Field::Known(hours) => hours,
        Field::Absent => 8760,
        Field::Odd => return None,
    };
    Some(Switches { required, hours })
}

fn say_required(verdict: &mut Verdict, required: bool, now: &Now<'_>) {
    let empty: Vec<_> = now
        .all
        .iter()
        .filter(|one| one.entries.is_some_and(<[_]>::is_empty))
        .map(|one| one.name)
        .collect();
    let unread = now.all.iter().filter(|one| one.entries.is_none()).count();
    let (tone, what) = if required {
        (Tone::Danger, "shut out, for their access list is empty")
    } else {
        (Tone::Danger, "open to every address, for their access list is empty")
    };
    if empty.is_empty() {
        verdict.ask(Tone::Plain, "Nobody has an empty access list.");
    } else {
        verdict.ask(tone, format!("{} {what}: {}", count(empty.len(), "is", "are"), named(&empty)));
    }
    if unread > 0 {
        let words = format!(
            "The lists of {} could not be looked at yet.",
            count(unread, "identity", "identities")
        );
        verdict.ask(Tone::Warning, words);
    }
}
