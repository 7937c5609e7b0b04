//! What became of a credential that was asked for and of which no answer was kept:
//! what was there before, held against what is there now. Pure.

use jiff::Timestamp;

use super::intent::{Asks, Note};
use crate::atlas::{
    ApiKey, Clean, ClientSecret, Field, IdentityId, OrgId, SecretId, ServiceAccount,
};

/// What is there now. Lists that have not been read whole since are absent.
#[derive(Debug, Clone)]
pub struct There<'a> {
    /// The host that is asked.
    pub host: &'a str,
    /// The organization.
    pub org: &'a OrgId,
    /// Its service accounts.
    pub accounts: Option<Vec<&'a ServiceAccount>>,
    /// Its API keys.
    pub keys: Option<Vec<&'a ApiKey>>,
}

/// A credential that was not there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose it is.
    pub owner: IdentityId,
    /// Which of the account's secrets; absent where the identity itself is new.
    pub secret: Option<SecretId>,
    /// Atlas' answer named it: it is certainly ours.
    pub sure: bool,
    /// Its secret half as far as Atlas shows it.
    pub masked: Option<Clean>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it stops working.
    pub ends: Option<Timestamp>,
    /// When it was used last: a secret that was lost cannot have been.
    pub used: Option<Timestamp>,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// It was made at another host or in another organization, where we cannot look.
    Elsewhere,
    /// What is there now is not known yet.
    Unread,
    /// The account that it was for is gone, with all its secrets.
    Gone,
    /// Nothing is there that was not there before.
    Nothing,
    /// It brought no secret: that nobody heard its answer is all there is to tell.
    Unheard,
    /// This is there that was not there before; of several, perhaps one is ours.
    Found(Vec<Found>),
}

/// Finds out what became of an intent.
#[must_use]
pub fn trace(note: &Note, there: &There<'_>) -> Trace {
    let intent = &note.intent;
    if *intent.host != *there.host || intent.org != *there.org {
        return Trace::Elsewhere;
    }
    let issued = note.issued();
    let found = match &intent.asks {
        Asks::Secret { account, before, .. } => {
            let Some(accounts) = &there.accounts else { return Trace::Unread };
            let Some(owner) = accounts.iter().find(|known| known.id == *account) else {
                return Trace::Gone;
            };
            let Field::Known(secrets) = &owner.secrets else { return Trace::Unread };
            let sure = |secret: &ClientSecret| issued.is_some_and(|(_, id)| id == Some(&secret.id));
            let new = secrets.iter().filter(|secret| !before.contains(&secret.id));
            new.map(|secret| of_secret(owner, Some(secret), sure(secret), true)).collect()
        }
        Asks::ServiceAccount { name, before } => {
            let Some(accounts) = &there.accounts else { return Trace::Unread };
            let sure = |account: &ServiceAccount| {
                issued.is_some_and(|(id, _)| id.as_str() == account.id.as_str())
            };
            let ours = |account: &ServiceAccount| {
                let same = account.name.known() == Some(name);
                sure(account) || same && !before.contains(&account.id)
            };
            let new = accounts.iter().filter(|account| ours(account));
            new.map(|account| {
                let first = account.secrets.known().and_then(|secrets| secrets.first());
                of_secret(account, first, sure(account), false)
            })
            .collect()
        }
        Asks::ApiKey { description, before } => {
            let Some(keys) = &there.keys else { return Trace::Unread };
            let sure = |key: &ApiKey| issued.is_some_and(|(id, _)| id.as_str() == key.id.as_str());
            let ours = |key: &ApiKey| {
                let same = key.description.known() == Some(description);
                sure(key) || same && !before.contains(&key.id)
            };
            let new = keys.iter().filter(|key| ours(key));
            new.map(|key| of_key(key, sure(key))).collect()
        }
        Asks::Change { .. } => return Trace::Unheard,
    };
    narrowed(found)
}

/// Where Atlas' answer named one, the others are somebody else's.
fn narrowed(found: Vec<Found>) -> Trace {
    let sure = found.iter().any(|found| found.sure);
    let found: Vec<_> = found.into_iter().filter(|found| found.sure || !sure).collect();
    if found.is_empty() { Trace::Nothing } else { Trace::Found(found) }
}

fn of_secret(
    account: &ServiceAccount,
    secret: Option<&ClientSecret>,
    sure: bool,
    further: bool,
) -> Found {
    let known = |time: fn(&ClientSecret) -> &Field<Timestamp>| {
        secret.and_then(|secret| time(secret).known().copied())
    };
    let created = if further { None } else { account.created_at.known().copied() };
    Found {
        owner: IdentityId::ServiceAccount(account.id.clone()),
        secret: secret.filter(|_| further).map(|secret| secret.id.clone()),
        sure,
        masked: secret.and_then(|secret| secret.masked_secret_value.known().cloned()),
        created: created.or(known(|secret| &secret.created_at)),
        ends: known(|secret| &secret.expires_at),
        used: known(|secret| &secret.last_used_at),
    }
}

