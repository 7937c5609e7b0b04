//! Feeds one reader of `gatehouse::probe`, named by `READER`, with whatever the fuzzer
//! thinks of.

#![no_main]

use std::sync::LazyLock;

use gatehouse::probe::{Reader, readers};
use libfuzzer_sys::fuzz_target;

static READER: LazyLock<&Reader> = LazyLock::new(|| {
    let name = std::env::var("READER").unwrap_or_default();
    let names: Vec<_> = readers().map(|reader| reader.name).collect();
    readers()
        .find(|reader| reader.name == name)
        .unwrap_or_else(|| panic!("READER is to be one of {}", names.join(", ")))
});

fuzz_target!(|bytes: &[u8]| (READER.read)(bytes));
