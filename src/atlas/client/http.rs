//! From HTTP answers to values or errors: bounded bodies, JSON that cannot leak
//! into an error's text, Atlas' error shape.

use std::io::{self, ErrorKind};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use rustls::CertificateError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::connection::CONNECT_TIMEOUT;
use crate::atlas::error::{ApiError, Fault};
use crate::atlas::field::Object;
use crate::atlas::origin::Origin;
use crate::atlas::pace::LONGEST_CLOSED;
use crate::atlas::{Clean, Field};

/// Largest body that is read, in bytes after decompression.
const MOST_BYTES: usize = 8 << 20;

/// What of an answer's head is used after its body was read.
pub(in crate::atlas) struct Head {
    content_type: Clean,
    location: Option<Clean>,
    date: Option<Timestamp>,
    retry_after: Option<u64>,
    limit: Option<u32>,
    remaining: Option<u32>,
}

impl Head {
    pub(in crate::atlas) fn of(answer: &reqwest::Response) -> Self {
        let headers = answer.headers();
        let date = text(headers, DATE.as_str()).and_then(|text| moment(&text));
        Self {
            content_type: text(headers, CONTENT_TYPE.as_str()).unwrap_or_default(),
            location: text(headers, LOCATION.as_str()),
            date,
            retry_after: retry_after(headers, date.unwrap_or_else(Timestamp::now)),
            limit: number(headers, "ratelimit-limit"),
            remaining: number(headers, "ratelimit-remaining"),
        }
    }

    /// Of an answer that says no more than that it is JSON.
    pub(super) fn of_json() -> Self {
        Self {
            content_type: Clean::new("application/json"),
            location: None,
            date: None,
            retry_after: None,
            limit: None,
            remaining: None,
        }
    }

    /// Seconds that Atlas asks to wait, a day at most.
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// What time it was there.
    pub(super) fn date(&self) -> Option<Timestamp> {
        self.date
    }

    /// Calls in a full bucket and calls left, where the answer tells both.
    pub(super) fn bucket(&self) -> Option<(u32, u32)> {
        self.limit.zip(self.remaining)
    }

    fn is_json(&self) -> bool {
        let essence = self.content_type.split(';').next().unwrap_or_default().trim();
        essence == "application/json" || essence.ends_with("+json")
    }

