//! What each reading endpoint answers. Knows nothing of who may ask: whoever
//! comes here may.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::access::{Entry, range_of};
use super::answers::{self, Shapes};
use super::errors::{
    ENTRY_NOT_FOUND, GROUP_HIDDEN, INVALID_ADDRESS, INVALID_KEY_ID, INVALID_QUERY, KEY_NOT_FOUND,
    ORG_HIDDEN, RESOURCE_NOT_FOUND, Refusal, UNAUTHORIZED,
};
use super::events::Event;
use super::limits::{Limits, RULES, Rule, Scope, Set};
use super::permit::reads_organization;
use super::query::Query;
use super::routes::{Params, endpoints, is_object_id};
use super::settings;
use super::shelf::Kept;
use super::store::{Account, Caller, Identity, Key, Organization, Project, Standing, Store};

/// A question that passed every check.
pub(super) struct Ask<'a> {
    pub(super) store: &'a Store,
    pub(super) caller: &'a Caller,
    /// The organization that the path leads into.
    pub(super) org: Option<&'a Organization>,
    pub(super) params: &'a Params,
    pub(super) query: &'a Query,
    pub(super) shapes: Shapes<'a>,
    /// The path below the root.
    pub(super) path: &'a str,
    pub(super) limits: &'a Limits,
    /// Where the call seems to come from.
    pub(super) address: IpAddr,
}

/// The body of an answer.
pub(super) enum Body {
    /// A single thing.
    One(Value),
    /// A page of a list.
    List(Map<String, Value>),
}

type Answered = Result<Body, Refusal>;

impl<'a> Ask<'a> {
    fn org(&self) -> Result<&'a Organization, Refusal> {
        self.org.ok_or_else(|| RESOURCE_NOT_FOUND.on(self.path))
    }

    fn standing(&self) -> Result<&'a Standing, Refusal> {
        let standing = self.store.standing(self.caller);
        standing.ok_or_else(|| RESOURCE_NOT_FOUND.on(self.path))
    }

    /// The account that the path names. An unknown one is 404 whatever its form.
    fn account(&self) -> Result<&'a Account, Refusal> {
        let id = self.params.get("account");
        let found = self.org()?.account(id).ok_or_else(|| RESOURCE_NOT_FOUND.on(id))?;
        let group = self.params.get("group");
        let there = group.is_empty() || found.standing.projects.contains_key(group);
        if there { Ok(found) } else { Err(RESOURCE_NOT_FOUND.on(id)) }
    }

    fn key(&self) -> Result<&'a Key, Refusal> {
        let id = self.params.get("key");
        if !is_object_id(id) {
            return Err(INVALID_KEY_ID.on(id));
        }
        self.org()?.keys.get(id).ok_or_else(|| KEY_NOT_FOUND.on(id))
    }

    /// The page of a list that the query asks for. Only its rows are written.
    fn list<T>(&self, rows: impl Iterator<Item = T> + Clone, write: impl Fn(T) -> Value) -> Body {
        let total = rows.clone().count();
        let before = self.query.before();
        let results: Vec<_> = rows.skip(before).take(self.query.size()).map(write).collect();
        let more = before.saturating_add(results.len()) < total;
        // Atlas sends a zero instead of leaving the count out.
        let counted = if self.query.count { total } else { 0 };
        let mut list = Map::new();
        list.insert("links".to_owned(), self.page_links(more).into());
        list.insert("results".to_owned(), results.into());
        list.insert("totalCount".to_owned(), counted.into());
        Body::List(list)
    }

    /// A row as it is, or as a test wants it.
    fn row<T: Kept>(&self, row: &T, write: impl Fn(&T) -> Value) -> Value {
        self.store.odd_rows.get(row.id()).cloned().unwrap_or_else(|| write(row))
    }

    fn page_links(&self, more: bool) -> Vec<Value> {
        let page = self.query.page;
        let link = |rel: &str, page: u64| {
            self.shapes.link(rel, &format!("{}?{}", self.path, self.query.of_page(page)))
        };
        let neighbours = [
            (page > 1).then(|| link("previous", page - 1)),
            Some(link("self", page)),
            more.then(|| link("next", page.saturating_add(1))),
        ];
        neighbours.into_iter().flatten().collect()
    }
}

