//! The state across restarts, and connections under TLS.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use gatehouse::atlas::Credential;
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::emulator::{self, Emulator, Options, Seed};
use serde_json::{Value, json};

use super::bench::{Bench, client, halves};
use crate::support::certificate::certificate;

fn options(path: &Path) -> Options {
    Options { state: Some(path.to_owned()), ..Options::default() }
}

async fn refused(options: Options) -> String {
    match emulator::start(options).await {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("atlas.json");
    let bench = Bench::with(Options { seed: Seed::DemoTwoOrganizations, ..options(&path) }).await;
    assert!(!bench.emulator.was_kept() && path.exists());
    let account = json!({
        "name": "kept", "description": "one", "roles": ["ORG_READ_ONLY"], "secretExpiresAfterHours": 720,
    });
    let made = bench.call("POST", "serviceAccounts", account).await.json();
    let credential = Credential::ServiceAccount {
        client_id: made["clientId"].as_str().expect("an id").to_owned(),
        client_secret: made["secrets"][0]["secret"].as_str().expect("whole").to_owned().into(),
    };
    let list = format!("serviceAccounts/{}/accessList", bench.account("kept"));
    bench.call("POST", &list, json!([{"ipAddress": "203.0.113.10"}])).await;
    bench.call("PATCH", "settings", json!({"securityContact": "sec@acme.example"})).await;
    let token = bench.mint(&credential).await.expect("a token");
    let paths =
        ["serviceAccounts", "apiKeys", "groups", "settings", "events?itemsPerPage=500", &list];
    let mut before = Vec::new();
    for path in paths {
        before.push(bench.get_with(path, &token).await.json()["results"].clone());
    }
    let (base, owner) =
        (bench.emulator.base_url().to_owned(), bench.emulator.service_account().expect("one"));
    let key = bench.emulator.api_key().expect("one");
    bench.emulator.stop().await;

    let mut again = Bench::with(Options { seed: Seed::Demo, ..options(&path) }).await;
    assert!(again.emulator.was_kept(), "the seed does not count");
    assert_eq!(halves(&again.emulator.service_account().expect("one")).1, halves(&owner).1);
    assert_eq!(halves(&again.emulator.api_key().expect("one")), halves(&key));
    again.token = token;
    for (path, before) in paths.into_iter().zip(before) {
        let after = again.get(path).await;
        assert_eq!(after.status, 200, "the token lives on");
        let after = Value::String(
            after.json()["results"].to_string().replace(again.emulator.base_url(), &base),
        );
        // The order of a key's roles is not stable, and a last use is a use.
        let plain = |text: &str| {
            let mut letters: Vec<_> = text.chars().filter(|c| !c.is_ascii_digit()).collect();
            letters.sort_unstable();
            letters
        };
        assert_eq!(plain(after.as_str().expect("text")), plain(&before.to_string()), "{path}");
    }
    assert!(again.mint(&credential).await.is_ok());
}

#[tokio::test]
async fn a_change_is_kept_before_it_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("atlas.json");
    let bench = Bench::with(options(&path)).await;
    let made = bench
        .call("POST", "apiKeys", json!({"desc": "kept", "roles": ["ORG_MEMBER"]}))
        .await
        .json();
    // Read while the emulator runs, as if it were killed now.
    let text = fs::read_to_string(&path).expect("a file");
    let private = made["privateKey"].as_str().expect("whole");
    assert!(text.contains(private), "the file holds secrets");
    let mode = fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "and only its owner reads it");
    // Tokens too, and that one was given back.
    let owner = bench.emulator.service_account().expect("one");
    let token = bench.mint(&owner).await.expect("a token");
    assert!(fs::read_to_string(&path).expect("a file").contains(&token));
    let (id, secret) = halves(&owner);
    let revoke = bench.http.post(bench.url("/api/oauth/revoke")).basic_auth(id, Some(secret));
    assert_eq!(bench.send(revoke.form(&[("token", token.as_str())])).await.status, 200);
    assert!(!fs::read_to_string(&path).expect("a file").contains(&token));
    let kept: Value = serde_json::from_str(&text).expect("whole");
    assert_eq!(
        (&kept["format"], &kept["version"]),
        (&json!("gatehouse emulator state"), &json!(1))
    );
    let others = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(others, 2, "the state and its lock");
}

