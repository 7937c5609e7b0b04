//! Where a new secret may go, and in which shape. Knows no file, no command and no
//! clipboard: only what is to be written.

use std::fmt::Write as _;

use serde_json::json;
use zeroize::Zeroizing;

use crate::atlas::secret::{ExposeSecret, Issued, Secret};
use crate::atlas::{Clean, IdentityId, OrgId};

/// In which shape a credential is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The secret and nothing else, not even a line's end: what stores it would keep
    /// that too.
    Plain,
    /// A JSON object.
    Json,
    /// Lines for a shell or an `.env` file, under the Atlas CLI's names.
    Env,
    /// A profile for the Atlas CLI's `config.toml`.
    Profile,
}

/// A place that a secret is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// It is only shown, masked until it is asked for.
    Screen,
    /// The clipboard.
    Clipboard,
    /// A new file, which must not exist; `~/` is the home directory.
    File {
        /// Its path, as typed.
        path: String,
        /// The shape.
        shape: Shape,
    },
    /// The standard input of a command.
    Command {
        /// What is run, its placeholders filled in.
        argv: Vec<String>,
        /// The shape.
        shape: Shape,
        /// It is given up after so many seconds.
        seconds: u64,
        /// Variables of our environment that it needs besides the usual ones.
        environment: Vec<String>,
        /// What the configuration calls it.
        name: String,
    },
}

/// A command of the configuration that takes secrets on its standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taker {
    /// What it is called.
    pub name: String,
    /// What is run: the program and its arguments, never a shell. `{name}`, `{id}`
    /// and `{org}` in them are filled in.
    pub argv: Vec<String>,
    /// The shape.
    pub shape: Shape,
    /// It is given up after so many seconds.
    pub seconds: u64,
    /// Variables of our environment that it needs besides the usual ones.
    pub environment: Vec<String>,
}

/// What a written credential says besides its two halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The name of the service account, or the description of the API key.
    pub name: String,
    /// The client ID or the API key's id, once it is known: something that is still to
    /// be made has none.
    pub id: Option<String>,
    /// Its organization.
    pub org: OrgId,
    /// The Atlas that it is for; absent: `cloud.mongodb.com`.
    pub base_url: Option<String>,
}

/// The placeholders that a command's arguments may have.
pub const PLACEHOLDERS: [&str; 3] = ["{name}", "{id}", "{org}"];

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Json, Self::Env, Self::Profile];

    /// What it is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Plain => "the secret alone",
            Self::Json => "JSON",
            Self::Env => ".env",
            Self::Profile => "Atlas CLI profile",
        }
    }

    /// How files of this shape end.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Plain => "secret",
            Self::Json => "json",
            Self::Env => "env",
            Self::Profile => "toml",
        }
    }
}

impl Sink {
    /// It is probed before a secret is asked for, and takes it by itself.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Command { .. })
    }

    /// In which shape it gets the credential.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::File { shape, .. } | Self::Command { shape, .. } => *shape,
            Self::Screen | Self::Clipboard => Shape::Plain,
        }
    }

    /// What it is, in words that follow "goes to".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Screen => "this screen only".into(),
            Self::Clipboard => "the clipboard".into(),
            Self::File { path, shape } => {
                format!("the file {} ({})", Clean::new(path), shape.label())
            }
            Self::Command { name, .. } => format!("the command {}", Clean::new(name)),
        }
    }
}

impl Taker {
    /// The sink that it is for this credential. What stands for a name in the
    /// arguments is plain: others choose names.
    #[must_use]
    pub fn sink(&self, about: &About) -> Sink {
        let name = plain(&about.name);
        let id = about.id.as_deref().map_or_else(|| name.clone(), plain);
        let org = plain(about.org.as_str());
        let filled = |argument: &String| {
            let filled = argument.replace("{name}", &name).replace("{id}", &id);
            filled.replace("{org}", &org)
        };
        Sink::Command {
            argv: self.argv.iter().map(filled).collect(),
            shape: self.shape,
            seconds: self.seconds,
            environment: self.environment.clone(),
            name: self.name.clone(),
        }
    }
}

