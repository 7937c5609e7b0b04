//! Where each question goes: its path, its version, and the bucket that it draws on.

use crate::atlas::error::Fault;
use crate::atlas::pace::EndpointSet;
use crate::atlas::{IdentityId, OrgId, ProjectId, Read};

/// Versions of Atlas' resources, as dates in their media types.
pub(super) const VERSION_2023: &str = "application/vnd.atlas.2023-01-01+json";
pub(super) const VERSION_2024: &str = "application/vnd.atlas.2024-08-05+json";
/// The current address is a private call without versions.
const UNVERSIONED: &str = "application/json";

/// Where a question goes.
pub(super) struct Route {
    /// The path below the origin, without a query. Every id in it is plain.
    pub path: String,
    /// The media type to ask for.
    pub accept: &'static str,
    /// The bucket that Atlas counts it in.
    pub set: EndpointSet,
}

impl Route {
    /// The route of a question.
    ///
    /// # Errors
    /// Where an id is not plain enough for a path: Atlas cannot know it.
    pub(super) fn of(read: &Read) -> Result<Self, Fault> {
        use EndpointSet::{ApiKeys, Organization, Organizations, Other, ServiceAccounts, Settings};
        let (path, accept, set) = match read {
            Read::Raw(read) => return Self::of(read),
            Read::Organizations => ("/api/atlas/v2/orgs".into(), VERSION_2023, Organizations),
            Read::CurrentAddress => ("/api/private/ipinfo".into(), UNVERSIONED, Other),
            Read::Organization(org) => (below(org, "")?, VERSION_2023, Organization),
            Read::Settings(org) => (below(org, "/settings")?, VERSION_2023, Settings),
            Read::Projects(org) => (below(org, "/groups")?, VERSION_2023, Organization),
            Read::ServiceAccounts(org) => {
                (below(org, "/serviceAccounts")?, VERSION_2024, ServiceAccounts)
            }
            Read::ApiKeys(org) => (below(org, "/apiKeys")?, VERSION_2023, ApiKeys),
            Read::ServiceAccount(org, id) => {
                let id = IdentityId::ServiceAccount(id.clone());
                (of_identity(org, &id, "")?, VERSION_2024, ServiceAccounts)
            }
            Read::Grants(org, id) => {
                let id = IdentityId::ServiceAccount(id.clone());
                (of_identity(org, &id, "/groups")?, VERSION_2024, ServiceAccounts)
            }
            Read::ApiKey(org, id) => {
                let id = IdentityId::ApiKey(id.clone());
                (of_identity(org, &id, "")?, VERSION_2023, ApiKeys)
            }
            Read::AccessList(org, id) => {
                let (version, set) = match id {
                    IdentityId::ServiceAccount(_) => (VERSION_2024, ServiceAccounts),
                    IdentityId::ApiKey(_) => (VERSION_2023, ApiKeys),
                };
                (of_identity(org, id, "/accessList")?, version, set)
            }
        };
        Ok(Self { path, accept, set })
    }
}

pub(super) fn below(org: &OrgId, tail: &str) -> Result<String, Fault> {
    if org.is_addressable() {
        Ok(format!("/api/atlas/v2/orgs/{org}{tail}"))
    } else {
        Err(Fault::NoSuchOrganization)
    }
}

pub(super) fn of_identity(org: &OrgId, id: &IdentityId, tail: &str) -> Result<String, Fault> {
    if !id.is_addressable() {
        return Err(Fault::NotFound);
    }
    below(org, &format!("/{}/{}{tail}", list_of(id), id.as_str()))
}

/// The path of an identity in a project.
pub(super) fn in_project(
    project: &ProjectId,
    id: &IdentityId,
    tail: &str,
) -> Result<String, Fault> {
    if !project.is_addressable() || !id.is_addressable() {
        return Err(Fault::NotFound);
    }
    Ok(format!("/api/atlas/v2/groups/{project}/{}/{}{tail}", list_of(id), id.as_str()))
}

fn list_of(id: &IdentityId) -> &'static str {
    match id {
        IdentityId::ServiceAccount(_) => "serviceAccounts",
        IdentityId::ApiKey(_) => "apiKeys",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{ClientId, KeyId};

    #[test]
    fn ids_that_are_not_plain_never_reach_a_path() {
        let (good, bad) = (OrgId::new("0123456789abcdef01234567"), OrgId::new("../orgs"));
        assert_eq!(Route::of(&Read::ApiKeys(bad)).err(), Some(Fault::NoSuchOrganization));
        let slash = Read::ApiKey(good.clone(), KeyId::new("a/b"));
        assert_eq!(Route::of(&slash).err(), Some(Fault::NotFound));
        let read = Read::Grants(good, ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00"));
        assert_eq!(
            Route::of(&read).map(|route| route.path).ok().as_deref(),
            Some(
                "/api/atlas/v2/orgs/0123456789abcdef01234567/serviceAccounts/mdb_sa_id_66f1c0ffee00112233a91f00/groups"
            )
        );
    }
}
