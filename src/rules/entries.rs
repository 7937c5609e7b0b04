//! Access list entries as people write them: read, explained, compared. Pure.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::change::shown;

/// Why a text is no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// It is neither an address nor a range.
    Neither,
    /// It has the form of an IPv4 address, but not its numbers.
    Numbers,
    /// What follows the slash is no length of such a range; the longest is this.
    Length(u8),
    /// It names an interface of one machine.
    Zone,
    /// It is an address inside this range, with the range's length.
    Inside(IpNet),
}

impl Odd {
    /// What is wrong, in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Neither => "An IP address or a CIDR block, such as 203.0.113.0/24.".into(),
            Self::Numbers => {
                "An IPv4 address is four numbers from 0 to 255, without zeros before them.".into()
            }
            Self::Length(most) => format!("After the slash stands a number, {most} at most."),
            Self::Zone => {
                "What follows % means something on one machine only: leave it out.".into()
            }
            Self::Inside(range) => {
                let length = range.prefix_len();
                format!("It is taken as {range}; for the one address leave /{length} away.")
            }
        }
    }
}

/// Reads one entry: an address or a range, of either version. What Atlas makes of an
/// address with the length of a range is not documented: it is never sent so.
///
/// # Errors
/// Why it is none.
pub fn read(text: &str) -> Result<IpNet, Odd> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.into());
    }
    let range: IpNet = text.parse().map_err(|_| odd(text))?;
    if range.trunc() == range { Ok(range) } else { Err(Odd::Inside(range.trunc())) }
}

/// What is wrong with a text that is neither an address nor a range.
fn odd(text: &str) -> Odd {
    let zone = text.split_once('%').map(|(address, _)| address.parse::<Ipv6Addr>());
    if zone.is_some_and(|address| address.is_ok()) {
        return Odd::Zone;
    }
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    match address.parse::<IpAddr>() {
        Ok(address) => Odd::Length(IpNet::from(address).max_prefix_len()),
        Err(_) if address.contains('.') && address.bytes().all(is_of_v4) => Odd::Numbers,
        Err(_) => Odd::Neither,
    }
}

fn is_of_v4(byte: u8) -> bool {
    byte == b'.' || byte.is_ascii_digit()
}

/// What is wrong with one of many that could not be read.
#[must_use]
pub fn complaint(text: &str) -> String {
    match read(text) {
        Err(odd) if odd != Odd::Neither => format!("{text}: {}", odd.words()),
        _ => format!("{text}: Neither an address nor a range."),
    }
}

