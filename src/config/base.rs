//! Which Atlas is meant. Knows no credential, only where it came from.

use super::credential::Signed;
use super::{ConfigError, Desk};

/// The Atlas that is meant where nothing says otherwise.
pub const PRODUCTION: &str = "https://cloud.mongodb.com";

/// The services that the Atlas CLI knows: their name and their address.
const SERVICES: [(&str, &str); 2] =
    [("cloud", PRODUCTION), ("cloudgov", "https://cloud.mongodbgov.com")];

/// The property, under its name and under the one that the Atlas CLI also takes.
const KEYS: [&str; 2] = ["ops_manager_url", "base_url"];

/// The Atlas to call.
pub(super) struct Base {
    pub(super) url: String,
    pub(super) source: String,
    from_environment: bool,
}

/// The flag's base URL, else the environment's, else the file's, else the
/// service's.
pub(super) fn find(flag: Option<&str>, desk: &Desk) -> Result<Base, ConfigError> {
    if let Some(url) = flag {
        return checked(url, "--base-url".to_owned(), false);
    }
    for key in KEYS {
        if let Some((name, url)) = desk.env.get(key)? {
            return checked(url, format!("environment ({name})"), true);
        }
    }
    for key in KEYS {
        if let Some(held) = desk.property(key)? {
            return checked(&held.text, held.source, false);
        }
    }
    of_service(desk)
}

fn of_service(desk: &Desk) -> Result<Base, ConfigError> {
    let Some(held) = desk.property("service")? else {
        let url = SERVICES[0].1.to_owned();
        return Ok(Base { url, source: "default".to_owned(), from_environment: false });
    };
    match SERVICES.iter().find(|(name, _)| *name == held.text) {
        Some((name, url)) => Ok(Base {
            url: (*url).to_owned(),
            source: format!("service {name} of {}", held.source),
            from_environment: false,
        }),
        None => Err(ConfigError::UnknownService { source_words: held.source }),
    }
}

/// A base URL that can be called: its scheme is one of two, and it holds no
/// password, which every screen that names Atlas would show.
fn checked(url: &str, source: String, from_environment: bool) -> Result<Base, ConfigError> {
    let url = url.trim_end_matches('/');
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            .then(|| &url[scheme.len()..])
    });
    let sound = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && rest.chars().all(|character| character.is_ascii_graphic())
            && !rest.contains(['@', '?', '#', '\\'])
    });
    if sound {
        Ok(Base { url: url.to_owned(), source, from_environment })
    } else {
        Err(ConfigError::BadBaseUrl { source_words: source })
    }
}

impl Base {
    /// Says that a stored credential goes to another Atlas than it was stored
    /// for: what a forgotten `export` does.
    pub(super) fn warning(&self, signed: &Signed) -> Option<String> {
        let usual = SERVICES.iter().any(|(_, url)| *url == self.url);
        (self.from_environment && !signed.from_environment && !usual).then(|| {
            format!(
                "The credential of {} is sent to {}, which {} names. \
                 Unset the variable if that is not what you mean.",
                signed.source, self.url, self.source
            )
        })
    }
}
