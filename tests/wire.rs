//! The client against the shapes that Atlas really sends, and against servers
//! that are not Atlas.

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use gatehouse::atlas::client::Client;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::{
    ApiError, ClientId, Credential, Fault, Field, IdentityId, KeyId, OrgId, Read, Reply, Secret,
    Urgency,
};
use tokio::net::TcpListener;

/// A server that says one thing to everything but sign-in, which it accepts.
async fn server(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Client {
    client(&serve(move |_| answer.clone()).await)
}

/// The same with an answer for each path and query. Returns its address.
pub async fn serve<A: IntoResponse>(
    answer: impl Fn(&str) -> A + Clone + Send + Sync + 'static,
) -> String {
    let token =
        "{\"access_token\":\"t\",\"expires_in\":18446744073709551615,\"token_type\":\"Bearer\"}";
    serve_signed(move || token.to_owned(), answer).await
}

/// The same with an answer of its own to who signs in.
pub async fn serve_signed<A: IntoResponse>(
    token: impl Fn() -> String + Clone + Send + Sync + 'static,
    answer: impl Fn(&str) -> A + Clone + Send + Sync + 'static,
) -> String {
    let token = async move || ([("content-type", "application/json")], token());
    let app = Router::new()
        .route("/api/oauth/token", axum::routing::post(token))
        .fallback(async move |uri: Uri| answer(&uri.to_string()).into_response());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

/// A client that asks there, each thing once.
pub fn client(base: &str) -> Client {
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_66f1c0ffee00112233a91f00".into(),
        client_secret: Secret::from("mdb_sa_sk_secret"),
    };
    let origin = Origin::parse(base).expect("an origin");
    Client::with(origin, credential, Patience::NONE.into())
}

pub async fn ask(client: &Client, read: Read) -> Result<Vec<Reply>, ApiError> {
    let mut replies = Vec::new();
    client.read(&read, Urgency::Person, &mut |reply| replies.push(reply)).await?;
    Ok(replies)
}

pub fn org() -> OrgId {
    OrgId::new("0123456789abcdef01234567")
}

type Json = ([(&'static str, &'static str); 1], &'static str);

fn atlas(body: &'static str) -> Json {
    ([("content-type", "application/vnd.atlas.2023-01-01+json;charset=utf-8")], body)
}

#[tokio::test]
async fn an_api_key_as_recorded() {
    // As Atlas answers: mixed levels, three masked groups, links, unknown fields.
    let body = r#"{"desc":"e2e key","id":"689b3c5e1f2a4b0011223344","links":[{"href":"x","rel":"self"}],
        "privateKey":"********-****-****-01bdd56c8977","publicKey":"abcdefgh",
        "roles":[{"orgId":"0123456789abcdef01234567","roleName":"ORG_MEMBER"},
                 {"groupId":"89abcdef0123456789abcdef","roleName":"GROUP_READ_ONLY"},
                 {"orgId":"0123456789abcdef01234567","roleName":"ORG_OWNER"}]}"#;
    let client = server(atlas(body)).await;
    let key = KeyId::new("689b3c5e1f2a4b0011223344");
    let replies = ask(&client, Read::ApiKey(org(), key)).await.expect("read");
    let [Reply::ApiKey(key)] = replies.as_slice() else { panic!("{replies:?}") };
    let roles: Vec<_> =
        key.roles.known().expect("known").iter().map(gatehouse::atlas::Role::code).collect();
    assert_eq!(roles, ["ORG_OWNER", "ORG_MEMBER"]);
    assert_eq!(key.grants.known().expect("known").len(), 1);
}

#[tokio::test]
async fn an_access_list_as_recorded() {
    // `count: 0` though the contract's least is 1, both address fields, no last use.
    let body = r#"{"links":[],"results":[{"cidrBlock":"192.168.0.229/32","count":0,
        "created":"2026-08-12T13:04:05Z","ipAddress":"192.168.0.229","links":[]},
        {"cidrBlock":"2001:db8::/48","count":7,"created":"2026-08-12T13:04:05Z",
         "lastUsed":"2026-08-13T00:00:00Z","lastUsedAddress":"2001:db8::7"}],"totalCount":0}"#;
    let client = server(atlas(body)).await;
    let id = IdentityId::ApiKey(KeyId::new("689b3c5e1f2a4b0011223344"));
    let replies = ask(&client, Read::AccessList(org(), id)).await.expect("read");
    let [Reply::AccessList(entries)] = replies.as_slice() else { panic!("{replies:?}") };
    assert_eq!(entries[0].request_count, Field::Known(0));
    assert_eq!(entries[0].last_used_at, Field::Absent);
    assert!(entries.iter().all(|entry| entry.range().is_some()));
}

