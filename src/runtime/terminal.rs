//! The terminal: taken, drawn on, lent to the shell, and always given back.

use std::fmt;
use std::io::{self, IsTerminal, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{Command, cursor, execute};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use rustix::process::{Signal, getpid, kill_process};

use super::canvas::Canvas;
use super::pen::Pen;

/// Makes sure that there is a terminal.
///
/// # Errors
/// Where standard input or output is none.
pub fn demand() -> io::Result<()> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(io::Error::other("a terminal is needed to draw on and to read from"))
}

/// The terminal is ours just now, so a panic must give it back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal sends us clicks and the wheel just now.
static CLICKED: AtomicBool = AtomicBool::new(false);

/// Asks the terminal for clicks and the wheel, with places of any size. crossterm's own
/// command would ask for every movement, too.
struct EnableClicks;
/// Asks for them no more.
struct DisableClicks;

impl Command for EnableClicks {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str("\x1b[?1000h\x1b[?1006h")
    }
}

impl Command for DisableClicks {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str("\x1b[?1006l\x1b[?1000l")
    }
}

/// This process's terminal while gatehouse has it. Dropping it gives it back.
pub struct Terminal {
    canvas: Canvas<Pen<Stdout>>,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal, and the mouse where it is wanted.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        let mut terminal = Self { canvas: Canvas::new(Pen::new(io::stdout())), mouse };
        terminal.take_back()?;
        Ok(terminal)
    }

    /// The size for which it is drawn on, in columns and rows; the terminal's own
    /// since [`Terminal::forget`].
    #[must_use]
    pub fn size(&self) -> Size {
        self.canvas.size()
    }

    /// Draws what `view` draws, where it differs from the screen.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn draw(&mut self, view: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        self.canvas.draw(view)
    }

    /// Forgets what is on the screen: the next frame is drawn whole, at the size
    /// that the terminal has now.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn forget(&mut self) -> io::Result<()> {
        let (width, height) = size()?;
        self.canvas.clear(Size::new(width, height))
    }

    /// Hands text to the terminal's clipboard, as [`Canvas::copy`].
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.canvas.copy(text)
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

    /// Takes the terminal again after a stop that nobody has told of before: whoever had it
    /// meanwhile has left it in a mode of its own.
    ///
    /// # Errors
    /// Where the terminal cannot be written.
    pub fn resume(&mut self) -> io::Result<()> {
        // A terminal that was closed says so when it is written.
        let _ = disable_raw_mode();
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
            self.canvas.out(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            cursor::Hide
        )?;
        if self.mouse {
            CLICKED.store(true, Ordering::SeqCst);
            execute!(self.canvas.out(), EnableClicks)?;
        }
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
        if CLICKED.swap(false, Ordering::SeqCst) {
            let _ = execute!(out, DisableClicks);
        }
        let _ = execute!(
            out,
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            DisableFocusChange,
            // tmux takes what stands there over to the main screen where it was resized
            // meanwhile.
            Clear(ClearType::All),
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}
