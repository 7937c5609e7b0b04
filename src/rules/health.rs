//! What needs a person: the state of secrets and access lists, told by marks.
//!
//! Every place that shows such a state asks here, so that no two can disagree.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

use crate::atlas::{AccessEntry, ClientSecret, Field, ServiceAccount, Settings};
use crate::rules::change::works;
use crate::rules::rotation::{QUIET, Trial, last_used};

/// A secret that ends within this time is marked.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What a state means to a person; each has one symbol and one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// In order.
    Good,
    /// Ends within 14 days.
    Soon,
    /// Expired, or shut out.
    Broken,
    /// None, or never.
    None,
    /// Lets too many in.
    Open,
    /// Not known: not read yet, or not understood.
    Unknown,
}

/// The state of one client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// Works until then.
    Valid(Timestamp),
    /// Works, but ends within 14 days.
    EndsSoon(Timestamp),
    /// Stopped working then.
    Expired(Timestamp),
    /// There is no secret.
    Missing,
    /// Its end could not be understood.
    Unknown,
}

impl SecretState {
    /// The state of one secret at `now`.
    #[must_use]
    pub fn of(secret: &ClientSecret, now: Timestamp) -> Self {
        match secret.expires_at {
            Field::Known(end) if end <= now => Self::Expired(end),
            Field::Known(end) if end.duration_since(now) <= SOON => Self::EndsSoon(end),
            Field::Known(end) => Self::Valid(end),
            Field::Absent | Field::Odd => Self::Unknown,
        }
    }

    /// The state of a service account: that of the working secret which is in use, for that
    /// is the one whose end would hurt; of two in use, which ends first; where none was
    /// used, of the one which works longest. That gatehouse tried one out is no use of it.
    #[must_use]
    pub fn of_account(account: &ServiceAccount, trials: &[Trial], now: Timestamp) -> Self {
        let Field::Known(secrets) = &account.secrets else { return Self::Unknown };
        let working = || secrets.iter().filter(|secret| works(secret, now));
        let used = |secret: &ClientSecret| last_used(secret, trials);
        let latest = working().filter_map(used).max();
        let in_use = working().filter(|secret| {
            let of_both = used(secret).zip(latest);
            of_both.is_some_and(|(used, latest)| latest.duration_since(used) < QUIET)
        });
        let end = |secret: &&ClientSecret| secret.expires_at.known().copied();
        let shown = in_use.min_by_key(end);
        let shown = shown.or_else(|| secrets.iter().max_by_key(|it| (works(it, now), end(it))));
        shown.map_or(Self::Missing, |secret| Self::of(secret, now))
    }

    /// When the secret stops or stopped working.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        match self {
            Self::Valid(end) | Self::EndsSoon(end) | Self::Expired(end) => Some(*end),
            Self::Missing | Self::Unknown => None,
        }
    }

    /// Its mark.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match self {
            Self::Valid(_) => Mark::Good,
            Self::EndsSoon(_) => Mark::Soon,
            Self::Expired(_) => Mark::Broken,
            Self::Missing => Mark::None,
            Self::Unknown => Mark::Unknown,
        }
    }
}

/// Who may call with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only the listed addresses.
    Listed(usize),
    /// Only the listed addresses, but some entries could not be understood.
    Unclear(usize),
    /// Everybody: the list is empty, and the organization does not require one.
    Anybody,
    /// Nobody: the list is empty, and the organization requires one.
    Nobody,
    /// The list is empty; whether that opens or shuts is not known.
    EmptyList,
    /// Everybody: a range in the list covers every address.
    WholeInternet(IpNet),
}

impl Reach {
    /// Who may call, by an access list and the organization's settings.
    #[must_use]
    pub fn of(entries: &[AccessEntry], settings: Option<&Settings>) -> Self {
        if entries.is_empty() {
            return match settings.map(|settings| &settings.api_access_list_required) {
                Some(Field::Known(true)) => Self::Nobody,
                // Atlas leaves the setting out where it was never switched on.
                Some(Field::Known(false) | Field::Absent) => Self::Anybody,
                Some(Field::Odd) | None => Self::EmptyList,
            };
        }
        let ranges = || entries.iter().map(AccessEntry::range);
        match ranges().flatten().find(is_everything) {
            Some(range) => Self::WholeInternet(range),
            None if ranges().all(|range| range.is_some()) => Self::Listed(entries.len()),
            None => Self::Unclear(entries.len()),
        }
    }

    /// Whether calls from an address are certainly refused.
    #[must_use]
    pub fn shuts_out(
        entries: &[AccessEntry],
        settings: Option<&Settings>,
        address: Option<IpAddr>,
    ) -> bool {
        let holds = |address| {
            entries.iter().filter_map(AccessEntry::range).any(|range| range.contains(&address))
        };
        match Self::of(entries, settings) {
            Self::Nobody => true,
            Self::Listed(_) => address.is_some_and(|address| !holds(address)),
            Self::Anybody | Self::EmptyList | Self::WholeInternet(_) | Self::Unclear(_) => false,
        }
    }

    /// Its mark.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match self {
            Self::Listed(_) => Mark::Good,
            Self::Anybody | Self::WholeInternet(_) => Mark::Open,
            Self::Nobody => Mark::Broken,
            Self::EmptyList => Mark::None,
            Self::Unclear(_) => Mark::Unknown,
        }
    }
}

/// Whether a range covers every address of its family.
#[must_use]
pub fn is_everything(range: &IpNet) -> bool {
    range.prefix_len() == 0
}

