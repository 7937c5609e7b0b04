//! What people and machines get wrong: each has its own sentence.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use gatehouse::config::{ConfigError, ConfigFile, Content, Flags, find};

use super::{FILE, Machine};

const SA: &str = "[default]\nclient_id = 'i'\nclient_secret = 's'\n";

#[test]
fn every_mistake_has_its_sentence() {
    let two = "[work]\na = 1\n[home]\na = 1";
    let set = "set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET";
    let with_sa = |text: &str| Machine::new().toml(&format!("{SA}{text}"));
    let in_default = format!("profile default in {FILE}");
    let cases = [
        (Machine::new().toml(two).profile("wrk"), format!("--profile names the profile \"wrk\", which {FILE} does not have. It has: home, work.")),
        (Machine::new().env("MONGODB_ATLAS_PROFILE", "x"), format!("MONGODB_ATLAS_PROFILE names the profile \"x\", which {FILE} does not have. There are no profiles in it.")),
        (Machine::new().toml(two).profile("a.b"), "--profile names the profile \"a.b\", but a profile's name has no dot.".into()),
        (Machine::new().toml("[default]\nclient_id = 'i"), format!("{FILE} is not valid TOML: look at line 2, column 15.")),
        (Machine::new().bytes(b"[default]\nx = '\xff'"), format!("{FILE} is not readable text: look at line 2, column 6.")),
        (Machine::new().toml("[default]\nclient_id = 7"), format!("client_id is not text in quotes ({in_default}).")),
        (Machine::new().toml("version = '2'"), format!("version is not a whole number (top level of {FILE}).")),
        (
            with_sa("org_id = 'Acme'"),
            format!(
                "The organization ({in_default}) is no organization's id: 24 digits from 0 to 9 and a to f, not a name. Atlas shows it in the organization's settings."
            ),
        ),
        (with_sa("org_id = 1"), format!("org_id is not text in quotes ({in_default}).")),
        (with_sa("service = 'cloudmanager'"), format!("The service ({in_default}) is neither cloud nor cloudgov.")),
        (Machine::new().env("MONGODB_ATLAS_CLIENT_ID", "i"), "The client ID is set (environment (MONGODB_ATLAS_CLIENT_ID)), but the client secret that belongs to it is not. Set MONGODB_ATLAS_CLIENT_SECRET, or unset the client ID.".into()),
        (Machine::new().toml("[default]\nprivate_api_key = 'q'"), format!("The private API key is set ({in_default}), but the public API key that belongs to it is not. Set public_api_key there or MONGODB_ATLAS_PUBLIC_API_KEY, or unset the private API key.")),
        (Machine::new().toml("[default]\nauth_type = 'user_account'"), format!("The Atlas CLI is signed in as a person ({in_default}), whose tokens gatehouse does not use. Use a service account or an API key: {set}, or name another profile with --profile.")),
        (Machine::new().toml("[default]\naccess_token = 't'"), format!("The Atlas CLI is signed in as a person ({in_default}), whose tokens gatehouse does not use. Use a service account or an API key: {set}, or name another profile with --profile.")),
        (Machine::new().toml("[default]\nauth_type = 'telepathy'"), format!("The auth_type ({in_default}) is none that gatehouse knows: service_account or api_keys. {}, or name another profile with --profile.", set.replace("set", "Set"))),
        (Machine::new().toml("[default]\nauth_type = 'api_keys'"), format!("The auth_type ({in_default}) says an API key, but its public and private API key are neither there nor in the keyring (atlascli_default). Sign in again with the Atlas CLI. Or set MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY.")),
    ];
    for (machine, expected) in cases {
        assert_eq!(machine.error().to_string(), expected);
    }
}

