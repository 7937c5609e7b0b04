//! A terminal that watches what is written to it: which sequences, and which
//! characters. What is not known here to be ours is an offence.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::num::NonZeroU16;
use std::rc::Rc;

use gatehouse::app::App;
use gatehouse::emulator::corpus;
use gatehouse::runtime::canvas::Canvas;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthStr;
use vte::{Params, Parser, Perform};

use crate::support::screen;

/// Every sequence that a frame may hold: its last letter, what stands before its
/// numbers, and its numbers where only these will do.
const OF_FRAMES: &[(char, &str, &[u16])] = &[
    ('H', "", &[]),          // the cursor's place
    ('m', "", &[]),          // colours and weights
    ('J', "", &[2]),         // the screen cleared
    ('M', "", &[]),          // lines taken out
    ('L', "", &[]),          // and put in
    ('h', "?", &[25, 2026]), // the cursor shown; a frame begun
    ('l', "?", &[25, 2026]), // and hidden; ended
];

/// And those that take the terminal and give it back: the other screen, pastes marked,
/// focus told. A session may copy, too.
const OF_SESSIONS: &[(char, &str, &[u16])] =
    &[('h', "?", &[1049, 2004, 1004]), ('l', "?", &[1049, 2004, 1004])];

/// What came to the terminal that must not.
#[derive(Debug, Default)]
pub struct Watch {
    pub offences: BTreeSet<String>,
    /// Whether sequences of a session are ours too.
    session: bool,
    /// A string of ours is about to end.
    ends: bool,
    /// What was copied, as it went out: base64.
    pub copied: Vec<String>,
    pub printed: usize,
}

/// Whether a character draws something, and nothing else.
pub fn is_printable(character: char) -> bool {
    use GeneralCategory as G;
    let odd = [
        G::Control,
        G::Format,
        G::LineSeparator,
        G::ParagraphSeparator,
        G::PrivateUse,
        G::Surrogate,
        G::Unassigned,
    ];
    !odd.contains(&character.general_category())
        && !matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{3164}' | '\u{2800}')
}

impl Watch {
    fn offend(&mut self, what: String) {
        self.offences.insert(what);
    }
}

impl Perform for Watch {
    fn print(&mut self, character: char) {
        self.printed += 1;
        if !is_printable(character) {
            self.offend(format!("U+{:04X} printed", u32::from(character)));
        }
    }

    fn execute(&mut self, byte: u8) {
        self.offend(format!("control {byte:#04x}"));
    }

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], _ignored: bool, last: char) {
        let numbers: Vec<u16> = params.iter().flatten().copied().collect();
        let before = String::from_utf8_lossy(between);
        let ours = |(letter, sign, only): &(char, &str, &[u16])| {
            let known = only.is_empty() || numbers.iter().all(|number| only.contains(number));
            *letter == last && *sign == before && known
        };
        let sessions = if self.session { OF_SESSIONS } else { &[] };
        if !OF_FRAMES.iter().chain(sessions).any(ours) {
            self.offend(format!("CSI {before}{numbers:?}{last}"));
        }
    }

    fn esc_dispatch(&mut self, between: &[u8], _ignored: bool, byte: u8) {
        // What ends a string that is ours.
        if byte != b'\\' || !std::mem::take(&mut self.ends) {
            self.offend(format!("ESC {between:?} {:?}", char::from(byte)));
        }
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _bell: bool) {
        match params {
            [b"52", b"c", text] if self.session => {
                self.ends = true;
                self.copied.push(String::from_utf8_lossy(text).into_owned());
            }
            other => self.offend(format!("OSC {:?}", other.first())),
        }
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, last: char) {
        self.offend(format!("DCS {last}"));
    }
}

fn places_of(byte: u8, bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(move |(_, other)| **other == byte).map(|(at, _)| at)
}

/// Everything that is written, watched.
pub fn watch(bytes: &[u8], session: bool) -> Watch {
    let mut watch = Watch { session, ..Watch::default() };
    Parser::new().advance(&mut watch, bytes);
    // Strings without an end, and those of programs, messages and privacy, are passed over
    // in silence.
    for at in places_of(0x1b, bytes) {
        let rest = &bytes[at + 1..];
        let ours: &[&[u8]] = if session { &[b"[", b"]52;c;", b"\\"] } else { &[b"["] };
        if !ours.iter().any(|ours| rest.starts_with(ours)) {
            watch.offend(format!("ESC {:?}", rest.first().map(|byte| char::from(*byte))));
        }
    }
    watch
}

