//! What comes in from the terminal and from the system.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossterm::event::{
    Event as TerminalEvent, EventStream, MouseButton, MouseEvent, MouseEventKind,
};
use futures_util::StreamExt;
use ratatui::layout::{Position, Size};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::app::{Event, Pointer};
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
    // The terminal is gone.
    (Signal::HUP, || Incoming::End(Signal::HUP)),
    (Signal::TSTP, || Incoming::Suspend),
    (Signal::CONT, || Incoming::Resume),
    // The event stream loses a resize that comes together with a key. The size is
    // asked of the terminal itself, so that it does not matter here.
    (Signal::WINCH, || Incoming::Event(Event::Resize(Size::ZERO))),
];

/// Who reads the terminal ends at once, unless it is gone: then it may never do.
const LAST_READ: Duration = Duration::from_millis(200);

/// Begins to listen to the terminal and to signals.
///
/// # Errors
/// Where the system does not let us listen to a signal, or gives no thread.
pub fn listen(to: &UnboundedSender<Incoming>) -> io::Result<Listening> {
    let mut signals = Vec::new();
    for (kind, incoming) in SIGNALS {
        let mut each = signal(SignalKind::from_raw(kind.as_raw()))?;
        let to = to.clone();
        signals.push(tokio::spawn(async move {
            while each.recv().await.is_some() && to.send(incoming()).is_ok() {}
        }));
    }
    watch_terminal(to.clone())?;
    Ok(Listening { signals, terminal: Reader::start(to.clone())? })
}

/// Those that listen. They must be ended: who reads the terminal would take the next
/// key from whoever reads it then.
#[must_use]
pub struct Listening {
    signals: Vec<JoinHandle<()>>,
    terminal: Reader,
}

impl Listening {
    /// Ends to listen, and waits until that is so.
    pub async fn end(self) {
        for task in self.signals {
            task.abort();
            // It was aborted: there is nothing to learn from it.
            let _ = task.await;
        }
        self.terminal.end().await;
    }
}

/// A thread of its own that reads the terminal. Once the terminal is gone, crossterm
/// never comes back from reading it (<https://github.com/crossterm-rs/crossterm/issues/793>),
/// and a task that reads it would take along whatever waits behind it: the signal which
/// says so, too.
struct Reader {
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

impl Reader {
    fn start(to: UnboundedSender<Incoming>) -> io::Result<Self> {
        let (stop, stopping) = oneshot::channel();
        let (stops, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        thread::Builder::new().name("terminal".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = listen_to_terminal(to) => {}
                    _ = stopping => {}
                }
            });
            drop(stops);
        })?;
        Ok(Self { stop, stopped })
    }

    async fn end(self) {
        drop(self.stop);
        let _ = timeout(LAST_READ, self.stopped).await;
    }
}

/// Tells that the terminal is gone, even where no signal does: it goes to the leader of
/// the session alone, such as a shell, which may keep it to itself. The thread stays: it
/// takes nothing from whoever reads the terminal.
fn watch_terminal(to: UnboundedSender<Incoming>) -> io::Result<()> {
    thread::Builder::new().name("hang-up".into()).spawn(move || {
        let terminal = io::stdin();
        // Of what can be told of it, nothing else is asked.
        let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
        while poll(&mut watched, None) == Err(Errno::INTR) {}
        if watched[0].revents().contains(PollFlags::HUP) {
            // Nobody listens any more where the program has been left.
            let _ = to.send(Incoming::End(Signal::HUP));
        }
    })?;
    Ok(())
}

/// What is done with the mouse, as far as it matters.
fn pointer(mouse: MouseEvent) -> Option<Pointer> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            Some(Pointer::Press(Position::new(mouse.column, mouse.row)))
        }
        MouseEventKind::ScrollUp => Some(Pointer::WheelUp),
        MouseEventKind::ScrollDown => Some(Pointer::WheelDown),
        _ => None,
    }
}

/// One task owns the stream: it keeps a single waker, so that polling it from the
/// loop would lose keys.
async fn listen_to_terminal(to: UnboundedSender<Incoming>) {
    let mut stream = EventStream::new();
    while let Some(Ok(event)) = stream.next().await {
        let Some(event) = meant(event) else { continue };
        if to.send(Incoming::Event(event)).is_err() {
            return;
        }
    }
    let _ = to.send(Incoming::End(Signal::HUP));
}

/// What the terminal tells, as the program hears of it.
fn meant(event: TerminalEvent) -> Option<Event> {
    match event {
        TerminalEvent::Key(key) => Some(Event::Key(key)),
        TerminalEvent::Paste(text) => Some(Event::Paste(text)),
        TerminalEvent::FocusGained => Some(Event::Watched),
        TerminalEvent::FocusLost => Some(Event::Unwatched),
        TerminalEvent::Mouse(mouse) => pointer(mouse).map(Event::Pointer),
        TerminalEvent::Resize(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_that_comes_and_goes_is_heard_of() {
        assert!(matches!(meant(TerminalEvent::FocusGained), Some(Event::Watched)));
        assert!(matches!(meant(TerminalEvent::FocusLost), Some(Event::Unwatched)));
        assert!(meant(TerminalEvent::Resize(9, 9)).is_none());
    }
}
