//! What holds in the store whatever is done to it: random sequences of calls, sent
//! through the same door as those from the network, and a look at everything after
//! each of them.

use std::collections::HashSet;

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::checks;
use super::clock::later;
use super::http::{Answer, Call, Incoming, State};
use super::large::Large;
use super::limits::{Buckets, Limits};
use super::oauth;
use super::secrets::{OVERLAP, SLOTS};
use super::seed::Seed;
use super::state_file::{self, Kept};
use super::store::{Caller, Store};
use crate::atlas::Credential;
use crate::atlas::secret::ExposeSecret;

/// The things that a step can be about, chosen by their number among those that
/// are there, so that most steps meet something.
#[derive(Debug, Clone, Copy)]
struct Chosen(usize);

impl Chosen {
    fn of<T: Clone>(self, from: &[T]) -> Option<T> {
        from.get(self.0.checked_rem(from.len())?).cloned()
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// A call: its method, its path with names in braces, and its body.
    Call(&'static str, &'static str, Value),
    /// Time passes, in hours.
    Wait(i64),
    /// A token is minted for an account.
    Mint,
}

const ROLES: &[&str] =
    &["ORG_OWNER", "ORG_MEMBER", "ORG_READ_ONLY", "GROUP_OWNER", "GROUP_READ_ONLY", "X"];
const RANGES: &[&str] =
    &["192.0.2.1/32", "192.0.2.0/24", "203.0.113.10/32", "2001:db8::/32", "10.0.0.1/8", "x"];

fn roles() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        vec(prop::sample::select(ROLES), 0..3),
        vec(prop::sample::select(&ROLES[1..3]), 1..2),
        vec(prop::sample::select(&ROLES[3..5]), 1..2),
    ]
}

fn hours() -> impl Strategy<Value = i64> {
    prop_oneof![Just(8_i64), Just(24), Just(720), Just(8760), Just(7), -1_i64..9000]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", Just(String::new()), Just("x".repeat(65))]
}

fn body() -> impl Strategy<Value = Value> {
    let account = (name(), roles(), hours()).prop_map(|(name, roles, hours)| {
        json!({"name": name, "description": "d", "desc": name, "roles": roles, "secretExpiresAfterHours": hours})
    });
    let entries = vec(prop::sample::select(RANGES), 0..4).prop_map(|ranges| {
        let entry = |range: &&str| match range.strip_suffix("/32") {
            Some(address) => json!({"ipAddress": address}),
            None => json!({"cidrBlock": range}),
        };
        ranges.iter().map(entry).collect::<Value>()
    });
    let assigned = roles().prop_map(|roles| json!([{"roles": roles}]));
    let settings = (any::<bool>(), hours()).prop_map(|(required, hours)| {
        json!({"multiFactorAuthRequired": required, "maxServiceAccountSecretValidityInHours": hours})
    });
    let alone = roles().prop_map(|roles| json!({"roles": roles}));
    prop_oneof![4 => account, 2 => entries, 1 => assigned, 1 => settings, 5 => alone, 1 => Just(json!(null))]
}

const PATHS: &[&str] = &[
    "/orgs/{org}/settings",
    "/orgs/{org}/serviceAccounts",
    "/orgs/{org}/serviceAccounts/{account}",
    "/orgs/{org}/serviceAccounts/{account}/secrets",
    "/orgs/{org}/serviceAccounts/{account}/secrets/{secret}",
    "/orgs/{org}/serviceAccounts/{account}/accessList",
    "/orgs/{org}/serviceAccounts/{account}/accessList/{address}",
    "/orgs/{org}/apiKeys",
    "/orgs/{org}/apiKeys/{key}",
    "/orgs/{org}/apiKeys/{key}/accessList",
    "/orgs/{org}/apiKeys/{key}/accessList/{address}",
    "/groups/{group}/serviceAccounts",
    "/groups/{group}/serviceAccounts/{account}",
    "/groups/{group}/serviceAccounts/{account}:invite",
    "/groups/{group}/serviceAccounts/{account}/secrets",
    "/groups/{group}/serviceAccounts/{account}/accessList",
    "/groups/{group}/apiKeys",
    "/groups/{group}/apiKeys/{key}",
];

fn step() -> impl Strategy<Value = (Step, Chosen)> {
    let method = prop::sample::select(&["POST", "POST", "PATCH", "DELETE", "GET"][..]);
    let call = (method, prop::sample::select(PATHS), body())
        .prop_map(|(method, path, body)| Step::Call(method, path, body));
    let step =
        prop_oneof![20 => call, 1 => (1_i64..200).prop_map(Step::Wait), 2 => Just(Step::Mint)];
    (step, any::<usize>().prop_map(Chosen))
}

struct Machine {
    state: State,
    callers: (Caller, Caller),
    now: Timestamp,
    token: String,
}

