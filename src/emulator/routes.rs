//! Every endpoint in one table, and the checks that a call passes on its way to
//! one: who calls, how often, from where, with which roles, for which version.
//! Knows nothing of what the endpoints answer.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::access::Verdict;
use super::answers::{Shapes, address_seen};
use super::auth;
use super::errors::{
    ACCESS_LIST_REQUIRED, ADDRESS_NOT_LISTED, GROUP_HIDDEN, GROUP_NOT_FOUND, INVALID_GROUP_ID,
    INVALID_ORG_ID, INVALID_PATH, METHOD_NOT_ALLOWED, ORG_HIDDEN, ORG_NOT_FOUND,
    RESOURCE_NOT_FOUND, Refusal, UNAUTHORIZED,
};
use super::http::{Answer, Call, State};
use super::limits::{Scope, Set};
use super::oauth;
use super::permit::{Needs, reads_organization};
use super::query::Query;
use super::reads::{self, Ask, Body};
use super::store::{Caller, Store};
use super::versions;

/// Where the versioned endpoints live.
const ROOT: &str = "/api/atlas/v2";

type Door = fn(&mut State, &Call<'_>) -> Answer;
type Read = fn(&Ask<'_>) -> Result<Body, Refusal>;

/// The endpoints without versions, which do their own checks.
const DOORS: &[(&str, &str, Door)] = &[
    ("POST", "/api/oauth/token", oauth::token),
    ("POST", "/api/oauth/revoke", oauth::revoke),
    ("GET", "/api/private/ipinfo", ip_info),
];

/// A versioned endpoint.
struct Route {
    method: &'static str,
    path: &'static str,
    version: &'static str,
    needs: Needs,
    set: Set,
    read: Read,
}

const fn get(
    path: &'static str,
    version: &'static str,
    needs: Needs,
    set: Set,
    read: Read,
) -> Route {
    Route { method: "GET", path, version, needs, set, read }
}

const V1: &str = "2023-01-01";
const V2: &str = "2024-08-05";

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    get("", V1, Needs::Credential, Set::Root, reads::system_status),
    get("/orgs", V1, Needs::Credential, Set::Organizations, reads::organizations),
    get("/orgs/{org}", V1, Needs::Member, Set::Organization, reads::organization),
    get("/orgs/{org}/settings", V1, Needs::Member, Set::Settings, reads::settings),
    get("/orgs/{org}/groups", V1, Needs::Member, Set::Organization, reads::projects_of),
    get("/orgs/{org}/serviceAccounts", V2, Needs::Reader, Set::Accounts, reads::accounts),
    get("/orgs/{org}/serviceAccounts/{account}", V2, Needs::Reader, Set::Accounts, reads::account),
    get("/orgs/{org}/serviceAccounts/{account}/groups", V2, Needs::Reader, Set::Accounts, reads::grants),
    get("/orgs/{org}/serviceAccounts/{account}/accessList", V2, Needs::Reader, Set::Accounts, reads::account_entries),
    get("/orgs/{org}/apiKeys", V1, Needs::Member, Set::Keys, reads::keys),
    get("/orgs/{org}/apiKeys/{key}", V1, Needs::Member, Set::Keys, reads::key),
    get("/orgs/{org}/apiKeys/{key}/accessList", V1, Needs::Member, Set::Keys, reads::key_entries),
    get("/orgs/{org}/apiKeys/{key}/accessList/{address}", V1, Needs::Member, Set::Keys, reads::key_entry),
    get("/groups", V1, Needs::Credential, Set::Projects, reads::projects),
    get("/groups/{group}", V1, Needs::ProjectReader, Set::Project, reads::project),
    get("/groups/{group}/serviceAccounts", V2, Needs::ProjectReader, Set::ProjectAccounts, reads::project_accounts),
    get("/groups/{group}/serviceAccounts/{account}", V2, Needs::ProjectReader, Set::ProjectAccounts, reads::project_account),
    get("/groups/{group}/serviceAccounts/{account}/accessList", V2, Needs::ProjectReader, Set::ProjectAccounts, reads::account_entries),
    get("/groups/{group}/apiKeys", V1, Needs::ProjectReader, Set::ProjectKeys, reads::project_keys),
];

/// What stands in the path where the route has a name in braces. Decoded only
/// after the path was taken apart: a `%2F` divides nothing.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// The value for a name of the route; empty where the route has no such name.
    pub(super) fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers any call.
pub(super) fn answer(state: &mut State, call: &Call<'_>) -> Answer {
    let path = call.incoming.path.as_str();
    if let Some((method, _, door)) = DOORS.iter().find(|(_, known, _)| *known == path) {
        let right = *method == call.incoming.method;
        return if right { door(state, call) } else { wrong_method(call).answer() };
    }
    match path.strip_prefix(ROOT).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => versioned(state, call, rest),
        None => RESOURCE_NOT_FOUND.on(path).answer(),
    }
}

