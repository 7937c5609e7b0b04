//! OAuth: minting, using, revoking and losing access tokens.

use std::time::Duration;

use gatehouse::atlas::Credential;
use serde_json::json;

use super::bench::{Bench, OWNER, halves};

const HOUR: Duration = Duration::from_hours(1);
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_token_is_minted_and_opens_the_api() {
    let bench = Bench::demo().await;
    let owner = bench.emulator.service_account().expect("the owner");
    let got = bench.token_with(&owner, &[GRANT]).await;
    assert_eq!(got.header("content-type"), "application/json");
    let body = got.json();
    assert_eq!((&body["expires_in"], &body["token_type"]), (&json!(3600), &json!("Bearer")));
    let token = body["access_token"].as_str().expect("text");
    assert_eq!(token.split('.').count(), 3);
    assert_eq!(bench.get_with("serviceAccounts", token).await.status, 200);
    assert_eq!(bench.emulator.live_tokens(), 2);
}

#[tokio::test]
async fn a_token_request_is_refused_in_oauths_words() {
    let bench = Bench::demo().await;
    let owner = bench.emulator.service_account().expect("the owner");
    let (id, secret) = halves(&owner);
    let expired = bench.emulator.credentials_of("grafana").expect("an expired secret");
    let (expired_id, expired_secret) = halves(&expired);
    let escaped = id.replace('_', "%5F");
    let form = "application/x-www-form-urlencoded";
    let good = "grant_type=client_credentials";
    let table = [
        (id, secret, form, "", 400, "invalid_request"),
        (id, secret, form, "grant_type=password", 400, "unsupported_grant_type"),
        (id, secret, "application/json", good, 400, "invalid_request"),
        (id, "wrong", form, good, 401, "invalid_client"),
        ("mdb_sa_id_0123456789abcdef01234567", secret, form, good, 401, "invalid_client"),
        (escaped.as_str(), secret, form, good, 401, "invalid_client"),
        (expired_id, expired_secret, form, good, 401, "invalid_client"),
    ];
    for (id, secret, kind, body, status, error) in table {
        let request = bench.http.post(bench.url("/api/oauth/token")).basic_auth(id, Some(secret));
        let got = bench.send(request.header("content-type", kind).body(body)).await;
        assert_eq!((got.status, &got.json()["error"]), (status, &json!(error)), "{id} {body}");
    }
    for authorization in ["", "Basic", "Basic %%%", "Basic Og==", "Basic bm9jb2xvbg==", "Bearer x"]
    {
        let request = bench.http.post(bench.url("/api/oauth/token"));
        let request = request.header("authorization", authorization).form(&[GRANT]);
        assert_eq!(bench.send(request).await.status, 401, "{authorization}");
    }
    let got = bench.get("/api/oauth/token").await;
    assert_eq!(got.status, 405);
}

#[tokio::test]
async fn a_token_dies_with_its_hour_its_secret_and_its_account() {
    let bench = Bench::demo().await;
    bench.advance(Duration::from_secs(3599));
    assert_eq!(bench.get("apiKeys").await.status, 200);
    bench.advance(Duration::from_secs(1));
    let got = bench.get("apiKeys").await;
    assert_eq!(got.error(), (401, "UNEXPECTED_ERROR".to_owned()));

    let token = bench.token_of(OWNER).await;
    let secrets = bench
        .emulator
        .patch(|store| std::mem::take(&mut store.account(OWNER).expect("there").secrets));
    assert_eq!(bench.get_with("apiKeys", &token).await.status, 401);
    assert_eq!(bench.emulator.live_tokens(), 0);

    bench.emulator.patch(|store| store.account(OWNER).expect("there").secrets = secrets);
    let token = bench.token_of(OWNER).await;
    let minutes = Duration::from_mins(10);
    let soon = bench.emulator.clock().now() + minutes;
    bench.emulator.patch(|store| {
        store.account(OWNER).expect("there").secrets[0].expires = soon;
    });
    assert_eq!(bench.get_with("apiKeys", &token).await.status, 200);
    bench.advance(minutes);
    assert_eq!(bench.get_with("apiKeys", &token).await.status, 401, "its secret has expired");

    bench.emulator.patch(|store| {
        store.account(OWNER).expect("there").secrets[0].expires = soon + 2 * minutes;
    });
    let token = bench.token_of(OWNER).await;
    assert!(bench.emulator.patch(|store| store.remove(OWNER)));
    assert_eq!(bench.get_with("apiKeys", &token).await.status, 401);
    assert!(bench.emulator.service_account().is_none());
}

