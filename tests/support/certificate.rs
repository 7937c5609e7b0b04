//! Certificates of our own, for servers that speak TLS.

use std::fs;
use std::path::{Path, PathBuf};

/// A certificate for these names, which nobody has signed but itself, and its key, in
/// files.
pub fn certificate(folder: &Path, names: &[&str]) -> (PathBuf, PathBuf) {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let (chain, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&chain, made.cert.pem()).expect("written");
    fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    (chain, key)
}
