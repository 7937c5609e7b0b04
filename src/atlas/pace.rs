//! How fast Atlas may be asked, learned from what it announces.
//!
//! Atlas counts calls in token buckets, one for each set of endpoints, and tells
//! in every answer how many are left (`RateLimit-Limit`, `RateLimit-Remaining`;
//! either may be missing). What fills lists in the background leaves a part of
//! each bucket to the administrator; after a `429` everybody waits.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::Urgency;

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
    /// Sign-in and the current address.
    Other,
}

/// Part of a bucket that background calls leave to the administrator.
const RESERVE: f64 = 0.2;
/// Share of a bucket's capacity that comes back each minute: the smallest of the
/// documented buckets' (300 with 100 a minute).
const REFILL_PER_MINUTE: f64 = 1.0 / 3.0;
/// Wait after a `429` that names no time, as Atlas' documentation advises.
const UNNAMED_WAIT: Duration = Duration::from_secs(10);

/// No set stays closed for longer, whatever the server says.
const LONGEST_CLOSED: Duration = Duration::from_hours(24);

struct Bucket {
    limit: f64,
    remaining: f64,
    learned: Instant,
    closed_until: Option<Instant>,
}

/// What is known of every bucket.
#[derive(Default)]
pub struct Pace {
    buckets: Mutex<HashMap<EndpointSet, Bucket>>,
}

impl Pace {
    /// How long a call must still wait at `now`; zero lets it go and counts it.
    pub fn wait(&self, set: EndpointSet, urgency: Urgency, now: Instant) -> Duration {
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(bucket) = buckets.get_mut(&set) else { return Duration::ZERO };
        if let Some(until) = bucket.closed_until.filter(|&until| until > now) {
            return until - now;
        }
        let per_second = bucket.limit * REFILL_PER_MINUTE / 60.0;
        let refilled = now.saturating_duration_since(bucket.learned).as_secs_f64() * per_second;
        let left = (bucket.remaining + refilled).min(bucket.limit);
        let floor = match urgency {
            Urgency::Person => 0.0,
            Urgency::Background => bucket.limit * RESERVE,
        };
        // A bucket too small for a reserve lets one call go when it is full.
        let needed = (floor + 1.0).min(bucket.limit);
        if urgency == Urgency::Background && left < needed {
            return Duration::from_secs_f64((needed - left) / per_second);
        }
        bucket.remaining = (left - 1.0).max(0.0);
        bucket.learned = now;
        Duration::ZERO
    }

    /// Takes in what an answer announces: calls in a full bucket, calls left.
    pub fn learn(&self, set: EndpointSet, limit: u32, remaining: u32, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let closed_until = buckets.get(&set).and_then(|bucket| bucket.closed_until);
        let limit = f64::from(limit.max(1));
        let remaining = f64::from(remaining).min(limit);
        buckets.insert(set, Bucket { limit, remaining, learned: now, closed_until });
    }

    /// Closes a set after a `429`, for as long as Atlas said (`Retry-After`).
    /// Returns the wait.
    pub fn close(&self, set: EndpointSet, wait: Option<Duration>, now: Instant) -> Duration {
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bucket = buckets.entry(set).or_insert(Bucket {
            limit: f64::MAX,
            remaining: f64::MAX,
            learned: now,
            closed_until: None,
        });
        let wait = wait.unwrap_or(UNNAMED_WAIT).min(LONGEST_CLOSED);
        let until = now + wait;
        bucket.closed_until = bucket.closed_until.max(Some(until));
        wait
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
        // 300 × 1/3 a minute: one call each 0.6 s.
        let wait = pace.wait(SET, Urgency::Background, now);
        assert!((wait.as_secs_f64() - 0.6).abs() < 0.01, "{wait:?}");
        assert_eq!(pace.wait(SET, Urgency::Person, now), Duration::ZERO);
        let later = now + wait * 2 + Duration::from_millis(1);
        assert_eq!(pace.wait(SET, Urgency::Background, later), Duration::ZERO);
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
        assert_eq!(pace.close(SET, None, then), UNNAMED_WAIT);
    }
}
