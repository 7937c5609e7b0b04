//! Flags, then the environment, then the profile.

use gatehouse::atlas::OrgId;
use gatehouse::config::Found;

use super::{FILE, Machine, halves};

const SA: &str = "client_id = 'i'\nclient_secret = 's'\n";
const KEY: &str = "public_api_key = 'p'\nprivate_api_key = 'q'\n";

fn env_sa(machine: Machine) -> Machine {
    machine.env("MONGODB_ATLAS_CLIENT_ID", "ei").env("MONGODB_ATLAS_CLIENT_SECRET", "es")
}

fn env_key(machine: Machine) -> Machine {
    machine.env("MONGODB_ATLAS_PUBLIC_API_KEY", "ep").env("MONGODB_ATLAS_PRIVATE_API_KEY", "eq")
}

#[test]
fn an_empty_machine_has_nothing_and_says_where_it_looked() {
    assert_eq!(
        Machine::new().nothing(),
        [
            "environment: MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET",
            "environment: MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY",
            &format!("{FILE}: there is no such file"),
        ]
    );
    let empty = Machine::new().toml("").nothing();
    assert_eq!(empty[2], format!("{FILE}: it has no profile default"));
    let bare = Machine::new().toml("[default]\norg_id = '000000000000000000000000'").nothing();
    assert_eq!(
        bare[2..],
        [format!("profile default in {FILE}"), "keyring atlascli_default".into()]
    );
    let out = Machine::new().toml("[default]\nauth_type = 'no_auth'").nothing();
    assert_eq!(out.len(), 4);
}

#[test]
fn the_credential_that_the_atlas_cli_would_use() {
    let profile = |text: &str| Machine::new().toml(&format!("[default]\n{text}"));
    let both = format!("{SA}{KEY}");
    let typed = |kind: &str, text: &str| profile(&format!("auth_type = '{kind}'\n{text}"));
    let cases = [
        ("environment alone", env_sa(Machine::new()), "sa ei/es"),
        ("environment key alone", env_key(Machine::new()), "key ep/eq"),
        ("environment both", env_key(env_sa(Machine::new())), "sa ei/es"),
        ("profile", profile(SA), "sa i/s"),
        ("profile key", profile(KEY), "key p/q"),
        ("profile both", profile(&both), "sa i/s"),
        ("profile both, said a key", typed("api_keys", &both), "sa i/s"),
        ("profile both, said an account", typed("service_account", &both), "sa i/s"),
        ("environment over profile", env_sa(profile(SA)), "sa ei/es"),
        ("environment account over key", env_sa(typed("api_keys", KEY)), "sa ei/es"),
        ("environment key over account", env_key(typed("service_account", SA)), "key ep/eq"),
        ("environment key over person", env_key(typed("user_account", "")), "key ep/eq"),
        ("top level over profile", Machine::new().toml("client_id = 'ti'\nclient_secret = 'ts'\n[default]\nclient_id = 'i'\nclient_secret = 's'"), "sa ti/ts"),
        ("top level without profile", Machine::new().toml(KEY), "key p/q"),
        ("top-level key over account", Machine::new().toml(&format!("{KEY}[default]\nauth_type = 'service_account'\n{SA}")), "key p/q"),
        ("top-level key under account", Machine::new().toml(&format!("{KEY}[default]\nauth_type = 'api_keys'\n{SA}")), "sa i/s"),
        ("blank is unset", profile(KEY).env("MONGODB_ATLAS_CLIENT_ID", " "), "key p/q"),
        ("blanks are trimmed", profile("client_id = ' i '\nclient_secret = \"s\\n\""), "sa i/s"),
        ("keys in any case", Machine::new().toml("[Default]\nClient_ID = 'i'\nCLIENT_SECRET = 's'"), "sa i/s"),
        ("secret from outside", profile("client_id = 'i'").env("MONGODB_ATLAS_CLIENT_SECRET", "es"), "sa i/es"),
        ("secret replaced", profile(SA).env("MONGODB_ATLAS_CLIENT_SECRET", "es"), "sa i/es"),
        ("the same identity twice", profile(SA).env("MONGODB_ATLAS_CLIENT_ID", "i"), "sa i/s"),
        ("half of one kind, whole of another", profile(KEY).env("MONGODB_ATLAS_CLIENT_ID", "i"), "key p/q"),
        ("byte order mark", Machine::new().toml(&format!("\u{feff}[default]\n{SA}")), "sa i/s"),
    ];
    for (what, machine, expected) in cases {
        assert_eq!(halves(&machine.access()), expected, "{what}");
    }
}

