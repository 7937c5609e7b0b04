//! What can be changed at Atlas, and what comes of it.
//!
//! A change is another type than a question: nothing that repeats questions can
//! repeat a change by accident. Each is sent once, and what came of it may be
//! unknown.

use ipnet::IpNet;

use super::{ApiError, ClientId, IdentityId, OrgId, ProjectId, Role, SecretId};

/// One change at Atlas. Every one needs Organization Owner, except that projects'
/// owners may change what belongs to their project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Changes what is given of an identity, and leaves the rest. Roles replace the
    /// organization roles that it has.
    Update(OrgId, IdentityId, Patch),
    /// Deletes an identity, also from all its projects.
    Delete(OrgId, IdentityId),
    /// Makes a service account with its first secret.
    CreateServiceAccount(OrgId, NewServiceAccount),
    /// Makes an API key.
    CreateApiKey(OrgId, NewApiKey),
    /// Generates a further client secret that lives so many hours, 8 to 8760 and no
    /// more than the organization allows. Atlas cuts the account's other secret to
    /// seven days from now.
    CreateSecret(OrgId, ClientId, u32),
    /// Revokes a client secret; every token minted with it dies at once.
    RevokeSecret(OrgId, ClientId, SecretId),
    /// Adds entries to an access list.
    AddEntries(OrgId, IdentityId, Vec<IpNet>),
    /// Removes an entry from an access list.
    RemoveEntry(OrgId, IdentityId, IpNet),
    /// Lets an identity into a project that it is not in, with these roles.
    Invite(ProjectId, IdentityId, Vec<Role>),
    /// Replaces an identity's roles in a project that it is in.
    ProjectRoles(ProjectId, IdentityId, Vec<Role>),
    /// Takes an identity out of a project.
    Leave(ProjectId, IdentityId),
    /// Changes what is given of the organization's settings.
    Settings(OrgId, SettingsPatch),
}

/// What is to be changed of an identity. Lengths in characters, as the contract
/// bounds them: name 1 to 64 (service accounts only), description 1 to 250.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    /// The new name; API keys have none.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new organization roles, at least one.
    pub roles: Option<Vec<Role>>,
}

/// A service account to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServiceAccount {
    /// 1 to 64 characters; need not be unique.
    pub name: String,
    /// 1 to 250 characters.
    pub description: String,
    /// Its organization roles, at least one.
    pub roles: Vec<Role>,
    /// How long its first secret lives, in hours: 8 to 8760, and no more than the
    /// organization allows.
    pub secret_hours: u32,
}

/// An API key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// 1 to 250 characters of any kind.
    pub description: String,
    /// Its organization roles, at least one.
    pub roles: Vec<Role>,
}

/// What is to be changed of an organization's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettingsPatch {
    /// Whether calls need an access list.
    pub access_list_required: Option<bool>,
    /// Longest life of a client secret in hours, 8 to 8760.
    pub longest_secret_hours: Option<u32>,
}

/// A change that did not go well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteError {
    /// What went wrong.
    pub error: ApiError,
    /// Atlas may have applied it all the same: what is there must be read.
    pub perhaps_applied: bool,
}

impl Write {
    /// Whether its answer shows a secret that can never be read again: it is written
    /// down before it is sent.
    #[must_use]
    pub fn issues(&self) -> bool {
        matches!(
            self,
            Self::CreateServiceAccount(..) | Self::CreateApiKey(..) | Self::CreateSecret(..)
        )
    }

    /// What this does, to complete the sentence "This credential may not …".
    #[must_use]
    pub fn deed(&self) -> &'static str {
        match self {
            Self::Update(_, IdentityId::ServiceAccount(_), _) => "change the service account",
            Self::Update(_, IdentityId::ApiKey(_), _) => "change the API key",
            Self::Delete(_, IdentityId::ServiceAccount(_)) => "delete the service account",
            Self::Delete(_, IdentityId::ApiKey(_)) => "delete the API key",
            Self::CreateServiceAccount(..) => "make a service account",
            Self::CreateApiKey(..) => "make an API key",
            Self::CreateSecret(..) => "generate a client secret",
            Self::RevokeSecret(..) => "revoke the client secret",
            Self::AddEntries(..) | Self::RemoveEntry(..) => "change the access list",
            Self::Invite(..) | Self::ProjectRoles(..) => "change the roles in the project",
            Self::Leave(..) => "take it out of the project",
            Self::Settings(..) => "change the organization's settings",
        }
    }

    /// The role that surely may do this, as the contract's role requirements state
    /// it.
    #[must_use]
    pub fn needs(&self) -> Role {
        match self {
            Self::ProjectRoles(..) | Self::Leave(..) => Role::new("GROUP_OWNER"),
            _ => Role::new("ORG_OWNER"),
        }
    }
}