/// A text that is safe as a part of a file's name and of an argument: ASCII letters,
/// digits, `.`, `_`, and `-` where it begins no option; never empty.
#[must_use]
pub fn plain(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let text: String = text.chars().map(kept).take(64).collect();
    let text = text.trim_matches(['-', '.']);
    if text.is_empty() { "credential".into() } else { text.to_owned() }
}

/// The credential as it is written in a shape.
#[must_use]
pub fn written(issued: &Issued, shape: Shape, about: &About) -> Secret {
    let secret = issued.secret.expose_secret();
    let mut text = Zeroizing::new(String::with_capacity(1024));
    match shape {
        Shape::Plain => text.push_str(secret),
        Shape::Json => json_object(issued, about, &mut text),
        Shape::Env => {
            for (name, value) in properties(issued, about) {
                // Never fails: it is written to a string.
                let name = name.to_uppercase();
                let _ = writeln!(text, "MONGODB_ATLAS_{name}={}", quoted(value));
            }
        }
        Shape::Profile => {
            let _ = writeln!(text, "[{}]", plain(&about.name).replace('.', "-"));
            let service_account = matches!(issued.owner, IdentityId::ServiceAccount(_));
            let auth = if service_account { "service_account" } else { "api_keys" };
            let _ = writeln!(text, "auth_type = \"{auth}\"");
            for (name, value) in properties(issued, about) {
                let _ = writeln!(text, "{name} = {}", toml::Value::from(value));
            }
        }
    }
    Secret::from(text.as_str())
}

/// The Atlas CLI's properties that make this credential work.
fn properties<'a>(issued: &'a Issued, about: &'a About) -> Vec<(&'static str, &'a str)> {
    let (public, secret) = match issued.owner {
        IdentityId::ServiceAccount(_) => ("client_id", "client_secret"),
        IdentityId::ApiKey(_) => ("public_api_key", "private_api_key"),
    };
    let base = about.base_url.as_deref().map(|url| ("ops_manager_url", url));
    [
        ("org_id", about.org.as_str()),
        (public, &issued.public),
        (secret, issued.secret.expose_secret()),
    ]
    .into_iter()
    .chain(base)
    .collect()
}

fn json_object(issued: &Issued, about: &About, text: &mut String) {
    let (public, secret) = match issued.owner {
        IdentityId::ServiceAccount(_) => ("clientId", "clientSecret"),
        IdentityId::ApiKey(_) => ("publicKey", "privateKey"),
    };
    let mut object = json!({"name": about.name, "orgId": about.org.as_str()});
    object[public] = issued.public.as_str().into();
    object[secret] = issued.secret.expose_secret().into();
    if let Some(end) = issued.expires_at {
        object["expiresAt"] = end.to_string().into();
    }
    if let Some(url) = &about.base_url {
        object["baseUrl"] = url.as_str().into();
    }
    let _ = writeln!(text, "{object:#}");
}

