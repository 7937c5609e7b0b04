//! A further client secret, and what it does to the one that exists. Atlas keeps two
//! at most, and cuts the other to seven days when a new one is generated (Atlas'
//! documents on rotating secrets).

use jiff::{SignedDuration, Timestamp};

use super::{Demand, Now, Target, Tone, Verdict, works};
use crate::atlas::{ClientId, ClientSecret, IdentityId, SecretId, Write};
use crate::rules::rotation::{Trial, last_used};

/// Secrets that a service account may have; expired ones count.
pub const MOST_SECRETS: usize = 2;
/// The life that a new secret leaves to the other one.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The shortest and the longest life of a secret, in hours (contract).
pub const HOURS: std::ops::RangeInclusive<u32> = 8..=8760;

/// When a secret that works now will stop to once another is generated; `None`: it
/// keeps its end.
#[must_use]
pub fn cut(secret: &ClientSecret, now: Timestamp) -> Option<Timestamp> {
    let end = secret.expires_at.known().copied().filter(|_| works(secret, now))?;
    let cut = now + OVERLAP;
    (end > cut).then_some(cut)
}

/// The secret that is missed least, where both slots are taken: an expired one, else
/// one that was never used, else the one that was used least lately; of two alike,
/// the older. That gatehouse tried one out is no use of it.
#[must_use]
pub fn dispensable(secrets: &[ClientSecret], trials: &[Trial], now: Timestamp) -> Option<usize> {
    let weight = |secret: &ClientSecret| {
        let used = last_used(secret, trials);
        (works(secret, now), used, secret.created_at.known().copied())
    };
    (0..secrets.len()).min_by_key(|&at| weight(&secrets[at]))
}

pub(super) fn generate(
    (id, hours, seen): (&ClientId, u32, &[SecretId]),
    target: &Target<'_>,
    now: &Now<'_>,
) -> Verdict {
    if target.secrets.len() >= MOST_SECRETS {
        return Verdict::refused(
            "It has two secrets, and Atlas keeps no more: revoke one of them first. An expired one takes a slot too.",
        );
    }
    let mut verdict = Verdict::new(vec![Write::CreateSecret(now.org.clone(), id.clone(), hours)]);
    verdict.say(Tone::Gain, new_words(hours, now.time));
    let unseen = |secret: &ClientSecret| !seen.contains(&secret.id);
    if target.secrets.len() != seen.len() || target.secrets.iter().any(unseen) {
        verdict.ask(Tone::Warning, "Its secrets have changed since you looked.");
    }
    for secret in target.secrets {
        let masked = secret.masked_secret_value.known().map_or("?", |value| value.as_str());
        match (cut(secret, now.time), secret.expires_at.known()) {
            (Some(cut), Some(end)) => verdict.ask(
                Tone::Loss,
                format!("The secret {masked} stops working on {}, not on {}: Atlas leaves it seven days.", day(cut), day(*end)),
            ),
            (_, Some(end)) if works(secret, now.time) => verdict
                .say(Tone::Plain, format!("The secret {masked} keeps its end, {}.", day(*end))),
            _ => verdict.say(Tone::Plain, format!("The secret {masked} has expired; it keeps its slot.")),
        }
    }
    // It cannot be taken back, and comes once: no single key asks for it.
    if verdict.demand == Demand::Nothing {
        verdict.demand = Demand::Agree;
    }
    if now.own.as_ref() == Some(&IdentityId::ServiceAccount(id.clone())) {
        verdict.say(
            Tone::Warning,
            "gatehouse works with a secret of this account: give it the new one in time.",
        );
    }
    verdict
}

/// Days, not minutes: what was agreed to must still be so a minute later.
fn new_words(hours: u32, now: Timestamp) -> String {
    let end = now + SignedDuration::from_hours(i64::from(hours));
    match hours {
        ..48 => format!("A new client secret, for {}.", life(hours)),
        _ => format!("A new client secret, for {}, until {}.", life(hours), day(end)),
    }
}

/// The day, in UTC: Atlas counts by it.
fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// A life in words: `90 days`, `8 hours`.
#[must_use]
pub fn life(hours: u32) -> String {
    let count = |number: u32, one: &str, many: &str| {
        if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
    };
    match hours {
        8760 => "1 year".into(),
        hours if hours % 24 == 0 => count(hours / 24, "day", "days"),
        hours => count(hours, "hour", "hours"),
    }
}

/// A life as it is typed, in hours: `90`, `90 d`, `8 hours`, `2 weeks`, `1 year`. A
/// number alone means days.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn read_life(text: &str, most: u32) -> Result<u32, String> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let each = match unit.trim().to_lowercase().as_str() {
        "h" | "hour" | "hours" => 1,
        "" | "d" | "day" | "days" => 24,
        "w" | "week" | "weeks" => 7 * 24,
        "y" | "year" | "years" => 8760,
        _ => 0,
    };
    let hours = number.parse::<u32>().ok().filter(|_| each > 0);
    let Some(hours) = hours.map(|number| number.saturating_mul(each)) else {
        return Err("A number of days, such as 45, or hours, such as 12 h.".into());
    };
    if hours < *HOURS.start() {
        return Err("Atlas asks for at least 8 hours.".into());
    }
    if hours > most {
        return Err(format!("At most {}: more is not allowed here.", life(most)));
    }
    Ok(hours)
}

