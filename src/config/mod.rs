//! Where credentials come from: flags, the environment, the Atlas CLI's profiles
//! and the keyring behind them. Knows no screen and no network.
//!
//! [`find`] is a function of a [`Surroundings`] value, so that it can be asked
//! about any machine; [`Surroundings::of_this_process`] gathers the real one.
//! What it finds is what the Atlas CLI would find, with these exceptions:
//!
//! * A complete credential in the environment wins over the keyring. The CLI
//!   asks its keyring first, so that what was exported for one command can be
//!   passed over in silence; for a program that revokes access this is too much.
//! * Two credentials in one place: the service account wins, and it is said.
//! * Halves of a credential that cannot belong together are refused.
//! * The tokens of a person's `atlas auth login` are not used.

mod base;
mod credential;
mod env;
mod error;
mod file;
pub(crate) mod keyring;
pub mod look;
mod profile;
pub mod settings;
mod surroundings;

use std::collections::BTreeMap;
use std::ffi::OsString;

pub use error::ConfigError;
pub use keyring::{Keyring, KeyringError, NoKeyring, SystemKeyring};
pub use surroundings::{ConfigFile, Content, Folders, Surroundings};

use crate::atlas::origin::Origin;
use crate::atlas::{Clean, Credential, OrgId};
use credential::Signed;
use env::Env;
use file::Sheet;

/// What the command line says about access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--profile`: which of the Atlas CLI's profiles.
    pub profile: Option<String>,
    /// `--org`: which organization.
    pub org: Option<String>,
    /// `--base-url`: which Atlas.
    pub base_url: Option<String>,
}

/// A credential and what it is for.
#[derive(Debug, Clone)]
pub struct Access {
    /// What signs the calls.
    pub credential: Credential,
    /// Where the credential was found, in words.
    pub credential_source: String,
    /// The organization that was named, if any was.
    pub org: Option<OrgId>,
    /// The Atlas to call.
    pub origin: Origin,
    /// Who said so, in words.
    pub origin_source: String,
    /// Somebody must say first that this credential may go there.
    pub doubtful: bool,
    /// It is the environment's.
    pub from_environment: bool,
    /// The Atlas CLI's profile in use, if there is one.
    pub profile: Option<String>,
    /// Whole sentences that the user should see once.
    pub warnings: Vec<String>,
}

/// The outcome of looking for a credential.
#[derive(Debug, Clone)]
pub enum Found {
    /// There is one.
    Access(Box<Access>),
    /// There is none: no error, just a machine that was not set up yet.
    Nothing {
        /// Where it was looked for, in words and in order.
        looked_at: Vec<String>,
    },
}

/// Everything that a question about one property needs.
struct Desk<'a> {
    env: Env<'a>,
    sheet: &'a Sheet,
    /// The chosen profile, whether or not the file has it.
    profile: &'a str,
}

/// A property's value and where it was found.
struct Held {
    text: String,
    source: String,
}

impl Desk<'_> {
    /// A property that is no secret: the environment, then the file's top level,
    /// then the profile.
    fn property(&self, key: &str) -> Result<Option<Held>, ConfigError> {
        if let Some((name, text)) = self.env.get(key)? {
            return Ok(Some(Held {
                text: text.to_owned(),
                source: format!("environment ({name})"),
            }));
        }
        if let Some(text) = self.sheet.top(key)? {
            return Ok(Some(Held { text: text.to_owned(), source: self.sheet.top_words() }));
        }
        let text = self.sheet.of_profile(self.profile, key)?;
        let source = || self.sheet.profile_words(self.profile);
        Ok(text.map(|text| Held { text: text.to_owned(), source: source() }))
    }
}

/// Looks for a credential and what belongs to it.
pub fn find(flags: &Flags, surroundings: &Surroundings) -> Result<Found, ConfigError> {
    find_with(flags, &surroundings.env, surroundings)
}

