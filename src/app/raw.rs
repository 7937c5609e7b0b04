//! What Atlas sends about one identity, read for whoever wants to see it as it comes.

use super::fetched::Fetched;
use super::state::State;
use crate::atlas::raw::Raw;
use crate::atlas::{IdentityId, Read, Urgency};

/// The answers about one identity as they came, each by its question. None where Atlas
/// cannot be asked about it.
#[derive(Debug)]
pub struct RawAnswers {
    /// Whom they are about.
    pub of: IdentityId,
    /// The questions and their answers.
    pub answers: Vec<(Read, Fetched<Raw>)>,
}

impl State {
    /// Asks for everything about one identity, to be shown as it comes.
    pub(super) fn ask_raw(&mut self, id: &IdentityId) {
        self.forget_raw();
        let Some(org) = self.org.as_ref().map(|org| org.id.clone()) else { return };
        let access = Read::AccessList(org.clone(), id.clone());
        let reads = match id {
            _ if !id.is_addressable() => Vec::new(),
            IdentityId::ServiceAccount(client) => vec![
                Read::ServiceAccount(org.clone(), client.clone()),
                access,
                Read::Grants(org, client.clone()),
            ],
            IdentityId::ApiKey(key) => vec![Read::ApiKey(org, key.clone()), access],
        };
        let mut answers = Vec::new();
        for read in reads {
            self.ask(Read::Raw(Box::new(read.clone())), Urgency::Person);
            let mut answer = Fetched::default();
            answer.ask();
            answers.push((read, answer));
        }
        self.raw = Some(RawAnswers { of: id.clone(), answers });
    }

    /// Nobody looks at them any more.
    pub(super) fn forget_raw(&mut self) {
        self.let_be(|_, flight| matches!(flight.read, Read::Raw(_)));
        self.raw = None;
    }

    /// Where the answer to a question is kept as it came, if anybody looks at that.
    pub(super) fn raw_answer(&mut self, read: &Read) -> Option<&mut Fetched<Raw>> {
        let answers = &mut self.raw.as_mut()?.answers;
        answers.iter_mut().find(|(asked, _)| asked == read).map(|(_, answer)| answer)
    }
}