#[tokio::test]
async fn the_current_address_as_recorded() {
    let body =
        ([("content-type", "application/json")], r#"{"currentIpv4Address":"52.190.182.226"}"#);
    let client = server(body).await;
    let replies = ask(&client, Read::CurrentAddress).await.expect("read");
    assert_eq!(replies, [Reply::CurrentAddress([52, 190, 182, 226].into())]);
}

#[tokio::test]
async fn a_service_account_as_recorded() {
    let body = r#"{"clientId":"mdb_sa_id_66f1c0ffee00112233a91f00","createdAt":"2026-01-02T03:04:05Z",
        "description":"d","name":"n","roles":["ORG_MEMBER"],"secrets":[{"createdAt":"2026-01-02T03:04:05Z",
        "expiresAt":"2026-07-02T03:04:05Z","id":"66f1c0ffee00112233a91f01","lastUsedAt":null,
        "maskedSecretValue":"mdb_sa_sk_...9fQ2"}]}"#;
    let client = server(atlas(body)).await;
    let read = Read::ServiceAccount(org(), ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00"));
    let replies = ask(&client, read).await.expect("read");
    let [Reply::ServiceAccount(account)] = replies.as_slice() else { panic!("{replies:?}") };
    assert_eq!(account.secrets.known().expect("known")[0].last_used_at, Field::Absent);
}

#[tokio::test]
async fn errors_as_recorded() {
    // Parameters are scalars or null, whatever the contract says; digest's own 401.
    for (status, body, fault) in [
        (
            403,
            r#"{"detail":"IP address 1.2.3.4 is not allowed to access this resource.","error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["1.2.3.4"],"reason":"Forbidden"}"#,
            Fault::AddressNotListed(Some("1.2.3.4".into())),
        ),
        (
            404,
            r#"{"detail":"No group","error":404,"errorCode":"GROUP_NOT_FOUND","parameters":null,"reason":"Not Found"}"#,
            Fault::NotFound,
        ),
        (
            401,
            "{\n  \"error\" : 401,\n  \"reason\" : \"Unauthorized\",\n  \"detail\" : \"You are not authorized for this resource.\",\n  \"errorCode\" : \"UNEXPECTED_ERROR\"\n}",
            Fault::CredentialRefused,
        ),
        (400, r#"{"error":400,"errorCode":"X","parameters":[55,10,{"a":1}]}"#, Fault::Refused),
    ] {
        let status = StatusCode::from_u16(status).expect("a status");
        let client = server((status, [("content-type", "application/json")], body)).await;
        let error = ask(&client, Read::ApiKeys(org())).await.expect_err("refused");
        assert_eq!(error.fault, fault, "{body}");
        assert!(error.code.is_some());
    }
}

#[tokio::test]
async fn a_body_without_end_is_stopped() {
    let body = "x".repeat(9 << 20);
    let client = server(([("content-type", "application/json")], body)).await;
    let error = ask(&client, Read::ApiKeys(org())).await.expect_err("stopped");
    assert!(error.sentence().contains("larger than 8 MiB"), "{error}");
}

#[tokio::test]
async fn hostile_text_arrives_visible() {
    let body = "{\"results\":[{\"id\":\"689b3c5e1f2a4b0011223344\",\"desc\":\"a\\u001b]52;c;x\\u0007\\u202eb\",\"publicKey\":\"abcdefgh\",\"roles\":[]}]}";
    let client = server(atlas(body)).await;
    let replies = ask(&client, Read::ApiKeys(org())).await.expect("read");
    let [Reply::ApiKeys(page)] = replies.as_slice() else { panic!("{replies:?}") };
    let shown = page.rows[0].description.known().expect("known").to_string();
    assert_eq!(shown, "a⟨U+001B⟩]52;c;x⟨U+0007⟩⟨U+202E⟩b");
}

#[tokio::test]
async fn no_secret_is_in_what_is_printed() {
    let client_secret = "mdb_sa_sk_secret";
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_66f1c0ffee00112233a91f00".into(),
        client_secret: Secret::from(client_secret),
    };
    assert!(!format!("{credential:?}").contains(client_secret));
}

#[tokio::test]
async fn absurd_numbers_break_nothing() {
    let headers = [("retry-after", "18446744073709551615"), ("content-type", "application/json")];
    let client = server((StatusCode::TOO_MANY_REQUESTS, headers, "{}")).await;
    let error = ask(&client, Read::ApiKeys(org())).await.expect_err("refused");
    assert!(matches!(error.fault, Fault::RateLimited(Some(_))), "{error:?}");

    let body = "{\"results\":[],\"totalCount\":-1e99}";
    let headers = [
        ("content-type", "application/json"),
        ("ratelimit-limit", "0"),
        ("ratelimit-remaining", "4294967295"),
    ];
    let client = server((headers, body)).await;
    for _ in 0..3 {
        ask(&client, Read::ApiKeys(org())).await.expect("read");
    }
}
