//! What is right for each reader: answers as the living emulator gives them, own files as
//! they are written, and what people type.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gatehouse::atlas::kept::{Kept, List, Whose};
use gatehouse::atlas::{
    ApiKey, Clean, ClientId, ClientSecret, Field, IdentityId, Issued, KeyId, OrgId, Role, Secret,
    SecretId, ServiceAccount,
};
use gatehouse::emulator::{self, Large, Options, Seed, start};
use gatehouse::rules::intent::{Asks, Intent, News, Then};
use gatehouse::rules::rotation::{Replaced, Rotation};
use gatehouse::runtime::folder::Folder;
use gatehouse::runtime::journal::Journal;
use gatehouse::runtime::rescue::Rescue;
use jiff::Timestamp;
use serde_json::json;

use crate::emulator::bench::{Bench, Got};

/// Right inputs by the names of their readers.
pub struct Corpus(BTreeMap<&'static str, Vec<Vec<u8>>>);

/// What is typed, and files that people write.
const TYPED: &[(&str, &[&str])] = &[
    (
        "settings",
        &[
            "rescue = 'disk'\n\n[hand_over.vault]\ncommand = ['vault', 'kv', 'put', '{name}', 'secret=-']\n\
             shape = 'plain'\nseconds = 10\nenvironment = ['VAULT_TOKEN']\n",
            "[hand_over.a]\ncommand = ['/bin/true']\nshape = 'json'\n",
        ],
    ),
    (
        "profiles",
        &[
            "version = 2\nprofile = 'work'\n[default]\nclient_id = 'mdb_sa_id_66f1c0ffee00112233a91f00'\n\
             client_secret = 'mdb_sa_sk_LEAKLEAKLEAK'\norg_id = '0123456789abcdef01234567'\n",
            "skip_update_check = true\n[work]\npublic_api_key = 'abcdefgh'\n\
             private_api_key = '0f8fad5b-d9cb-469f-a165-70867728950e'\nops_manager_url = 'https://x/'\n",
        ],
    ),
    (
        "faults",
        &[
            "[[fault]]\noperation = 'listOrgs'\ntimes = 3\ndoes = { status = { status = 503, code = 'X' } }\n",
            "[[fault]]\npath = '/api'\ndoes = { drip = { bytes = 1, ms = 20 } }\n[[fault]]\ndoes = 'hostile'\n",
        ],
    ),
    (
        "keyring",
        &[
            "go-keyring-base64:bWRiX3NhX3NrX0xFQUs=\n",
            "go-keyring-encoded:6d64625f73615f736b\n",
            "mdb_sa_sk_LEAK",
        ],
    ),
    (
        "entries",
        &[
            "203.0.113.7",
            "192.0.2.0/24, 198.51.100.4; 2001:db8::/32 # the office\n10.0.0.7/8\n",
            "::ffff:192.0.2.1/128\n2001:db8:0:0:0:0:0:1 0.0.0.0/0",
        ],
    ),
    ("hours", &["720", " 8 ", "8760", "30 days"]),
    (
        "origin",
        &[
            "https://cloud.mongodb.com/",
            "http://127.0.0.1:4000",
            "http://[::1]:4000",
            "https://сloud.mongodb.com:8443",
            "https://user:mdb_sa_sk_LEAK@cloud.mongodb.com/a?b#c",
        ],
    ),
    (
        "redact",
        &[
            "bad secret mdb_sa_sk_Ab-c_9. Bearer abc.DEF-123, key 0f8fad5b-d9cb-469f-a165-70867728950e!",
            "Digest username=\"ABCDEFGH\", response=\"6629fae49393a0536629fae49393a053\", qop=auth",
            "at https://ada:pa55@proxy:3128/a@b got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0xx.c2ln.",
        ],
    ),
];

impl Corpus {
    pub async fn gather() -> Self {
        let mut corpus = Self(BTreeMap::new());
        for (name, texts) in TYPED {
            texts.iter().for_each(|text| corpus.add(name, *text));
        }
        for text in emulator::corpus() {
            corpus.add("clean", text.as_str());
        }
        corpus.add("clean", "an ordinary name");
        corpus.answers().await;
        corpus.refusals().await;
        let place = tempfile::tempdir().expect("a directory");
        corpus.state(place.path()).await;
        corpus.files(place.path());
        corpus
    }

    pub fn names(&self) -> BTreeSet<&'static str> {
        self.0.keys().copied().collect()
    }

    pub fn of(&self, name: &str) -> &[Vec<u8>] {
        &self.0[name]
    }

    fn add(&mut self, name: &'static str, input: impl Into<Vec<u8>>) {
        self.0.entry(name).or_default().push(input.into());
    }

    fn add_good(&mut self, name: &'static str, got: Got) {
        assert!((200..300).contains(&got.status), "{name}: {got:?}");
        self.add(name, got.text);
    }

    /// Every operation that the client calls, by Atlas' name for it.
    async fn answers(&mut self) {
        let bench = Bench::demo().await;
        let (account, key) = (bench.account("terraform-prod"), bench.account("atlas-admin"));
        let api_key =
            bench.emulator.patch(|store| store.main().expect("main").keys.rows()[0].id.clone());
        let reads = [
            ("listOrgs", "/api/atlas/v2/orgs".to_owned()),
            ("getOrg", format!("/api/atlas/v2/orgs/{}", bench.emulator.organization())),
            ("getOrgSettings", "settings".into()),
            ("getOrgGroups", "groups?itemsPerPage=2".into()),
            ("listOrgServiceAccounts", "serviceAccounts?itemsPerPage=2".into()),
            ("getOrgServiceAccount", format!("serviceAccounts/{account}")),
            ("getOrgServiceAccount", format!("serviceAccounts/{key}?envelope=true")),
            ("getOrgServiceAccountGroups", format!("serviceAccounts/{account}/groups")),
            ("listOrgServiceAccountAccessList", format!("serviceAccounts/{account}/accessList")),
            ("listOrgApiKeys", "apiKeys?itemsPerPage=2".into()),
            ("getOrgApiKey", format!("apiKeys/{api_key}")),
            ("listOrgApiKeyAccessListEntries", format!("apiKeys/{api_key}/accessList")),
            ("listOrgEvents", "events?itemsPerPage=3&includeRaw=true".into()),
            ("ipInfo", "/api/private/ipinfo".into()),
        ];
        for (name, path) in reads {
            let got = bench.get(&path).await;
            self.add("raw", got.text.clone());
            self.add_good(name, got);
        }
        let new = json!({
            "name": "fresh", "description": "x", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 24,
        });
        let got = bench.call("POST", "serviceAccounts", new).await;
        self.add_good("createOrgServiceAccount", got);
        let path = format!("serviceAccounts/{}/secrets", bench.account("fresh"));
        let got = bench.call("POST", &path, json!({"secretExpiresAfterHours": 24})).await;
        self.add_good("createOrgServiceAccountSecret", got);
        let got =
            bench.call("POST", "apiKeys", json!({"desc": "x", "roles": ["ORG_MEMBER"]})).await;
        self.add_good("createOrgApiKey", got);
        let owner = bench.emulator.service_account().expect("the owner");
        let got = bench.token_with(&owner, &[("grant_type", "client_credentials")]).await;
        self.add_good("oauthToken", got);
    }

    /// What Atlas says where it does not do what it was asked for.
    async fn refusals(&mut self) {
        let bench = Bench::demo().await;
        for path in ["apiKeys/66f1c0ffee00112233a91f00", "serviceAccounts/x", "nothing"] {
            let got = bench.get_freely(path).await;
            assert!(got.status >= 400, "{got:?}");
            self.add("error", got.text);
        }
        let owner = bench.emulator.service_account().expect("the owner");
        let got = bench.token_with(&owner, &[("grant_type", "password")]).await;
        assert!(got.status >= 400, "{got:?}");
        self.add("oauth-error", got.text);
        let challenge = bench.challenge("apiKeys").await;
        self.add("challenge", challenge);
    }

    async fn state(&mut self, place: &Path) {
        let path = place.join("state.json");
        let small = Large { accounts: 1, keys: 1, projects: 1, seed: 1 };
        let seed = Seed::Large(small);
        let options = Options { seed, state: Some(path.clone()), ..Options::default() };
        start(options).await.expect("starts").stop().await;
        self.add("state", fs::read(path).expect("a state file"));
    }

    /// Files as gatehouse writes them.
    fn files(&mut self, place: &Path) {
        let account = ClientId::new("mdb_sa_id_5f0000000000000000000002");
        let (old, new) = ("5f0000000000000000000003", "5f0000000000000000000004");
        let owner = IdentityId::ServiceAccount(account.clone());
        let intent = Intent {
            id: "a".into(),
            host: Clean::new("cloud.mongodb.com"),
            org: OrgId::new("5f0000000000000000000001"),
            asks: Asks::Secret {
                account: account.clone(),
                name: Clean::new("ci, \"quoted\""),
                before: vec![SecretId::new(old)],
            },
            at: Timestamp::UNIX_EPOCH,
            to: Clean::new("a file"),
            then: Then::default(),
        };
        let journal = Journal::open(Folder::open(&place.join("journal")).expect("a folder"));
        journal.begin(&intent).expect("begun");
        let issued = News::Issued { owner: owner.clone(), secret: Some(SecretId::new(new)) };
        for news in [issued, News::Delivered { to: Clean::new("a file") }] {
            journal.note("a", &news).expect("noted");
        }
        self.add("journal", fs::read(place.join("journal/a.intent")).expect("a file"));
        let issued = Issued {
            owner,
            secret_id: Some(SecretId::new(new)),
            public: account.to_string(),
            secret: Secret::from("mdb_sa_sk_LEAKLEAK"),
            expires_at: Some(Timestamp::UNIX_EPOCH),
        };
        let path = Rescue::at(Some(place.join("run"))).write("a", &issued).expect("written");
        self.add("rescue", fs::read(path).expect("a file"));
        let rotation = Rotation {
            host: Clean::new("cloud.mongodb.com"),
            org: OrgId::new("5f0000000000000000000001"),
            replaced: Replaced::Secret {
                account,
                old: SecretId::new(old),
                new: SecretId::new(new),
            },
            begun: Timestamp::UNIX_EPOCH,
            to: Clean::new("a file"),
            verified: None,
        };
        self.add("lists", lists());
        self.add("rotation", serde_json::to_vec(&rotation).expect("JSON"));
    }
}

