//! What comes in from the terminal and from the system.

use std::io;
use std::sync::Arc;

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt;
use ratatui::layout::Size;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::app::Event;
use crate::atlas::Issued;

/// Something to take in.
#[derive(Debug)]
pub enum Incoming {
    /// An event for the program.
    Event(Event),
    /// A secret is to be sent to the terminal's clipboard: there is no other.
    CopySecret(Arc<Issued>),
    /// The system asks to stop for a while.
    Suspend,
    /// The system says that we go on.
    Resume,
    /// The system asks to end, by this signal.
    End(Signal),
}

/// What the system may say to a program with a terminal.
const SIGNALS: [(Signal, fn() -> Incoming); 7] = [
    (Signal::TERM, || Incoming::End(Signal::TERM)),
    (Signal::INT, || Incoming::End(Signal::INT)),
    (Signal::QUIT, || Incoming::End(Signal::QUIT)),
    // The terminal is gone: without this, reading it would spin.
    (Signal::HUP, || Incoming::End(Signal::HUP)),
    (Signal::TSTP, || Incoming::Suspend),
    (Signal::CONT, || Incoming::Resume),
    // The event stream loses a resize that comes together with a key. The size is
    // asked of the terminal itself, so that it does not matter here.
    (Signal::WINCH, || Incoming::Event(Event::Resize(Size::ZERO))),
];

/// Begins to listen to the terminal and to signals.
///
/// # Errors
/// Where the system does not let us listen to a signal.
pub fn listen(to: &UnboundedSender<Incoming>) -> io::Result<Listening> {
    let mut tasks = Vec::new();
    for (kind, incoming) in SIGNALS {
        let mut signals = signal(SignalKind::from_raw(kind.as_raw()))?;
        let to = to.clone();
        tasks.push(tokio::spawn(async move {
            while signals.recv().await.is_some() && to.send(incoming()).is_ok() {}
        }));
    }
    tasks.push(tokio::spawn(listen_to_terminal(to.clone())));
    Ok(Listening(tasks))
}

/// The tasks that listen. They must be ended: one that reads the terminal would
/// take the next key from whoever reads it then.
#[must_use]
pub struct Listening(Vec<JoinHandle<()>>);

impl Listening {
    /// Ends to listen, and waits until that is so.
    pub async fn end(self) {
        for task in self.0 {
            task.abort();
            // It was aborted: there is nothing to learn from it.
            let _ = task.await;
        }
    }
}

/// One task owns the stream: it keeps a single waker, so that polling it from the
/// loop would lose keys.
async fn listen_to_terminal(to: UnboundedSender<Incoming>) {
    let mut stream = EventStream::new();
    while let Some(Ok(event)) = stream.next().await {
        let event = match event {
            TerminalEvent::Key(key) => Event::Key(key),
            TerminalEvent::Paste(text) => Event::Paste(text),
            TerminalEvent::FocusLost => Event::Unwatched,
            TerminalEvent::Resize(..) | TerminalEvent::FocusGained | TerminalEvent::Mouse(_) => {
                continue;
            }
        };
        if to.send(Incoming::Event(event)).is_err() {
            return;
        }
    }
    let _ = to.send(Incoming::End(Signal::HUP));
}
