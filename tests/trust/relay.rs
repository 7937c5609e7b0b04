//! A proxy that notes where it is asked to connect to, and brings everybody to one
//! address; or that refuses, as one does that wants a password.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a proxy does with whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Connects them to this address.
    Tunnel(SocketAddr),
    /// Answers 407.
    WantsPassword,
    /// Hangs up once it has heard what is wanted.
    Dies,
}

/// A proxy at work; it ends when dropped.
pub struct Relay {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Relay {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let notes = asked.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, manner, notes.clone()));
            }
        });
        Self { address, asked, task }
    }

    /// The first line of every request, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("whole").clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, manner: Manner, asked: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    asked.lock().expect("whole").push(line);
    let _ = match manner {
        Manner::Tunnel(to) => {
            let mut to = TcpStream::connect(to).await.expect("it listens");
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.expect("it hears");
            copy_bidirectional(&mut stream, &mut to).await.map(|_| ())
        }
        Manner::WantsPassword => {
            let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await
        }
        Manner::Dies => Ok(()),
    };
}
