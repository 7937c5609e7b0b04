//! Limits, faults on demand, and calls that nobody should send.

use std::time::Duration;

use gatehouse::emulator::{Fault, Limits, Options, Set, Signed};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bench::Bench;

#[tokio::test]
async fn settings_run_out_after_ten_calls_and_come_back() {
    let bench = Bench::with(Options::default()).await;
    for left in (0..10).rev() {
        let got = bench.get("settings").await;
        assert_eq!((got.status, got.header("ratelimit-limit")), (200, "10"));
        assert_eq!(got.header("ratelimit-remaining"), left.to_string());
        assert!(got.header("retry-after").is_empty());
    }
    bench.advance(Duration::from_secs(5));
    let got = bench.get("settings").await;
    assert_eq!(got.error(), (429, "RATE_LIMITED_TOKEN_BUCKET".to_owned()));
    assert_eq!((got.header("retry-after"), got.header("ratelimit-remaining")), ("55", "0"));
    let resource = "api/atlas/v2/orgs/{orgId}/settings";
    assert_eq!(got.json()["parameters"], json!([resource, 55, 10, 5, 60]));
    assert_eq!(bench.get("apiKeys").await.header("ratelimit-limit"), "500");
    assert_eq!(bench.get("/api/atlas/v2/groups").await.header("ratelimit-limit"), "1200");
    bench.advance(Duration::from_secs(55));
    assert_eq!(bench.get("settings").await.header("ratelimit-remaining"), "4");
}

#[tokio::test]
async fn minting_is_limited_in_words_of_its_own() {
    let limits = Limits::documented().with(Set::Token, 1, 1);
    let bench = Bench::with(Options { limits, ..Options::default() }).await;
    let owner = bench.emulator.service_account().expect("the owner");
    let got = bench.mint(&owner).await.expect_err("limited");
    assert_eq!(got.error(), (429, "RATE_LIMITED".to_owned()));
    assert_eq!(
        got.json()["detail"],
        "Resource /api/oauth/token is limited to 1 requests every 1 minutes."
    );
    let other = bench.emulator.credentials_of("datadog").expect("there");
    assert!(bench.mint(&other).await.is_ok(), "counted for each client");
}

