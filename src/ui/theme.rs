//! Styles and symbols by meaning. Screens never name a colour.

use ratatui::style::{Color, Modifier, Style};

use super::style::{self, Unknown};
use super::symbols::{self, Symbols};
use crate::atlas::text::BLANK;
use crate::rules::change::Tone;
use crate::rules::health::Mark;

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
    /// What lies behind a dialog.
    pub behind: Style,
    /// What is not a letter.
    pub symbols: &'static Symbols,
}

/// A theme's maker, by its name.
type BuiltIn = (&'static str, fn() -> Theme);

/// The themes that need no configuration.
const BUILT_IN: [BuiltIn; 4] =
    [("ansi", Theme::ansi), ("dark", Theme::dark), ("light", Theme::light), ("mono", Theme::mono)];

/// The style of a meaning, in a theme.
type Meaning = (&'static str, fn(&mut Theme) -> &mut Style);

/// What a theme of one's own can change.
const MEANINGS: [Meaning; 9] = [
    ("text", |theme| &mut theme.text),
    ("strong", |theme| &mut theme.strong),
    ("dim", |theme| &mut theme.dim),
    ("good", |theme| &mut theme.good),
    ("soon", |theme| &mut theme.soon),
    ("danger", |theme| &mut theme.danger),
    ("selected", |theme| &mut theme.selected),
    ("matched", |theme| &mut theme.matched),
    ("behind", |theme| &mut theme.behind),
];

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
            selected: over(plain.add_modifier(Modifier::REVERSED)),
            matched: plain.add_modifier(Modifier::UNDERLINED),
            behind: plain.add_modifier(Modifier::DIM),
            symbols: &symbols::TYPOGRAPHIC,
        }
    }

    /// True colours, the same in every terminal, on a dark background.
    #[must_use]
    pub fn dark() -> Self {
        Self::true_colour([0x00b0_b0b8, 0x008f_d18f, 0x00f0_c060, 0x00ff_9d94, 0x007f_d1e0])
    }

    /// True colours, the same in every terminal, on a light background.
    #[must_use]
    pub fn light() -> Self {
        Self::true_colour([0x0055_555d, 0x001b_5e20, 0x007a_4300, 0x00a8_001c, 0x0000_5566])
    }

    /// The colours (`0xrrggbb`) of what is dim, good, soon, dangerous and matched.
    fn true_colour(colours: [u32; 5]) -> Self {
        let [dim, good, soon, danger, matched] =
            colours.map(|colour| Style::new().fg(Color::from_u32(colour)));
        Self {
            dim,
            good,
            soon,
            danger: danger.add_modifier(Modifier::BOLD),
            matched: matched.add_modifier(Modifier::UNDERLINED),
            ..Self::mono()
        }
    }

    /// The style of a text that others chose: a word in its place is muted.
    #[must_use]
    pub fn chosen(&self, text: &str, style: Style) -> Style {
        if text == BLANK { self.dim } else { style }
    }

    /// The theme with this name, of those that need no configuration.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, theme)| theme())
    }

    /// The names of those.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Gives a meaning the style that is written in these words, in the place of its own.
    ///
    /// # Errors
    /// The word that means nothing.
    pub fn set(&mut self, meaning: &str, words: &str) -> Result<(), Unknown> {
        let Some((name, place)) = MEANINGS.iter().find(|(name, _)| *name == meaning) else {
            let known = MEANINGS.iter().map(|(name, _)| *name).collect();
            return Err(Unknown { what: "a meaning", word: meaning.to_owned(), known });
        };
        let style = style::read(words)?;
        *place(self) = if *name == "selected" { over(style) } else { style };
        Ok(())
    }

    /// Whether a terminal with sixteen or 256 colours cannot show it.
    #[must_use]
    pub fn needs_true_colour(&self) -> bool {
        let mut theme = self.clone();
        let is_true = |colour| matches!(colour, Some(Color::Rgb(..)));
        MEANINGS.iter().any(|(_, place)| {
            let style = place(&mut theme);
            is_true(style.fg) || is_true(style.bg)
        })
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

/// A style that leaves nothing of what it lies on: reversed, colours would glare, and what
/// is dim would leave holes.
fn over(style: Style) -> Style {
    let style = Style { fg: style.fg.or(Some(Color::Reset)), ..style };
    if style.add_modifier.contains(Modifier::DIM) {
        return style;
    }
    style.remove_modifier(Modifier::DIM)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Backgrounds that people have: black, and those of well-known colour schemes.
    const DARK: [u32; 7] =
        [0x0000_0000, 0x001e_1e1e, 0x0028_2a36, 0x0000_2b36, 0x002e_3440, 0x0028_2c34, 0x001d_1f21];
    const LIGHT: [u32; 5] = [0x00ff_ffff, 0x00fd_f6e3, 0x00fa_fafa, 0x00ee_eeee, 0x00ef_f1f5];

    /// How light a colour is (WCAG 2, relative luminance).
    fn luminance(colour: u32) -> f64 {
        let channel = |shift: u32| {
            let value = f64::from((colour >> shift) & 0xff) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
    }

    /// How well two colours can be told apart, from 1 to 21 (WCAG 2).
    fn contrast(one: u32, other: u32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn foregrounds(theme: &Theme) -> Vec<(&'static str, Option<Color>)> {
        let mut theme = theme.clone();
        MEANINGS.iter().map(|(name, place)| (*name, place(&mut theme).fg)).collect()
    }

    #[test]
    fn true_colours_can_be_read_on_their_backgrounds() {
        assert!((contrast(0, 0x00ff_ffff) - 21.0).abs() < 1e-9);
        assert!((contrast(0x0076_7676, 0x00ff_ffff) - 4.54).abs() < 0.01);
        for (theme, backgrounds) in [(Theme::dark(), &DARK[..]), (Theme::light(), &LIGHT)] {
            let mut checked = 0;
            for (meaning, colour) in foregrounds(&theme) {
                let Some(Color::Rgb(red, green, blue)) = colour else { continue };
                let colour = u32::from_be_bytes([0, red, green, blue]);
                for background in backgrounds {
                    let contrast = contrast(colour, *background);
                    assert!(contrast >= 4.5, "{meaning} on {background:06x}: {contrast:.2}");
                    checked += 1;
                }
            }
            assert_eq!(checked, 5 * backgrounds.len());
        }
    }

    #[test]
    fn the_terminals_own_colours_are_those_that_can_be_read_everywhere() {
        use Color::{Green, Magenta, Red, Reset};
        for (meaning, colour) in foregrounds(&Theme::ansi()) {
            assert!(
                matches!(colour, None | Some(Reset | Red | Green | Magenta)),
                "{meaning}: {colour:?}"
            );
        }
        for (meaning, colour) in foregrounds(&Theme::mono()) {
            assert!(matches!(colour, None | Some(Reset)), "{meaning}: {colour:?}");
        }
    }

    #[test]
    fn each_has_its_name_and_only_two_need_true_colours() {
        let true_colour: Vec<_> = Theme::names()
            .filter(|name| Theme::named(name).expect("it is there").needs_true_colour())
            .collect();
        assert_eq!(true_colour, ["dark", "light"]);
        assert_eq!(Theme::named("neon"), None);
    }

    #[test]
    fn a_meaning_is_given_another_style() {
        let mut theme = Theme::ansi();
        theme.set("danger", "bold #ff8700").expect("a style");
        let orange = Style::new().fg(Color::Rgb(255, 135, 0));
        assert_eq!(theme.danger, orange.add_modifier(Modifier::BOLD));
        assert!(theme.needs_true_colour());
        theme.set("selected", "reversed").expect("a style");
        assert_eq!(theme.selected, Theme::ansi().selected, "nothing of the row's colours stays");
        let unknown = theme.set("dangr", "bold").expect_err("no meaning");
        assert_eq!((unknown.what, unknown.word.as_str()), ("a meaning", "dangr"));
        assert!(unknown.known.contains(&"danger"));
        assert_eq!(theme.set("danger", "bold redd").expect_err("no colour").word, "redd");
    }
}