#[test]
fn the_profile_that_the_atlas_cli_would_use() {
    const THREE: &str = "[default]\nclient_id = 'd'\nclient_secret = 's'\n\
        [work]\nclient_id = 'w'\nclient_secret = 's'\n[Home]\nclient_id = 'h'\nclient_secret = 's'";
    const ONLY: &str = "output = 'json'\nversion = 2\nunknown = 1\n\
        [work]\nclient_id = 'w'\nclient_secret = 's'\nfuture = [1]\n[work.sub]\na = 1";
    let three = || Machine::new().toml(THREE);
    let cases = [
        (three(), "sa d/s", "default"),
        (three().profile("work"), "sa w/s", "work"),
        (three().profile("HOME"), "sa h/s", "home"),
        (three().profile(" "), "sa d/s", "default"),
        (three().env("MONGODB_ATLAS_PROFILE", "home"), "sa h/s", "home"),
        (three().env("MONGODB_ATLAS_PROFILE", "home").profile("work"), "sa w/s", "work"),
        (Machine::new().toml(&format!("profile = 'work'\n{THREE}")), "sa w/s", "work"),
        (Machine::new().toml(ONLY), "sa w/s", "work"),
    ];
    for (machine, credential, profile) in cases {
        let access = machine.access();
        assert_eq!(halves(&access), credential);
        assert_eq!(access.profile.as_deref(), Some(profile));
        assert_eq!(access.credential_source, format!("profile {profile} in {FILE}"));
        assert_eq!(access.warnings, [] as [&str; 0]);
    }
    assert_eq!(env_sa(Machine::new()).access().profile, None);
}

#[test]
fn sources_are_named() {
    let cases = [
        (env_sa(Machine::new()), "environment (MONGODB_ATLAS_CLIENT_ID)".to_owned()),
        (env_key(Machine::new()), "environment (MONGODB_ATLAS_PUBLIC_API_KEY)".to_owned()),
        (Machine::new().toml(SA), format!("top level of {FILE}")),
        (
            Machine::new().toml("[a]\nclient_id = 'i'").env("MONGODB_ATLAS_CLIENT_SECRET", "es"),
            format!("profile a in {FILE} and environment (MONGODB_ATLAS_CLIENT_SECRET)"),
        ),
    ];
    for (machine, expected) in cases {
        assert_eq!(machine.access().credential_source, expected);
    }
}

#[test]
fn two_credentials_in_one_place_are_mentioned() {
    let warnings = env_key(env_sa(Machine::new())).access().warnings;
    assert_eq!(
        warnings,
        ["Found a service account and also an API key: gatehouse uses the service account, \
          from the environment (MONGODB_ATLAS_CLIENT_SECRET), and ignores the key."]
    );
    // In two places they are an override, which is no news.
    let machine = env_key(Machine::new().toml(&format!("[default]\n{SA}")));
    assert_eq!(machine.access().warnings, [] as [&str; 0]);
}

#[test]
fn an_asked_profile_that_loses_is_mentioned() {
    let machine = env_sa(Machine::new().toml(&format!("[work]\n{SA}")));
    assert_eq!(machine.access().warnings, [] as [&str; 0]);
    let warnings = machine.profile("work").access().warnings;
    assert!(warnings[0].contains("not that of the profile work"), "{warnings:?}");
}

#[test]
fn variables_of_the_ancestor_silence_todays() {
    let old = Machine::new().env("MCLI_CLIENT_ID", "oi").env("MCLI_CLIENT_SECRET", "os");
    assert_eq!(halves(&old.access()), "sa oi/os");
    assert_eq!(old.access().warnings, [] as [&str; 0]);
    let mixed = env_sa(old).env("MCLI_OPS_MANAGER_URL", "https://old.example/");
    let access = mixed.access();
    assert_eq!(halves(&access), "sa oi/os");
    assert_eq!(access.origin.to_string(), "https://old.example");
    assert!(access.warnings[0].starts_with("MCLI_CLIENT_ID is set, so MONGODB_ATLAS_CLIENT_ID"));
    let silenced = env_sa(Machine::new()).env("MCLI", "");
    assert_eq!(silenced.nothing()[0], "environment: MCLI_CLIENT_ID and MCLI_CLIENT_SECRET");
}

