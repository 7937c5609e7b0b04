//! Text from outside, made safe to show.
//!
//! Names and descriptions are chosen by other people, errors by other machines.
//! [`Clean`] is the only text from outside that a widget accepts: what could act
//! on a terminal or hide in a name is replaced by something visible, never
//! dropped, so that a name with something hidden never looks like one without.

use std::fmt::{self, Write};

use super::field::Field;
use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Longest text that is cut to, in graphemes as they are shown; the rest is counted.
const KEPT: usize = 256;
/// Room for that count: what is longer by no more than this is not cut.
const COUNT: usize = 16;
/// Characters that are looked at for it: however long a text is, it costs no more.
const LOOKED_AT: usize = 4096;
/// Most combining marks kept on one character.
const MOST_MARKS: usize = 8;
/// What stands before and after the number of a character that is made visible.
pub const REVEALED: [&str; 2] = ["⟨U+", "⟩"];
/// What stands for a space that would not be seen, for a tab, and for a line's end.
const STAND_INS: [char; 3] = ['·', '⇥', '↵'];

/// What is shown for a text of which nothing can be seen.
pub const BLANK: &str = "(blank)";

/// The character for which another stands, if it stands for one: a space.
#[must_use]
pub fn stand_in(character: char) -> char {
    if STAND_INS.contains(&character) { ' ' } else { character }
}

/// Whether a text is printable as it is: nothing in it acts, hides or means nothing. How
/// long it is does not matter.
#[must_use]
pub fn is_clean(text: &str) -> bool {
    is_plain(text) || !text.chars().any(is_suspicious)
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// A text of any length made safe to show, its lines kept: for what is told where there
/// is no screen.
#[must_use]
pub fn visible(text: &str) -> String {
    let line = |line: &str| {
        let mut shown = Shown::default();
        line.graphemes(true).for_each(|grapheme| shown.push_grapheme(grapheme, false));
        shown.text
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// What may be typed of a text that was pasted: what would act or hide is left out, and
/// spaces of every kind are plain ones. Lines and tabs stay.
#[must_use]
pub fn typed(text: &str) -> String {
    let kept = |character: char| match character {
        '\n' | '\t' => Some(character),
        _ if character.general_category() == GeneralCategory::SpaceSeparator => Some(' '),
        _ => (!is_suspicious(character)).then_some(character),
    };
    text.chars().filter_map(kept).collect()
}

/// Text that is safe to show: printable, bounded, without control, bidirectional
/// or invisible characters. There may be a great many of them: a short one takes no room
/// beside its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Clean(CompactString);

impl Clean {
    /// Makes `text` safe. Plain printable ASCII of ordinary length stays as it is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let plain =
            text.len() <= KEPT && is_plain(text) && !text.starts_with(' ') && !text.ends_with(' ');
        if plain { Self(text.into()) } else { Self(clean(text).as_str().into()) }
    }

    /// The same of a text of any length, in one line: for what is copied, and what would
    /// mean something else if it were cut.
    #[must_use]
    pub fn whole(text: &str) -> Self {
        Self(visible(&text.replace('\n', " ")).into())
    }

    /// The safe text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing of it can be seen: it is empty, or has only spaces.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.chars().all(|character| stand_in(character) == ' ')
    }
}

impl Field<Clean> {
    /// The text as people are shown it: a word where nothing of it can be seen, `?` where
    /// it is not known.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Known(text) if text.is_blank() => BLANK,
            Self::Known(text) => text,
            Self::Absent | Self::Odd => "?",
        }
    }
}

