//! Everything that reads foreign bytes, fed with wrong versions of right ones: nothing
//! panics, hangs or grows. The same functions as under the fuzzer (`fuzz/`), with a
//! corpus that is taken from the living emulator and chance that is the same every time.

mod corpus;
mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use gatehouse::probe::{Reader, readers};

use crate::support::dice::Dice;
use crate::support::threads::side_by_side;
use corpus::Corpus;
use mutate::mutated;

/// So many inputs for each reader.
const CASES: usize = 2_000;
/// No input is larger than this: what reads larger bodies reads them in the same way.
const MOST_BYTES: usize = 256 << 10;
/// Reading one takes far less, also where the tests of four run side by side.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads one input. The error says what went wrong, and with what.
fn check(reader: &Reader, input: &[u8]) -> Result<(), String> {
    let started = Instant::now();
    let read = catch_unwind(AssertUnwindSafe(|| (reader.read)(input)));
    let shown = String::from_utf8_lossy(&input[..input.len().min(2_000)]);
    if read.is_err() {
        return Err(format!("{} stumbles over {} bytes: {shown}", reader.name, input.len()));
    }
    if started.elapsed() > PATIENCE {
        return Err(format!("{} hangs over {} bytes: {shown}", reader.name, input.len()));
    }
    Ok(())
}

fn try_many(reader: &Reader, corpus: &[Vec<u8>], cases: usize) -> Result<(), String> {
    corpus.iter().try_for_each(|input| check(reader, input))?;
    let mut dice = Dice(u64::try_from(cases).expect("small"));
    (0..cases).try_for_each(|_| {
        let mut input = mutated(corpus, &mut dice);
        input.truncate(MOST_BYTES);
        check(reader, &input)
    })
}

async fn try_all(cases: usize) {
    let corpus = Corpus::gather().await;
    let readers: Vec<_> = readers().collect();
    assert_eq!(corpus.names(), readers.iter().map(|reader| reader.name).collect(), "a corpus each");
    tokio::task::block_in_place(|| {
        side_by_side(&readers, |reader| try_many(reader, corpus.of(reader.name), cases));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_read_makes_anything_stumble() {
    try_all(CASES).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes long"]
async fn nothing_that_is_read_makes_anything_stumble_for_long() {
    try_all(50 * CASES).await;
}

#[tokio::test]
#[ignore = "writes into fuzz/, for the fuzzer"]
async fn corpus_for_the_fuzzer() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let corpus = Corpus::gather().await;
    for name in corpus.names() {
        let folder = all.join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (number, input) in corpus.of(name).iter().enumerate() {
            std::fs::write(folder.join(number.to_string()), input).expect("written");
        }
    }
}

/// What makes those slow that look back, ahead or around at every step.
const REPEATED: &[&str] = &[
    "a",
    " ",
    "\n",
    "#",
    "[",
    "{\"a\":",
    "\"",
    "\\",
    "bearer",
    "bearer ",
    "://",
    "response=",
    "eyJ.",
    "mdb_sa_sk_",
    "0f8fad5b-",
    "1.1.1.1,",
    "\u{1100}",
    "🇦",
    "e\u{301}",
    "👩\u{200d}",
    "x=1\n",
    "[a]\n",
    "Digest a=\"b\",",
    "go-keyring-encoded:",
];

#[test]
fn reading_takes_time_in_proportion_to_what_is_read() {
    let mut inputs: Vec<Vec<u8>> =
        REPEATED.iter().map(|piece| piece.repeat(MOST_BYTES / 4 / piece.len()).into()).collect();
    let addresses = (0..20_000).map(|number| format!("10.{}.{}.1\n", number / 250, number % 250));
    inputs.push(addresses.collect::<String>().into());
    let readers: Vec<_> = readers().collect();
    side_by_side(&readers, |reader| inputs.iter().try_for_each(|input| check(reader, input)));
}

#[test]
fn what_stumbles_or_hangs_would_be_seen() {
    let corpus = [br#"{"name":"x","rows":[{"id":"1"}]}"#.to_vec()];
    let stumbles: fn(&[u8]) = |bytes| {
        let value = serde_json::from_slice::<serde_json::Value>(bytes).unwrap_or_default();
        assert!(value["rows"][0]["id"] != serde_json::Value::Null || value["name"] != "x");
    };
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let told = try_many(&Reader { name: "odd", read: stumbles }, &corpus, CASES);
    std::panic::set_hook(hook);
    assert!(told.is_err_and(|told| told.starts_with("odd stumbles over")));
}
