//! Rotations under way: begun with a secret that is kept, ended when the old one is
//! gone. Knows no file: that they outlive the session is an effect.

use super::Effect;
use super::held::{Held, Tried};
use super::identity::{Identity, Kind};
use super::keys::{Action, Layer};
use super::state::State;
use crate::atlas::{Clean, Field, IdentityId, KeyId, SecretId};
use crate::rules::change::{Change, works};
use crate::rules::rotation::{Replaced, Rotation};

/// What a new credential is to take the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Before {
    Secret(SecretId),
    Key(KeyId),
}

impl State {
    /// What a new credential is to take the place of, where it is to: the other secret, if
    /// there is one that works.
    pub(super) fn replaced_by(&self, change: &Change) -> Option<Before> {
        match change {
            Change::Create { replaces, .. } => replaces.clone().map(Before::Key),
            Change::GenerateSecret { rotates: true, .. } => {
                let row = self.org.as_ref()?.row(&change.target()?)?;
                let Identity::ServiceAccount(account) = &row.identity else { return None };
                let mut secrets = account.secrets.known()?.iter();
                let other = secrets.find(|secret| works(secret, self.now))?;
                Some(Before::Secret(other.id.clone()))
            }
            _ => None,
        }
    }

    /// The secret that is kept begins to take the place of another.
    pub(super) fn begin_rotation(&mut self, held: &Held) {
        let replaced = match (&held.replaces, &held.issued.owner, &held.issued.secret_id) {
            (Some(Before::Secret(old)), IdentityId::ServiceAccount(account), Some(new)) => {
                Replaced::Secret { account: account.clone(), old: old.clone(), new: new.clone() }
            }
            (Some(Before::Key(old)), IdentityId::ApiKey(new), _) if new.is_addressable() => {
                Replaced::Key { old: old.clone(), new: new.clone() }
            }
            _ => return,
        };
        let to = held.kept.first().cloned().unwrap_or_else(|| Clean::new("where you put it"));
        let rotation = Rotation {
            host: self.setting.host.clone(),
            org: held.about.org.clone(),
            replaced,
            begun: held.at,
            to,
            verified: match held.tried {
                Tried::Good(_, at) => Some(held.by_atlas(at)),
                _ => None,
            },
        };
        self.calls.send(Effect::KeepRotation(Box::new(rotation.clone())));
        self.rotations.push(rotation);
        let rotate = self.key(Layer::List, Action::Rotate);
        let words = format!("rotation begun: {rotate} tells how it stands, and what to do next");
        self.notify(&words, true);
    }

    /// The rotation that an identity is in.
    #[must_use]
    pub fn rotation(&self, id: &IdentityId) -> Option<&Rotation> {
        let org = &self.org.as_ref()?.id;
        let here = |rotation: &&Rotation| {
            rotation.org == *org && rotation.host == self.setting.host && rotation.is_about(id)
        };
        self.rotations.iter().rev().find(here)
    }

    /// Ends the rotations whose old credential is gone.
    pub(super) fn finish_rotations(&mut self) {
        let Some(org) = &self.org else { return };
        let finished = |rotation: &&Rotation| {
            if rotation.org != org.id || rotation.host != self.setting.host {
                return false;
            }
            let kind = Kind::of(&rotation.subject());
            if !org.list(kind).is_complete() {
                return false;
            }
            match (&rotation.replaced, org.row(&rotation.subject()).map(|row| &row.identity)) {
                (_, None) => true,
                (Replaced::Secret { old, .. }, Some(Identity::ServiceAccount(account))) => {
                    let Field::Known(secrets) = &account.secrets else { return false };
                    !secrets.iter().any(|secret| secret.id == *old)
                }
                _ => false,
            }
        };
        let names: Vec<_> = self.rotations.iter().filter(finished).map(Rotation::name).collect();
        for name in names {
            self.end_rotation(&name);
            self.notify("rotation finished: the old one is gone", true);
        }
    }

    /// Forgets a rotation.
    pub(super) fn end_rotation(&mut self, name: &str) {
        self.rotations.retain(|rotation| rotation.name() != name);
        self.calls.send(Effect::ForgetRotation(name.to_owned()));
    }
}
