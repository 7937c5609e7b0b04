//! Files that must not be believed where others can write them.

use std::path::PathBuf;

use crate::atlas::network::Authorities;
use crate::config::surroundings::{ConfigFile, Content};

/// Somebody else than the owner can write.
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Why others can say what stands in a file, if they can, and what to do.
pub(super) fn distrust(file: &ConfigFile) -> Option<String> {
    let open = |mode: Option<u32>| mode.is_some_and(|mode| mode & OTHERS_WRITE != 0);
    if let Some(owner) = file.foreign {
        return Some(format!(
            "it or its folder belongs to user {owner}, not to you: make it yours"
        ));
    }
    if open(file.mode) {
        return Some("it can be written by others: chmod go-w it".into());
    }
    // In a sticky folder nobody replaces the files of others.
    let folder = file.folder_mode.filter(|mode| mode & STICKY == 0);
    open(folder).then(|| "its folder can be written by others: chmod go-w that".into())
}

/// Reads the certificates of further authorities.
///
/// # Errors
/// Which file cannot be used and why, in a sentence: going on without it would only look
/// as if the network were broken.
pub fn read_authorities(paths: &[PathBuf]) -> Result<Authorities, String> {
    let mut authorities = Authorities::default();
    for path in paths {
        let file = ConfigFile::read(path.clone());
        let why = match (&file.content, distrust(&file)) {
            (Content::Absent, _) => "it is not there".to_owned(),
            (Content::Unreadable(why), _) => format!("it cannot be read: {why}"),
            (Content::Bytes(_), Some(why)) => why,
            (Content::Bytes(bytes), None) => match authorities.add(bytes) {
                Ok(_) => continue,
                Err(why) => format!("it {why}"),
            },
        };
        let path = path.display();
        return Err(format!("{path}, which says whose certificates to trust: {why}."));
    }
    Ok(authorities)
}