/// Reads many entries: one a line or separated by commas or spaces, comments after `#`;
/// each once. An address with the length of a range is taken as the range.
/// Returns the entries, and what could not be read.
#[must_use]
pub fn read_many(text: &str) -> (Vec<IpNet>, Vec<String>) {
    let (mut ranges, mut odd, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let words = lines.flat_map(|line| line.split([',', ' ', '\t', ';']));
    for word in words.map(str::trim).filter(|word| !word.is_empty()) {
        match read(word) {
            Ok(range) | Err(Odd::Inside(range)) if !seen.insert(range) => {}
            Ok(range) | Err(Odd::Inside(range)) => ranges.push(range),
            Err(_) => odd.push(word.to_owned()),
        }
    }
    (ranges, odd)
}

/// A pasted text of many entries in one line, as a text field holds them: without its
/// comments.
#[must_use]
pub fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

/// What there is to know about an entry beside those of a list, in words.
#[must_use]
pub fn about(range: &IpNet, list: &[IpNet]) -> String {
    if list.contains(range) {
        return "already in the list".into();
    }
    let mut words = vec![extent(range)];
    let covering = list.iter().find(|other| other.contains(range));
    words.extend(covering.map(|other| format!("covered by {other} already")));
    let covered = list.iter().filter(|other| range.contains(*other)).count();
    if covered > 0 && covering.is_none() {
        words.push(format!("covers {covered} of the others"));
    }
    if range.prefix_len() == 0 {
        words.push("every address".into());
    } else if is_private(range) {
        words.push("private: Atlas never sees such an address".into());
    }
    words.join("; ")
}

/// `256 addresses, 192.0.2.0 to 192.0.2.255`.
fn extent(range: &IpNet) -> String {
    let bits = range.max_prefix_len() - range.prefix_len();
    match bits {
        0 => format!("one address, {}", shown(range)),
        1..=32 => {
            format!("{} addresses, {} to {}", 1_u64 << bits, range.network(), range.broadcast())
        }
        _ => format!("2^{bits} addresses, from {}", range.network()),
    }
}

/// `18 204`: digits in threes, for numbers that are read and not computed with.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = Vec::new();
    if first > 0 {
        groups.push(&digits[..first]);
    }
    groups.extend((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    groups.join(" ")
}

/// Whether no call on the Internet comes from there.
#[must_use]
pub fn is_private(range: &IpNet) -> bool {
    let v4 = |a, b, c, d, length| (IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length);
    let v6 = |first, length| (IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0)), length);
    let private = [
        v4(10, 0, 0, 0, 8),
        v4(172, 16, 0, 0, 12),
        v4(192, 168, 0, 0, 16),
        v4(100, 64, 0, 0, 10),
        v4(127, 0, 0, 0, 8),
        v4(169, 254, 0, 0, 16),
        v6(0xfc00, 7),
        v6(0xfe80, 10),
    ];
    let within =
        |(address, length)| IpNet::new(address, length).is_ok_and(|all| all.contains(range));
    private.into_iter().any(within) || *range == IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> IpNet {
        read(text).unwrap_or_else(|odd| panic!("{text}: {odd:?}"))
    }

    fn inside(range: &str) -> Odd {
        Odd::Inside(range.parse().expect("a range"))
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_told() {
        for (text, words) in [
            ("10.0.0.0/33", "10.0.0.0/33: After the slash stands a number, 32 at most."),
            ("2001:db8::/129", "2001:db8::/129: After the slash stands a number, 128 at most."),
            ("300.1.1.1", "300.1.1.1: An IPv4 address is four numbers from 0 to 255, without"),
            ("fe80::1%eth0", "fe80::1%eth0: What follows % means something on one machine"),
            ("example.org", "example.org: Neither an address nor a range."),
        ] {
            assert!(complaint(text).starts_with(words), "{}", complaint(text));
        }
        let inside = read("10.0.0.1/8").expect_err("no range").words();
        let words = "It is taken as 10.0.0.0/8; for the one address leave /8 away.";
        assert_eq!(inside, words);
    }

    #[test]
    fn entries_are_read_as_people_write_them() {
        for (text, wanted) in [
            ("203.0.113.9", Ok("203.0.113.9/32")),
            (" 198.51.100.0/24 ", Ok("198.51.100.0/24")),
            ("2001:DB8::/32", Ok("2001:db8::/32")),
            ("192.0.2.7/24", Err(inside("192.0.2.0/24"))),
            ("10.0.0.1/8", Err(inside("10.0.0.0/8"))),
            ("2001:db8::1/32", Err(inside("2001:db8::/32"))),
            ("192.0.2.256", Err(Odd::Numbers)),
            ("300.1.1.1", Err(Odd::Numbers)),
            ("300.1.1.1/8", Err(Odd::Numbers)),
            ("10.0.0/8", Err(Odd::Numbers)),
            ("010.0.0.1", Err(Odd::Numbers)),
            ("10.0.0.0/33", Err(Odd::Length(32))),
            ("10.0.0.0/", Err(Odd::Length(32))),
            ("10.0.0.0/255.0.0.0", Err(Odd::Length(32))),
            ("2001:db8::/129", Err(Odd::Length(128))),
            ("fe80::1%eth0", Err(Odd::Zone)),
            ("fe80::1%eth0/64", Err(Odd::Zone)),
            ("", Err(Odd::Neither)),
            ("12", Err(Odd::Neither)),
            ("fe80::1::2", Err(Odd::Neither)),
            ("192.0.2.7:443", Err(Odd::Neither)),
            ("example.org", Err(Odd::Neither)),
        ] {
            assert_eq!(
                read(text).map(|range| range.to_string()),
                wanted.map(str::to_owned),
                "{text}"
            );
        }
    }

    #[test]
    fn calls_are_grouped_in_threes() {
        for (number, words) in
            [(0, "0"), (12, "12"), (999, "999"), (18_204, "18 204"), (1_000_000, "1 000 000")]
        {
            assert_eq!(grouped(number), words);
        }
    }

    #[test]
    fn many_are_read_at_once_with_comments_and_doubles() {
        let text = "# office\n203.0.113.9, 203.0.113.9\n198.51.100.7/24 # lab\nnonsense\n\n2001:db8::/32;10.0.0.0/8";
        let (ranges, odd) = read_many(text);
        let ranges: Vec<_> = ranges.iter().map(ToString::to_string).collect();
        assert_eq!(ranges, ["203.0.113.9/32", "198.51.100.0/24", "2001:db8::/32", "10.0.0.0/8"]);
        assert_eq!(odd, ["nonsense"]);
    }

    #[test]
    fn an_entry_is_explained_beside_the_others() {
        let list = [range("198.51.100.0/24"), range("203.0.113.9")];
        for (text, words) in [
            ("203.0.113.9", "already in the list"),
            ("198.51.100.7", "covered by 198.51.100.0/24 already"),
            ("198.51.0.0/16", "covers 1 of the others"),
            ("192.0.2.0/24", "256 addresses, 192.0.2.0 to 192.0.2.255"),
            ("10.1.0.0/16", "private"),
            ("0.0.0.0/0", "every address"),
            ("2001:db8::/32", "2^96 addresses"),
        ] {
            assert!(
                about(&range(text), &list).contains(words),
                "{text}: {}",
                about(&range(text), &list)
            );
        }
    }
}
