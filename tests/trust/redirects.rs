//! A redirect is an error, whatever is asked and whoever signs: where it leads to,
//! nobody comes.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use gatehouse::atlas::client::Client;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::{
    ClientId, Credential, IdentityId, KeyId, OrgId, Read, Secret, Urgency, Write,
};
use tokio::net::TcpListener;

/// A server that redirects everything but, where it `signs_in`, the sign-in; and the
/// listener that it points to.
async fn server(status: u16, signs_in: bool) -> (Origin, TcpListener) {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = format!("http://{}/", elsewhere.local_addr().expect("an address"));
    let redirect = move || {
        let mut headers = HeaderMap::new();
        headers.insert("location", target.parse().expect("a header"));
        (StatusCode::from_u16(status).expect("a status"), headers, "")
    };
    let token = redirect.clone();
    let token = async move || {
        let answer = "{\"access_token\":\"t\",\"expires_in\":3600,\"token_type\":\"Bearer\"}";
        if signs_in {
            ([("content-type", "application/json")], answer).into_response()
        } else {
            token().into_response()
        }
    };
    let app = Router::new()
        .route("/api/oauth/token", axum::routing::post(token))
        .fallback(async move || redirect());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (Origin::parse(&base).expect("an origin"), elsewhere)
}

fn credentials() -> [Credential; 2] {
    [
        Credential::ServiceAccount {
            client_id: "mdb_sa_id_66f1c0ffee00112233a91f00".into(),
            client_secret: Secret::from("mdb_sa_sk_secret"),
        },
        Credential::ApiKey {
            public_key: "abcdefgh".into(),
            private_key: Secret::from("c8150efd-c7a0-4afd-8c4f-0123456789ab"),
        },
    ]
}

#[tokio::test]
async fn nobody_follows_one() {
    let org = OrgId::new("0123456789abcdef01234567");
    let key = IdentityId::ApiKey(KeyId::new("66f1c0ffee00112233a91f00"));
    let account = ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00");
    for status in [301, 302, 303, 307, 308] {
        for credential in credentials() {
            for signs_in in [true, false] {
                let (origin, elsewhere) = server(status, signs_in).await;
                let client = Client::with(origin, credential.clone(), Patience::NONE.into());
                let read = Read::ApiKeys(org.clone());
                let error = client.read(&read, Urgency::Person, &mut |_| {}).await;
                let error = error.expect_err("it is not followed");
                assert!(error.sentence().contains("redirects to"), "{status}: {error}");
                for write in [
                    Write::Delete(org.clone(), key.clone()),
                    Write::CreateSecret(org.clone(), account.clone(), 8),
                ] {
                    assert!(client.change(write).await.is_err(), "{status}");
                }
                client.sign_out().await;
                let nobody = std::time::Duration::ZERO;
                let came = tokio::time::timeout(nobody, elsewhere.accept()).await;
                assert!(came.is_err(), "{status}: somebody followed");
            }
        }
    }
}
