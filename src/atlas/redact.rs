//! Text for reports, with what looks like a secret masked. Pure: it knows how
//! secrets look wherever they stand, and none of those that are in use.

use std::ops::Range;

/// What stands where a secret stood.
const MASK: &str = "***";
/// What a client secret begins with.
const CLIENT_SECRET: &str = "mdb_sa_sk_";
/// What the base64 of a JSON object begins with, and so a signed token.
const OBJECT: &str = "eyJ";
/// No part of a signed token is shorter.
const LEAST_PART: usize = 10;
/// No value of an `Authorization` header is shorter.
const LEAST_VALUE: usize = 8;
/// An ordinary word after "basic" or "bearer" is not longer.
const LONGEST_WORD: usize = 32;
/// No digest response is shorter.
const LEAST_DIGEST: usize = 16;
/// The groups of a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// A part of a text that is masked.
struct Span {
    at: Range<usize>,
    /// A UUID shows nothing of its kind by itself.
    uuid: bool,
}

/// The text with every part masked that looks like a secret, its kind still to be
/// seen: client secrets, private keys (UUIDs), values of `Bearer` and `Basic`,
/// digest responses, the user of a URL, signed tokens. Client IDs, public keys and
/// ordinary sentences stay as they are.
///
/// Whatever stands around a secret, it is found; masking twice is masking once.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut done = 0;
    for span in merge(spans(text)) {
        safe.push_str(&text[done..span.at.start]);
        safe.push_str(if span.uuid { "uuid-" } else { "" });
        safe.push_str(MASK);
        done = span.at.end;
    }
    safe.push_str(&text[done..]);
    safe
}

/// Every part that one of the rules finds. Each rule looks at the whole text, so
/// that none hides from it what another has found.
fn spans(text: &str) -> Vec<Span> {
    let lower = text.to_ascii_lowercase();
    let mut spans = Vec::new();
    for run in runs(text) {
        let token = &text[run.clone()];
        let found = [client_secret(token), signed_token(token)].into_iter().flatten();
        spans.extend(found.map(|at| within(&run, at)).map(secret));
        let uuids = uuids(token).map(|at| within(&run, at));
        spans.extend(uuids.map(|at| Span { at, uuid: true }));
    }
    for (marker, rule) in [
        ("bearer", value as fn(&str, usize) -> Option<Range<usize>>),
        ("basic", value),
        ("response=", digest),
        ("://", userinfo),
    ] {
        let ends = lower.match_indices(marker).map(|(at, marker)| at + marker.len());
        spans.extend(ends.filter_map(|end| rule(text, end)).map(secret));
    }
    spans
}

fn secret(at: Range<usize>) -> Span {
    Span { at, uuid: false }
}

fn within(run: &Range<usize>, at: Range<usize>) -> Range<usize> {
    run.start + at.start..run.start + at.end
}

/// In order, those that touch as one.
fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.at.start);
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.at.start <= last.at.end => {
                last.at.end = last.at.end.max(span.at.end);
                last.uuid &= span.uuid;
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// What tokens are made of; a slash is not, so that no mask hides where the host
/// of a URL ends.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.~+=%".contains(&byte)
}

/// The longest stretches of token characters.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        let start = rest + bytes[rest..].iter().position(|byte| is_token(*byte))?;
        rest = run(text, start, is_token);
        Some(start..rest)
    })
}

/// Where the stretch that begins at `start` ends.
fn run(text: &str, start: usize, of: impl Fn(u8) -> bool) -> usize {
    let length = text.as_bytes()[start..].iter().take_while(|byte| of(**byte)).count();
    start + length
}

/// The end of a sentence belongs to the sentence.
fn to_last(token: &str, start: usize) -> Option<Range<usize>> {
    let end = token.trim_end_matches('.').len();
    (start < end).then_some(start..end)
}

fn client_secret(token: &str) -> Option<Range<usize>> {
    to_last(token, token.find(CLIENT_SECRET)? + CLIENT_SECRET.len())
}

/// Three parts with dots between them, the first an object.
fn signed_token(token: &str) -> Option<Range<usize>> {
    let mut at = 0;
    let mut parts = token.split('.').peekable();
    while let Some(part) = parts.next() {
        let object = part.find(OBJECT).map(|start| start + OBJECT.len());
        let enough = |start: &usize| part.len() - start >= LEAST_PART;
        let claims = parts.peek().is_some_and(|part| part.len() >= LEAST_PART);
        let end = at + part.len() + 1;
        if let (Some(start), true) = (object.filter(enough), claims) {
            let length = parts.peek().map_or(0, |part| part.len());
            if token[end..].len() > length {
                return to_last(token, at + start);
            }
        }
        at = end;
    }
    None
}

