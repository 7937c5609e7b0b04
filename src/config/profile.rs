//! Which of the Atlas CLI's profiles is meant. Knows no credential.

use super::env::Env;
use super::file::Sheet;
use super::{ConfigError, Flags, said};

/// The profile that the Atlas CLI falls back to, whether or not it exists.
const DEFAULT: &str = "default";

/// The profile's name in lower case: the flag, else the variable, else the
/// file's `profile`, else the only profile, else `default`. Whoever names one
/// must name one that exists.
pub(super) fn choose(flags: &Flags, env: &Env, sheet: &Sheet) -> Result<String, ConfigError> {
    let Some((name, source)) = named(flags, env, sheet)? else {
        let mut names = sheet.names();
        return Ok(match (names.next(), names.next()) {
            (Some(only), None) => only.to_owned(),
            _ => DEFAULT.to_owned(),
        });
    };
    if name.contains('.') {
        return Err(ConfigError::ProfileWithDot { name: name.into(), source_words: source });
    }
    let lower = name.to_lowercase();
    if sheet.has(&lower) {
        return Ok(lower);
    }
    Err(ConfigError::UnknownProfile {
        name: name.into(),
        source_words: source,
        known: sheet.names().map(Into::into).collect(),
        file: sheet.words().to_owned(),
    })
}

/// The name that somebody gave, and who did.
fn named<'a>(
    flags: &'a Flags,
    env: &Env<'a>,
    sheet: &'a Sheet,
) -> Result<Option<(&'a str, String)>, ConfigError> {
    if let Some(name) = said(flags.profile.as_ref()) {
        return Ok(Some((name, "--profile".to_owned())));
    }
    if let Some((variable, name)) = env.get("profile")? {
        return Ok(Some((name, variable)));
    }
    Ok(sheet.default_profile().map(|name| (name, sheet.top_words())))
}
