//! The demo organization shows every situation that gatehouse speaks of.

use gatehouse::atlas::{AccessEntry, ServiceAccount};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use super::bench::{Bench, start_of_time};

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn rows<T: DeserializeOwned>(bench: &Bench, path: &str) -> Vec<T> {
    let body = bench.get(path).await.json();
    serde_json::from_value(body["results"].clone()).expect("rows")
}

/// The ends of an account's secrets, in days from now.
fn ends(account: &ServiceAccount) -> Vec<i64> {
    let secrets = account.secrets.known().expect("sent").iter();
    let end = |at: &Timestamp| at.duration_since(start_of_time()).as_hours().div_euclid(24);
    secrets.filter_map(|secret| secret.expires_at.known().map(end)).collect()
}

#[tokio::test]
async fn secrets_are_in_every_state() {
    let bench = Bench::demo().await;
    let accounts: Vec<ServiceAccount> = rows(&bench, "serviceAccounts").await;
    let has = |state: &dyn Fn(&[i64]) -> bool| accounts.iter().any(|a| state(&ends(a)));
    assert!(has(&|ends| ends == [6]), "expires within a week");
    assert!(has(&|ends| ends == [-2]), "expired");
    assert!(has(&|ends| ends == [-41]), "expired long ago");
    assert!(has(&|ends| ends.is_empty()), "none at all");
    assert!(has(&|ends| ends.len() == 2 && ends[0] < 7 && ends[1] > 300), "being rotated");
    assert!(has(&|ends| ends.len() == 1 && ends[0] > 200), "healthy");
    let unused = |account: &ServiceAccount| {
        let secrets = account.secrets.known().expect("sent");
        !secrets.is_empty() && secrets.iter().all(|secret| secret.last_used_at.known().is_none())
    };
    assert!(accounts.iter().any(unused), "never used");
    let allowed = |c: char| c.is_alphanumeric() || "-_.,' ".contains(c);
    for account in &accounts {
        let (name, text) = (account.name.known(), account.description.known());
        let (name, text) = (name.expect("sent"), text.expect("sent"));
        assert!(name.chars().all(allowed) && text.chars().all(allowed), "{name}: {text}");
        assert!(account.created_at.known().expect("sent") < &start_of_time(), "{name}");
    }
}

#[tokio::test]
async fn access_lists_are_in_every_state() {
    let bench = Bench::demo().await;
    let mut lists: Vec<Vec<String>> = Vec::new();
    for account in rows::<ServiceAccount>(&bench, "serviceAccounts").await {
        let path = format!("serviceAccounts/{}/accessList", account.id);
        let entries = rows::<AccessEntry>(&bench, &path).await;
        let range = |entry: &AccessEntry| entry.range().expect("understood").to_string();
        lists.push(entries.iter().map(range).collect());
    }
    assert!(lists.iter().any(Vec::is_empty), "anybody may call");
    for range in ["0.0.0.0/0", "10.0.0.0/8", "2001:db8:40::/48", "203.0.113.10/32"] {
        assert!(lists.iter().flatten().any(|known| known == range), "{range}");
    }
}

#[tokio::test]
async fn one_key_is_old_unused_and_open_to_all() {
    let bench = Bench::demo().await;
    let (key, made) = bench.emulator.patch(|store| {
        let key = store.key("cron: nightly cleanup").expect("there");
        (gatehouse::atlas::KeyId::new(&key.id), key.standing.access_list.len())
    });
    assert_eq!(made, 0);
    assert!(key.created().expect("told by its id") < start_of_time() - 365 * DAY);
}
