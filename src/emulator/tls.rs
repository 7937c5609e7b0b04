//! Connections under TLS, with a certificate that is given. Knows nothing of what
//! goes over them.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use tokio_rustls::TlsAcceptor;

/// What takes connections under TLS, and the name that its certificate is for.
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    pub(super) host: &'static str,
}

fn named(path: &Path, what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", path.display()))
}

/// Reads a certificate chain and its private key, both PEM. Errors name the file.
pub(super) fn read(chain: &Path, key: &Path) -> io::Result<Tls> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(|error| named(chain, error))?;
    let first = certificates.first().ok_or_else(|| named(chain, "holds no certificate"))?;
    let host = host(first).map_err(|what| named(chain, what))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| named(key, error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(certificates, private)
        .map_err(|error| named(key, error))?;
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), host })
}

/// The name of this machine's loopback that a certificate is for.
fn host(certificate: &CertificateDer<'_>) -> Result<&'static str, String> {
    let parsed = ParsedCertificate::try_from(certificate).map_err(|error| error.to_string())?;
    let address = ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let local = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
    for (name, host) in [(address, "127.0.0.1"), (local, "localhost")] {
        if verify_server_name(&parsed, &name).is_ok() {
            return Ok(host);
        }
    }
    Err("the certificate is neither for 127.0.0.1 nor for localhost".to_owned())
}
