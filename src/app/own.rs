//! The credential in use: who it is, and what it may not do.

use jiff::Timestamp;

use super::identity::Kind;
use super::keys::Action;
use super::state::{Link, State};
use crate::atlas::error::Fault;
use crate::atlas::roles::{Role, labels};
use crate::atlas::{Clean, ClientId, IdentityId};
use crate::rules::change::{is_owner, owns_project};
use crate::rules::web::page;

/// How a service account's public half begins.
const CLIENT_ID: &str = "mdb_sa_id_";

/// The organization roles of the credential in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roles<'a> {
    /// The list that tells is being read.
    Awaited,
    /// The lists do not tell.
    Unknown,
    /// These.
    Known(&'a [Role]),
}

/// What a credential is, by its public half.
#[must_use]
pub fn kind_of(public: &str) -> Kind {
    if public.starts_with(CLIENT_ID) { Kind::ServiceAccounts } else { Kind::ApiKeys }
}

impl State {
    /// The organization roles of the credential in use, as far as the lists tell.
    #[must_use]
    pub fn own_roles(&self) -> Roles<'_> {
        let org = self.org.as_ref();
        let row = self.own_id().and_then(|own| org?.row(&own));
        match row.and_then(|row| row.identity.roles().known()) {
            Some(roles) => Roles::Known(roles),
            None if self.setting.doubt.is_some() || self.link != Link::Connecting => Roles::Unknown,
            None => Roles::Awaited,
        }
    }

    /// Why the credential in use may not do this (to this identity), as far as its
    /// roles are known.
    ///
    /// A Project Owner may let others into the project, and change the access lists of
    /// service accounts in it (Atlas' role requirements); the rest is an Organization
    /// Owner's.
    #[must_use]
    pub fn why_not(&self, action: Action, target: Option<&IdentityId>) -> Option<String> {
        let (own, org) = (self.own_id()?, self.org.as_ref()?);
        let for_project = match (action, target) {
            (Action::Projects, _) => true,
            (Action::AccessList, Some(id)) => {
                *id == own || matches!(id, IdentityId::ServiceAccount(_))
            }
            _ => false,
        };
        let Some(row) = org.row(&own) else {
            // Who may not even read the list that it stands in does not own it all.
            let error = org.list(Kind::of(&own)).reading.error.as_ref();
            let refused = error.is_some_and(|error| error.fault == Fault::RoleMissing);
            let words = "needs Organization Owner; may not even read its own list";
            return (refused && !for_project).then(|| words.to_owned());
        };
        let roles = row.identity.roles().known()?;
        let granted = row.grants().into_iter().flatten().filter_map(|grant| grant.roles.known());
        let owns_one = granted.into_iter().any(|roles| owns_project(roles));
        let may = is_owner(roles) || owns_one && for_project;
        (!may).then(|| format!("needs Organization Owner; has {}", labels(roles)))
    }

    /// When the last secret of the service account in use expired, where all have.
    #[must_use]
    pub fn expired(&self) -> Option<Timestamp> {
        let row = self.org.as_ref()?.row(&self.own_id()?)?;
        let secrets = row.identity.account()?.secrets.known()?;
        let ends = secrets.iter().map(|secret| secret.expires_at.known().copied());
        let last = ends.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        (last <= self.now).then_some(last)
    }

    /// The web page of an identity.
    ///
    /// # Errors
    /// Why it has none, in words.
    pub(super) fn page_of(&self, id: &IdentityId) -> Result<Clean, &'static str> {
        if self.setting.demo {
            return Err("the demo is on this computer only: it has no web page");
        }
        let org = self.org.as_ref().ok_or("no organization is open")?;
        let page = page(self.setting.base_url.as_deref(), &org.id, id);
        let page = page.ok_or("it has no web page: those of Atlas are reached by https")?;
        Ok(Clean::whole(&page))
    }

    /// The identity whose credential is in use, if the lists tell.
    #[must_use]
    pub fn own_id(&self) -> Option<IdentityId> {
        let public = self.setting.credential.as_ref()?;
        if kind_of(public) == Kind::ServiceAccounts {
            return Some(IdentityId::ServiceAccount(ClientId::new(public)));
        }
        let keys = self.org.as_ref()?.list(Kind::ApiKeys).rows();
        let own = keys.iter().find(|row| row.identity.public_part() == public.as_str())?;
        Some(own.identity.id())
    }
}
