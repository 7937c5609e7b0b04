//! Who may ask what, and from where.

use std::time::Duration;

use gatehouse::atlas::Credential;
use gatehouse::emulator::{Seed, Vantage};
use serde_json::json;

use super::bench::{Bench, OWNER};

#[tokio::test]
async fn a_member_reads_keys_but_not_service_accounts() {
    let bench = Bench::demo().await;
    let names = ["backup-runner", "datadog", "terraform-prod", "terraform-stage", "pagerduty"];
    bench.emulator.patch(|store| {
        for name in names {
            store.account(name).expect("there").standing.access_list.clear();
        }
    });
    let refused = (401, "USER_UNAUTHORIZED".to_owned());
    for (name, reads) in names.into_iter().zip([false, true, true, false, false]) {
        let token = bench.token_of(name).await;
        for path in ["apiKeys", "settings", "groups", ""] {
            assert_eq!(bench.get_with(path, &token).await.status, 200, "{name} {path}");
        }
        let got = bench.get_with("serviceAccounts", &token).await;
        assert_eq!(got.status == 200, reads, "{name}");
        assert!(reads || got.error() == refused, "{name}");
    }
}

#[tokio::test]
async fn a_member_sees_only_projects_that_were_granted() {
    let bench = Bench::demo().await;
    bench.emulator.patch(|store| {
        store.account("backup-runner").expect("there").standing.access_list.clear();
    });
    let token = bench.token_of("backup-runner").await;
    let granted = ["payments-prod", "payments-stage", "data-lake"];
    assert_eq!(bench.get_with("groups", &token).await.column("name"), granted);
    assert_eq!(bench.get_with("/api/atlas/v2/groups", &token).await.column("name"), granted);
    let all = bench.get("groups").await;
    let hidden = (401, "USER_CANNOT_ACCESS_GROUP".to_owned());
    for (name, id) in all.column("name").iter().zip(all.column("id")) {
        let path = format!("/api/atlas/v2/groups/{id}/serviceAccounts");
        let got = bench.get_with(&path, &token).await;
        let seen = granted.contains(&name.as_str());
        assert_eq!(got.status == 200, seen, "{name}");
        assert!(seen || got.error() == hidden, "{name}");
    }
}

