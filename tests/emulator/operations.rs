//! Every operation once, on a service account and an API key made for it: what is
//! sent, what is answered, and what is there afterwards; and the least role that
//! may call it. Every answer is held to its form besides (`bench`).

use gatehouse::emulator::{Project, Seed, operations};
use serde_json::{Value, json};

use super::bench::{Bench, Got, start_of_time};

/// What paths may name in braces.
struct Fixture {
    bench: Bench,
    names: Vec<(&'static str, String)>,
}

impl Fixture {
    /// An account and a key that are in a project, with an address, a range and,
    /// for the account, a secret.
    async fn new() -> Self {
        let bench = Bench::of(Seed::DemoTwoOrganizations).await;
        let mut fixture = Self { names: Vec::new(), bench };
        let org = fixture.bench.emulator.organization().to_string();
        fixture.names.push(("org", org));
        for (name, id) in [("project", "0a".repeat(12)), ("other", "0b".repeat(12))] {
            let project =
                Project { id: id.clone(), name: name.to_owned(), created: start_of_time() };
            fixture.bench.emulator.patch(|store| {
                store.main().expect("main").projects.put(project);
            });
            fixture.names.push((name, id));
        }
        let account = json!({
            "name": "subject", "description": "for a test", "roles": ["ORG_MEMBER"],
            "secretExpiresAfterHours": 24,
        });
        let made = fixture.call("POST", "/orgs/{org}/serviceAccounts", account).await.json();
        fixture.name("account", &made["clientId"]);
        fixture.name("secret", &made["secrets"][0]["id"]);
        let roles = json!({"roles": ["GROUP_READ_ONLY"]});
        fixture.call("POST", "/groups/{project}/serviceAccounts/{account}:invite", roles).await;
        let key = json!({"desc": "subject", "roles": ["ORG_MEMBER"]});
        let made = fixture.call("POST", "/orgs/{org}/apiKeys", key).await.json();
        fixture.name("key", &made["id"]);
        let roles = json!([{"roles": ["GROUP_READ_ONLY"]}]);
        fixture.call("POST", "/groups/{project}/apiKeys/{key}", roles).await;
        let entries = json!([{"ipAddress": "192.0.2.7"}, {"cidrBlock": "198.51.100.0/24"}]);
        for path in ["serviceAccounts/{account}", "apiKeys/{key}"] {
            let path = format!("/orgs/{{org}}/{path}/accessList");
            let got = fixture.call("POST", &path, entries.clone()).await;
            assert_eq!(got.status, 200);
        }
        let events = fixture.call("GET", "/orgs/{org}/events", None).await.json();
        fixture.name("event", &events["results"][0]["id"]);
        fixture
    }

    fn name(&mut self, name: &'static str, value: &Value) {
        self.names.push((name, value.as_str().expect("an id").to_owned()));
    }

    fn id(&self, name: &str) -> &str {
        let named = self.names.iter().find(|(known, _)| *known == name);
        &named.expect("a name").1
    }

    fn path(&self, path: &str) -> String {
        let full = format!("/api/atlas/v2{path}");
        self.names.iter().fold(full, |path, (name, id)| path.replace(&format!("{{{name}}}"), id))
    }