fn of_key(key: &ApiKey, sure: bool) -> Found {
    Found {
        owner: IdentityId::ApiKey(key.id.clone()),
        secret: None,
        sure,
        masked: key.public_key.known().cloned(),
        created: key.id.created(),
        ends: None,
        used: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{ClientId, KeyId};
    use crate::rules::intent::{Intent, News, Then};

    fn account(id: &str, name: &str, secrets: &[&str]) -> ServiceAccount {
        let secret = |id: &&str| ClientSecret { id: SecretId::new(id), ..ClientSecret::default() };
        ServiceAccount {
            id: ClientId::new(id),
            name: Field::Known(Clean::new(name)),
            secrets: Field::Known(secrets.iter().map(secret).collect()),
            ..ServiceAccount::default()
        }
    }

    fn note(asks: Asks, news: &[News]) -> Note {
        let intent = Intent {
            id: "1".into(),
            host: Clean::new("h"),
            org: OrgId::new("o"),
            asks,
            at: Timestamp::UNIX_EPOCH,
            to: Clean::new("the screen"),
            then: Then::default(),
        };
        Note { intent, news: news.to_vec() }
    }

    fn secret_of(before: &[&str]) -> Asks {
        let before = before.iter().map(|id| SecretId::new(id)).collect();
        Asks::Secret { account: ClientId::new("a"), name: Clean::new("ci"), before }
    }

    fn issued(secret: &str) -> News {
        let owner = IdentityId::ServiceAccount(ClientId::new("a"));
        News::Issued { owner, secret: Some(SecretId::new(secret)) }
    }

    fn at(note: &Note, accounts: &[ServiceAccount]) -> Trace {
        let org = OrgId::new("o");
        let accounts = Some(accounts.iter().collect());
        trace(note, &There { host: "h", org: &org, accounts, keys: None })
    }

    /// The ids of what was found, `!` after those that are surely ours.
    fn names(trace: Trace) -> Vec<String> {
        let Trace::Found(found) = trace else { return vec![format!("{trace:?}")] };
        let name = |found: Found| {
            let id =
                found.secret.map_or_else(|| found.owner.as_str().to_owned(), |s| s.to_string());
            format!("{id}{}", if found.sure { "!" } else { "" })
        };
        found.into_iter().map(name).collect()
    }

    /// What was asked for, what became of it, what is there now, and what is found.
    type Case = (Asks, Vec<News>, Vec<ServiceAccount>, &'static [&'static str]);

    #[test]
    fn what_was_not_there_before_is_found() {
        let ci = |secrets: &[&str]| [account("a", "ci", secrets), account("b", "ci", &["z"])];
        let table: [Case; 9] = [
            (secret_of(&["1"]), vec![], ci(&["1"]).into(), &["Nothing"]),
            (secret_of(&["1"]), vec![], ci(&["1", "2"]).into(), &["2"]),
            (secret_of(&[]), vec![], ci(&["1", "2"]).into(), &["1", "2"]),
            (secret_of(&[]), vec![issued("2")], ci(&["1", "2"]).into(), &["2!"]),
            (secret_of(&["1"]), vec![issued("2")], ci(&["1"]).into(), &["Nothing"]),
            (secret_of(&["1"]), vec![], vec![], &["Gone"]),
            (
                Asks::ServiceAccount { name: Clean::new("ci"), before: vec![ClientId::new("a")] },
                vec![],
                ci(&[]).into(),
                &["b"],
            ),
            (
                Asks::ServiceAccount { name: Clean::new("new"), before: vec![] },
                vec![],
                ci(&[]).into(),
                &["Nothing"],
            ),
            (
                Asks::ServiceAccount { name: Clean::new("renamed"), before: vec![] },
                vec![issued("1")],
                ci(&[]).into(),
                &["a!"],
            ),
        ];
        for (number, (asks, news, accounts, expected)) in table.into_iter().enumerate() {
            assert_eq!(names(at(&note(asks, &news), &accounts)), expected, "case {number}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_was_not_looked_at() {
        let note = note(secret_of(&[]), &[]);
        let org = OrgId::new("o");
        let there = There { host: "h", org: &org, accounts: None, keys: Some(Vec::new()) };
        assert_eq!(trace(&note, &there), Trace::Unread);
        assert_eq!(trace(&note, &There { host: "other", ..there.clone() }), Trace::Elsewhere);
        let other = OrgId::new("other");
        assert_eq!(trace(&note, &There { org: &other, ..there }), Trace::Elsewhere);
    }

    #[test]
    fn a_new_key_is_known_by_its_description() {
        let key = |id: &str, text: &str| ApiKey {
            id: KeyId::new(id),
            description: Field::Known(Clean::new(text)),
            ..ApiKey::default()
        };
        let keys = [key("1", "bi"), key("2", "bi"), key("3", "other")];
        let asks = Asks::ApiKey { description: Clean::new("bi"), before: vec![KeyId::new("1")] };
        let org = OrgId::new("o");
        let there =
            There { host: "h", org: &org, accounts: None, keys: Some(keys.iter().collect()) };
        assert_eq!(names(trace(&note(asks, &[]), &there)), ["2"]);
    }
}