#[tokio::test]
async fn faults_strike_where_and_as_often_as_asked() {
    let bench = Bench::demo().await;
    let keys = format!("/api/atlas/v2/orgs/{}/apiKeys", bench.emulator.organization());
    bench.emulator.fail_next(
        &keys,
        2,
        Fault::Status { status: 503, code: "UNEXPECTED_ERROR".into() },
    );
    assert_eq!(bench.get("settings").await.status, 200);
    for status in [503, 503, 200] {
        assert_eq!(bench.get_freely("apiKeys").await.status, status);
    }
    bench.emulator.fail_next(&keys, 1, Fault::Html);
    assert_eq!(bench.get_freely("apiKeys").await.header("content-type"), "text/html");
    let raw = Fault::Body { text: "{\"results\":".into(), kind: "application/json".into() };
    bench.emulator.fail_next(&keys, 1, raw);
    assert_eq!(bench.get_freely("apiKeys").await.text, "{\"results\":");
    bench.emulator.fail_next(&keys, 1, Fault::RateLimited { seconds: Some(7) });
    let got = bench.get_freely("apiKeys").await;
    assert_eq!((got.status, got.header("retry-after")), (429, "7"));
    bench.emulator.fail_next(&keys, 1, Fault::RateLimited { seconds: None });
    let got = bench.get_freely("apiKeys").await;
    assert_eq!((got.status, got.header("retry-after")), (429, ""));
    bench.emulator.fail_next(&keys, 1, Fault::Delay { ms: 50 });
    let started = std::time::Instant::now();
    assert_eq!(bench.get_freely("apiKeys").await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_dropped_call_has_no_answer_and_the_next_one_has() {
    let bench = Bench::demo().await;
    bench.emulator.forget_requests();
    bench.emulator.fail_next("/", 1, Fault::Drop);
    let request = bench.http.get(bench.url("apiKeys")).bearer_auth(&bench.token);
    assert!(request.send().await.is_err());
    assert_eq!(bench.get("apiKeys").await.status, 200);
    let seen = bench.emulator.requests();
    assert_eq!(seen.iter().map(|seen| seen.status).collect::<Vec<_>>(), [None, Some(200)]);
    assert!(seen.iter().all(|seen| seen.signed == Signed::Bearer && seen.method == "GET"));
    assert!(seen[0].path_and_query.ends_with("/apiKeys"));
}

/// What comes back for these bytes on a connection of their own.
async fn raw(bench: &Bench, bytes: &[u8]) -> String {
    let address = bench.emulator.base_url().strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(5), read).await.expect("no hang").expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn odd_calls_are_answered_and_do_no_harm() {
    let bench = Bench::demo().await;
    let close = "Host: x\r\nConnection: close\r\n";
    let table = [
        ("GARBAGE\r\n\r\n".to_owned(), "400"),
        (format!("GET /%ff/%00 HTTP/1.1\r\n{close}\r\n"), "404"),
        (format!("GET //// HTTP/1.1\r\n{close}\r\n"), "404"),
        (format!("OPTIONS * HTTP/1.1\r\n{close}\r\n"), "404"),
        (format!("BREW /api/atlas/v2/orgs HTTP/1.1\r\n{close}\r\n"), "401"),
        (format!("GET /api/atlas/v2 HTTP/1.1\r\n{close}Authorization: \u{fc}\r\n\r\n"), "401"),
        (format!("GET /api/atlas/v2 HTTP/1.1\r\n{close}Authorization: Bearer\r\n\r\n"), "401"),
        (format!("GET http://x/api/atlas/v2 HTTP/1.1\r\n{close}\r\n"), "401"),
        (format!("POST /api/oauth/token HTTP/1.1\r\n{close}Content-Length: 0\r\n\r\n"), "401"),
        (format!("POST /api/oauth/token HTTP/1.1\r\n{close}Content-Length: x\r\n\r\n"), "400"),
        ("GET /api/atlas/v2 HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), "400"),
        (format!("GET /api/atlas/v2 HTTP/1.1\r\nHost: y\r\n{close}\r\n"), "400"),
        ("GET /api/atlas/v2 HTTP/1.0\r\n\r\n".to_owned(), "401"),
        (
            format!(
                "POST /api/oauth/token HTTP/1.1\r\n{close}Transfer-Encoding: chunked\r\n\r\nzz\r\n"
            ),
            "400",
        ),
    ];
    for (call, status) in table {
        let answer = raw(&bench, call.as_bytes()).await;
        let line = answer.lines().next().unwrap_or_default();
        assert!(line.contains(status), "{call:?}: {line:?}");
    }
    let long = vec![b'a'; 1_100_000];
    let request = bench.http.post(bench.url("/api/oauth/token")).body(long);
    // The emulator may answer before it has read everything.
    if let Ok(response) = request.send().await {
        assert_eq!(response.status().as_u16(), 413);
    }
    let got = bench.send(bench.http.delete(bench.url("apiKeys")).bearer_auth(&bench.token)).await;
    assert_eq!(got.error(), (405, "METHOD_NOT_ALLOWED".to_owned()));
    assert_eq!(bench.get("apiKeys").await.status, 200);
}

#[tokio::test]
async fn latency_is_kept_and_stopping_does_not_wait_for_it() {
    let latency = Duration::from_millis(30);
    let bench = Bench::with(Options { latency, ..Options::default() }).await;
    let started = std::time::Instant::now();
    assert_eq!(bench.get("apiKeys").await.status, 200);
    assert!(started.elapsed() >= latency);
    bench.emulator.fail_next("/", 1, Fault::Delay { ms: 3_600_000 });
    let request = bench.http.get(bench.url("apiKeys")).bearer_auth(&bench.token).send();
    let waiting = tokio::spawn(request);
    while bench.emulator.faults_left() > 0 {
        tokio::task::yield_now().await;
    }
    let url = bench.url("apiKeys");
    bench.emulator.stop().await;
    let answer = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    assert!(answer.is_ok(), "nobody waits an hour");
    assert!(bench.http.get(url).send().await.is_err(), "the port is closed");
}

#[tokio::test]
async fn dropping_the_emulator_ends_it() {
    let bench = Bench::demo().await;
    let url = bench.url("apiKeys");
    let Bench { emulator, http, .. } = bench;
    drop(emulator);
    let ended = async {
        while http.get(&url).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), ended).await.expect("ends");
}

#[tokio::test]
async fn a_thousand_connections_that_say_nothing_keep_nobody_waiting() {
    // Both ends of each connection are files of this process.
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit { current: files.maximum, ..files };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).expect("allowed");
    let bench = Bench::demo().await;
    let address = bench.emulator.base_url().strip_prefix("http://").expect("http");
    let mut silent = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        // Some say nothing at all, some stop in the middle of a head or of a body.
        let said: &[u8] = match number % 3 {
            0 => b"",
            1 => b"GET /api/atlas/v2/orgs HTTP/1.1\r\nHost: x\r\nX-Slow: ",
            _ => b"POST /api/oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\ngrant",
        };
        stream.write_all(said).await.expect("sent");
        silent.push(stream);
    }
    for _ in 0..20 {
        assert_eq!(bench.get("apiKeys").await.status, 200);
    }
}

