//! HTTP digest, signed by somebody else's code.

use std::time::Duration;

use digest_auth::{AuthContext, HttpMethod, WwwAuthenticateHeader};
use gatehouse::emulator::Signed;

use super::bench::{Bench, halves};

struct Signer {
    prompt: WwwAuthenticateHeader,
    user: String,
    password: String,
}

impl Signer {
    fn new(challenge: &str, bench: &Bench) -> Self {
        let key = bench.emulator.api_key().expect("the owner");
        let (user, password) = halves(&key);
        let prompt = digest_auth::parse(challenge).expect("a challenge");
        Self { prompt, user: user.to_owned(), password: password.to_owned() }
    }

    fn sign(&mut self, target: &str) -> String {
        self.sign_as(target, HttpMethod::GET)
    }

    fn sign_as(&mut self, target: &str, method: HttpMethod<'_>) -> String {
        let context = AuthContext::new_with_method(
            self.user.as_str(),
            self.password.as_str(),
            target,
            Option::<&[u8]>::None,
            method,
        );
        self.prompt.respond(&context).expect("signs").to_header_string()
    }
}

const TARGET: &str = "/api/atlas/v2/orgs?pageNum=1&itemsPerPage=5";

#[tokio::test]
async fn the_challenge_and_its_body_are_atlas_own() {
    let bench = Bench::demo().await;
    let got = bench.send(bench.http.get(bench.url(TARGET))).await;
    let challenge = got.header("www-authenticate");
    let (before, rest) = challenge.split_once("nonce=\"").expect("a nonce");
    let (nonce, after) = rest.split_once('"').expect("its end");
    assert_eq!(before, "Digest realm=\"MMS Public API\", domain=\"\", ");
    assert_eq!(after, ", algorithm=MD5, qop=\"auth\", stale=false");
    assert_eq!(nonce.len(), 32);
    assert_eq!(
        got.text,
        "{\n  \"error\" : 401,\n  \"reason\" : \"Unauthorized\",\n  \"detail\" : \"You are not \
         authorized for this resource.\",\n  \"errorCode\" : \"UNEXPECTED_ERROR\"\n}"
    );
    assert_eq!(got.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_nonce_signs_many_calls_but_each_count_once() {
    let bench = Bench::demo().await;
    let mut signer = Signer::new(&bench.challenge(TARGET).await, &bench);
    let signed: Vec<_> = (0..3).map(|_| signer.sign(TARGET)).collect();
    assert!(signed[2].contains("nc=00000003"), "{}", signed[2]);
    for index in [0, 2, 1] {
        assert_eq!(bench.get_signed(TARGET, &signed[index]).await.status, 200, "{index}");
    }
    let replayed = bench.get_signed(TARGET, &signed[1]).await;
    assert_eq!(replayed.status, 401);
    assert!(replayed.header("www-authenticate").contains("stale=true"));
    let counts: Vec<_> = bench.emulator.requests().iter().map(|seen| seen.signed).collect();
    assert!(counts.contains(&Signed::Digest { count: Some(3) }));
    assert!(counts.contains(&Signed::Not));
}

#[tokio::test]
async fn calls_with_one_nonce_may_race() {
    let bench = Bench::demo().await;
    let mut signer = Signer::new(&bench.challenge(TARGET).await, &bench);
    let signed: Vec<_> = (0..24).map(|_| signer.sign(TARGET)).collect();
    let calls = signed.iter().rev().map(|signed| bench.get_signed(TARGET, signed));
    let got = futures_util::future::join_all(calls).await;
    assert!(got.iter().all(|got| got.status == 200));
}

#[tokio::test]
async fn the_root_tells_of_the_calling_key_and_its_list_holds() {
    let bench = Bench::demo().await;
    let root = "/api/atlas/v2";
    let mut signer = Signer::new(&bench.challenge(root).await, &bench);
    let key = bench.get_signed(root, &signer.sign(root)).await.json()["apiKey"].clone();
    assert_eq!(key["publicKey"], signer.user.as_str());
    assert_eq!(key["accessList"][0]["ipAddress"], "203.0.113.10");
    assert_eq!(key["roles"][0]["roleName"], "ORG_OWNER");
    bench.call_from("192.0.2.250");
    let got = bench.get_signed(root, &signer.sign(root)).await;
    assert_eq!(got.error(), (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST".to_owned()));
    assert!(bench.emulator.patch(|store| store.remove("gatehouse terminal")));
    assert_eq!(bench.get_signed(root, &signer.sign(root)).await.status, 401);
    assert!(bench.emulator.api_key().is_none());
}

#[tokio::test]
async fn an_old_nonce_is_stale_and_the_next_one_works() {
    let bench = Bench::demo().await;
    let mut signer = Signer::new(&bench.challenge(TARGET).await, &bench);
    assert_eq!(bench.get_signed(TARGET, &signer.sign(TARGET)).await.status, 200);
    bench.advance(Duration::from_mins(5));
    let stale = bench.get_signed(TARGET, &signer.sign(TARGET)).await;
    let challenge = stale.header("www-authenticate");
    assert!(stale.status == 401 && challenge.contains("stale=true"), "{challenge}");
    let mut signer = Signer::new(challenge, &bench);
    assert_eq!(bench.get_signed(TARGET, &signer.sign(TARGET)).await.status, 200);
}

#[tokio::test]
async fn a_signature_of_anything_else_is_refused() {
    let bench = Bench::demo().await;
    let challenge = bench.challenge(TARGET).await;
    let signer = || Signer::new(&challenge, &bench);
    let mut wrong_password = signer();
    wrong_password.password.push('x');
    let mut wrong_user = signer();
    wrong_user.user = "aaaaaaaa".to_owned();
    let good = signer().sign(TARGET);
    let table = [
        wrong_password.sign(TARGET),
        wrong_user.sign(TARGET),
        signer().sign("/api/atlas/v2/orgs"),
        signer().sign("/api/atlas/v2/orgs?pageNum=2"),
        signer().sign_as(TARGET, HttpMethod::DELETE),
        good.replace("pageNum=1", "pageNum=2"),
        good.replace("qop=auth", "qop=auth-int"),
        good.replace("MMS Public API", "Another"),
        good.replace("nc=00000001", "nc=1"),
        good.replace("nc=00000001", "nc=00000002"),
        good.replace("algorithm=MD5", "algorithm=SHA-256"),
        good[..good.len() / 2].to_owned(),
        "Digest".to_owned(),
        "Digest ,,,=\"".to_owned(),
        "Negotiate abc".to_owned(),
    ];
    for authorization in table {
        let got = bench.get_signed(TARGET, &authorization).await;
        let challenge = got.header("www-authenticate");
        assert_eq!(got.status, 401, "{authorization}");
        assert!(challenge.ends_with("stale=false"), "{authorization}: {challenge}");
    }
    assert_eq!(bench.get_signed(TARGET, &good).await.status, 200);
}

#[tokio::test]
async fn a_range_in_the_path_is_signed_as_it_is_sent() {
    let bench = Bench::demo().await;
    let key =
        bench.emulator.patch(|store| store.key("mongosync migration").expect("one").id.clone());
    let org = bench.emulator.organization();
    let target =
        format!("/api/atlas/v2/orgs/{org}/apiKeys/{key}/accessList/198.51.100.0%2F24?pretty=true");
    let mut signer = Signer::new(&bench.challenge(&target).await, &bench);
    let got = bench.get_signed(&target, &signer.sign(&target)).await;
    assert_eq!(got.json()["cidrBlock"], "198.51.100.0/24");
}