    async fn call(&self, method: &str, path: &str, body: impl Into<Option<Value>>) -> Got {
        let full = self.path(path);
        let path = if path.starts_with("/api/") { path } else { &full };
        self.bench.call(method, path, body).await
    }
}

/// A look at what is there afterwards: a path, a place in the answer, and what is
/// there (`null`: nothing).
type Look = (&'static str, &'static str, Value);

/// An operation and what comes of it: its body, its status, what its answer says,
/// and what is there afterwards.
struct Row {
    id: &'static str,
    call: (&'static str, &'static str),
    body: Value,
    status: u16,
    says: Vec<(&'static str, Value)>,
    then: Vec<Look>,
}

fn row(
    id: &'static str,
    call: (&'static str, &'static str),
    body: Value,
    status: u16,
    says: Vec<(&'static str, Value)>,
    then: Vec<Look>,
) -> Row {
    Row { id, call, body, status, says, then }
}

fn get(id: &'static str, path: &'static str, place: &'static str, value: Value) -> Row {
    row(id, ("GET", path), Value::Null, 200, vec![(place, value)], vec![])
}

const ACCOUNT: &str = "/orgs/{org}/serviceAccounts/{account}";
const ACCOUNT_LIST: &str = "/orgs/{org}/serviceAccounts/{account}/accessList";
const IN_PROJECT: &str = "/groups/{project}/serviceAccounts/{account}";
const KEY: &str = "/orgs/{org}/apiKeys/{key}";
const KEY_LIST: &str = "/orgs/{org}/apiKeys/{key}/accessList";

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn rows() -> Vec<Row> {
    let account = |role: &str| json!({"name": "new", "description": "one", "roles": [role], "secretExpiresAfterHours": 8});
    let key = |role: &str| json!({"desc": "new: one", "roles": [role]});
    let gone = || json!(404);
    vec![
        get("getSystemStatus", "", "/appName", json!("MongoDB Atlas")),
        get(
            "listRateLimits",
            "/rateLimits?name=Organization%20API%20Keys",
            "/results/0/scope",
            json!("ORGANIZATION"),
        ),
        get("getRateLimit", "/rateLimits/apiKeys_org", "/refillRate/value", json!(250)),
        get("listOrgs", "/orgs", "/results/1/name", json!("Acme Labs")),
        get("getOrg", "/orgs/{org}", "/name", json!("Acme Corp")),
        get("getOrgGroups", "/orgs/{org}/groups?name=OTH", "/results/0/name", json!("other")),
        get("getOrgSettings", "/orgs/{org}/settings", "/apiAccessListRequired", json!(false)),
        row(
            "updateOrgSettings",
            ("PATCH", "/orgs/{org}/settings"),
            json!({"maxServiceAccountSecretValidityInHours": 720}),
            200,
            vec![
                ("/maxServiceAccountSecretValidityInHours", json!(720)),
                ("/genAIFeaturesEnabled", json!(true)),
            ],
            vec![("/orgs/{org}/settings", "/maxServiceAccountSecretValidityInHours", json!(720))],
        ),
        get(
            "listOrgEvents",
            "/orgs/{org}/events?eventType=API_KEY_CREATED&itemsPerPage=1",
            "/results/0/eventTypeName",
            json!("API_KEY_CREATED"),
        ),
        get(
            "getOrgEvent",
            "/orgs/{org}/events/{event}?includeRaw=true",
            "/raw/orgName",
            json!("Acme Corp"),
        ),
        get(
            "listOrgServiceAccounts",
            "/orgs/{org}/serviceAccounts?itemsPerPage=1",
            "/totalCount",
            json!(16),
        ),
        row(
            "createOrgServiceAccount",
            ("POST", "/orgs/{org}/serviceAccounts"),
            account("ORG_READ_ONLY"),
            201,
            vec![
                ("/name", json!("new")),
                ("/roles", json!(["ORG_READ_ONLY"])),
                ("/secrets/0/maskedSecretValue", json!(null)),
                ("/secrets/0/expiresAt", json!("2026-09-01T20:00:00Z")),
            ],
            vec![("/orgs/{org}/serviceAccounts", "/totalCount", json!(17))],
        ),
        get("getOrgServiceAccount", ACCOUNT, "/description", json!("for a test")),
        row(
            "updateOrgServiceAccount",
            ("PATCH", ACCOUNT),
            json!({"name": "other", "roles": ["ORG_OWNER"]}),
            200,
            vec![
                ("/name", json!("other")),
                ("/description", json!("for a test")),
                ("/roles", json!(["ORG_OWNER"])),
            ],
            vec![
                (ACCOUNT, "/name", json!("other")),
                (IN_PROJECT, "/roles", json!(["GROUP_READ_ONLY"])),
            ],
        ),
        row(
            "deleteOrgServiceAccount",
            ("DELETE", ACCOUNT),
            Value::Null,
            204,
            vec![],
            vec![(ACCOUNT, "/error", gone()), (IN_PROJECT, "/error", gone())],
        ),
        get(
            "getOrgServiceAccountGroups",
            "/orgs/{org}/serviceAccounts/{account}/groups",
            "/results/0/roles",
            json!(["GROUP_READ_ONLY"]),
        ),
        row(
            "createOrgServiceAccountSecret",
            ("POST", "/orgs/{org}/serviceAccounts/{account}/secrets"),
            json!({"secretExpiresAfterHours": 8760}),
            201,
            vec![("/expiresAt", json!("2027-09-01T12:00:00Z")), ("/lastUsedAt", json!(null))],
            vec![(ACCOUNT, "/secrets/1/expiresAt", json!("2027-09-01T12:00:00Z"))],
        ),
        row(
            "deleteOrgServiceAccountSecret",
            ("DELETE", "/orgs/{org}/serviceAccounts/{account}/secrets/{secret}"),
            Value::Null,
            204,
            vec![],
            vec![(ACCOUNT, "/secrets", json!([]))],
        ),
        get(
            "listOrgServiceAccountAccessList",
            ACCOUNT_LIST,
            "/results/0/ipAddress",
            json!("192.0.2.7"),
        ),
        row(
            "createOrgServiceAccountAccessList",
            ("POST", ACCOUNT_LIST),
            json!([{"ipAddress": "192.0.2.8"}]),
            200,
            vec![
                ("/totalCount", json!(3)),
                ("/results/2/cidrBlock", json!("192.0.2.8/32")),
                ("/results/2/requestCount", json!(0)),
                ("/results/2/lastUsedAt", json!(null)),
            ],
            vec![(ACCOUNT_LIST, "/totalCount", json!(3))],
        ),
        row(
            "deleteOrgServiceAccountAccessListEntry",
            ("DELETE", "/orgs/{org}/serviceAccounts/{account}/accessList/198.51.100.0%2F24"),
            Value::Null,
            204,
            vec![],
            vec![
                (ACCOUNT_LIST, "/results/0/ipAddress", json!("192.0.2.7")),
                (ACCOUNT_LIST, "/totalCount", json!(1)),
            ],
        ),
        get("listOrgApiKeys", "/orgs/{org}/apiKeys?itemsPerPage=1", "/totalCount", json!(9)),
        row(
            "createOrgApiKey",
            ("POST", "/orgs/{org}/apiKeys"),
            key("ORG_READ_ONLY"),
            200,
            vec![("/desc", json!("new: one")), ("/roles/0/roleName", json!("ORG_READ_ONLY"))],
            vec![("/orgs/{org}/apiKeys", "/totalCount", json!(10))],
        ),
        get("getOrgApiKey", KEY, "/desc", json!("subject")),
        row(
            "updateOrgApiKey",
            ("PATCH", KEY),
            json!({"desc": "other"}),
            200,
            vec![("/desc", json!("other"))],
            vec![(KEY, "/desc", json!("other"))],
        ),
        row(
            "deleteOrgApiKey",
            ("DELETE", KEY),
            Value::Null,
            204,
            vec![],
            vec![
                (KEY, "/errorCode", json!("API_KEY_NOT_FOUND")),
                (KEY, "/error", json!(400)),
                ("/groups/{project}/apiKeys", "/totalCount", json!(0)),
            ],
        ),
        get(
            "listOrgApiKeyAccessListEntries",
            KEY_LIST,
            "/results/1/cidrBlock",
            json!("198.51.100.0/24"),
        ),
        row(
            "createOrgApiKeyAccessListEntry",
            ("POST", KEY_LIST),
            json!([{"cidrBlock": "2001:db8::/32"}]),
            200,
            vec![
                ("/totalCount", json!(3)),
                ("/results/2/cidrBlock", json!("2001:db8:0:0:0:0:0:0/32")),
                ("/results/2/count", json!(0)),
                ("/results/2/ipAddress", json!(null)),
            ],
            vec![(KEY_LIST, "/totalCount", json!(3))],
        ),
        get(
            "getOrgApiKeyAccessListEntry",
            "/orgs/{org}/apiKeys/{key}/accessList/198.51.100.0%2f24",
            "/cidrBlock",
            json!("198.51.100.0/24"),
        ),
        row(
            "deleteOrgApiKeyAccessListEntry",
            ("DELETE", "/orgs/{org}/apiKeys/{key}/accessList/192.0.2.7"),
            Value::Null,
            204,
            vec![],
            vec![
                (KEY_LIST, "/totalCount", json!(1)),
                ("/orgs/{org}/apiKeys/{key}/accessList/192.0.2.7", "/error", gone()),
            ],
        ),
        get("listGroups", "/groups?itemsPerPage=500", "/totalCount", json!(9)),
        get("getGroup", "/groups/{project}", "/name", json!("project")),
        get(
            "listGroupServiceAccounts",
            "/groups/{project}/serviceAccounts",
            "/results/0/roles",
            json!(["GROUP_READ_ONLY"]),
        ),
        row(
            "createGroupServiceAccount",
            ("POST", "/groups/{project}/serviceAccounts"),
            account("GROUP_OWNER"),
            201,
            vec![("/roles", json!(["GROUP_OWNER"]))],
            vec![("/orgs/{org}/serviceAccounts", "/results/16/roles", json!(["ORG_MEMBER"]))],
        ),
        row(
            "inviteGroupServiceAccount",
            ("POST", "/groups/{other}/serviceAccounts/{account}:invite"),
            json!({"roles": ["GROUP_OWNER"]}),
            200,
            vec![("/name", json!("subject")), ("/roles", json!(["GROUP_OWNER"]))],
            vec![
                ("/orgs/{org}/serviceAccounts/{account}/groups", "/totalCount", json!(2)),
                (ACCOUNT, "/roles", json!(["ORG_MEMBER"])),
            ],
        ),
        get("getGroupServiceAccount", IN_PROJECT, "/roles", json!(["GROUP_READ_ONLY"])),
        row(
            "updateGroupServiceAccount",
            ("PATCH", IN_PROJECT),
            json!({"roles": ["GROUP_OWNER"], "description": "more"}),
            200,
            vec![("/roles", json!(["GROUP_OWNER"])), ("/description", json!("more"))],
            vec![
                (ACCOUNT, "/roles", json!(["ORG_MEMBER"])),
                (ACCOUNT, "/description", json!("more")),
            ],
        ),
        row(
            "deleteGroupServiceAccount",
            ("DELETE", IN_PROJECT),
            Value::Null,
            204,
            vec![],
            vec![(IN_PROJECT, "/error", gone()), (ACCOUNT, "/name", json!("subject"))],
        ),
        row(
            "createGroupServiceAccountSecret",
            ("POST", "/groups/{project}/serviceAccounts/{account}/secrets"),
            json!({"secretExpiresAfterHours": 8}),
            201,
            vec![("/expiresAt", json!("2026-09-01T20:00:00Z"))],
            vec![(ACCOUNT, "/secrets/1/expiresAt", json!("2026-09-01T20:00:00Z"))],
        ),
        row(
            "deleteGroupServiceAccountSecret",
            ("DELETE", "/groups/{project}/serviceAccounts/{account}/secrets/{secret}"),
            Value::Null,
            204,
            vec![],
            vec![(IN_PROJECT, "/secrets", json!([]))],
        ),
        get(
            "listGroupServiceAccountAccessList",
            "/groups/{project}/serviceAccounts/{account}/accessList",
            "/totalCount",
            json!(2),
        ),
        row(
            "createGroupServiceAccountAccessList",
            ("POST", "/groups/{project}/serviceAccounts/{account}/accessList"),
            json!([{"cidrBlock": "192.0.2.8/32"}]),
            200,
            vec![("/results/2/ipAddress", json!("192.0.2.8"))],
            vec![(ACCOUNT_LIST, "/totalCount", json!(3))],
        ),
        row(
            "deleteGroupServiceAccountAccessListEntry",
            ("DELETE", "/groups/{project}/serviceAccounts/{account}/accessList/192.0.2.7"),
            Value::Null,
            204,
            vec![],
            vec![(ACCOUNT_LIST, "/totalCount", json!(1))],
        ),
        get("listGroupApiKeys", "/groups/{project}/apiKeys", "/results/0/desc", json!("subject")),
        row(
            "createGroupApiKey",
            ("POST", "/groups/{project}/apiKeys"),
            key("GROUP_OWNER"),
            200,
            vec![("/desc", json!("new: one"))],
            vec![
                ("/groups/{project}/apiKeys", "/totalCount", json!(2)),
                ("/orgs/{org}/apiKeys", "/totalCount", json!(10)),
            ],
        ),
        row(
            "addGroupApiKey",
            ("POST", "/groups/{other}/apiKeys/{key}"),
            json!([{"roles": ["GROUP_OWNER"], "userId": "0123456789abcdef01234567"}]),
            204,
            vec![],
            vec![("/groups/{other}/apiKeys", "/results/0/desc", json!("subject"))],
        ),
        row(
            "updateGroupApiKeyRoles",
            ("PATCH", "/groups/{other}/apiKeys/{key}"),
            json!({"roles": ["GROUP_OWNER"]}),
            200,
            vec![("/desc", json!("subject"))],
            vec![("/groups/{other}/apiKeys", "/totalCount", json!(1))],
        ),
        row(
            "removeGroupApiKey",
            ("DELETE", "/groups/{project}/apiKeys/{key}"),
            Value::Null,
            204,
            vec![],
            vec![
                ("/groups/{project}/apiKeys", "/totalCount", json!(0)),
                (KEY, "/desc", json!("subject")),
            ],
        ),
    ]
}

#[tokio::test]
async fn every_operation_does_what_it_says() {
    for row in rows() {
        let fixture = Fixture::new().await;
        let (method, path) = row.call;
        let body = Some(row.body).filter(|body| !body.is_null());
        let got = fixture.call(method, path, body).await;
        assert_eq!(got.status, row.status, "{}: {}", row.id, got.text);
        for (place, value) in row.says {
            let said = got.json().pointer(place).cloned().unwrap_or_default();
            assert_eq!(said, value, "{}: {place}", row.id);
        }
        for (path, place, value) in row.then {
            let got = fixture.call("GET", path, None).await.json();
            let there = got.pointer(place).cloned().unwrap_or_default();
            assert_eq!(there, value, "{}: then {path} {place}", row.id);
        }
    }
}

#[test]
fn no_operation_is_left_out() {
    // Tokens and the caller's address have tests of their own.
    let elsewhere = ["oauthToken", "oauthRevoke", "ipInfo"];
    let ids: Vec<_> = rows().iter().map(|row| row.id).collect();
    for (id, method, path) in operations() {
        let here = ids.iter().filter(|known| **known == id).count();
        let wanted = usize::from(!elsewhere.contains(&id));
        assert_eq!(here, wanted, "{id} {method} {path}");
        let least = LEAST.iter().filter(|(_, ids)| ids.contains(&id)).count();
        assert_eq!(least, wanted, "{id}");
    }
}

/// The least role of each operation, as the contract's role requirements state it.
/// Where it states none, any credential may call; but a key's access list is
/// changed by the owner or the key itself.
const LEAST: &[(&str, &[&str])] = &[
    ("anybody", &["getSystemStatus", "listRateLimits", "getRateLimit", "listOrgs", "listGroups"]),
    (
        "member",
        &[
            "getOrg",
            "getOrgGroups",
            "getOrgSettings",
            "listOrgEvents",
            "getOrgEvent",
            "listOrgApiKeys",
            "getOrgApiKey",
            "listOrgApiKeyAccessListEntries",
            "getOrgApiKeyAccessListEntry",
        ],
    ),
    (
        "reader",
        &[
            "listOrgServiceAccounts",
            "getOrgServiceAccount",
            "getOrgServiceAccountGroups",
            "listOrgServiceAccountAccessList",
        ],
    ),
    (
        "owner",
        &[
            "updateOrgSettings",
            "createOrgServiceAccount",
            "updateOrgServiceAccount",
            "deleteOrgServiceAccount",
            "createOrgServiceAccountSecret",
            "deleteOrgServiceAccountSecret",
            "createOrgServiceAccountAccessList",
            "deleteOrgServiceAccountAccessListEntry",
            "createOrgApiKey",
            "updateOrgApiKey",
            "deleteOrgApiKey",
            "createOrgApiKeyAccessListEntry",
            "deleteOrgApiKeyAccessListEntry",
            "inviteGroupServiceAccount",
        ],
    ),
    (
        "project reader",
        &[
            "getGroup",
            "listGroupServiceAccounts",
            "getGroupServiceAccount",
            "listGroupServiceAccountAccessList",
            "listGroupApiKeys",
        ],
    ),
    (
        "project manager",
        &[
            "createGroupServiceAccountAccessList",
            "deleteGroupServiceAccountAccessListEntry",
            "createGroupApiKey",
            "updateGroupApiKeyRoles",
            "removeGroupApiKey",
        ],
    ),
    (
        "project owner",
        &[
            "createGroupServiceAccount",
            "updateGroupServiceAccount",
            "deleteGroupServiceAccount",
            "createGroupServiceAccountSecret",
            "deleteGroupServiceAccountSecret",
            "addGroupApiKey",
        ],
    ),
];

/// Who is what, by the roles in the organization and in the project.
const ROLES: &[(&str, &str, &[&str])] = &[
    (
        "ORG_OWNER",
        "",
        &[
            "anybody",
            "member",
            "reader",
            "owner",
            "project reader",
            "project manager",
            "project owner",
        ],
    ),
    ("ORG_READ_ONLY", "", &["anybody", "member", "reader", "project reader"]),
    ("ORG_STREAM_PROCESSING_ADMIN", "", &["anybody", "member", "reader", "project reader"]),
    ("ORG_GROUP_CREATOR", "", &["anybody", "member"]),
    ("ORG_BILLING_ADMIN", "", &["anybody", "member"]),
    ("ORG_BILLING_READ_ONLY", "", &["anybody", "member"]),
    ("ORG_MEMBER", "", &["anybody", "member"]),
    (
        "ORG_MEMBER",
        "GROUP_OWNER",
        &["anybody", "member", "project reader", "project manager", "project owner"],
    ),
    (
        "ORG_MEMBER",
        "GROUP_ACCESS_MANAGER",
        &["anybody", "member", "project reader", "project manager"],
    ),
    ("ORG_MEMBER", "GROUP_CLUSTER_MANAGER", &["anybody", "member", "project reader"]),
    (
        "ORG_READ_ONLY",
        "GROUP_ACCESS_MANAGER",
        &["anybody", "member", "reader", "project reader", "project manager"],
    ),
];

#[tokio::test]
async fn every_operation_needs_its_role() {
    let fixture = Fixture::new().await;
    let nothing = "0123456789abcdef01234567";
    for (org_role, project_role, is) in ROLES {
        fixture.bench.emulator.patch(|store| {
            let project = fixture.id("project").to_owned();
            let standing = &mut store.account("subject").expect("there").standing;
            standing.access_list.clear();
            standing.roles = vec![(*org_role).to_owned()];
            standing.projects.clear();
            if !project_role.is_empty() {
                standing.projects.insert(project, vec![(*project_role).to_owned()]);
            }
        });
        let token = fixture.bench.token_of("subject").await;
        for (least, ids) in LEAST {
            for row in rows().into_iter().filter(|row| ids.contains(&row.id)) {
                // What is not there cannot be changed by who may change it.
                let (method, path) = row.call;
                let path = path.replace("{other}", "{project}");
                let path = path.replace("{account}", nothing).replace("{key}", nothing);
                let body = (method != "GET").then(|| json!("nonsense"));
                let got = fixture.bench.call_as(&token, method, &fixture.path(&path), body).await;
                let refused = got.status == 401;
                assert_eq!(
                    refused,
                    !is.contains(least),
                    "{org_role} {project_role} {}: {}",
                    row.id,
                    got.text
                );
                if refused {
                    let code = got.json()["errorCode"].clone();
                    let codes = ["USER_UNAUTHORIZED", "USER_CANNOT_ACCESS_GROUP"];
                    assert!(codes.iter().any(|known| code == *known), "{code}");
                }
            }
        }
    }
}
