//! The rules of access lists, of service accounts and of API keys.

use std::time::Duration;

use serde_json::{Value, json};

use super::bench::{Bench, OWNER, halves};

/// The lists of an account and of a key that have none yet.
async fn lists(bench: &Bench) -> [String; 2] {
    let account = json!({
        "name": "new", "description": "one", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8,
    });
    let key = json!({"desc": "new", "roles": ["ORG_MEMBER"]});
    let account = bench.call("POST", "serviceAccounts", account).await.json();
    let key = bench.call("POST", "apiKeys", key).await.json();
    let id = |value: &Value| value.as_str().expect("an id").to_owned();
    [
        format!("serviceAccounts/{}/accessList", id(&account["clientId"])),
        format!("apiKeys/{}/accessList", id(&key["id"])),
    ]
}

fn error(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn an_entry_is_an_address_or_a_range_and_is_shown_in_full() {
    let bench = Bench::demo().await;
    for list in lists(&bench).await {
        let table = [
            (json!({"ipAddress": "192.0.2.1"}), "192.0.2.1/32", json!("192.0.2.1")),
            (json!({"cidrBlock": "192.0.2.2/32"}), "192.0.2.2/32", json!("192.0.2.2")),
            (
                json!({"cidrBlock": "192.0.2.16/28", "ipAddress": null}),
                "192.0.2.16/28",
                json!(null),
            ),
            (json!({"cidrBlock": "198.51.100.0%2F24"}), "198.51.100.0/24", json!(null)),
            (json!({"cidrBlock": "0.0.0.0/0"}), "0.0.0.0/0", json!(null)),
            (
                json!({"ipAddress": "2001:DB8::1"}),
                "2001:db8:0:0:0:0:0:1/128",
                json!("2001:db8:0:0:0:0:0:1"),
            ),
            (json!({"cidrBlock": "2001:db8::/32"}), "2001:db8:0:0:0:0:0:0/32", json!(null)),
        ];
        for (index, (entry, range, address)) in table.into_iter().enumerate() {
            let got = bench.call("POST", &list, json!([entry])).await;
            assert_eq!(got.status, 200, "{entry}: {}", got.text);
            let shown = got.json()["results"][index].clone();
            assert_eq!((&shown["cidrBlock"], &shown["ipAddress"]), (&json!(range), &address));
        }
        let page = bench.call("POST", &format!("{list}?itemsPerPage=2"), json!([])).await.json();
        assert_eq!(
            (page["results"].as_array().map(Vec::len), &page["totalCount"]),
            (Some(2), &json!(7))
        );
        for path in [
            "192.0.2.1",
            "192.0.2.2%2F32",
            "192.0.2.16%2f28",
            "2001:db8::1",
            "2001:db8:0:0:0:0:0:0%2F32",
        ] {
            let got = bench.call("DELETE", &format!("{list}/{path}"), None).await;
            assert_eq!(got.status, 204, "{path}: {}", got.text);
            let again = bench.call("DELETE", &format!("{list}/{path}"), None).await;
            assert_eq!(again.status, 404, "{path}");
        }
        assert_eq!(bench.get(&list).await.json()["totalCount"], 2);
    }
}

#[tokio::test]
async fn an_entry_that_makes_no_sense_is_refused() {
    let bench = Bench::demo().await;
    let table = [
        (json!({}), "MISSING", "INVALID_JSON"),
        (json!([{}]), "neither", "BAD_ACCESS_LIST_ADD_REQUEST"),
        (
            json!([{"ipAddress": "192.0.2.1", "cidrBlock": "192.0.2.1/32"}]),
            "both",
            "BAD_ACCESS_LIST_ADD_REQUEST",
        ),
        (json!([{"ipAddress": 1}]), "type", "INVALID_JSON_ATTRIBUTE"),
        (json!(["192.0.2.1"]), "bare", "INVALID_JSON"),
        (json!([{"ipAddress": "192.0.2.256"}]), "octet", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"ipAddress": "192.0.2.0/24"}]), "a range", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"ipAddress": ""}]), "empty", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"ipAddress": "example.org"}]), "a name", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"ipAddress": "fe80::1%eth0"}]), "a zone", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"cidrBlock": "192.0.2.0"}]), "no length", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"cidrBlock": "192.0.2.0/33"}]), "too long", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"cidrBlock": "192.0.2.0/-1"}]), "negative", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{"cidrBlock": "192.0.2.7/24"}]), "host bits", "INVALID_CIDR_BLOCK"),
        (
            json!([{"ipAddress": "192.0.2.1"}, {"cidrBlock": "192.0.2.1/32"}]),
            "twice",
            "DUPLICATE_ADDRESSES_IN_INPUT",
        ),
    ];
    for list in lists(&bench).await {
        for (body, what, code) in &table {
            let got = bench.call("POST", &list, body.clone()).await;
            assert_eq!(got.error(), error(400, code), "{what}");
        }
        assert_eq!(
            bench.call("POST", &list, json!([{"ipAddress": "192.0.2.1"}])).await.status,
            200
        );
        let both = json!([{"ipAddress": "192.0.2.2"}, {"cidrBlock": "192.0.2.1/32"}]);
        let got = bench.call("POST", &list, both).await;
        assert_eq!(got.error(), error(409, "ADDRESS_ALREADY_IN_ACCESS_LIST"));
        assert_eq!(bench.get(&list).await.json()["totalCount"], 1, "all or nothing");
        let got = bench.call("DELETE", &format!("{list}/nowhere"), None).await;
        assert_eq!(got.error(), error(400, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"));
        let got = bench.call("DELETE", &format!("{list}/192.0.2.0%2F24"), None).await;
        assert_eq!(got.status, 404, "a range that covers an entry is another entry");
    }
}

#[tokio::test]
async fn a_list_is_full_at_two_hundred() {
    let bench = Bench::demo().await;
    for list in lists(&bench).await {
        let entries = |from: usize, to: usize| -> Value {
            (from..to)
                .map(|n| json!({"ipAddress": format!("192.0.{}.{}", n / 250, n % 250)}))
                .collect()
        };
        let got = bench.call("POST", &list, entries(0, 201)).await;
        assert_eq!(got.error(), error(400, "MAX_ACCESS_LIST_ENTRIES_EXCEEDED"));
        assert_eq!(bench.call("POST", &list, entries(0, 200)).await.status, 200);
        let got = bench.call("POST", &list, entries(200, 201)).await;
        assert_eq!(got.error(), error(400, "MAX_ACCESS_LIST_ENTRIES_EXCEEDED"));
        let got = bench.get(&format!("{list}?itemsPerPage=500")).await.json();
        assert_eq!(got["totalCount"], 200);
    }
}

#[tokio::test]
async fn the_first_entry_shuts_everybody_else_out() {
    let bench = Bench::demo().await;
    let [list, _] = lists(&bench).await;
    let token = bench.token_of("new").await;
    let status = async || bench.get_with("apiKeys", &token).await.status;
    assert_eq!(status().await, 200, "an empty list lets everybody in");
    bench.call("POST", &list, json!([{"ipAddress": "192.0.2.1"}])).await;
    assert_eq!(status().await, 403);
    bench.call("POST", &list, json!([{"cidrBlock": "203.0.113.0/24"}])).await;
    assert_eq!(status().await, 200);
    bench.call("DELETE", &format!("{list}/203.0.113.0%2F24"), None).await;
    assert_eq!(status().await, 403);
    bench.call("DELETE", &format!("{list}/192.0.2.1"), None).await;
    assert_eq!(status().await, 200, "the last entry opens it to the world again");
    let required = json!({"apiAccessListRequired": true});
    assert_eq!(bench.call("PATCH", "settings", required).await.status, 200);
    let got = bench.get_with("apiKeys", &token).await;
    assert_eq!(got.error(), error(403, "ORG_REQUIRES_ACCESS_LIST"));
    assert_eq!(got.json()["parameters"], json!(["203.0.113.10"]));
    // Tokens are minted and revoked from anywhere.
    assert!(!bench.token_of("new").await.is_empty());
}

#[tokio::test]
async fn atlas_guards_the_callers_own_address_and_nothing_else() {
    let bench = Bench::demo().await;
    let own = format!("serviceAccounts/{}/accessList", bench.account(OWNER));
    let got = bench.call("DELETE", &format!("{own}/203.0.113.10"), None).await;
    assert_eq!(got.error(), error(400, "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST"));
    assert_eq!(
        got.json()["detail"],
        "Cannot remove caller's IP address 203.0.113.10 from access list"
    );
    let got = bench.call("DELETE", &format!("{own}/203.0.113.10%2F32"), None).await;
    assert_eq!(got.status, 400, "the same in another form");
    // The same address on another's list is not the caller's.
    let [list, _] = lists(&bench).await;
    bench.call("POST", &list, json!([{"ipAddress": "203.0.113.10"}])).await;
    assert_eq!(bench.call("DELETE", &format!("{list}/203.0.113.10"), None).await.status, 204);
    // A range that covers the caller is not guarded: so one locks oneself out.
    bench.call_from("198.51.100.20");
    assert_eq!(bench.call("DELETE", &format!("{own}/198.51.100.0%2F24"), None).await.status, 204);
    assert_eq!(bench.get("apiKeys").await.error(), error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST"));
}

#[tokio::test]
async fn a_key_may_change_its_own_list_and_only_that() {
    let bench = Bench::demo().await;
    let [_, list] = lists(&bench).await;
    let id = bench.key("new");
    let key = bench.emulator.patch(|store| store.key("new").expect("there").credential());
    let (public_key, private_key) = halves(&key);
    let signed = async |method: &str, path: &str, body: Value| {
        let target = bench.path(path);
        let challenge = bench.challenge(path).await;
        let mut prompt = digest_auth::parse(&challenge).expect("a challenge");
        let context = digest_auth::AuthContext::new_with_method(
            public_key,
            private_key,
            &target,
            Option::<&[u8]>::None,
            digest_auth::HttpMethod::from(method),
        );
        let answer = prompt.respond(&context).expect("signs").to_header_string();
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = bench.http.request(method, bench.url(path)).body(body.to_string());
        bench
            .send(
                request.header("authorization", answer).header("content-type", "application/json"),
            )
            .await
    };
    let entries = json!([{"ipAddress": "203.0.113.10"}, {"ipAddress": "192.0.2.1"}]);
    assert_eq!(signed("POST", &list, entries.clone()).await.status, 200);
    assert_eq!(signed("DELETE", &format!("{list}/192.0.2.1"), json!(null)).await.status, 204);
    let got = signed("DELETE", &format!("{list}/203.0.113.10"), json!(null)).await;
    assert_eq!(got.error(), error(400, "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST"));
    let other = list.replace(&id, &bench.key("BI connector"));
    assert_eq!(signed("POST", &other, entries).await.error(), error(401, "USER_UNAUTHORIZED"));
    let got = signed("PATCH", &format!("apiKeys/{id}"), json!({"desc": "mine"})).await;
    assert_eq!(got.error(), error(401, "USER_UNAUTHORIZED"));
}

#[tokio::test]
async fn calls_are_counted_on_the_entry_of_a_key_too() {
    let bench = Bench::demo().await;
    let id = bench.key("gatehouse terminal");
    let path = format!("apiKeys/{id}/accessList/203.0.113.10");
    let before = bench.get(&path).await.json()["count"].as_u64().expect("a number");
    bench.advance(Duration::from_secs(7));
    let target = bench.path("settings");
    let challenge = bench.challenge("settings").await;
    let key = bench.emulator.api_key().expect("the owner");
    let (user, password) = halves(&key);
    let mut prompt = digest_auth::parse(&challenge).expect("a challenge");
    let context = digest_auth::AuthContext::new(user, password, target.as_str());
    let answer = prompt.respond(&context).expect("signs").to_header_string();
    assert_eq!(bench.get_signed("settings", &answer).await.status, 200);
    let after = bench.get(&path).await.json();
    assert_eq!(after["count"], before + 1);
    assert_eq!(
        (&after["lastUsed"], &after["lastUsedAddress"]),
        (&json!("2026-09-01T12:00:07Z"), &json!("203.0.113.10"))
    );
}
