//! The rules of API keys, of settings, of events and of limits that are asked for.

use std::time::Duration;

use serde_json::{Value, json};

use super::bench::Bench;

fn error(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// The roles of a key, without their order.
fn roles(key: &Value) -> Vec<String> {
    let roles = key["roles"].as_array().expect("roles").iter();
    let mut roles: Vec<_> = roles.map(|role| text(&role["roleName"])).collect();
    roles.sort();
    roles
}

#[tokio::test]
async fn a_new_key_is_checked_in_words_of_its_own() {
    let bench = Bench::demo().await;
    let project = format!("/api/atlas/v2/groups/{}/apiKeys", bench.project("sandbox"));
    let table = [
        (json!({"roles": ["R"]}), "API_KEY_REQUIRES_DESCRIPTION"),
        (json!({"desc": null, "roles": ["R"]}), "API_KEY_REQUIRES_DESCRIPTION"),
        (json!({"desc": "", "roles": ["R"]}), "INVALID_API_KEY_DESC"),
        (json!({"desc": "x".repeat(251), "roles": ["R"]}), "INVALID_API_KEY_DESC"),
        (json!({"desc": 1, "roles": ["R"]}), "INVALID_JSON_ATTRIBUTE"),
        (json!({"desc": "x"}), "MISSING_API_KEY_ROLES"),
        (json!({"desc": "x", "roles": []}), "MISSING_API_KEY_ROLES"),
        (json!({"desc": "x", "roles": [null]}), "MISSING_API_KEY_ROLES"),
        (json!({"desc": "x", "roles": {}}), "INVALID_JSON_ATTRIBUTE"),
        (json!({"desc": "x", "roles": ["NO_SUCH_ROLE"]}), "INVALID_ENUM_VALUE"),
        (json!("x"), "INVALID_JSON"),
    ];
    for (path, role) in [("apiKeys", "ORG_MEMBER"), (project.as_str(), "GROUP_OWNER")] {
        for (body, code) in &table {
            let body: Value =
                serde_json::from_str(&body.to_string().replace("\"R\"", &format!("\"{role}\"")))
                    .expect("JSON");
            let got = bench.call("POST", path, body.clone()).await;
            assert_eq!(got.error(), error(400, code), "{body}");
        }
        let any = json!({"desc": "any: text / at 🙂 all", "roles": [role]});
        assert_eq!(bench.call("POST", path, any).await.status, 200);
    }
    let wrong = json!({"desc": "x", "roles": ["GROUP_OWNER"]});
    assert_eq!(
        bench.call("POST", "apiKeys", wrong).await.error(),
        error(400, "INVALID_ROLE_FOR_ORG")
    );
    let wrong = json!({"desc": "x", "roles": ["ORG_OWNER"]});
    assert_eq!(
        bench.call("POST", &project, wrong).await.error(),
        error(400, "INVALID_ROLE_FOR_GROUP")
    );
}

#[tokio::test]
async fn a_private_key_is_whole_once_and_a_key_has_its_second() {
    let bench = Bench::demo().await;
    let made =
        bench.call("POST", "apiKeys", json!({"desc": "x", "roles": ["ORG_OWNER"]})).await.json();
    let (id, private) = (text(&made["id"]), text(&made["privateKey"]));
    let second = bench.emulator.clock().now().as_second();
    assert_eq!(id[..8], format!("{second:08x}"));
    let read = bench.get(&format!("apiKeys/{id}")).await;
    assert!(!read.text.contains(&private));
    assert_eq!(text(&read.json()["privateKey"])[19..], private[24..], "the last twelve show");
    assert!(!bench.get("apiKeys").await.text.contains(&private));
}

#[tokio::test]
async fn roles_are_replaced_within_their_level() {
    let bench = Bench::demo().await;
    let id = bench.key("prometheus exporter");
    let path = format!("apiKeys/{id}");
    let project = bench.project("sandbox");
    let in_project = format!("/api/atlas/v2/groups/{project}/apiKeys/{id}");
    let before = roles(&bench.get(&path).await.json());
    // PATCH assigns, and then replaces.
    let got = bench.call("PATCH", &in_project, json!({"roles": ["GROUP_OWNER"]})).await.json();
    assert!(roles(&got).contains(&"GROUP_OWNER".to_owned()));
    let got = bench.call("PATCH", &in_project, json!({"roles": ["GROUP_READ_ONLY"]})).await.json();
    assert!(!roles(&got).contains(&"GROUP_OWNER".to_owned()));
    // POST adds.
    let more = json!([{"roles": ["GROUP_BACKUP_MANAGER"]}, {"roles": ["GROUP_INDEX_MANAGER"]}]);
    assert_eq!(bench.call("POST", &in_project, more).await.status, 204);
    let got = bench.call("PATCH", &path, json!({"roles": ["ORG_READ_ONLY"]})).await.json();
    let now = roles(&got);
    for role in ["GROUP_READ_ONLY", "GROUP_BACKUP_MANAGER", "GROUP_INDEX_MANAGER", "ORG_READ_ONLY"]
    {
        assert!(now.contains(&role.to_owned()), "{role}: {now:?}");
    }
    assert!(!now.contains(&"ORG_MEMBER".to_owned()));
    // A description alone keeps roles.
    let got = bench.call("PATCH", &path, json!({"desc": "renamed"})).await.json();
    assert_eq!((roles(&got), &got["desc"]), (now, &json!("renamed")));
    assert_eq!(bench.call("DELETE", &in_project, None).await.status, 204);
    assert_eq!(
        bench.call("DELETE", &in_project, None).await.error(),
        error(400, "API_KEY_NOT_FOUND")
    );
    let got = bench.get(&path).await.json();
    assert_eq!(roles(&got).len(), before.len(), "{before:?}");
}

#[tokio::test]
async fn a_change_of_a_key_is_checked_too() {
    let bench = Bench::demo().await;
    let id = bench.key("prometheus exporter");
    let path = format!("apiKeys/{id}");
    for (body, code) in [
        (json!({}), "MISSING_ATTRIBUTE"),
        (json!({"desc": ""}), "INVALID_API_KEY_DESC"),
        (json!({"roles": []}), "MISSING_API_KEY_ROLES"),
        (json!({"desc": "x", "roles": ["GROUP_OWNER"]}), "INVALID_ROLE_FOR_ORG"),
    ] {
        assert_eq!(
            bench.call("PATCH", &path, body.clone()).await.error(),
            error(400, code),
            "{body}"
        );
    }
    let project = bench.project("sandbox");
    let in_project = format!("/api/atlas/v2/groups/{project}/apiKeys/{id}");
    for body in [json!([]), json!([{}]), json!([{"roles": []}])] {
        let got = bench.call("POST", &in_project, body.clone()).await;
        assert_eq!(got.error(), error(400, "MISSING_API_KEY_ROLES"), "{body}");
    }
    let got = bench.call("PATCH", &in_project, json!({"desc": "not there"})).await;
    assert_eq!(got.error(), error(400, "API_KEY_NOT_FOUND"));
    assert_eq!(bench.get(&path).await.json()["desc"], "prometheus exporter");
    for (id, status, code) in [
        ("0123456789abcdef01234567", 400, "API_KEY_NOT_FOUND"),
        ("1", 404, "INVALID_KEY_ID"),
        ("mdb_sa_id_0123456789abcdef01234567", 404, "INVALID_KEY_ID"),
    ] {
        for (method, body) in [("PATCH", Some(json!({"desc": "x"}))), ("DELETE", None)] {
            let got = bench.call(method, &format!("apiKeys/{id}"), body).await;
            assert_eq!(got.error(), error(status, code), "{method} {id}");
        }
    }
}

#[tokio::test]
async fn a_body_says_what_it_is() {
    let bench = Bench::demo().await;
    let body = r#"{"desc": "x", "roles": ["ORG_MEMBER"]}"#;
    let post = async |kind: &str, body: &str| {
        let request = bench.http.post(bench.url("apiKeys")).bearer_auth(&bench.token);
        let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
        bench.send(request.body(body.to_owned())).await
    };
    for kind in [
        "",
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.atlas.2023-01-01+json",
        "application/vnd.atlas.2025-03-12+json",
    ] {
        assert_eq!(post(kind, body).await.status, 200, "{kind}");
    }
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/vnd.atlas.1999-01-01+json"]
    {
        assert_eq!(post(kind, body).await.error(), error(415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
    }
    let deep = "[".repeat(100_000);
    for broken in ["", "{", "nonsense", "{\"desc\": \"\u{0}\"", "{} {}", "[1,]", deep.as_str()] {
        let got = post("application/json", broken).await;
        assert_eq!(got.error(), error(400, "MALFORMED_JSON"), "{}", broken.len());
    }
    let request = bench.http.post(bench.url("apiKeys")).bearer_auth(&bench.token);
    let got = bench.send(request.body(&b"\xff\xfe"[..])).await;
    assert_eq!(got.error(), error(400, "MALFORMED_JSON"));
}

#[tokio::test]
async fn settings_change_one_by_one_and_within_bounds() {
    let bench = Bench::demo().await;
    let patch = async |body: Value| bench.call("PATCH", "settings", body).await;
    let all = json!({
        "apiAccessListRequired": true, "multiFactorAuthRequired": true, "restrictEmployeeAccess": true,
        "genAIFeaturesEnabled": false, "streamsCrossGroupEnabled": true,
        "maxServiceAccountSecretValidityInHours": 720, "securityContact": "sec@acme.example",
        "operationsContact": "ops@acme.example",
        "customSessionTimeouts": {"idleSessionTimeoutInSeconds": 600, "absoluteSessionTimeoutInSeconds": 7200},
    });
    assert_eq!(patch(all.clone()).await.json(), all);
    assert_eq!(bench.get("settings").await.json(), all);
    let got = patch(json!({"securityContact": "", "operationsContact": null})).await.json();
    assert_eq!((got.get("securityContact"), got.get("operationsContact")), (None, None));
    assert_eq!(
        patch(json!({"apiAccessListRequired": null})).await.json()["apiAccessListRequired"],
        true
    );
    for (body, code) in [
        (json!({"maxServiceAccountSecretValidityInHours": 7}), "VALIDATION_ERROR"),
        (json!({"maxServiceAccountSecretValidityInHours": 8761}), "VALIDATION_ERROR"),
        (json!({"maxServiceAccountSecretValidityInHours": "8"}), "INVALID_JSON_ATTRIBUTE"),
        (json!({"apiAccessListRequired": "yes"}), "INVALID_JSON_ATTRIBUTE"),
        (json!({"operationsContact": ""}), "VALIDATION_ERROR"),
        (
            json!({"apiAccessListRequired": false, "customSessionTimeouts": 5}),
            "INVALID_JSON_ATTRIBUTE",
        ),
        (
            json!({"apiAccessListRequired": false, "customSessionTimeouts": {"idleSessionTimeoutInSeconds": 0}}),
            "VALIDATION_ERROR",
        ),
        (json!([]), "INVALID_JSON"),
    ] {
        assert_eq!(patch(body.clone()).await.error(), error(400, code), "{body}");
    }
    assert_eq!(bench.get("settings").await.json()["apiAccessListRequired"], true, "all or nothing");
    // Time-outs have bounds, the idle one that of the other; null unsets them.
    let timeouts = async |idle: Value, absolute: Value| {
        let given = json!({"idleSessionTimeoutInSeconds": idle, "absoluteSessionTimeoutInSeconds": absolute});
        patch(json!({"customSessionTimeouts": given})).await
    };
    for (idle, absolute) in [
        (json!(299), json!(null)),
        (json!(7201), json!(7200)),
        (json!(null), json!(3599)),
        (json!(null), json!(43201)),
    ] {
        assert_eq!(timeouts(idle.clone(), absolute.clone()).await.status, 400, "{idle} {absolute}");
    }
    let got = timeouts(json!(null), json!(3600)).await.json();
    assert_eq!(got["customSessionTimeouts"], json!({"absoluteSessionTimeoutInSeconds": 3600}));
    let idle = json!({"customSessionTimeouts": {"idleSessionTimeoutInSeconds": 3601}});
    assert_eq!(patch(idle).await.status, 400, "longer than the one that is there");
    let got = patch(json!({"customSessionTimeouts": null})).await.json();
    assert_eq!(got.get("customSessionTimeouts"), None);
    let events = bench.get("events?itemsPerPage=20").await.column("eventTypeName");
    for event in [
        "ORG_PUBLIC_API_ACCESS_LIST_REQUIRED",
        "ORG_TWO_FACTOR_AUTH_REQUIRED",
        "ORG_EMPLOYEE_ACCESS_RESTRICTED",
        "ORG_SERVICE_ACCOUNT_MAX_SECRET_VALIDITY_EDITED",
        "SECURITY_CONTACT_MODIFIED",
        "OPERATIONS_CONTACT_MODIFIED",
        "CUSTOM_SESSION_TIMEOUT_MODIFIED",
    ] {
        assert!(events.iter().any(|known| known == event), "{event}");
    }
    assert!(!events.iter().any(|known| known == "ORG_PUBLIC_API_ACCESS_LIST_NOT_REQUIRED"));
    let before = bench.get("events").await.json()["totalCount"].clone();
    patch(json!({"apiAccessListRequired": true})).await;
    assert_eq!(bench.get("events").await.json()["totalCount"], before, "nothing changed");
}

#[tokio::test]
async fn every_change_writes_an_event_about_its_subject() {
    let bench = Bench::demo().await;
    let account = json!({
        "name": "new", "description": "one", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8,
    });
    let made = bench.call("POST", "serviceAccounts", account).await.json();
    let (id, secret) = (text(&made["clientId"]), text(&made["secrets"][0]["id"]));
    let account = format!("serviceAccounts/{id}");
    let group = format!("/api/atlas/v2/groups/{}", bench.project("sandbox"));
    let key =
        bench.call("POST", "apiKeys", json!({"desc": "new", "roles": ["ORG_MEMBER"]})).await.json();
    let (key, public) = (format!("apiKeys/{}", text(&key["id"])), text(&key["publicKey"]));
    let entries = json!([{"ipAddress": "192.0.2.1"}]);
    let roles = |role: &str| Some(json!({"roles": [role]}));
    let table = [
        (
            "PATCH",
            account.clone(),
            Some(json!({"name": "other"})),
            "SERVICE_ACCOUNT_DETAILS_CHANGED",
        ),
        ("PATCH", account.clone(), roles("ORG_READ_ONLY"), "SERVICE_ACCOUNT_ROLES_CHANGED"),
        (
            "POST",
            format!("{account}/secrets"),
            Some(json!({"secretExpiresAfterHours": 8})),
            "SERVICE_ACCOUNT_SECRET_ADDED",
        ),
        ("DELETE", format!("{account}/secrets/{secret}"), None, "SERVICE_ACCOUNT_SECRET_DELETED"),
        (
            "POST",
            format!("{account}/accessList"),
            Some(entries.clone()),
            "SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_ADDED",
        ),
        (
            "DELETE",
            format!("{account}/accessList/192.0.2.1"),
            None,
            "SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_DELETED",
        ),
        (
            "POST",
            format!("{group}/{account}:invite"),
            roles("GROUP_OWNER"),
            "SERVICE_ACCOUNT_ADDED_TO_GROUP",
        ),
        (
            "PATCH",
            format!("{group}/{account}"),
            roles("GROUP_READ_ONLY"),
            "SERVICE_ACCOUNT_ROLES_CHANGED",
        ),
        ("DELETE", format!("{group}/{account}"), None, "SERVICE_ACCOUNT_REMOVED_FROM_GROUP"),
        ("DELETE", account, None, "SERVICE_ACCOUNT_DELETED"),
        ("PATCH", key.clone(), Some(json!({"desc": "other"})), "API_KEY_DESCRIPTION_CHANGED"),
        ("PATCH", key.clone(), roles("ORG_READ_ONLY"), "API_KEY_ROLES_CHANGED"),
        ("POST", format!("{key}/accessList"), Some(entries), "API_KEY_ACCESS_LIST_ENTRY_ADDED"),
        (
            "DELETE",
            format!("{key}/accessList/192.0.2.1"),
            None,
            "API_KEY_ACCESS_LIST_ENTRY_DELETED",
        ),
        ("PATCH", format!("{group}/{key}"), roles("GROUP_OWNER"), "API_KEY_ADDED_TO_GROUP"),
        ("DELETE", format!("{group}/{key}"), None, "API_KEY_REMOVED_FROM_GROUP"),
        ("DELETE", key, None, "API_KEY_DELETED"),
    ];
    for (method, path, body, event) in table {
        bench.advance(Duration::from_secs(1));
        let got = bench.call(method, &path, body).await;
        assert!(got.status < 300, "{method} {path}: {}", got.text);
        let latest =
            bench.get("events?itemsPerPage=1&includeRaw=true").await.json()["results"][0].clone();
        assert_eq!(latest["eventTypeName"], event, "{method} {path}");
        assert_eq!(latest["remoteAddress"], "203.0.113.10");
        assert_eq!(latest["groupId"].is_string(), path.contains("/groups/"), "{method} {path}");
        let about_key = event.starts_with("API_KEY");
        assert_eq!(latest["targetPublicKey"], if about_key { json!(public) } else { json!(null) });
        let list = event.contains("API_KEY_ACCESS_LIST");
        assert_eq!(latest["whitelistEntry"], if list { json!("192.0.2.1") } else { json!(null) });
        let words = text(&latest["raw"]["description"]);
        assert!(words.contains(if about_key { &public } else { &id }), "{words}");
        let one = bench.get(&format!("events/{}", text(&latest["id"]))).await.json();
        assert_eq!((&one["eventTypeName"], one.get("raw")), (&json!(event), None));
    }
}

#[tokio::test]
async fn events_are_chosen_by_kind_and_by_time_the_latest_first() {
    let bench = Bench::demo().await;
    let all = bench.get("events?itemsPerPage=500").await;
    let times = all.column("created");
    assert!(times.len() > 50 && times.is_sorted_by(|a, b| a >= b), "{times:?}");
    assert!(all.json()["results"][0]["username"].is_string(), "history was made by people");
    let kinds =
        "events?itemsPerPage=500&eventType=API_KEY_CREATED&eventType=SERVICE_ACCOUNT_CREATED";
    let got = bench.get(kinds).await;
    let chosen = got.column("eventTypeName");
    assert!(
        chosen.iter().all(|kind| kind.ends_with("_CREATED")) && chosen.len() == 8 + 15,
        "{}",
        chosen.len()
    );
    let (from, to) = (&times[20], &times[10]);
    let got = bench.get(&format!("events?minDate={from}&maxDate={to}&itemsPerPage=500")).await;
    assert!(got.column("created").iter().all(|time| time >= from && time <= to));
    assert!(got.column("created").len() >= 11);
    assert_eq!(bench.get("events?eventType=NEVER_HAPPENED").await.column("id").len(), 0);
    let page = bench
        .get("events?itemsPerPage=1&eventType=API_KEY_CREATED&minDate=2020-01-01T00:00:00Z")
        .await
        .json();
    let next = text(&page["links"][1]["href"]);
    assert!(next.contains("eventType=API_KEY_CREATED") && next.contains("pageNum=2"), "{next}");
    let no_end =
        bench.get("events?minDate=2020-01-01T00:00:00Z&maxDate=9999-12-31T23:59:59Z").await;
    assert_eq!(no_end.json()["totalCount"], times.len());
    for query in ["eventType=", "eventType=lower", "minDate=yesterday", "maxDate=", "includeRaw=1"]
    {
        let got = bench.get(&format!("events?{query}")).await;
        assert_eq!(got.error(), error(400, "INVALID_QUERY_PARAMETER"), "{query}");
    }
    let got = bench.get("events/0123456789abcdef01234567").await;
    assert_eq!(got.error(), error(404, "RESOURCE_NOT_FOUND"));
}

#[tokio::test]
async fn limits_are_told_to_whom_they_concern() {
    let bench = Bench::demo().await;
    let limits = "/api/atlas/v2/rateLimits";
    let org = bench.emulator.organization().to_string();
    let project = bench.project("sandbox");
    let own = bench.account("atlas-admin");
    let scopes = async |query: &str| bench.get(&format!("{limits}?{query}")).await.column("scope");
    assert_eq!(scopes("").await.len(), 12);
    assert!(scopes(&format!("orgId={org}")).await.iter().all(|scope| scope == "ORGANIZATION"));
    assert!(scopes(&format!("groupId={project}")).await.iter().all(|scope| scope == "GROUP"));
    assert!(scopes(&format!("userId={own}")).await.iter().all(|scope| scope == "USER"));
    assert!(scopes("ipAddress=203.0.113.10").await.is_empty());
    let path = "endpointPath=%2Fapi%2Fatlas%2Fv2%2Forgs%2F%7BorgId%7D%2Fsettings";
    let got = bench.get(&format!("{limits}?{path}")).await.json()["results"][0].clone();
    assert_eq!((&got["capacity"]["value"], &got["refillRate"]["value"]), (&json!(10), &json!(5)));
    assert_eq!(got["endpoints"][1]["method"], "PATCH");
    for (query, code) in [
        ("orgId=0123456789abcdef01234567", error(401, "USER_CANNOT_ACCESS_ORG")),
        ("groupId=0123456789abcdef01234567", error(401, "USER_CANNOT_ACCESS_GROUP")),
        ("userId=mdb_sa_id_0123456789abcdef01234567", error(401, "USER_UNAUTHORIZED")),
        ("ipAddress=192.0.2.1", error(401, "USER_UNAUTHORIZED")),
        ("ipAddress=here", error(400, "INVALID_QUERY_PARAMETER")),
        ("orgId=acme", error(400, "INVALID_QUERY_PARAMETER")),
        ("groupId=1", error(400, "INVALID_QUERY_PARAMETER")),
    ] {
        assert_eq!(bench.get(&format!("{limits}?{query}")).await.error(), code, "{query}");
    }
    assert_eq!(
        bench.get(&format!("{limits}/nothing")).await.error(),
        error(404, "RESOURCE_NOT_FOUND")
    );
    let preview = bench.get_accepting(limits, "application/vnd.atlas.preview+json").await;
    assert_eq!(preview.error(), error(410, "VERSION_GONE"));
}
