//! The terminal: taken, drawn on, lent to the shell, and always given back.

use std::io::{self, IsTerminal, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};
use crossterm::{cursor, execute};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use rustix::process::{Signal, getpid, kill_process};

use super::canvas::Canvas;
use super::pen::Pen;

/// The terminal is ours just now, so a panic must give it back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// This process's terminal while gatehouse has it. Dropping it gives it back.
pub struct Terminal(Canvas<Pen<Stdout>>);

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Where standard input or output is not a terminal.
    pub fn enter() -> io::Result<Self> {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Err(io::Error::other("a terminal is needed to draw on and to read from"));
        }
        let mut terminal = Self(Canvas::new(Pen::new(io::stdout())));
        terminal.take_back()?;
        Ok(terminal)
    }

    /// The size for which it is drawn on, in columns and rows; the terminal's own
    /// since [`Terminal::forget`].
    #[must_use]
    pub fn size(&self) -> Size {
        self.0.size()
    }

    /// Draws what `view` draws, where it differs from the screen.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn draw(&mut self, view: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        self.0.draw(view)
    }

    /// Forgets what is on the screen: the next frame is drawn whole, at the size
    /// that the terminal has now.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn forget(&mut self) -> io::Result<()> {
        let (width, height) = size()?;
        self.0.clear(Size::new(width, height))
    }

    /// Hands text to the terminal's clipboard, as [`Canvas::copy`].
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.0.copy(text)
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
            self.0.out(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            cursor::Hide
        )?;
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
