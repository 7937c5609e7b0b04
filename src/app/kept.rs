//! The lists of an earlier session: shown at once, with their date, until they were read
//! anew, and what is kept of this session for the next one.
//!
//! They are shown and nothing else: what is judged, changed and sent looks only at what
//! this session has read (see [`super::listing`]). What Atlas does not let the credential
//! see any more is shown no longer, and kept no longer. Knows no file.

use jiff::{SignedDuration, Timestamp};

use super::Effect;
use super::identity::{Identity, Kind};
use super::listing::Listing;
use super::org::Org;
use super::state::{Remember, State};
use crate::atlas::kept::{Kept, List, Whose};
use crate::atlas::{Clean, Fault, OrgId, Read};

/// Larger organizations are read anew: Atlas allows 500 of each kind.
const MOST_ROWS: usize = 5_000;
/// What did not change is kept anew after this time, for its date.
const DATED: SignedDuration = SignedDuration::from_mins(10);

/// What was kept of an organization in this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// The versions of the lists that were read whole.
    versions: [Option<u64>; 2],
    at: Timestamp,
}

impl State {
    /// Wants to see what an earlier session kept of the organization that was opened, or
    /// of the only one that the credential saw, before it is known which it sees.
    pub(super) fn recall_lists(&mut self) {
        let Some(whose) = self.whose() else { return };
        if let Some(org) = &mut self.org {
            org.awaits_recalled = true;
        }
        self.calls.send(Effect::RecallLists(whose, self.now));
    }

    /// Shows what an earlier session kept, if it is still wanted.
    pub(super) fn take_recalled(&mut self, whose: &Whose, kept: Option<Kept>) {
        let here = self.whose().is_some_and(|here| here == *whose);
        let Some(kept) = kept.filter(|_| here) else { return };
        let refused = self.organizations.error.as_ref().is_some_and(|it| denies(&it.fault));
        if self.org.is_none() && self.organizations.value.is_none() && !refused {
            let mut supposed = Org::new(kept.org.clone(), None);
            (supposed.awaits_recalled, supposed.is_supposed) = (true, true);
            self.org = Some(supposed);
        }
        // The only one may be another than it was.
        let wanted = |org: &&mut Org| org.awaits_recalled && org.id == kept.org;
        let Some(org) = self.org.as_mut().filter(wanted) else { return };
        org.awaits_recalled = false;
        let Kept { service_accounts, api_keys, .. } = kept;
        if let Some(List { rows, read }) = service_accounts {
            let rows = rows.into_iter().map(Identity::ServiceAccount).collect();
            org.list_mut(Kind::ServiceAccounts).recall(rows, read);
        }
        if let Some(List { rows, read }) = api_keys {
            let rows = rows.into_iter().map(Identity::ApiKey).collect();
            org.list_mut(Kind::ApiKeys).recall(rows, read);
        }
    }

    /// When the oldest was read of what is shown of an earlier session; none, where this
    /// session has read it all.
    #[must_use]
    pub fn recalled_from(&self) -> Option<Timestamp> {
        let org = self.org.as_ref()?;
        Kind::ALL.into_iter().filter_map(|kind| org.list(kind).recalled_from()).min()
    }

    /// Keeps both lists for the next session, once neither is being read any more.
    pub(super) fn keep_lists(&mut self) {
        let Some(whose) = self.whose() else { return };
        let now = self.now;
        let Some(org) = &mut self.org else { return };
        let lists = Kind::ALL.map(|kind| org.list(kind));
        if !lists.iter().all(|list| is_read(list) || is_denied(list)) {
            return;
        }
        let versions = lists.map(|list| is_read(list).then(|| list.version()));
        let fresh = |written: &Written| {
            written.versions == versions && now.duration_since(written.at) < DATED
        };
        if org.written.as_ref().is_some_and(fresh) || versions == [None, None] {
            return;
        }
        let rows: usize = lists.iter().map(|list| list.rows().len()).sum();
        org.written = Some(Written { versions, at: now });
        let effect = if rows > MOST_ROWS {
            Effect::ForgetLists(whose)
        } else {
            Effect::KeepLists(Box::new(copy_of(org, whose)))
        };
        self.calls.send(effect);
    }

    /// Which organizations the credential sees is known: the one that was supposed is
    /// opened, or was none of them.
    pub(super) fn prove_supposed(&mut self) {
        let Some(organizations) = &self.organizations.value else { return };
        let only = match organizations.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        let supposed = self.org.as_mut().filter(|org| org.is_supposed);
        match (only, supposed) {
            (Some(only), Some(org)) if only.id == org.id => {
                org.is_supposed = false;
                org.take_name(only, self.now);
                self.ask_lists();
                self.ask_missing();
            }
            (Some(_), None) => {}
            _ if self.setting.org.is_none() => self.drop_supposed(),
            _ => {}
        }
    }

