//! How fast Atlas may be asked, learned from what it announces, and how much at once.
//!
//! Atlas counts calls in token buckets, one for each set of endpoints, and tells
//! in every answer how many are left (`RateLimit-Limit`, `RateLimit-Remaining`;
//! either may be missing). What fills lists in the background leaves a part of
//! each bucket to the administrator; after a `429` everybody waits.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::Urgency;

/// Questions on their way at once: all that a start asks.
const AT_ONCE: usize = 7;
/// Of them, those that fill in behind: the administrator always finds a way free.
const BEHIND: usize = 4;

/// The ways on which questions go. Who waits for something else stands in none.
pub struct Ways {
    all: Semaphore,
    behind: Semaphore,
}

/// A way that is taken, until it is dropped.
pub struct Way<'a> {
    _behind: Option<SemaphorePermit<'a>>,
    _way: Option<SemaphorePermit<'a>>,
}

impl Default for Ways {
    fn default() -> Self {
        Self { all: Semaphore::new(AT_ONCE), behind: Semaphore::new(BEHIND) }
    }
}

impl Ways {
    /// Takes a way, as soon as one is free.
    pub async fn take(&self, urgency: Urgency) -> Way<'_> {
        // Neither is ever closed.
        let behind = match urgency {
            Urgency::Background => self.behind.acquire().await.ok(),
            Urgency::Person => None,
        };
        Way { _behind: behind, _way: self.all.acquire().await.ok() }
    }
}

/// Endpoints that share a bucket at Atlas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointSet {
    /// The list of organizations.
    Organizations,
    /// One organization and its projects.
    Organization,
    /// The organization's settings: ten calls, five more a minute.
    Settings,
    /// Service accounts.
    ServiceAccounts,
    /// API keys.
    ApiKeys,
    /// What happened in the organization.
    Events,
    /// Signing in. Nothing is asked while that has to wait.
    SignIn,
    /// Projects and the current address.
    Other,
}

/// Part of a bucket that background calls leave to the administrator.
const RESERVE: f64 = 0.2;
/// A bucket is refilled once in this time, all at once: before, nothing may be counted on.
const PERIOD: Duration = Duration::from_mins(1);
/// Share of a bucket's capacity that comes back then: the smallest of the documented
/// buckets' (300 with 100 a minute).
const REFILL: f64 = 1.0 / 3.0;
/// Waits after a `429` that names no time, as Atlas' documentation advises: after the
/// first, after the second in a row, and after every further one.
const UNNAMED_WAITS: [Duration; 3] =
    [Duration::from_secs(10), Duration::from_secs(20), Duration::from_secs(40)];

/// No set stays closed for longer, whatever the server says.
pub const LONGEST_CLOSED: Duration = Duration::from_hours(24);

/// What an answer announced of its bucket, and what was taken from it since.
struct Bucket {
    limit: f64,
    remaining: f64,
    /// When it was announced, or so many whole periods later.
    learned: Instant,
}

/// What is known of a set.
#[derive(Default)]
struct Known {
    bucket: Option<Bucket>,
    closed_until: Option<Instant>,
    /// Refusals in a row that named no time.
    unnamed: usize,
}

/// What is known of every set.
#[derive(Default)]
pub struct Pace {
    sets: Mutex<HashMap<EndpointSet, Known>>,
}

impl Bucket {
    /// How long a call must still wait; zero lets it go and counts it.
    fn wait(&mut self, urgency: Urgency, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.learned);
        let periods = u32::try_from(passed.as_secs() / PERIOD.as_secs()).unwrap_or(u32::MAX);
        let refill = self.limit * REFILL;
        let left = (self.remaining + f64::from(periods) * refill).min(self.limit);
        let floor = match urgency {
            Urgency::Person => 0.0,
            Urgency::Background => self.limit * RESERVE,
        };
        // A bucket too small for a reserve lets one call go when it is full.
        let needed = (floor + 1.0).min(self.limit);
        if urgency == Urgency::Background && left < needed {
            let further = ((needed - left) / refill).ceil();
            let since = passed.saturating_sub(PERIOD.saturating_mul(periods));
            return PERIOD.mul_f64(further).saturating_sub(since);
        }
        self.remaining = (left - 1.0).max(0.0);
        self.learned += PERIOD.saturating_mul(periods);
        Duration::ZERO
    }
}

impl Known {
    fn closed_for(&self, now: Instant) -> Option<Duration> {
        self.closed_until.filter(|&until| until > now).map(|until| until - now)
    }
}

