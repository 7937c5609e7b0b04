//! A secret in any shape that it takes on its way through a program, to be looked
//! for in bytes. Knows nothing of where the bytes come from.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use ratatui::buffer::Cell;

/// So many characters of a secret in a row are a part of it; fewer are chance.
const WINDOW: usize = 12;
/// One character may lie so many bytes from the next: in wide characters, in cells
/// of a screen, in events of a queue.
const WIDEST: usize = 128;
/// What every client secret begins with is no secret.
const PUBLIC: &str = "mdb_sa_sk_";
/// Atlas shows the last group of a private key, and the dash before it, to everybody
/// who may see the key.
pub const SHOWN: usize = 13;
/// So many bytes are passed over at once where they are empty.
const PAGE: usize = 4096;

const _: () = assert!(size_of::<Cell>() <= WIDEST);

/// A secret in every form that is looked for.
pub struct Needle {
    forms: Vec<Form>,
    /// For each byte the places in forms at which a search begins there.
    anchors: Vec<Vec<(usize, usize)>>,
}

/// The secret written in one way, its characters at most so far apart.
struct Form {
    name: &'static str,
    text: Vec<u8>,
    widest: usize,
}

/// A part of a secret that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// How it is written there.
    pub form: &'static str,
    /// How far its characters lie apart, in bytes.
    pub stride: usize,
    /// How many of them are there, and of how many.
    pub length: usize,
    pub of: usize,
    /// Where the first of them lies.
    pub at: usize,
    /// In what, for a process: the region of its memory, with some text around.
    pub region: String,
}

impl Hit {
    /// Plain text, as a string holds it.
    pub fn is_text(&self) -> bool {
        self.form == "text" && self.stride == 1
    }

    /// All of it.
    pub fn is_whole(&self) -> bool {
        self.length == self.of
    }

    /// Plain text with one character in each cell of a screen.
    pub fn is_in_cells(&self) -> bool {
        self.form == "text" && self.stride == size_of::<Cell>()
    }
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { form, stride, length, of, at, region } = self;
        write!(f, "{length} of {of} characters as {form}, {stride} apart, at {at:#x} in {region}")
    }
}