    fn shown_type(&self) -> &str {
        if self.content_type.is_empty() { "an answer without a type" } else { &self.content_type }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<Clean> {
    headers.get(name).map(|value| Clean::from(String::from_utf8_lossy(value.as_bytes()).as_ref()))
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn moment(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text.trim()).ok().map(|moment| moment.timestamp())
}

/// Seconds, or the moment at which the wait is over by the server's own clock.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let told: Option<u64> = number(headers, RETRY_AFTER.as_str());
    let until = || moment(&text(headers, RETRY_AFTER.as_str())?);
    let left = || until().map(|until| until.duration_since(now).as_secs().max(0).unsigned_abs());
    told.or_else(left).map(|seconds| seconds.min(LONGEST_CLOSED.as_secs()))
}

/// Reads a body chunk by chunk and stops at the bound, however it was compressed.
pub(in crate::atlas) async fn body(
    mut answer: reqwest::Response,
    origin: &Origin,
) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| transport_error(&error, origin))? {
        if body.len() + chunk.len() > MOST_BYTES {
            let why = format!("it is larger than {} MiB", MOST_BYTES >> 20);
            return Err(ApiError::new(Fault::Unreadable(Clean::from(why)), &origin.host()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads a good answer's body. The error tells the place, never the text: it may
/// hold a secret.
pub(in crate::atlas) fn decode<T: DeserializeOwned>(
    head: &Head,
    body: &[u8],
    origin: &Origin,
) -> Result<T, ApiError> {
    if !head.is_json() {
        let what = Clean::from(format!("it sent {}", head.shown_type()));
        return Err(ApiError::new(Fault::NotAtlas(what), &origin.host()));
    }
    value(body).map_err(|fault| ApiError::new(fault, &origin.host()))
}

/// Reads a body that says that it is JSON.
pub(in crate::atlas) fn value<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let read: Result<Object<T>, _> = serde_json::from_slice(body);
    read.map(|Object(value)| value).map_err(|error| {
        if error.is_data() {
            return Fault::NotAtlas(Clean::new("the JSON has another shape"));
        }
        let why = format!("broken JSON at line {}, column {}", error.line(), error.column());
        Fault::Unreadable(Clean::from(why))
    })
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ErrorAnswer {
    error_code: Field<Clean>,
    detail: Field<Clean>,
    /// Any scalars, or `null`, whatever the contract says.
    parameters: Field<Vec<Value>>,
}

/// The error of an answer that is not a success.
pub(in crate::atlas) fn refusal(
    status: u16,
    head: &Head,
    body: &[u8],
    origin: &Origin,
) -> ApiError {
    let answer: ErrorAnswer =
        if head.is_json() { value(body).unwrap_or_default() } else { ErrorAnswer::default() };
    let parameter = answer.parameters.known().and_then(|all| all.first()).and_then(Value::as_str);
    let fault = match (answer.error_code.known(), status) {
        (_, 300..=399) => {
            let to = head.location.as_deref().unwrap_or("nowhere");
            Fault::NotAtlas(Clean::from(format!("it redirects to {to}, which is not followed")))
        }
        (_, 429) => Fault::RateLimited(head.retry_after),
        (Some(code), _) => Fault::of(status, code, parameter),
        (None, 408 | 500..) => Fault::ServerTrouble,
        (None, _) => {
            Fault::NotAtlas(Clean::from(format!("HTTP {status} with {}", head.shown_type())))
        }
    };
    ApiError {
        status: Some(status),
        code: answer.error_code.known().cloned(),
        detail: answer.detail.known().cloned(),
        ..ApiError::new(fault, &origin.host())
    }
}

/// The error of a call that got no whole answer.
pub(in crate::atlas) fn transport_error(error: &reqwest::Error, origin: &Origin) -> ApiError {
    let fault = if is_silent(error) {
        Fault::Unreachable(Clean::new("the connection has fallen silent"))
    } else if error.is_timeout() {
        let bound = if error.is_connect() { CONNECT_TIMEOUT } else { super::TOTAL_TIMEOUT };
        Fault::TimedOut(bound.as_secs())
    } else if was_turned_away(error) {
        Fault::Unreachable(Clean::new("it turned the call away before looking at it"))
    } else if let Some(why) = not_proven(error) {
        Fault::NotProven(Clean::new(why))
    } else {
        Fault::Unreachable(root_cause(error))
    };
    ApiError::new(fault, &origin.host())
}

/// Whether a connection was given up because nobody gave a sign of life at its other end:
/// it was the connection's time that ran out, not the call's.
fn is_silent(error: &reqwest::Error) -> bool {
    let of_the_connection = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
            || cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == ErrorKind::TimedOut)
    };
    !error.is_connect() && causes(error).any(of_the_connection)
}

/// Whether nothing has acted on a call, for sure: it never left, or the server says that it
/// did not look at it.
pub(super) fn was_not_taken(error: &reqwest::Error) -> bool {
    error.is_connect() || was_turned_away(error)
}

/// Whether the server says so: by refusing the call's stream, or by naming an earlier one
/// as the last that it takes. An error of the latter kind comes to no other stream
/// (RFC 9113, 8.7).
fn was_turned_away(error: &reqwest::Error) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|error| {
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (refused || error.is_go_away())
    })
}

/// Why whoever answered could not prove to be the host, where that is what went wrong:
/// the connection was not made, so nothing was sent.
fn not_proven(error: &reqwest::Error) -> Option<&'static str> {
    let mut tls = causes(error).filter(|_| error.is_connect());
    let tls = tls.find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    let rustls::Error::InvalidCertificate(certificate) = tls else {
        return Some("it does not speak TLS as Atlas does");
    };
    Some(match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired, or this machine's clock is wrong"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet, or this machine's clock is wrong"
        }
        CertificateError::UnknownIssuer => {
            "its certificate comes from an authority that this machine does not trust"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name"
        }
        CertificateError::Revoked => "its certificate was revoked",
        _ => "its certificate cannot be verified",
    })
}

/// An error and what it stems from, what an input or output error wraps included.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map(|inner| inner as _).or_else(|| error.source())
    })
}

/// The innermost reason, which is the one that a person can act on; the outer
/// ones repeat the URL.
fn root_cause(error: &reqwest::Error) -> Clean {
    let text = causes(error).last().map(ToString::to_string).unwrap_or_default();
    match text.strip_prefix("tunnel error: ") {
        Some("proxy authorization required") => {
            return Clean::new("the proxy in between asks for a user name and password");
        }
        Some(why) => {
            return Clean::from(format!("the proxy in between does not connect us ({why})"));
        }
        None => {}
    }
    // "(os error 111)" says nothing to a person that the words before it do not.
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let lower: String =
        letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
    Clean::from(lower.trim_end_matches('.'))
}
