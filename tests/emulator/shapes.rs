//! What every answer must look like, in our own words: each answer that the tests
//! of the emulator get is read into one of these, and none has a field more, or
//! one less, or one of another form.

use std::net::IpAddr;

use gatehouse::emulator::operations;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text of a form.
macro_rules! text {
    ($name:ident, $what:literal, $check:expr) => {
        #[derive(Debug)]
        struct $name;

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self)
                } else {
                    Err(D::Error::custom(format!(concat!("no ", $what, ": {}"), text)))
                }
            }
        }
    };
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_screaming(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

text!(Id, "object id", |text| is_hex(text, 24));
text!(ClientId, "client id", |text| text
    .strip_prefix("mdb_sa_id_")
    .is_some_and(|id| is_hex(id, 24)));
text!(PublicKey, "public key", |text| text.len() == 8
    && text.bytes().all(|b| b.is_ascii_lowercase()));
text!(AnyKey, "public key or client id", |text| text.len() == 8 || text.starts_with("mdb_sa_id_"));
text!(MaskedKey, "masked private key", |text| {
    text.strip_prefix("********-****-****-").is_some_and(|tail| is_hex(tail, 12))
});
text!(PrivateKey, "private key", |text| {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && is_hex(&text.replace('-', ""), 32)
});
text!(MaskedSecret, "masked secret", |text| {
    text.strip_prefix("mdb_sa_sk_********").is_some_and(|tail| tail.len() == 4)
});
text!(Secret, "client secret", |text| text.starts_with("mdb_sa_sk_") && text.len() == 50);
text!(Moment, "moment", |text| {
    text.len() == 20 && text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
});
text!(Kind, "name in capitals", is_screaming);
text!(OrgRole, "organization role", |text| text.starts_with("ORG_") && is_screaming(text));
text!(ProjectRole, "project role", |text| text.starts_with("GROUP_") && is_screaming(text));
text!(Address, "address", |text| text.parse::<IpAddr>().is_ok() && !text.contains("::"));
text!(Range, "range", |text| text.parse::<ipnet::IpNet>().is_ok() && !text.contains("::"));
text!(Href, "link", |text| text.starts_with("http") && text.contains("/api/atlas/v2"));
text!(Rel, "relation", |text| ["self", "next", "previous"].contains(&text));
text!(Bearer, "token type", |text| text == "Bearer");
text!(Token, "token", |text| text.split('.').count() == 3);

/// Something that is there or not, and never null.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

macro_rules! shapes {
    ($($(#[$attribute:meta])* struct $name:ident $(<$T:ident>)? { $($(#[$field_attribute:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[allow(dead_code, clippy::struct_field_names, reason = "the names are the contract's, and reading them is all")]
        $(#[$attribute])*
        struct $name $(<$T>)? { $($(#[$field_attribute])* $field: $type,)* }
    )*};
}

shapes! {
    struct Link { href: Href, rel: Rel, }
    struct Page<T> { links: Vec<Link>, results: Vec<T>, total_count: u32, }
    struct Organization {
        id: Id, is_deleted: bool, links: Vec<Link>, name: String, skip_default_alerts_settings: bool,
    }
    struct Project {
        cluster_count: u64, created: Moment, id: Id, links: Vec<Link>, name: String, org_id: Id,
        tags: Vec<()>, with_default_alerts_settings: bool,
    }
    struct Settings {
        api_access_list_required: bool,
        #[serde(rename = "genAIFeaturesEnabled")] gen_ai_features_enabled: bool,
        multi_factor_auth_required: bool, restrict_employee_access: bool,
        streams_cross_group_enabled: bool,
        #[serde(default, deserialize_with = "some")] max_service_account_secret_validity_in_hours: Option<u32>,
        #[serde(default, deserialize_with = "some")] security_contact: Option<String>,
        #[serde(default, deserialize_with = "some")] operations_contact: Option<String>,
        #[serde(default, deserialize_with = "some")] custom_session_timeouts: Option<Timeouts>,
    }
    struct Timeouts {
        #[serde(default, deserialize_with = "some")] absolute_session_timeout_in_seconds: Option<u32>,
        #[serde(default, deserialize_with = "some")] idle_session_timeout_in_seconds: Option<u32>,
    }
    struct Account<R> {
        client_id: ClientId, created_at: Moment, description: String, name: String, roles: Vec<R>,
        secrets: Vec<KnownSecret>,
    }
    struct NewAccount<R> {
        client_id: ClientId, created_at: Moment, description: String, name: String, roles: Vec<R>,
        secrets: Vec<NewSecret>,
    }
    struct KnownSecret {
        id: Id, created_at: Moment, expires_at: Moment, last_used_at: Option<Moment>,
        masked_secret_value: MaskedSecret,
    }
    struct NewSecret {
        id: Id, created_at: Moment, expires_at: Moment, last_used_at: Option<Moment>, secret: Secret,
    }
    struct Grant { group_id: Id, roles: Vec<ProjectRole>, }
    struct AccountEntry {
        cidr_block: Range, created_at: Moment, request_count: u32,
        #[serde(default, deserialize_with = "some")] ip_address: Option<Address>,
        #[serde(default, deserialize_with = "some")] last_used_at: Option<Moment>,
        #[serde(default, deserialize_with = "some")] last_used_address: Option<Address>,
    }
    struct KeyEntry {
        cidr_block: Range, created: Moment, count: u32, links: Vec<Link>,
        #[serde(default, deserialize_with = "some")] ip_address: Option<Address>,
        #[serde(default, deserialize_with = "some")] last_used: Option<Moment>,
        #[serde(default, deserialize_with = "some")] last_used_address: Option<Address>,
    }
    struct Key<P> {
        desc: String, id: Id, links: Vec<Link>, private_key: P, public_key: PublicKey,
        roles: Vec<Assignment>,
    }
    struct Status {
        api_key: Option<CallingKey>, app_name: String, build: String, links: Vec<Link>, throttling: bool,
    }
    struct CallingKey { access_list: Vec<ListItem>, id: Id, public_key: PublicKey, roles: Vec<Assignment>, }
    struct ListItem { cidr_block: Range, ip_address: Option<Address>, }
    struct Event {
        created: Moment, event_type_name: Kind, id: Id, is_global_admin: bool, links: Vec<Link>, org_id: Id,
        #[serde(default, deserialize_with = "some")] group_id: Option<Id>,
        #[serde(default, deserialize_with = "some")] user_id: Option<Id>,
        #[serde(default, deserialize_with = "some")] username: Option<String>,
        #[serde(default, deserialize_with = "some")] api_key_id: Option<Id>,
        #[serde(default, deserialize_with = "some")] public_key: Option<AnyKey>,
        #[serde(default, deserialize_with = "some")] remote_address: Option<Address>,
        #[serde(default, deserialize_with = "some")] target_public_key: Option<PublicKey>,
        #[serde(default, deserialize_with = "some")] whitelist_entry: Option<String>,
        #[serde(default, deserialize_with = "some")] raw: Option<Raw>,
    }
    struct Raw {
        #[serde(rename = "_t")] kind: Kind, cre: Moment, description: String, id: Id, org_id: Id, org_name: String, severity: String,
        #[serde(default, deserialize_with = "some")] cid: Option<Id>,
        #[serde(default, deserialize_with = "some")] gn: Option<String>,
    }
    struct RateLimit {
        capacity: Figure, endpoint_set_id: String, endpoint_set_name: String, endpoints: Vec<Endpoint>,
        refill_duration_seconds: Figure, refill_rate: Figure, scope: Kind,
    }
    struct Figure { default_value: u64, value: u64, }
    struct Endpoint { method: Kind, path: String, }
    struct IpInfo {
        #[serde(rename = "currentIpv4Address")] current_ipv4_address: std::net::Ipv4Addr,
    }
    struct Problem {
        detail: String, error: u16, error_code: Kind, parameters: Vec<Scalar>, reason: String,
        #[serde(default, deserialize_with = "some")] bad_request_detail: Option<Fields>,
    }
    struct Fields { fields: Vec<Violation>, }
    struct Violation { field: String, description: String, }
    struct Refused { error: u16, reason: String, detail: String, error_code: Kind, }
}

/// A role of a key is of one level or the other.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "reading them is all")]
enum Assignment {
    Organization(InOrganization),
    Project(InProject),
}

shapes! {
    struct InOrganization { org_id: Id, role_name: OrgRole, }
    struct InProject { group_id: Id, role_name: ProjectRole, }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "reading them is all")]
enum Scalar {
    Text(String),
    Number(i64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading them is all")]
struct TokenAnswer {
    access_token: Token,
    expires_in: u32,
    token_type: Bearer,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading them is all")]
struct OauthProblem {
    error: String,
    error_description: String,
}

fn reads<T: DeserializeOwned>(body: Value) -> Result<(), String> {
    serde_json::from_value::<T>(body).map(|_| ()).map_err(|error| error.to_string())
}

/// Whether a path is one of a template, as Atlas' documents write them.
pub fn matches(template: &str, path: &str) -> bool {
    let (known, given) = (template.split('/'), path.trim_end_matches('/').split('/'));
    known.clone().count() == given.clone().count()
        && known.zip(given).all(|(known, piece)| match known.split_once('}') {
            Some((_, "")) => !piece.ends_with(":invite"),
            Some((_, verb)) => piece.ends_with(verb),
            None => known == piece,
        })
}

/// The operation of a call.
pub fn operation(method: &str, path: &str) -> Option<&'static str> {
    let mut all = operations().into_iter();
    all.find(|(_, known, template)| *known == method && matches(template, path)).map(|(id, ..)| id)
}

/// What is wrong with the body of a good answer to an operation.
fn good(operation: &str, body: Value) -> Result<(), String> {
    match operation {
        "oauthToken" => reads::<TokenAnswer>(body),
        "ipInfo" => reads::<IpInfo>(body),
        "getSystemStatus" => reads::<Status>(body),
        "listRateLimits" => reads::<Page<RateLimit>>(body),
        "getRateLimit" => reads::<RateLimit>(body),
        "listOrgs" => reads::<Page<Organization>>(body),
        "getOrg" => reads::<Organization>(body),
        "getOrgGroups" | "listGroups" => reads::<Page<Project>>(body),
        "getGroup" => reads::<Project>(body),
        "getOrgSettings" | "updateOrgSettings" => reads::<Settings>(body),
        "listOrgEvents" => reads::<Page<Event>>(body),
        "getOrgEvent" => reads::<Event>(body),
        "listOrgServiceAccounts" => reads::<Page<Account<OrgRole>>>(body),
        "getOrgServiceAccount" | "updateOrgServiceAccount" => reads::<Account<OrgRole>>(body),
        "createOrgServiceAccount" => reads::<NewAccount<OrgRole>>(body),
        "listGroupServiceAccounts" => reads::<Page<Account<ProjectRole>>>(body),
        "getGroupServiceAccount" | "updateGroupServiceAccount" | "inviteGroupServiceAccount" => {
            reads::<Account<ProjectRole>>(body)
        }
        "createGroupServiceAccount" => reads::<NewAccount<ProjectRole>>(body),
        "getOrgServiceAccountGroups" => reads::<Page<Grant>>(body),
        "createOrgServiceAccountSecret" | "createGroupServiceAccountSecret" => {
            reads::<NewSecret>(body)
        }
        "listOrgServiceAccountAccessList"
        | "createOrgServiceAccountAccessList"
        | "listGroupServiceAccountAccessList"
        | "createGroupServiceAccountAccessList" => reads::<Page<AccountEntry>>(body),
        "listOrgApiKeys" | "listGroupApiKeys" => reads::<Page<Key<MaskedKey>>>(body),
        "getOrgApiKey" | "updateOrgApiKey" | "updateGroupApiKeyRoles" => {
            reads::<Key<MaskedKey>>(body)
        }
        "createOrgApiKey" | "createGroupApiKey" => reads::<Key<PrivateKey>>(body),
        "listOrgApiKeyAccessListEntries" | "createOrgApiKeyAccessListEntry" => {
            reads::<Page<KeyEntry>>(body)
        }
        "getOrgApiKeyAccessListEntry" => reads::<KeyEntry>(body),
        other => Err(format!("{other} has no body")),
    }
}

fn bad(status: u16, body: Value) -> Result<(), String> {
    let said = body["error"].as_u64().is_none_or(|said| said == u64::from(status));
    if !said {
        return Err(format!("the body says {}", body["error"]));
    }
    reads::<Problem>(body.clone())
        .or_else(|error| reads::<Refused>(body.clone()).map_err(|_| error))
        .or_else(|error| reads::<OauthProblem>(body).map_err(|_| error))
}

/// What is wrong with an answer, if anything is.
pub fn check(method: &str, path: &str, query: &str, status: u16, text: &str) -> Result<(), String> {
    let operation = operation(method, path);
    if text.is_empty() {
        let silent = status == 204 || operation == Some("oauthRevoke");
        return if silent { Ok(()) } else { Err("an empty body".to_owned()) };
    }
    let mut body: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if status >= 300 {
        return bad(status, body);
    }
    if query.contains("envelope=true") {
        let told = body.as_object_mut().and_then(|body| body.remove("status"));
        if told != Some(status.into()) {
            return Err(format!("the envelope says {told:?}"));
        }
        if let Some(content) = body.get("content") {
            body = content.clone();
        }
    }
    good(operation.ok_or("no such operation")?, body)
}
