//! Every endpoint in one table, and how a path finds its own. Knows nothing of what
//! the endpoints answer, or of who may call them.

use percent_encoding::percent_decode_str;

use super::errors::{INVALID_PATH, METHOD_NOT_ALLOWED, RESOURCE_NOT_FOUND, Refusal};
use super::http::{Answer, Call, Incoming, State};
use super::limits::Set;
use super::permit::Needs;
use super::reads::{self, Ask, Body};
use super::versions::ONCE_IN_PREVIEW;
use super::writes::{Change, Done, accounts, entries, keys, secrets, settings};
use super::{checks, oauth};

/// Where the versioned endpoints live.
pub(super) const ROOT: &str = "/api/atlas/v2";

type Door = fn(&mut State, &Call<'_>) -> Answer;
type Read = fn(&Ask<'_>) -> Result<Body, Refusal>;
type Write = fn(&mut Change<'_>) -> Result<Done, Refusal>;

/// An endpoint without versions, which does its own checks.
pub(super) struct Plain {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    pub(super) door: Door,
}

const PLAIN: &[Plain] = &[
    Plain { id: "oauthToken", method: "POST", path: "/api/oauth/token", door: oauth::token },
    Plain { id: "oauthRevoke", method: "POST", path: "/api/oauth/revoke", door: oauth::revoke },
    Plain { id: "ipInfo", method: "GET", path: "/api/private/ipinfo", door: checks::ip_info },
];

/// What an endpoint does.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    Read(Read),
    Write(Write),
}

/// A versioned endpoint, under Atlas' own name for the operation.
pub(super) struct Route {
    pub(super) id: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) version: &'static str,
    pub(super) needs: Needs,
    pub(super) set: Set,
    pub(super) handler: Handler,
}

const fn get(
    id: &'static str,
    path: &'static str,
    version: &'static str,
    needs: Needs,
    set: Set,
    read: Read,
) -> Route {
    Route { id, method: "GET", path, version, needs, set, handler: Handler::Read(read) }
}

const fn act(
    id: &'static str,
    (method, path): (&'static str, &'static str),
    version: &'static str,
    needs: Needs,
    set: Set,
    write: Write,
) -> Route {
    Route { id, method, path, version, needs, set, handler: Handler::Write(write) }
}

const V1: &str = "2023-01-01";
const V2: &str = "2024-08-05";
const V3: &str = ONCE_IN_PREVIEW;

#[rustfmt::skip]
pub(super) const ROUTES: &[Route] = &[
    get("getSystemStatus", "", V1, Needs::Credential, Set::Root, reads::system_status),
    get("listRateLimits", "/rateLimits", V3, Needs::Credential, Set::RateLimits, reads::rate_limits),
    get("getRateLimit", "/rateLimits/{set}", V3, Needs::Credential, Set::RateLimits, reads::rate_limit),

    get("listOrgs", "/orgs", V1, Needs::Credential, Set::Organizations, reads::organizations),
    get("getOrg", "/orgs/{org}", V1, Needs::Member, Set::Organization, reads::organization),
    get("getOrgGroups", "/orgs/{org}/groups", V1, Needs::Member, Set::Organization, reads::projects_of),
    get("getOrgSettings", "/orgs/{org}/settings", V1, Needs::Member, Set::Settings, reads::settings),
    act("updateOrgSettings", ("PATCH", "/orgs/{org}/settings"), V1, Needs::Owner, Set::Settings, settings::update),
    get("listOrgEvents", "/orgs/{org}/events", V1, Needs::Member, Set::Events, reads::events),
    get("getOrgEvent", "/orgs/{org}/events/{event}", V1, Needs::Member, Set::Events, reads::event),

    get("listOrgServiceAccounts", "/orgs/{org}/serviceAccounts", V2, Needs::Reader, Set::Accounts, reads::accounts),
    act("createOrgServiceAccount", ("POST", "/orgs/{org}/serviceAccounts"), V2, Needs::Owner, Set::Accounts, accounts::create),
    get("getOrgServiceAccount", "/orgs/{org}/serviceAccounts/{account}", V2, Needs::Reader, Set::Accounts, reads::account),
    act("updateOrgServiceAccount", ("PATCH", "/orgs/{org}/serviceAccounts/{account}"), V2, Needs::Owner, Set::Accounts, accounts::update),
    act("deleteOrgServiceAccount", ("DELETE", "/orgs/{org}/serviceAccounts/{account}"), V2, Needs::Owner, Set::Accounts, accounts::delete),
    get("getOrgServiceAccountGroups", "/orgs/{org}/serviceAccounts/{account}/groups", V2, Needs::Reader, Set::Accounts, reads::grants),
    act("createOrgServiceAccountSecret", ("POST", "/orgs/{org}/serviceAccounts/{account}/secrets"), V2, Needs::Owner, Set::Accounts, secrets::create),
    act("deleteOrgServiceAccountSecret", ("DELETE", "/orgs/{org}/serviceAccounts/{account}/secrets/{secret}"), V2, Needs::Owner, Set::Accounts, secrets::delete),
    get("listOrgServiceAccountAccessList", "/orgs/{org}/serviceAccounts/{account}/accessList", V2, Needs::Reader, Set::Accounts, reads::account_entries),
    act("createOrgServiceAccountAccessList", ("POST", "/orgs/{org}/serviceAccounts/{account}/accessList"), V2, Needs::Owner, Set::Accounts, entries::add_to_account),
    act("deleteOrgServiceAccountAccessListEntry", ("DELETE", "/orgs/{org}/serviceAccounts/{account}/accessList/{address}"), V2, Needs::Owner, Set::Accounts, entries::remove_from_account),

    get("listOrgApiKeys", "/orgs/{org}/apiKeys", V1, Needs::Member, Set::Keys, reads::keys),
    act("createOrgApiKey", ("POST", "/orgs/{org}/apiKeys"), V1, Needs::Owner, Set::Keys, keys::create),
    get("getOrgApiKey", "/orgs/{org}/apiKeys/{key}", V1, Needs::Member, Set::Keys, reads::key),
    act("updateOrgApiKey", ("PATCH", "/orgs/{org}/apiKeys/{key}"), V1, Needs::Owner, Set::Keys, keys::update),
    act("deleteOrgApiKey", ("DELETE", "/orgs/{org}/apiKeys/{key}"), V1, Needs::Owner, Set::Keys, keys::delete),
    get("listOrgApiKeyAccessListEntries", "/orgs/{org}/apiKeys/{key}/accessList", V1, Needs::Member, Set::Keys, reads::key_entries),
    act("createOrgApiKeyAccessListEntry", ("POST", "/orgs/{org}/apiKeys/{key}/accessList"), V1, Needs::OwnerOrSelf, Set::Keys, entries::add_to_key),
    get("getOrgApiKeyAccessListEntry", "/orgs/{org}/apiKeys/{key}/accessList/{address}", V1, Needs::Member, Set::Keys, reads::key_entry),
    act("deleteOrgApiKeyAccessListEntry", ("DELETE", "/orgs/{org}/apiKeys/{key}/accessList/{address}"), V1, Needs::OwnerOrSelf, Set::Keys, entries::remove_from_key),

    get("listGroups", "/groups", V1, Needs::Credential, Set::Projects, reads::projects),
    get("getGroup", "/groups/{group}", V1, Needs::ProjectReader, Set::Project, reads::project),

    get("listGroupServiceAccounts", "/groups/{group}/serviceAccounts", V2, Needs::ProjectReader, Set::ProjectAccounts, reads::project_accounts),
    act("createGroupServiceAccount", ("POST", "/groups/{group}/serviceAccounts"), V2, Needs::ProjectOwner, Set::ProjectAccounts, accounts::create),
    act("inviteGroupServiceAccount", ("POST", "/groups/{group}/serviceAccounts/{account}:invite"), V2, Needs::Owner, Set::ProjectAccounts, accounts::invite),
    get("getGroupServiceAccount", "/groups/{group}/serviceAccounts/{account}", V2, Needs::ProjectReader, Set::ProjectAccounts, reads::project_account),
    act("updateGroupServiceAccount", ("PATCH", "/groups/{group}/serviceAccounts/{account}"), V2, Needs::ProjectOwner, Set::ProjectAccounts, accounts::update),
    act("deleteGroupServiceAccount", ("DELETE", "/groups/{group}/serviceAccounts/{account}"), V2, Needs::ProjectOwner, Set::ProjectAccounts, accounts::delete),
    act("createGroupServiceAccountSecret", ("POST", "/groups/{group}/serviceAccounts/{account}/secrets"), V2, Needs::ProjectOwner, Set::ProjectAccounts, secrets::create),
    act("deleteGroupServiceAccountSecret", ("DELETE", "/groups/{group}/serviceAccounts/{account}/secrets/{secret}"), V2, Needs::ProjectOwner, Set::ProjectAccounts, secrets::delete),
    get("listGroupServiceAccountAccessList", "/groups/{group}/serviceAccounts/{account}/accessList", V2, Needs::ProjectReader, Set::ProjectAccounts, reads::account_entries),
    act("createGroupServiceAccountAccessList", ("POST", "/groups/{group}/serviceAccounts/{account}/accessList"), V2, Needs::ProjectManager, Set::ProjectAccounts, entries::add_to_account),
    act("deleteGroupServiceAccountAccessListEntry", ("DELETE", "/groups/{group}/serviceAccounts/{account}/accessList/{address}"), V2, Needs::ProjectManager, Set::ProjectAccounts, entries::remove_from_account),

    get("listGroupApiKeys", "/groups/{group}/apiKeys", V1, Needs::ProjectReader, Set::ProjectKeys, reads::project_keys),
    act("createGroupApiKey", ("POST", "/groups/{group}/apiKeys"), V1, Needs::ProjectManager, Set::ProjectKeys, keys::create),
    act("addGroupApiKey", ("POST", "/groups/{group}/apiKeys/{key}"), V1, Needs::ProjectOwner, Set::ProjectKeys, keys::assign),
    act("updateGroupApiKeyRoles", ("PATCH", "/groups/{group}/apiKeys/{key}"), V1, Needs::ProjectManager, Set::ProjectKeys, keys::update),
    act("removeGroupApiKey", ("DELETE", "/groups/{group}/apiKeys/{key}"), V1, Needs::ProjectManager, Set::ProjectKeys, keys::delete),
];

/// What Atlas' documents call the pieces of a path that have names here.
const NAMES: &[(&str, &str)] = &[
    ("{org}", "{orgId}"),
    ("{group}", "{groupId}"),
    ("{account}", "{clientId}"),
    ("{key}", "{apiUserId}"),
    ("{address}", "{ipAddress}"),
    ("{secret}", "{secretId}"),
    ("{event}", "{eventId}"),
    ("{set}", "{endpointSetId}"),
];

/// The lists that know no `includeCount`: they are always counted.
const ALWAYS_COUNTED: &[&str] = &[
    "getOrgServiceAccountGroups",
    "listGroupServiceAccounts",
    "listOrgServiceAccounts",
    "listRateLimits",
];

impl Route {
    pub(super) fn is_always_counted(&self) -> bool {
        ALWAYS_COUNTED.contains(&self.id)
    }

    /// The path under the names of Atlas' documents.
    fn documented(&self) -> String {
        let path = format!("{ROOT}{}", self.path);
        NAMES.iter().fold(path, |path, (own, atlas)| path.replace(own, atlas))
    }
}

/// The endpoints of a set, by method and path.
pub(super) fn endpoints(set: Set) -> impl Iterator<Item = (&'static str, String)> {
    let routes = ROUTES.iter().filter(move |route| route.set == set);
    routes.map(|route| (route.method, route.documented()))
}

/// Every operation: Atlas' name for it, its method, and its path.
#[must_use]
pub fn operations() -> Vec<(&'static str, &'static str, String)> {
    let plain = PLAIN.iter().map(|plain| (plain.id, plain.method, plain.path.to_owned()));
    let routes = ROUTES.iter().map(|route| (route.id, route.method, route.documented()));
    plain.chain(routes).collect()
}

/// The name of the operation that a call is for, if there is one.
pub(super) fn operation(incoming: &Incoming) -> Option<&'static str> {
    match find(incoming).ok()? {
        Found::Plain(plain) => Some(plain.id),
        Found::Route(route, _) => Some(route.id),
    }
}

