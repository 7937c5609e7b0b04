//! What lies between this machine and an origin: whose certificates are trusted there,
//! and the proxy that calls go through. Knows no credential.

use std::path::Path;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, Url};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::origin::Origin;

/// Authorities whose certificates are trusted beside the machine's own.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<Certificate>);

impl Authorities {
    /// Takes the certificates of a PEM file's content; says how many there are.
    ///
    /// # Errors
    /// Where there is none, or one that cannot be read: words that follow the file's name.
    pub fn add(&mut self, pem: &[u8]) -> Result<usize, &'static str> {
        let found = certificates(pem).filter(|found| !found.is_empty());
        let found = found.ok_or("holds no certificate that can be read (PEM is expected)")?;
        let count = found.len();
        self.0.extend(found);
        Ok(count)
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = Certificate> {
        self.0.iter().cloned()
    }

    pub(super) fn are_there(&self) -> bool {
        !self.0.is_empty()
    }
}

/// The certificates in a PEM text; nothing where one of them cannot be an authority's.
fn certificates(pem: &[u8]) -> Option<Vec<Certificate>> {
    let certificate = |der: Result<CertificateDer<'_>, _>| {
        let der = der.ok()?;
        let certificate = Certificate::from_der(&der).ok()?;
        RootCertStore::empty().add(der).ok()?;
        Some(certificate)
    };
    CertificateDer::pem_slice_iter(pem).map(certificate).collect()
}

/// The proxy that calls to this origin go through, without the password that it may ask
/// for: the environment's or the system's, as the client itself finds it. What goes to
/// this machine goes there directly.
#[must_use]
pub fn proxy_to(origin: &Origin) -> Option<String> {
    if origin.is_loopback() {
        return None;
    }
    let to = origin.to_string().parse().ok()?;
    let proxy = Matcher::from_system().intercept(&to)?;
    Some(without_password(&proxy.uri().to_string()))
}

fn without_password(proxy: &str) -> String {
    let Ok(url) = Url::parse(proxy) else { return "one that cannot be named".to_owned() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// The variables that replace the machine's own authorities, and are set: the loader of
/// certificates honours them.
#[must_use]
pub fn replaced_authorities(origin: &Origin) -> Vec<String> {
    if origin.is_loopback() {
        return Vec::new();
    }
    let words = |name: &str| {
        let path = std::env::var_os(name).filter(|path| !path.is_empty())?;
        Some(format!("{name} names the trusted authorities: {}", Path::new(&path).display()))
    };
    ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_password() {
        for (proxy, named) in [
            ("http://ada:hunter2@proxy.corp:8080/", "http://proxy.corp:8080"),
            ("http://proxy.corp", "http://proxy.corp"),
            ("socks5://ada@[::1]:1080", "socks5://[::1]:1080"),
            ("?", "one that cannot be named"),
        ] {
            assert_eq!(without_password(proxy), named);
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let mut authorities = Authorities::default();
        let bad = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        let odd = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nMA==", bad, odd] {
            assert!(authorities.add(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(!authorities.are_there());
    }
}