/// What a canvas has written.
#[derive(Debug, Clone, Default)]
struct Wire(Rc<RefCell<Vec<u8>>>);

impl io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A journey's terminal, as the program draws on it, and what such a terminal shows.
pub struct Eyes {
    canvas: Canvas<Wire>,
    wire: Wire,
    shown: vt100::Parser,
    /// Frames that were looked at.
    pub frames: usize,
}

impl Eyes {
    pub fn new() -> Self {
        let wire = Wire::default();
        let one = NonZeroU16::MIN;
        let shown = vt100::Parser::new(one, one, 0);
        Self { canvas: Canvas::new(wire.clone()), wire, shown, frames: 0 }
    }

    /// Draws the program: nothing but ours is written, and each letter stands where it
    /// was put.
    pub fn look(&mut self, app: &App, place: &str) {
        if self.canvas.size() != app.state().size {
            self.resize(app.state().size);
        }
        self.canvas.draw(|buf| app.view(buf)).expect("written");
        let bytes = std::mem::take(&mut *self.wire.0.borrow_mut());
        let offences = watch(&bytes, false).offences;
        assert!(
            offences.is_empty(),
            "{place}: {offences:?}\n{}",
            screen::text(&screen::draw(app).0)
        );
        self.shown.process(&bytes);
        self.compare(&screen::draw(app).0, place);
        self.frames += 1;
    }

    fn resize(&mut self, size: Size) {
        self.canvas.clear(size).expect("written");
        let some = |number| NonZeroU16::new(number).expect("a size");
        self.shown = vt100::Parser::new(some(size.height), some(size.width), 0);
    }

    /// What the terminal shows is what was drawn, cell by cell.
    fn compare(&self, drawn: &Buffer, place: &str) {
        let mut covered = 0;
        for (at, cell) in drawn.content.iter().enumerate() {
            let (x, y) = drawn.pos_of(at);
            if x == 0 {
                covered = 0;
            }
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = cell.symbol().width().saturating_sub(1);
            let shown = self.shown.screen().cell(y, x).map(|cell| cell.contents().to_owned());
            let shown = shown.filter(|text| !text.is_empty()).unwrap_or_else(|| " ".to_owned());
            // It keeps no more than a few marks of a letter.
            assert!(
                cell.symbol().starts_with(&shown),
                "{place}: {shown:?} stands at {x}, {y} where {:?} was drawn\n{}",
                cell.symbol(),
                screen::text(drawn)
            );
        }
    }
}

/// These look like ours: only what stands where tells that they are not.
const LIKE_OURS: [&str; 9] =
    ["[2J", "[7m", "[31m", "[38;5;9m", "[5;5H", "[?25l", "[?2026h", "[L", "[M"];

#[test]
fn whatever_is_not_ours_is_seen() {
    for text in corpus() {
        let is_foul = !text.chars().all(is_printable);
        let seen = watch(text.as_bytes(), false);
        let is_like_ours =
            text.contains('\u{1b}') && LIKE_OURS.iter().any(|ours| text.contains(ours));
        let is_seen = !seen.offences.is_empty() || is_like_ours;
        assert_eq!(is_seen, is_foul, "{:?}", text.chars().take(40).collect::<String>());
    }
    let ours =
        b"\x1b[?2026h\x1b[?25l\x1b[2J\x1b[1M\x1b[9L\x1b[1;1H\x1b[1;38;5;2mtext\x1b[0m\x1b[?2026l";
    assert!(watch(ours, false).offences.is_empty());
    assert!(!watch(b"\x1b[?1049h", false).offences.is_empty());
    assert!(watch(b"\x1b[?1049h", true).offences.is_empty());
}

#[test]
#[should_panic(expected = "where")]
fn what_looks_like_ours_is_seen_by_where_things_stand() {
    let mut eyes = Eyes::new();
    let size = Size::new(9, 1);
    eyes.resize(size);
    let mut drawn = Buffer::empty(Rect::from((Position::ORIGIN, size)));
    drawn.set_string(0, 0, "ab", Style::new());
    eyes.shown.process(b"a\x1b[1;5Hb");
    eyes.compare(&drawn, "a control");
}
