//! Every text of the corpus in every field of a refusal, of every status: when signing
//! in, when reading, and when changing something; and in what is told by others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use gatehouse::app::Event;
use gatehouse::app::state::Setting;
use gatehouse::atlas::{Credential, OrgId, Secret};
use gatehouse::emulator::{Fault, Plan, corpus};
use jiff::SignedDuration;
use serde_json::json;
use tokio::net::TcpListener;

use super::terminal::Eyes;
use crate::support::journey::Journey;

/// Without 429, which is waited out.
const STATUSES: [u16; 17] =
    [200, 301, 307, 400, 401, 402, 403, 404, 405, 406, 408, 409, 415, 500, 502, 503, 504];

/// Texts of the corpus that stand together in a field: less than are cut off.
fn texts() -> Vec<String> {
    let mut all: Vec<&str> = corpus().iter().map(String::as_str).collect();
    // One that is too long comes last, and is cut alone.
    all.sort_by_key(|text| text.len());
    all.chunks(14).map(|some| some.join("-")).collect()
}

/// The answer that is given just now.
fn answer(number: usize) -> Response {
    let text = &texts()[number % texts().len()];
    let status = StatusCode::from_u16(STATUSES[number % STATUSES.len()]).expect("a status");
    let body = json!({
        "error": text, "error_description": text, "errorCode": text, "detail": text,
        "reason": text, "parameters": [text, text],
    });
    let mut body = body.to_string().into_bytes();
    if number.is_multiple_of(7) {
        // No text at all.
        body.splice(2..2, *b"\xff\xfe\xc3\x1b[31m\xed\xa0\x80");
    }
    let mut answer = (status, body).into_response();
    let json = HeaderValue::from_static("application/json");
    // What cannot be in a header at all does not come in one.
    let foul: Vec<u8> = text.bytes().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
    let foul = HeaderValue::from_bytes(&foul).unwrap_or_else(|_| json.clone());
    let kind = if number.is_multiple_of(5) { foul.clone() } else { json };
    let headers = answer.headers_mut();
    headers.insert("content-type", kind);
    for name in ["location", "retry-after", "www-authenticate", "ratelimit-limit", "server"] {
        headers.insert(HeaderName::from_static(name), foul.clone());
    }
    answer
}

/// A server that says the same to everything, and lets in whom it lets in.
async fn server(lets_in: bool) -> (String, Arc<AtomicUsize>) {
    let number = Arc::new(AtomicUsize::new(0));
    let (of_token, of_others) = (number.clone(), number.clone());
    let token = async move || {
        let good = json!({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"});
        let json = [("content-type", "application/json")];
        if lets_in {
            (json, good.to_string()).into_response()
        } else {
            answer(of_token.load(Ordering::SeqCst))
        }
    };
    let app = Router::new()
        .route("/api/oauth/token", axum::routing::post(token))
        .fallback(async move || answer(of_others.load(Ordering::SeqCst)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (base, number)
}

fn set(setting: &mut Setting) {
    setting.org = Some(OrgId::new("0123456789abcdef01234567"));
}

#[tokio::test]
async fn no_refusal_acts_on_the_terminal() {
    for lets_in in [false, true] {
        let (base, number) = server(lets_in).await;
        let credential = Credential::ServiceAccount {
            client_id: "mdb_sa_id_650000000000000000009999".into(),
            client_secret: Secret::from("unused"),
        };
        let mut journey = Journey::begin_at(&base, credential, set);
        let mut eyes = Eyes::new();
        journey.settle().await;
        let mut told = 0;
        for at in 0..texts().len() {
            number.store(at, Ordering::SeqCst);
            journey.press("r");
            journey.settle().await;
            eyes.look(&journey.app, &format!("refusal {at}"));
            journey.press("!");
            told += usize::from(journey.screen().contains('⟨'));
            eyes.look(&journey.app, &format!("problem {at}"));
            journey.press("<esc>");
        }
        assert!(told > texts().len() / 2, "only {told} of {}", texts().len());
    }
}

#[tokio::test]
async fn no_refusal_of_a_change_does() {
    let mut journey = Journey::unlimited().await;
    let mut eyes = Eyes::new();
    for (at, code) in texts().into_iter().enumerate().step_by(3) {
        let status = [400, 403, 404, 409, 500, 503][at % 6];
        let does = Fault::Status { status, code };
        let operation = Some("updateOrgServiceAccount".into());
        journey.emulator().plan(Plan { operation, path: None, times: 1, does });
        journey.press(&format!("/datadog<enter>i{}<enter>", at % 10));
        journey.settle().await;
        journey.shows("⟨");
        eyes.look(&journey.app, &format!("change {at}"));
        journey.pass(SignedDuration::from_millis(300));
        journey.press("<esc><esc><esc>/<esc>");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_nothing_of_it_is_shown() {
    let bodies = [
        "{\"results\":[{\"name\":\"\\ud800\"}]}",
        "{\"a\u{1b}]0;x\u{7}",
        "\u{202e}",
        "[\u{9b}31m]",
    ];
    let mut journey = Journey::unlimited().await;
    let mut eyes = Eyes::new();
    for text in bodies {
        for kind in ["application/json", "text/html; \u{9b}31m"] {
            let does = Fault::Body { text: text.into(), kind: kind.into() };
            journey.emulator().fail_next("/api/atlas", 4, does);
            journey.press("r");
            journey.settle().await;
            journey.press("!");
            eyes.look(&journey.app, text);
            journey.press("<esc>");
        }
    }
}

#[tokio::test]
async fn what_others_tell_does_not_act_either() {
    let mut journey = Journey::demo().await;
    let mut eyes = Eyes::new();
    for text in texts() {
        journey.event(Event::File(Err(text.clone())));
        eyes.look(&journey.app, "a file");
        journey.event(Event::Warning(text));
        journey.press("!");
        eyes.look(&journey.app, "a warning");
        journey.press("<esc>");
    }
}