#[tokio::test]
async fn both_secrets_of_an_account_mint_until_they_expire() {
    let bench = Bench::demo().await;
    let secrets = bench.emulator.patch(|store| {
        let account = store.account("k8s-operator").expect("there");
        assert_eq!(account.secrets.len(), 2);
        let of = |secret: &gatehouse::emulator::AccountSecret| Credential::ServiceAccount {
            client_id: account.id.clone(),
            client_secret: secret.value.clone(),
        };
        account.secrets.iter().map(of).collect::<Vec<_>>()
    });
    assert!(bench.mint(&secrets[0]).await.is_ok() && bench.mint(&secrets[1]).await.is_ok());
    bench.advance(5 * 24 * HOUR);
    let statuses = (bench.mint(&secrets[0]).await.err(), bench.mint(&secrets[1]).await.err());
    assert_eq!(
        (statuses.0.map(|got| got.status), statuses.1.map(|got| got.status)),
        (Some(401), None)
    );
    assert!(bench.emulator.credentials_of("pen-test-2025").is_none(), "it has no secret");
}

#[tokio::test]
async fn minting_is_noted_on_the_secret() {
    let bench = Bench::demo().await;
    bench.advance(Duration::from_secs(90));
    bench.token_of("pagerduty").await;
    let got = bench.get("serviceAccounts").await.json();
    let rows = got["results"].as_array().expect("a list").iter();
    let row = rows.into_iter().find(|row| row["name"] == "pagerduty").expect("there");
    assert_eq!(row["secrets"][0]["lastUsedAt"], "2026-09-01T12:01:30Z");
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_only_its_owner_revokes_it() {
    let bench = Bench::demo().await;
    let revoke = async |name: &str, form: &[(&str, &str)]| {
        let credential = bench.emulator.credentials_of(name).expect("has a secret");
        let (id, secret) = halves(&credential);
        let request = bench.http.post(bench.url("/api/oauth/revoke")).basic_auth(id, Some(secret));
        bench.send(request.form(form)).await
    };
    let token = [("token", bench.token.as_str()), ("token_type_hint", "access_token")];
    assert_eq!(revoke("datadog", &token).await.status, 200);
    assert_eq!(bench.get("apiKeys").await.status, 200);
    let got = revoke(OWNER, &token).await;
    assert_eq!((got.status, got.text.as_str()), (200, ""));
    assert_eq!(bench.get("apiKeys").await.status, 401);
    assert_eq!(revoke(OWNER, &token).await.status, 200);
    assert_eq!(revoke(OWNER, &[]).await.status, 400);
    assert_eq!(revoke("grafana", &token).await.status, 401);
}

#[tokio::test]
async fn an_account_has_a_hundred_live_tokens_at_most() {
    let bench = Bench::demo().await;
    let owner = bench.emulator.service_account().expect("the owner");
    for _ in 1..100 {
        bench.mint(&owner).await.expect("below the limit");
    }
    let refused = bench.mint(&owner).await.expect_err("at the limit");
    assert_eq!((refused.status, &refused.json()["error"]), (403, &json!("access_denied")));
    assert!(bench.mint(&bench.emulator.credentials_of("datadog").expect("one")).await.is_ok());
    bench.advance(HOUR);
    assert!(bench.mint(&owner).await.is_ok());
    assert_eq!(bench.emulator.live_tokens(), 1);
}

#[tokio::test]
async fn minting_does_not_look_at_the_address() {
    let bench = Bench::demo().await;
    bench.call_from("192.0.2.250");
    let token = bench.token_of(OWNER).await;
    assert_eq!(bench.get_with("apiKeys", &token).await.status, 403);
}
