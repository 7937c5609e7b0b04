//! Which credential is meant: the order of places, the kinds, and their halves.
//! Knows neither where a file lies nor how a keyring is asked.

use std::cell::OnceCell;

use super::env::Env;
use super::keyring::{Keyring, KeyringError};
use super::{ConfigError, Desk, Held};
use crate::atlas::secret::ExposeSecret;
use crate::atlas::{Clean, Credential, Secret};

/// The properties that must stay private.
pub(super) const SECRETS: [&str; 4] =
    ["client_secret", "private_api_key", "access_token", "refresh_token"];

/// A kind of credential, and what its halves are called.
struct Kind {
    auth_type: &'static str,
    words: &'static str,
    halves: &'static str,
    id: Half,
    secret: Half,
    make: fn(String, Secret) -> Credential,
}

struct Half {
    key: &'static str,
    words: &'static str,
}

/// The kinds, the better one first.
const KINDS: [Kind; 2] = [
    Kind {
        auth_type: "service_account",
        words: "a service account",
        halves: "client ID and client secret",
        id: Half { key: "client_id", words: "client ID" },
        secret: Half { key: "client_secret", words: "client secret" },
        make: |client_id, client_secret| Credential::ServiceAccount { client_id, client_secret },
    },
    Kind {
        auth_type: "api_keys",
        words: "an API key",
        halves: "public and private API key",
        id: Half { key: "public_api_key", words: "public API key" },
        secret: Half { key: "private_api_key", words: "private API key" },
        make: |public_key, private_key| Credential::ApiKey { public_key, private_key },
    },
];

/// Where a half of a credential can be, the place that counts most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Environment,
    Keyring,
    Top,
    Profile,
}

impl Place {
    /// The keyring holds what the Atlas CLI took out of the profile's table.
    fn lies_with(self, other: Self) -> bool {
        let profile = [Self::Keyring, Self::Profile];
        self == other || profile.contains(&self) && profile.contains(&other)
    }
}

const PLACES: [Place; 4] = [Place::Environment, Place::Keyring, Place::Top, Place::Profile];

/// A credential and its source.
pub(super) struct Signed {
    pub(super) credential: Credential,
    pub(super) source: String,
    pub(super) from_environment: bool,
}

/// What came of the search.
pub(super) enum Outcome {
    Signed(Signed),
    Nothing { looked_at: Vec<String> },
}