pub(super) fn system_status(ask: &Ask<'_>) -> Answered {
    let home = ask.store.organizations.get(&ask.caller.org);
    let home = home.ok_or_else(|| RESOURCE_NOT_FOUND.on(ask.path))?;
    let key = match &ask.caller.identity {
        Identity::Key(id) => home.keys.get(id).map(|key| (home.id.as_str(), key)),
        Identity::Account(_) => None,
    };
    Ok(Body::One(answers::system_status(ask.shapes, key)))
}

pub(super) fn organizations(ask: &Ask<'_>) -> Answered {
    let standing = ask.standing()?;
    let visible = ask.store.organizations.rows().iter().filter(|org| {
        standing.roles_in(&ask.caller.org, &org.id).is_some() && ask.query.wants(&org.name)
    });
    Ok(ask.list(visible, |org| ask.row(org, |org| ask.shapes.organization(org))))
}

pub(super) fn organization(ask: &Ask<'_>) -> Answered {
    Ok(Body::One(ask.shapes.organization(ask.org()?)))
}

pub(super) fn settings(ask: &Ask<'_>) -> Answered {
    Ok(Body::One(settings::written(ask.org()?)))
}

/// The projects of an organization that the caller sees: all of them for whom
/// reads the organization, else those that were granted.
fn visible<'a>(
    ask: &Ask<'a>,
    org: &'a Organization,
) -> Result<impl Iterator<Item = (&'a Organization, &'a Project)> + Clone + use<'a>, Refusal> {
    let standing = ask.standing()?;
    let roles = standing.roles_in(&ask.caller.org, &org.id).unwrap_or_default();
    let (all, query) = (reads_organization(roles), ask.query);
    let seen = move |project: &&Project| {
        (all || standing.projects.contains_key(&project.id)) && query.wants(&project.name)
    };
    Ok(org.projects.rows().iter().filter(seen).map(move |project| (org, project)))
}

fn project_row(ask: &Ask<'_>, (org, project): (&Organization, &Project)) -> Value {
    ask.row(project, |project| ask.shapes.project(&org.id, project))
}

pub(super) fn projects_of(ask: &Ask<'_>) -> Answered {
    Ok(ask.list(visible(ask, ask.org()?)?, |row| project_row(ask, row)))
}

pub(super) fn projects(ask: &Ask<'_>) -> Answered {
    let mut rows = Vec::new();
    for org in ask.store.organizations.rows() {
        rows.extend(visible(ask, org)?);
    }
    Ok(ask.list(rows.into_iter(), |row| project_row(ask, row)))
}

pub(super) fn project(ask: &Ask<'_>) -> Answered {
    let (org, id) = (ask.org()?, ask.params.get("group"));
    let project = org.projects.get(id).ok_or_else(|| RESOURCE_NOT_FOUND.on(id))?;
    Ok(Body::One(ask.shapes.project(&org.id, project)))
}

fn org_account(account: &Account) -> Value {
    answers::account(account, &account.standing.roles)
}

/// Accounts as a list shows them: those of Atlas itself only on demand.
fn shown<'a>(
    ask: &Ask<'a>,
) -> Result<impl Iterator<Item = &'a Account> + Clone + use<'a>, Refusal> {
    let org = ask.org()?;
    let managed = if ask.query.system_managed { org.managed.rows() } else { &[] };
    Ok(org.accounts.rows().iter().chain(managed))
}

pub(super) fn accounts(ask: &Ask<'_>) -> Answered {
    Ok(ask.list(shown(ask)?, |account| ask.row(account, org_account)))
}

pub(super) fn account(ask: &Ask<'_>) -> Answered {
    Ok(Body::One(org_account(ask.account()?)))
}

pub(super) fn grants(ask: &Ask<'_>) -> Answered {
    let projects = ask.account()?.standing.projects.iter();
    Ok(ask.list(projects, |(project, roles)| answers::grant(project, roles)))
}

