//! The terminal: taken, drawn on, lent to the shell, and always given back.

use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::{Backend, ClearType, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use rustix::process::{Signal, getpid, kill_process};

use super::pen::Pen;

/// The terminal is ours just now, so a panic must give it back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// This process's terminal while gatehouse has it. Dropping it gives it back.
pub struct Terminal {
    backend: CrosstermBackend<Pen<Stdout>>,
    /// What is on the screen, and what will be: empty between two frames.
    shown: Buffer,
    next: Buffer,
    cursor: Option<Position>,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Where standard input or output is not a terminal.
    pub fn enter() -> io::Result<Self> {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Err(io::Error::other("a terminal is needed to draw on and to read from"));
        }
        let backend = CrosstermBackend::new(Pen::new(io::stdout()));
        let empty = Buffer::empty(Rect::ZERO);
        let mut terminal = Self { backend, shown: empty.clone(), next: empty, cursor: None };
        terminal.take_back()?;
        Ok(terminal)
    }

    /// The size for which it is drawn on, in columns and rows; the terminal's own
    /// since [`Terminal::forget`].
    #[must_use]
    pub fn size(&self) -> Size {
        self.shown.area.as_size()
    }

    /// Draws what `view` draws, and writes only what differs from the screen: a
    /// frame that looks the same writes nothing at all.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn draw(&mut self, view: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        let cursor = view(&mut self.next);
        let drawn = self.show(cursor);
        // What is no longer on the screen goes at once, not with the next frame: a
        // buffer that is given back is wiped, whatever its cells were made of.
        self.next = Buffer::empty(self.shown.area);
        drawn
    }

    /// Lets the screen show what `next` holds.
    fn show(&mut self, cursor: Option<Position>) -> io::Result<()> {
        let changes = self.shown.diff(&self.next);
        if changes.is_empty() && cursor == self.cursor {
            return Ok(());
        }
        queue!(self.backend, BeginSynchronizedUpdate)?;
        if self.cursor.is_some() {
            self.backend.hide_cursor()?;
        }
        if !changes.is_empty() {
            self.backend.draw(changes.into_iter())?;
        }
        if let Some(position) = cursor {
            self.backend.set_cursor_position(position)?;
            self.backend.show_cursor()?;
        }
        queue!(self.backend, EndSynchronizedUpdate)?;
        Write::flush(&mut self.backend)?;
        self.cursor = cursor;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// Forgets what is on the screen: the next frame is drawn whole, at the size
    /// that the terminal has now.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn forget(&mut self) -> io::Result<()> {
        let area = Rect::from((Position::ORIGIN, self.backend.size()?));
        self.backend.clear_region(ClearType::All)?;
        for buffer in [&mut self.shown, &mut self.next] {
            *buffer = Buffer::empty(area);
        }
        Ok(())
    }

    /// Hands text to the terminal's clipboard (OSC 52), which also works over
    /// ssh. Whether the terminal takes it, it does not tell.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.backend, CopyToClipboard::to_clipboard_from(text))
    }

    /// Gives the terminal back, stops until the shell lets us go on, and takes it
    /// again.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // Not TSTP: that one we listen to ourselves.
        kill_process(getpid(), Signal::STOP)?;
        self.take_back()
    }

    /// Takes the terminal (again) and clears it.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn take_back(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(
            self.backend,
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            cursor::Hide
        )?;
        self.cursor = None;
        self.forget()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal is ours just now.
pub(super) fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Leaves the terminal as it was found. May be called twice; never fails and
/// never prints, for the terminal may be gone.
pub(super) fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = Pen::new(io::stdout());
        let _ = execute!(
            out,
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            DisableFocusChange,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}
