//! Answers in which one thing is odd, for everything in every answer that the client
//! reads: it is shown as not known, and all else is shown as before.

use std::collections::BTreeSet;
use std::sync::Mutex;

use gatehouse::atlas::{Read, Reply};
use gatehouse::probe;
use serde_json::{Value, json};

use super::world::{NEIGHBOUR, Recorded, Shown, shown};
use crate::support::threads::side_by_side;
use crate::wire::{ask, client, serve};

/// Words by which something is said not to be there, or to let everybody in: never where
/// the truth is not known.
const CLAIMS: &[&str] = &[
    "none",
    "never",
    "any address",
    "no address",
    "empty",
    "no secret",
    "No service accounts",
    "No API keys",
    "sees no organization",
];

/// Fields that Atlas leaves out to say something, and what that is.
const MEANT: &[(&str, &str)] =
    &[("lastUsedAt", "never"), ("lastUsed", "never"), ("apiAccessListRequired", "any address")];

/// Words by which it is said that something is not known.
const TOLD: &[&str] =
    &["?", "not as Atlas does", "not known", "empty", "not the id of an organization"];

/// What nothing on these screens is drawn from, whatever stands there.
const UNUSED: &[&str] = &[
    "AccessList cidrBlock",
    "AccessList created",
    "AccessList createdAt",
    "AccessList totalCount",
    "ApiKey orgId",
    "ApiKeys orgId",
    "ApiKeys privateKey",
    "ApiKeys totalCount",
    "Events _t",
    "Events cre",
    "Events description",
    "Events id",
    "Events isGlobalAdmin",
    "Events orgId",
    "Events orgName",
    "Events raw",
    "Events severity",
    "Events totalCount",
    "Events userId",
    "Grants totalCount",
    "Organization isDeleted",
    "Organization skipDefaultAlertsSettings",
    "Organizations isDeleted",
    "Organizations name",
    "Organizations skipDefaultAlertsSettings",
    "Organizations totalCount",
    "Projects clusterCount",
    "Projects created",
    "Projects orgId",
    "Projects tags",
    "Projects totalCount",
    "Projects withDefaultAlertsSettings",
    "ServiceAccount id",
    "ServiceAccounts createdAt",
    "ServiceAccounts description",
    "ServiceAccounts id",
    "ServiceAccounts lastUsedAt",
    "ServiceAccounts maskedSecretValue",
    "ServiceAccounts totalCount",
    "Settings genAIFeaturesEnabled",
    "Settings maxServiceAccountSecretValidityInHours",
    "Settings multiFactorAuthRequired",
    "Settings restrictEmployeeAccess",
    "Settings streamsCrossGroupEnabled",
];

/// What is put in the place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Odd {
    Missing,
    Null,
    Object,
    Array,
    Unknown,
    Extra,
    Refusal,
    Envelope,
    Nothing,
    NoFields,
}

/// For every value.
const OF_VALUES: [Odd; 6] =
    [Odd::Missing, Odd::Null, Odd::Object, Odd::Array, Odd::Unknown, Odd::Extra];
/// For answers as a whole, all with status 200.
const OF_ANSWERS: [Odd; 4] = [Odd::Refusal, Odd::Envelope, Odd::Nothing, Odd::NoFields];

impl Odd {
    /// Makes the value at this place odd; `None` where that cannot be.
    fn put(self, whole: &Value, place: &str) -> Option<Value> {
        let mut whole = whole.clone();
        let value = whole.pointer_mut(place)?;
        *value = match self {
            Self::Missing => return without(whole, place),
            Self::Null => Value::Null,
            Self::Object => json!({"x": 1}),
            Self::Array => json!([["x"]]),
            Self::Unknown => json!("FROM_TOMORROW"),
            Self::Refusal => {
                json!({"error": 404, "errorCode": "RESOURCE_NOT_FOUND", "detail": "No."})
            }
            Self::Envelope => json!({"status": 200, "content": value.take()}),
            Self::Nothing => json!([]),
            Self::NoFields => json!({}),
            Self::Extra => {
                let fields = value.as_object_mut()?;
                fields.insert("fieldOfTomorrow".into(), json!({"deep": [null, 1]}));
                return Some(whole);
            }
        };
        Some(whole)
    }

