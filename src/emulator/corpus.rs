//! Texts that have harmed terminals, tables and readers, and all of their kind. Data
//! and small generators; knows nothing of answers.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Every text of the corpus, no two alike.
#[must_use]
pub fn corpus() -> &'static [String] {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
        let known = KNOWN.iter().map(ToString::to_string);
        let all = known.chain(commands()).chain(strings()).chain(escapes());
        let mut all: Vec<String> = all.chain(characters()).chain(huge()).collect();
        all.sort();
        all.dedup();
        all
    });
    &ALL
}

/// One of each kind, as they were met.
const KNOWN: &[&str] = &[
    "\u{1b}[2J\u{1b}[H\u{1b}[31mcleared",
    "\u{1b}]8;;https://example.invalid\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{1b}P$q\u{1b}\\\u{1b}[6n\u{1b}[c",
    "\u{9b}31m\u{9d}0;x\u{9c}",
    "line\nfeed\r\nreturn\rover\ttab\u{b}\u{c}",
    "nul\u{0}bell\u{7}back\u{8}\u{8}del\u{7f}",
    "admin\u{202e}gnihton\u{202c}",
    "\u{2066}isolated\u{2069}\u{200f}\u{200e}",
    "zero\u{200b}width\u{200d}join\u{feff}er\u{2060}",
    "tags\u{e0041}\u{e0042}\u{e007f}",
    "z\u{335}\u{336}\u{337}a\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}\u{30f}\u{310}l\u{311}\u{312}g\u{313}o",
    "\u{430}tlas-\u{430}dmin",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦🏳\u{fe0f}\u{200d}🌈",
    "1\u{fe0f}\u{20e3}👍🏽🇩🇪🇩",
    "全角の名前とても長い名前",
    "दक्षिण สำนักงาน العربية עברית",
    "\u{1112}\u{1161}\u{11ab}\u{1160}\u{115f}\u{1161}",
    "\u{fdd0}\u{ffff}\u{e000}\u{fffd}\u{378}",
    "\u{2028}\u{2029}\u{85}\u{ad}",
    "\u{301}alone \u{20dd}",
    "\u{1b}[201~q\u{1b}[200~",
    "<script>alert(1)</script>",
    "$(reboot) `reboot` ; reboot | cat && true #",
    "../../etc/passwd",
    "'\"\\{{7*7}}%s%n",
    "⟨U+202E⟩",
    "",
    " ",
    "-rf",
    "=1+1",
];

/// A sequence's beginning, with escape and as one character.
const CSI: [&str; 2] = ["\u{1b}[", "\u{9b}"];
const OSC: [&str; 2] = ["\u{1b}]", "\u{9d}"];
/// Strings of devices, programs, messages and privacy.
const STRINGS: [[&str; 2]; 4] =
    [["\u{1b}P", "\u{90}"], ["\u{1b}_", "\u{9f}"], ["\u{1b}^", "\u{9e}"], ["\u{1b}X", "\u{98}"]];
/// What ends such a string; nothing leaves it open.
const ENDS: [&str; 4] = ["\u{7}", "\u{1b}\\", "\u{9c}", ""];

/// Moves, erases, colours, modes, reports, resets, windows, pastes.
const CONTROLS: &[&str] = &[
    "A", "999C", "5;5H", "2J", "3J", "K", "1@", "2P", "L", "M", "S", "T", "31m", "38;5;9m", "?25l",
    "?1049h", "?1000h", "?2004h", "?2026h", "4h", "6n", "c", ">c", "18t", "21t", "8;1;1t", "!p",
    "2;4r", "s", "u", "5i", "200~", "201~", "0 q",
];
/// Titles, colours, folders, links, clipboards, files, shells.
const COMMANDS: &[&str] = &[
    "0;title",
    "1;icon",
    "2;title",
    "4;1;?",
    "7;file:///tmp",
    "8;;https://example.invalid",
    "9;note",
    "10;?",
    "11;#000000",
    "52;c;aGlqYWNr",
    "52;c;?",
    "104",
    "133;A",
    "633;E;reboot",
    "777;notify;a;b",
    "1337;File=inline=1:QQ==",
];
/// What follows an escape alone.
const ESCAPES: &str = "c78DEHMNOZ=>#(0)%G\\n|}~";

