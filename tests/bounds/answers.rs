//! Answers without measure: deep, long, with too much around them, and lists whose pages
//! do not fit together.

use std::fmt::Write;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use gatehouse::atlas::{Credential, Fault, IdentityId, KeyId, Read, Reply};

use crate::support::journey::Journey;
use crate::wire::{ask, client, org, serve};

pub const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
/// So many rows are asked for at once.
pub const PAGE: usize = 500;

async fn error_of(body: String) -> Fault {
    let base = serve(move |_| (JSON, body.clone())).await;
    ask(&client(&base), Read::ApiKeys(org())).await.expect_err("refused").fault
}

#[tokio::test]
async fn json_is_only_so_deep_and_nothing_stands_after_it() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for broken in [
        nested(100_000),
        format!("{{\"results\":{}}}", nested(200)),
        format!("{{\"results\":[{{\"x\":{}}}]}}", nested(200)),
        "{\"a\":".repeat(100_000),
        "{\"results\":[]}x".into(),
        "{\"results\":[]}{\"results\":[]}".into(),
        "{\"results\":[]}\0".into(),
    ] {
        let fault = error_of(broken.clone()).await;
        let start: String = broken.chars().take(40).collect();
        assert!(matches!(fault, Fault::Unreadable(_) | Fault::NotAtlas(_)), "{start}: {fault:?}");
    }
    // What is not too deep is no trouble, where nothing reads it.
    let deep = format!("{{\"results\":[{{\"x\":{}}}]}}  \n", nested(100));
    let base = serve(move |_| (JSON, deep.clone())).await;
    ask(&client(&base), Read::ApiKeys(org())).await.expect("read");
}

#[tokio::test]
async fn too_many_headers_are_an_error_and_many_are_not() {
    for (number, good) in [(80, true), (101, false), (2_000, false)] {
        let headers: HeaderMap = (0..number)
            .map(|at| {
                let name = HeaderName::from_bytes(format!("x-{at}").as_bytes()).expect("a name");
                (name, HeaderValue::from_static("y"))
            })
            .chain([("content-type".parse().expect("a name"), HeaderValue::from_static(JSON[0].1))])
            .collect();
        let base = serve(move |_| (headers.clone(), "{\"results\":[]}")).await;
        let answer = ask(&client(&base), Read::ApiKeys(org())).await;
        assert_eq!(answer.is_ok(), good, "{number}: {answer:?}");
        if let Err(error) = answer {
            assert!(error.sentence().contains("127.0.0.1"), "{error}");
        }
    }
}

/// The page that a call asks for.
pub fn page(call: &str) -> usize {
    let number = call.split("pageNum=").nth(1).expect("a page");
    number.split('&').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// A page of rows with these numbers.
fn rows(numbers: impl IntoIterator<Item = usize>, more: &str) -> String {
    let mut body = String::from("{\"results\":[");
    for (at, number) in numbers.into_iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(
            body,
            "{comma}{{\"id\":\"{number:024x}\",\"cidrBlock\":\"10.{}.{}.0/24\"}}",
            number / 250,
            number % 250
        );
    }
    body + "]" + more + "}"
}

const NEXT: &str = ",\"links\":[{\"rel\":\"self\"},{\"rel\":\"next\",\"href\":\"x\"}]";

/// How many rows an access list of these pages has.
async fn listed(pages: &'static [(std::ops::Range<usize>, &'static str)]) -> usize {
    let base = serve(move |call| {
        let at = page(call) - 1;
        (
            JSON,
            pages
                .get(at)
                .map_or_else(|| rows([], ""), |(numbers, more)| rows(numbers.clone(), more)),
        )
    })
    .await;
    let id = IdentityId::ApiKey(KeyId::new("689b3c5e1f2a4b0011223344"));
    let replies = ask(&client(&base), Read::AccessList(org(), id)).await.expect("read");
    let [Reply::AccessList(entries)] = replies.as_slice() else { panic!("{replies:?}") };
    entries.len()
}

