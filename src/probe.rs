//! Every place where gatehouse reads what others have written, as functions of bytes: the
//! answers of Atlas, its own files, and what people type. None may panic, hang or grow
//! without bound, and each holds what must be true of what it read.
//!
//! The ordinary tests and the fuzzer of `fuzz/` call the same functions. Nothing else
//! does: the program has no way here.

use jiff::Timestamp;

use crate::atlas::client::probe;
use crate::atlas::kept::Kept;
use crate::atlas::origin::Origin;
use crate::atlas::redact::redact;
use crate::atlas::secret::ExposeSecret;
use crate::atlas::text::is_suspicious;
use crate::atlas::{Clean, Credential, Fault, Read, Reply};
use crate::config::keyring::wrapped;
use crate::config::settings::Settings;
use crate::config::{self, ConfigFile, Content, Flags, NoKeyring, Surroundings};
use crate::emulator;
use crate::rules::rotation::Rotation;
use crate::rules::{entries, text};
use crate::runtime::{journal, rescue};

/// Something that reads.
pub struct Reader {
    /// Its name: Atlas' operation where it reads an answer.
    pub name: &'static str,
    /// Reads, and panics where something does not hold that must.
    pub read: fn(&[u8]),
}

/// All of them.
pub fn readers() -> impl Iterator<Item = &'static Reader> {
    probe::READERS.iter().chain(OWN)
}

/// What a whole answer with this body says to a question, as the client understands it.
///
/// # Errors
/// Why it says nothing.
pub fn reply(read: &Read, body: &[u8]) -> Result<Reply, Fault> {
    probe::reply(read, body)
}

const OWN: &[Reader] = &[
    Reader { name: "journal", read: journal },
    Reader { name: "rescue", read: rescue },
    Reader { name: "rotation", read: rotation },
    Reader { name: "lists", read: lists },
    Reader { name: "settings", read: settings },
    Reader { name: "profiles", read: profiles },
    Reader { name: "state", read: state },
    Reader { name: "faults", read: faults },
    Reader { name: "keyring", read: keyring },
    Reader { name: "entries", read: access_list },
    Reader { name: "hours", read: hours },
    Reader { name: "origin", read: origin },
    Reader { name: "clean", read: clean },
    Reader { name: "redact", read: redacted },
];

/// The longest text that is shown, in bytes: 256 graphemes of the longest kind.
const MOST_SHOWN: usize = 32 << 10;
/// How a client secret begins.
const SECRET: &str = "mdb_sa_sk_";

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn told(why: &str) {
    assert!(!why.is_empty(), "an error without words");
}

fn lists(bytes: &[u8]) {
    let now = Timestamp::UNIX_EPOCH;
    let Some(kept) = Kept::of_body(bytes, now) else { return };
    let accounts = kept.service_accounts.iter().flat_map(|list| &list.rows);
    let keys = kept.api_keys.iter().flat_map(|list| &list.rows);
    let names = accounts.map(|row| &row.name).chain(keys.map(|row| &row.description));
    for name in names.filter_map(|name| name.known()) {
        assert!(!name.contains(is_suspicious), "{name:?} is not clean");
    }
    // What is kept of it is kept again as it is.
    let again = |kept: &Kept| Kept::from_bytes(&kept.to_bytes(), now);
    let less = again(&kept).expect("it can be read again");
    assert_eq!(again(&less).as_ref(), Some(&less));
}

fn journal(bytes: &[u8]) {
    match journal::read(bytes) {
        Ok(page) => {
            let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
            assert!(page.note.news.len() < lines, "more news than lines");
            // What was only begun when the power failed changes nothing.
            let more = [bytes, b"{\"iss"].concat();
            if bytes.ends_with(b"\n") {
                assert_eq!(journal::read(&more), Ok(page));
            }
        }
        Err(why) => told(why),
    }
}

fn rescue(bytes: &[u8]) {
    match rescue::parsed(bytes) {
        Ok(issued) => {
            let written = rescue::written(&issued).expect("it is written");
            let again = rescue::parsed(&written).expect("it is read again");
            assert_eq!(again, issued);
            assert_eq!(again.public, issued.public);
            assert_eq!(again.secret.expose_secret(), issued.secret.expose_secret());
        }
        Err(why) => told(why),
    }
}

fn rotation(bytes: &[u8]) {
    let Ok(rotation) = serde_json::from_slice::<Rotation>(bytes) else { return };
    let written = serde_json::to_vec(&rotation).expect("it is written");
    let again: Rotation = serde_json::from_slice(&written).expect("it is read again");
    assert_eq!(again, rotation);
}

fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Settings::parse(text) {
        Ok(settings) => {
            for taker in settings.takers {
                assert!(!taker.argv[0].trim().is_empty() && (1..=600).contains(&taker.seconds));
                assert!(!taker.argv.iter().any(|argument| argument.contains("{secret}")));
            }
        }
        Err(why) => told(&why),
    }
}

fn profiles(bytes: &[u8]) {
    let surroundings = Surroundings {
        env: std::collections::BTreeMap::new(),
        home: None,
        file: ConfigFile {
            path: None,
            content: Content::Bytes(bytes.to_vec().into()),
            mode: Some(0o600),
            folder_mode: Some(0o700),
            foreign: None,
        },
        keyring: Box::new(NoKeyring),
    };
    let text = lossy(bytes);
    match config::find(&Flags::default(), &surroundings) {
        Ok(config::Found::Access(access)) => {
            let (Credential::ServiceAccount { client_secret: secret, .. }
            | Credential::ApiKey { private_key: secret, .. }) = &access.credential;
            let (secret, shown) = (secret.expose_secret(), format!("{access:?}"));
            // What stands in other places too may be shown there.
            let is_one = secret.len() >= 12 && text.matches(secret).count() == 1;
            assert!(!is_one || !shown.contains(secret), "a secret is shown: {shown}");
        }
        Ok(config::Found::Nothing { .. }) => {}
        Err(error) => {
            told(&error.to_string());
            // What stands anywhere else may be told: names, and what is no secret.
            let is_kept = |line: &str| {
                let name = line.split('=').next().unwrap_or_default().trim();
                !line.contains(SECRET) || ["client_secret", "private_api_key"].contains(&name)
            };
            let is_told = error.to_string().contains(SECRET) && text.lines().all(is_kept);
            assert!(!is_told, "a secret is told: {error}");
        }
    }
}

fn state(bytes: &[u8]) {
    if let Err(why) = emulator::check_state(bytes) {
        told(&why);
    }
}

fn faults(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match emulator::Plan::read(text) {
        Ok(plans) => assert!(plans.iter().all(|plan| plan.check().is_ok())),
        Err(why) => told(&why),
    }
}

fn keyring(bytes: &[u8]) {
    let Some(secret) = wrapped::unwrap(bytes) else { return };
    assert!(secret.expose_secret().len() <= bytes.len(), "it grew");
}

fn access_list(bytes: &[u8]) {
    let text = lossy(bytes);
    let (ranges, odd) = entries::read_many(&text);
    assert!(ranges.len() + odd.len() <= text.len());
    for range in &ranges {
        assert_eq!(entries::read(&range.to_string()), Ok(*range), "it is written as it is read");
        assert!(!entries::about(range, &[]).is_empty());
    }
    // A text field holds it in one line, which means the same.
    assert_eq!(entries::read_many(&entries::one_line(&text)), (ranges, odd));
    if let Err(why) = entries::read(&text) {
        told(&why.words());
    }
}

fn hours(bytes: &[u8]) {
    match text::hours(&lossy(bytes), 8..=8760) {
        Ok(hours) => assert!((8..=8760).contains(&hours)),
        Err(why) => told(&why),
    }
    for bounds in [text::NAME, text::DESCRIPTION, text::KEY_DESCRIPTION] {
        if bounds.complaint(&lossy(bytes)).is_none() {
            assert!((1..=bounds.most).contains(&lossy(bytes).chars().count()));
        }
    }
}

fn origin(bytes: &[u8]) {
    match Origin::parse(&lossy(bytes)) {
        Ok(origin) => {
            let shown = origin.to_string();
            assert_eq!(Origin::parse(&shown), Ok(origin.clone()), "it is written as it is read");
            assert!(shown.starts_with("https://") || origin.is_loopback(), "{shown} is in clear");
            assert!(!shown.contains('@') && shown.is_ascii(), "{shown} is not what is resolved");
        }
        Err(why) => told(&why.to_string()),
    }
}

fn clean(bytes: &[u8]) {
    let once = Clean::new(&lossy(bytes));
    assert!(!once.chars().any(is_suspicious), "{once:?}");
    assert!(once.len() <= MOST_SHOWN, "{} bytes are to be shown", once.len());
    assert_eq!(Clean::new(&once), once, "cleaning twice is cleaning once");
}

fn redacted(bytes: &[u8]) {
    let safe = redact(&lossy(bytes));
    assert_eq!(redact(&safe), safe, "masking twice is masking once");
    for (at, _) in safe.match_indices(SECRET) {
        let next = safe[at + SECRET.len()..].bytes().next();
        assert!(!next.is_some_and(|byte| byte.is_ascii_alphanumeric()), "a secret is in {safe}");
    }
    let uuid = |bytes: &[u8]| {
        bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    assert!(!safe.as_bytes().windows(36).any(uuid), "a private key is in {safe}");
}
