//! Another gatehouse of the same person that is open at the same time. Both may work:
//! what was confirmed is what is sent, and each secret belongs to who asked for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::atlas::{Clean, OrgId};

/// A gatehouse that is open, as the others on this machine know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The host that it asks.
    pub host: Clean,
    /// The organization that was named when it was started.
    pub org: Option<OrgId>,
    /// Since when it is open.
    pub since: Timestamp,
    /// The number of its process.
    pub process: u32,
}

impl Neighbour {
    /// Whether what is changed there may be seen here: the same host, and no other
    /// organization as far as is known.
    #[must_use]
    pub fn may_share(&self, host: &Clean, org: Option<&OrgId>) -> bool {
        let apart = org.zip(self.org.as_ref()).is_some_and(|(here, there)| here != there);
        self.host == *host && !apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shares_what_is_not_known_to_be_apart() {
        let host = Clean::new("cloud.mongodb.com");
        let [a, b] = ["a", "b"].map(OrgId::new);
        let at = |org: Option<&OrgId>| Neighbour {
            host: host.clone(),
            org: org.cloned(),
            since: Timestamp::UNIX_EPOCH,
            process: 1,
        };
        for (there, here, shares) in [
            (Some(&a), Some(&a), true),
            (Some(&a), Some(&b), false),
            (None, Some(&a), true),
            (Some(&a), None, true),
            (None, None, true),
        ] {
            assert_eq!(at(there).may_share(&host, here), shares, "{there:?} {here:?}");
        }
        assert!(!at(Some(&a)).may_share(&Clean::new("127.0.0.1"), Some(&a)));
    }
}