#[test]
fn a_base_url_that_cannot_be_called_is_refused() {
    for url in [
        "cloud.mongodb.com",
        "ftp://x",
        "https://",
        "https:///x",
        "https://a b",
        "https://ada:pw@x",
        "https://x?a",
        "https://x#a",
        "http:/x",
        "ü",
    ] {
        let machine = Machine::new().toml(SA).env("MONGODB_ATLAS_BASE_URL", url);
        let error = machine.error();
        assert!(matches!(error, ConfigError::BadBaseUrl { .. }), "{url}");
        assert!(!error.to_string().contains("ada"));
    }
}

#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt;
    let mut surroundings = Machine::new().surroundings();
    let value = std::ffi::OsString::from_vec(vec![0xff]);
    surroundings.env.insert("MONGODB_ATLAS_CLIENT_SECRET".into(), value);
    let error = find(&Flags::default(), &surroundings).unwrap_err();
    assert!(error.to_string().contains("MONGODB_ATLAS_CLIENT_SECRET"));
}

#[test]
fn a_file_that_others_can_read_is_mentioned() {
    let warning = |file, folder| Machine::new().toml(SA).modes(file, folder).access().warnings;
    let open = warning(0o644, 0o755);
    assert_eq!(
        open,
        [format!(
            "{FILE} holds a secret and its permissions let other users of this machine at it. \
             Mend: chmod 600 {FILE}"
        )]
    );
    assert!(warning(0o640, 0o700)[0].contains("though its folder keeps them out"));
    assert_eq!(warning(0o622, 0o755).len(), 1);
    assert_eq!(warning(0o600, 0o755), [] as [&str; 0]);
    // Without a secret in it, there is nothing to mend.
    let bare = Machine::new()
        .toml("[default]\nclient_id = 'i'")
        .env("MONGODB_ATLAS_CLIENT_SECRET", "es")
        .modes(0o644, 0o755);
    assert_eq!(bare.access().warnings, [] as [&str; 0]);
    // What is pasted to a shell survives it.
    let mut odd = Machine::new().toml(SA).modes(0o644, 0o755).surroundings();
    odd.file.path = Some("/home/ada/Library/Application Support/atlascli/config.toml".into());
    let found = format!("{:?}", find(&Flags::default(), &odd).unwrap());
    assert!(found.contains("chmod 600 '/home/ada/Library/Application Support/"), "{found}");
}

#[test]
fn a_real_file_is_read_with_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    assert!(matches!(ConfigFile::read(path.clone()).content, Content::Absent));
    fs::write(&path, SA).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let file = ConfigFile::read(path.clone());
    assert!(matches!(&file.content, Content::Bytes(bytes) if bytes[..] == *SA.as_bytes()));
    assert_eq!((file.mode, file.folder_mode), (Some(0o640), Some(0o700)));
    let below = ConfigFile::read(path.join("config.toml"));
    assert!(matches!(below.content, Content::Unreadable(why) if why.contains("not a folder")));
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large");
    fs::write(&large, vec![b'#'; (1 << 20) + 1]).unwrap();
    let cases = [(folder.path(), "it is not a file"), (&large, "it is larger than 1 MiB")];
    for (path, reason) in cases {
        let mut surroundings = Machine::new().surroundings();
        surroundings.file = ConfigFile::read(path.to_owned());
        let error = find(&Flags::default(), &surroundings).unwrap_err();
        assert_eq!(error.to_string(), format!("{} cannot be read: {reason}.", path.display()));
    }
}

#[test]
fn a_file_without_permission_is_named() {
    let mut surroundings = Machine::new().toml("").surroundings();
    surroundings.file.content = Content::Unreadable("permission denied".to_owned());
    let error = find(&Flags::default(), &surroundings).unwrap_err();
    assert_eq!(error.to_string(), format!("{FILE} cannot be read: permission denied."));
    // Root reads everything, so a refusal can be had from others only.
    if let Some(file) = refused() {
        assert!(matches!(file.content, Content::Unreadable(why) if why == "permission denied"));
    }
}

fn refused() -> Option<ConfigFile> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, SA).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    fs::File::open(&path).is_err().then(|| ConfigFile::read(path))
}