impl std::ops::Deref for Clean {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl From<&str> for Clean {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Clean {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

fn clean(text: &str) -> String {
    let end = text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(at, _)| at);
    let body = text.len() - text.trim_start_matches(' ').len()..text.trim_end_matches(' ').len();
    let mut shown = Shown::default();
    for (at, grapheme) in text[..end].grapheme_indices(true) {
        shown.push_grapheme(grapheme, !body.contains(&at));
        if shown.graphemes > KEPT + COUNT {
            break;
        }
    }
    let all = text.chars().count();
    if shown.taken < all || shown.graphemes > KEPT + COUNT {
        let (length, taken) = shown.kept;
        shown.text.truncate(length);
        let _ = write!(shown.text, "...(+{})", all - taken);
    }
    shown.text
}

/// A text as it is shown, while it grows.
#[derive(Default)]
struct Shown {
    text: String,
    graphemes: usize,
    /// Characters of the text from outside that it shows.
    taken: usize,
    /// Its length and those characters when it was as long as it may be kept.
    kept: (usize, usize),
}

impl Shown {
    /// Adds one grapheme with everything suspicious in it made visible; `at_edge`: it
    /// stands at the beginning or the end, where spaces are not seen.
    fn push_grapheme(&mut self, grapheme: &str, at_edge: bool) {
        // What takes no room hides, whatever it is.
        let hides = grapheme.width() == 0;
        let (mut marks, mut under) = (0, false);
        for character in grapheme.chars() {
            let is_mark = is_mark(character);
            match character {
                '\t' => self.push(STAND_INS[1]),
                '\n' => self.push(STAND_INS[2]),
                '\u{a0}' => self.push(STAND_INS[0]),
                ' ' if at_edge => self.push(STAND_INS[0]),
                _ if is_mark && under && marks >= MOST_MARKS => marks += 1,
                // A mark with nothing under it would sit on the character before it.
                _ if is_mark && under && !is_suspicious(character) => {
                    marks += 1;
                    self.text.push(character);
                }
                // After what was made visible, the next has nothing to join.
                _ if !under && character.width().unwrap_or(0) == 0 => {
                    self.push_token(character);
                    continue;
                }
                _ if is_mark || hides || is_suspicious(character) => {
                    self.push_token(character);
                    under = false;
                    continue;
                }
                _ => self.push(character),
            }
            under = true;
            self.take(1);
        }
        if marks > MOST_MARKS {
            self.push_all(&format!("⟨+{} marks⟩", marks - MOST_MARKS));
            self.take(0);
        }
    }

    fn push_token(&mut self, character: char) {
        let [open, close] = REVEALED;
        self.push_all(&format!("{open}{:04X}{close}", u32::from(character)));
        self.take(1);
    }

    fn push_all(&mut self, text: &str) {
        text.chars().for_each(|character| self.push(character));
    }

    fn push(&mut self, character: char) {
        self.text.push(character);
        self.graphemes += 1;
    }

    /// Takes note that so many more characters are shown.
    fn take(&mut self, characters: usize) {
        self.taken += characters;
        if self.graphemes <= KEPT {
            self.kept = (self.text.len(), self.taken);
        }
    }
}

fn is_mark(character: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    !character.is_ascii()
        && matches!(character.general_category(), EnclosingMark | NonspacingMark | SpacingMark)
}

/// Characters that act, hide or mean nothing: controls, bidirectional and other
/// format characters, line separators, private and unassigned ones, the letters and
/// marks that draw nothing, and what stands for broken text.
pub(crate) fn is_suspicious(character: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate,
        Unassigned,
    };
    if character == ' ' {
        return false;
    }
    matches!(
        character.general_category(),
        Control
            | Format
            | LineSeparator
            | ParagraphSeparator
            | PrivateUse
            | SpaceSeparator
            | Surrogate
            | Unassigned
    ) || matches!(character,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}'
        | '\u{17b4}' | '\u{17b5}' | '\u{16fe4}' | '\u{1d159}' | '\u{fffc}' | '\u{fffd}'
        | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["ci-deploy", "Zürich", "東京-prod", "d'Artagnan, Inc.", "e\u{301}clair"] {
            assert_eq!(Clean::new(name).as_str(), name);
        }
    }

    #[test]
    fn what_acts_or_hides_becomes_visible() {
        let table = [
            ("a\u{1b}[31mb", "a⟨U+001B⟩[31mb"),
            ("a\r\nb", "a⟨U+000D⟩↵b"),
            ("prod\u{202e}redaer", "prod⟨U+202E⟩redaer"),
            ("A\u{200b}B", "A⟨U+200B⟩B"),
            ("A\u{3164}B", "A⟨U+3164⟩B"),
            ("A\u{9b}B", "A⟨U+009B⟩B"),
            ("\tA\u{a0}B", "⇥A·B"),
            (" A ", "·A·"),
            ("  ", "··"),
            ("\u{301}A", "⟨U+0301⟩A"),
            ("A\u{fe0f}", "A⟨U+FE0F⟩"),
            ("A\u{e000}", "A⟨U+E000⟩"),
        ];
        for (raw, shown) in table {
            assert_eq!(Clean::new(raw).as_str(), shown, "{raw:?}");
        }
    }