/// A value as a POSIX shell reads it back, whatever is in it.
fn quoted(value: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "._-:/@%+=,".contains(c);
    if !value.is_empty() && value.chars().all(safe) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{ClientId, KeyId};
    use proptest::prelude::*;

    fn about() -> About {
        About {
            name: "ci deploy".into(),
            id: None,
            org: OrgId::new("0123456789abcdef01234567"),
            base_url: None,
        }
    }

    fn account(secret: &str) -> Issued {
        Issued {
            owner: IdentityId::ServiceAccount(ClientId::new("mdb_sa_id_1f")),
            secret_id: None,
            public: "mdb_sa_id_1f".into(),
            secret: Secret::from(secret),
            expires_at: Some("2026-10-01T14:00:00Z".parse().expect("a time")),
        }
    }

    fn key() -> Issued {
        Issued {
            owner: IdentityId::ApiKey(KeyId::new("1f")),
            secret_id: None,
            public: "abcdefgh".into(),
            secret: Secret::from("c8150efd-c7a0"),
            expires_at: None,
        }
    }

    fn shown(issued: &Issued, shape: Shape) -> String {
        written(issued, shape, &about()).expose_secret().to_owned()
    }

    #[test]
    fn each_shape_is_what_its_reader_expects() {
        assert_eq!(shown(&account("mdb_sa_sk_x"), Shape::Plain), "mdb_sa_sk_x");
        assert_eq!(
            shown(&account("mdb_sa_sk_x"), Shape::Env),
            "MONGODB_ATLAS_ORG_ID=0123456789abcdef01234567\nMONGODB_ATLAS_CLIENT_ID=mdb_sa_id_1f\nMONGODB_ATLAS_CLIENT_SECRET=mdb_sa_sk_x\n"
        );
        assert_eq!(
            shown(&key(), Shape::Profile),
            "[ci-deploy]\nauth_type = \"api_keys\"\norg_id = \"0123456789abcdef01234567\"\npublic_api_key = \"abcdefgh\"\nprivate_api_key = \"c8150efd-c7a0\"\n"
        );
        let json: serde_json::Value =
            serde_json::from_str(&shown(&account("x"), Shape::Json)).expect("JSON");
        assert_eq!(json["clientSecret"], "x");
        assert_eq!(json["expiresAt"], "2026-10-01T14:00:00Z");
        let about = About { base_url: Some("http://127.0.0.1:1/".into()), ..about() };
        let profile = written(&key(), Shape::Profile, &about);
        assert!(profile.expose_secret().contains("ops_manager_url = \"http://127.0.0.1:1/\"\n"));
    }

    proptest! {
        /// Whatever Atlas calls a secret, it is read back as it is.
        #[test]
        fn any_secret_is_read_back_as_it_is(secret in "\\PC{1,40}|[ -~\\n]{1,40}") {
            let issued = account(&secret);
            let json: serde_json::Value =
                serde_json::from_str(&shown(&issued, Shape::Json)).expect("JSON");
            prop_assert_eq!(json["clientSecret"].as_str(), Some(secret.as_str()));
            let toml: toml::Value = toml::from_str(&shown(&issued, Shape::Profile)).expect("TOML");
            prop_assert_eq!(toml["ci-deploy"]["client_secret"].as_str(), Some(secret.as_str()));
        }

        #[test]
        fn what_stands_for_a_name_is_no_option_and_no_path(name in "\\PC{0,80}") {
            let plain = plain(&name);
            prop_assert!(!plain.is_empty() && !plain.starts_with(['-', '.']));
            prop_assert!(!plain.contains(['/', ' ', '\'', '$']));
        }
    }

    #[test]
    fn a_shell_reads_back_what_was_written() {
        for secret in ["mdb_sa_sk_x", "a b", "it's", "$HOME`id`\\", "\"", "a\nb", "-n"] {
            let script = format!(
                "{}printf %s \"$MONGODB_ATLAS_CLIENT_SECRET\"",
                shown(&account(secret), Shape::Env)
            );
            let output = std::process::Command::new("sh").arg("-c").arg(script).output();
            let output = output.expect("a shell").stdout;
            assert_eq!(String::from_utf8_lossy(&output), secret);
        }
    }

    #[test]
    fn a_command_gets_plain_arguments() {
        let taker = Taker {
            name: "pass".into(),
            argv: ["pass", "insert", "-m", "atlas/{name}", "{id}", "{org}"].map(Into::into).into(),
            shape: Shape::Plain,
            seconds: 30,
            environment: Vec::new(),
        };
        let about = About { name: "--help; rm -rf /".into(), ..about() };
        let Sink::Command { argv, .. } = taker.sink(&about) else { panic!("a command") };
        assert_eq!(argv[3..], ["atlas/help--rm--rf", "help--rm--rf", "0123456789abcdef01234567"]);
    }
}
