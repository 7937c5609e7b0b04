//! The keyring: when it is asked, for what, and what its silence means.

use gatehouse::atlas::OrgId;
use gatehouse::config::{ConfigError, KeyringError};

use super::{Machine, halves};

const V2: &str =
    "version = 2\n[work]\nauth_type = 'service_account'\norg_id = '000000000000000000000000'\n";

fn stocked() -> Machine {
    Machine::new().entry("work", "client_id", "ki").entry("work", "client_secret", "ks")
}

#[test]
fn secrets_that_the_cli_moved_are_found() {
    let machine = stocked().toml(V2);
    let access = machine.access();
    assert_eq!(halves(&access), "sa ki/ks");
    assert_eq!(access.credential_source, "keyring atlascli_work");
    assert_eq!(access.org.as_ref().map(OrgId::as_str), Some("000000000000000000000000"));
    // Its account names are the properties'; API keys are not asked for once
    // there is a service account.
    assert!(machine.keyring.asked.borrow().iter().all(|(service, account)| {
        service == "atlascli_work" && ["client_id", "client_secret"].contains(&account.as_str())
    }));
    let key = Machine::new()
        .entry("default", "public_api_key", "kp")
        .entry("default", "private_api_key", "kq")
        .toml("[Default]\nauth_type = 'api_keys'");
    assert_eq!(halves(&key.access()), "key kp/kq");
    assert_eq!(key.access().credential_source, "keyring atlascli_default");
}

#[test]
fn the_environment_spares_the_keyring() {
    let machine = stocked()
        .toml(V2)
        .env("MONGODB_ATLAS_CLIENT_ID", "ei")
        .env("MONGODB_ATLAS_CLIENT_SECRET", "es");
    assert_eq!(halves(&machine.access()), "sa ei/es");
    assert_eq!(machine.keyring.calls.get(), 0);
}

#[test]
fn the_old_layout_spares_the_keyring_if_it_is_complete() {
    let full = "[work]\nclient_id = 'i'\nclient_secret = 's'";
    let machine = stocked().toml(full);
    assert_eq!(halves(&machine.access()), "sa i/s");
    assert_eq!(machine.keyring.calls.get(), 0);
    let machine = stocked().toml("[work]\norg_id = '000000000000000000000000'");
    assert_eq!(halves(&machine.access()), "sa ki/ks");
    let machine = stocked().toml(&format!("version = 2\n{full}"));
    assert_eq!(halves(&machine.access()), "sa ki/ks");
}

#[test]
fn a_key_left_in_the_table_loses_to_the_account_in_the_keyring() {
    let left = "public_api_key = 'p'\nprivate_api_key = 'q'";
    let access = stocked().toml(&format!("{V2}{left}")).access();
    assert_eq!(halves(&access), "sa ki/ks");
    assert_eq!(access.warnings.len(), 1);
}

#[test]
fn a_profile_that_does_not_exist_asks_nobody() {
    let machine = stocked().toml("version = 2");
    machine.nothing();
    assert_eq!(machine.keyring.calls.get(), 0);
}

#[test]
fn trouble_is_asked_for_once_and_told() {
    for trouble in [
        KeyringError::Absent,
        KeyringError::Locked,
        KeyringError::NoAnswer,
        KeyringError::Failed("x"),
    ] {
        let machine = stocked().toml(V2).trouble(trouble);
        let error = machine.error();
        assert!(
            matches!(&error, ConfigError::MissingCredential { keyring, .. } if *keyring == Some(trouble))
        );
        assert!(error.to_string().contains(&trouble.to_string()), "{error}");
        assert_eq!(machine.keyring.calls.get(), 1);

        let machine =
            stocked().toml("[work]\norg_id = '000000000000000000000000'").trouble(trouble);
        assert_eq!(machine.nothing()[3], format!("keyring atlascli_work: {trouble}"));

        let full = "version = 2\n[work]\nclient_id = 'i'\nclient_secret = 's'";
        let access = stocked().toml(full).trouble(trouble).access();
        assert_eq!(halves(&access), "sa i/s");
        let told = usize::from(trouble != KeyringError::Absent);
        assert_eq!(access.warnings.len(), told, "{:?}", access.warnings);
    }
    assert_eq!(
        KeyringError::Locked.to_string(),
        "The keyring is locked: unlock it and start gatehouse again."
    );
}

#[test]
fn halves_meet_only_if_they_can_belong_together() {
    let machine =
        Machine::new().toml("[work]\nclient_id = 'i'").entry("work", "client_secret", "ks");
    assert_eq!(halves(&machine.access()), "sa i/ks");
    let foreign = stocked().toml(V2).env("MONGODB_ATLAS_CLIENT_ID", "other");
    let error = foreign.error().to_string();
    assert_eq!(
        error,
        "The client ID is set (environment (MONGODB_ATLAS_CLIENT_ID)), but the client secret that \
         belongs to it is not. Set MONGODB_ATLAS_CLIENT_SECRET, or unset the client ID."
    );
}