/// Characters that act, hide, turn the line round or mean nothing, each by itself; of
/// some large kinds a part.
const CHARACTERS: &[RangeInclusive<char>] = &[
    '\u{0}'..='\u{1f}',
    '\u{7f}'..='\u{a0}',
    '\u{ad}'..='\u{ad}',
    '\u{300}'..='\u{304}',
    '\u{34f}'..='\u{34f}',
    '\u{378}'..='\u{379}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{e33}'..='\u{e33}',
    '\u{115f}'..='\u{1161}',
    '\u{1680}'..='\u{1680}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{2000}'..='\u{200f}',
    '\u{2028}'..='\u{202f}',
    '\u{205f}'..='\u{206f}',
    '\u{20d0}'..='\u{20d2}',
    '\u{2800}'..='\u{2800}',
    '\u{3000}'..='\u{3000}',
    '\u{3164}'..='\u{3164}',
    '\u{d7ff}'..='\u{e001}',
    '\u{f8ff}'..='\u{f8ff}',
    '\u{fdd0}'..='\u{fdef}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{ffff}',
    '\u{110bd}'..='\u{110bd}',
    '\u{13430}'..='\u{1343f}',
    '\u{16fe4}'..='\u{16fe4}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d159}'..='\u{1d159}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{1f1e6}'..='\u{1f1e7}',
    '\u{1f3fb}'..='\u{1f3fc}',
    '\u{1fffe}'..='\u{20000}',
    '\u{e0001}'..='\u{e0001}',
    '\u{e0020}'..='\u{e007f}',
    '\u{e0100}'..='\u{e0103}',
    '\u{f0000}'..='\u{f0001}',
    '\u{10fffd}'..='\u{10ffff}',
];

/// Each between letters, so that one that vanishes is missed.
fn characters() -> impl Iterator<Item = String> {
    CHARACTERS.iter().cloned().flatten().map(|character| format!("a{character}b"))
}

fn commands() -> impl Iterator<Item = String> {
    let controls = CONTROLS.iter().flat_map(|body| CSI.map(|begin| format!("a{begin}{body}b")));
    controls.chain(closed(OSC, COMMANDS))
}

fn strings() -> impl Iterator<Item = String> {
    STRINGS.into_iter().flat_map(|begin| closed(begin, &["q", "+q544e", "tmux;\u{1b}\u{1b}[2J"]))
}

/// Each of these bodies in both forms, with every end.
fn closed<'a>(begin: [&'a str; 2], bodies: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    let with = move |body| {
        ENDS.into_iter().flat_map(move |end| begin.map(|begin| format!("a{begin}{body}{end}b")))
    };
    bodies.iter().flat_map(with)
}

fn escapes() -> impl Iterator<Item = String> {
    ESCAPES.chars().map(|character| format!("a\u{1b}{character}b"))
}

/// Many of what is harmless alone.
fn huge() -> impl Iterator<Item = String> {
    let pieces = ["long ", "\u{301}", "\u{200d}", "\u{1b}[7m", "全", "🇩", " ", "A\u{2066}"];
    pieces.into_iter().map(|piece| format!("b{}", piece.repeat(10_000 / piece.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_all_that_it_should() {
        let all = corpus();
        assert!(all.len() > 500, "only {}", all.len());
        let holds = |character: char| all.iter().any(|text| text.contains(character));
        let controls = (0..0xa0).filter_map(char::from_u32).filter(|c| c.is_control());
        assert_eq!(controls.clone().count(), 65);
        assert!(controls.into_iter().all(holds), "every control character is in it");
        assert!(all.iter().any(|text| text.len() > 9_000) && all.iter().any(String::is_empty));
    }
}
