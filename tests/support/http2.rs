//! A server before the emulator that speaks HTTP/2 under TLS, and goes wrong as HTTP/2
//! can. It hears every request, and does with each what was planned, once. Knows nothing
//! of Atlas.

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use axum::http::{Request, Response};
use gatehouse::atlas::network::Authorities;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::script::{Heard, Script};

/// Nothing that the server waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not passed on, and its stream is refused.
    Refused,
    /// It is not passed on: the connection takes no more, and this came after the last.
    TooLate,
    /// It is the last that the connection takes, and it is answered.
    Last,
    /// It is the last that the connection takes, it is passed on, and the connection ends.
    LastUnanswered,
    /// It is passed on, and its stream is reset in the middle of its work.
    Reset,
    /// It is not passed on, and from now on nobody is there.
    Dead,
    /// It is passed on, and from now on nobody is there.
    DeadAfterwards,
    /// It is passed on, and answered once a sign of life was asked for so many more times.
    Late(usize),
}

struct Shared {
    upstream: String,
    client: reqwest::Client,
    script: Script<Fault>,
    connections: AtomicUsize,
    /// How often a client has asked for a sign of life.
    pings: watch::Sender<usize>,
}

/// A running server. Its connections end when it is dropped.
pub struct Http2 {
    base_url: String,
    pem: String,
    shared: Arc<Shared>,
    door: JoinHandle<()>,
}

impl Http2 {
    /// A server before this one on loopback, on a port of its own.
    pub async fn before(base_url: &str) -> Self {
        let names = vec!["127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let private = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], private)
            .expect("they belong together");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            upstream: base_url.to_owned(),
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            script: Script::default(),
            connections: AtomicUsize::default(),
            pings: watch::Sender::default(),
        });
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let door = tokio::spawn(take_connections(listener, acceptor, shared.clone()));
        Self { base_url: format!("https://{address}"), pem: made.cert.pem(), shared, door }
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Who has to be trusted.
    pub fn authorities(&self) -> Authorities {
        let mut authorities = Authorities::default();
        authorities.add(self.pem.as_bytes()).expect("a certificate");
        authorities
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How often a client has asked for a sign of life.
    pub fn pings(&self) -> usize {
        *self.shared.pings.borrow()
    }
}

impl Deref for Http2 {
    type Target = Script<Fault>;

