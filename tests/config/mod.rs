//! Where credentials come from: every rule on a made-up machine.

mod bad_input;
mod keyring;
mod precedence;
mod secrecy;
mod settings;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::atlas::{Credential, Secret};
use gatehouse::config::{
    Access, ConfigError, ConfigFile, Content, Flags, Found, Keyring, KeyringError, Surroundings,
    find,
};
use zeroize::Zeroizing;

/// A machine to look for a credential on.
#[derive(Default, Clone)]
struct Machine {
    flags: Flags,
    env: Vec<(&'static str, String)>,
    toml: Option<Vec<u8>>,
    modes: Option<(u32, u32)>,
    keyring: FakeKeyring,
}

/// A keyring that counts what it is asked.
#[derive(Default, Clone)]
struct FakeKeyring {
    entries: BTreeMap<(String, String), String>,
    trouble: Option<KeyringError>,
    asked: Rc<RefCell<Vec<(String, String)>>>,
    calls: Rc<Cell<usize>>,
}

impl Keyring for FakeKeyring {
    fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        let key = (service.to_owned(), account.to_owned());
        self.asked.borrow_mut().push(key.clone());
        self.calls.set(self.calls.get() + 1);
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => Ok(self.entries.get(&key).map(|text| Secret::from(text.as_str()))),
        }
    }
}

impl Machine {
    fn new() -> Self {
        Self { modes: Some((0o600, 0o700)), ..Self::default() }
    }

    fn toml(mut self, text: &str) -> Self {
        self.toml = Some(text.as_bytes().to_vec());
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.toml = Some(bytes.to_vec());
        self
    }

    fn env(mut self, name: &'static str, value: &str) -> Self {
        self.env.push((name, value.to_owned()));
        self
    }

    fn profile(mut self, name: &str) -> Self {
        self.flags.profile = Some(name.to_owned());
        self
    }

    fn entry(mut self, profile: &str, key: &str, value: &str) -> Self {
        let service = format!("atlascli_{profile}");
        self.keyring.entries.insert((service, key.to_owned()), value.to_owned());
        self
    }

    fn trouble(mut self, trouble: KeyringError) -> Self {
        self.keyring.trouble = Some(trouble);
        self
    }

    fn modes(mut self, file: u32, folder: u32) -> Self {
        self.modes = Some((file, folder));
        self
    }

    fn surroundings(&self) -> Surroundings {
        let content = match &self.toml {
            Some(bytes) => Content::Bytes(Zeroizing::new(bytes.clone())),
            None => Content::Absent,
        };
        Surroundings {
            env: self.env.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect(),
            home: Some(PathBuf::from("/home/ada")),
            file: ConfigFile {
                path: Some(PathBuf::from("/home/ada/.config/atlascli/config.toml")),
                content,
                mode: self.modes.map(|modes| modes.0),
                folder_mode: self.modes.map(|modes| modes.1),
                foreign: None,
            },
            keyring: Box::new(self.keyring.clone()),
        }
    }

    fn find(&self) -> Result<Found, ConfigError> {
        find(&self.flags, &self.surroundings())
    }

    #[track_caller]
    fn access(&self) -> Access {
        match self.find() {
            Ok(Found::Access(access)) => *access,
            Ok(Found::Nothing { looked_at }) => panic!("nothing found: {looked_at:?}"),
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    fn nothing(&self) -> Vec<String> {
        match self.find() {
            Ok(Found::Nothing { looked_at }) => looked_at,
            Ok(Found::Access(access)) => panic!("{access:?}"),
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    fn error(&self) -> ConfigError {
        match self.find() {
            Err(error) => error,
            Ok(found) => panic!("no error: {found:?}"),
        }
    }
}

/// A credential as `id/secret`.
fn halves(access: &Access) -> String {
    match &access.credential {
        Credential::ServiceAccount { client_id, client_secret } => {
            format!("sa {client_id}/{}", client_secret.expose_secret())
        }
        Credential::ApiKey { public_key, private_key } => {
            format!("key {public_key}/{}", private_key.expose_secret())
        }
    }
}

const FILE: &str = "~/.config/atlascli/config.toml";
