//! The rules of client secrets: two slots, lifetimes, and what a new secret does
//! to the others. Knows nothing of HTTP.

use jiff::{SignedDuration, Timestamp};

use super::clock::later;
use super::errors::{NO_SECRET_SLOT, RESOURCE_NOT_FOUND, Refusal};
use super::random;
use super::settings::SECRET_HOURS;
use super::store::{Account, AccountSecret, Organization};

/// Secrets that an account may have, the expired ones included.
pub(super) const SLOTS: usize = 2;
/// How long the other secrets of an account live on at most once it has a new one.
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Organization {
    /// How long a new client secret may live, in hours.
    pub(super) fn secret_hours(&self) -> std::ops::RangeInclusive<u32> {
        let (least, most) = SECRET_HOURS.into_inner();
        let most = self.longest_secret_hours.map_or(most, |own| own.clamp(least, most));
        least..=most
    }
}

impl Account {
    /// Adds a secret that lives for so many hours. It takes a slot, and cuts what
    /// is left of the others.
    pub(super) fn add_secret(
        &mut self,
        hours: u32,
        now: Timestamp,
    ) -> Result<&AccountSecret, Refusal> {
        if self.secrets.len() >= SLOTS {
            return Err(NO_SECRET_SLOT.about([SLOTS.into(), self.id.as_str().into()]));
        }
        let (id, value) = (random::object_id(now)?, random::client_secret()?);
        let cut = later(now, OVERLAP);
        for other in &mut self.secrets {
            other.expires = other.expires.min(cut);
        }
        self.secrets.push(AccountSecret {
            id,
            value,
            created: now,
            expires: later(now, SignedDuration::from_hours(hours.into())),
            last_used: None,
        });
        Ok(&self.secrets[self.secrets.len() - 1])
    }

    /// Takes a secret away, and so every token that was minted with it.
    pub(super) fn revoke_secret(&mut self, id: &str) -> Result<(), Refusal> {
        let place = self.secrets.iter().position(|secret| secret.id == id);
        self.secrets.remove(place.ok_or_else(|| RESOURCE_NOT_FOUND.on(id))?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn account() -> Account {
        Account {
            id: "mdb_sa_id_0123456789abcdef01234567".to_owned(),
            name: String::new(),
            description: String::new(),
            created: Timestamp::UNIX_EPOCH,
            standing: super::super::store::Standing::default(),
            secrets: Vec::new(),
        }
    }

    #[test]
    fn a_new_secret_cuts_the_other_to_seven_days_and_no_further() {
        let now = Timestamp::UNIX_EPOCH;
        for (hours, left) in [(8760, 7 * 24), (7 * 24, 7 * 24), (8, 8)] {
            let mut account = account();
            account.add_secret(hours, now).expect("a slot");
            let new = account.add_secret(8760, now).expect("a slot").expires;
            assert_eq!(new, now + 365 * DAY);
            assert_eq!(account.secrets[0].expires, now + SignedDuration::from_hours(left));
        }
    }

    #[test]
    fn expired_secrets_keep_their_slot_until_they_are_revoked() {
        let now = Timestamp::UNIX_EPOCH;
        let mut account = account();
        let first = account.add_secret(8, now).expect("a slot").id.clone();
        account.add_secret(8, now).expect("a slot");
        let later = now + 30 * DAY;
        assert!(account.add_secret(8, later).is_err());
        assert!(account.secrets.iter().all(|secret| secret.expires < later), "nothing changed");
        account.revoke_secret(&first).expect("there");
        assert!(account.revoke_secret(&first).is_err());
        assert!(account.add_secret(8, later).is_ok());
    }

    #[test]
    fn the_organization_caps_lifetimes_within_atlas_bounds() {
        let org = |own| Organization { longest_secret_hours: own, ..Organization::default() };
        assert_eq!(org(None).secret_hours(), 8..=8760);
        assert_eq!(org(Some(720)).secret_hours(), 8..=720);
        assert_eq!(org(Some(1)).secret_hours(), 8..=8);
    }
}
