//! Putting a new credential in the place of an old one, step by step: it is kept
//! across sessions, and holds no secret. Pure: knows no file.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::atlas::{Clean, ClientId, ClientSecret, IdentityId, KeyId, OrgId, SecretId};

/// An old credential that was not used for so long is quiet.
pub const QUIET: SignedDuration = SignedDuration::from_hours(24);
/// Trying a credential out is noted by Atlas within this time, clocks included.
const TRYING: SignedDuration = SignedDuration::from_mins(1);

/// What takes the place of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replaced {
    /// A service account's secret by another.
    Secret {
        /// The account.
        account: ClientId,
        /// Its secret that is to go.
        old: SecretId,
        /// Its secret that stays.
        new: SecretId,
    },
    /// An API key by another.
    Key {
        /// The key that is to go.
        old: KeyId,
        /// The key that stays.
        new: KeyId,
    },
}

/// A rotation under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// The host.
    pub host: Clean,
    /// The organization.
    pub org: OrgId,
    /// What takes the place of what.
    pub replaced: Replaced,
    /// When the new one was made.
    pub begun: Timestamp,
    /// Where the new one went, in words.
    pub to: Clean,
    /// When it was tried out and worked, if it was.
    pub verified: Option<Timestamp>,
}

impl Rotation {
    /// The identity that it is about: the account, or the key that is to go.
    #[must_use]
    pub fn subject(&self) -> IdentityId {
        match &self.replaced {
            Replaced::Secret { account, .. } => IdentityId::ServiceAccount(account.clone()),
            Replaced::Key { old, .. } => IdentityId::ApiKey(old.clone()),
        }
    }

    /// That its new secret was tried out, if it was.
    #[must_use]
    pub fn trial(&self) -> Option<Trial> {
        let Replaced::Secret { new, .. } = &self.replaced else { return None };
        Some(Trial { secret: new.clone(), at: self.verified? })
    }

    /// Whether it is shown at this identity.
    #[must_use]
    pub fn is_about(&self, id: &IdentityId) -> bool {
        let new = match &self.replaced {
            Replaced::Secret { .. } => None,
            Replaced::Key { new, .. } => Some(IdentityId::ApiKey(new.clone())),
        };
        self.subject() == *id || new.as_ref() == Some(id)
    }

    /// Names it: what is to go.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.replaced {
            Replaced::Secret { old, .. } => old.to_string(),
            Replaced::Key { old, .. } => old.to_string(),
        }
    }
}

/// That gatehouse has tried a secret out, which Atlas notes like any other use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The secret.
    pub secret: SecretId,
    /// When, by Atlas' clock.
    pub at: Timestamp,
}

/// When a secret was used last, where it was used by somebody besides these trials.
#[must_use]
pub fn last_used(secret: &ClientSecret, trials: &[Trial]) -> Option<Timestamp> {
    let used = *secret.last_used_at.known()?;
    let of_it = trials.iter().filter(|trial| trial.secret == secret.id);
    let tried = of_it.map(|trial| trial.at).max();
    (Use::At(used).besides_trying(tried) != Use::Never).then_some(used)
}

/// When one of the two was used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is not there any more.
    Gone,
    /// Atlas does not tell.
    Unknown,
    /// Never.
    Never,
    /// Then.
    At(Timestamp),
}

impl Use {
    /// The same, not counting the use that trying it out was: Atlas cannot tell that
    /// from any other.
    #[must_use]
    pub fn besides_trying(self, tried: Option<Timestamp>) -> Self {
        match (self, tried) {
            (Self::At(time), Some(tried)) if time <= tried + TRYING => Self::Never,
            (found, _) => found,
        }
    }
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: the old one is gone.
    Finished,
    /// The new one is gone: the old one is needed.
    NewIsGone,
    /// Wait until the new one is used.
    NewUnused,
    /// Wait: the old one is still in use, last at this time.
    OldInUse(Timestamp),
    /// Atlas does not tell whether they are used: ask those who use them.
    Blind,
    /// The old one is quiet: it can go.
    Revoke,
}

/// Tells what is to be done next.
#[must_use]
pub fn advise(old: Use, new: Use, now: Timestamp) -> Advice {
    match (old, new) {
        (Use::Gone, _) => Advice::Finished,
        (_, Use::Gone) => Advice::NewIsGone,
        (Use::At(time), _) if now.duration_since(time) < QUIET => Advice::OldInUse(time),
        (_, Use::Never) => Advice::NewUnused,
        (Use::Unknown, _) | (_, Use::Unknown) => Advice::Blind,
        (Use::At(_) | Use::Never, Use::At(_)) => Advice::Revoke,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trying_it_out_is_no_use() {
        let tried: Timestamp = "2026-10-01T14:00:00Z".parse().expect("a time");
        let after = |seconds| Use::At(tried + SignedDuration::from_secs(seconds));
        assert_eq!(after(2).besides_trying(Some(tried)), Use::Never);
        assert_eq!(after(61).besides_trying(Some(tried)), after(61));
        assert_eq!(after(2).besides_trying(None), after(2));
        assert_eq!(Use::Gone.besides_trying(Some(tried)), Use::Gone);
    }

    #[test]
    fn the_old_one_goes_only_once_it_is_quiet_and_the_new_one_is_used() {
        let now: Timestamp = "2026-10-01T14:00:00Z".parse().expect("a time");
        let ago = |hours| Use::At(now - SignedDuration::from_hours(hours));
        let table = [
            (Use::Gone, ago(1), Advice::Finished),
            (Use::Gone, Use::Gone, Advice::Finished),
            (ago(1), Use::Gone, Advice::NewIsGone),
            (Use::Never, Use::Never, Advice::NewUnused),
            (ago(48), Use::Never, Advice::NewUnused),
            (ago(2), Use::Never, Advice::OldInUse(now - SignedDuration::from_hours(2))),
            (ago(2), ago(1), Advice::OldInUse(now - SignedDuration::from_hours(2))),
            (ago(24), ago(1), Advice::Revoke),
            (Use::Never, ago(1), Advice::Revoke),
            (Use::Unknown, ago(1), Advice::Blind),
            (ago(48), Use::Unknown, Advice::Blind),
        ];
        for (old, new, advice) in table {
            assert_eq!(advise(old, new, now), advice, "{old:?} {new:?}");
        }
    }
}