pub(super) fn account_entries(ask: &Ask<'_>) -> Answered {
    Ok(ask.list(ask.account()?.standing.access_list.iter(), answers::account_entry))
}

pub(super) fn keys(ask: &Ask<'_>) -> Answered {
    let org = ask.org()?;
    Ok(ask.list(org.keys.rows().iter(), |key| ask.row(key, |key| ask.shapes.key(&org.id, key))))
}

pub(super) fn key(ask: &Ask<'_>) -> Answered {
    Ok(Body::One(ask.shapes.key(&ask.org()?.id, ask.key()?)))
}

fn key_row(ask: &Ask<'_>, org: &Organization, key: &Key, entry: &Entry) -> Value {
    ask.shapes.key_entry(&org.id, &key.id, entry)
}

pub(super) fn key_entries(ask: &Ask<'_>) -> Answered {
    let (org, key) = (ask.org()?, ask.key()?);
    Ok(ask.list(key.standing.access_list.iter(), |entry| key_row(ask, org, key, entry)))
}

pub(super) fn key_entry(ask: &Ask<'_>) -> Answered {
    let (org, key, text) = (ask.org()?, ask.key()?, ask.params.get("address"));
    let range = range_of(text).ok_or_else(|| INVALID_ADDRESS.on(text))?;
    let found = key.standing.access_list.iter().find(|entry| entry.range == range);
    let entry =
        found.ok_or_else(|| ENTRY_NOT_FOUND.about([text.into(), key.id.as_str().into()]))?;
    Ok(Body::One(key_row(ask, org, key, entry)))
}

/// A service account as a project shows it: with the roles there.
fn project_account_row(ask: &Ask<'_>, account: &Account) -> Value {
    let roles = account.standing.projects.get(ask.params.get("group"));
    answers::account(account, roles.map(Vec::as_slice).unwrap_or_default())
}

pub(super) fn project_accounts(ask: &Ask<'_>) -> Answered {
    let group = ask.params.get("group");
    let there = shown(ask)?.filter(|account| account.standing.projects.contains_key(group));
    Ok(ask.list(there, |account| ask.row(account, |account| project_account_row(ask, account))))
}

pub(super) fn project_account(ask: &Ask<'_>) -> Answered {
    Ok(Body::One(project_account_row(ask, ask.account()?)))
}

pub(super) fn project_keys(ask: &Ask<'_>) -> Answered {
    let (org, group) = (ask.org()?, ask.params.get("group"));
    let there = org.keys.rows().iter().filter(|key| key.standing.projects.contains_key(group));
    Ok(ask.list(there, |key| ask.row(key, |key| ask.shapes.key(&org.id, key))))
}

