//! Whatever is in a file, a secret in it is never shown.

use gatehouse::config::{Found, KeyringError};
use proptest::prelude::*;

use super::Machine;

const SECRET: &str = "mdb_sa_sk_PLANTED0secret";

/// Everything that can be printed about an outcome.
fn printed(machine: &Machine) -> String {
    let surroundings = format!("{:?}", machine.surroundings());
    match machine.find() {
        Ok(Found::Access(access)) => format!("{surroundings}{access:?}{access:#?}"),
        Ok(found) => format!("{surroundings}{found:?}"),
        Err(error) => format!("{surroundings}{error:?}{error}"),
    }
}

/// The keys under which a secret may lie, on purpose or by mistake.
fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "client_secret",
        "private_api_key",
        "access_token",
        "refresh_token",
        "auth_type",
        "service",
        "base_url",
        "version",
        "output",
        "Client_Secret",
        "something_else",
    ])
}

/// A value that holds the secret, in right and wrong TOML.
fn value() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        format!("'{SECRET}'"),
        format!("\"{SECRET}\""),
        format!("\"{SECRET}"),
        format!("'{SECRET}"),
        SECRET.to_owned(),
        format!("\"{SECRET}\\q\""),
        format!("['{SECRET}']"),
        format!("{{ a = '{SECRET}' }}"),
        format!("'{SECRET}' '{SECRET}'"),
        format!("'https://{SECRET}@x'"),
        format!("1{SECRET}"),
    ])
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Machine::new().bytes(&bytes).find();
    }

    #[test]
    fn any_text_is_survived(text in "([\\[\\]a-c='\".,{} \n0-9#_-]|client_id|client_secret|version|default){0,60}") {
        let _ = Machine::new().toml(&text).find();
        let _ = Machine::new().toml(&format!("[default]\n{text}")).find();
    }

    #[test]
    fn a_planted_secret_is_never_shown(
        before in "(version = 2\n)?(\\[default\\]\n)?(auth_type = '(service_account|api_keys|user_account|x)'\n)?(client_id = 'i'\n|public_api_key = 'p'\n)?",
        key in key(),
        value in value(),
        after in "(\nclient_id = 'j'|\nx|\n\\[|\nversion = 'a'|[ -~]{0,10})?",
        noise in prop::collection::vec(any::<u8>(), 0..3),
        mode in prop::sample::select(vec![0o600, 0o644]),
        locked in any::<bool>(),
    ) {
        let mut bytes = format!("{before}{key} = {value}{after}").into_bytes();
        bytes.extend(noise);
        let mut machine = Machine::new().bytes(&bytes).modes(mode, 0o755);
        if locked {
            machine = machine.trouble(KeyringError::Locked);
        }
        let shown = printed(&machine);
        prop_assert!(!shown.contains(SECRET), "{shown}");
        prop_assert!(!shown.contains("PLANTED"), "{shown}");
    }
}

#[test]
fn secrets_of_the_environment_and_the_keyring_are_never_shown() {
    for variable in [
        "MONGODB_ATLAS_CLIENT_SECRET",
        "MONGODB_ATLAS_PRIVATE_API_KEY",
        "MONGODB_ATLAS_ACCESS_TOKEN",
    ] {
        let half = Machine::new().env(variable, SECRET);
        let whole = half
            .clone()
            .env("MONGODB_ATLAS_CLIENT_ID", "i")
            .env("MONGODB_ATLAS_PUBLIC_API_KEY", "p");
        let stored = Machine::new().toml("[default]").entry("default", "client_id", "i").entry(
            "default",
            "client_secret",
            SECRET,
        );
        for machine in [half, whole, stored] {
            let shown = printed(&machine);
            assert!(!shown.contains(SECRET), "{shown}");
        }
    }
}
