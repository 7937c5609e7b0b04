//! The checks that a call passes on its way to its endpoint: who calls, how often,
//! from where, with which roles, for which version. Knows nothing of what the
//! endpoints answer.

use serde_json::Value;

use super::access::{Verdict, address_text};
use super::answers::{Shapes, address_seen};
use super::auth;
use super::errors::{
    ACCESS_LIST_REQUIRED, ADDRESS_NOT_LISTED, GROUP_HIDDEN, GROUP_NOT_FOUND, INVALID_GROUP_ID,
    INVALID_ORG_ID, ORG_HIDDEN, ORG_NOT_FOUND, Refusal, UNAUTHORIZED,
};
use super::http::{Answer, Call, State};
use super::limits::Scope;
use super::permit::{Needs, reads_organization};
use super::query::Query;
use super::reads::{Ask, Body};
use super::routes::{self, Found, Handler, Params, ROOT, Route, is_object_id};
use super::store::{Caller, Store};
use super::versions;
use super::writes::{Change, Done};

/// Answers any call. Below the API's root strangers learn nothing, not even what
/// there is.
pub(super) fn answer(state: &mut State, call: &Call<'_>) -> Answer {
    match routes::find(call.incoming) {
        Ok(Found::Plain(plain)) => (plain.door)(state, call),
        Ok(Found::Route(route, params)) => match auth::caller(state, call) {
            Ok(caller) => metered(state, call, &caller, route, &params),
            Err(refused) => refused,
        },
        Err(refusal) if routes::is_versioned(&call.incoming.path) => {
            auth::caller(state, call).map_or_else(|refused| refused, |_| refusal.answer())
        }
        Err(refusal) => refusal.answer(),
    }
}

/// Answers `GET /api/private/ipinfo`, which wants to know who asks and nothing
/// else: it works from addresses that are not listed, too.
pub(super) fn ip_info(state: &mut State, call: &Call<'_>) -> Answer {
    match auth::caller(state, call) {
        Ok(_) => Answer::new(200, "application/json", address_seen(call.address).to_string()),
        Err(refused) => refused,
    }
}

/// Lets a call through while its bucket has permits.
fn metered(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    route: &Route,
    params: &Params,
) -> Answer {
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
            checked(state, call, caller, route, params).unwrap_or_else(|refusal| refusal.answer())
        }
    };
    answer
        .with("RateLimit-Limit", gauge.capacity.to_string())
        .with("RateLimit-Remaining", gauge.left.to_string())
        .with("X-Java-Method", format!("Emulator::{}", route.id))
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
        Verdict::NotListed => return Err(ADDRESS_NOT_LISTED.on(&address_text(call.address))),
        Verdict::ListRequired => return Err(ACCESS_LIST_REQUIRED.on(&address_text(call.address))),
    }
    permitted(&state.store, caller, org.as_deref(), route.needs, params)?;
    versions::negotiate(call.incoming.accept(), route.version)?;
    let query = Query::read(&call.incoming.query, route.is_always_counted())?;
    state.turn = state.turn.wrapping_add(1);
    let shapes = Shapes { base: call.base, turn: state.turn };
    let (path, version) = (route_path(call), route.version);
    let done = match route.handler {
        Handler::Read(read) => read(&Ask {
            store: &state.store,
            caller,
            org: org.as_deref().and_then(|org| state.store.organizations.get(org)),
            params,
            query: &query,
            shapes,
            path,
            limits: &state.buckets.limits,
            address: call.address,
        })
        .map(Done::Changed)?,
        Handler::Write(write) => {
            let done = write(&mut Change {
                store: &mut state.store,
                caller,
                org: org.unwrap_or_default(),
                params,
                query: &query,
                shapes,
                path,
                limits: &state.buckets.limits,
                version,
                incoming: call.incoming,
                address: call.address,
                now: call.now,
                alone: call.alone,
            })?;
            state.changes += 1;
            done
        }
    };
    Ok(dressed(done, &query, version))
}

/// The path below the root, for links to further pages.
fn route_path<'a>(call: &Call<'a>) -> &'a str {
    call.incoming.path.strip_prefix(ROOT).unwrap_or_default()
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
    let own = needs == Needs::OwnerOrSelf && params.find("key") == Some(caller.identity.id());
    if own || needs.met_by(roles.unwrap_or_default(), granted) {
        return Ok(());
    }
    Err(UNAUTHORIZED.about([]))
}

/// Puts what was done into the form that the query asks for.
fn dressed(done: Done, query: &Query, version: &str) -> Answer {
    let kind = versions::media_type(version);
    let (status, body) = match done {
        Done::Changed(body) => (200, body),
        Done::Created(value) => (201, Body::One(value)),
        Done::Gone => return Answer::new(204, &kind, String::new()),
    };
    let value = match (body, query.dress.envelope) {
        (Body::One(value), true) => serde_json::json!({"content": value, "status": status}),
        (Body::List(mut list), true) => {
            list.insert("status".to_owned(), status.into());
            Value::Object(list)
        }
        (Body::One(value), false) => value,
        (Body::List(list), false) => Value::Object(list),
    };
    let text = if query.dress.pretty { format!("{value:#}") } else { value.to_string() };
    Answer::new(status, &kind, text)
}
