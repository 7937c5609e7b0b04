//! Which version of a resource a client gets: the newest one that is not later
//! than the date that it names in its media type. Knows nothing of the resources.

use jiff::civil::Date;

use super::errors::{INVALID_VERSION, NO_SUCH_VERSION, Refusal};

const PREFIX: &str = "application/vnd.atlas.";

/// Media types that stand for any version.
const ANY: &[&str] = &["*/*", "application/*", "application/json"];

/// Whether a resource that exists in one version can answer this `Accept`. A
/// client that sends none is content with any.
pub(super) fn negotiate(accept: Option<&str>, version: &str) -> Result<(), Refusal> {
    let accept = accept.unwrap_or("*/*");
    let mut refused = None;
    for kind in accept.split(',') {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match suits(kind, version) {
            Ok(()) => return Ok(()),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    Err(refused.unwrap_or_else(|| NO_SUCH_VERSION.on(accept)))
}

fn suits(kind: &str, version: &str) -> Result<(), Refusal> {
    if ANY.contains(&kind) {
        return Ok(());
    }
    let date = kind.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix("+json"));
    let Some(date) = date else { return Err(NO_SUCH_VERSION.on(kind)) };
    // `preview` and `upcoming` are words of Atlas', for resources without a date.
    if ["preview", "upcoming"].contains(&date) {
        return Err(NO_SUCH_VERSION.on(date));
    }
    if date.len() != "YYYY-MM-DD".len() || date.parse::<Date>().is_err() {
        return Err(INVALID_VERSION.on(date));
    }
    if date < version { Err(NO_SUCH_VERSION.on(date)) } else { Ok(()) }
}

/// The media type of an answer in this version.
pub(super) fn media_type(version: &str) -> String {
    format!("{PREFIX}{version}+json;charset=utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_the_newest_version_up_to_its_date() {
        let table = [
            (None, 200),
            (Some("*/*"), 200),
            (Some("application/json"), 200),
            (Some("application/vnd.atlas.2024-08-05+json"), 200),
            (Some("application/vnd.atlas.2025-03-12+json"), 200),
            (Some("application/vnd.atlas.2024-08-05+json;charset=utf-8"), 200),
            (Some("text/html, application/vnd.atlas.2024-08-05+json"), 200),
            (Some("text/html, */*;q=0.1"), 200),
            (Some("application/vnd.atlas.2023-01-01+json"), 406),
            (Some("application/vnd.atlas.preview+json"), 406),
            (Some("application/vnd.atlas.2024-08-05+csv"), 406),
            (Some("text/html"), 406),
            (Some(""), 406),
            (Some("application/vnd.atlas.2024-13-05+json"), 400),
            (Some("application/vnd.atlas.yesterday+json"), 400),
        ];
        for (accept, status) in table {
            let got = negotiate(accept, "2024-08-05").map_err(|refusal| refusal.answer().status);
            assert_eq!(got.err().unwrap_or(200), status, "{accept:?}");
        }
    }
}
