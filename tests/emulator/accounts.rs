//! The rules of service accounts and their secrets.

use std::time::Duration;

use gatehouse::atlas::Credential;
use gatehouse::emulator::Fault;
use serde_json::{Value, json};

use super::bench::{Bench, Got, OWNER};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn body(change: &Value) -> Value {
    let mut body = json!({
        "name": "new", "description": "one", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 720,
    });
    for (field, value) in change.as_object().expect("an object") {
        body[field] = value.clone();
    }
    body
}

async fn create(bench: &Bench, change: Value) -> Got {
    bench.call("POST", "serviceAccounts", body(&change)).await
}

/// A new account's client ID, and what signs its calls.
async fn created(bench: &Bench, change: Value) -> (String, Credential) {
    let made = create(bench, change).await.json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let id = text(&made["clientId"]);
    let client_secret = text(&made["secrets"][0]["secret"]).into();
    (id.clone(), Credential::ServiceAccount { client_id: id, client_secret })
}

async fn add_secret(bench: &Bench, id: &str, hours: u32) -> Got {
    let body = json!({"secretExpiresAfterHours": hours});
    bench.call("POST", &format!("serviceAccounts/{id}/secrets"), body).await
}

/// When each secret of an account ends.
async fn ends(bench: &Bench, id: &str) -> Vec<String> {
    let account = bench.get(&format!("serviceAccounts/{id}")).await.json();
    let secrets = account["secrets"].as_array().expect("secrets");
    secrets.iter().map(|secret| secret["expiresAt"].as_str().expect("a time").to_owned()).collect()
}

