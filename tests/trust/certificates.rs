//! Whose certificate counts: of an authority that was named, for this host, at this
//! time. Otherwise nothing is sent, and it is not tried again by itself.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatehouse::atlas::client::Client;
use gatehouse::atlas::network::Authorities;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::{
    ApiError, Credential, Fault, IdentityId, KeyId, OrgId, Read, Secret, Urgency, Write,
};
use gatehouse::emulator::{self, Options};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::certificate::certificate;

fn org() -> OrgId {
    OrgId::new("0123456789abcdef01234567")
}

fn credential() -> Credential {
    Credential::ServiceAccount {
        client_id: "mdb_sa_id_66f1c0ffee00112233a91f00".into(),
        client_secret: Secret::from("mdb_sa_sk_secret"),
    }
}

/// A server that shows this certificate, and how often somebody came, and how many bytes
/// they sent to it.
struct Server {
    origin: Origin,
    came: Arc<AtomicUsize>,
    heard: Arc<AtomicUsize>,
    pem: String,
}

impl Server {
    async fn start(params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let private = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("they belong together");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (came, heard) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let counts = (came.clone(), heard.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, (came, heard)) = (acceptor.clone(), counts.clone());
                came.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut all = Vec::new();
                    let _ = stream.read_to_end(&mut all).await;
                    heard.fetch_add(all.len(), Ordering::SeqCst);
                });
            }
        });
        let origin = Origin::parse(&format!("https://{address}")).expect("an origin");
        Self { origin, came, heard, pem: certificate.pem() }
    }

    fn client(&self, trusted: bool) -> Client {
        let mut authorities = Authorities::default();
        if trusted {
            assert_eq!(authorities.add(self.pem.as_bytes()), Ok(1));
        }
        Client::with(self.origin.clone(), credential(), authorities.into())
    }

    fn counts(&self) -> (usize, usize) {
        (self.came.load(Ordering::SeqCst), self.heard.load(Ordering::SeqCst))
    }
}

async fn ask(client: &Client) -> Result<(), ApiError> {
    client.read(&Read::Projects(org()), Urgency::Person, &mut |_| {}).await
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("a name")
}

#[tokio::test]
async fn who_cannot_prove_to_be_the_host_hears_nothing_and_is_asked_once() {
    let mut expired = params("127.0.0.1");
    expired.not_before = rcgen::date_time_ymd(2001, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let mut early = params("127.0.0.1");
    early.not_before = rcgen::date_time_ymd(2999, 1, 1);
    early.not_after = rcgen::date_time_ymd(3000, 1, 1);
    for (params, trusted, why) in [
        (params("127.0.0.1"), false, "an authority that this machine does not trust"),
        (params("atlas.test"), true, "its certificate is for another name"),
        (expired, true, "its certificate has expired"),
        (early, true, "its certificate is not valid yet"),
    ] {
        let server = Server::start(params).await;
        let client = server.client(trusted);
        let error = ask(&client).await.expect_err("not proven");
        assert!(matches!(error.fault, Fault::NotProven(_)), "{error:?}");
        assert!(error.sentence().contains(why), "{error}");
        assert!(error.advice().contains("Nothing was sent"));
        assert_eq!(server.counts(), (1, 0), "{why}");
        let write =
            Write::Delete(org(), IdentityId::ApiKey(KeyId::new("66f1c0ffee00112233a91f00")));
        let error = client.change(write).await.expect_err("not proven");
        assert!(!error.perhaps_applied, "{why}");
        assert_eq!(server.counts(), (2, 0), "{why}");
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_apart_from_what_is_not_there() {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let base = emulator.base_url().replace("http:", "https:");
    let origin = Origin::parse(&base).expect("an origin");
    let client = Client::new(origin, credential());
    let error = ask(&client).await.expect_err("no TLS there");
    assert!(error.sentence().contains("does not speak TLS"), "{error}");
}

#[tokio::test]
async fn an_authority_that_was_named_is_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = certificate(folder.path(), &["127.0.0.1"]);
    let pem = fs::read(&tls.0).expect("a certificate");
    let options = Options { tls: Some(tls), ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    let mut authorities = Authorities::default();
    assert_eq!(authorities.add(&[pem.clone(), pem].concat()), Ok(2), "a file may hold several");
    let origin = Origin::parse(emulator.base_url()).expect("an origin");
    let credential = emulator.service_account().expect("one");
    let client = Client::with(origin, credential, authorities.into());
    let read = Read::Projects(emulator.organization().clone());
    client.read(&read, Urgency::Person, &mut |_| {}).await.expect("read");
    client.sign_out().await;
}