#[tokio::test]
async fn pages_that_do_not_fit_together_make_one_list() {
    // Rows that moved to the next page while it was being asked for.
    assert_eq!(listed(&[(0..500, ""), (490..700, "")]).await, 700);
    // A total that is a lie, either way.
    assert_eq!(
        listed(&[(0..500, ",\"totalCount\":3"), (500..501, ",\"totalCount\":1e99")]).await,
        501
    );
    // A page that ends exactly where the list does.
    assert_eq!(listed(&[(0..500, "")]).await, 500);
    // Fewer at once than were asked for, or none, where more are pointed to.
    assert_eq!(listed(&[(0..100, NEXT), (100..200, NEXT), (200..250, "")]).await, 250);
    assert_eq!(listed(&[(0..500, NEXT), (0..0, NEXT), (500..700, "")]).await, 700);
    // What is pointed to without end, or in a way that is not understood.
    assert_eq!(listed(&[(0..5, ",\"links\":[null,42,{\"rel\":[]}]"), (5..9, "")]).await, 5);
}

#[tokio::test]
async fn a_list_without_end_is_stopped() {
    for more in [NEXT, ""] {
        let size = if more.is_empty() { PAGE } else { 1 };
        let base = serve(move |call| {
            let start = page(call) * PAGE;
            (JSON, rows(start..start + size, more))
        })
        .await;
        let error = ask(&client(&base), Read::ApiKeys(org())).await.expect_err("stopped");
        assert!(error.sentence().contains("its list does not end"), "{error}");
    }
}

/// A list with one row, of which one field is this over and over.
fn long_name(field: &str, piece: &str) -> String {
    let name = piece.repeat((7 << 20) / piece.len());
    format!(
        "{{\"results\":[{{\"clientId\":\"mdb_sa_id_66f1c0ffee00112233a91f00\",\
         \"id\":\"689b3c5e1f2a4b0011223344\",\"description\":\"the one\",\"{field}\":\"{name}\"}}]}}"
    )
}

#[tokio::test]
async fn a_name_of_seven_mebibytes_is_a_name_of_some_words() {
    for (piece, what) in
        [("x", "letters"), ("\\u200b", "nothing to see"), ("\u{1100}", "one letter")]
    {
        let body = long_name("desc", piece);
        let base = serve(move |_| (JSON, body.clone())).await;
        let replies = ask(&client(&base), Read::ApiKeys(org())).await.expect("read");
        let [Reply::ApiKeys(page)] = replies.as_slice() else { panic!("{replies:?}") };
        let name = page.rows[0].description.known().expect("a description");
        assert!(name.len() < 4_000 && name.contains('+'), "{what}: {} bytes", name.len());
    }
}

#[tokio::test]
async fn a_name_of_seven_mebibytes_is_drawn_as_any_other() {
    let body = long_name("name", "x");
    let base = serve(move |call| {
        let list = call.contains("/serviceAccounts?") && !call.contains("includeSystemManaged");
        (JSON, if list { body.clone() } else { "{\"results\":[]}".to_owned() })
    })
    .await;
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_66f1c0ffee00112233a91f01".into(),
        client_secret: "mdb_sa_sk_secret".into(),
    };
    let mut journey = Journey::begin_at(&base, credential, |setting| setting.org = Some(org()));
    journey.settle().await;
    journey.shows("[Service Accounts 1]");
    journey.press("<enter>");
    journey.shows("Client ID");
    journey.says("the one");
}

#[tokio::test]
async fn what_is_about_something_else_is_no_answer() {
    for (id, good) in [
        ("0123456789abcdef01234567", true),
        ("0123456789ABCDEF01234567", true),
        ("0123456789abcdef01234568", false),
        ("", false),
    ] {
        let body = format!("{{\"id\":\"{id}\",\"name\":\"x\"}}");
        let base = serve(move |_| (JSON, body.clone())).await;
        let answer = ask(&client(&base), Read::Organization(org())).await;
        assert_eq!(answer.is_ok(), good, "{id:?}: {answer:?}");
        let told = answer.err().map(|error| error.sentence()).unwrap_or_default();
        assert_eq!(told.contains("it is about something else"), !good, "{told}");
    }
}