    #[test]
    fn emoji_and_marks_come_apart_where_they_hide_something() {
        let table = [
            ("👩\u{200d}👧", "👩⟨U+200D⟩👧"),
            ("a\u{200d}\u{301}b", "a⟨U+200D⟩⟨U+0301⟩b"),
            ("1\u{fe0f}\u{20e3}", "1⟨U+FE0F⟩⟨U+20E3⟩"),
            ("🏴\u{e0067}\u{e007f}", "🏴⟨U+E0067⟩⟨U+E007F⟩"),
            ("A\u{1161}B", "A⟨U+1161⟩B"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{1112}\u{1161}\u{11ab}"),
            ("한\u{1160}\u{115f}\u{1161}", "한⟨U+1160⟩⟨U+115F⟩⟨U+1161⟩"),
            ("ក\u{17b5}", "ក⟨U+17B5⟩"),
            (" \u{301}", "·\u{301}"),
        ];
        for (raw, shown) in table {
            assert_eq!(Clean::new(raw).as_str(), shown, "{raw:?}");
        }
    }

    #[test]
    fn what_is_told_without_a_screen_keeps_its_lines_and_its_length() {
        let long = "x".repeat(1_000);
        assert_eq!(
            visible(&format!("{long}\n\n  b\u{1b}[31m\n")),
            format!("{long}\n\n  b⟨U+001B⟩[31m\n")
        );
        assert!(is_clean("Zürich ~") && !is_clean("a\tb") && !is_clean("\u{7f}"));
    }

    #[test]
    fn of_what_is_pasted_only_what_is_seen_is_typed() {
        let pasted = "y\nq\u{3}\u{1b}[201~\u{202e}東京\u{a0}e\u{301}\u{200d}\u{9b}1m\tz";
        assert_eq!(typed(pasted), "y\nq[201~東京 e\u{301}1m\tz");
    }

    #[test]
    fn length_and_marks_are_bounded() {
        let long = Clean::new(&"x".repeat(10_000));
        assert_eq!(long.as_str(), format!("{}...(+9744)", "x".repeat(256)));
        let hidden = Clean::new(&format!("a{}", "\u{200d}".repeat(3_000)));
        assert!(hidden.starts_with("a⟨U+200D⟩⟨U+200D⟩"), "{hidden}");
        assert!(hidden.ends_with("⟨U+200D⟩...(+2969)"), "{hidden}");
        let zalgo = Clean::new(&format!("Z{}", "\u{301}".repeat(50)));
        assert_eq!(zalgo.as_str(), format!("Z{}⟨+42 marks⟩", "\u{301}".repeat(8)));
        for text in [&*long, &hidden, &zalgo] {
            assert_eq!(Clean::new(text).as_str(), text, "cleaning twice changes nothing");
        }
    }

    /// As much as Atlas may ever answer, of what costs most.
    #[test]
    fn a_name_of_seven_mebibytes_is_small_and_costs_no_more_than_a_long_one() {
        for piece in ["x", " ", "\u{301}", "a\u{200d}", "👩\u{200d}", "\u{1b}", "ก\u{e33}"] {
            let huge = piece.repeat((7 << 20) / piece.len());
            let clean = Clean::new(&huge);
            assert!(clean.len() < 16 << 10, "{piece:?}: {} bytes", clean.len());
            assert_eq!(Clean::new(&clean), clean, "{piece:?}");
            assert!(clean.contains("...(+"), "{piece:?}: what was left out is counted");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_suspicious_survives_and_cleaning_twice_changes_nothing(
            raw in "\\PC*|(?s).{0,300}|[a-z\u{200d}\u{301}\u{e0020}\u{202e} \u{1161}👩🇩]{0,400}",
        ) {
            let once = Clean::new(&raw);
            proptest::prop_assert!(!once.chars().any(is_suspicious), "{once:?}");
            proptest::prop_assert!(once.graphemes(true).all(|one| one.width() > 0), "{once:?}");
            proptest::prop_assert_eq!(Clean::new(&once), once);
        }
    }
}