/// Whether a query names an event's kind as Atlas writes them. The list of kinds is
/// long and changes often, so one that did not happen yet is not refused.
fn is_event_kind(kind: &str) -> bool {
    !kind.is_empty()
        && kind
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A moment of a query. The last hours of the year 9999, which stand for no end, are
/// later than any moment here.
fn moment(query: &Query, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let no_end = query.find(name).is_some_and(|text| text.starts_with("9999-12-31T"));
    if no_end { Ok(Some(Timestamp::MAX)) } else { query.read_as(name) }
}

/// The events of an organization, the latest first, within the dates and of the
/// kinds that are asked for.
pub(super) fn events(ask: &Ask<'_>) -> Answered {
    let (org, query) = (ask.org()?, ask.query);
    if let Some(odd) = query.all("eventType").find(|kind| !is_event_kind(kind)) {
        return Err(INVALID_QUERY.about(["eventType".into(), odd.into()]));
    }
    let (since, until) = (moment(query, "minDate")?, moment(query, "maxDate")?);
    let raw = query.read_as("includeRaw")?.unwrap_or(false);
    let wanted = |event: &&Event| {
        since.is_none_or(|since| event.created >= since)
            && until.is_none_or(|until| event.created <= until)
            && (query.find("eventType").is_none()
                || query.all("eventType").any(|kind| kind == event.kind))
    };
    let events = org.events.iter().rev().filter(wanted);
    Ok(ask.list(events, |event| ask.shapes.event(org, event, raw)))
}

pub(super) fn event(ask: &Ask<'_>) -> Answered {
    let (org, id) = (ask.org()?, ask.params.get("event"));
    let raw = ask.query.read_as("includeRaw")?.unwrap_or(false);
    let event = org.events.iter().rev().find(|event| event.id == id);
    let event = event.ok_or_else(|| RESOURCE_NOT_FOUND.on(id))?;
    Ok(Body::One(ask.shapes.event(org, event, raw)))
}

fn rate_limit_row(ask: &Ask<'_>, rule: &Rule) -> Value {
    answers::rate_limit(rule, ask.limits, endpoints(rule.set))
}

/// For whom limits are asked, if for anybody: the caller must be that, or read it
/// (contract).
fn limits_scope(ask: &Ask<'_>) -> Result<Option<Scope>, Refusal> {
    let standing = ask.standing()?;
    for name in ["orgId", "groupId"] {
        if let Some(odd) = ask.query.find(name).filter(|id| !is_object_id(id)) {
            return Err(INVALID_QUERY.about([name.into(), odd.into()]));
        }
    }
    if let Some(org) = ask.query.find("orgId") {
        let roles = standing.roles_in(&ask.caller.org, org).ok_or_else(|| ORG_HIDDEN.on(org))?;
        let reads = reads_organization(roles);
        return if reads { Ok(Some(Scope::Organization)) } else { Err(UNAUTHORIZED.about([])) };
    }
    if let Some(group) = ask.query.find("groupId") {
        let home = ask.store.organization_of(group);
        let roles = home.and_then(|org| standing.roles_in(&ask.caller.org, &org.id));
        let reads = roles.is_some_and(reads_organization) || standing.projects.contains_key(group);
        return if reads { Ok(Some(Scope::Project)) } else { Err(GROUP_HIDDEN.on(group)) };
    }
    if let Some(user) = ask.query.find("userId") {
        let key = ask.store.key_by_public(user).map(|(caller, _)| caller);
        let own = user == ask.caller.identity.id() || key.as_ref() == Some(ask.caller);
        return if own { Ok(Some(Scope::Credential)) } else { Err(UNAUTHORIZED.about([])) };
    }
    match ask.query.read_as::<IpAddr>("ipAddress")? {
        Some(address) if address != ask.address => Err(UNAUTHORIZED.about([])),
        // No set of this slice counts by address.
        Some(_) | None => Ok(None),
    }
}

/// The sets of endpoints that share their permits. Minting tokens is no part of
/// this API.
fn limit_rules(ask: &Ask<'_>) -> Result<impl Iterator<Item = &'static Rule> + Clone, Refusal> {
    let scope = limits_scope(ask)?;
    let by_address = ask.query.find("ipAddress").is_some();
    let query = ask.query;
    let asked = move |rule: &&Rule| {
        let named = query.find("name").is_none() || query.all("name").any(|name| name == rule.name);
        let path = query.find("endpointPath").is_none()
            || query.all("endpointPath").any(|path| endpoints(rule.set).any(|(_, p)| p == path));
        rule.set != Set::Token
            && !by_address
            && scope.is_none_or(|scope| scope == rule.scope)
            && named
            && path
    };
    let rules: Vec<&Rule> = RULES.iter().filter(asked).collect();
    Ok(rules.into_iter())
}

pub(super) fn rate_limits(ask: &Ask<'_>) -> Answered {
    Ok(ask.list(limit_rules(ask)?, |rule| rate_limit_row(ask, rule)))
}

pub(super) fn rate_limit(ask: &Ask<'_>) -> Answered {
    let id = ask.params.get("set");
    let rule = limit_rules(ask)?.find(|rule| rule.id == id);
    Ok(Body::One(rate_limit_row(ask, rule.ok_or_else(|| RESOURCE_NOT_FOUND.on(id))?)))
}