/// What is kept of the lists, without the head that tells a damaged file.
fn lists() -> Vec<u8> {
    let read = Timestamp::UNIX_EPOCH;
    let time = Field::Known(read);
    let secret = ClientSecret { expires_at: time, last_used_at: time, ..ClientSecret::default() };
    let account = ServiceAccount {
        id: ClientId::new("mdb_sa_id_5f0000000000000000000002"),
        name: Field::Known(Clean::new("ci, \"quoted\" bearer abcdefghijkl")),
        created_at: time,
        roles: Field::Known([Role::new("ORG_OWNER"), Role::new("ORG_FROM_TOMORROW")].into()),
        secrets: Field::Known(vec![secret]),
        ..ServiceAccount::default()
    };
    let key = ApiKey {
        id: KeyId::new("5f0000000000000000000005"),
        description: Field::Known(Clean::new("cron")),
        public_key: Field::Known(Clean::new("abcdefgh")),
        roles: Field::Known([Role::new("ORG_MEMBER")].into()),
        ..ApiKey::default()
    };
    let managed = ServiceAccount { system_managed: true, ..account.clone() };
    let org = OrgId::new("5f0000000000000000000001");
    let (host, credential) = (Clean::new("cloud.mongodb.com"), Clean::new("abcdefgh"));
    let kept = Kept {
        whose: Whose { host, credential, org: Some(org.clone()) },
        org,
        service_accounts: Some(List { rows: vec![account, managed], read }),
        api_keys: Some(List { rows: vec![key], read }),
    };
    let bytes = kept.to_bytes();
    let head = bytes.iter().position(|byte| *byte == b'\n').expect("a line");
    bytes[head + 1..].to_vec()
}