/// The endpoint of a call.
pub(super) enum Found {
    Plain(&'static Plain),
    Route(&'static Route, Params),
}

/// What stands in the path where the route has a name in braces. Decoded only
/// after the path was taken apart: a `%2F` divides nothing.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// The value for a name of the route; empty where the route has no such name.
    pub(super) fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The same; `None` where the route has no such name.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a call asks for the versioned API.
pub(super) fn is_versioned(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The endpoint of a call, with what stands in its path.
pub(super) fn find(incoming: &Incoming) -> Result<Found, Refusal> {
    let path = incoming.path.as_str();
    let mut allowed = Vec::new();
    for plain in PLAIN.iter().filter(|plain| plain.path == path) {
        if plain.method == incoming.method {
            return Ok(Found::Plain(plain));
        }
        allowed.push(plain.method);
    }
    let below = path.strip_prefix(ROOT).filter(|_| is_versioned(path)).unwrap_or("?");
    for route in ROUTES.iter().filter(|route| params(route.path, below).is_some()) {
        if route.method == incoming.method {
            let params = params(route.path, below).and_then(decoded);
            return Ok(Found::Route(route, params.ok_or_else(|| INVALID_PATH.on(path))?));
        }
        allowed.push(route.method);
    }
    if allowed.is_empty() {
        return Err(RESOURCE_NOT_FOUND.on(path));
    }
    allowed.dedup();
    let refusal = METHOD_NOT_ALLOWED.about([path.into(), incoming.method.as_str().into()]);
    Err(refusal.with_header("Allow", allowed.join(", ")))
}

/// What stands between two ends of a piece.
fn inside<'a>(piece: &'a str, before: &str, after: &str) -> Option<&'a str> {
    piece.strip_prefix(before)?.strip_suffix(after).filter(|inside| !inside.is_empty())
}

/// What stands in a path where the route has names in braces, as it came; `None`
/// where the path is another's. A name may be followed by a verb (`:invite`), and
/// what ends with that verb is nothing else.
fn params<'p>(route: &'static str, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let (mut known, mut given) = (route.split('/'), path.split('/'));
    let mut params = Vec::new();
    loop {
        match (known.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(known), Some(piece)) => match known.split_once('}') {
                None if known == piece => {}
                Some((name, verb)) => {
                    let value = inside(piece, "", verb)?;
                    let own = verb.is_empty() && !value.ends_with(VERB) || verb == VERB;
                    params.push((name.trim_start_matches('{'), own.then_some(value)?));
                }
                None => return None,
            },
            _ => return None,
        }
    }
}

