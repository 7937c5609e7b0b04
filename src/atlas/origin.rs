//! The one origin that a credential is sent to: scheme, host and port.

use std::fmt;

use reqwest::Url;

/// Where Atlas is: an `https` origin, or `http` on this machine's loopback
/// address (the emulator). Nothing else can be written in this type, so a
/// credential never travels in clear over a network.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(Url);

/// Why a base URL is refused, in words that follow what names it. The URL itself is no
/// part of it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OriginError(&'static str);

const FORM: &str = "write it as https://HOST or https://HOST:PORT";
const SECRET: &str = "it holds a user name or password; give the credential separately";
const PLACE: &str = "give only scheme, host and port, without a path";
const CLEAR: &str = "http would send the credential in clear; use https (http is for this machine, 127.0.0.1 or [::1], only)";

/// MongoDB's own: the only ones that a credential goes to without a question.
const OFFICIAL: [&str; 2] = [PRODUCTION, GOVERNMENT];

/// The Atlas that is meant where nothing says otherwise.
pub const PRODUCTION: &str = "https://cloud.mongodb.com";
/// The one of the government of the United States.
pub const GOVERNMENT: &str = "https://cloud.mongodbgov.com";

impl Origin {
    /// Reads a base URL such as `https://cloud.mongodb.com/`; slashes at its end do
    /// not matter.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let text = text.trim().trim_end_matches('/');
        let Some(rest) = after_scheme(text) else { return Err(OriginError(FORM)) };
        let url = Url::parse(text).map_err(|_| OriginError(FORM))?;
        if !url.username().is_empty() || url.password().is_some() || rest.contains('@') {
            return Err(OriginError(SECRET));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(OriginError(PLACE));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(OriginError(CLEAR));
        }
        Ok(Self(url))
    }

    /// Whether it is MongoDB's own, exactly.
    #[must_use]
    pub fn is_official(&self) -> bool {
        OFFICIAL.contains(&self.to_string().as_str())
    }

    /// Whether its name has letters beyond a to z, which may look like others.
    #[must_use]
    pub fn is_international(&self) -> bool {
        self.0.host_str().is_some_and(|host| host.split('.').any(|label| label.starts_with("xn--")))
    }

    /// The host, with its port where it is not the scheme's own, as it is shown
    /// and as it is resolved (international names in their ASCII form).
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether it is this machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The URL of a path (with its query) at this origin. `path` begins with `/`
    /// and is already encoded.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Only the address itself counts: a name such as `localhost` is whatever the
/// resolver says.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What follows one of the two schemes, if that can be a host and a port at all. The
/// reader of URLs is laxer than this: it takes `https:///x` and `https:\\x` for `https://x`.
fn after_scheme(text: &str) -> Option<&str> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let start = text.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
    })?;
    let lax =
        |character: char| character == '\\' || character.is_whitespace() || character.is_control();
    (!rest.is_empty() && !rest.starts_with('/') && !rest.contains(lax)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_on_loopback_only() {
        for (text, host) in [
            ("https://cloud.mongodb.com/", "cloud.mongodb.com"),
            ("https://cloud.mongodb.com", "cloud.mongodb.com"),
            ("https://cloud-dev.mongodb.com:8443/", "cloud-dev.mongodb.com:8443"),
            ("http://127.0.0.1:4000", "127.0.0.1:4000"),
            ("http://[::1]:4000", "[::1]:4000"),
            ("https://сloud.mongodb.com", "xn--loud-k6d.mongodb.com"),
            ("HTTPS://CLOUD.mongodb.com:443///", "cloud.mongodb.com"),
            ("http://0x7f000001:4000", "127.0.0.1:4000"),
        ] {
            let origin = Origin::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(origin.host(), host);
        }
        for text in [
            "http://cloud.mongodb.com",
            "http://localhost:4000",
            "http://127.0.0.1.evil.example",
            "https://user:hunter2@cloud.mongodb.com",
            "https://cloud.mongodb.com/path",
            "https://cloud.mongodb.com/?q",
            "https://cloud.mongodb.com#f",
            "https:///cloud.mongodb.com",
            "https:/cloud.mongodb.com",
            "https:\\\\cloud.mongodb.com",
            "https://cloud.mongodb.com\\@evil.example",
            "https://cloud.mongodb\t.com",
            "https://cloud.mongodb.com @evil.example",
            "https://@cloud.mongodb.com",
            "http://[::ffff:127.0.0.1]:4000",
            "https://cloud.mongodb.com:99999",
            "https://",
            "ftp://cloud.mongodb.com",
            "cloud.mongodb.com",
            "",
        ] {
            let error = Origin::parse(text).expect_err(text).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn only_mongodbs_own_are_official() {
        let official = |text| Origin::parse(text).is_ok_and(|origin| origin.is_official());
        for text in ["https://cloud.mongodb.com", "HTTPS://cloud.MongoDB.com:443/"] {
            assert!(official(text), "{text}");
        }
        assert!(official("https://cloud.mongodbgov.com/"));
        for text in [
            "https://cloud.mongodb.com:8443",
            "https://cloud.mongodb.com.",
            "https://cloud-dev.mongodb.com",
            "https://mongodb.com",
            "https://cloud.mongodb.com.evil.example",
            "https://cloudmongodb.com",
            "https://cloud.mongodb.co",
            "https://сloud.mongodb.com",
            "https://127.0.0.1",
            "http://127.0.0.1:443",
        ] {
            assert!(!official(text), "{text}");
        }
        let international = Origin::parse("https://сloud.mongodb.com").expect("a URL");
        assert!(international.is_international());
        let plain = Origin::parse("https://xn.example").expect("a URL");
        assert!(!plain.is_international());
    }

    #[test]
    fn paths_are_appended_once() {
        let origin = Origin::parse("https://cloud.mongodb.com/").expect("valid");
        assert_eq!(origin.url("/api/atlas/v2/orgs"), "https://cloud.mongodb.com/api/atlas/v2/orgs");
    }
}