/// Whether the environment names a credential, or a half of one.
pub(super) fn is_named(env: &Env<'_>) -> Result<bool, ConfigError> {
    for half in KINDS.iter().flat_map(|kind| [&kind.id, &kind.secret]) {
        if env.get(half.key)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Finds the credential that the Atlas CLI would use.
pub(super) fn find(
    desk: &Desk,
    keyring: &dyn Keyring,
    warnings: &mut Vec<String>,
) -> Result<Outcome, ConfigError> {
    let search = Search { desk, keyring, trouble: OnceCell::new() };
    // What the environment says whole needs nobody else: the start must not wait
    // for a keyring, and what was exported must count.
    let whole = search.pairs(&[Place::Environment])?;
    if let Some(pair) = search.choose(whole, warnings)? {
        return Ok(Outcome::Signed(pair.sign(&search)));
    }
    // A file of the old layout that has everything has nothing in the keyring.
    let without_keyring = [Place::Environment, Place::Top, Place::Profile];
    let mut pairs = search.pairs(&without_keyring)?;
    if desk.sheet.has(desk.profile) && (desk.sheet.uses_keyring() || pairs.is_empty()) {
        pairs = search.pairs(&PLACES)?;
    }
    if let Some(pair) = search.choose(pairs, warnings)? {
        warnings.extend(search.keyring_warning());
        return Ok(Outcome::Signed(pair.sign(&search)));
    }
    search.explain()
}

/// Both halves of a credential.
struct Pair {
    kind: &'static Kind,
    id: (Place, String),
    secret: (Place, Secret),
}

impl Pair {
    fn sign(self, search: &Search) -> Signed {
        let (id, secret) = (self.id.0, self.secret.0);
        let mut source = search.words(id, self.kind.id.key);
        if id != secret {
            source = format!("{source} and {}", search.words(secret, self.kind.secret.key));
        }
        Signed {
            credential: (self.kind.make)(self.id.1, self.secret.1),
            source,
            from_environment: secret == Place::Environment,
        }
    }
}

/// A search under way. The keyring is asked once it is needed, and no more
/// after it failed.
struct Search<'a> {
    desk: &'a Desk<'a>,
    keyring: &'a dyn Keyring,
    trouble: OnceCell<KeyringError>,
}

impl Search<'_> {
    /// The kinds of credential that are whole in these places. Once there is a
    /// service account in the keyring, API keys are not asked for.
    fn pairs(&self, places: &[Place]) -> Result<Vec<Pair>, ConfigError> {
        let mut pairs: Vec<Pair> = Vec::new();
        for kind in &KINDS {
            let settled = pairs.iter().any(|pair| pair.secret.0 == Place::Keyring);
            let places: Vec<Place> =
                places.iter().copied().filter(|p| !(settled && *p == Place::Keyring)).collect();
            pairs.extend(self.pair(kind, &places)?);
        }
        Ok(pairs)
    }

    fn pair(&self, kind: &'static Kind, places: &[Place]) -> Result<Option<Pair>, ConfigError> {
        let (Some(id), Some(secret)) =
            (self.first(kind.id.key, places)?, self.first(kind.secret.key, places)?)
        else {
            return Ok(None);
        };
        let id = (id.0, id.1.expose_secret().to_owned());
        // A secret that lies beside another public half belongs to that one.
        if id.0 != secret.0 {
            let beside = self.at(secret.0, kind.id.key)?;
            let overrides =
                PLACES.iter().position(|p| *p == id.0) < PLACES.iter().position(|p| *p == secret.0);
            if overrides && beside.is_some_and(|other| other.expose_secret() != id.1) {
                return Ok(None);
            }
        }
        Ok(Some(Pair { kind, id, secret }))
    }

    /// Every place, but the keyring of a profile that does not exist.
    fn places(&self) -> Vec<Place> {
        let keyring = self.desk.sheet.has(self.desk.profile);
        PLACES.into_iter().filter(|place| keyring || *place != Place::Keyring).collect()
    }

    /// The value of the first place that has one.
    fn first(&self, key: &str, places: &[Place]) -> Result<Option<(Place, Secret)>, ConfigError> {
        for place in places {
            if let Some(value) = self.at(*place, key)? {
                return Ok(Some((*place, value)));
            }
        }
        Ok(None)
    }

    fn at(&self, place: Place, key: &str) -> Result<Option<Secret>, ConfigError> {
        let desk = self.desk;
        let text = match place {
            Place::Environment => desk.env.get(key)?.map(|(_, text)| text),
            Place::Top => desk.sheet.top(key)?,
            Place::Profile => desk.sheet.of_profile(desk.profile, key)?,
            Place::Keyring => return Ok(self.in_keyring(key)),
        };
        Ok(text.map(Secret::from))
    }

    fn in_keyring(&self, key: &str) -> Option<Secret> {
        if self.trouble.get().is_some() {
            return None;
        }
        match self.keyring.get(&self.service(), key) {
            Ok(secret) => secret.filter(|secret| !secret.expose_secret().is_empty()),
            Err(trouble) => {
                let _ = self.trouble.set(trouble);
                None
            }
        }
    }

    /// The name under which the Atlas CLI keeps the profile in the keyring.
    fn service(&self) -> String {
        format!("atlascli_{}", self.desk.profile)
    }

    fn words(&self, place: Place, key: &str) -> String {
        let desk = self.desk;
        match place {
            Place::Environment => format!("environment ({})", desk.env.name(key)),
            Place::Keyring => format!("keyring {}", Clean::new(&self.service())),
            Place::Top => desk.sheet.top_words(),
            Place::Profile => desk.sheet.profile_words(desk.profile),
        }
    }

    /// One of the whole credentials. As in the Atlas CLI, a kind other than the
    /// profile's `auth_type` must have been set to override it, so it wins; but
    /// of two that lie together the service account does.
    fn choose(
        &self,
        pairs: Vec<Pair>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Pair>, ConfigError> {
        let mut pairs = pairs.into_iter();
        let (Some(first), second) = (pairs.next(), pairs.next()) else { return Ok(None) };
        let Some(second) = second else { return Ok(Some(first)) };
        if first.secret.0.lies_with(second.secret.0) {
            warnings.push(format!(
                "Found {} and also {}: gatehouse uses the service account, from the {}, and ignores the key.",
                first.kind.words,
                second.kind.words,
                self.words(first.secret.0, first.kind.secret.key),
            ));
            return Ok(Some(first));
        }
        let overridden = self.auth_type()?.is_some_and(|said| said.text == first.kind.auth_type);
        Ok(Some(if overridden { second } else { first }))
    }

    fn auth_type(&self) -> Result<Option<Held>, ConfigError> {
        self.desk.property("auth_type")
    }

    /// Says that the keyring was asked in vain, though the credential was found
    /// elsewhere. That there is none on this machine is no news.
    fn keyring_warning(&self) -> Option<String> {
        let trouble = self.trouble.get().filter(|trouble| **trouble != KeyringError::Absent)?;
        Some(format!("{trouble} The credential was taken from elsewhere."))
    }

    /// Why there is no whole credential: a half one, one that we cannot use, one
    /// that should be there; or simply none.
    fn explain(&self) -> Result<Outcome, ConfigError> {
        let auth_type = self.auth_type()?;
        let said = auth_type.as_ref().map(|held| held.text.as_str());
        let mut kinds: Vec<&'static Kind> = KINDS.iter().collect();
        kinds.sort_by_key(|kind| said != Some(kind.auth_type));
        for kind in kinds {
            self.refuse_half(kind)?;
        }
        if let Some(kind) = KINDS.iter().find(|kind| said == Some(kind.auth_type)) {
            let place = auth_type.map_or_else(String::new, |held| held.source);
            return Err(self.missing(kind, place));
        }
        if let Some(place) = self.tokens(auth_type.as_ref())? {
            return Err(ConfigError::UserAccount { place, variables: self.variables(&KINDS[0]) });
        }
        if let Some(held) = auth_type.filter(|held| held.text != "no_auth") {
            let variables = self.variables(&KINDS[0]);
            return Err(ConfigError::UnknownAuthType { place: held.source, variables });
        }
        Ok(Outcome::Nothing { looked_at: self.looked_at() })
    }

    fn refuse_half(&self, kind: &Kind) -> Result<(), ConfigError> {
        let places = self.places();
        let id = self.first(kind.id.key, &places)?;
        let secret = self.first(kind.secret.key, &places)?;
        let (have, lack, place) = match (id, secret) {
            (None, None) => return Ok(()),
            (Some((place, _)), _) => (&kind.id, &kind.secret, place),
            (None, Some((place, _))) => (&kind.secret, &kind.id, place),
        };
        Err(ConfigError::HalfCredential {
            have: have.words,
            have_source: self.words(place, have.key),
            lack: lack.words,
            mend: match place {
                Place::Environment => self.desk.env.name(lack.key),
                _ => format!("{} there or {}", lack.key, self.desk.env.name(lack.key)),
            },
            keyring: self.trouble.get().copied(),
        })
    }

    fn missing(&self, kind: &Kind, place: String) -> ConfigError {
        ConfigError::MissingCredential {
            place,
            kind: kind.words,
            halves: kind.halves,
            service: Clean::new(&self.service()),
            variables: self.variables(kind),
            keyring: self.trouble.get().copied(),
        }
    }

    /// Where the tokens of a person are, if there are some.
    fn tokens(&self, auth_type: Option<&Held>) -> Result<Option<String>, ConfigError> {
        if let Some(held) = auth_type.filter(|held| held.text == "user_account") {
            return Ok(Some(held.source.clone()));
        }
        let token =
            self.first("access_token", &[Place::Environment, Place::Top, Place::Profile])?;
        Ok(token.map(|(place, _)| self.words(place, "access_token")))
    }

    fn variables(&self, kind: &Kind) -> String {
        let env = &self.desk.env;
        format!("{} and {}", env.name(kind.id.key), env.name(kind.secret.key))
    }

    fn looked_at(&self) -> Vec<String> {
        let sheet = self.desk.sheet;
        let mut places: Vec<String> =
            KINDS.iter().map(|kind| format!("environment: {}", self.variables(kind))).collect();
        if !sheet.exists() {
            places.push(format!("{}: there is no such file", sheet.words()));
        } else if sheet.has(self.desk.profile) {
            places.push(self.words(Place::Profile, ""));
            let keyring = self.words(Place::Keyring, "");
            places.push(match self.trouble.get() {
                Some(trouble) => format!("{keyring}: {trouble}"),
                None => keyring,
            });
        } else {
            places.push(format!(
                "{}: it has no profile {}",
                sheet.words(),
                Clean::new(self.desk.profile)
            ));
        }
        places
    }
}
