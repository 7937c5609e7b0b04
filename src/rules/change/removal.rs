//! What nothing brings back: a secret that is revoked, an identity that is deleted.

use jiff::Timestamp;

use super::{Demand, Now, Target, Tone, Verdict, count, named, phrase};
use crate::atlas::roles::labels;
use crate::atlas::{ClientId, ClientSecret, Field, IdentityId, SecretId, Write};

/// Whether a secret works now.
#[must_use]
pub fn works(secret: &ClientSecret, now: Timestamp) -> bool {
    secret.expires_at.known().is_some_and(|end| *end > now)
}

pub(super) fn revoke(
    id: &ClientId,
    secret: &SecretId,
    target: &Target<'_>,
    now: &Now<'_>,
) -> Verdict {
    let Some(found) = target.secrets.iter().find(|known| known.id == *secret) else {
        return Verdict::refused("This secret is gone: somebody has revoked it meanwhile.");
    };
    let account = IdentityId::ServiceAccount(id.clone());
    let mut verdict =
        Verdict::new(vec![Write::RevokeSecret(now.org.clone(), id.clone(), secret.clone())]);
    verdict.say(Tone::Plain, secret_words(found));
    let working = target.secrets.iter().filter(|secret| works(secret, now.time)).count();
    if works(found, now.time) {
        verdict.say(Tone::Loss, "Every token that was minted with it stops working at once.");
        if working == 1 {
            let words = "It is the only secret that works: without it the account is shut out until it is given a new one.";
            verdict.say(Tone::Danger, words);
        }
    } else {
        verdict.say(Tone::Plain, "It has expired: nothing works with it any more.");
    }
    say_use(&mut verdict, [&found.last_used_at].into_iter(), now.time);
    verdict.demand = Demand::Type(phrase(&account, target));
    verdict
}

/// Which secret it is, as the list shows it, in UTC.
fn secret_words(secret: &ClientSecret) -> String {
    let day = |time: &Field<Timestamp>| {
        time.known().map_or_else(|| "?".into(), |time| time.strftime("%Y-%m-%d").to_string())
    };
    let masked = secret.masked_secret_value.known().map_or("?", |value| value.as_str());
    let (made, ends) = (day(&secret.created_at), day(&secret.expires_at));
    format!("The secret {masked}, made {made}, ends {ends}.")
}

/// When it was used last, which tells whether it is missed.
fn say_use<'a>(
    verdict: &mut Verdict,
    uses: impl Iterator<Item = &'a Field<Timestamp>>,
    now: Timestamp,
) {
    let last = uses.filter_map(Field::known).max();
    let Some(last) = last else {
        return verdict.say(Tone::Plain, "No use of it is known.");
    };
    let hours = now.duration_since(*last).as_hours();
    let (tone, when) = match hours {
        ..1 => (Tone::Danger, "within the last hour".to_owned()),
        1..24 => (Tone::Danger, format!("{hours} h ago")),
        _ => (Tone::Warning, format!("{} d ago", hours / 24)),
    };
    verdict.say(tone, format!("It was used {when}."));
}

pub(super) fn delete(id: &IdentityId, target: &Target<'_>, now: &Now<'_>) -> Verdict {
    let mut verdict = Verdict::new(vec![Write::Delete(now.org.clone(), id.clone())]);
    let entries = target.entries.unwrap_or_default();
    let uses = target.secrets.iter().map(|secret| &secret.last_used_at);
    say_use(&mut verdict, uses.chain(entries.iter().map(|entry| &entry.last_used_at)), now.time);
    let newest = entries.iter().filter(|entry| entry.last_used_at.known().is_some());
    let newest = newest.max_by_key(|entry| entry.last_used_at.known().copied());
    if let Some(from) = newest.and_then(|entry| entry.last_used_address.known()) {
        verdict.say(Tone::Plain, format!("The last call came from {from}."));
    }
    if !target.secrets.is_empty() {
        let secrets = count(target.secrets.len(), "secret stops", "secrets stop");
        verdict.say(Tone::Loss, format!("{secrets} working, with every token minted by it"));
    }
    match target.grants {
        Some([]) => {}
        Some(grants) => {
            let projects = count(grants.len(), "project", "projects");
            let names = named(&target.projects);
            let names = if names.is_empty() { names } else { format!(": {names}") };
            verdict.say(Tone::Loss, format!("its roles in {projects}{names}"));
        }
        None => verdict.say(Tone::Warning, "Its projects could not be read."),
    }
    if let Some(roles) = target.roles.filter(|roles| !roles.is_empty()) {
        verdict.say(Tone::Loss, labels(roles));
    }
    match target.entries {
        Some([]) => {}
        Some(entries) => {
            let entries = count(entries.len(), "access-list entry", "access-list entries");
            verdict.say(Tone::Loss, entries);
        }
        None => verdict.say(Tone::Warning, "Its access list could not be read."),
    }
    verdict.say(Tone::Plain, "Nothing brings it back.");
    verdict.demand = Demand::Type(phrase(id, target));
    verdict
}