impl Machine {
    fn new() -> Self {
        let now: Timestamp = "2026-09-01T12:00:00Z".parse().expect("a moment");
        // Few of each kind, so that most steps meet what others changed.
        let size = Large { accounts: 3, keys: 2, projects: 2, seed: 1 };
        let mut planted = Seed::Large(size).plant(now).expect("a small one");
        // One owner, so that the last one is often met.
        if let Some(org) = planted.store.main() {
            let accounts =
                org.accounts.rows_mut().iter_mut().map(|row| (&row.id, &mut row.standing));
            let keys = org.keys.rows_mut().iter_mut().map(|row| (&row.id, &mut row.standing));
            let others =
                accounts.chain(keys).filter(|(id, _)| **id != planted.account.identity.id());
            others.for_each(|(_, standing)| standing.roles = vec!["ORG_MEMBER".to_owned()]);
        }
        let state = State {
            store: planted.store,
            buckets: Buckets::new(Limits::unlimited()),
            ..State::default()
        };
        let mut machine =
            Self { state, callers: (planted.account, planted.key), now, token: String::new() };
        machine.renew();
        machine
    }

    /// The owner calls, whose own address is not in question here.
    fn renew(&mut self) {
        let id = self.callers.0.identity.id().to_owned();
        if let Some(account) = self.state.store.account_by_id_mut(&id) {
            account.standing.access_list.clear();
        }
        self.token = self.mint(&id).unwrap_or_default();
    }

    fn mint(&mut self, id: &str) -> Option<String> {
        let account = self.state.store.account_by_id_mut(id)?;
        let Credential::ServiceAccount { client_id, client_secret } =
            account.credential(self.now)?
        else {
            return None;
        };
        let mut headers = HeaderMap::new();
        let pair = format!("{client_id}:{}", client_secret.expose_secret());
        let basic = format!(
            "Basic {}",
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair)
        );
        headers.insert("authorization", HeaderValue::try_from(basic).expect("plain"));
        headers
            .insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = "grant_type=client_credentials";
        let incoming = Incoming::of("POST", "/api/oauth/token", headers, body);
        let call = Call {
            incoming: &incoming,
            address: [127, 0, 0, 1].into(),
            base: "",
            now: self.now,
            alone: true,
        };
        let answer = oauth::token(&mut self.state, &call);
        let body: Value = serde_json::from_str(&answer.body).ok()?;
        body["access_token"].as_str().map(str::to_owned)
    }

    /// A path with its names filled in by things that are there.
    fn path(&self, path: &str, chosen: Chosen) -> String {
        let org = &self.state.store.organizations.rows()[0];
        let accounts = org.accounts.rows();
        let account = chosen.of(accounts);
        let key = chosen.of(org.keys.rows());
        let secret = account.as_ref().and_then(|account| chosen.of(&account.secrets));
        let lists =
            [account.as_ref().map(|row| &row.standing), key.as_ref().map(|row| &row.standing)];
        let list = lists.into_iter().flatten().find(|standing| !standing.access_list.is_empty());
        let entry = list.and_then(|standing| chosen.of(&standing.access_list));
        let names = [
            ("{org}", Some(org.id.clone())),
            ("{group}", chosen.of(org.projects.rows()).map(|row| row.id)),
            ("{account}", account.map(|row| row.id)),
            ("{key}", key.map(|row| row.id)),
            ("{secret}", secret.map(|row| row.id)),
            ("{address}", entry.map(|entry| entry.text().replace('/', "%2F"))),
        ];
        let full = format!("/api/atlas/v2{path}");
        let fill = |path: String, (name, id): &(&str, Option<String>)| {
            path.replace(name, id.as_deref().unwrap_or("nothing"))
        };
        names.iter().fold(full, fill)
    }

    fn call(&mut self, method: &str, target: &str, body: &Value) -> Answer {
        let mut headers = HeaderMap::new();
        let bearer = format!("Bearer {}", self.token);
        headers.insert("authorization", HeaderValue::try_from(bearer).expect("plain"));
        let incoming = Incoming::of(method, target, headers, &body.to_string());
        let call = Call {
            incoming: &incoming,
            address: [203, 0, 113, 10].into(),
            base: "",
            now: self.now,
            alone: true,
        };
        checks::answer(&mut self.state, &call)
    }

    /// Everything that is kept, as it is written to a file.
    fn written(&self) -> String {
        let State { store, tokens, .. } = &self.state;
        let kept = Kept::new((store, tokens), (&self.callers.0, &self.callers.1), None);
        serde_json::to_string(&kept).expect("writable")
    }
}