/// The latest of several times, some of which may be missing.
///
/// `Absent` means that every one is known to be missing ("never"); `Odd` that
/// none is known and at least one could not be understood.
#[must_use]
pub fn latest<'a>(times: impl IntoIterator<Item = &'a Field<Timestamp>>) -> Field<Timestamp> {
    times.into_iter().fold(Field::Absent, |latest, time| match (latest, time) {
        (Field::Known(a), Field::Known(b)) => Field::Known(a.max(*b)),
        (Field::Known(a), _) => Field::Known(a),
        (_, Field::Known(b)) => Field::Known(*b),
        (Field::Odd, _) | (_, Field::Odd) => Field::Odd,
        (Field::Absent, Field::Absent) => Field::Absent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::SecretId;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hours * 3600).expect("in range")
    }

    fn ending(hours: i64) -> ClientSecret {
        ClientSecret { expires_at: Field::Known(at(hours)), ..ClientSecret::default() }
    }

    fn used(secret: ClientSecret) -> ClientSecret {
        ClientSecret { last_used_at: Field::Known(at(-9)), ..secret }
    }

    #[test]
    fn a_secret_is_judged_by_its_end() {
        let table = [
            (ending(0), SecretState::Expired(at(0))),
            (ending(-1), SecretState::Expired(at(-1))),
            (ending(1), SecretState::EndsSoon(at(1))),
            (ending(14 * 24), SecretState::EndsSoon(at(14 * 24))),
            (ending(14 * 24 + 1), SecretState::Valid(at(14 * 24 + 1))),
            (ClientSecret::default(), SecretState::Unknown),
        ];
        for (secret, state) in table {
            assert_eq!(SecretState::of(&secret, at(0)), state);
        }
    }

    #[test]
    fn an_account_is_as_well_as_the_secret_in_use() {
        let account = |secrets: Field<Vec<ClientSecret>>| ServiceAccount {
            secrets,
            ..ServiceAccount::default()
        };
        let table = [
            (Field::Known(vec![ending(-5), ending(5)]), SecretState::EndsSoon(at(5))),
            (Field::Known(vec![ending(900), ending(5)]), SecretState::Valid(at(900))),
            (Field::Known(vec![ending(900), used(ending(5))]), SecretState::EndsSoon(at(5))),
            (Field::Known(vec![used(ending(-5)), ending(5)]), SecretState::EndsSoon(at(5))),
            (Field::Known(vec![used(ending(900)), used(ending(5))]), SecretState::EndsSoon(at(5))),
            (Field::Known(vec![ending(-5), ending(-9)]), SecretState::Expired(at(-5))),
            (Field::Known(vec![ClientSecret::default(), ending(-9)]), SecretState::Expired(at(-9))),
            (Field::Known(Vec::new()), SecretState::Missing),
            (Field::Odd, SecretState::Unknown),
        ];
        for (secrets, state) in table {
            assert_eq!(SecretState::of_account(&account(secrets), &[], at(0)), state);
        }
        // The one that was only tried out does not hide the end of the one in use.
        let new = ClientSecret { id: SecretId::new("new"), ..used(ending(900)) };
        let then = *new.last_used_at.known().expect("used");
        let before = then - QUIET;
        let old = ClientSecret { last_used_at: Field::Known(before), ..used(ending(5)) };
        let both = account(Field::Known(vec![old, new]));
        let trial = Trial { secret: SecretId::new("new"), at: then };
        assert_eq!(SecretState::of_account(&both, &[], at(0)), SecretState::Valid(at(900)));
        assert_eq!(SecretState::of_account(&both, &[trial], at(0)), SecretState::EndsSoon(at(5)));
    }

    #[test]
    fn an_empty_list_opens_or_shuts_as_the_organization_says() {
        let settings =
            |required| Settings { api_access_list_required: required, ..Settings::default() };
        let entry = |range: &str| AccessEntry {
            cidr_block: Field::Known(range.parse().expect("a range")),
            ..AccessEntry::default()
        };
        let everything = "0.0.0.0/0".parse().expect("a range");
        let table = [
            (vec![], Some(settings(Field::Known(false))), Reach::Anybody),
            (vec![], Some(settings(Field::Absent)), Reach::Anybody),
            (vec![], Some(settings(Field::Known(true))), Reach::Nobody),
            (vec![], None, Reach::EmptyList),
            (vec![entry("10.0.0.0/8")], None, Reach::Listed(1)),
            (vec![entry("10.0.0.0/8"), entry("0.0.0.0/0")], None, Reach::WholeInternet(everything)),
            (vec![AccessEntry::default()], None, Reach::Unclear(1)),
        ];
        for (entries, settings, reach) in table {
            assert_eq!(Reach::of(&entries, settings.as_ref()), reach);
            let [inside, outside] = ["10.1.4.7", "192.0.2.1"].map(|text| {
                let address = text.parse().expect("an address");
                Reach::shuts_out(&entries, settings.as_ref(), Some(address))
            });
            let nobody = reach == Reach::Nobody;
            assert_eq!(inside, nobody, "{reach:?}");
            assert_eq!(outside, nobody || reach == Reach::Listed(1), "{reach:?}");
            assert_eq!(Reach::shuts_out(&entries, settings.as_ref(), None), nobody, "{reach:?}");
        }
    }

    #[test]
    fn never_is_only_said_when_every_time_is_known_to_be_missing() {
        let (known, absent, odd) = (Field::Known(at(3)), Field::Absent, Field::Odd);
        assert_eq!(latest([&absent, &absent]), Field::Absent);
        assert_eq!(latest([&absent, &odd]), Field::Odd);
        assert_eq!(latest([&known, &odd, &Field::Known(at(1))]), known);
        assert_eq!(latest([]), Field::Absent);
    }
}
