//! What Atlas offers: every question that gatehouse can ask, every answer that
//! it can get, and the client that speaks the HTTP in between.
//!
//! Everything here but [`auth`], [`pace`] and [`client`] is plain data that the
//! whole program shares. Nothing here knows a terminal.

pub mod auth;
pub mod client;
pub mod error;
pub mod field;
pub mod kept;
pub mod model;
pub mod network;
pub mod origin;
pub mod pace;
pub mod raw;
pub mod redact;
pub mod request;
pub mod retry;
pub mod roles;
pub mod secret;
pub mod text;
pub mod write;

use std::net::IpAddr;

pub use error::{ApiError, Fault};
pub use field::Field;
pub use model::{
    AccessEntry, ApiKey, ClientId, ClientSecret, Event, EventsPart, Grant, IdentityId, KeyId,
    OrgId, Organization, Project, ProjectId, SecretId, ServiceAccount, Settings,
};
pub use roles::Role;
pub use secret::{Credential, Issued, Secret};
pub use text::Clean;
pub use write::{Write, WriteError};

/// A question that changes nothing at Atlas, so it may be asked again freely.
///
/// A change to Atlas is never a variant of this type: what repeats reads cannot
/// repeat a write by accident.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Read {
    /// Every organization that the credential sees.
    Organizations,
    /// One organization: its name. Needs Organization Member.
    Organization(OrgId),
    /// The organization's settings that bear on access. Needs Organization
    /// Member. Atlas allows about five of these a minute: never poll it.
    Settings(OrgId),
    /// The organization's projects. Needs Organization Member.
    Projects(OrgId),
    /// Every service account, those that Atlas manages itself last. Answered in
    /// pages. Needs Organization Read Only.
    ServiceAccounts(OrgId),
    /// One service account. Needs Organization Read Only.
    ServiceAccount(OrgId, ClientId),
    /// The projects of a service account with its roles there. Needs
    /// Organization Read Only.
    Grants(OrgId, ClientId),
    /// Every API key. Answered in pages. Needs Organization Member.
    ApiKeys(OrgId),
    /// One API key. Needs Organization Member.
    ApiKey(OrgId, KeyId),
    /// The addresses from which one identity may call.
    AccessList(OrgId, IdentityId),
    /// What happened in the organization, one part of it. Needs Organization Member.
    Events(OrgId, EventsPart),
    /// The address from which Atlas sees this program calling.
    CurrentAddress,
    /// Another question, whose answer is wanted as it comes; of a list, the first page.
    Raw(Box<Read>),
}

impl Read {
    /// What this question asks for, to complete the sentence "Could not read …".
    #[must_use]
    pub fn subject(&self) -> &'static str {
        match self {
            Self::Organizations => "the organizations",
            Self::Organization(_) => "the organization",
            Self::Settings(_) => "the organization's settings",
            Self::Projects(_) => "the projects",
            Self::ServiceAccounts(_) => "the service accounts",
            Self::ServiceAccount(..) => "the service account",
            Self::Grants(..) => "the projects of the service account",
            Self::ApiKeys(_) => "the API keys",
            Self::ApiKey(..) => "the API key",
            Self::AccessList(..) => "the access list",
            Self::Events(..) => "the activity",
            Self::CurrentAddress => "the current address",
            Self::Raw(read) => read.subject(),
        }
    }

    /// The least organization role that may ask this, as the contract's role
    /// requirements state it; `None` where none is stated.
    #[must_use]
    pub fn needs(&self) -> Option<Role> {
        match self {
            Self::Raw(read) => read.needs(),
            Self::Organizations | Self::CurrentAddress => None,
            Self::ServiceAccounts(_)
            | Self::ServiceAccount(..)
            | Self::Grants(..)
            | Self::AccessList(_, IdentityId::ServiceAccount(_)) => {
                Some(Role::new("ORG_READ_ONLY"))
            }
            _ => Some(Role::new("ORG_MEMBER")),
        }
    }
}

/// For whom a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// The administrator waits for it.
    Person,
    /// It fills in behind; it leaves a fifth of every bucket alone.
    Background,
}

/// One part of a list that is shown as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this part, in Atlas' order.
    pub rows: Vec<T>,
    /// No further part follows.
    pub last: bool,
}

/// The answer to a [`Read`]; which one it answers is known by the call's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Answers [`Read::Organizations`].
    Organizations(Vec<Organization>),
    /// Answers [`Read::Organization`].
    Organization(Organization),
    /// Answers [`Read::Settings`].
    Settings(Settings),
    /// Answers [`Read::Projects`].
    Projects(Vec<Project>),
    /// Answers [`Read::ServiceAccounts`].
    ServiceAccounts(Page<ServiceAccount>),
    /// Answers [`Read::ServiceAccount`].
    ServiceAccount(ServiceAccount),
    /// Answers [`Read::Grants`].
    Grants(Vec<Grant>),
    /// Answers [`Read::ApiKeys`].
    ApiKeys(Page<ApiKey>),
    /// Answers [`Read::ApiKey`].
    ApiKey(ApiKey),
    /// Answers [`Read::AccessList`].
    AccessList(Vec<AccessEntry>),
    /// Answers [`Read::Events`], the latest first; the last part reaches back to the
    /// beginning of what Atlas keeps.
    Events(Page<Event>),
    /// Answers [`Read::CurrentAddress`].
    CurrentAddress(IpAddr),
    /// Answers [`Read::Raw`].
    Raw(raw::Raw),
}

impl Reply {
    /// Whether it is about what was asked for, where it says what it is about.
    #[must_use]
    pub fn answers(&self, read: &Read) -> bool {
        let (asked, answered) = match (read, self) {
            (Read::Organization(id), Self::Organization(organization)) => {
                (id.as_str(), organization.id.as_str())
            }
            (Read::ServiceAccount(_, id), Self::ServiceAccount(account)) => {
                (id.as_str(), account.id.as_str())
            }
            (Read::ApiKey(_, id), Self::ApiKey(key)) => (id.as_str(), key.id.as_str()),
            _ => return true,
        };
        // A person may have typed an id in capitals.
        asked.eq_ignore_ascii_case(answered)
    }

    /// Whether a further part of the same answer follows.
    #[must_use]
    pub fn is_last(&self) -> bool {
        match self {
            Self::ServiceAccounts(page) => page.last,
            Self::ApiKeys(page) => page.last,
            _ => true,
        }
    }
}