fn wrong_method(call: &Call<'_>) -> Refusal {
    let Call { incoming, .. } = call;
    METHOD_NOT_ALLOWED.about([incoming.path.as_str().into(), incoming.method.as_str().into()])
}

/// Answers `GET /api/private/ipinfo`, which wants to know who asks and nothing
/// else: it works from addresses that are not listed, too.
fn ip_info(state: &mut State, call: &Call<'_>) -> Answer {
    match auth::caller(state, call) {
        Ok(_) => Answer::new(200, "application/json", address_seen(call.address).to_string()),
        Err(refused) => refused,
    }
}

fn versioned(state: &mut State, call: &Call<'_>, path: &str) -> Answer {
    let caller = match auth::caller(state, call) {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    let (route, params) = match find(call, path) {
        Ok(found) => found,
        Err(refusal) => return refusal.answer(),
    };
    let owner = match route.set.scope() {
        Scope::Credential => caller.identity.id(),
        Scope::Organization => params.get("org"),
        Scope::Project => params.get("group"),
    };
    let gauge = state.buckets.take(route.set, owner, call.now);
    let answer = match gauge.wait {
        Some(wait) => {
            let answer = state.buckets.refusal(route.set, wait).answer();
            answer.with("Retry-After", wait.to_string())
        }
        None => {
            checked(state, call, &caller, route, &params).unwrap_or_else(|refusal| refusal.answer())
        }
    };
    answer
        .with("RateLimit-Limit", gauge.capacity.to_string())
        .with("RateLimit-Remaining", gauge.left.to_string())
        .with("X-Java-Method", format!("Emulator {} {}", route.method, route.path))
}

/// The route of a call with what stands in its path.
fn find(call: &Call<'_>, path: &str) -> Result<(&'static Route, Params), Refusal> {
    let mut routes = ROUTES.iter().filter(|route| matches(route.path, path)).peekable();
    if routes.peek().is_none() {
        return Err(RESOURCE_NOT_FOUND.on(&call.incoming.path));
    }
    let route = routes.find(|route| route.method == call.incoming.method);
    let route = route.ok_or_else(|| wrong_method(call))?;
    let params = params(route.path, path).ok_or_else(|| INVALID_PATH.on(path))?;
    Ok((route, params))
}

fn name_in(piece: &str) -> Option<&str> {
    piece.strip_prefix('{')?.strip_suffix('}')
}

/// Whether a path is a route's.
fn matches(route: &str, path: &str) -> bool {
    let suits = |(known, piece): (&str, &str)| {
        known == piece || name_in(known).is_some() && !piece.is_empty()
    };
    route.split('/').count() == path.split('/').count()
        && route.split('/').zip(path.split('/')).all(suits)
}

/// What stands in the path of a route; `None` where that is no text.
fn params(route: &'static str, path: &str) -> Option<Params> {
    let pieces = route.split('/').zip(path.split('/'));
    let params = pieces.filter_map(|(known, piece)| Some((name_in(known)?, piece)));
    let decode = |(name, piece): (&'static str, &str)| {
        let value = percent_decode_str(piece).decode_utf8().ok()?;
        Some((name, value.into_owned()))
    };
    params.map(decode).collect::<Option<_>>().map(Params)
}

/// Checks everything that comes before the question itself, then asks it.
fn checked(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    route: &Route,
    params: &Params,
) -> Result<Answer, Refusal> {
    let org = target(&state.store, params)?;
    match state.store.admit(caller, org.as_deref(), call.address, call.now) {
        Verdict::Allowed => {}
        Verdict::NotListed => return Err(ADDRESS_NOT_LISTED.on(&call.address.to_string())),
        Verdict::ListRequired => return Err(ACCESS_LIST_REQUIRED.on(&call.address.to_string())),
    }
    permitted(&state.store, caller, org.as_deref(), route.needs, params)?;
    versions::negotiate(call.incoming.accept(), route.version)?;
    let query = Query::read(&call.incoming.query)?;
    state.turn = state.turn.wrapping_add(1);
    let body = (route.read)(&Ask {
        store: &state.store,
        caller,
        org: org.as_deref().and_then(|org| state.store.organizations.get(org)),
        params,
        query: &query,
        shapes: Shapes { base: call.base, turn: state.turn },
        path: route_path(call),
    })?;
    Ok(dressed(body, &query, route.version))
}

/// The path below the root, for links to further pages.
fn route_path<'a>(call: &Call<'a>) -> &'a str {
    call.incoming.path.strip_prefix(ROOT).unwrap_or_default()
}

fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The organization that a path leads into, directly or through a project.
fn target(store: &Store, params: &Params) -> Result<Option<String>, Refusal> {
    if let Some(org) = params.find("org") {
        if !is_object_id(org) {
            return Err(INVALID_ORG_ID.on(org));
        }
        let found = store.organizations.get(org).ok_or_else(|| ORG_NOT_FOUND.on(org))?;
        return Ok(Some(found.id.clone()));
    }
    let Some(group) = params.find("group") else { return Ok(None) };
    if !is_object_id(group) {
        return Err(INVALID_GROUP_ID.on(group));
    }
    let found = store.organization_of(group).ok_or_else(|| GROUP_NOT_FOUND.on(group))?;
    Ok(Some(found.id.clone()))
}

/// Whether the caller sees what the path leads into, and may do this there.
fn permitted(
    store: &Store,
    caller: &Caller,
    org: Option<&str>,
    needs: Needs,
    params: &Params,
) -> Result<(), Refusal> {
    let (Some(org), Some(standing)) = (org, store.standing(caller)) else { return Ok(()) };
    let group = params.find("group");
    let roles = standing.roles_in(&caller.org, org);
    let granted = group.and_then(|group| standing.projects.get(group));
    let visible = roles.is_some_and(|roles| group.is_none() || reads_organization(roles));
    if !visible && granted.is_none() {
        return Err(group.map_or_else(|| ORG_HIDDEN.on(org), |group| GROUP_HIDDEN.on(group)));
    }
    let granted = granted.map(Vec::as_slice).unwrap_or_default();
    if needs.met_by(roles.unwrap_or_default(), granted) {
        return Ok(());
    }
    Err(UNAUTHORIZED.about([]))
}

/// Puts a body into the form that the query asks for.
fn dressed(body: Body, query: &Query, version: &str) -> Answer {
    let value = match (body, query.dress.envelope) {
        (Body::One(value), true) => serde_json::json!({"content": value, "status": 200}),
        (Body::List(mut list), true) => {
            list.insert("status".to_owned(), 200.into());
            Value::Object(list)
        }
        (Body::One(value), false) => value,
        (Body::List(list), false) => Value::Object(list),
    };
    let text = if query.dress.pretty { format!("{value:#}") } else { value.to_string() };
    Answer::new(200, &versions::media_type(version), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart_before_it_is_decoded() {
        let route = "/orgs/{org}/apiKeys/{key}/accessList/{address}";
        let path = "/orgs/a/apiKeys/b/accessList/192.0.2.0%2f24";
        let found = params(route, path).expect("text");
        assert!(matches(route, path));
        assert_eq!((found.get("org"), found.get("address")), ("a", "192.0.2.0/24"));
        assert!(!matches(route, "/orgs/a/apiKeys/b/accessList/192.0.2.0/24"));
        assert!(!matches(route, "/orgs//apiKeys/b/accessList/c"));
        assert!(params("/orgs/{org}", "/orgs/%ff").is_none());
        assert!(matches("", ""));
    }

    #[test]
    fn no_endpoint_is_listed_twice() {
        for (index, route) in ROUTES.iter().enumerate() {
            let same = |other: &&Route| (other.method, other.path) == (route.method, route.path);
            assert_eq!(ROUTES[index..].iter().filter(same).count(), 1, "{}", route.path);
        }
    }
}