#[test]
fn the_organization_is_the_nearest_one() {
    let [top, own, env, flag] = ["1", "2", "3", "4"].map(|digit| digit.repeat(24));
    let of_profile = || Machine::new().toml(&format!("[default]\norg_id = '{own}'"));
    let of_both = || Machine::new().toml(&format!("org_id = '{top}'\n[default]\norg_id = '{own}'"));
    let (env, flag) = (Some(&*env), Some(&*flag));
    let cases = [
        (Machine::new(), None, None, None),
        (Machine::new(), None, env, env),
        (Machine::new(), flag, env, flag),
        (Machine::new(), Some(""), env, env),
        (of_profile(), None, None, Some(&*own)),
        (of_both(), None, None, Some(&*top)),
        (of_both(), None, env, env),
    ];
    for (machine, flag, env, expected) in cases {
        let mut machine = env_sa(machine);
        machine.flags.org = flag.map(str::to_owned);
        if let Some(org) = env {
            machine = machine.env("MONGODB_ATLAS_ORG_ID", org);
        }
        let org = machine.access().org;
        assert_eq!(org.as_ref().map(OrgId::as_str), expected, "{flag:?} {env:?}");
    }
}

#[test]
fn the_base_url_is_the_nearest_one() {
    let url = "MONGODB_ATLAS_OPS_MANAGER_URL";
    let alias = "MONGODB_ATLAS_BASE_URL";
    let profile = |text: &str| Machine::new().toml(&format!("[default]\n{text}"));
    let in_profile = format!("profile default in {FILE}");
    let gov = "https://cloud.mongodbgov.com";
    let cases = [
        (Machine::new(), "https://cloud.mongodb.com", "default".to_owned()),
        (
            Machine::new().env(url, "https://e.example///"),
            "https://e.example",
            format!("environment ({url})"),
        ),
        (
            Machine::new().env(alias, "https://e.example"),
            "https://e.example",
            format!("environment ({alias})"),
        ),
        (
            Machine::new().env(alias, "https://a.example").env(url, "https://e.example"),
            "https://e.example",
            format!("environment ({url})"),
        ),
        (
            profile("ops_manager_url = 'https://p.example/'"),
            "https://p.example",
            in_profile.clone(),
        ),
        (profile("base_url = 'https://p.example/'"), "https://p.example", in_profile.clone()),
        (
            profile("ops_manager_url = 'https://p.example'").env(alias, "https://e.example"),
            "https://e.example",
            format!("environment ({alias})"),
        ),
        (
            Machine::new().toml("base_url = 'HTTP://127.0.0.1:8080'"),
            "http://127.0.0.1:8080",
            format!("top level of {FILE}"),
        ),
        (
            profile("service = 'cloud'"),
            "https://cloud.mongodb.com",
            format!("service cloud of {in_profile}"),
        ),
        (profile("service = ''"), "https://cloud.mongodb.com", "default".to_owned()),
        (profile("service = 'cloudgov'"), gov, format!("service cloudgov of {in_profile}")),
        (
            Machine::new().env("MONGODB_ATLAS_SERVICE", "cloudgov"),
            gov,
            "service cloudgov of environment (MONGODB_ATLAS_SERVICE)".to_owned(),
        ),
        (
            profile("service = 'cloudgov'\nops_manager_url = 'https://p.example'"),
            "https://p.example",
            in_profile,
        ),
    ];
    for (machine, expected, source) in cases {
        let access = env_sa(machine.clone()).access();
        assert_eq!((access.origin.to_string().as_str(), access.origin_source), (expected, source));
        assert_eq!(access.warnings, [] as [&str; 0]);
        let mut flagged = env_sa(machine);
        flagged.flags.base_url = Some("https://f.example/".to_owned());
        let access = flagged.access();
        assert_eq!(
            (access.origin.to_string().as_str(), access.origin_source.as_str()),
            ("https://f.example", "--base-url")
        );
    }
}