    /// Nothing of that type can be there, whatever Atlas adds.
    fn is_of_another_type(self) -> bool {
        matches!(self, Self::Object | Self::Array) || OF_ANSWERS.contains(&self)
    }
}

fn without(mut whole: Value, place: &str) -> Option<Value> {
    let (above, name) = place.rsplit_once('/')?;
    whole.pointer_mut(above)?.as_object_mut()?.remove(name)?;
    Some(whole)
}

/// The places of all values in a body but the whole; of many rows, the first two.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, part)| (name.clone(), part)).collect(),
        Value::Array(rows) => {
            rows.iter().take(2).enumerate().map(|(at, part)| (at.to_string(), part)).collect()
        }
        _ => return,
    };
    for (name, part) in parts {
        let at = format!("{at}/{name}");
        // Links lead nowhere here.
        if name != "links" {
            places(part, &at, all);
            all.push(at);
        }
    }
}

/// One body with one oddity.
struct Case {
    read: Read,
    place: String,
    odd: Odd,
    body: Value,
}

impl Case {
    fn all(recorded: &Recorded) -> Vec<Self> {
        let mut cases = Vec::new();
        for read in recorded.reads() {
            let body = recorded.body(&read);
            let mut all = vec![String::new()];
            places(body, "", &mut all);
            for place in all {
                let odd = |odd: Odd| {
                    let body = odd.put(body, &place)?;
                    Some(Self { read: read.clone(), place: place.clone(), odd, body })
                };
                let whole = OF_ANSWERS.into_iter().filter(|_| place.is_empty());
                cases.extend(OF_VALUES.into_iter().chain(whole).filter_map(odd));
            }
        }
        cases
    }

    /// The field that is odd, or in which a row is.
    fn field(&self) -> &str {
        let names = self.place.rsplit('/');
        names.into_iter().find(|name| name.parse::<usize>().is_err()).unwrap_or_default()
    }

    /// The question and the field.
    fn name(&self) -> String {
        let read = format!("{:?}", self.read);
        let read = read.split('(').next().unwrap_or_default();
        format!("{read} {}", self.field())
    }

    fn words(&self) -> String {
        format!("{:?} at {:?} of {:?}: {}", self.odd, self.place, self.read, self.body)
    }

    /// It is about the subject or the key alone: the neighbour stays as it is.
    fn is_of_one(&self) -> bool {
        use Read::{AccessList, ApiKey, ApiKeys, Grants, ServiceAccount, ServiceAccounts};
        match &self.read {
            AccessList(..) | ApiKey(..) | ApiKeys(_) | Grants(..) | ServiceAccount(..) => true,
            ServiceAccounts(_) => self.place.starts_with("/results/0"),
            _ => false,
        }
    }

    /// What is not known is not needed: a name falls back to its id, an address to its
    /// range, and that an entry covers one's own address is not said.
    fn is_made_up_for(&self) -> bool {
        let read =
            matches!(self.read, Read::CurrentAddress | Read::Organization(_) | Read::Projects(_));
        read || self.field() == "ipAddress"
    }

    /// An id that may be another thing's, which is not there.
    fn is_of_another_thing(&self) -> bool {
        let rows = matches!(self.read, Read::ServiceAccounts(_) | Read::ApiKeys(_));
        rows && self.odd == Odd::Unknown && ["clientId", "id"].contains(&self.field())
    }
}