#[tokio::test]
async fn heads_without_end_are_ended() {
    let bench = Bench::demo().await;
    let many = (0..2_000).fold(String::new(), |all, number| all + &format!("X-{number}: y\r\n"));
    let long = "a".repeat(2_000_000);
    for head in [many, format!("X-Long: {long}\r\n"), format!("X-{long}: y\r\n")] {
        let call = format!("GET /api/atlas/v2 HTTP/1.1\r\nHost: x\r\n{head}\r\n");
        let address = bench.emulator.base_url().strip_prefix("http://").expect("http");
        let mut stream = TcpStream::connect(address).await.expect("connects");
        // It may hang up before it has heard everything.
        let _ = stream.write_all(call.as_bytes()).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(20), read).await.expect("no hang");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:.60}");
        assert_eq!(bench.get("apiKeys").await.status, 200);
    }
    let path = format!("/api/atlas/v2/orgs/{}", "a".repeat(60_000));
    assert_eq!(bench.get(&path).await.error(), (404, "INVALID_ORG_ID".to_owned()));
}

#[tokio::test]
async fn what_a_path_allows_is_told() {
    let bench = Bench::demo().await;
    let account = bench.account("ci-deploy");
    for (method, path, allowed) in [
        ("PUT", "apiKeys".to_owned(), "GET, POST"),
        ("DELETE", "settings".to_owned(), "GET, PATCH"),
        ("POST", format!("serviceAccounts/{account}"), "GET, PATCH, DELETE"),
        ("GET", format!("serviceAccounts/{account}/secrets"), "POST"),
        ("TRACE", "/api/oauth/token".to_owned(), "POST"),
        ("HEAD", "/api/private/ipinfo".to_owned(), "GET"),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = bench.http.request(method, bench.url(&path)).bearer_auth(&bench.token);
        let got = bench.send_freely(request).await;
        assert_eq!((got.status, got.header("allow")), (405, allowed), "{path}");
    }
}

#[tokio::test]
async fn limits_are_adjusted_and_told_as_they_are() {
    let limits = Limits::documented().adjust("apiKeys_org=3/1").expect("a set");
    let bench = Bench::with(Options { limits, ..Options::default() }).await;
    let told = bench.get("/api/atlas/v2/rateLimits/apiKeys_org").await.json();
    assert_eq!(told["capacity"], json!({"defaultValue": 500, "value": 3}));
    // Whatever the call is, it takes a permit, and one that is refused takes none.
    assert_eq!(bench.call("POST", "apiKeys", json!({})).await.status, 400);
    assert_eq!(bench.get("apiKeys/0").await.status, 404);
    assert_eq!(bench.get("apiKeys").await.header("ratelimit-remaining"), "0");
    let got = bench.call("POST", "apiKeys", json!({"desc": "x", "roles": ["ORG_MEMBER"]})).await;
    assert_eq!(got.error(), (429, "RATE_LIMITED_TOKEN_BUCKET".to_owned()));
    assert_eq!(
        got.json()["parameters"],
        json!(["api/atlas/v2/orgs/{orgId}/apiKeys", 60, 3, 1, 60])
    );
    bench.advance(Duration::from_mins(2));
    assert_eq!(bench.get("apiKeys").await.header("ratelimit-remaining"), "1");
    assert!(bench.get("apiKeys").await.json()["results"].is_array());
}