    /// There is none that is the only one that the credential sees, or it is another.
    fn drop_supposed(&mut self) {
        if let Some(whose) = self.whose_of(None) {
            self.calls.send(Effect::ForgetLists(whose));
        }
        self.org.take_if(|org| org.is_supposed);
    }

    /// Nothing that the credential may not see any more is shown or kept.
    pub(super) fn withdraw_recalled(&mut self, read: &Read, fault: &Fault) {
        // A role may be missing for one list alone.
        let denied = match (read, fault) {
            (Read::ServiceAccounts(_), Fault::RoleMissing) => [true, false],
            (Read::ApiKeys(_), Fault::RoleMissing) => [false, true],
            (Read::ServiceAccounts(_) | Read::ApiKeys(_), fault) => [denies(fault); 2],
            (Read::Organizations, fault) if denies(fault) && self.setting.org.is_none() => {
                return self.drop_supposed();
            }
            _ => return,
        };
        let Some(whose) = self.whose() else { return };
        let Some(org) = &mut self.org else { return };
        for (kind, _) in Kind::ALL.into_iter().zip(denied).filter(|(_, denied)| *denied) {
            org.list_mut(kind).forget_recalled();
        }
        let holds = |written: Written| {
            written.versions.iter().zip(denied).any(|(version, denied)| denied && version.is_some())
        };
        if denied.contains(&true) && org.written.is_none_or(holds) {
            (org.awaits_recalled, org.written) = (false, None);
            self.calls.send(Effect::ForgetLists(whose));
        }
    }

    /// The organization on screen was the only one that the credential saw in an earlier
    /// session; which it sees now is still being asked.
    #[must_use]
    pub fn is_supposed(&self) -> bool {
        self.org.as_ref().is_some_and(|org| org.is_supposed)
    }

    /// Whose lists are on screen, where any are kept.
    fn whose(&self) -> Option<Whose> {
        let chosen = self.organizations.value.as_ref().is_some_and(|all| all.len() != 1);
        let org = self.org.as_ref().map(|org| org.id.clone());
        self.whose_of(org.filter(|_| chosen || self.setting.org.is_some()))
    }

    fn whose_of(&self, org: Option<OrgId>) -> Option<Whose> {
        (self.setting.remember == Remember::Lists).then_some(())?;
        Some(Whose {
            host: Clean::new(self.setting.base_url.as_deref().unwrap_or(&self.setting.host)),
            credential: self.setting.credential.clone()?,
            org,
        })
    }
}

fn copy_of(org: &Org, whose: Whose) -> Kept {
    let list = |kind| Some(org.list(kind)).filter(|list| is_read(list));
    let read = |list: &Listing| list.reading.at.unwrap_or_default();
    let accounts = list(Kind::ServiceAccounts).map(|list| {
        let rows = list.rows().iter().filter_map(|row| row.identity.account());
        List { rows: rows.cloned().collect(), read: read(list) }
    });
    let keys = list(Kind::ApiKeys).map(|list| {
        let rows = list.rows().iter().filter_map(|row| row.identity.key());
        List { rows: rows.cloned().collect(), read: read(list) }
    });
    Kept { whose, org: org.id.clone(), service_accounts: accounts, api_keys: keys }
}

/// Whether the last reading of a list was good to its end.
fn is_read(list: &Listing) -> bool {
    list.is_complete() && !list.reading.asked && list.reading.error.is_none()
}

/// Whether the last reading of a list came to nothing because it may not be seen.
fn is_denied(list: &Listing) -> bool {
    list.reading.error.as_ref().is_some_and(|error| denies(&error.fault))
}

/// Whether Atlas answers that this credential may not see what was asked for.
fn denies(fault: &Fault) -> bool {
    match fault {
        Fault::CredentialRefused
        | Fault::AddressNotListed(_)
        | Fault::AccessListRequired
        | Fault::RoleMissing
        | Fault::NoSuchOrganization
        | Fault::NotFound => true,
        Fault::Unreachable(_)
        | Fault::NotProven(_)
        | Fault::TimedOut(_)
        | Fault::TokenLimit
        | Fault::RateLimited(_)
        | Fault::Suspended
        | Fault::Refused
        | Fault::ServerTrouble
        | Fault::NotAtlas(_)
        | Fault::Unreadable(_)
        | Fault::NotNoted(_) => false,
    }
}
