//! Symbols by meaning: the only home of what is not a letter. Each takes one column in
//! both sets, so that every screen is laid out alike.

use ratatui::symbols::border;

use crate::app::keys::{Binding, Key};
use crate::rules::change::Tone;
use crate::rules::health::Mark;

/// What is drawn for each meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct Symbols {
    /// In order.
    pub good: &'static str,
    /// Needs attention soon.
    pub soon: &'static str,
    /// Expired, refused, failed.
    pub broken: &'static str,
    /// None, or never.
    pub none: &'static str,
    /// Open to everybody.
    pub open: &'static str,
    /// Not known.
    pub unknown: &'static str,
    /// Is added.
    pub gain: &'static str,
    /// Is taken away.
    pub loss: &'static str,
    /// May have happened.
    pub doubt: &'static str,
    /// A line that only tells.
    pub plain: &'static str,
    /// Was done.
    pub done: &'static str,
    /// Is still to be done.
    pub todo: &'static str,
    /// Is being done.
    pub working: &'static str,
    /// Is waited for.
    pub pending: &'static str,
    /// Atlas asked to wait.
    pub paused: &'static str,
    /// Stands where there is nothing.
    pub nothing: &'static str,
    /// Stands for a letter that is hidden.
    pub hidden: &'static str,
    /// The row under the cursor.
    pub cursor: &'static str,
    /// The row is marked.
    pub marked: &'static str,
    /// The row is another than it was.
    pub changed: &'static str,
    /// Something was cut off here.
    pub cut: &'static str,
    /// Between two parts of a title.
    pub dot: &'static str,
    /// Ordered from the first to the last.
    pub down: &'static str,
    /// Ordered from the last to the first.
    pub up: &'static str,
    /// Between two measures.
    pub times: &'static str,
    /// The rule below the header.
    pub rule: &'static str,
    /// The border of a dialog.
    pub border: border::Set<'static>,
    /// The pictures of the spinner.
    pub spinner: &'static [&'static str],
    /// Keys are called by words alone.
    spells_keys: bool,
}

/// What stands in most fonts in one column.
pub static TYPOGRAPHIC: Symbols = Symbols {
    good: "●",
    soon: "▲",
    broken: "✖",
    none: "○",
    open: "!",
    unknown: "?",
    gain: "+",
    loss: "−",
    doubt: "≈",
    plain: "·",
    done: "✓",
    todo: "○",
    working: "›",
    pending: "…",
    paused: "‖",
    nothing: "–",
    hidden: "•",
    cursor: "▌",
    marked: "*",
    changed: "±",
    cut: "…",
    dot: "·",
    down: "↓",
    up: "↑",
    times: "×",
    rule: "─",
    border: border::ROUNDED,
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"],
    spells_keys: false,
};

/// For fonts and readers that know ASCII alone.
pub static ASCII: Symbols = Symbols {
    good: "*",
    soon: "^",
    broken: "x",
    none: "-",
    open: "!",
    unknown: "?",
    gain: "+",
    loss: "-",
    doubt: "~",
    plain: ".",
    done: "*",
    todo: "o",
    working: ">",
    pending: ".",
    paused: "=",
    nothing: "-",
    hidden: "*",
    cursor: ">",
    marked: "#",
    changed: "~",
    cut: "~",
    dot: "-",
    down: "v",
    up: "^",
    times: "x",
    rule: "-",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    spinner: &["|", "/", "-", "\\"],
    spells_keys: true,
};

impl Symbols {
    /// The symbol of a mark. It carries the meaning; colour only repeats it.
    #[must_use]
    pub fn mark(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::Good => self.good,
            Mark::Soon => self.soon,
            Mark::Broken => self.broken,
            Mark::None => self.none,
            Mark::Open => self.open,
            Mark::Unknown => self.unknown,
        }
    }

    /// What stands before a line about what would happen.
    #[must_use]
    pub fn tone(&self, tone: Tone) -> &'static str {
        match tone {
            Tone::Gain => self.gain,
            Tone::Loss => self.loss,
            Tone::Warning => self.soon,
            Tone::Danger => self.broken,
            Tone::Doubt => self.doubt,
            Tone::Plain => self.plain,
        }
    }

    /// The name of a key.
    #[must_use]
    pub fn key(&self, key: Key) -> String {
        if self.spells_keys { key.written() } else { key.name() }
    }

    /// The names of a line's keys: `j ↓`.
    #[must_use]
    pub fn keys(&self, line: &Binding) -> String {
        line.keys.iter().map(|key| self.key(*key)).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::width;

    const MARKS: [Mark; 6] =
        [Mark::Good, Mark::Soon, Mark::Broken, Mark::None, Mark::Open, Mark::Unknown];

    fn all(symbols: &Symbols) -> Vec<&'static str> {
        let border = symbols.border;
        let others = [
            symbols.gain,
            symbols.loss,
            symbols.doubt,
            symbols.plain,
            symbols.done,
            symbols.todo,
            symbols.working,
            symbols.pending,
            symbols.paused,
            symbols.nothing,
            symbols.hidden,
            symbols.cursor,
            symbols.marked,
            symbols.changed,
            symbols.cut,
            symbols.dot,
            symbols.down,
            symbols.up,
            symbols.times,
            symbols.rule,
            border.top_left,
            border.top_right,
            border.bottom_left,
            border.bottom_right,
            border.vertical_left,
            border.vertical_right,
            border.horizontal_top,
            border.horizontal_bottom,
        ];
        MARKS
            .map(|mark| symbols.mark(mark))
            .into_iter()
            .chain(others)
            .chain(symbols.spinner.iter().copied())
            .collect()
    }

    #[test]
    fn each_takes_one_column_and_marks_differ() {
        for symbols in [&TYPOGRAPHIC, &ASCII] {
            for symbol in all(symbols) {
                assert_eq!(width(symbol), 1, "{symbol}");
            }
            let marks: std::collections::HashSet<_> =
                MARKS.iter().map(|mark| symbols.mark(*mark)).collect();
            assert_eq!(marks.len(), MARKS.len(), "{marks:?}");
        }
        assert!(all(&ASCII).iter().all(|symbol| symbol.is_ascii()));
    }
}