/// The one verb that a path of this slice may end with.
const VERB: &str = ":invite";

/// The pieces as text; `None` where one is none.
fn decoded(pieces: Vec<(&'static str, &str)>) -> Option<Params> {
    let decode = |(name, piece): (&'static str, &str)| {
        let value = percent_decode_str(piece).decode_utf8().ok()?;
        Some((name, value.into_owned()))
    };
    pieces.into_iter().map(decode).collect::<Option<_>>().map(Params)
}

/// Whether a text is an `ObjectId`.
pub(super) fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(route: &'static str, path: &str) -> Option<Params> {
        params(route, path).and_then(decoded)
    }

    #[test]
    fn a_path_is_taken_apart_before_it_is_decoded() {
        let route = "/orgs/{org}/apiKeys/{key}/accessList/{address}";
        let params = found(route, "/orgs/a/apiKeys/b/accessList/192.0.2.0%2f24").expect("found");
        assert_eq!((params.get("org"), params.get("address")), ("a", "192.0.2.0/24"));
        assert!(found(route, "/orgs/a/apiKeys/b/accessList/192.0.2.0/24").is_none());
        assert!(found(route, "/orgs//apiKeys/b/accessList/c").is_none());
        assert!(found("/orgs/{org}", "/orgs/%ff").is_none());
        assert!(found("", "").is_some());
    }

    #[test]
    fn a_verb_after_a_name_is_no_part_of_it() {
        let invite = "/groups/{group}/serviceAccounts/{account}:invite";
        let plain = "/groups/{group}/serviceAccounts/{account}";
        let params = found(invite, "/groups/a/serviceAccounts/b:invite").expect("found");
        assert_eq!(params.get("account"), "b");
        assert!(found(plain, "/groups/a/serviceAccounts/b:invite").is_none());
        assert!(found(invite, "/groups/a/serviceAccounts/b").is_none());
        assert!(found(invite, "/groups/a/serviceAccounts/:invite").is_none());
    }

    #[test]
    fn no_endpoint_is_listed_twice() {
        let mut all = operations();
        assert_eq!(all.len(), 51);
        all.sort_unstable();
        let mut ids: Vec<_> = all.iter().map(|(id, ..)| *id).collect();
        ids.dedup();
        let mut paths: Vec<_> = all.iter().map(|(_, method, path)| (method, path)).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!((ids.len(), paths.len()), (51, 51));
        assert!(all.iter().all(|(.., path)| !path.contains("{org}") && !path.contains("{set}")));
    }
}
