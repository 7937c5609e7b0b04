//! Times in words: dates in the person's zone, distances beside them.

use compact_str::{CompactString, ToCompactString};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

/// A distance in the largest unit that tells enough: from, unit, short word.
const UNITS: &[(i64, i64, &str)] = &[
    (2 * YEAR, YEAR, "y"),
    (2 * MONTH, MONTH, "mo"),
    (DAY, DAY, "d"),
    (HOUR, HOUR, "h"),
    (MINUTE, MINUTE, "min"),
];

/// `41 d`, `3 h`, `8 min`; below a minute `0 min`. Always rounded down.
fn short(seconds: i64) -> CompactString {
    let (_, unit, word) =
        UNITS.iter().find(|(from, ..)| seconds >= *from).unwrap_or(&(0, MINUTE, "min"));
    counted(seconds / unit, word)
}

/// `8 min`, without the machinery of formatting: a filter on a column says as much of each
/// row.
fn counted(count: i64, word: &str) -> CompactString {
    let mut text = count.to_compact_string();
    text.push(' ');
    text.push_str(word);
    text
}

/// How long: `41 d`, `3 h`, `8 min`. Rounded down.
#[must_use]
pub fn length(time: SignedDuration) -> CompactString {
    short(time.as_secs())
}

/// How long ago: `just now`, `8 min ago`, `yesterday`, `6 mo ago`. A time ahead
/// (clocks differ) is `just now`.
#[must_use]
pub fn ago(then: Timestamp, now: Timestamp) -> CompactString {
    match now.duration_since(then).as_secs() {
        ..MINUTE => CompactString::const_new("just now"),
        seconds @ DAY.. if seconds < 2 * DAY => CompactString::const_new("yesterday"),
        seconds => {
            let mut text = short(seconds);
            text.push_str(" ago");
            text
        }
    }
}

/// What is left, in which unit from when on, and the words for one and for many. An hour
/// and a day are so called as soon as the smaller unit would round to as much.
const LEFT: &[(i64, i64, [&str; 2])] = &[
    (DAY - HOUR / 2, DAY, ["day", "days"]),
    (HOUR - MINUTE / 2, HOUR, ["h", "h"]),
    (i64::MIN, MINUTE, ["min", "min"]),
];

/// How long still: `44 days`, `1 day`, `5 h`, `20 min`. To the nearest, so that what has
/// just begun has its whole time: what has passed is rounded down, what is left is not.
#[must_use]
pub fn left(then: Timestamp, now: Timestamp) -> CompactString {
    let seconds = then.duration_since(now).as_secs().max(0);
    let unit = LEFT.iter().find(|(from, ..)| seconds >= *from);
    let (_, unit, [one, many]) = unit.unwrap_or(&LEFT[0]);
    let count = (seconds + unit / 2) / unit;
    counted(count, if count == 1 { one } else { many })
}

/// `2026-12-04`.
#[must_use]
pub fn date(time: Timestamp, zone: &TimeZone) -> CompactString {
    zone.to_datetime(time).date().to_compact_string()
}

/// `2026-12-04 14:02 UTC`.
#[must_use]
pub fn date_time(time: Timestamp, zone: &TimeZone) -> CompactString {
    time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_compact_string()
}

/// `2026-12-04 14:02`: where many stand below each other, without the zone.
#[must_use]
pub fn date_and_clock(time: Timestamp, zone: &TimeZone) -> CompactString {
    time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_compact_string()
}

/// `14:02`.
#[must_use]
pub fn clock(time: Timestamp, zone: &TimeZone) -> CompactString {
    time.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_compact_string()
}

/// `14:02` for a time of today, `2026-12-04` for another.
#[must_use]
pub fn day_or_clock(time: Timestamp, now: Timestamp, zone: &TimeZone) -> CompactString {
    let day = date(time, zone);
    if day == date(now, zone) { clock(time, zone) } else { day }
}

/// Seconds passed since `then`, never negative.
#[must_use]
pub fn seconds_since(then: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(then).as_secs().max(0)
}

/// Minutes until `then`, rounded up.
#[must_use]
pub fn minutes_until(then: Timestamp, now: Timestamp) -> i64 {
    (then.duration_since(now).as_secs() + MINUTE - 1) / MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
    }

    #[test]
    fn distances_are_said_as_people_say_them() {
        let table = [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3 * HOUR + 59 * MINUTE, "3 h ago"),
            (DAY, "yesterday"),
            (2 * DAY, "2 d ago"),
            (59 * DAY, "59 d ago"),
            (61 * DAY, "2 mo ago"),
            (700 * DAY, "23 mo ago"),
            (800 * DAY, "2 y ago"),
        ];
        for (seconds, words) in table {
            assert_eq!(ago(at(0), at(seconds)), words);
        }
    }

    #[test]
    fn what_is_left_is_said_to_the_nearest_and_never_more_than_half_a_unit_too_much() {
        let table = [
            (-DAY, "0 min"),
            (0, "0 min"),
            (29, "0 min"),
            (30, "1 min"),
            (8 * MINUTE - 1, "8 min"),
            (HOUR - 31, "59 min"),
            (HOUR - 30, "1 h"),
            (5 * HOUR, "5 h"),
            (5 * HOUR + 29 * MINUTE, "5 h"),
            (8 * HOUR - 1, "8 h"),
            (23 * HOUR + 29 * MINUTE, "23 h"),
            (23 * HOUR + 30 * MINUTE, "1 day"),
            (DAY, "1 day"),
            (36 * HOUR - 1, "1 day"),
            (36 * HOUR, "2 days"),
            (29 * DAY + 12 * HOUR - 1, "29 days"),
            (29 * DAY + 12 * HOUR, "30 days"),
            (30 * DAY - 1, "30 days"),
            (365 * DAY - 60, "365 days"),
        ];
        for (seconds, words) in table {
            assert_eq!(left(at(seconds), at(0)), words, "{seconds}");
        }
    }
}