#[cfg(test)]
mod tests {
    use super::super::{Change, judge};
    use super::*;
    use crate::atlas::Field;
    use crate::rules::look_alike::Namesakes;

    fn secret(id: &str, created: i64, ends: i64, used: Option<i64>) -> ClientSecret {
        let at = |hours| now() + SignedDuration::from_hours(hours);
        ClientSecret {
            id: SecretId::new(id),
            created_at: Field::Known(at(created)),
            expires_at: Field::Known(at(ends)),
            last_used_at: used.map_or(Field::Absent, |hours| Field::Known(at(hours))),
            ..ClientSecret::default()
        }
    }

    fn now() -> Timestamp {
        "2026-10-01T14:00:00Z".parse().expect("a time")
    }

    #[test]
    fn lives_are_read_as_people_write_them() {
        for (text, hours) in [
            ("45", Ok(45 * 24)),
            (" 12 h ", Ok(12)),
            ("1 day", Ok(24)),
            ("2 weeks", Ok(14 * 24)),
            ("1 year", Ok(8760)),
            ("8hours", Ok(8)),
            ("7 h", Err("at least 8")),
            ("0", Err("at least 8")),
            ("366", Err("At most 1 year")),
            ("99999999999", Err("A number of days")),
            ("4000000000 d", Err("At most 1 year")),
            ("", Err("A number of days")),
            ("soon", Err("A number of days")),
            ("3 m", Err("A number of days")),
        ] {
            match (read_life(text, 8760), hours) {
                (Ok(read), Ok(hours)) => assert_eq!(read, hours, "{text}"),
                (Err(told), Err(words)) => assert!(told.contains(words), "{text}: {told}"),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
        assert!(read_life("31", 30 * 24).is_err_and(|told| told.contains("30 days")));
        for hours in [8, 24, 720, 8760, 100] {
            assert_eq!(read_life(&life(hours), 8760), Ok(hours));
        }
    }

    #[test]
    fn the_secret_that_is_missed_least_is_offered_first() {
        let table: [([ClientSecret; 2], usize); 5] = [
            ([secret("a", -9, 9, Some(-1)), secret("b", -90, -1, Some(-2))], 1),
            ([secret("a", -9, 9, Some(-1)), secret("b", -5, 9, None)], 1),
            ([secret("a", -9, 9, Some(-3)), secret("b", -5, 9, Some(-1))], 0),
            ([secret("a", -9, 9, None), secret("b", -5, 9, None)], 0),
            ([secret("a", -9, -1, Some(-2)), secret("b", -5, -1, None)], 1),
        ];
        for (number, (secrets, at)) in table.into_iter().enumerate() {
            assert_eq!(dispensable(&secrets, &[], now()), Some(at), "case {number}");
        }
        assert_eq!(dispensable(&[], &[], now()), None);
    }

    /// What is told and asked where these secrets are there and those were seen.
    fn told(secrets: &[ClientSecret], seen: &[&str]) -> (Demand, String) {
        let id = ClientId::new("mdb_sa_id_1f");
        let seen = seen.iter().map(|id| SecretId::new(id)).collect();
        let change = Change::GenerateSecret { id, hours: 720, seen, rotates: false };
        let target = Target {
            name: "ci",
            description: "",
            public: "",
            namesakes: Namesakes::default(),
            managed: false,
            roles: None,
            secrets,
            entries: None,
            grants: None,
            projects: Vec::new(),
        };
        let verdict = judge(
            &change,
            &Now {
                org: &crate::atlas::OrgId::new("o"),
                time: now(),
                target: Some(target),
                own: None,
                address: None,
                settings: None,
                owners: Vec::new(),
                doubts: Vec::new(),
                all: Vec::new(),
            },
        );
        let lines = verdict.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>();
        (verdict.demand, lines.join(" | "))
    }

    #[test]
    fn what_it_does_to_the_other_secret_is_told_and_asked_about() {
        let week = 7 * 24;
        let long = secret("a", -9, 90 * 24, None);
        let short = secret("a", -9, week - 1, None);
        let over = secret("a", -9, -1, None);
        let one = std::slice::from_ref::<ClientSecret>;
        for (secrets, seen, words) in [
            (&[][..], &[][..], "for 30 days, until 2026-10-31"),
            (one(&long), &["a"], "stops working on 2026-10-08, not on 2026-12-30"),
            (one(&short), &["a"], "keeps its end, 2026-10-08"),
            (one(&over), &["a"], "has expired; it keeps its slot"),
            (one(&short), &[], "Its secrets have changed since you looked."),
            (&[], &["a"], "Its secrets have changed since you looked."),
            (one(&short), &["b"], "Its secrets have changed since you looked."),
        ] {
            let (asked, told) = told(secrets, seen);
            assert_eq!(asked, Demand::Agree, "{told}");
            assert!(told.contains(words), "{told}");
        }
        let (refused, _) = told(&[long, over], &["a"]);
        assert!(matches!(refused, Demand::Refuse(why) if why.contains("revoke one of them first")));
    }

    #[test]
    fn only_a_secret_that_works_beyond_seven_days_is_cut() {
        let week = 7 * 24;
        assert_eq!(cut(&secret("a", -9, week + 1, None), now()), Some(now() + OVERLAP));
        assert_eq!(cut(&secret("a", -9, week, None), now()), None);
        assert_eq!(cut(&secret("a", -9, -1, None), now()), None);
    }
}