/// What is wrong with what is shown.
fn judge(case: &Case, before: &Shown, now: &Shown) -> Result<(), String> {
    if case.odd == Odd::Extra && before != now {
        return Err("a new field changes something".into());
    }
    for words in CLAIMS {
        let is_left_out = matches!(case.odd, Odd::Missing | Odd::Null);
        let meant = is_left_out && MEANT.contains(&(case.field(), words))
            // That list is empty; what is not known is what that means.
            || *words == "empty" && matches!(case.read, Read::Settings(_));
        if now.says(words) > before.says(words) && !meant {
            return Err(format!("{words:?} is claimed"));
        }
    }
    let line = |shown: &Shown| {
        let mut lines = shown.lists[0].lines().filter(|line| line.contains(NEIGHBOUR));
        lines.next().map(|line| line.replace('▌', " "))
    };
    if case.is_of_one() && line(now) != line(before) {
        return Err("the neighbour is shown otherwise".into());
    }
    let told = TOLD.iter().any(|words| now.says(words) > before.says(words));
    if case.odd.is_of_another_type() && before != now && !told && !case.is_made_up_for() {
        return Err("it is not said that something is not known".into());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_odd_is_shown_as_not_known_and_spoils_nothing_else() {
    let recorded = Recorded::gather().await;
    let org = Some(recorded.org.clone());
    let before = shown(&recorded, org.clone());
    let unnamed = shown(&recorded, None);
    let mut cases = Case::all(&recorded);
    let is_of_neighbour = |case: &Case| {
        matches!(case.read, Read::ServiceAccounts(_)) && case.place.starts_with("/results/1")
    };
    cases.retain(|case| !case.is_of_another_thing() && !is_of_neighbour(case));
    assert!(cases.len() > 500, "only {} cases", cases.len());
    let silent = Mutex::new(BTreeSet::new());
    tokio::task::block_in_place(|| {
        side_by_side(&cases, |case| {
            let (start, before) = match case.read {
                Read::Organizations => (None, &unnamed),
                _ => (org.clone(), &before),
            };
            let now = shown(&recorded.with(&case.read, case.body.clone()), start);
            if case.odd.is_of_another_type() && now == *before {
                silent.lock().expect("sound").insert(case.name());
            }
            judge(case, before, &now).map_err(|why| format!("{why}: {}", case.words()))
        });
    });
    let silent = silent.into_inner().expect("sound");
    assert_eq!(silent, UNUSED.iter().map(ToString::to_string).collect(), "fields that are read");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrongly_shown_would_be_seen() {
    let recorded = Recorded::gather().await;
    let before = shown(&recorded, Some(recorded.org.clone()));
    let cases = Case::all(&recorded);
    let of = |odd: Odd| {
        let mut all = cases.iter().filter(|case| case.odd == odd && case.is_of_one());
        all.find(|case| case.field() == "roles").expect("a case")
    };
    let now = |from: &str, to: &str| {
        let lists = before.lists.clone().map(|list| list.replace(from, to));
        Shown { lists, details: before.details.clone(), activity: before.activity.clone() }
    };
    for (odd, now) in [
        (Odd::Missing, now("Member", "none")),
        (Odd::Array, now("Member", "Owner")),
        (Odd::Array, now("Owner", "?")),
        (Odd::Extra, now("Member", "?")),
    ] {
        assert!(judge(of(odd), &before, &now).is_err(), "{odd:?}: {}", now.lists[0]);
    }
    assert_eq!(judge(of(Odd::Array), &before, &now("Member", "?")), Ok(()));
}

#[tokio::test]
async fn over_the_network_an_answer_says_the_same() {
    let recorded = Recorded::gather().await;
    for read in recorded.reads() {
        let body = recorded.body(&read).to_string();
        let here = probe::reply(&read, body.as_bytes()).expect("an answer");
        let base = serve(move |_| ([("content-type", "application/json")], body.clone())).await;
        let there = ask(&client(&base), read.clone()).await.expect("an answer");
        let rows = |reply: &Reply| match reply {
            Reply::ServiceAccounts(page) => format!("{:?}", page.rows),
            other => format!("{other:?}"),
        };
        assert_eq!(rows(&there[0]), rows(&here), "{read:?}");
    }
}