    fn deref(&self) -> &Script<Fault> {
        &self.shared.script
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.door.abort();
    }
}

/// Each connection has a task of its own; they end together with this one.
async fn take_connections(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => {
                let Ok((client, _)) = taken else { continue };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, shared) = (acceptor.clone(), shared.clone());
                connections.spawn(async move {
                    // What breaks off breaks off on purpose.
                    if let Ok(client) = acceptor.accept(client).await {
                        Box::pin(converse(client, shared)).await;
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Something that the library which speaks HTTP/2 here would not do.
enum Order {
    /// These bytes go to the client.
    Say(Vec<u8>),
    /// The connection ends.
    HangUp,
    /// Nothing is heard and said any more.
    Die,
}

/// Answers what comes over one connection, until that ends.
async fn converse(client: TlsStream<TcpStream>, shared: Arc<Shared>) {
    let (inside, outside) = tokio::io::duplex(64 << 10);
    let (orders, taken) = mpsc::unbounded_channel();
    let wire = relay(client, outside, taken, &shared.pings);
    let talk = async {
        let Ok(mut connection) = h2::server::handshake(inside).await else { return };
        let mut answers = JoinSet::new();
        while let Some(Ok((request, respond))) = connection.accept().await {
            answers.spawn(answer(request, respond, orders.clone(), shared.clone()));
        }
        // A relay that has died keeps the connection.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = wire => {}
        () = talk => {}
    }
}

/// Passes bytes on, both ways, and follows orders in between. Ends with the connection.
async fn relay(
    mut client: TlsStream<TcpStream>,
    mut inside: DuplexStream,
    mut orders: mpsc::UnboundedReceiver<Order>,
    pings: &watch::Sender<usize>,
) -> io::Result<()> {
    let mut frames = Frames::default();
    let (mut heard, mut said) = ([0; 4 << 10], [0; 4 << 10]);
    loop {
        tokio::select! {
            read = client.read(&mut heard) => {
                let heard = &heard[..read?];
                if heard.is_empty() {
                    return Ok(());
                }
                let asked = frames.take(heard).into_iter().filter(|&kind| kind == PING).count();
                pings.send_modify(|pings| *pings += asked);
                inside.write_all(heard).await?;
            }
            read = inside.read(&mut said) => client.write_all(&said[..read?]).await?,
            Some(order) = orders.recv() => match order {
                Order::Say(bytes) => client.write_all(&bytes).await?,
                Order::HangUp => return client.shutdown().await,
                Order::Die => std::future::pending().await,
            },
        }
    }
}

/// Kinds of frames (RFC 9113, 6), without flags.
const PING: (u8, u8) = (6, 0);
const GO_AWAY: u8 = 7;
/// What a client says before its first frame has so many bytes.
const PREFACE: usize = 24;

/// Finds the frames in what a client says.
struct Frames {
    /// Bytes until the next begins.
    rest: usize,
    head: Vec<u8>,
}

impl Default for Frames {
    fn default() -> Self {
        Self { rest: PREFACE, head: Vec::new() }
    }
}

impl Frames {
    /// The kinds and flags of those that begin in these bytes.
    fn take(&mut self, bytes: &[u8]) -> Vec<(u8, u8)> {
        let mut found = Vec::new();
        for &byte in bytes {
            if self.rest > 0 {
                self.rest -= 1;
                continue;
            }
            self.head.push(byte);
            if let [a, b, c, kind, flags, _, _, _, _] = self.head[..] {
                self.rest = u32::from_be_bytes([0, a, b, c]) as usize;
                self.head.clear();
                found.push((kind, flags));
            }
        }
        found
    }
}

/// The frame that says: the connection takes nothing after this stream.
fn go_away(last: u32) -> Order {
    let head = [0, 0, 8, GO_AWAY, 0, 0, 0, 0, 0];
    let no_error = [0; 4];
    Order::Say([&head[..], &last.to_be_bytes(), &no_error].concat())
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    orders: mpsc::UnboundedSender<Order>,
    shared: Arc<Shared>,
) {
    let id = respond.stream_id().as_u32();
    let order = |order| orders.send(order).expect("the relay runs");
    let (head, stream) = request.into_parts();
    let request = Request::from_parts(head, whole(stream).await);
    let target = request.uri().path_and_query().expect("a path").to_string();
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let heard = Heard { method: request.method().to_string(), target, body };
    match shared.script.hear(heard) {
        None => give(shared.ask(request).await, respond),
        Some(Fault::Refused) => respond.send_reset(Reason::REFUSED_STREAM),
        // The stream before this one has a number that is lower by two.
        Some(Fault::TooLate) => {
            order(go_away(id.saturating_sub(2)));
            stay(respond).await;
        }
        Some(Fault::Last) => {
            order(go_away(id));
            give(shared.ask(request).await, respond);
        }
        Some(Fault::LastUnanswered) => {
            shared.ask(request).await;
            order(go_away(id));
            order(Order::HangUp);
            stay(respond).await;
        }
        Some(Fault::Reset) => {
            shared.ask(request).await;
            respond.send_reset(Reason::INTERNAL_ERROR);
        }
        Some(Fault::Dead) => {
            order(Order::Die);
            stay(respond).await;
        }
        Some(Fault::DeadAfterwards) => {
            shared.ask(request).await;
            order(Order::Die);
            stay(respond).await;
        }
        Some(Fault::Late(pings)) => {
            let answer = shared.ask(request).await;
            let mut asked = shared.pings.subscribe();
            let before = *asked.borrow();
            let enough = asked.wait_for(|&asked| asked >= before + pings);
            let _ = tokio::time::timeout(PATIENCE, enough).await.expect("nobody asked");
            give(answer, respond);
        }
    }
}

/// Keeps a stream open, until its connection ends: a stream that is let go is reset.
async fn stay(stream: SendResponse<Bytes>) {
    let _stream = stream;
    std::future::pending::<()>().await;
}

async fn whole(mut stream: RecvStream) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(Ok(part)) = stream.data().await {
        let _ = stream.flow_control().release_capacity(part.len());
        body.extend_from_slice(&part);
    }
    body
}

fn give(answer: Response<Bytes>, mut respond: SendResponse<Bytes>) {
    let (head, body) = answer.into_parts();
    // Who asked may have gone meanwhile.
    if let Ok(mut stream) = respond.send_response(Response::from_parts(head, ()), false) {
        let _ = stream.send_data(body, true);
    }
}

impl Shared {
    /// Passes a request on, and takes in the whole answer.
    async fn ask(&self, request: Request<Vec<u8>>) -> Response<Bytes> {
        let (mut head, body) = request.into_parts();
        let path = head.uri.path_and_query().expect("a path");
        head.headers.remove(HOST);
        let request = self.client.request(head.method, format!("{}{path}", self.upstream));
        let answer = request.headers(head.headers).body(body).send().await.expect("an answer");
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        for of_http1 in [CONNECTION, TRANSFER_ENCODING] {
            headers.remove(of_http1);
        }
        let mut response = Response::new(answer.bytes().await.expect("a body"));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}
