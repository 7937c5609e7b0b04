//! Text from outside, made safe to show.
//!
//! Names and descriptions are chosen by other people, errors by other machines.
//! [`Clean`] is the only text from outside that a widget accepts: what could act
//! on a terminal or hide in a name is replaced by something visible, never
//! dropped, so that a name with something hidden never looks like one without.

use std::fmt::{self, Write};
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

/// Longest text kept, in graphemes; the characters of the rest are counted, not shown.
const MOST_GRAPHEMES: usize = 256;
/// Most combining marks kept on one character.
const MOST_MARKS: usize = 8;
/// Most characters kept that are joined to one another: the longest emoji has ten, and
/// some scripts join without end.
const MOST_JOINED: usize = 16;

/// Text that is safe to show: printable, bounded, without control, bidirectional
/// or invisible characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Clean(Box<str>);

impl Clean {
    /// Makes `text` safe. Plain printable ASCII of ordinary length stays as it is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let plain = text.len() <= MOST_GRAPHEMES
            && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
            && !text.starts_with(' ')
            && !text.ends_with(' ');
        if plain { Self(text.into()) } else { Self(clean(text).into()) }
    }

    /// The safe text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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

/// Cleaning twice is cleaning once, for what was cleaned is kept in files and read again.
fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(4 * MOST_GRAPHEMES));
    let (text, counted) = text.split_at(text.len() - count_at_end(text));
    let body = text.trim_start_matches(' ');
    let lead = text.len() - body.len();
    let body = if counted.is_empty() { body.trim_end_matches(' ') } else { body };
    let tail = lead + body.len();
    let spaces = |at: Range<usize>| at.map(|at| (at, "·"));
    let graphemes = body.grapheme_indices(true).map(|(at, grapheme)| (lead + at, grapheme));
    let mut shown = 0;
    for (at, grapheme) in spaces(0..lead).chain(graphemes).chain(spaces(tail..text.len())) {
        let before = safe.len();
        push_grapheme(grapheme, &mut safe);
        shown += safe[before..].graphemes(true).count();
        if shown > MOST_GRAPHEMES {
            safe.truncate(before);
            let rest = text[at..].chars().chain(counted.chars()).count();
            let _ = write!(safe, "…(+{rest})");
            return safe;
        }
    }
    safe.push_str(counted);
    safe
}

/// The length of what says at the end of a cleaned text how much was cut off.
fn count_at_end(text: &str) -> usize {
    let count = || {
        let (before, number) = text.strip_suffix(')')?.rsplit_once("…(+")?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.len() - before.len())
    };
    count().unwrap_or(0)
}

/// Writes one grapheme with everything suspicious in it made visible, and what there is
/// too much of counted.
fn push_grapheme(grapheme: &str, safe: &mut String) {
    let (mut marks, mut joined) = (0, 0);
    for (index, character) in grapheme.chars().enumerate() {
        let is_mark = is_mark(character);
        let (count, most) =
            if is_mark { (&mut marks, MOST_MARKS) } else { (&mut joined, MOST_JOINED) };
        *count += 1;
        match character {
            _ if *count > most => {}
            '\t' => safe.push('⇥'),
            '\n' => safe.push('↵'),
            '\u{a0}' => safe.push('·'),
            // A mark with nothing under it would sit on the character before it.
            _ if is_mark && index == 0 => push_token(character, safe),
            _ if is_suspicious(character) => push_token(character, safe),
            _ => safe.push(character),
        }
    }
    for (count, most, what) in [(marks, MOST_MARKS, "marks"), (joined, MOST_JOINED, "joined")] {
        if count > most {
            let _ = write!(safe, "⟨+{} {what}⟩", count - most);
        }
    }
}

fn push_token(character: char, safe: &mut String) {
    let _ = write!(safe, "⟨U+{:04X}⟩", u32::from(character));
}

fn is_mark(character: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    !character.is_ascii()
        && matches!(character.general_category(), EnclosingMark | NonspacingMark | SpacingMark)
}

/// Characters that act, hide or mean nothing: controls, bidirectional and other
/// format characters, line separators, private and unassigned ones, and the
/// letters and marks that draw nothing.
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
    fn length_and_marks_are_bounded() {
        let long = Clean::new(&"x".repeat(10_000));
        assert_eq!(long.graphemes(true).count(), 256 + "…(+9744)".chars().count());
        assert_eq!(Clean::new(&long), long);
        let hidden = Clean::new(&"\u{200b}".repeat(100));
        assert_eq!(hidden.as_str(), format!("{}…(+68)", "⟨U+200B⟩".repeat(32)));
        assert_eq!(Clean::new(&hidden), hidden, "as it is kept in files");
        let zalgo = Clean::new(&format!("Z{}", "\u{301}".repeat(50)));
        assert_eq!(zalgo.as_str(), format!("Z{}⟨+42 marks⟩", "\u{301}".repeat(8)));
        // Each of these is one grapheme, however long it is.
        for (start, more, words) in [
            ("", "\u{1100}", "joined"),
            ("👩", "\u{200d}👩", "joined"),
            ("Z", "\u{fe0f}", "marks"),
            ("क", "\u{94d}क", "joined"),
        ] {
            let endless = Clean::new(&format!("{start}{}", more.repeat(100_000)));
            assert!(endless.len() < 1_000, "{more:?}: {} bytes", endless.len());
            assert!(endless.ends_with(&format!(" {words}⟩")), "{endless}");
            assert_eq!(Clean::new(&endless), endless);
        }
        let family = "👩🏽\u{200d}👩🏽\u{200d}👧🏽";
        assert!(!Clean::new(family).contains("joined"), "a real emoji is whole");
    }

    proptest::proptest! {
        #[test]
        fn nothing_suspicious_survives_and_cleaning_twice_changes_nothing(raw in "\\PC*|(?s).{0,300}") {
            let once = Clean::new(&raw);
            proptest::prop_assert!(!once.chars().any(is_suspicious), "{once:?}");
            proptest::prop_assert_eq!(Clean::new(&once), once);
        }
    }
}