#[tokio::test]
async fn one_emulator_at_a_time_uses_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("atlas.json");
    let first = emulator::start(options(&path)).await.expect("starts");
    let error = refused(options(&path)).await;
    assert!(error.contains("atlas.json") && error.contains("another emulator"), "{error}");
    first.stop().await;
    assert!(emulator::start(options(&path)).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_not_its_own_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("atlas.json");
    emulator::start(options(&path)).await.expect("starts").stop().await;
    let good = fs::read_to_string(&path).expect("a file");
    let half = &good[..good.len() / 2];
    let table = [
        (half.to_owned(), "torn"),
        (good[..10].to_owned(), "no state file"),
        (good[..good.len() - 1].to_owned(), "torn"),
        (String::new(), "no state file"),
        ("shopping: milk\n".to_owned(), "no state file"),
        ("{\"name\": \"package\", \"version\": \"1.0.0\"}".to_owned(), "no state file"),
        ("{\"format\": \"something else\", \"version\": 1}".to_owned(), "no state file"),
        (good.replacen("\"version\":1", "\"version\":2", 1), "version 2"),
        (good.replacen("\"accounts\":", "\"acounts\":", 1), "damaged"),
        (good.replacen("\"format\":", "\"extra\":1,\"format\":", 1), "damaged"),
        (format!("{good}{good}"), "no state file"),
    ];
    for (text, what) in table {
        fs::write(&path, &text).expect("written");
        let error = refused(options(&path)).await;
        assert!(error.contains("atlas.json") && error.contains(what), "{what}: {error}");
        assert!(!error.contains("mdb_sa_sk_"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), text, "{what}: left as it is");
    }
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("a folder in its place");
    assert!(refused(options(&path)).await.contains("atlas.json"));
    let nowhere = folder.path().join("no/such/folder/atlas.json");
    assert!(refused(options(&nowhere)).await.contains("no/such/folder"));
}

async fn token(http: &reqwest::Client, emulator: &Emulator) -> reqwest::Result<reqwest::Response> {
    let Some(Credential::ServiceAccount { client_id, client_secret }) = emulator.service_account()
    else {
        panic!("an account");
    };
    let request = http.post(format!("{}/api/oauth/token", emulator.base_url()));
    let request = request.basic_auth(client_id, Some(client_secret.expose_secret()));
    request.form(&[("grant_type", "client_credentials")]).send().await
}

#[tokio::test]
async fn under_tls_it_is_the_same_for_who_trusts_its_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    for (names, host) in
        [(["127.0.0.1", "localhost"], "127.0.0.1"), (["localhost", "atlas.test"], "localhost")]
    {
        let tls = certificate(folder.path(), &names);
        let pem = fs::read(&tls.0).expect("a certificate");
        let emulator = emulator::start(Options { tls: Some(tls), ..Options::default() })
            .await
            .expect("starts");
        let base = emulator.base_url().to_owned();
        assert!(base.starts_with(&format!("https://{host}:")), "{base}");
        assert!(
            emulator.export_lines().contains(&format!("MONGODB_ATLAS_OPS_MANAGER_URL={base}/"))
        );
        assert!(token(&client(), &emulator).await.is_err(), "strangers do not trust it");
        let trusted = reqwest::Certificate::from_pem(&pem).expect("a certificate");
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([trusted])
            .build()
            .expect("a client");
        let got = token(&http, &emulator).await.expect("an answer");
        assert_eq!(got.status(), 200);
        let clear = base.replace("https", "http");
        let refused =
            tokio::time::timeout(Duration::from_secs(20), client().get(clear).send()).await;
        assert!(refused.expect("no hang").is_err(), "nothing is said in clear");
        emulator.stop().await;
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = async |chain: &Path, key: &Path| {
        refused(Options { tls: Some((chain.to_owned(), key.to_owned())), ..Options::default() })
            .await
    };
    let (chain, key) = certificate(folder.path(), &["atlas.test"]);
    let error = start(&chain, &key).await;
    assert!(error.contains("cert.pem") && error.contains("127.0.0.1"), "{error}");
    let missing = folder.path().join("missing.pem");
    assert!(start(&missing, &key).await.contains("missing.pem"));
    let (chain, key) = certificate(folder.path(), &["localhost"]);
    assert!(start(&chain, &missing).await.contains("missing.pem"));
    assert!(start(&key, &key).await.contains("key.pem"), "a key is no certificate");
    assert!(start(&chain, &chain).await.contains("cert.pem"), "a certificate is no key");
    let other = folder.path().join("other");
    fs::create_dir(&other).expect("a folder");
    let (_, foreign) = certificate(&other, &["localhost"]);
    assert!(start(&chain, &foreign).await.contains("key.pem"), "another's key");
}
