//! Atlas' operations as far as gatehouse needs them: their names, paths and versions.

use crate::atlas::pace::EndpointSet;

/// Versions of Atlas' resources, as dates in their media types.
const VERSION_2023: &str = "application/vnd.atlas.2023-01-01+json";
const VERSION_2024: &str = "application/vnd.atlas.2024-08-05+json";

/// How an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// It reads.
    Get,
    /// It makes something.
    Post,
    /// It changes what is given.
    Patch,
    /// It removes something.
    Delete,
}

impl Method {
    /// Its name in HTTP.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// An operation of Atlas.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// How it is called.
    pub method: Method,
    /// The group that it belongs to, as the Atlas CLI writes it; empty: the CLI lacks it.
    pub group: &'static str,
    /// Its name in Atlas' documentation.
    pub name: &'static str,
    /// The path below the origin, with its parameters in braces.
    pub path: &'static str,
    /// The media type of what is sent and asked for.
    pub media: &'static str,
    /// The bucket that Atlas counts it in.
    pub set: EndpointSet,
}

impl Operation {
    /// The date of its version; `None` where it has none.
    #[must_use]
    pub fn version(&self) -> Option<&'static str> {
        self.media.strip_prefix("application/vnd.atlas.")?.strip_suffix("+json")
    }
}

const fn operation(
    method: Method,
    (group, name): (&'static str, &'static str),
    path: &'static str,
    (media, set): (&'static str, EndpointSet),
) -> Operation {
    Operation { method, group, name, path, media, set }
}

/// Defines operations, and the list of all of them.
macro_rules! operations {
    ($($constant:ident: $method:ident ($group:literal, $name:literal) $path:literal, ($media:ident, $set:ident);)*) => {
        $(pub(super) const $constant: &Operation = &operation(
            Method::$method, ($group, $name), $path, ($media, EndpointSet::$set),
        );)*
        #[cfg(test)]
        pub(super) const ALL: &[&Operation] = &[$($constant),*];
    };
}

#[rustfmt::skip]
operations! {
    LIST_ORGS: Get ("organizations", "listOrgs") "/api/atlas/v2/orgs", (VERSION_2023, Organizations);
    GET_ORG: Get ("organizations", "getOrg") "/api/atlas/v2/orgs/{orgId}", (VERSION_2023, Organization);
    GET_SETTINGS: Get ("organizations", "getOrgSettings") "/api/atlas/v2/orgs/{orgId}/settings", (VERSION_2023, Settings);
    SET_SETTINGS: Patch ("organizations", "updateOrgSettings") "/api/atlas/v2/orgs/{orgId}/settings", (VERSION_2023, Settings);
    LIST_PROJECTS: Get ("organizations", "getOrgGroups") "/api/atlas/v2/orgs/{orgId}/groups", (VERSION_2023, Organization);
    LIST_EVENTS: Get ("events", "listOrgEvents") "/api/atlas/v2/orgs/{orgId}/events", (VERSION_2023, Events);
    GET_ADDRESS: Get ("", "ipinfo") "/api/private/ipinfo", (UNVERSIONED, Other);

    LIST_ACCOUNTS: Get ("serviceAccounts", "listOrgServiceAccounts") "/api/atlas/v2/orgs/{orgId}/serviceAccounts", (VERSION_2024, ServiceAccounts);
    NEW_ACCOUNT: Post ("serviceAccounts", "createOrgServiceAccount") "/api/atlas/v2/orgs/{orgId}/serviceAccounts", (VERSION_2024, ServiceAccounts);
    GET_ACCOUNT: Get ("serviceAccounts", "getOrgServiceAccount") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}", (VERSION_2024, ServiceAccounts);
    SET_ACCOUNT: Patch ("serviceAccounts", "updateOrgServiceAccount") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}", (VERSION_2024, ServiceAccounts);
    DELETE_ACCOUNT: Delete ("serviceAccounts", "deleteOrgServiceAccount") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}", (VERSION_2024, ServiceAccounts);
    LIST_GRANTS: Get ("serviceAccounts", "getOrgServiceAccountGroups") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/groups", (VERSION_2024, ServiceAccounts);
    NEW_SECRET: Post ("serviceAccounts", "createOrgServiceAccountSecret") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/secrets", (VERSION_2024, ServiceAccounts);
    DELETE_SECRET: Delete ("serviceAccounts", "deleteOrgServiceAccountSecret") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/secrets/{secretId}", (VERSION_2024, ServiceAccounts);
    LIST_ACCOUNT_ENTRIES: Get ("serviceAccounts", "listOrgServiceAccountAccessList") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/accessList", (VERSION_2024, ServiceAccounts);
    NEW_ACCOUNT_ENTRIES: Post ("serviceAccounts", "createOrgServiceAccountAccessList") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/accessList", (VERSION_2024, ServiceAccounts);
    DELETE_ACCOUNT_ENTRY: Delete ("serviceAccounts", "deleteOrgServiceAccountAccessListEntry") "/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/accessList/{ipAddress}", (VERSION_2024, ServiceAccounts);
    INVITE_ACCOUNT: Post ("serviceAccounts", "inviteGroupServiceAccount") "/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}:invite", (VERSION_2024, Other);
    SET_PROJECT_ACCOUNT: Patch ("serviceAccounts", "updateGroupServiceAccount") "/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}", (VERSION_2024, Other);
    REMOVE_ACCOUNT: Delete ("serviceAccounts", "deleteGroupServiceAccount") "/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}", (VERSION_2024, Other);

    LIST_KEYS: Get ("programmaticApiKeys", "listOrgApiKeys") "/api/atlas/v2/orgs/{orgId}/apiKeys", (VERSION_2023, ApiKeys);
    NEW_KEY: Post ("programmaticApiKeys", "createOrgApiKey") "/api/atlas/v2/orgs/{orgId}/apiKeys", (VERSION_2023, ApiKeys);
    GET_KEY: Get ("programmaticApiKeys", "getOrgApiKey") "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}", (VERSION_2023, ApiKeys);
    SET_KEY: Patch ("programmaticApiKeys", "updateOrgApiKey") "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}", (VERSION_2023, ApiKeys);
    DELETE_KEY: Delete ("programmaticApiKeys", "deleteOrgApiKey") "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}", (VERSION_2023, ApiKeys);
    LIST_KEY_ENTRIES: Get ("programmaticApiKeys", "listOrgApiKeyAccessListEntries") "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList", (VERSION_2023, ApiKeys);
    NEW_KEY_ENTRIES: Post ("programmaticApiKeys", "createOrgApiKeyAccessListEntry") "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList", (VERSION_2023, ApiKeys);
    DELETE_KEY_ENTRY: Delete ("programmaticApiKeys", "deleteOrgApiKeyAccessListEntry") "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList/{ipAddress}", (VERSION_2023, ApiKeys);
    ADD_KEY: Post ("programmaticApiKeys", "addGroupApiKey") "/api/atlas/v2/groups/{groupId}/apiKeys/{apiUserId}", (VERSION_2023, Other);
    SET_PROJECT_KEY: Patch ("programmaticApiKeys", "updateGroupApiKeyRoles") "/api/atlas/v2/groups/{groupId}/apiKeys/{apiUserId}", (VERSION_2023, Other);
    REMOVE_KEY: Delete ("programmaticApiKeys", "removeGroupApiKey") "/api/atlas/v2/groups/{groupId}/apiKeys/{apiUserId}", (VERSION_2023, Other);
}

/// The current address is a private call without versions.
const UNVERSIONED: &str = "application/json";
