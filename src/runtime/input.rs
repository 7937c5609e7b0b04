//! What comes in from the terminal and from the system.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossterm::event::{
    self, Event as TerminalEvent, EventStream, MouseButton, MouseEvent, MouseEventKind,
};
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

/// So long it is waited for a key before it is waited anew.
const A_DAY: Duration = Duration::from_hours(24);

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

/// A thread of its own that reads the terminal: what is read is on its way without another
/// thread's being woken in between. Once the terminal is gone, crossterm never comes back
/// from reading it (<https://github.com/crossterm-rs/crossterm/issues/793>), and a task that
/// reads it would take along whatever waits behind it: the signal which says so, too.
struct Reader {
    stopping: Arc<AtomicBool>,
    /// Is never asked for anything: dropping it wakes whoever reads.
    waker: EventStream,
    stopped: oneshot::Receiver<()>,
}

impl Reader {
    fn start(to: UnboundedSender<Incoming>) -> io::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        let (waker, (stops, stopped)) = (EventStream::new(), oneshot::channel());
        let is_over = stopping.clone();
        thread::Builder::new().name("terminal".into()).spawn(move || {
            read_terminal(&to, &is_over);
            drop(stops);
        })?;
        Ok(Self { stopping, waker, stopped })
    }

    async fn end(self) {
        self.stopping.store(true, Ordering::SeqCst);
        drop(self.waker);
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

/// Tells what comes from the terminal until it is over, or nobody listens.
fn read_terminal(to: &UnboundedSender<Incoming>, is_over: &AtomicBool) {
    while !is_over.load(Ordering::SeqCst) {
        // Reading itself goes on when it is woken; waiting does not.
        let incoming = match event::poll(A_DAY) {
            Ok(false) => continue,
            Ok(true) => event::read().map(meant),
            Err(error) => Err(error),
        };
        let incoming = match incoming {
            Ok(event) => event.map(Incoming::Event),
            Err(_) => Some(Incoming::End(Signal::HUP)),
        };
        let is_last = matches!(incoming, Some(Incoming::End(_)));
        if incoming.is_some_and(|incoming| to.send(incoming).is_err()) || is_last {
            return;
        }
    }
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