/// Every UUID, also where they overlap.
fn uuids(token: &str) -> impl Iterator<Item = Range<usize>> {
    let length = UUID.iter().sum::<usize>() + UUID.len() - 1;
    let starts = 0..(token.len() + 1).saturating_sub(length);
    let ats = starts.map(move |start| start..start + length);
    ats.filter(|at| is_uuid(&token.as_bytes()[at.clone()]))
}

fn is_uuid(bytes: &[u8]) -> bool {
    let mut groups = bytes.split(|byte| *byte == b'-');
    let hex = |group: &[u8]| group.iter().all(u8::is_ascii_hexdigit);
    UUID.iter().all(|length| groups.next().is_some_and(|g| g.len() == *length && hex(g)))
        && groups.next().is_none()
}

/// The value after the scheme that ends at `end`, unless it is an ordinary word.
fn value(text: &str, end: usize) -> Option<Range<usize>> {
    let rest = &text[end..];
    let start = end + (rest.len() - rest.trim_start().len());
    if start == end {
        return None;
    }
    let stop = run(text, start, |byte| is_token(byte) || byte == b'/');
    let at = within(&(start..stop), to_last(&text[start..stop], 0)?);
    (at.len() >= LEAST_VALUE && !is_word(&text[at.clone()])).then_some(at)
}

/// Whether it is a word as sentences have them, perhaps one of several parts.
fn is_word(text: &str) -> bool {
    let inner = text.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let small = |byte: u8| byte.is_ascii_lowercase() || b"-_./".contains(&byte);
    text.len() <= LONGEST_WORD && inner.bytes().skip(1).all(small)
}

/// The value after `response=`: in quotes, escaped or not, or a bare number.
fn digest(text: &str, end: usize) -> Option<Range<usize>> {
    let start = run(text, end, |byte| byte == b'\\');
    if let Some(quoted) = text[start..].strip_prefix('"') {
        let ends = |letter: char| letter == '"' || letter == '\\' || letter.is_whitespace();
        let length = quoted.find(ends).unwrap_or(quoted.len());
        return (length > 0).then(|| start + 1..start + 1 + length);
    }
    let stop = run(text, start, |byte| byte.is_ascii_hexdigit());
    (stop - start >= LEAST_DIGEST).then_some(start..stop)
}

