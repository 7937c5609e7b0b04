//! The TCP connections: like any other, in clear or under TLS, except that one can
//! be cut in the middle of an answer. Knows nothing of HTTP.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

/// Where connections come in.
pub(super) struct Door {
    pub(super) listener: TcpListener,
    /// Set where connections are to be under TLS.
    pub(super) tls: Option<TlsAcceptor>,
}

/// A connection.
pub(super) struct Line {
    stream: Stream,
    leash: Arc<Leash>,
}

enum Stream {
    Clear(TcpStream),
    /// The other end still has to shake hands.
    Greeting(Box<Accept<TcpStream>>),
    Tls(Box<TlsStream<TcpStream>>),
    /// The other end did not shake hands.
    Refused,
}

/// How many bytes were written, and after how many the connection is cut.
#[derive(Debug)]
struct Leash {
    written: AtomicU64,
    end: AtomicU64,
}

/// The other end of a connection, as a call sees it.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    leash: Arc<Leash>,
}

impl Peer {
    /// Ends the connection after so many more bytes: whatever would be sent then is
    /// not.
    pub(super) fn cut_after(&self, bytes: u64) {
        let written = self.leash.written.load(Ordering::Relaxed);
        self.leash.end.store(written.saturating_add(bytes), Ordering::Relaxed);
    }
}

impl Leash {
    /// How many of so many bytes may still be written.
    fn allows(&self, bytes: usize) -> io::Result<usize> {
        let left = self.end.load(Ordering::Relaxed) - self.written.load(Ordering::Relaxed);
        match usize::try_from(left).unwrap_or(usize::MAX) {
            0 => Err(io::ErrorKind::ConnectionAborted.into()),
            left => Ok(left.min(bytes)),
        }
    }

    fn note(&self, bytes: usize) {
        self.written.fetch_add(bytes.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Door {
    /// The next connection, with its other end.
    pub(super) async fn next(&mut self) -> (Line, Peer) {
        // The library's way of taking connections: it waits where files are short.
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Answers are small; none must wait for the acknowledgement of another.
        let _ = stream.set_nodelay(true);
        let stream = match &self.tls {
            None => Stream::Clear(stream),
            Some(tls) => Stream::Greeting(Box::new(tls.accept(stream))),
        };
        let leash = Leash { written: AtomicU64::new(0), end: AtomicU64::new(u64::MAX) };
        let leash = Arc::new(leash);
        let peer = Peer { address: address.ip().to_canonical(), leash: leash.clone() };
        (Line { stream, leash }, peer)
    }
}

/// Both kinds of stream at once.
trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

impl Line {
    /// The stream, once the other end has shaken hands.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Pin<&mut dyn Bytes>>> {
        if let Stream::Greeting(greeting) = &mut self.stream {
            // Who did not shake hands is not asked for it again.
            self.stream = match ready!(Pin::new(greeting).poll(cx)) {
                Ok(stream) => Stream::Tls(Box::new(stream)),
                Err(_) => Stream::Refused,
            };
        }
        Poll::Ready(match &mut self.stream {
            Stream::Clear(stream) => Ok(Pin::new(stream)),
            Stream::Tls(stream) => Ok(Pin::new(stream)),
            Stream::Greeting(_) | Stream::Refused => Err(io::ErrorKind::NotConnected.into()),
        })
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.leash.allows(1)?;
        ready!(self.poll_open(cx))?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = self.leash.allows(bytes.len())?;
        let written = ready!(ready!(self.poll_open(cx))?.poll_write(cx, &bytes[..allowed]))?;
        self.leash.note(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Whoever was cut off hears no farewell.
        self.leash.allows(1)?;
        ready!(self.poll_open(cx))?.poll_shutdown(cx)
    }
}
