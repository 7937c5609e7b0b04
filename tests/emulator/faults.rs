//! Faults on demand: what each of them does to a call, and whether the call was
//! applied.

use std::collections::HashSet;
use std::time::Duration;

use gatehouse::emulator::{Fault, Limits, Options, Plan, corpus};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bench::Bench;

const CREATE: &str = "createOrgApiKey";

fn plan(operation: &str, does: Fault) -> Plan {
    Plan { operation: Some(operation.to_owned()), path: None, times: 1, does }
}

fn request(bench: &Bench) -> RequestBuilder {
    let request = bench.http.post(bench.url("apiKeys")).bearer_auth(&bench.token);
    request.body(json!({"desc": "wanted", "roles": ["ORG_MEMBER"]}).to_string())
}

/// Whether the key was made, by a call that failed or not.
fn was_applied(bench: &Bench) -> bool {
    bench.emulator.patch(|store| store.remove("wanted"))
}

#[tokio::test]
async fn a_fault_says_whether_the_call_was_applied() {
    let bench = Bench::demo().await;
    let code = || "X".to_owned();
    let body = Fault::Body { text: "{".to_owned(), kind: "application/json".to_owned() };
    let table = [
        (Fault::Delay { ms: 1 }, Some(200), true),
        (Fault::Status { status: 503, code: code() }, Some(503), false),
        (Fault::StatusAfter { status: 500, code: code() }, Some(500), true),
        (Fault::RateLimited { seconds: Some(7) }, Some(429), false),
        (Fault::RateLimited { seconds: None }, Some(429), false),
        (Fault::Html, Some(503), false),
        (body, Some(200), false),
        (Fault::Drop, None, false),
        (Fault::DropAnswer, None, true),
        (Fault::Drip { bytes: 50, ms: 1 }, Some(200), true),
        (Fault::Hostile, Some(200), true),
    ];
    for (fault, status, applied) in table {
        bench.emulator.plan(plan(CREATE, fault.clone()));
        assert_eq!(bench.get_freely("apiKeys").await.status, 200, "another operation");
        let answer = request(&bench).send().await;
        assert_eq!(answer.ok().map(|answer| answer.status().as_u16()), status, "{fault:?}");
        assert_eq!(was_applied(&bench), applied, "{fault:?}");
        assert_eq!(bench.emulator.faults_left(), 0, "{fault:?}");
    }
    assert!(request(&bench).send().await.is_ok() && was_applied(&bench), "all is well again");
}

/// What a server has received it does, also for a client that has gone.
#[tokio::test]
async fn what_came_is_applied_though_nobody_waits_for_it_any_more() {
    let bench = Bench::demo().await;
    bench.emulator.plan(plan(CREATE, Fault::Delay { ms: 3_600_000 }));
    let waiting = tokio::spawn(request(&bench).send());
    while bench.emulator.faults_left() > 0 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    assert!(waiting.await.is_err_and(|end| end.is_cancelled()));
    assert!(!was_applied(&bench), "its time has not come");
    tokio::time::pause();
    tokio::time::advance(Duration::from_hours(1)).await;
    tokio::time::resume();
    let applied = async {
        while !was_applied(&bench) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), applied).await.expect("it is done");
}

#[tokio::test]
async fn a_fault_waits_for_the_signed_call_and_speaks_as_its_path_does() {
    let bench = Bench::demo().await;
    bench
        .emulator
        .plan(plan("getOrgSettings", Fault::Status { status: 503, code: "X".to_owned() }));
    assert_eq!(bench.send(bench.http.get(bench.url("settings"))).await.status, 401, "a challenge");
    assert_eq!(bench.get_freely("settings").await.error(), (503, "X".to_owned()));
    let owner = bench.emulator.service_account().expect("one");
    for (does, status, error) in [
        (Fault::Status { status: 503, code: "X".to_owned() }, 503, json!("server_error")),
        (
            Fault::Status { status: 401, code: "INVALID_CLIENT".to_owned() },
            401,
            json!("invalid_client"),
        ),
        (Fault::RateLimited { seconds: Some(7) }, 429, json!(429)),
    ] {
        bench.emulator.plan(plan("oauthToken", does));
        let got = bench.mint(&owner).await.expect_err("a fault");
        assert_eq!((got.status, &got.json()["error"]), (status, &error), "{}", got.text);
    }
    bench.emulator.plan(plan("listOrgApiKeys", Fault::RateLimited { seconds: None }));
    let got = bench.get("apiKeys?itemsPerPage=5").await;
    let path = bench.path("apiKeys").trim_start_matches('/').to_owned();
    assert_eq!(got.json()["parameters"], json!([path, 60, 10, 5, 60]));
}

/// Every byte that comes back for a call on a connection of its own.
async fn bytes_of(bench: &Bench, call: &str) -> Vec<u8> {
    let address = bench.emulator.base_url().strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(call.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // An answer that was cut may end with a reset.
    let _ = tokio::time::timeout(Duration::from_secs(20), read).await.expect("no hang");
    answer
}

#[tokio::test]
async fn an_answer_is_cut_after_exactly_so_many_bytes() {
    let bench = Bench::demo().await;
    let body = json!({"desc": "wanted", "roles": ["ORG_MEMBER"]}).to_string();
    let call = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        bench.path("apiKeys"),
        bench.token,
        body.len()
    );
    let whole = bytes_of(&bench, &call).await;
    assert!(was_applied(&bench) && whole.starts_with(b"HTTP/1.1 200"));
    let head_of =
        |answer: &[u8]| answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    let head = head_of(&whole).expect("a head");
    let body = whole.len() - head;
    for bytes in [0, 1, 9, head - 1, head, head + 1, whole.len() - 1, whole.len(), 1_000_000] {
        bench.emulator.plan(plan(CREATE, Fault::Cut { bytes: bytes as u64 }));
        let got = bytes_of(&bench, &call).await;
        // The head tells how long the answer took, in more digits or in fewer.
        let there = head_of(&got).map_or(bytes, |head| bytes.min(head + body));
        assert_eq!(got.len(), there, "cut after {bytes}");
        assert!(was_applied(&bench), "cut after {bytes}");
    }
}

