//! Changes of access lists, of both kinds of identity. A service account has one
//! list, which its projects share.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::access::{Entry, address_text, range_of, range_text};
use super::super::body::{Form, forms};
use super::super::errors::{
    ACCESS_LIST_FULL, ADDRESS_LISTED, BAD_ENTRY, ENTRY_NOT_FOUND, INVALID_ADDRESS, NOT_CANONICAL,
    OWN_ADDRESS, REPEATED_ADDRESS, RESOURCE_NOT_FOUND, Refusal,
};
use super::super::events::Subject;
use super::super::reads;
use super::super::store::{Identity, Standing};
use super::{Change, Changed, Done, account_subject, key_subject};

/// Entries that an access list may have (Atlas' documents, for service accounts;
/// for API keys no limit is known).
const MOST: usize = 200;

/// The kind of identity whose list a path names.
#[derive(Clone, Copy)]
enum Kind {
    Account,
    Key,
}

impl Kind {
    fn events(self) -> [&'static str; 2] {
        match self {
            Self::Account => [
                "SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_ADDED",
                "SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_DELETED",
            ],
            Self::Key => ["API_KEY_ACCESS_LIST_ENTRY_ADDED", "API_KEY_ACCESS_LIST_ENTRY_DELETED"],
        }
    }

    /// The identity that the path names, what it is called in events, and what it
    /// may do.
    fn of<'c>(
        self,
        change: &'c mut Change<'_>,
    ) -> Result<(Identity, Subject, &'c mut Standing), Refusal> {
        Ok(match self {
            Self::Account => {
                let account = change.account_mut()?;
                let subject = account_subject(account);
                (Identity::Account(account.id.clone()), subject, &mut account.standing)
            }
            Self::Key => {
                let key = change.key_mut()?;
                let subject = key_subject(key);
                (Identity::Key(key.id.clone()), subject, &mut key.standing)
            }
        })
    }
}

/// The range that one element of a body names.
fn range(form: &Form) -> Result<IpNet, Refusal> {
    match (form.any_text("ipAddress")?, form.any_text("cidrBlock")?) {
        (Some(address), None) => {
            let address: IpAddr = address.parse().map_err(|_| INVALID_ADDRESS.on(&address))?;
            Ok(address.into())
        }
        (None, Some(block)) => {
            // The contract's pattern lets an escaped stroke through here, too.
            let text = block.replace("%2F", "/").replace("%2f", "/");
            let range: IpNet = text.parse().map_err(|_| INVALID_ADDRESS.on(&block))?;
            if range.trunc() == range {
                return Ok(range);
            }
            Err(NOT_CANONICAL.about([block.into(), range_text(range.trunc()).into()]))
        }
        _ => Err(BAD_ENTRY.about([])),
    }
}

/// The ranges of a body, none of them twice.
fn ranges(change: &Change<'_>) -> Result<Vec<IpNet>, Refusal> {
    let mut ranges = Vec::new();
    for form in forms(change.json()?)? {
        let range = range(&form)?;
        if ranges.contains(&range) {
            return Err(REPEATED_ADDRESS.on(&Entry::new(range, change.now).text()));
        }
        ranges.push(range);
    }
    Ok(ranges)
}

fn add(change: &mut Change<'_>, kind: Kind) -> Result<(), Refusal> {
    let now = change.now;
    kind.of(change)?;
    let ranges = ranges(change)?;
    let mut witness = change.witness()?;
    let (identity, subject, standing) = kind.of(change)?;
    let list = &mut standing.access_list;
    let entries: Vec<_> = ranges.into_iter().map(|range| Entry::new(range, now)).collect();
    let listed = entries.iter().find(|new| list.iter().any(|old| old.range == new.range));
    if let Some(listed) = listed {
        return Err(ADDRESS_LISTED.about([listed.text().into(), identity.id().into()]));
    }
    if list.len() + entries.len() > MOST {
        return Err(ACCESS_LIST_FULL.about([MOST.into()]));
    }
    let [added, _] = kind.events();
    for entry in &entries {
        witness.sees_entry(added, &subject, Some(entry.text()))?;
    }
    list.extend(entries);
    change.note(witness)
}

fn remove(change: &mut Change<'_>, kind: Kind) -> Changed {
    let (address, own) = (change.address, change.caller.identity.clone());
    let text = change.params.get("address");
    let (identity, subject, standing) = kind.of(change)?;
    let range = range_of(text).ok_or_else(|| INVALID_ADDRESS.on(text))?;
    let place = standing.access_list.iter().position(|entry| entry.range == range);
    let place = place.ok_or_else(|| match kind {
        Kind::Account => RESOURCE_NOT_FOUND.on(text),
        Kind::Key => ENTRY_NOT_FOUND.about([text.into(), identity.id().into()]),
    })?;
    // Only a single address is guarded, not a range that covers the caller.
    if identity == own && standing.access_list[place].single() == Some(address) {
        return Err(OWN_ADDRESS.on(&address_text(address)));
    }
    let mut witness = change.witness()?;
    let (_, _, standing) = kind.of(change)?;
    let [_, deleted] = kind.events();
    witness.sees_entry(deleted, &subject, Some(standing.access_list[place].text()))?;
    standing.access_list.remove(place);
    change.note(witness)?;
    Ok(Done::Gone)
}

/// Answers `POST …/serviceAccounts/{clientId}/accessList`, with a page of the list.
pub(in super::super) fn add_to_account(change: &mut Change<'_>) -> Changed {
    add(change, Kind::Account)?;
    reads::account_entries(&change.ask()).map(Done::Changed)
}

/// Answers `POST …/apiKeys/{apiUserId}/accessList`, with a page of the list.
pub(in super::super) fn add_to_key(change: &mut Change<'_>) -> Changed {
    add(change, Kind::Key)?;
    reads::key_entries(&change.ask()).map(Done::Changed)
}

/// Answers `DELETE …/serviceAccounts/{clientId}/accessList/{ipAddress}`.
pub(in super::super) fn remove_from_account(change: &mut Change<'_>) -> Changed {
    remove(change, Kind::Account)
}

/// Answers `DELETE …/apiKeys/{apiUserId}/accessList/{ipAddress}`.
pub(in super::super) fn remove_from_key(change: &mut Change<'_>) -> Changed {
    remove(change, Kind::Key)
}