#[tokio::test]
async fn an_access_list_is_enforced_where_there_is_one() {
    let bench = Bench::demo().await;
    let status = async || bench.get("apiKeys").await.status;
    assert_eq!(status().await, 200);
    bench.call_from("198.51.100.200");
    assert_eq!(status().await, 200);
    bench.call_from("192.0.2.250");
    let got = bench.get("apiKeys").await;
    assert_eq!(got.error(), (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST".to_owned()));
    assert_eq!(got.json()["parameters"], json!(["192.0.2.250"]));
    assert_eq!(
        got.json()["detail"],
        "IP address 192.0.2.250 is not allowed to access this resource."
    );
    assert_eq!(bench.get("/api/private/ipinfo").await.json()["currentIpv4Address"], "192.0.2.250");
    bench.emulator.call_from(Vantage::Peer);
    assert_eq!(bench.get("apiKeys").await.json()["parameters"], json!(["127.0.0.1"]));
    bench.emulator.patch(|store| {
        store.account(OWNER).expect("there").standing.access_list.clear();
    });
    assert_eq!(status().await, 200);
    bench.emulator.patch(|store| store.main().expect("main").access_list_required = true);
    let got = bench.get("apiKeys").await;
    assert_eq!(got.error(), (403, "ORG_REQUIRES_ACCESS_LIST".to_owned()));
}

#[tokio::test]
async fn a_call_is_noted_on_the_entry_that_let_it_in() {
    let bench = Bench::demo().await;
    let id = bench.emulator.patch(|store| store.account(OWNER).expect("there").id.clone());
    let path = format!("serviceAccounts/{id}/accessList");
    let first = bench.get(&path).await.json()["results"][0].clone();
    bench.advance(Duration::from_secs(5));
    let second = bench.get(&path).await.json()["results"][0].clone();
    let count = |entry: &serde_json::Value| entry["requestCount"].as_u64().expect("a number");
    assert_eq!(count(&second), count(&first) + 1);
    assert_eq!(second["lastUsedAt"], "2026-09-01T12:00:05Z");
    assert_eq!(second["lastUsedAddress"], "203.0.113.10");
}

#[tokio::test]
async fn ip_info_wants_to_know_who_asks() {
    let bench = Bench::demo().await;
    let got = bench.get("/api/private/ipinfo").await;
    assert_eq!((got.status, got.header("content-type")), (200, "application/json"));
    assert_eq!(got.json(), json!({"currentIpv4Address": "203.0.113.10"}));
    assert!(got.header("ratelimit-limit").is_empty());
    let got = bench.send(bench.http.get(bench.url("/api/private/ipinfo"))).await;
    assert_eq!(got.status, 401);
}

#[tokio::test]
async fn the_root_tells_of_the_calling_key() {
    let bench = Bench::demo().await;
    let got = bench.get("/api/atlas/v2").await.json();
    assert_eq!((&got["appName"], &got["apiKey"]), (&json!("MongoDB Atlas"), &json!(null)));
}

#[tokio::test]
async fn a_second_organization_is_seen_by_its_guests_alone() {
    let bench = Bench::of(Seed::DemoTwoOrganizations).await;
    let orgs = bench.get("/api/atlas/v2/orgs").await;
    assert_eq!(orgs.column("name"), ["Acme Corp", "Acme Labs"]);
    assert_eq!(bench.get("/api/atlas/v2/orgs?name=acme%20l").await.column("name"), ["Acme Labs"]);
    let labs = format!("/api/atlas/v2/orgs/{}", orgs.column("id")[1]);
    let accounts = bench.get(&format!("{labs}/serviceAccounts")).await;
    assert_eq!(accounts.column("name"), ["labs-notebooks", "labs-owner"]);
    bench.call_from("198.51.100.131");
    let token = bench.token_of("datadog").await;
    assert_eq!(bench.get_with("/api/atlas/v2/orgs", &token).await.column("name"), ["Acme Corp"]);
    let got = bench.get_with(&labs, &token).await;
    assert_eq!(got.error(), (401, "USER_CANNOT_ACCESS_ORG".to_owned()));
}

#[tokio::test]
async fn a_guests_organization_can_require_an_access_list_too() {
    let bench = Bench::of(Seed::DemoTwoOrganizations).await;
    let labs = bench.get("/api/atlas/v2/orgs").await.column("id")[1].clone();
    bench.emulator.patch(|store| {
        store.account(OWNER).expect("there").standing.access_list.clear();
        store.organizations.get_mut(&labs).expect("labs").access_list_required = true;
    });
    assert_eq!(bench.get("apiKeys").await.status, 200);
    let got = bench.get(&format!("/api/atlas/v2/orgs/{labs}/apiKeys")).await;
    assert_eq!(got.error(), (403, "ORG_REQUIRES_ACCESS_LIST".to_owned()));
}

#[tokio::test]
async fn the_shell_lines_name_a_working_credential() {
    let bench = Bench::demo().await;
    let lines = bench.emulator.export_lines();
    let value = |name: &str| {
        let start = format!("export MONGODB_ATLAS_{name}=");
        let line = lines.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name}")).to_owned()
    };
    assert_eq!(value("OPS_MANAGER_URL"), format!("{}/", bench.emulator.base_url()));
    assert_eq!(value("ORG_ID"), bench.emulator.organization().to_string());
    let credential = Credential::ServiceAccount {
        client_id: value("CLIENT_ID"),
        client_secret: value("CLIENT_SECRET").into(),
    };
    assert!(bench.mint(&credential).await.is_ok());
    assert_eq!(value("PUBLIC_API_KEY").len(), 8);
    assert_eq!(value("PRIVATE_API_KEY").len(), 36);
}
