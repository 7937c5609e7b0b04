//! Service accounts and API keys as one kind of thing.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::atlas::raw::Raw;
use crate::atlas::{ApiKey, Clean, Field, IdentityId, OrgId, Read, Role, ServiceAccount};
use crate::rules::look_alike::Named;

/// Which list an identity stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// OAuth client credentials.
    ServiceAccounts,
    /// Key pairs for HTTP digest: the legacy method.
    ApiKeys,
}

impl Kind {
    /// Both lists, in the order of their tabs.
    pub const ALL: [Self; 2] = [Self::ServiceAccounts, Self::ApiKeys];

    /// The list in which an identity stands.
    #[must_use]
    pub fn of(id: &IdentityId) -> Self {
        match id {
            IdentityId::ServiceAccount(_) => Self::ServiceAccounts,
            IdentityId::ApiKey(_) => Self::ApiKeys,
        }
    }

    /// The question for the whole list.
    #[must_use]
    pub fn reading(self, org: &OrgId) -> Read {
        match self {
            Self::ServiceAccounts => Read::ServiceAccounts(org.clone()),
            Self::ApiKeys => Read::ApiKeys(org.clone()),
        }
    }

    /// What it is called where its name is spoken of.
    #[must_use]
    pub fn named(self) -> Named {
        match self {
            Self::ServiceAccounts => Named::ServiceAccount,
            Self::ApiKeys => Named::ApiKey,
        }
    }

    /// The tab's label, as Atlas' page has it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ServiceAccounts => "Service Accounts",
            Self::ApiKeys => "API Keys",
        }
    }
}

/// A service account or an API key, as Atlas lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A service account.
    ServiceAccount(ServiceAccount),
    /// An API key.
    ApiKey(ApiKey),
}

impl Identity {
    /// Its immutable id.
    #[must_use]
    pub fn id(&self) -> IdentityId {
        match self {
            Self::ServiceAccount(account) => IdentityId::ServiceAccount(account.id.clone()),
            Self::ApiKey(key) => IdentityId::ApiKey(key.id.clone()),
        }
    }

    /// The same, as text.
    #[must_use]
    pub fn id_text(&self) -> &str {
        match self {
            Self::ServiceAccount(account) => account.id.as_str(),
            Self::ApiKey(key) => key.id.as_str(),
        }
    }

    /// Whether it can be asked about by that.
    #[must_use]
    pub fn is_addressable(&self) -> bool {
        match self {
            Self::ServiceAccount(account) => account.id.is_addressable(),
            Self::ApiKey(key) => key.id.is_addressable(),
        }
    }

    /// The service account, if it is one.
    #[must_use]
    pub fn account(&self) -> Option<&ServiceAccount> {
        match self {
            Self::ServiceAccount(account) => Some(account),
            Self::ApiKey(_) => None,
        }
    }

    /// The API key, if it is one.
    #[must_use]
    pub fn key(&self) -> Option<&ApiKey> {
        match self {
            Self::ServiceAccount(_) => None,
            Self::ApiKey(key) => Some(key),
        }
    }

    /// What people call it: a service account's name, an API key's description.
    #[must_use]
    pub fn name(&self) -> &Field<Clean> {
        match self {
            Self::ServiceAccount(account) => &account.name,
            Self::ApiKey(key) => &key.description,
        }
    }

    /// What is copied and quoted to name it: the client ID, or the public key.
    #[must_use]
    pub fn public_part(&self) -> &str {
        match self {
            Self::ServiceAccount(account) => account.id.as_str(),
            Self::ApiKey(key) => key.public_key.known().map_or("?", Clean::as_str),
        }
    }

    /// What came for it in the list, where Atlas cannot be asked about it.
    #[must_use]
    pub fn raw(&self) -> Option<&Raw> {
        match self {
            Self::ServiceAccount(account) => account.raw.as_deref(),
            Self::ApiKey(key) => key.raw.as_deref(),
        }
    }

    /// Its organization roles.
    #[must_use]
    pub fn roles(&self) -> &Field<Arc<[Role]>> {
        match self {
            Self::ServiceAccount(account) => &account.roles,
            Self::ApiKey(key) => &key.roles,
        }
    }

    /// Lets it have its roles in common with all that have the same.
    pub(super) fn share_roles(&mut self, shared: &mut HashSet<Arc<[Role]>>) {
        let roles = match self {
            Self::ServiceAccount(account) => &mut account.roles,
            Self::ApiKey(key) => &mut key.roles,
        };
        let Field::Known(roles) = roles else { return };
        match shared.get(roles) {
            Some(same) => roles.clone_from(same),
            None => drop(shared.insert(roles.clone())),
        }
    }

    /// When it was made; for an API key, by the second in its id.
    #[must_use]
    pub fn created(&self) -> Field<Timestamp> {
        match self {
            Self::ServiceAccount(account) => account.created_at,
            Self::ApiKey(key) => key.id.created().map_or(Field::Odd, Field::Known),
        }
    }

    /// Made and kept by Atlas itself.
    #[must_use]
    pub fn is_system_managed(&self) -> bool {
        matches!(self, Self::ServiceAccount(account) if account.system_managed)
    }

    /// The same identity, managed by Atlas as `other` is.
    pub(super) fn managed_as(self, other: &Self) -> Self {
        match self {
            Self::ServiceAccount(account) => Self::ServiceAccount(ServiceAccount {
                system_managed: other.is_system_managed(),
                ..account
            }),
            key @ Self::ApiKey(_) => key,
        }
    }

    /// What a plain filter word looks at, besides the labels of its roles.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let more = match self {
            Self::ServiceAccount(account) => account.description.known().map_or("", Clean::as_str),
            Self::ApiKey(key) => key.id.as_str(),
        };
        let name = self.name().known().map(Clean::as_str);
        name.into_iter().chain([self.public_part(), more])
    }
}
