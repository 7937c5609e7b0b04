//! A proxy between a client and the emulator that spoils what passes, at the level of
//! TCP. It hears every request, and does with each what was planned, once. Knows
//! nothing of Atlas.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::script::{Heard, Script};

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In good order.
    Closed,
    /// By a reset, as a firewall or a crash does it.
    Reset,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not passed on, and no byte comes back.
    Unsent(End),
    /// It is passed on, and no byte comes back.
    Unanswered(End),
    /// It is passed on, and so many bytes of its answer come back, its head included.
    Cut(usize, End),
    /// It is not passed on, and the connection stays open and silent.
    Hold,
    /// It is passed on, and the connection stays open and silent.
    HoldAnswer,
    /// It is passed on, and its answer comes back late.
    Late(Duration),
    /// It is passed on, and its answer comes back in drips of so many bytes.
    Drip(usize, Duration),
    /// It is passed on, and in its answer the second stands wherever the first stood: they
    /// are of the same length.
    Changed(&'static str, &'static str),
    /// It is not passed on, and this comes back, byte for byte.
    Instead(String),
}

struct Shared {
    upstream: SocketAddr,
    script: Script<Fault>,
    /// Rises when connections on which nothing is on its way are to be closed.
    idle: watch::Sender<u64>,
}

/// A running proxy. Its connections end when it is dropped.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Takes connections; `None`: they are refused.
    door: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// A proxy to this server on loopback, on a port of its own.
    pub async fn before(base_url: &str) -> Self {
        let upstream = base_url.strip_prefix("http://").expect("plain HTTP");
        let shared = Arc::new(Shared {
            upstream: upstream.parse().expect("an address"),
            script: Script::default(),
            idle: watch::Sender::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let door = Some(tokio::spawn(take_connections(listener, shared.clone())));
        Self { address, shared, door }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses connections from now on, and ends those that there are.
    pub async fn refuse(&mut self) {
        if let Some(door) = self.door.take() {
            door.abort();
            // Its port is free once it is gone.
            let _ = door.await;
        }
    }

    /// Takes connections again, at the same port.
    pub async fn accept(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is ours");
        self.door = Some(tokio::spawn(take_connections(listener, self.shared.clone())));
    }

    /// Closes the connections that are kept for later.
    pub fn close_idle(&self) {
        self.shared.idle.send_modify(|times| *times += 1);
    }
}

impl Deref for FaultProxy {
    type Target = Script<Fault>;

    fn deref(&self) -> &Script<Fault> {
        &self.shared.script
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(door) = &self.door {
            door.abort();
        }
    }
}

/// Each connection has a task of its own; they end together with this one.
async fn take_connections(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => {
                let Ok((client, _)) = taken else { continue };
                let shared = shared.clone();
                connections.spawn(async move {
                    // What breaks off breaks off on purpose.
                    let _ = converse(client, &shared).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Passes one request after the other, until something is to go wrong.
async fn converse(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut idle = shared.idle.subscribe();
    loop {
        let request = tokio::select! {
            message = message(&mut client) => message?,
            _ = idle.changed() => return Ok(()),
        };
        match shared.script.hear(heard(&request)) {
            None => client.write_all(&shared.ask(&request).await?).await?,
            Some(Fault::Unsent(end)) => return finish(&client, end),
            Some(Fault::Unanswered(end)) => {
                shared.ask(&request).await?;
                return finish(&client, end);
            }
            Some(Fault::Cut(bytes, end)) => {
                let answer = shared.ask(&request).await?;
                client.write_all(&answer[..bytes.min(answer.len())]).await?;
                return finish(&client, end);
            }
            Some(Fault::Hold) => return hold(client).await,
            Some(Fault::HoldAnswer) => {
                shared.ask(&request).await?;
                return hold(client).await;
            }
            Some(Fault::Late(time)) => {
                let answer = shared.ask(&request).await?;
                tokio::time::sleep(time).await;
                client.write_all(&answer).await?;
            }
            Some(Fault::Drip(bytes, pause)) => {
                for drip in shared.ask(&request).await?.chunks(bytes.max(1)) {
                    tokio::time::sleep(pause).await;
                    client.write_all(drip).await?;
                }
            }
            Some(Fault::Changed(from, to)) => {
                assert_eq!(from.len(), to.len());
                let answer = String::from_utf8(shared.ask(&request).await?).expect("text");
                client.write_all(answer.replace(from, to).as_bytes()).await?;
            }
            Some(Fault::Instead(answer)) => client.write_all(answer.as_bytes()).await?,
        }
    }
}

fn finish(client: &TcpStream, end: End) -> io::Result<()> {
    if end == End::Reset {
        client.set_zero_linger()?;
    }
    Ok(())
}

/// Stays silent until the other side has had enough.
async fn hold(mut client: TcpStream) -> io::Result<()> {
    while client.read(&mut [0; 256]).await? > 0 {}
    Ok(())
}

impl Shared {
    /// Passes a request on, and takes in the whole answer.
    async fn ask(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(self.upstream).await?;
        server.write_all(request).await?;
        message(&mut server).await
    }
}

/// One message of HTTP/1.1, head and body, byte for byte. Nobody here sends the next
/// one before the last was answered.
async fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    while !is_whole(&message) {
        if stream.read_buf(&mut message).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(message)
}

fn is_whole(message: &[u8]) -> bool {
    let Some(end) = message.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&message[..end]).to_ascii_lowercase();
    assert!(!head.contains("transfer-encoding"), "nobody here sends chunks");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(0, |length| length.trim().parse().expect("a length"));
    message.len() >= end + 4 + length
}

fn heard(request: &[u8]) -> Heard {
    let text = String::from_utf8_lossy(request);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut words = head.split(' ').map(str::to_owned);
    let method = words.next().unwrap_or_default();
    Heard { method, target: words.next().unwrap_or_default(), body: body.to_owned() }
}
