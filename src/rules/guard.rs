//! What a change would do to those who make it: the credential in use, and the
//! organization's last ways in. Pure.
//!
//! Atlas itself guards little of this: it refuses to take one's own single address
//! off one's own list, and to leave an organization without an owner.

use ipnet::IpNet;

use super::change::{Change, Now, is_owner, list_after, owns_project, works};
use super::health::Reach;
use crate::atlas::{IdentityId, Role};

/// A way in which a change would cut off the branch that one sits on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threat {
    /// The credential in use would be deleted.
    OwnCredential,
    /// Its last secret that works would be revoked.
    OwnLastSecret,
    /// One of its secrets would be revoked, and which one is in use is not known.
    OwnSecret,
    /// It would not own the organization any more.
    OwnRole,
    /// Its access list would not cover the address that we call from.
    OwnAddress,
    /// The same may be: the address that we call from is not known.
    OwnAddressUnknown,
    /// Its access list would be empty, and the organization requires one.
    OwnEmptyList,
    /// The same may be: its access list is not known.
    OwnListUnknown,
    /// It would not own the project any more, and owns nothing else.
    OwnProject,
    /// Atlas refuses to take the address that we call from off its list.
    OwnEntry,
    /// Nobody would own the organization any more.
    LastOwner,
}

impl Threat {
    /// What it means, in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::OwnCredential => {
                "It is the credential that gatehouse works with: the next call will be refused."
            }
            Self::OwnLastSecret => {
                "gatehouse works with this secret, and no other works: the next call will be refused."
            }
            Self::OwnSecret => {
                "gatehouse works with a secret of this account, perhaps with this one: then the next call will be refused."
            }
            Self::OwnRole => {
                "gatehouse works with this credential: it could change nothing any more."
            }
            Self::OwnAddress => {
                "gatehouse works with this credential, and your address would not be on its list: the next call will be refused."
            }
            Self::OwnAddressUnknown => {
                "gatehouse works with this credential, and your address is not known: the next call may be refused."
            }
            Self::OwnEmptyList => {
                "gatehouse works with this credential, and the organization lets in no empty list: the next call will be refused."
            }
            Self::OwnListUnknown => {
                "gatehouse works with this credential, and its access list is not known: the next call may be refused."
            }
            Self::OwnProject => {
                "gatehouse works with this credential: it could change nothing in this project any more."
            }
            Self::OwnEntry => {
                "It is the address that you call from, on the list of the credential in use: Atlas refuses to remove it."
            }
            Self::LastOwner => {
                "It is the only Organization Owner among service accounts and API keys: give another one that role first."
            }
        }
    }

    /// Whether it is refused outright; else a typed sentence allows it.
    #[must_use]
    pub fn is_refused(self) -> bool {
        matches!(self, Self::OwnEntry | Self::LastOwner)
    }
}

/// What a change would do to those who make it; nothing, for most.
#[must_use]
pub fn threats(change: &Change, now: &Now<'_>) -> Vec<Threat> {
    let target = change.target();
    let own = target.is_some() && target == now.own;
    let mut threats = Vec::new();
    let mut threat = |is: bool, threat: Threat| threats.extend(is.then_some(threat));
    match change {
        Change::Delete { id } => {
            threat(own, Threat::OwnCredential);
            threat(is_last_owner(id, now), Threat::LastOwner);
        }
        Change::Roles { id, wanted, .. } => {
            let loses = loses_owner(id, wanted, now);
            threat(own && loses, Threat::OwnRole);
            threat(loses && is_last_owner(id, now), Threat::LastOwner);
        }
        Change::RevokeSecret { secret, .. } => {
            let secrets = now.target.as_ref().map_or(&[][..], |target| target.secrets);
            let revoked = secrets.iter().find(|known| known.id == *secret);
            let in_use = own && revoked.is_some_and(|secret| works(secret, now.time));
            let others = secrets.iter().filter(|known| known.id != *secret);
            let alone = !others.into_iter().any(|secret| works(secret, now.time));
            threat(in_use && alone, Threat::OwnLastSecret);
            threat(in_use && !alone, Threat::OwnSecret);
        }
        Change::ProjectRoles { project, wanted, .. } if own => {
            let target = now.target.as_ref();
            let rules = target.and_then(|target| target.roles).is_some_and(is_owner);
            let grants = target.and_then(|target| target.grants).unwrap_or_default();
            let grant = grants.iter().find(|grant| grant.project == *project);
            let owns = grant.and_then(|grant| grant.roles.known()).is_some_and(|r| owns_project(r));
            threat(owns && !owns_project(wanted) && !rules, Threat::OwnProject);
        }
        Change::AccessList { add, remove, .. } if own => {
            threats.extend(of_own_list(add, remove, now));
        }
        Change::Settings { seen, wanted } if wanted.required && !seen.required => {
            let mine = now.all.iter().find(|one| Some(&one.id) == now.own.as_ref());
            match mine.and_then(|one| one.entries) {
                Some(entries) => threat(entries.is_empty(), Threat::OwnEmptyList),
                None => threat(now.own.is_some(), Threat::OwnListUnknown),
            }
        }
        _ => {}
    }
    threats
}

fn is_last_owner(id: &IdentityId, now: &Now<'_>) -> bool {
    now.owners.iter().any(|owner| owner == id) && now.owners.iter().all(|owner| owner == id)
}

/// Whether it owns the organization now, and would not with these roles.
fn loses_owner(id: &IdentityId, wanted: &[Role], now: &Now<'_>) -> bool {
    let roles = now.target.as_ref().and_then(|target| target.roles);
    let owns = roles.map_or_else(|| now.owners.contains(id), is_owner);
    owns && !is_owner(wanted)
}

/// What a change of the list of the credential in use does.
fn of_own_list(add: &[IpNet], remove: &[IpNet], now: &Now<'_>) -> Option<Threat> {
    let entries = now.target.as_ref().and_then(|target| target.entries)?;
    let after = list_after(entries, add, remove);
    if after.is_empty() {
        let shut = Reach::of(&[], now.settings) != Reach::Anybody;
        return (!entries.is_empty() && shut).then_some(Threat::OwnEmptyList);
    }
    let Some(address) = now.address else { return Some(Threat::OwnAddressUnknown) };
    let single = IpNet::from(address);
    if remove.contains(&single) && entries.iter().any(|entry| entry.range() == Some(single)) {
        return Some(Threat::OwnEntry);
    }
    let covered = after.iter().any(|range| range.contains(&address));
    (!covered).then_some(Threat::OwnAddress)
}
