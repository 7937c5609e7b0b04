//! Which Atlas is meant, and whether the credential was given for it. Knows no
//! credential, only where it came from.

use super::credential::Signed;
use super::{ConfigError, Desk};
use crate::atlas::origin::{GOVERNMENT, Origin, PRODUCTION};

/// The services that the Atlas CLI knows: their name and their address.
const SERVICES: [(&str, &str); 2] = [("cloud", PRODUCTION), ("cloudgov", GOVERNMENT)];

/// The property, under its name and under the one that the Atlas CLI also takes.
const KEYS: [&str; 2] = ["ops_manager_url", "base_url"];

/// The Atlas to call.
pub(super) struct Base {
    pub(super) origin: Origin,
    pub(super) source: String,
    place: Place,
}

/// Where it was named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Flag,
    Environment,
    File,
    Nowhere,
}

/// The flag's base URL, else the environment's, else the file's, else the
/// service's.
pub(super) fn find(flag: Option<&str>, desk: &Desk) -> Result<Base, ConfigError> {
    if let Some(url) = flag {
        return Base::new(url, "--base-url".to_owned(), Place::Flag);
    }
    for key in KEYS {
        if let Some((name, url)) = desk.env.get(key)? {
            return Base::new(url, format!("environment ({name})"), Place::Environment);
        }
    }
    for key in KEYS {
        if let Some(held) = desk.property(key)? {
            return Base::new(&held.text, held.source, Place::File);
        }
    }
    of_service(desk)
}

fn of_service(desk: &Desk) -> Result<Base, ConfigError> {
    let Some(held) = desk.property("service")? else {
        return Base::new(PRODUCTION, "default".to_owned(), Place::Nowhere);
    };
    match SERVICES.iter().find(|(name, _)| *name == held.text) {
        Some((name, url)) => {
            Base::new(url, format!("service {name} of {}", held.source), Place::Nowhere)
        }
        None => Err(ConfigError::UnknownService { source_words: held.source }),
    }
}

impl Base {
    fn new(url: &str, source: String, place: Place) -> Result<Self, ConfigError> {
        match Origin::parse(url) {
            Ok(origin) => Ok(Self { origin, source, place }),
            Err(why) => Err(ConfigError::BadBaseUrl { source_words: source, why }),
        }
    }

    /// Whether the administrator must be asked before a credential goes there: it is not
    /// MongoDB's own, nor an emulator on this machine that was named together with
    /// its credential.
    pub(super) fn is_doubtful(&self, signed: &Signed) -> bool {
        let together = match self.place {
            Place::Environment => signed.from_environment,
            Place::File => !signed.from_environment,
            Place::Flag | Place::Nowhere => false,
        };
        let at_home = self.origin.is_loopback() && together;
        !self.origin.is_official() && !at_home
    }
}
