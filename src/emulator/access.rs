//! Access lists: from which addresses an identity may call. Knows nothing of HTTP
//! or of who the identity is.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One entry of an access list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The addresses that it lets in.
    pub range: IpNet,
    /// When it was added.
    pub created: Timestamp,
    /// When a call last came through it.
    pub last_used: Option<Timestamp>,
    /// From which address that call came.
    pub last_address: Option<IpAddr>,
    /// How many calls came through it.
    pub count: u64,
}

impl Entry {
    /// An entry that nobody used yet.
    #[must_use]
    pub fn new(range: IpNet, created: Timestamp) -> Self {
        Self { range: range.trunc(), created, last_used: None, last_address: None, count: 0 }
    }

    /// How a path names the entry: a single address without its length.
    #[must_use]
    pub fn text(&self) -> String {
        self.single().map_or_else(|| range_text(self.range), address_text)
    }

    /// The address, where the entry is a single one.
    #[must_use]
    pub fn single(&self) -> Option<IpAddr> {
        (self.range.prefix_len() == self.range.max_prefix_len()).then(|| self.range.addr())
    }
}

/// Reads an address or a range; a single address is a range of one.
#[must_use]
pub fn range_of(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// An address as Atlas writes it: in the sixth version with every group.
pub(super) fn address_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.segments().map(|group| format!("{group:x}")).join(":"),
    }
}

/// A range as Atlas writes it.
pub(super) fn range_text(range: IpNet) -> String {
    format!("{}/{}", address_text(range.addr()), range.prefix_len())
}

/// What an access list says about a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    /// There is a list, and the address is not on it.
    NotListed,
    /// There is no list, and the organization wants one.
    ListRequired,
}

/// An empty list lets everybody in, unless the organization requires one; with
/// the first entry only listed addresses may call.
pub(super) fn judge(list: &[Entry], address: IpAddr, list_required: bool) -> Verdict {
    match (list.is_empty(), list.iter().any(|entry| entry.range.contains(&address))) {
        (_, true) => Verdict::Allowed,
        (true, _) if list_required => Verdict::ListRequired,
        (true, _) => Verdict::Allowed,
        (false, false) => Verdict::NotListed,
    }
}

/// Notes a call on the narrowest entry that let it in.
pub(super) fn note_use(list: &mut [Entry], address: IpAddr, now: Timestamp) {
    let narrowest = list
        .iter_mut()
        .filter(|entry| entry.range.contains(&address))
        .max_by_key(|entry| entry.range.prefix_len());
    if let Some(entry) = narrowest {
        entry.last_used = Some(now);
        entry.last_address = Some(address);
        entry.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ranges: &[&str]) -> Vec<Entry> {
        let entry = |text: &&str| Entry::new(range_of(text).expect("range"), Timestamp::UNIX_EPOCH);
        ranges.iter().map(entry).collect()
    }

    #[test]
    fn an_access_list_judges() {
        let table = [
            (&[][..], "203.0.113.10", false, Verdict::Allowed),
            (&[], "203.0.113.10", true, Verdict::ListRequired),
            (&["203.0.113.10"], "203.0.113.10", true, Verdict::Allowed),
            (&["203.0.113.10"], "203.0.113.11", false, Verdict::NotListed),
            (&["203.0.113.0/24", "10.0.0.0/8"], "203.0.113.11", true, Verdict::Allowed),
            (&["2001:db8::/32"], "2001:db8::1", false, Verdict::Allowed),
            (&["0.0.0.0/0"], "2001:db8::1", false, Verdict::NotListed),
        ];
        for (ranges, address, required, verdict) in table {
            let address = address.parse().expect("address");
            assert_eq!(judge(&list(ranges), address, required), verdict, "{ranges:?} {address}");
        }
    }

    #[test]
    fn addresses_are_written_with_every_group() {
        let texts = |text: &str| {
            let entry = Entry::new(range_of(text).expect("range"), Timestamp::UNIX_EPOCH);
            (entry.text(), range_text(entry.range))
        };
        let both = |text: &str, range: &str| (text.to_owned(), range.to_owned());
        assert_eq!(texts("192.0.2.1"), both("192.0.2.1", "192.0.2.1/32"));
        assert_eq!(texts("2001:DB8::1"), both("2001:db8:0:0:0:0:0:1", "2001:db8:0:0:0:0:0:1/128"));
        assert_eq!(texts("2001:db8::/32").0, "2001:db8:0:0:0:0:0:0/32");
    }

    #[test]
    fn the_narrowest_entry_counts_the_call() {
        let mut list = list(&["0.0.0.0/0", "203.0.113.10", "203.0.113.0/24"]);
        note_use(&mut list, "203.0.113.10".parse().expect("address"), Timestamp::MAX);
        assert_eq!(list.iter().map(|entry| entry.count).collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!(list[1].single(), list[1].last_address);
        assert_eq!(list[2].single(), None);
    }
}
