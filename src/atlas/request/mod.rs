//! What goes to Atlas for each question and each change: the operation, its path, its
//! query and its body. The client sends it, and its twin is written from the same. Knows
//! no HTTP and no credential.

mod change;
mod operations;

use serde_json::Value;

use super::error::Fault;
use super::{ClientId, EventsPart, IdentityId, KeyId, OrgId, ProjectId, Read};
use operations as op;
pub use operations::{Method, Operation};

/// A parameter of a path or a query: its name, and its value as it is meant.
type Parameter = (&'static str, String);

/// What goes to Atlas, but for the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub operation: &'static Operation,
    /// What the braces of its path stand for, in their order. Ids among them are plain.
    pub parameters: Vec<Parameter>,
    /// What follows the path.
    pub query: Vec<Parameter>,
    /// What is sent along.
    pub body: Option<Value>,
}

impl Request {
    /// What goes to Atlas for a question; of one that is answered in pages, the part that
    /// all pages have in common.
    ///
    /// # Errors
    /// Where an id is not plain enough for a path: Atlas cannot know it.
    pub fn of_read(read: &Read) -> Result<Self, Fault> {
        match read {
            Read::Raw(read) => Self::of_read(read),
            Read::Organizations => Ok(Self::new(op::LIST_ORGS, [])),
            Read::CurrentAddress => Ok(Self::new(op::GET_ADDRESS, [])),
            Read::Organization(id) => Ok(Self::new(op::GET_ORG, [org(id)?])),
            Read::Settings(id) => Ok(Self::new(op::GET_SETTINGS, [org(id)?])),
            Read::Projects(id) => Ok(Self::new(op::LIST_PROJECTS, [org(id)?])),
            Read::ServiceAccounts(id) => Ok(Self::new(op::LIST_ACCOUNTS, [org(id)?])),
            Read::ApiKeys(id) => Ok(Self::new(op::LIST_KEYS, [org(id)?])),
            Read::Events(id, part) => {
                Ok(Self { query: query_of(*part), ..Self::new(op::LIST_EVENTS, [org(id)?]) })
            }
            Read::ServiceAccount(id, client) => {
                Ok(Self::new(op::GET_ACCOUNT, [org(id)?, account(client)?]))
            }
            Read::Grants(id, client) => {
                Ok(Self::new(op::LIST_GRANTS, [org(id)?, account(client)?]))
            }
            Read::ApiKey(id, one) => Ok(Self::new(op::GET_KEY, [org(id)?, key(one)?])),
            Read::AccessList(id, of) => {
                let operation = either(of, op::LIST_ACCOUNT_ENTRIES, op::LIST_KEY_ENTRIES);
                Ok(Self::new(operation, [org(id)?, identity(of)?]))
            }
        }
    }

    fn new<const N: usize>(operation: &'static Operation, parameters: [Parameter; N]) -> Self {
        Self { operation, parameters: parameters.into(), query: Vec::new(), body: None }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The path below the origin, with the query.
    #[must_use]
    pub fn path(&self) -> String {
        let fill = |path: String, (name, value): &Parameter| {
            path.replace(&format!("{{{name}}}"), &value.replace('/', "%2F"))
        };
        let path = self.parameters.iter().fold(self.operation.path.to_owned(), fill);
        let query: Vec<_> =
            self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }
}

/// One part of what happened. Which service account an event is about stands in its raw
/// form only.
fn query_of(part: EventsPart) -> Vec<Parameter> {
    let until = part.until.map(|until| ("maxDate", until.to_string()));
    let always = [
        ("itemsPerPage", EventsPart::ROWS.to_string()),
        ("pageNum", part.number.to_string()),
        ("includeRaw", "true".to_owned()),
    ];
    always.into_iter().chain(until).collect()
}

fn org(id: &OrgId) -> Result<Parameter, Fault> {
    plain("orgId", id.as_str(), id.is_addressable(), Fault::NoSuchOrganization)
}

fn project(id: &ProjectId) -> Result<Parameter, Fault> {
    plain("groupId", id.as_str(), id.is_addressable(), Fault::NotFound)
}

fn account(id: &ClientId) -> Result<Parameter, Fault> {
    plain("clientId", id.as_str(), id.is_addressable(), Fault::NotFound)
}

fn key(id: &KeyId) -> Result<Parameter, Fault> {
    plain("apiUserId", id.as_str(), id.is_addressable(), Fault::NotFound)
}

fn identity(id: &IdentityId) -> Result<Parameter, Fault> {
    match id {
        IdentityId::ServiceAccount(id) => account(id),
        IdentityId::ApiKey(id) => key(id),
    }
}

fn plain(name: &'static str, id: &str, is_plain: bool, else_: Fault) -> Result<Parameter, Fault> {
    if is_plain { Ok((name, id.to_owned())) } else { Err(else_) }
}

/// The operation for a service account, or for an API key.
fn either(
    id: &IdentityId,
    account: &'static Operation,
    key: &'static Operation,
) -> &'static Operation {
    match id {
        IdentityId::ServiceAccount(_) => account,
        IdentityId::ApiKey(_) => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_not_plain_never_reach_a_path() {
        let (good, bad) = (OrgId::new("0123456789abcdef01234567"), OrgId::new("../orgs"));
        assert_eq!(Request::of_read(&Read::ApiKeys(bad)).err(), Some(Fault::NoSuchOrganization));
        let slash = Read::ApiKey(good.clone(), KeyId::new("a/b"));
        assert_eq!(Request::of_read(&slash).err(), Some(Fault::NotFound));
        let read = Read::Grants(good, ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00"));
        assert_eq!(
            Request::of_read(&read).map(|request| request.path()).ok().as_deref(),
            Some(
                "/api/atlas/v2/orgs/0123456789abcdef01234567/serviceAccounts/mdb_sa_id_66f1c0ffee00112233a91f00/groups"
            )
        );
    }

    #[test]
    fn operations_are_told_apart_and_all_but_a_private_one_have_a_version() {
        for (at, one) in op::ALL.iter().enumerate() {
            assert_eq!(one.version().is_none(), one.group.is_empty(), "{one:?}");
            for other in &op::ALL[..at] {
                assert_ne!(one.name, other.name);
                assert!(one.path != other.path || one.method != other.method, "{one:?}");
            }
        }
    }
}