fn assert_sound(store: &Store, now: Timestamp) {
    let mut ids = HashSet::new();
    for org in store.organizations.rows() {
        let accounts = org.accounts.rows().iter().map(|row| &row.standing);
        let keys = org.keys.rows().iter().map(|row| &row.standing);
        let standings: Vec<_> = accounts.chain(keys).collect();
        let owns = |roles: &[String]| roles.iter().any(|role| role == "ORG_OWNER");
        assert!(standings.iter().any(|row| owns(&row.roles)), "somebody owns it");
        for standing in standings {
            assert!(
                !standing.roles.is_empty()
                    && standing.roles.iter().all(|role| role.starts_with("ORG_"))
            );
            for (project, roles) in &standing.projects {
                assert!(org.projects.get(project).is_some(), "the project is there");
                assert!(!roles.is_empty() && roles.iter().all(|role| role.starts_with("GROUP_")));
                assert_eq!(
                    roles.iter().collect::<HashSet<_>>().len(),
                    roles.len(),
                    "each role once"
                );
            }
            let ranges: HashSet<_> = standing.access_list.iter().map(|entry| entry.range).collect();
            assert_eq!(ranges.len(), standing.access_list.len(), "each entry once");
            assert!(ranges.len() <= 200 && ranges.iter().all(|range| range.trunc() == *range));
        }
        for account in org.accounts.rows() {
            assert!(ids.insert(account.id.clone()), "ids are unique");
            assert!((1..=64).contains(&account.name.chars().count()));
            assert!(account.secrets.len() <= SLOTS);
            for pair in account.secrets.windows(2) {
                assert!(pair[0].created <= pair[1].created, "the oldest first");
                // Whatever the older one had left, it had seven days at most.
                let cut = later(pair[1].created, OVERLAP);
                assert!(pair[0].expires <= cut, "{:?}", account.name);
            }
            for secret in &account.secrets {
                assert!(ids.insert(secret.id.clone()) && secret.created <= now);
                assert!(
                    secret.expires <= later(secret.created, jiff::SignedDuration::from_hours(8760))
                );
            }
        }
        for key in org.keys.rows() {
            assert!(ids.insert(key.id.clone()));
            let found = store.key_by_public(&key.public_key);
            assert_eq!(found.map(|(_, found)| &found.id), Some(&key.id), "found by its public key");
        }
        assert!(org.events.is_sorted_by_key(|event| event.created), "events come in order");
        assert!(org.events.iter().all(|event| ids.insert(event.id.clone())));
    }
    let keys: usize = store.organizations.rows().iter().map(|org| org.keys.rows().len()).sum();
    assert_eq!(store.public_keys.len(), keys, "no key is found that is gone");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_calls_leave_the_store_sound(steps in vec(step(), 1..40)) {
        let mut machine = Machine::new();
        for (step, chosen) in steps {
            match step {
                Step::Wait(hours) => {
                    machine.now = later(machine.now, jiff::SignedDuration::from_hours(hours));
                    machine.renew();
                }
                Step::Mint => {
                    let id = chosen.of(machine.state.store.organizations.rows()[0].accounts.rows());
                    let id = id.map(|row| row.id).unwrap_or_default();
                    let secrets = machine.state.store.account_by_id(&id).map(|(_, row)| {
                        row.secrets.iter().any(|secret| secret.expires > machine.now)
                    });
                    let token = machine.mint(&id);
                    prop_assert_eq!(token.is_some(), secrets == Some(true));
                }
                Step::Call(method, path, body) => {
                    let target = machine.path(path, chosen);
                    let (before, changes) = (machine.written(), machine.state.changes);
                    let answer = machine.call(method, &target, &body);
                    prop_assert!(answer.status < 500, "{method} {target}: {}", answer.body);
                    let done = machine.state.changes > changes;
                    prop_assert_eq!(done, answer.status < 300 && method != "GET", "{} {}", method, target);
                    if !done {
                        prop_assert_eq!(before, machine.written(), "{} {}: a refusal changes nothing", method, target);
                    }
                    // The caller may have changed or removed itself.
                    machine.renew();
                }
            }
            assert_sound(&machine.state.store, machine.now);
            let live = machine.state.tokens.live(&machine.state.store, machine.now);
            let secrets = machine.state.store.organizations.rows().iter()
                .flat_map(|org| org.accounts.rows().iter().chain(org.managed.rows()))
                .flat_map(|row| &row.secrets).filter(|secret| secret.expires > machine.now).count();
            prop_assert!(live == 0 || secrets > 0, "a token outlives its secret");
        }
        // What is written is read again as it was.
        let written = machine.written();
        let found = state_file::read(written.as_bytes()).expect("readable");
        let again = Kept::new((&found.store, &found.tokens), (&found.account, &found.key), found.address);
        let read: Value = serde_json::from_str(&serde_json::to_string(&again).expect("writable")).expect("JSON");
        prop_assert_eq!(read, serde_json::from_str::<Value>(&written).expect("JSON"));
        assert_sound(&found.store, machine.now);
    }
}
