//! The two lists of an organization as they were last read, in the form in which they
//! outlast a session: the next one shows them at once, with their date.
//!
//! They are written in the API's own shape and read by what reads its answers, so that
//! their texts are cleaned in the same way. Whoever gets hold of them learns which service
//! accounts and API keys there were, by name and public half, what their organization
//! roles were and when their secrets end: where to try, and nothing to try it with. Not
//! kept are secrets, not even masked, descriptions, access lists, projects, and what looks
//! like a secret in a name.

use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::field::{Field, Rows};
use super::model::{ApiKey, ClientSecret, OrgId, ServiceAccount};
use super::redact::redact;
use super::{Clean, Role};

/// What a file of them begins with; another version is another file.
const HEAD: &str = "gatehouse lists 1 ";
/// Older ones tell too little of what is there now.
const MOST_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Clocks may differ by so much; what was read later than that was not read yet.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// Whose lists they are, as far as one may see them: another credential may see others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    /// The host that was asked.
    pub host: Clean,
    /// The public half of the credential that asked.
    pub credential: Clean,
    /// The organization that was named or chosen; absent: the only one that the credential
    /// sees.
    pub org: Option<OrgId>,
}

impl Whose {
    /// What no other lists are called, and which tells nothing of them.
    #[must_use]
    pub fn name(&self) -> String {
        let org = self.org.as_ref().map_or("", OrgId::as_str);
        let parts = [self.host.as_str(), self.credential.as_str(), org];
        sum(parts.join("\n").as_bytes())
    }
}

/// A list, and when it was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// When the last of them came.
    pub read: Timestamp,
}

/// The lists of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose they are.
    pub whose: Whose,
    /// The organization.
    pub org: OrgId,
    /// The service accounts, if they could be read.
    pub service_accounts: Option<List<ServiceAccount>>,
    /// The API keys, if they could be read.
    pub api_keys: Option<List<ApiKey>>,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    whose: Whose,
    org: OrgId,
    service_accounts: Option<WrittenAccounts>,
    api_keys: Option<WrittenKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAccounts {
    read: Timestamp,
    results: Rows<ServiceAccount>,
    /// Those that Atlas manages itself, which only their list tells.
    managed: Rows<ServiceAccount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKeys {
    read: Timestamp,
    results: Rows<ApiKey>,
}

impl Kept {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let accounts = self.service_accounts.as_ref().map_or(0, |list| list.rows.len());
        accounts + self.api_keys.as_ref().map_or(0, |list| list.rows.len())
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a file that holds them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let accounts = self.service_accounts.as_ref().map(|list| {
            let of = |managed| {
                let rows = list.rows.iter().filter(move |row| row.system_managed == managed);
                rows.filter(|row| row.id.is_addressable()).map(account).collect::<Vec<_>>()
            };
            json!({"read": list.read, "results": of(false), "managed": of(true)})
        });
        let keys = self.api_keys.as_ref().map(|list| {
            let rows = list.rows.iter().filter(|row| row.id.is_addressable());
            json!({"read": list.read, "results": rows.map(key).collect::<Vec<_>>()})
        });
        let body = json!({
            "whose": self.whose, "org": self.org, "service_accounts": accounts, "api_keys": keys,
        });
        let body = body.to_string();
        format!("{HEAD}{}\n{body}", sum(body.as_bytes())).into_bytes()
    }

    /// What stands in such a file, if it is whole, of this version and not too old.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], now: Timestamp) -> Option<Self> {
        let (head, body) = bytes.split_at_checked(HEAD.len() + SUM)?;
        let body = body.strip_prefix(b"\n")?;
        (head == format!("{HEAD}{}", sum(body)).as_bytes()).then_some(())?;
        Self::of_body(body, now)
    }

    /// The same of a file whose head is right.
    pub(crate) fn of_body(body: &[u8], now: Timestamp) -> Option<Self> {
        let written: Written = serde_json::from_slice(body).ok()?;
        let kept = Self {
            whose: written.whose,
            org: written.org,
            service_accounts: written.service_accounts.map(WrittenAccounts::list),
            api_keys: written.api_keys.map(WrittenKeys::list),
        };
        kept.is_of_use(now).then_some(kept)
    }

    fn is_of_use(&self, now: Timestamp) -> bool {
        let accounts = self.service_accounts.as_ref().map(|list| list.read);
        let read = accounts.into_iter().chain(self.api_keys.as_ref().map(|list| list.read));
        let ages: Vec<_> = read.map(|read| now.duration_since(read)).collect();
        !ages.is_empty() && ages.into_iter().all(|age| (-SKEW..MOST_AGE).contains(&age))
    }
}

