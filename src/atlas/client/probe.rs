//! The client's readers as functions of bytes, each with what must hold of what it read:
//! for tests and fuzzers. Knows no network.

use std::fmt::Debug;

use digest_auth::AuthContext;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;

use super::change::{NewAccountAnswer, NewKeyAnswer, NewSecretAnswer};
use super::http::{self, Head};
use super::{AddressAnswer, List};
use crate::atlas::auth::{OAuthErrorAnswer, TokenAnswer, challenge_of};
use crate::atlas::error::Fault;
use crate::atlas::field::{One, Row};
use crate::atlas::origin::Origin;
use crate::atlas::raw::Raw;
use crate::atlas::{
    AccessEntry, ApiKey, Event, Grant, Organization, Page, Project, Read, Reply, ServiceAccount,
    Settings,
};
use crate::probe::Reader;

/// A value takes at most so much more room in words than its answer, for each byte of it:
/// an empty row of two bytes is told with the names of all its fields.
const MOST_WORDS: usize = 400;
/// How a client secret begins.
const SECRET: &str = "mdb_sa_sk_";

/// Answers by Atlas' names of their operations, then what else Atlas says.
pub(crate) const READERS: &[Reader] = &[
    Reader { name: "listOrgs", read: value::<List<Organization>> },
    Reader { name: "getOrg", read: value::<One<Organization>> },
    Reader { name: "getOrgSettings", read: value::<One<Settings>> },
    Reader { name: "getOrgGroups", read: value::<List<Project>> },
    Reader { name: "listOrgServiceAccounts", read: value::<List<ServiceAccount>> },
    Reader { name: "getOrgServiceAccount", read: value::<One<ServiceAccount>> },
    Reader { name: "getOrgServiceAccountGroups", read: value::<List<Grant>> },
    Reader { name: "listOrgServiceAccountAccessList", read: value::<List<AccessEntry>> },
    Reader { name: "listOrgApiKeys", read: value::<List<ApiKey>> },
    Reader { name: "getOrgApiKey", read: value::<One<ApiKey>> },
    Reader { name: "listOrgApiKeyAccessListEntries", read: value::<List<AccessEntry>> },
    Reader { name: "listOrgEvents", read: value::<List<Event>> },
    Reader { name: "ipInfo", read: value::<AddressAnswer> },
    Reader { name: "raw", read: value::<Raw> },
    Reader { name: "createOrgServiceAccount", read: secret::<NewAccountAnswer> },
    Reader { name: "createOrgServiceAccountSecret", read: secret::<NewSecretAnswer> },
    Reader { name: "createOrgApiKey", read: secret::<NewKeyAnswer> },
    Reader { name: "oauthToken", read: secret::<TokenAnswer> },
    Reader { name: "oauth-error", read: value::<OAuthErrorAnswer> },
    Reader { name: "error", read: error },
    Reader { name: "challenge", read: challenge },
];

/// What a whole answer with this body says to a question.
///
/// # Errors
/// Why it says nothing.
pub(crate) fn reply(read: &Read, body: &[u8]) -> Result<Reply, Fault> {
    let reply = match read {
        Read::Organizations => Reply::Organizations(rows(body)?),
        Read::Projects(_) => Reply::Projects(rows(body)?),
        Read::Grants(..) => Reply::Grants(rows(body)?),
        Read::AccessList(..) => Reply::AccessList(rows(body)?),
        Read::ServiceAccounts(_) => Reply::ServiceAccounts(Page { rows: rows(body)?, last: true }),
        Read::ApiKeys(_) => Reply::ApiKeys(Page { rows: rows(body)?, last: true }),
        Read::Events(..) => Reply::Events(Page { rows: rows(body)?, last: true }),
        Read::Organization(_) => Reply::Organization(one(body)?),
        Read::Settings(_) => Reply::Settings(one(body)?),
        Read::ServiceAccount(..) => Reply::ServiceAccount(one(body)?),
        Read::ApiKey(..) => Reply::ApiKey(one(body)?),
        Read::Raw(_) => Reply::Raw(http::value(body)?),
        Read::CurrentAddress => {
            Reply::CurrentAddress(http::value::<AddressAnswer>(body)?.current_ipv4_address)
        }
    };
    if reply.answers(read) { Ok(reply) } else { Err(super::about_something_else()) }
}

fn rows<T: Row>(body: &[u8]) -> Result<Vec<T>, Fault> {
    http::value::<List<T>>(body).map(|list| list.results.0)
}

fn one<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    http::value::<One<T>>(body).map(|One(value)| value)
}

fn value<T: DeserializeOwned + Debug>(body: &[u8]) {
    match http::value::<T>(body) {
        Ok(value) => {
            let (words, most) = (format!("{value:?}").len(), MOST_WORDS * (body.len() + 1));
            assert!(words <= most, "{words} bytes of words for {} of answer", body.len());
        }
        Err(fault) => quotes_nothing(&fault),
    }
}

/// An answer with a secret: it is read or it is not, and nothing of it is told.
fn secret<T: DeserializeOwned>(body: &[u8]) {
    if let Err(fault) = http::value::<T>(body) {
        quotes_nothing(&fault);
    }
}

fn quotes_nothing(fault: &Fault) {
    assert!(!format!("{fault:?}").contains(SECRET), "{fault:?} quotes what it could not read");
}

fn error(body: &[u8]) {
    let origin = Origin::parse("https://cloud.mongodb.com").expect("an origin");
    for status in [302, 400, 401, 403, 404, 409, 429, 500] {
        let error = http::refusal(status, &Head::of_json(), body, &origin);
        assert_eq!(error.status, Some(status));
        assert!(!error.sentence().is_empty() && !error.advice().is_empty());
    }
}

fn challenge(bytes: &[u8]) {
    const PRIVATE_KEY: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let Ok(header) = HeaderValue::from_bytes(bytes) else { return };
    let Some(mut challenge) = challenge_of(&header) else { return };
    let context = AuthContext::new("abcdefgh", PRIVATE_KEY, "/api/atlas/v2");
    if let Ok(answer) = challenge.respond(&context) {
        let known = bytes.windows(PRIVATE_KEY.len()).any(|part| part == PRIVATE_KEY.as_bytes());
        assert!(known || !answer.to_header_string().contains(PRIVATE_KEY), "the key is told");
    }
}