/// Hits, one a line.
pub fn lines(hits: &[Hit]) -> String {
    hits.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Needle {
    pub fn new(secret: &str) -> Self {
        let plain = secret.strip_prefix(PUBLIC).unwrap_or(secret).as_bytes();
        assert!(plain.len() >= WINDOW, "too short to be told from chance");
        let lower = hex(plain);
        let upper = lower.to_uppercase();
        let mut forms = vec![
            Form { name: "text", text: plain.to_owned(), widest: WIDEST },
            Form { name: "hex", text: lower.into_bytes(), widest: 1 },
            Form { name: "upper hex", text: upper.into_bytes(), widest: 1 },
        ];
        forms.extend((0..3).flat_map(|before| base64(plain, before)));
        let mut anchors = vec![Vec::new(); 256];
        for (index, form) in forms.iter().enumerate() {
            // Any window holds one of these places together with the next one.
            for place in (0..form.text.len() - 1).step_by(WINDOW - 1) {
                anchors[usize::from(form.text[place])].push((index, place));
            }
        }
        Self { forms, anchors }
    }

    /// Every part of the secret in these bytes that is long enough, in any form.
    pub fn search(&self, bytes: &[u8]) -> Vec<Hit> {
        let nothing = [0; PAGE];
        let (mut hits, mut seen) = (Vec::new(), HashSet::new());
        for (number, page) in bytes.chunks(PAGE).enumerate() {
            // Most of a memory is empty.
            if page == &nothing[..page.len()] {
                continue;
            }
            for (offset, byte) in page.iter().enumerate() {
                for anchor in &self.anchors[usize::from(*byte)] {
                    self.follow(bytes, number * PAGE + offset, *anchor, &mut |hit| {
                        if seen.insert((hit.form, hit.stride, hit.at)) {
                            hits.push(hit);
                        }
                    });
                }
            }
        }
        hits
    }

    /// At `at` lies the character of a form at `place`: tries every stride.
    fn follow(
        &self,
        bytes: &[u8],
        at: usize,
        (form, place): (usize, usize),
        found: &mut impl FnMut(Hit),
    ) {
        let Form { name, text, widest } = &self.forms[form];
        let second = text[place + 1];
        let end = bytes.len().min(at + widest + 1);
        let mut next = at + 1;
        while next < end {
            if bytes[next] == second {
                let stride = next - at;
                let before = before(bytes, text, at, place, stride);
                let length = before + after(bytes, text, at, place, stride);
                if length >= WINDOW {
                    let (at, of) = (at - before * stride, text.len());
                    found(Hit { form: name, stride, length, of, at, region: String::new() });
                }
            }
            next += 1;
        }
    }
}

/// How many characters before `place` lie where they must.
fn before(bytes: &[u8], text: &[u8], at: usize, place: usize, stride: usize) -> usize {
    let lies = |back: &usize| {
        at.checked_sub(back * stride).is_some_and(|at| bytes[at] == text[place - back])
    };
    (1..=place).take_while(lies).count()
}

/// How many characters from `place` on lie where they must.
fn after(bytes: &[u8], text: &[u8], at: usize, place: usize, stride: usize) -> usize {
    let lies = |(step, byte): &(usize, &u8)| bytes.get(at + step * stride) == Some(byte);
    text[place..].iter().enumerate().take_while(lies).count()
}

fn hex(plain: &[u8]) -> String {
    plain.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The base64 of a text that so many other bytes come before: those characters that
/// do not depend on what stands around it. In both alphabets, where they differ.
fn base64(plain: &[u8], before: usize) -> Vec<Form> {
    let padded = [&vec![0; before], plain].concat();
    let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    let form = |text: String| text.as_bytes()[first..end].to_owned();
    let [standard, url] = [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD]
        .map(|engine| form(engine.encode(&padded)));
    let mut forms = vec![Form { name: "base64", text: standard, widest: 1 }];
    if url != forms[0].text {
        forms.push(Form { name: "base64 of URLs", text: url, widest: 1 });
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "mdb_sa_sk_Zk9_vQ2-xL7pWm4RtY8bNc3Hd6Gf1Js0Ae5Ui";
    const BODY: &str = "Zk9_vQ2-xL7pWm4RtY8bNc3Hd6Gf1Js0Ae5Ui";

    /// Bytes that mean nothing, the same each time.
    fn noise(length: usize) -> Vec<u8> {
        let mut state: u32 = 0x2545_f491;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        };
        (0..length).map(next).collect()
    }

    /// What is found where these bytes lie in the midst of noise.
    fn found_in(bytes: &[u8]) -> Vec<Hit> {
        let mut memory = noise(40_000);
        memory[9_001..][..bytes.len()].copy_from_slice(bytes);
        Needle::new(SECRET).search(&memory)
    }

    #[test]
    fn a_secret_is_found_whole() {
        let hits = found_in(SECRET.as_bytes());
        assert_eq!(hits.len(), 1, "{}", lines(&hits));
        assert!(hits[0].is_text());
        assert_eq!((hits[0].at, hits[0].length, hits[0].of), (9_011, BODY.len(), BODY.len()));
    }

    #[test]
    fn any_twelve_characters_of_it_are_found_and_eleven_are_not() {
        for part in BODY.as_bytes().windows(WINDOW) {
            let hits = found_in(part);
            assert_eq!(hits.len(), 1, "{}", part.escape_ascii());
            assert_eq!(hits[0].length, WINDOW);
        }
        for part in BODY.as_bytes().windows(WINDOW - 1) {
            assert_eq!(found_in(part), [], "{}", part.escape_ascii());
        }
    }

    #[test]
    fn it_is_found_with_its_characters_any_way_apart() {
        for stride in 2..=WIDEST {
            let mut bytes = vec![0; stride * BODY.len()];
            for (index, byte) in BODY.bytes().enumerate() {
                bytes[index * stride] = byte;
            }
            let hits = found_in(&bytes);
            assert_eq!(hits.len(), 1, "{stride}: {}", lines(&hits));
            assert_eq!((hits[0].stride, hits[0].length), (stride, BODY.len()));
        }
    }

    #[test]
    fn it_is_found_in_cells_and_in_wide_characters() {
        let cells: Vec<u8> = BODY
            .bytes()
            .flat_map(|byte| {
                let mut cell = vec![0x7f; size_of::<Cell>()];
                cell[5] = byte;
                cell
            })
            .collect();
        assert!(found_in(&cells).iter().any(Hit::is_in_cells));
        let utf16: Vec<u8> = BODY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(found_in(&utf16)[0].stride, 2);
        let utf32: Vec<u8> = BODY.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(found_in(&utf32)[0].stride, 4);
    }

    #[test]
    fn it_is_found_in_base64_and_in_hexadecimal() {
        for before in ["", "i", "id", "id:"] {
            let text = format!("{before}{BODY}:more");
            for encoded in
                [BASE64_STANDARD_NO_PAD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)]
            {
                let hits = found_in(encoded.as_bytes());
                assert_eq!(hits.len(), 1, "{encoded}: {}", lines(&hits));
                assert!(hits[0].form.starts_with("base64"), "{}", hits[0]);
                assert_eq!(hits[0].length, hits[0].of);
            }
        }
        let hex = hex(BODY.as_bytes());
        assert_eq!(found_in(hex.as_bytes())[0].form, "hex");
        assert_eq!(found_in(hex.to_uppercase().as_bytes())[0].form, "upper hex");
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_eq!(Needle::new(SECRET).search(&noise(1 << 20)), []);
        assert_eq!(found_in(PUBLIC.repeat(20).as_bytes()), []);
        let turned: String = BODY.chars().rev().collect();
        assert_eq!(found_in(turned.as_bytes()), []);
        assert_eq!(Needle::new(SECRET).search(&[]), []);
    }
}