/// What stands before the `@` of a URL whose host begins at `start`.
fn userinfo(text: &str, start: usize) -> Option<Range<usize>> {
    let ends = |letter: char| letter.is_whitespace() || "/?#\"<>\\^`{|}".contains(letter);
    let rest = &text[start..];
    let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let length = authority.rfind('@')?;
    (length > 0).then(|| start..start + length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

    #[test]
    fn what_looks_like_a_secret_is_masked_and_its_kind_stays() {
        let cases = [
            ("bad secret mdb_sa_sk_Ab-c_9.", "bad secret mdb_sa_sk_***."),
            (r#"unknown variant `mdb_sa_sk_LEAK`, "x""#, r#"unknown variant `mdb_sa_sk_***`, "x""#),
            ("key 0f8fad5b-d9cb-469f-a165-70867728950e!", "key uuid-***!"),
            ("authorization: Bearer abc.DEF-123", "authorization: Bearer ***"),
            ("BASIC dXNlcjpwYXNz, and more", "BASIC ***, and more"),
            (
                r#"Digest username="ABCDEFGH", response="6629fae49393a053", qop=auth"#,
                r#"Digest username="ABCDEFGH", response="***", qop=auth"#,
            ),
            (r#""response=\"6629\", nc""#, r#""response=\"***\", nc""#),
            ("response=6629fae49393a0536629, x", "response=***, x"),
            ("at https://ada:pa55@proxy:3128/a@b", "at https://***@proxy:3128/a@b"),
            ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln.", "got eyJ***."),
            ("Basic 0f8fad5b-d9cb-469f-a165-70867728950e", "Basic ***"),
            ("at https://ada:p@ss@host", "at https://***@host"),
            ("https://mdb_sa_sk_ab/c@host", "https://mdb_sa_sk_***/c@host"),
            ("https://x:mdb_sa_sk_ab@host mdb_sa_sk_cd", "https://***@host mdb_sa_sk_***"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected);
            assert_eq!(redact(expected), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "",
            "a client secret begins with mdb_sa_sk_ and a key is a UUID",
            "mdb_sa_id_0123456789abcdef01234567 may not",
            "mdb_sa_sk_••••••••1234",
            "Basic authentication failed; the bearer of this, Bearer tokens",
            "Bearer realm=\"x\", Basic charset=\"UTF-8\", bearer cross-region/self-service",
            "response=\"\" response= response=ok",
            "https://cloud.mongodb.com/v2/0123456789abcdef01234567#@x, a@b.example",
            "keyJar.open.close, keyJournal.entries.first",
            "at src/app/mod.rs:12:5: index out of bounds: the len is 3 but the index is 7",
            "12345678-1234-1234-1234-12345678",
            "é ü • 東京 ❤️",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    /// Pieces that could hide a secret from a rule, or be taken for one.
    fn around() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "mdb_sa_sk_",
                "mdb_sa_id_",
                "Bearer",
                "basic ",
                " bearer ",
                "response=\"",
                "response=",
                "://",
                "https://",
                "@",
                "eyJ",
                ".",
                "-",
                "\"",
                "\\",
                "/",
                " ",
                "\n",
                "***",
                "é",
                KEY,
                "12345678-1234-1234-1234-",
                "eyJhbGciOiJSUzI1NiJ9.",
                "=",
                "uuid-",
            ])
            .prop_map(str::to_owned),
            "[a-f0-9-]{1,9}",
            "[a-zA-Z0-9_.~+=%-]{1,12}",
            ".{0,5}",
        ];
        prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
    }

    /// A text that holds a secret, and the part of it that must not be seen.
    fn planted() -> impl Strategy<Value = (String, String)> {
        let body = "[a-z]{2}[0-9][A-Za-z0-9_-]{12,40}[a-z0-9]";
        let hex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-fA-F]{4}-[0-9a-f]{4}-[0-9A-F]{12}";
        prop_oneof![
            body.prop_map(|body| (format!("mdb_sa_sk_{body}"), body)),
            hex.prop_map(|uuid| (uuid.clone(), uuid)),
            ("[bB]earer\\s+|[bB]asic ", body, "[/+.~][a-z0-9]{9}")
                .prop_map(|(scheme, a, b)| (format!("{scheme}{a}{b}"), a)),
            ("\\\\?", "[0-9a-f]{32}")
                .prop_map(|(escape, body)| (format!("response={escape}\"{body}{escape}\""), body)),
            "[A-Za-z0-9._~!$&'()*+,;=%-]{2,9}:[A-Za-z0-9._~!$&'()*+,;=%:-]{12,20}"
                .prop_map(|user| (format!("https://{user}@host"), user)),
            ("eyJ[A-Za-z0-9_-]{16,30}", "eyJ[A-Za-z0-9_-]{10,30}", "[A-Za-z0-9_-]{10,30}")
                .prop_map(|(a, b, c)| (format!("{a}.{b}.{c}"), format!("{b}.{c}"))),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn any_text_is_survived_and_masked_but_once(text in any::<String>(), more in around()) {
            for text in [text.clone(), more.clone(), text + &more] {
                let once = redact(&text);
                prop_assert_eq!(redact(&once), once);
            }
        }

        #[test]
        fn no_secret_survives_wherever_it_stands(
            before in around(),
            (secret, body) in planted(),
            after in around(),
        ) {
            let text = format!("{before}{secret}{after}");
            let safe = redact(&text);
            prop_assert!(!safe.contains(&body), "{text} became {safe}");
            prop_assert_eq!(redact(&safe), safe);
        }

        #[test]
        fn ordinary_sentences_stay(
            words in prop::collection::vec(
                "[A-Z]?[a-z]{1,12}[,.;:!?]?|[0-9]{1,6}|Basic|Bearer|response|'[a-z]{1,9}'|https://[a-z.]{1,20}/[a-z0-9/?=]{0,9}|[a-z_]{1,9}\\(\\)|[a-z]{2,6}::[a-z_]{2,9}",
                0..20,
            ),
            id in "[0-9a-f]{24}",
        ) {
            let text = format!("{} (mdb_sa_id_{id}).", words.join(" "));
            prop_assert_eq!(redact(&text), text);
        }
    }
}