#[tokio::test]
async fn a_drip_is_whole_in_the_end_and_takes_its_time() {
    let bench = Bench::demo().await;
    let whole = bench.get("settings").await;
    bench.emulator.plan(plan("getOrgSettings", Fault::Drip { bytes: 20, ms: 5 }));
    let started = std::time::Instant::now();
    let got = bench.get("settings").await;
    assert_eq!(got.text, whole.text);
    assert_eq!(got.header("content-length"), whole.text.len().to_string());
    let drips = u32::try_from(whole.text.len() / 20).expect("few");
    assert!(started.elapsed() >= drips * Duration::from_millis(5));
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn hostile_text_is_in_every_field_of_text_and_ids_are_left() {
    let bench = Bench::demo().await;
    let ids = bench.get("serviceAccounts").await.column("clientId");
    let always = |operation: &str| Plan { times: 1_000, ..plan(operation, Fault::Hostile) };
    for operation in
        ["listOrgServiceAccounts", "listOrgApiKeys", "listOrgEvents", "getOrg", "getOrgGroups"]
    {
        bench.emulator.plan(always(operation));
    }
    let mut seen = Vec::new();
    for path in
        ["serviceAccounts", "apiKeys", "events?includeRaw=true&itemsPerPage=500", "", "groups"]
    {
        let got = bench.get_freely(path).await;
        assert_eq!(got.status, 200);
        texts(&got.json(), &mut seen);
    }
    let hostile = seen.iter().filter(|seen| corpus().contains(seen)).collect::<HashSet<_>>();
    assert!(hostile.len() > 50, "only {}", hostile.len());
    assert_eq!(bench.get_freely("serviceAccounts").await.column("clientId"), ids);
    let names = bench.get_freely("serviceAccounts").await.column("name");
    assert!(names.iter().all(|name| corpus().contains(name)));
    // Refusals are text, too.
    bench.emulator.plan(plan("getOrgApiKey", Fault::Hostile));
    let got = bench.get_freely("apiKeys/0123456789abcdef01234567").await;
    assert_eq!(got.error(), (400, "API_KEY_NOT_FOUND".to_owned()));
    let detail = got.json()["detail"].as_str().expect("text").to_owned();
    assert!(corpus().contains(&detail));
}

#[tokio::test]
async fn faults_and_the_clock_are_set_over_http_where_that_was_asked_for() {
    let bench = Bench::demo().await;
    assert_eq!(bench.get("/emulator/faults").await.status, 404, "nobody asked for it");
    let options = Options { admin: true, limits: Limits::unlimited(), ..Options::default() };
    let bench = Bench::with(options).await;
    let admin = async |method: &str, path: &str, body: &str| {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = bench.http.request(method, bench.url(&format!("/emulator/{path}")));
        bench.send_freely(request.body(body.to_owned())).await
    };
    assert!(bench.emulator.export_lines().contains("export GATEHOUSE_EMULATOR=http://127.0.0.1:"));
    let fault = r#"{"operation": "listOrgApiKeys", "times": 2, "does": {"status": {"status": 503, "code": "X"}}}"#;
    assert_eq!(admin("POST", "faults", fault).await.status, 204);
    assert_eq!(bench.get_freely("apiKeys").await.error(), (503, "X".to_owned()));
    let left = admin("GET", "faults", "").await.json();
    assert_eq!((&left[0]["times"], &left[0]["does"]["status"]["status"]), (&json!(1), &json!(503)));
    assert_eq!(admin("DELETE", "faults", "").await.status, 204);
    assert_eq!(bench.get("apiKeys").await.status, 200);
    let clock = admin("POST", "clock", r#"{"advance_seconds": 90}"#).await.json();
    assert_eq!(clock["now"], "2026-09-01T12:01:30Z");
    assert_eq!(admin("GET", "clock", "").await.json(), clock);
    let requests = admin("GET", "requests", "").await.json();
    let last = requests.as_array().and_then(|all| all.last()).expect("a call").clone();
    assert_eq!(
        (&last["method"], &last["status"], &last["signed"]),
        (&json!("GET"), &json!(200), &json!("bearer"))
    );
    assert_eq!(admin("DELETE", "requests", "").await.status, 204);
    assert_eq!(admin("GET", "requests", "").await.json(), json!([]));
    for (method, path, body) in [
        ("POST", "faults", "nonsense"),
        ("POST", "faults", r#"{"does": "explode"}"#),
        ("POST", "faults", r#"{"operation": "x", "does": "drop"}"#),
        ("POST", "clock", r#"{"advance_seconds": -1}"#),
        ("POST", "clock", "{}"),
    ] {
        let got = admin(method, path, body).await;
        assert_eq!(got.status, 400, "{path} {body}");
        assert!(got.json()["error"].as_str().is_some_and(|error| !error.is_empty()));
    }
    assert_eq!(admin("GET", "secrets", "").await.status, 404);
}
