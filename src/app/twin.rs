//! What is shown as it would be done by hand: an identity, or what is about to be changed.

use super::state::State;
use crate::atlas::request::Request;
use crate::atlas::{ClientId, EventsPart, IdentityId, KeyId, Read, Write};
use crate::rules::change::{Change, New, after_made};

const NO_ORGANIZATION: &str = "No organization is open.";
const UNADDRESSABLE: &str = "Without an id Atlas cannot be asked about it.";

/// What the calls are wanted of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// One identity: the calls that read it.
    Identity(IdentityId),
    /// What happened: the call that reads the latest of it.
    Activity,
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
    /// Why there are none, in a sentence.
    pub(super) fn calls_of(&self, original: &Original) -> Result<Vec<Call>, &'static str> {
        match original {
            Original::Identity(id) => self.reads_of(id),
            Original::Activity => {
                let org = self.org.as_ref().ok_or(NO_ORGANIZATION)?.id.clone();
                reads([Read::Events(org, EventsPart::FIRST)])
            }
            Original::Writes(writes) => calls(writes),
            Original::Change(change) => {
                let verdict = self.judged(change).ok_or(NO_ORGANIZATION)?;
                if verdict.is_refused() {
                    return Err("It cannot be made, so nothing would be sent. Save it to see why.");
                }
                let mut writes = verdict.writes;
                if let (Some(id), Some(org)) = (placeholder(change), &self.org) {
                    writes.extend(after_made(change, &org.id, &id));
                }
                calls(&writes)
            }
        }
    }

    fn reads_of(&self, id: &IdentityId) -> Result<Vec<Call>, &'static str> {
        let org = self.org.as_ref().ok_or(NO_ORGANIZATION)?.id.clone();
        reads(match id {
            IdentityId::ServiceAccount(client) => vec![
                Read::ServiceAccount(org.clone(), client.clone()),
                Read::AccessList(org.clone(), id.clone()),
                Read::Grants(org, client.clone()),
            ],
            IdentityId::ApiKey(key) => {
                vec![Read::ApiKey(org.clone(), key.clone()), Read::AccessList(org, id.clone())]
            }
        })
    }
}

fn reads(reads: impl IntoIterator<Item = Read>) -> Result<Vec<Call>, &'static str> {
    let call = |read: Read| {
        let request = Request::of_read(&read).map_err(|_| UNADDRESSABLE)?;
        Ok(Call { deed: format!("read {}", read.subject()), request, issues: false })
    };
    reads.into_iter().map(call).collect()
}

fn calls(writes: &[Write]) -> Result<Vec<Call>, &'static str> {
    if writes.is_empty() {
        return Err(
            "Nothing is changed yet, so nothing would be sent. What you change is shown here as its calls.",
        );
    }
    let call = |write: &Write| {
        let request = Request::of_write(write).map_err(|_| UNADDRESSABLE)?;
        Ok(Call { deed: write.deed().to_owned(), request, issues: write.issues() })
    };
    writes.iter().map(call).collect()
}

/// What stands for the id of what is still to be made.
fn placeholder(change: &Change) -> Option<IdentityId> {
    let Change::Create { new, .. } = change else { return None };
    Some(match new {
        New::ServiceAccount(_) => IdentityId::ServiceAccount(ClientId::new("CLIENT_ID")),
        New::ApiKey(_) => IdentityId::ApiKey(KeyId::new("API_USER_ID")),
    })
}
