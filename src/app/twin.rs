//! What is shown as it would be done by hand: an identity, or what is about to be changed.

use super::state::State;
use crate::atlas::request::Request;
use crate::atlas::{ClientId, IdentityId, KeyId, Read, Write};
use crate::rules::change::{Change, New, after_made};

/// What the calls are wanted of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// One identity: the calls that read it.
    Identity(IdentityId),
    /// A change that is about to be made.
    Change(Change),
    /// The changes that are before the administrator.
    Writes(Vec<Write>),
}

/// One call, and what it does: `change the API key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// In words.
    pub deed: String,
    /// What goes to Atlas.
    pub request: Request,
    /// Its answer shows a secret.
    pub issues: bool,
}

impl State {
    /// The calls that the original stands for, in their order.
    ///
    /// # Errors
    /// Why there are none, in words.
    pub(super) fn calls_of(&self, original: &Original) -> Result<Vec<Call>, String> {
        match original {
            Original::Identity(id) => self.reads_of(id),
            Original::Writes(writes) => calls(writes),
            Original::Change(change) => {
                let verdict = self.judged(change).ok_or("no organization is open")?;
                if verdict.is_refused() {
                    return Err("it cannot be made: save it to see why".to_owned());
                }
                let mut writes = verdict.writes;
                if let (Some(id), Some(org)) = (placeholder(change), &self.org) {
                    writes.extend(after_made(change, &org.id, &id));
                }
                calls(&writes)
            }
        }
    }

    fn reads_of(&self, id: &IdentityId) -> Result<Vec<Call>, String> {
        let org = self.org.as_ref().ok_or("no organization is open")?.id.clone();
        let reads = match id {
            IdentityId::ServiceAccount(client) => vec![
                Read::ServiceAccount(org.clone(), client.clone()),
                Read::AccessList(org.clone(), id.clone()),
                Read::Grants(org, client.clone()),
            ],
            IdentityId::ApiKey(key) => {
                vec![Read::ApiKey(org.clone(), key.clone()), Read::AccessList(org, id.clone())]
            }
        };
        let call = |read: Read| {
            let request = Request::of_read(&read).map_err(|_| unaddressable())?;
            Ok(Call { deed: format!("read {}", read.subject()), request, issues: false })
        };
        reads.into_iter().map(call).collect()
    }
}

fn calls(writes: &[Write]) -> Result<Vec<Call>, String> {
    if writes.is_empty() {
        return Err("nothing is changed by it: nothing would be sent".to_owned());
    }
    let call = |write: &Write| {
        let request = Request::of_write(write).map_err(|_| unaddressable())?;
        Ok(Call { deed: write.deed().to_owned(), request, issues: write.issues() })
    };
    writes.iter().map(call).collect()
}

fn unaddressable() -> String {
    "without an id Atlas cannot be asked about it".to_owned()
}

/// What stands for the id of what is still to be made.
fn placeholder(change: &Change) -> Option<IdentityId> {
    let Change::Create { new, .. } = change else { return None };
    Some(match new {
        New::ServiceAccount(_) => IdentityId::ServiceAccount(ClientId::new("CLIENT_ID")),
        New::ApiKey(_) => IdentityId::ApiKey(KeyId::new("API_USER_ID")),
    })
}