#[test]
fn a_credential_goes_without_a_question_to_mongodb_and_to_its_own_emulator_only() {
    let url = "MONGODB_ATLAS_BASE_URL";
    let stored = |text: &str| Machine::new().toml(&format!("[default]\n{SA}{text}"));
    let (near, far) = ("http://127.0.0.1:8080", "https://p.example");
    let cases = [
        (stored(""), false),
        (stored("").env(url, "https://cloud.mongodb.com/"), false),
        (stored("").env(url, "https://cloud.mongodbgov.com"), false),
        (stored("service = 'cloudgov'"), false),
        (stored("").env(url, far), true),
        (stored(&format!("base_url = '{far}'")), true),
        (env_sa(Machine::new()).env(url, far), true),
        // Together with its credential, an emulator on this machine is no stranger.
        (env_sa(Machine::new()).env(url, near), false),
        (stored(&format!("base_url = '{near}'")), false),
        // What was exported for something else is.
        (stored("").env(url, near), true),
        (env_sa(stored(&format!("base_url = '{near}'"))), true),
    ];
    for (machine, doubtful) in cases {
        let access = machine.clone().access();
        assert_eq!(access.doubtful, doubtful, "{} {}", access.origin, access.origin_source);
        for (flag, doubtful) in [("https://cloud.mongodb.com", false), (far, true), (near, true)] {
            let mut flagged = machine.clone();
            flagged.flags.base_url = Some(flag.to_owned());
            assert_eq!(flagged.access().doubtful, doubtful, "{flag}");
        }
    }
}

#[test]
fn each_profile_has_its_own_whatever_the_environment_says() {
    let file = "[one]\norg_id = '111111111111111111111111'\nclient_id = 'i'\nclient_secret = 's'\n[two]\nops_manager_url = 'http://127.0.0.1:9/'\npublic_api_key = 'p'\nprivate_api_key = 'q'\n[half]\nclient_id = 'h'\n[bare]\norg_id = '000000000000000000000000'";
    let machine = env_sa(Machine::new().toml(file))
        .env("MONGODB_ATLAS_ORG_ID", "eeeeeeeeeeeeeeeeeeeeeeee")
        .env("MONGODB_ATLAS_OPS_MANAGER_URL", "http://127.0.0.1:10/");
    let surroundings = machine.surroundings();
    let names = gatehouse::config::profiles(&surroundings).expect("read");
    assert_eq!(names, ["bare", "half", "one", "two"]);
    let of = |name: &str| match gatehouse::config::find_profile(name, &surroundings) {
        Ok(Found::Access(access)) => {
            let org = access.org.as_ref().map_or("none", OrgId::as_str);
            format!("{} {} {org} {}", halves(&access), access.origin, access.from_environment)
        }
        Ok(Found::Nothing { looked_at }) => format!("nothing: {}", looked_at[2..].join(", ")),
        Err(error) => error.to_string(),
    };
    assert_eq!(of("one"), "sa i/s https://cloud.mongodb.com 111111111111111111111111 false");
    assert_eq!(of("two"), "key p/q http://127.0.0.1:9 none false");
    assert!(of("half").contains("client secret that belongs to it is not"), "{}", of("half"));
    assert!(of("bare").starts_with("nothing: profile bare"), "{}", of("bare"));
    let own = gatehouse::config::find_in_environment(&surroundings).expect("read");
    let own = own.expect("it has one");
    assert_eq!(halves(&own), "sa ei/es");
    assert_eq!(
        (own.origin.to_string(), own.org.as_ref().map(OrgId::as_str)),
        ("http://127.0.0.1:10".into(), Some("eeeeeeeeeeeeeeeeeeeeeeee"))
    );
}

#[test]
fn an_environment_without_a_credential_has_none_and_half_a_one_is_told() {
    let of = |machine: Machine| gatehouse::config::find_in_environment(&machine.surroundings());
    let profile = || Machine::new().toml(&format!("[default]\n{SA}"));
    assert!(matches!(of(profile()), Ok(None)));
    assert!(matches!(
        of(profile().env("MONGODB_ATLAS_ORG_ID", "000000000000000000000000")),
        Ok(None)
    ));
    assert!(of(Machine::new().env("MONGODB_ATLAS_CLIENT_ID", "ei")).is_err());
    assert!(matches!(of(env_key(profile())), Ok(Some(_))));
}
