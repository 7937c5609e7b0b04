//! What the endpoints answer: rows, pages, links, forms and versions.

use std::collections::HashSet;

use gatehouse::atlas::{AccessEntry, ApiKey, KeyId, ServiceAccount};
use gatehouse::emulator::Seed;
use serde_json::{Value, json};

use super::bench::Bench;

fn rows<T: serde::de::DeserializeOwned>(body: &Value) -> Vec<T> {
    let read = |row: &Value| serde_json::from_value(row.clone()).expect("a row");
    body["results"].as_array().expect("a list").iter().map(read).collect()
}

#[tokio::test]
async fn the_demo_shows_its_service_accounts() {
    let bench = Bench::demo().await;
    let got = bench.get("serviceAccounts").await;
    assert_eq!(got.header("content-type"), "application/vnd.atlas.2024-08-05+json;charset=utf-8");
    let names = got.column("name");
    for name in ["atlas-admin", "ci-deploy", "terraform-prod", "Büro Zürich, Auswertung"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    assert!(names.iter().any(|name| name.chars().count() == 64));
    let managed = bench.get("serviceAccounts?includeSystemManaged=true").await.column("name");
    assert_eq!(managed.len(), names.len() + 1);
    for account in rows::<ServiceAccount>(&got.json()) {
        let (created, noted) = (account.id.created(), account.created_at);
        assert_eq!(created.as_ref(), noted.known(), "the id tells the second of creation");
        for secret in account.secrets.known().expect("sent") {
            let masked = secret.masked_secret_value.known().expect("sent").to_string();
            let tail = masked.strip_prefix("mdb_sa_sk_********").expect("masked");
            assert_eq!(tail.len(), 4);
        }
    }
    assert!(!got.text.contains("\"secret\""));
}

#[tokio::test]
async fn one_service_account_with_its_projects_and_addresses() {
    let bench = Bench::demo().await;
    let id = bench.emulator.patch(|store| store.account("ci-deploy").expect("there").id.clone());
    let got = bench.get(&format!("serviceAccounts/{id}/")).await.json();
    assert_eq!((&got["name"], &got["roles"]), (&json!("ci-deploy"), &json!(["ORG_MEMBER"])));
    let got = bench.get(&format!("serviceAccounts/{id}/groups?itemsPerPage=2")).await.json();
    assert_eq!((&got["totalCount"], got["results"].as_array().map(Vec::len)), (&json!(3), Some(2)));
    let got = bench.get(&format!("serviceAccounts/{id}/accessList")).await.json();
    let entry = &got["results"][0];
    assert_eq!((&entry["cidrBlock"], entry.get("ipAddress")), (&json!("0.0.0.0/0"), None));
    assert!(entry["requestCount"].is_u64() && entry["lastUsedAt"].is_string());
    for odd in ["mdb_sa_id_0123456789abcdef01234567", "000", "%2F", "a%20b"] {
        let got = bench.get(&format!("serviceAccounts/{odd}")).await;
        assert_eq!(got.error(), (404, "RESOURCE_NOT_FOUND".to_owned()), "{odd}");
    }
}

#[tokio::test]
async fn api_keys_mix_their_roles_in_changing_order() {
    let bench = Bench::demo().await;
    let got = bench.get("apiKeys").await;
    assert_eq!(got.header("content-type"), "application/vnd.atlas.2023-01-01+json;charset=utf-8");
    let mut orders = HashSet::new();
    let mut read = HashSet::new();
    for _ in 0..8 {
        let body = bench.get("apiKeys").await.json();
        let keys = body["results"].as_array().expect("a list").clone();
        let key = keys.into_iter().find(|key| key["desc"] == "prometheus exporter");
        let key = key.expect("there");
        let masked = key["privateKey"].as_str().expect("text");
        assert!(masked.starts_with("********-****-****-") && masked.len() == 19 + 12, "{masked}");
        assert_eq!(key["publicKey"].as_str().map(str::len), Some(8));
        orders.insert(key["roles"].to_string());
        let key: ApiKey = serde_json::from_value(key).expect("a key");
        read.insert(format!("{key:?}"));
    }
    assert!(orders.len() > 1, "the order is unstable");
    assert_eq!(read.len(), 1, "the key is the same");
}

#[tokio::test]
async fn an_entry_of_a_key_is_found_by_address_and_by_range() {
    let bench = Bench::demo().await;
    let id = |name: &str| bench.emulator.patch(|store| store.key(name).expect("there").id.clone());
    let (single, range) = (id("prometheus exporter"), id("mongosync migration"));
    let missing = (404, "API_KEY_ACCESS_LIST_NOT_FOUND".to_owned());
    let got = bench.get(&format!("apiKeys/{single}/accessList/198.51.100.131")).await.json();
    assert_eq!(got["ipAddress"], "198.51.100.131");
    assert_eq!(got["cidrBlock"], "198.51.100.131/32");
    let entry: AccessEntry = serde_json::from_value(got.clone()).expect("an entry");
    assert_eq!(entry.request_count.known(), Some(&402_117));
    let link = got["links"][0]["href"].as_str().expect("a link").to_owned();
    assert!(link.ends_with("/accessList/198.51.100.131"), "{link}");
    for path in ["198.51.100.131%2F32", "2001:db8:40:1::%2f64"] {
        assert_eq!(bench.get(&format!("apiKeys/{single}/accessList/{path}")).await.status, 200);
    }
    let got = bench.get(&format!("apiKeys/{range}/accessList/198.51.100.0%2f24")).await;
    assert_eq!(got.json()["cidrBlock"], "198.51.100.0/24");
    assert_eq!(got.json().get("ipAddress"), None);
    let got = bench.get(&format!("apiKeys/{range}/accessList/192.0.2.1")).await;
    assert_eq!(got.error(), missing);
    let got = bench.get(&format!("apiKeys/{range}/accessList/nowhere")).await;
    assert_eq!(got.error(), (400, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION".to_owned()));
    let got = bench.get(&format!("apiKeys/{range}/accessList/198.51.100.0/24")).await;
    assert_eq!(got.error(), (404, "RESOURCE_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_told_apart() {
    let bench = Bench::demo().await;
    let unknown = "0123456789abcdef01234567";
    let table = [
        (format!("/api/atlas/v2/orgs/{unknown}"), 404, "ORG_NOT_FOUND"),
        ("/api/atlas/v2/orgs/acme".to_owned(), 404, "INVALID_ORG_ID"),
        (format!("/api/atlas/v2/groups/{unknown}/apiKeys"), 404, "GROUP_NOT_FOUND"),
        ("/api/atlas/v2/groups/1".to_owned(), 404, "INVALID_GROUP_ID"),
        (format!("apiKeys/{unknown}"), 400, "API_KEY_NOT_FOUND"),
        ("apiKeys/1".to_owned(), 404, "INVALID_KEY_ID"),
        ("clusters".to_owned(), 404, "RESOURCE_NOT_FOUND"),
        ("/api/atlas/v1.0/orgs".to_owned(), 404, "RESOURCE_NOT_FOUND"),
        ("/".to_owned(), 404, "RESOURCE_NOT_FOUND"),
    ];
    for (path, status, code) in table {
        let got = bench.get(&path).await;
        assert_eq!(got.error(), (status, code.to_owned()), "{path}");
        assert_eq!(got.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn pages_end_with_a_short_one() {
    let bench = Bench::demo().await;
    let whole = bench.get("serviceAccounts").await.column("clientId");
    let mut paged = Vec::new();
    for page in 1.. {
        let got = bench.get(&format!("serviceAccounts?itemsPerPage=4&pageNum={page}")).await;
        let rows = got.column("clientId");
        let rels: Vec<_> = got.json()["links"].as_array().expect("links").clone();
        let next = rels.iter().any(|link| link["rel"] == "next");
        assert_eq!(next, paged.len() + rows.len() < whole.len());
        paged.extend(rows.clone());
        if rows.len() < 4 {
            break;
        }
    }
    assert_eq!(paged, whole);
    let got = bench.get("serviceAccounts?pageNum=18446744073709551615").await;
    assert_eq!((got.status, got.column("clientId").len()), (200, 0));
}

#[tokio::test]
async fn a_list_is_counted_wrapped_and_indented_on_demand() {
    let bench = Bench::demo().await;
    let count = async |query: &str| bench.get(query).await.json()["totalCount"].clone();
    assert_eq!(count("apiKeys?itemsPerPage=1").await, 8);
    assert_eq!(count("apiKeys?includeCount=false").await, 0);
    let list = bench.get("apiKeys?envelope=true").await.json();
    assert!(list["status"] == 200 && list["results"].is_array());
    let one = bench.get("settings?envelope=true").await.json();
    assert_eq!(one["status"], 200);
    assert_eq!(one["content"]["apiAccessListRequired"], false);
    assert!(!bench.get("settings").await.text.contains('\n'));
    assert!(bench.get("settings?pretty=true").await.text.contains("\n  \"apiAccess"));
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let bench = Bench::demo().await;
    for query in [
        "itemsPerPage=0",
        "itemsPerPage=501",
        "itemsPerPage=-1",
        "pageNum=0",
        "pageNum=x",
        "pageNum=99999999999999999999999",
        "pretty=maybe",
        "includeSystemManaged=1",
        "itemsPerPage=%ff%00",
    ] {
        let got = bench.get(&format!("serviceAccounts?{query}")).await;
        assert_eq!(got.error(), (400, "INVALID_QUERY_PARAMETER".to_owned()), "{query}");
    }
    for query in ["", "&&&", "unknown=1", "itemsPerPage=500", "=%"] {
        assert_eq!(bench.get(&format!("serviceAccounts?{query}")).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn versions_are_negotiated_per_resource() {
    let bench = Bench::demo().await;
    let of = |date: &str| format!("application/vnd.atlas.{date}+json");
    let table = [
        ("apiKeys", of("2023-01-01"), 200, "2023-01-01"),
        ("apiKeys", of("2025-03-12"), 200, "2023-01-01"),
        ("apiKeys", of("2022-12-31"), 406, ""),
        ("serviceAccounts", of("2024-08-05"), 200, "2024-08-05"),
        ("serviceAccounts", of("2023-01-01"), 406, ""),
        ("serviceAccounts", of("2024-02-30"), 400, ""),
        ("serviceAccounts", "*/*".to_owned(), 200, "2024-08-05"),
        ("serviceAccounts", "application/json".to_owned(), 200, "2024-08-05"),
        ("serviceAccounts", "text/html".to_owned(), 406, ""),
    ];
    for (path, accept, status, version) in table {
        let got = bench.get_accepting(path, &accept).await;
        assert_eq!(got.status, status, "{path} {accept}");
        if status == 200 {
            let kind = format!("application/vnd.atlas.{version}+json;charset=utf-8");
            assert_eq!(got.header("content-type"), kind, "{path} {accept}");
        }
    }
}

#[tokio::test]
async fn answers_carry_atlas_headers() {
    let bench = Bench::demo().await;
    let got = bench.get("apiKeys").await;
    for (name, value) in [("server", "mdbws"), ("x-frame-options", "DENY")] {
        assert_eq!(got.header(name), value);
    }
    for name in [
        "date",
        "strict-transport-security",
        "x-java-method",
        "x-mongodb-service-version",
        "x-envoy-upstream-service-time",
        "ratelimit-limit",
        "ratelimit-remaining",
    ] {
        assert!(!got.header(name).is_empty(), "{name}");
    }
}

#[tokio::test]
async fn projects_show_what_is_theirs() {
    let bench = Bench::demo().await;
    let projects = bench.get("groups").await;
    assert_eq!(projects.column("name").len(), 6);
    assert_eq!(bench.get("groups?name=PAYMENTS").await.column("name").len(), 2);
    assert_eq!(bench.get("/api/atlas/v2/groups").await.column("id"), projects.column("id"));
    let at = projects.column("name").iter().position(|name| name == "data-lake").expect("there");
    let lake = projects.column("id")[at].clone();
    let path = |rest: &str| format!("/api/atlas/v2/groups/{lake}{rest}");
    assert_eq!(bench.get(&path("")).await.json()["name"], "data-lake");
    let accounts = bench.get(&path("/serviceAccounts")).await;
    let names = accounts.column("name");
    assert_eq!(names, ["backup-runner", "grafana", "legacy-import", "snowflake-sync"]);
    let first = &accounts.json()["results"][0];
    assert_eq!(first["roles"], json!(["GROUP_BACKUP_MANAGER", "GROUP_CLUSTER_LOG_VIEWER"]));
    let id = first["clientId"].as_str().expect("an id");
    let one = bench.get(&path(&format!("/serviceAccounts/{id}"))).await;
    assert_eq!(&one.json(), first);
    let stranger = bench.emulator.patch(|store| store.account("datadog").expect("one").id.clone());
    assert_eq!(bench.get(&path(&format!("/serviceAccounts/{stranger}"))).await.status, 404);
    let keys = bench.get(&path("/apiKeys")).await.json();
    let roles = keys["results"][0]["roles"].as_array().expect("roles").clone();
    assert!(roles.iter().any(|role| role["roleName"] == "ORG_MEMBER"), "org roles show too");
    let link = keys["results"][0]["links"][0]["href"].as_str().expect("a link");
    assert!(link.contains("/orgs/"), "{link}");
}

#[tokio::test]
async fn rows_can_be_made_odd_and_things_changed_under_way() {
    let bench = Bench::of(Seed::Demo).await;
    let id = bench.emulator.patch(|store| {
        let account = store.account("grafana").expect("there");
        account.name = "grafana\u{202e}".to_owned();
        let id = store.account("datadog").expect("there").id.clone();
        store.odd_rows.insert(id.clone(), json!({"name": 42}));
        store.main().expect("main").longest_secret_hours = None;
        id
    });
    let got = bench.get_freely("serviceAccounts").await;
    assert!(!got.column("clientId").contains(&id));
    assert!(got.column("name").contains(&"grafana\u{202e}".to_owned()));
    assert!(got.json()["results"].as_array().expect("a list").contains(&json!({"name": 42})));
    assert_eq!(bench.get(&format!("serviceAccounts/{id}")).await.json()["name"], "datadog");
    let settings = bench.get("settings").await.json();
    assert_eq!(settings.get("maxServiceAccountSecretValidityInHours"), None);
    assert!(bench.emulator.patch(|store| store.remove("BI connector")));
    let keys = rows::<ApiKey>(&bench.get("apiKeys").await.json());
    assert_eq!(keys.len(), 7);
    assert!(keys.iter().all(|key| key.id != KeyId::default()));
    assert!(bench.emulator.credentials_of("BI connector").is_none());
}