/// The profiles of the Atlas CLI, by their names.
pub fn profiles(surroundings: &Surroundings) -> Result<Vec<String>, ConfigError> {
    let sheet = Sheet::read(&surroundings.file, surroundings.home.as_deref())?;
    Ok(sheet.names().map(str::to_owned).collect())
}

/// Looks for the credential of one profile, with the address and the organization that
/// belong to it. The environment says nothing here: what it names goes with its own
/// credential.
pub fn find_profile(name: &str, surroundings: &Surroundings) -> Result<Found, ConfigError> {
    let flags = Flags { profile: Some(name.to_owned()), ..Flags::default() };
    find_with(&flags, &BTreeMap::new(), surroundings)
}

/// Looks for the environment's own credential; `None` where it has none.
pub fn find_in_environment(surroundings: &Surroundings) -> Result<Option<Access>, ConfigError> {
    if !credential::is_named(&Env::new(&surroundings.env))? {
        return Ok(None);
    }
    Ok(match find(&Flags::default(), surroundings)? {
        Found::Access(access) if access.from_environment => Some(*access),
        _ => None,
    })
}

fn find_with(
    flags: &Flags,
    variables: &BTreeMap<String, OsString>,
    surroundings: &Surroundings,
) -> Result<Found, ConfigError> {
    let mut warnings = Vec::new();
    let env = Env::new(variables);
    warnings.extend(env.warning());
    let sheet = Sheet::read(&surroundings.file, surroundings.home.as_deref())?;
    let profile = profile::choose(flags, &env, &sheet)?;
    let desk = Desk { env, sheet: &sheet, profile: &profile };

    // A wrong address or organization is told whether or not there is a credential for it.
    let base = base::find(said(flags.base_url.as_ref()), &desk)?;
    let org = organization(said(flags.org.as_ref()), &desk)?;
    let signed = match credential::find(&desk, &*surroundings.keyring, &mut warnings)? {
        credential::Outcome::Signed(signed) => signed,
        credential::Outcome::Nothing { looked_at } => return Ok(Found::Nothing { looked_at }),
    };
    warnings.extend(passed_over(flags, &signed));
    warnings.extend(sheet.exposure());
    let doubtful = base.is_doubtful(&signed);
    Ok(Found::Access(Box::new(Access {
        credential: signed.credential,
        credential_source: signed.source,
        org,
        doubtful,
        origin: base.origin,
        origin_source: base.source,
        from_environment: signed.from_environment,
        profile: sheet.has(&profile).then_some(profile),
        warnings,
    })))
}

/// The organization that the flag names, else the nearest property.
fn organization(flag: Option<&str>, desk: &Desk) -> Result<Option<OrgId>, ConfigError> {
    let held = match flag {
        Some(text) => Some(Held { text: text.to_owned(), source: "--org".to_owned() }),
        None => desk.property("org_id")?,
    };
    let parse = |Held { text, source: source_words }| {
        OrgId::parse(&text).ok_or(ConfigError::BadOrganization { source_words })
    };
    held.map(parse).transpose()
}

/// Says that the environment wins over a profile that somebody asked for.
fn passed_over(flags: &Flags, signed: &Signed) -> Option<String> {
    let profile = said(flags.profile.as_ref()).filter(|_| signed.from_environment)?;
    Some(format!(
        "The credential is that of the {}, not that of the profile {}: as with the Atlas CLI, \
         the environment wins over --profile. Unset the variable to use the profile's.",
        signed.source,
        Clean::new(profile),
    ))
}

/// What a flag says, if it says anything: an empty one does not.
fn said(flag: Option<&String>) -> Option<&str> {
    flag.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// The names of the environment that this room reads: all that
/// [`Surroundings`] keeps of it.
fn is_ours(name: &OsString) -> bool {
    const OTHERS: [&str; 4] =
        ["HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"];
    name.to_str().is_some_and(|name| env::is_atlas(name) || OTHERS.contains(&name))
}
