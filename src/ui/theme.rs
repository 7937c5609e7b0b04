//! Styles by meaning. Screens never name a colour.

use ratatui::style::{Color, Modifier, Style};

use crate::rules::change::Tone;
use crate::rules::health::Mark;
use crate::ui::symbols::{self, Symbols};

/// The meanings that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text: the terminal's own.
    pub text: Style,
    /// Titles, column heads, keys.
    pub strong: Style,
    /// Secondary text.
    pub dim: Style,
    /// In order.
    pub good: Style,
    /// Needs attention soon.
    pub soon: Style,
    /// Wrong or dangerous.
    pub danger: Style,
    /// The row under the cursor.
    pub selected: Style,
    /// What a filter word matched.
    pub matched: Style,
    /// What is not a letter.
    pub symbols: &'static Symbols,
}

impl Theme {
    /// The terminal's own sixteen colours on its own background; right on dark
    /// and light. No black, white, yellow or blue text: each is unreadable on
    /// somebody's background.
    #[must_use]
    pub fn ansi() -> Self {
        Self {
            good: Style::new().fg(Color::Green),
            soon: Style::new().fg(Color::Magenta),
            danger: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            ..Self::mono()
        }
    }

    /// No colour at all (`NO_COLOR`, `--color never`): marks and words carry the
    /// meaning, bold and reverse repeat it.
    #[must_use]
    pub fn mono() -> Self {
        let plain = Style::new();
        Self {
            text: plain,
            strong: plain.add_modifier(Modifier::BOLD),
            dim: plain.add_modifier(Modifier::DIM),
            good: plain,
            soon: plain.add_modifier(Modifier::BOLD),
            danger: plain.add_modifier(Modifier::BOLD),
            // Without the colours of what it lies on: reversed, they would glare.
            selected: plain.fg(Color::Reset).add_modifier(Modifier::REVERSED),
            matched: plain.add_modifier(Modifier::UNDERLINED),
            symbols: &symbols::TYPOGRAPHIC,
        }
    }

    /// The style of a mark.
    #[must_use]
    pub fn mark(&self, mark: Mark) -> Style {
        match mark {
            Mark::Good => self.good,
            Mark::Soon => self.soon,
            Mark::Broken | Mark::Open => self.danger,
            Mark::None | Mark::Unknown => self.dim,
        }
    }
}

impl Theme {
    /// The style of a line about what would happen.
    #[must_use]
    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Gain => self.good,
            Tone::Loss | Tone::Danger => self.danger,
            Tone::Warning | Tone::Doubt => self.soon,
            Tone::Plain => self.dim,
        }
    }
}

/// The word of a mark, by which a filter finds it (`secret:soon`).
#[must_use]
pub fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "good",
        Mark::Soon => "soon",
        Mark::Broken => "broken",
        Mark::None => "none",
        Mark::Open => "open",
        Mark::Unknown => "unknown",
    }
}
