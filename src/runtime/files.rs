//! Files that the administrator names, read as text.

use std::io::Read;
use std::path::PathBuf;

/// A list of addresses is far smaller; what is larger was not meant.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a text file of at most a mebibyte; `~/` is the home directory.
///
/// # Errors
/// Why not, in a sentence.
pub fn read_text(path: &str) -> Result<String, String> {
    let file = resolve(path);
    let why = |error: std::io::Error| format!("{path} cannot be read: {error}");
    let about = std::fs::metadata(&file).map_err(why)?;
    if !about.is_file() {
        return Err(format!("{path} is not a file"));
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(&file).map_err(why)?;
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(why)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("{path} is larger than 1 MiB: no list of addresses"));
    }
    String::from_utf8(bytes).map_err(|_| format!("{path} is not text"))
}

/// The path as the system takes it: `~/` is the home directory.
pub(super) fn resolve(path: &str) -> PathBuf {
    let home = directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_file_is_said_to_be_none() {
        let place = tempfile::tempdir().expect("a directory");
        let path = |name: &str| place.path().join(name).display().to_string();
        std::fs::write(path("list"), "192.0.2.1\n").expect("written");
        std::fs::write(path("odd"), [0xff, 0xfe]).expect("written");
        std::fs::write(path("large"), vec![b'1'; (1 << 20) + 1]).expect("written");
        assert_eq!(read_text(&path("list")).as_deref(), Ok("192.0.2.1\n"));
        for (name, why) in [
            ("none", "cannot be read"),
            ("odd", "not text"),
            ("large", "larger"),
            ("", "not a file"),
        ] {
            let told = read_text(&path(name)).expect_err("an error");
            assert!(told.contains(why), "{told}");
        }
    }
}