impl WrittenAccounts {
    fn list(self) -> List<ServiceAccount> {
        let Self { read, results, managed } = self;
        let mut managed = managed.0;
        for account in &mut managed {
            account.system_managed = true;
        }
        let rows = results.0.into_iter().chain(managed);
        List { rows: rows.filter(|row| row.id.is_addressable()).collect(), read }
    }
}

impl WrittenKeys {
    fn list(self) -> List<ApiKey> {
        // That its projects were not kept is not that it has none.
        let unknown = |key| ApiKey { grants: Field::Absent, ..key };
        let rows = self.results.0.into_iter().filter(|row| row.id.is_addressable());
        List { rows: rows.map(unknown).collect(), read: self.read }
    }
}

/// Characters of a [`sum`].
const SUM: usize = 32;

/// Tells a damaged file from a whole one; nobody is kept from writing another.
fn sum(body: &[u8]) -> String {
    format!("{:032x}", u128::from_be_bytes(Md5::digest(body).into()))
}

fn account(account: &ServiceAccount) -> Value {
    let secrets = |secrets: &Vec<ClientSecret>| secrets.iter().map(secret).collect();
    object([
        ("clientId", Some(json!(account.id))),
        ("name", written(&account.name, text)),
        ("createdAt", written(&account.created_at, |time| json!(time))),
        ("roles", written(&account.roles, |roles| roles.iter().map(Role::code).collect())),
        ("secrets", written(&account.secrets, secrets)),
    ])
}

fn secret(secret: &ClientSecret) -> Value {
    let times = [
        ("createdAt", &secret.created_at),
        ("expiresAt", &secret.expires_at),
        ("lastUsedAt", &secret.last_used_at),
    ];
    object(times.map(|(name, time)| (name, written(time, |time| json!(time)))))
}

fn key(key: &ApiKey) -> Value {
    let role = |role: &Role| json!({"roleName": role.code()});
    object([
        ("id", Some(json!(key.id))),
        ("desc", written(&key.description, text)),
        ("publicKey", written(&key.public_key, text)),
        ("roles", written(&key.roles, |roles| roles.iter().map(role).collect())),
    ])
}

fn text(text: &Clean) -> Value {
    json!(redact(text))
}

fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// A field as the API would send it: what was not understood is not understood again.
fn written<T>(field: &Field<T>, value: impl FnOnce(&T) -> Value) -> Option<Value> {
    match field {
        Field::Known(known) => Some(value(known)),
        Field::Absent => None,
        Field::Odd => Some(json!(false)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::atlas::{ClientId, Grant, KeyId, ProjectId, SecretId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    fn id(prefix: &str, number: usize) -> String {
        format!("{prefix}{number:024x}")
    }

    fn whose() -> Whose {
        Whose {
            host: Clean::new("cloud.mongodb.com"),
            credential: Clean::new("abcdefgh"),
            org: None,
        }
    }

    /// An account of which everything is known.
    fn full(number: usize, name: &str) -> ServiceAccount {
        ServiceAccount {
            id: ClientId::new(&id("mdb_sa_id_", number)),
            name: Field::Known(Clean::new(name)),
            description: Field::Known(Clean::new("the vault behind the picture")),
            created_at: Field::Known(at(-90)),
            roles: Field::Known([Role::new("ORG_OWNER"), Role::new("ORG_FROM_TOMORROW")].into()),
            secrets: Field::Known(vec![ClientSecret {
                id: SecretId::new(&id("", 7)),
                created_at: Field::Known(at(-80)),
                expires_at: Field::Known(at(80)),
                last_used_at: Field::Absent,
                masked_secret_value: Field::Known(Clean::new("mdb_sa_sk_****tail")),
            }]),
            ..ServiceAccount::default()
        }
    }

    fn full_key(number: usize) -> ApiKey {
        ApiKey {
            id: KeyId::new(&id("", number)),
            description: Field::Known(Clean::new("ci")),
            public_key: Field::Known(Clean::new("zyxwvuts")),
            masked_private_key: Field::Known(Clean::new("********8977")),
            roles: Field::Known([Role::new("ORG_MEMBER"), Role::new("FROM_TOMORROW")].into()),
            grants: Field::Known(vec![Grant {
                project: ProjectId::new(&id("", 99)),
                roles: Field::Known(vec![Role::new("GROUP_OWNER")]),
            }]),
            raw: None,
        }
    }

    fn kept(accounts: Vec<ServiceAccount>, keys: Vec<ApiKey>) -> Kept {
        Kept {
            whose: whose(),
            org: OrgId::new("66f1c0ffee00112233a91f00"),
            service_accounts: Some(List { rows: accounts, read: at(0) }),
            api_keys: Some(List { rows: keys, read: at(1) }),
        }
    }

    /// What is left of an account: what the list shows, and no more.
    fn reduced(account: ServiceAccount) -> ServiceAccount {
        let bare = |secret: ClientSecret| ClientSecret {
            id: SecretId::default(),
            masked_secret_value: Field::Absent,
            ..secret
        };
        let bare = |secrets: Vec<_>| secrets.into_iter().map(bare).collect();
        let secrets = account.secrets.map(bare);
        ServiceAccount { description: Field::Absent, secrets, raw: None, ..account }
    }

    #[test]
    fn what_was_kept_comes_back_as_far_as_the_lists_show_it() {
        let managed = ServiceAccount { system_managed: true, ..full(2, "Atlas' own") };
        let odd = ServiceAccount {
            name: Field::Odd,
            created_at: Field::Odd,
            roles: Field::Odd,
            secrets: Field::Odd,
            ..full(3, "")
        };
        let bare = ServiceAccount { id: ClientId::new(&id("", 4)), ..ServiceAccount::default() };
        let accounts = vec![full(1, "ci"), odd, bare, managed];
        let keys = vec![full_key(1), ApiKey { id: KeyId::new(&id("", 2)), ..ApiKey::default() }];
        let before = kept(accounts.clone(), keys);
        let after = Kept::from_bytes(&before.to_bytes(), at(9)).expect("it is whole");
        let list = after.service_accounts.expect("there");
        assert_eq!(list.rows, accounts.into_iter().map(reduced).collect::<Vec<_>>());
        assert_eq!((list.read, after.whose), (at(0), whose()));
        let list = after.api_keys.expect("there");
        let expected =
            ApiKey { masked_private_key: Field::Absent, grants: Field::Absent, ..full_key(1) };
        assert_eq!((&list.rows[0], list.read), (&expected, at(1)));
        assert_eq!(list.rows[1].roles, Field::Absent);
        assert_eq!(list.rows.len(), 2);
    }

    #[test]
    fn nothing_is_kept_that_a_thief_could_use() {
        let named = full(1, "ci mdb_sa_sk_abcdefghijklmnopqrstuvwxyz0123456789ABCD");
        let text =
            String::from_utf8(kept(vec![named], vec![full_key(1)]).to_bytes()).expect("text");
        for word in ["tail", "8977", "picture", "abcdefghijkl", &id("", 7), &id("", 99)] {
            assert!(!text.contains(word), "{word} stands in {text}");
        }
        assert!(text.contains("ci mdb_sa_sk_***"), "{text}");
    }

    #[test]
    fn a_list_that_could_not_be_read_is_none() {
        let before = Kept { api_keys: None, ..kept(vec![full(1, "ci")], vec![]) };
        let after = Kept::from_bytes(&before.to_bytes(), at(0)).expect("it is whole");
        assert_eq!(
            (after.api_keys, after.service_accounts.map(|it| it.rows.len())),
            (None, Some(1))
        );
        let neither = Kept { service_accounts: None, ..before };
        assert_eq!(Kept::from_bytes(&neither.to_bytes(), at(0)), None);
    }

    #[test]
    fn rows_that_atlas_cannot_be_asked_about_are_not_kept() {
        let odd = ServiceAccount { id: ClientId::new("? 0"), ..full(1, "nameless") };
        let after = Kept::from_bytes(&kept(vec![odd], vec![]).to_bytes(), at(0)).expect("whole");
        assert!(after.is_empty(), "{after:?}");
    }

    #[test]
    fn it_is_of_use_for_thirty_days() {
        let bytes = kept(vec![full(1, "ci")], vec![]).to_bytes();
        let day = 24 * 60 * 60;
        for (second, of_use) in [
            (0, true),
            (-30, true),
            (-90, false),
            (30 * day - 1, true),
            (30 * day, false),
            (30 * day + 1, false),
        ] {
            assert_eq!(Kept::from_bytes(&bytes, at(second)).is_some(), of_use, "at {second}");
        }
    }

    #[test]
    fn another_version_is_another_file() {
        let bytes = kept(vec![full(1, "ci")], vec![]).to_bytes();
        let text = String::from_utf8(bytes).expect("text");
        let future = text.replacen("lists 1 ", "lists 2 ", 1);
        assert_eq!(Kept::from_bytes(future.as_bytes(), at(0)), None);
        let (_, body) = text.split_once('\n').expect("two lines");
        let more = body.replacen('{', "{\"more\":1,", 1);
        let more = format!("{HEAD}{}\n{more}", sum(more.as_bytes()));
        assert_eq!(Kept::from_bytes(more.as_bytes(), at(0)), None);
    }

    #[test]
    fn texts_are_cleaned_as_those_of_answers_are() {
        let body = json!({"whose": whose(), "org": "x", "api_keys": null, "service_accounts": {
            "read": at(0), "managed": [],
            "results": [{"clientId": id("mdb_sa_id_", 1), "name": "a\u{1b}[31m\u{202e}b"}],
        }})
        .to_string();
        let text = format!("{HEAD}{}\n{body}", sum(body.as_bytes()));
        let kept = Kept::from_bytes(text.as_bytes(), at(0)).expect("it is whole");
        let name = kept.service_accounts.expect("there").rows[0].name.clone();
        let name = name.known().expect("known").to_string();
        assert!(!name.contains(['\u{1b}', '\u{202e}']), "{name:?}");
    }

    proptest! {
        #[test]
        fn what_is_cut_or_damaged_anywhere_is_not_believed(
            cut in 0usize..10_000, at_byte in 0usize..10_000, bits in 1u8..=255,
        ) {
            let bytes = kept(vec![full(1, "ci"), full(2, "cd")], vec![full_key(1)]).to_bytes();
            let cut = &bytes[..cut % bytes.len()];
            prop_assert_eq!(Kept::from_bytes(cut, at(0)), None);
            let mut damaged = bytes.clone();
            let place = at_byte % bytes.len();
            damaged[place] ^= bits;
            prop_assert_eq!(Kept::from_bytes(&damaged, at(0)), None);
        }

        #[test]
        fn nothing_makes_the_reader_stumble(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            let body = [format!("{HEAD}{}\n", sum(&bytes)).as_bytes(), &bytes].concat();
            prop_assert_eq!(Kept::from_bytes(&bytes, at(0)), None);
            prop_assert_eq!(Kept::from_bytes(&body, at(0)), None);
        }

        #[test]
        fn any_name_comes_back_as_it_was_shown(name in "\\PC{0,40}") {
            let before = full(1, &redact(&Clean::new(&name)));
            let kept = kept(vec![before.clone()], vec![]);
            let after = Kept::from_bytes(&kept.to_bytes(), at(0)).expect("it is whole");
            prop_assert_eq!(&after.service_accounts.expect("there").rows[0], &reduced(before));
        }
    }
}