fn error(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_new_account_is_checked_field_by_field() {
    let bench = Bench::demo().await;
    let long = "x".repeat(251);
    let table = [
        (json!({"name": null}), "MISSING_ATTRIBUTE", "name"),
        (json!({"description": null}), "MISSING_ATTRIBUTE", "description"),
        (json!({"roles": null}), "MISSING_ATTRIBUTE", "roles"),
        (json!({"secretExpiresAfterHours": null}), "MISSING_ATTRIBUTE", "secretExpiresAfterHours"),
        (json!({"name": 7}), "INVALID_JSON_ATTRIBUTE", "name"),
        (json!({"roles": "ORG_MEMBER"}), "INVALID_JSON_ATTRIBUTE", "roles"),
        (json!({"roles": [1]}), "INVALID_JSON_ATTRIBUTE", "roles"),
        (
            json!({"secretExpiresAfterHours": "8"}),
            "INVALID_JSON_ATTRIBUTE",
            "secretExpiresAfterHours",
        ),
        (
            json!({"secretExpiresAfterHours": 8.5}),
            "INVALID_JSON_ATTRIBUTE",
            "secretExpiresAfterHours",
        ),
        (json!({"name": ""}), "VALIDATION_ERROR", "name"),
        (json!({"name": "x".repeat(65)}), "VALIDATION_ERROR", "name"),
        (json!({"name": "a/b"}), "VALIDATION_ERROR", "name"),
        (json!({"description": ""}), "VALIDATION_ERROR", "description"),
        (json!({"description": long}), "VALIDATION_ERROR", "description"),
        (json!({"roles": []}), "VALIDATION_ERROR", "roles"),
        (json!({"secretExpiresAfterHours": 0}), "VALIDATION_ERROR", "secretExpiresAfterHours"),
        (json!({"secretExpiresAfterHours": -1}), "VALIDATION_ERROR", "secretExpiresAfterHours"),
        (json!({"secretExpiresAfterHours": 7}), "VALIDATION_ERROR", "secretExpiresAfterHours"),
        (json!({"secretExpiresAfterHours": 8761}), "VALIDATION_ERROR", "secretExpiresAfterHours"),
        (
            json!({"secretExpiresAfterHours": i64::MAX}),
            "VALIDATION_ERROR",
            "secretExpiresAfterHours",
        ),
        (json!({"roles": ["GROUP_OWNER"]}), "INVALID_ROLE_FOR_ORG", "GROUP_OWNER"),
        (json!({"roles": ["ORG_QUEEN"]}), "INVALID_ENUM_VALUE", "ORG_QUEEN"),
        (json!({"withoutInitialSecret": true}), "INVALID_ATTRIBUTE", "secretExpiresAfterHours"),
    ];
    let before = bench.get("serviceAccounts").await.column("clientId");
    for (change, code, about) in table {
        let got = create(&bench, change.clone()).await;
        assert_eq!(got.error(), error(400, code), "{change}");
        assert_eq!(got.json()["parameters"][0], about, "{change}");
        if code == "VALIDATION_ERROR" {
            assert_eq!(got.json()["badRequestDetail"]["fields"][0]["field"], about);
        }
    }
    assert_eq!(bench.get("serviceAccounts").await.column("clientId"), before, "nothing was made");
}

#[tokio::test]
async fn names_need_not_be_unique_and_unknown_fields_do_no_harm() {
    let bench = Bench::demo().await;
    for _ in 0..2 {
        let got = create(&bench, json!({"name": OWNER, "favouriteColour": "blue"})).await;
        assert_eq!((got.status, got.json()["name"].clone()), (201, json!(OWNER)));
    }
    let without = json!({
        "name": "bare", "description": "none", "roles": ["ORG_MEMBER", "ORG_MEMBER"],
        "withoutInitialSecret": true,
    });
    let got = bench.call("POST", "serviceAccounts", without).await;
    assert_eq!((got.status, &got.json()["secrets"]), (201, &json!([])));
    assert_eq!(got.json()["roles"], json!(["ORG_MEMBER"]));
}

#[tokio::test]
async fn the_id_carries_the_second_of_creation() {
    let bench = Bench::demo().await;
    let (id, _) = created(&bench, json!({})).await;
    let second = bench.emulator.clock().now().as_second();
    assert_eq!(id[10..18], format!("{second:08x}"));
}

#[tokio::test]
async fn a_secret_is_whole_once_and_masked_ever_after() {
    let bench = Bench::demo().await;
    let (id, credential) = created(&bench, json!({})).await;
    assert!(bench.mint(&credential).await.is_ok());
    let made = add_secret(&bench, &id, 8).await;
    let secret = made.json()["secret"].as_str().expect("whole").to_owned();
    let path = format!("serviceAccounts/{id}");
    for path in ["serviceAccounts", &path, "events?includeRaw=true"] {
        let got = bench.get(path).await;
        assert!(!got.text.contains(&secret), "{path}");
    }
    let masked = bench.get(&path).await.json()["secrets"][1]["maskedSecretValue"].clone();
    assert!(masked.as_str().is_some_and(|masked| masked.ends_with(&secret[secret.len() - 4..])));
}

#[tokio::test]
async fn a_new_secret_cuts_the_other_to_seven_days() {
    let bench = Bench::demo().await;
    let (id, credential) = created(&bench, json!({})).await;
    assert_eq!(ends(&bench, &id).await, ["2026-10-01T12:00:00Z"]);
    assert_eq!(add_secret(&bench, &id, 8760).await.status, 201);
    assert_eq!(ends(&bench, &id).await, ["2026-09-08T12:00:00Z", "2027-09-01T12:00:00Z"]);
    bench.advance(Duration::from_hours(7 * 24 - 1));
    assert!(bench.mint(&credential).await.is_ok(), "until then it works");
    bench.advance(HOUR);
    let refused = bench.mint(&credential).await.expect_err("expired");
    assert_eq!(refused.status, 401);
    // The expired one keeps its slot, and is never removed by itself.
    bench.advance(30 * DAY);
    let token = bench.token_of(OWNER).await;
    let path = format!("serviceAccounts/{id}/secrets");
    let body = json!({"secretExpiresAfterHours": 8});
    let got = bench.call_as(&token, "POST", &path, Some(body)).await;
    assert_eq!(got.error(), error(400, "MAX_SECRETS_PER_SERVICE_ACCOUNT_EXCEEDED"));
}

#[tokio::test]
async fn what_is_left_of_a_secret_is_never_lengthened() {
    let bench = Bench::demo().await;
    let (id, _) = created(&bench, json!({"secretExpiresAfterHours": 24})).await;
    assert_eq!(add_secret(&bench, &id, 720).await.status, 201);
    assert_eq!(ends(&bench, &id).await, ["2026-09-02T12:00:00Z", "2026-10-01T12:00:00Z"]);
}

#[tokio::test]
async fn lifetimes_are_capped_by_the_organization() {
    let bench = Bench::demo().await;
    let (id, _) = created(&bench, json!({})).await;
    let cap = json!({"maxServiceAccountSecretValidityInHours": 48});
    assert_eq!(bench.call("PATCH", "settings", cap).await.status, 200);
    let got = add_secret(&bench, &id, 49).await;
    assert_eq!(got.error(), error(400, "VALIDATION_ERROR"));
    assert!(got.text.contains("must be 8 to 48"), "{}", got.text);
    assert_eq!(create(&bench, json!({})).await.error(), error(400, "VALIDATION_ERROR"));
    assert_eq!(ends(&bench, &id).await, ["2026-10-01T12:00:00Z"], "a refusal cuts nothing");
    assert_eq!(add_secret(&bench, &id, 48).await.status, 201);
    for body in [json!({}), json!({"secretExpiresAfterHours": null})] {
        let got = bench.call("POST", &format!("serviceAccounts/{id}/secrets"), body).await;
        assert_eq!(got.error(), error(400, "MISSING_ATTRIBUTE"));
    }
}

#[tokio::test]
async fn a_revoked_secret_takes_its_tokens_along_and_no_others() {
    let bench = Bench::demo().await;
    let (id, first) = created(&bench, json!({"roles": ["ORG_READ_ONLY"]})).await;
    let made = add_secret(&bench, &id, 720).await.json();
    let second = Credential::ServiceAccount {
        client_id: id.clone(),
        client_secret: made["secret"].as_str().expect("whole").to_owned().into(),
    };
    let tokens =
        [bench.mint(&first).await.expect("a token"), bench.mint(&second).await.expect("a token")];
    let path = format!("serviceAccounts/{id}/secrets/{}", made["id"].as_str().expect("an id"));
    assert_eq!(bench.call("DELETE", &path, None).await.status, 204);
    assert_eq!(bench.get_with("apiKeys", &tokens[0]).await.status, 200);
    assert_eq!(bench.get_with("apiKeys", &tokens[1]).await.status, 401);
    assert_eq!(bench.mint(&second).await.expect_err("revoked").status, 401);
    let gone = bench.call("DELETE", &path, None).await;
    assert_eq!(gone.error(), error(404, "RESOURCE_NOT_FOUND"));
    assert_eq!(add_secret(&bench, &id, 720).await.status, 201, "the slot is free again");
}

#[tokio::test]
async fn nothing_guards_the_callers_own_secret_and_account() {
    let bench = Bench::demo().await;
    let (id, credential) = created(&bench, json!({"roles": ["ORG_OWNER"]})).await;
    let token = bench.mint(&credential).await.expect("a token");
    let account = bench.get(&format!("serviceAccounts/{id}")).await.json();
    let secret = account["secrets"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("serviceAccounts/{id}/secrets/{secret}");
    assert_eq!(bench.call_as(&token, "DELETE", &path, None).await.status, 204);
    assert_eq!(bench.get_with("apiKeys", &token).await.status, 401);

    let (id, credential) = created(&bench, json!({"roles": ["ORG_OWNER"]})).await;
    let token = bench.mint(&credential).await.expect("a token");
    let path = format!("serviceAccounts/{id}");
    assert_eq!(bench.call_as(&token, "DELETE", &path, None).await.status, 204);
    assert_eq!(bench.get_with("apiKeys", &token).await.status, 401);
    let events = bench.get("events?itemsPerPage=1").await.json();
    assert_eq!(events["results"][0]["eventTypeName"], "SERVICE_ACCOUNT_DELETED");
    assert_eq!(events["results"][0]["publicKey"], json!(id), "who it was is still known");
}

#[tokio::test]
async fn of_two_secrets_at_once_one_is_made() {
    let bench = Bench::demo().await;
    let (id, _) = created(&bench, json!({})).await;
    let path = format!("serviceAccounts/{id}/secrets");
    bench.emulator.fail_next(&bench.path(&path), 1, Fault::Delay { ms: 3_600_000 });
    let request = bench.http.post(bench.url(&path)).bearer_auth(&bench.token);
    let first = tokio::spawn(request.body(r#"{"secretExpiresAfterHours": 8}"#).send());
    while bench.emulator.faults_left() > 0 {
        tokio::task::yield_now().await;
    }
    let got = add_secret(&bench, &id, 8).await;
    assert_eq!(got.error(), error(409, "DATA_CONCURRENCY_ERROR"));
    let (other, _) = created(&bench, json!({})).await;
    assert_eq!(
        add_secret(&bench, &other, 8).await.status,
        201,
        "another account is another matter"
    );
    first.abort();
    let got = add_secret(&bench, &id, 8).await;
    assert_eq!(got.error(), error(409, "DATA_CONCURRENCY_ERROR"), "it is still being made");
    tokio::time::pause();
    tokio::time::advance(Duration::from_hours(1)).await;
    tokio::time::resume();
    let made = async { while ends(&bench, &id).await.len() < 2 {} };
    tokio::time::timeout(Duration::from_secs(20), made).await.expect("the first is made");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_replaces_roles() {
    let bench = Bench::demo().await;
    let id = bench.account("ci-deploy");
    let path = format!("serviceAccounts/{id}");
    let grants = bench.get(&format!("{path}/groups")).await.json()["results"].clone();
    let patch = async |body: Value| bench.call("PATCH", &path, body).await;
    let got = patch(json!({"description": "changed"})).await.json();
    assert_eq!((&got["name"], &got["roles"]), (&json!("ci-deploy"), &json!(["ORG_MEMBER"])));
    let got =
        patch(json!({"name": null, "roles": ["ORG_READ_ONLY", "ORG_BILLING_ADMIN"]})).await.json();
    assert_eq!(got["name"], "ci-deploy");
    assert_eq!(got["roles"], json!(["ORG_READ_ONLY", "ORG_BILLING_ADMIN"]));
    assert_eq!(bench.get(&format!("{path}/groups")).await.json()["results"], grants);
    assert_eq!(patch(json!({})).await.status, 200, "nothing is required");
    for (body, code) in [
        (json!({"roles": []}), "VALIDATION_ERROR"),
        (json!({"name": ""}), "VALIDATION_ERROR"),
        (json!({"name": "ok", "description": "\u{1b}[2J"}), "VALIDATION_ERROR"),
        (json!({"roles": ["GROUP_OWNER"]}), "INVALID_ROLE_FOR_ORG"),
        (json!([]), "INVALID_JSON"),
    ] {
        assert_eq!(patch(body.clone()).await.error(), error(400, code), "{body}");
    }
    assert_eq!(bench.get(&path).await.json()["name"], "ci-deploy", "all or nothing");
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let bench = Bench::demo().await;
    let owner = bench.account(OWNER);
    bench.emulator.patch(|store| {
        let main = store.main().expect("main");
        let accounts = main.accounts.rows_mut().iter_mut().map(|row| (&row.id, &mut row.standing));
        let keys = main.keys.rows_mut().iter_mut().map(|row| (&row.id, &mut row.standing));
        for (_, standing) in accounts.chain(keys).filter(|(id, _)| **id != owner) {
            standing.roles = vec!["ORG_MEMBER".to_owned()];
        }
    });
    let path = format!("serviceAccounts/{owner}");
    let demote = json!({"roles": ["ORG_READ_ONLY"]});
    let got = bench.call("PATCH", &path, demote.clone()).await;
    assert_eq!(got.error(), error(403, "CANNOT_DEMOTE_LAST_ORG_OWNER"));
    let got = bench.call("DELETE", &path, None).await;
    assert_eq!(got.error(), error(403, "CANNOT_DELETE_LAST_ADMIN"));
    assert_eq!(bench.call("PATCH", &path, json!({"name": "renamed"})).await.status, 200);
    let key = json!({"desc": "second owner", "roles": ["ORG_OWNER"]});
    let key = bench.call("POST", "apiKeys", key).await.json();
    let key = format!("apiKeys/{}", key["id"].as_str().expect("an id"));
    assert_eq!(bench.call("PATCH", &path, demote.clone()).await.status, 200);
    // Now the key is the last one; the emulator's owner lost its role, so a second
    // account is made one behind its back.
    bench.emulator.patch(|store| {
        store.account("renamed").expect("there").standing.roles = vec!["ORG_OWNER".to_owned()];
    });
    assert_eq!(bench.call("PATCH", &key, demote).await.status, 200);
    assert_eq!(bench.call("DELETE", &key, None).await.status, 204);
}

#[tokio::test]
async fn what_atlas_manages_is_shown_and_not_changed() {
    let bench = Bench::demo().await;
    let all = bench.get("serviceAccounts?includeSystemManaged=true").await.column("clientId");
    let plain = bench.get("serviceAccounts").await.column("clientId");
    let managed = all.iter().find(|id| !plain.contains(id)).expect("one is managed");
    let path = |rest: &str| format!("serviceAccounts/{managed}{rest}");
    assert_eq!(bench.get(&path("")).await.status, 200);
    let roles = json!({"roles": ["GROUP_OWNER"]});
    let invite = format!("/api/atlas/v2/groups/{}/{}:invite", bench.project("sandbox"), path(""));
    for (method, path, body) in [
        ("PATCH", path(""), Some(json!({"name": "mine"}))),
        ("DELETE", path(""), None),
        ("POST", path("/secrets"), Some(json!({"secretExpiresAfterHours": 8}))),
        ("POST", path("/accessList"), Some(json!([{"ipAddress": "192.0.2.1"}]))),
        ("POST", invite, Some(roles)),
    ] {
        let got = bench.call(method, &path, body).await;
        assert_eq!(got.error(), error(403, "ACCESS_FORBIDDEN"), "{method} {path}");
    }
}

#[tokio::test]
async fn an_organization_is_full_at_five_hundred() {
    let bench = Bench::demo().await;
    bench.emulator.patch(|store| {
        let main = store.main().expect("main");
        let row = main.accounts.rows()[0].clone();
        for number in main.accounts.rows().len()..500 {
            let id = format!("mdb_sa_id_{number:024x}");
            main.accounts.put(gatehouse::emulator::Account { id, ..row.clone() });
        }
    });
    let got = create(&bench, json!({})).await;
    assert_eq!(got.error(), error(400, "MAX_SERVICE_ACCOUNTS_PER_ORG_EXCEEDED"));
    let org = bench.emulator.organization().to_string();
    assert_eq!(got.json()["parameters"], json!([500, org]));
    assert_eq!(
        got.json()["detail"],
        format!(
            "Maximum number of Service Accounts per org (500) in {org} exceeded when trying to \
             add a new Service Account."
        )
    );
    let project = bench.project("sandbox");
    let body = body(&json!({"roles": ["GROUP_OWNER"]}));
    let path = format!("/api/atlas/v2/groups/{project}/serviceAccounts");
    assert_eq!(bench.call("POST", &path, body).await.status, 400);
}

#[tokio::test]
async fn a_project_owner_rotates_only_what_stands_nowhere_else() {
    let bench = Bench::demo().await;
    let [sandbox, analytics] = ["sandbox", "analytics"].map(|name| bench.project(name));
    let groups = "/api/atlas/v2/groups";
    let body = body(&json!({"roles": ["GROUP_OWNER"]}));
    let made =
        bench.call("POST", &format!("{groups}/{sandbox}/serviceAccounts"), body).await.json();
    let id = made["clientId"].as_str().expect("an id").to_owned();
    let credential = Credential::ServiceAccount {
        client_id: id.clone(),
        client_secret: made["secrets"][0]["secret"].as_str().expect("whole").to_owned().into(),
    };
    let token = bench.mint(&credential).await.expect("a token");
    let secrets = format!("{groups}/{sandbox}/serviceAccounts/{id}/secrets");
    let hours = json!({"secretExpiresAfterHours": 8});
    let rotate = async || bench.call_as(&token, "POST", &secrets, Some(hours.clone())).await;
    let got = rotate().await;
    assert_eq!(got.status, 201, "{}", got.text);
    let second = format!("{secrets}/{}", got.json()["id"].as_str().expect("an id"));
    let invite = format!("{groups}/{analytics}/serviceAccounts/{id}:invite");
    let roles = json!({"roles": ["GROUP_READ_ONLY"]});
    assert_eq!(bench.call("POST", &invite, roles).await.status, 200);
    let refused = error(401, "USER_UNAUTHORIZED");
    assert_eq!(bench.call_as(&token, "DELETE", &second, None).await.error(), refused);
    assert_eq!(rotate().await.error(), refused);
    assert_eq!(bench.call("DELETE", &second, None).await.status, 204, "the owner may");
}

#[tokio::test]
async fn an_invitation_names_project_roles_once() {
    let bench = Bench::demo().await;
    let (id, _) = created(&bench, json!({})).await;
    let project = bench.project("sandbox");
    let path = format!("/api/atlas/v2/groups/{project}/serviceAccounts/{id}:invite");
    for (body, code) in [
        (json!({}), "MISSING_ATTRIBUTE"),
        (json!({"roles": []}), "VALIDATION_ERROR"),
        (json!({"roles": ["GROUP_OWNER", "GROUP_OWNER"]}), "VALIDATION_ERROR"),
        (json!({"roles": ["ORG_OWNER"]}), "INVALID_ROLE_FOR_GROUP"),
        (json!({"roles": ["GROUP_KING"]}), "INVALID_ENUM_VALUE"),
    ] {
        assert_eq!(
            bench.call("POST", &path, body.clone()).await.error(),
            error(400, code),
            "{body}"
        );
    }
    let unknown = path.replace(&id, "mdb_sa_id_0123456789abcdef01234567");
    let roles = json!({"roles": ["GROUP_OWNER"]});
    let got = bench.call("POST", &unknown, roles.clone()).await;
    assert_eq!(got.error(), error(404, "RESOURCE_NOT_FOUND"));
    assert_eq!(bench.call("POST", &path, roles).await.status, 200);
    let again = json!({"roles": ["GROUP_READ_ONLY"]});
    assert_eq!(bench.call("POST", &path, again).await.json()["roles"], json!(["GROUP_READ_ONLY"]));
}
