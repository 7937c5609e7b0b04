//! The one origin that a credential is sent to: scheme, host and port.

use std::fmt;

use reqwest::Url;

use super::Clean;

/// Where Atlas is: an `https` origin, or `http` on this machine's loopback
/// address (the emulator). Nothing else can be written in this type, so a
/// credential never travels in clear over a network.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(Url);

/// Why a base URL is refused, as a sentence for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The base URL {shown} cannot be used: {why}")]
pub struct OriginError {
    shown: Clean,
    why: &'static str,
}

impl Origin {
    /// Reads a base URL such as `https://cloud.mongodb.com/`; one slash at its
    /// end does not matter.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let refuse = |why| Err(OriginError { shown: without_userinfo(text), why });
        let Ok(url) = Url::parse(text.trim()) else {
            return refuse("write it as https://HOST or https://HOST:PORT.");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds a user name or password. Give the credential separately.");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refuse("give only scheme, host and port, without a path.");
        }
        match url.scheme() {
            "https" if url.host().is_some() => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => refuse(
                "http would send the credential in clear. Use https (http is for this machine, 127.0.0.1 or [::1], only).",
            ),
            _ => refuse("write it as https://HOST or https://HOST:PORT."),
        }
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

/// The text as it may be shown: what stands before an `@` may be a password.
fn without_userinfo(text: &str) -> Clean {
    match text.rsplit_once('@') {
        Some((_, rest)) => Clean::new(&format!("…@{rest}")),
        None => Clean::new(text),
    }
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
            "ftp://cloud.mongodb.com",
            "cloud.mongodb.com",
            "",
        ] {
            let error = Origin::parse(text).expect_err(text).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn paths_are_appended_once() {
        let origin = Origin::parse("https://cloud.mongodb.com/").expect("valid");
        assert_eq!(origin.url("/api/atlas/v2/orgs"), "https://cloud.mongodb.com/api/atlas/v2/orgs");
    }
}