impl Pace {
    /// How long a call must still wait at `now`; zero lets it go and counts it.
    pub fn wait(&self, set: EndpointSet, urgency: Urgency, now: Instant) -> Duration {
        self.with(set, |known| match (known.closed_for(now), &mut known.bucket) {
            (Some(closed), _) => closed,
            (None, Some(bucket)) => bucket.wait(urgency, now),
            (None, None) => Duration::ZERO,
        })
    }

    /// Takes in what an answer announces: calls in a full bucket, calls left.
    pub fn learn(&self, set: EndpointSet, limit: u32, remaining: u32, now: Instant) {
        let limit = f64::from(limit.max(1));
        let remaining = f64::from(remaining).min(limit);
        let bucket = Bucket { limit, remaining, learned: now };
        self.with(set, |known| known.bucket = Some(bucket));
    }

    /// A call was let through.
    pub fn let_through(&self, set: EndpointSet) {
        self.with(set, |known| known.unnamed = 0);
    }

    /// Closes a set after a `429`, for as long as Atlas said (`Retry-After`), or longer
    /// each time where it does not say. Returns how long the set is closed from now on.
    pub fn close(&self, set: EndpointSet, told: Option<Duration>, now: Instant) -> Duration {
        self.with(set, |known| {
            let wait = match (told, known.closed_for(now)) {
                (Some(told), closed) => told.max(closed.unwrap_or_default()),
                // It was on its way when the first was refused: the pause is theirs too.
                (None, Some(closed)) => closed,
                (None, None) => {
                    let wait = UNNAMED_WAITS[known.unnamed.min(UNNAMED_WAITS.len() - 1)];
                    known.unnamed += 1;
                    wait
                }
            };
            let wait = wait.min(LONGEST_CLOSED);
            known.closed_until = Some(now + wait);
            wait
        })
    }

    fn with<T>(&self, set: EndpointSet, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        look(sets.entry(set).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: EndpointSet = EndpointSet::ServiceAccounts;

    #[test]
    fn nothing_known_means_go() {
        let pace = Pace::default();
        assert_eq!(pace.wait(SET, Urgency::Background, Instant::now()), Duration::ZERO);
    }

    #[test]
    fn the_background_leaves_a_fifth_and_waits_for_the_refill() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.learn(SET, 300, 100, now);
        let gone =
            (0..300).filter(|_| pace.wait(SET, Urgency::Background, now) == Duration::ZERO).count();
        assert_eq!(gone, 40);
        // Nothing is known to be back before a whole minute is over.
        let soon = now + Duration::from_secs(50);
        assert_eq!(pace.wait(SET, Urgency::Background, soon), Duration::from_secs(10));
        assert_eq!(pace.wait(SET, Urgency::Person, soon), Duration::ZERO);
        let later = now + PERIOD;
        let gone = || pace.wait(SET, Urgency::Background, later) == Duration::ZERO;
        assert_eq!((0..300).filter(|_| gone()).count(), 99, "100 a minute, and one has gone");
    }

    #[test]
    fn after_a_429_everybody_waits_as_told() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.learn(SET, 300, 300, now);
        pace.close(SET, Some(Duration::from_secs(55)), now);
        pace.learn(SET, 300, 300, now);
        assert_eq!(pace.wait(SET, Urgency::Person, now), Duration::from_secs(55));
        assert_eq!(pace.wait(EndpointSet::Settings, Urgency::Person, now), Duration::ZERO);
        let then = now + Duration::from_secs(55);
        assert_eq!(pace.wait(SET, Urgency::Person, then), Duration::ZERO);
    }

    #[test]
    fn where_no_time_is_named_the_pause_grows_with_each_refusal_in_a_row() {
        let (pace, mut now) = (Pace::default(), Instant::now());
        for seconds in [10, 20, 40, 40] {
            let wait = Duration::from_secs(seconds);
            for _ in 0..20 {
                assert_eq!(pace.close(SET, None, now), wait, "they were asked together");
            }
            now += wait;
            assert_eq!(pace.wait(SET, Urgency::Person, now), Duration::ZERO);
        }
        pace.let_through(SET);
        assert_eq!(pace.close(SET, None, now), Duration::from_secs(10));
    }

    #[test]
    fn a_pause_is_never_cut_short_and_never_absurd() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.close(SET, Some(Duration::from_secs(50)), now);
        pace.close(SET, Some(Duration::from_secs(1)), now);
        assert_eq!(pace.wait(SET, Urgency::Person, now), Duration::from_secs(50));
        assert_eq!(pace.close(SET, Some(Duration::MAX), now), LONGEST_CLOSED);
    }
}
