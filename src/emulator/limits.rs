//! How many calls are let through: a bucket of permits for each set of endpoints
//! and each organization, project or credential, as Atlas documents them. Knows
//! nothing of HTTP.

use std::collections::HashMap;

use jiff::Timestamp;

use super::errors::{RATE_LIMITED, RATE_LIMITED_BUCKET, Refusal};

/// Seconds between two refills.
pub(super) const PERIOD: i64 = 60;

/// Endpoints that share their permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Set {
    /// Minting and revoking tokens, per address and client.
    Token,
    /// The root of the API, per credential.
    Root,
    /// The list of organizations, per credential.
    Organizations,
    /// One organization and its projects, per organization.
    Organization,
    /// The organization's settings, per organization. Few.
    Settings,
    /// Service accounts of an organization.
    Accounts,
    /// API keys of an organization.
    Keys,
    /// The list of projects, per credential.
    Projects,
    /// One project, per project.
    Project,
    /// Service accounts of a project.
    ProjectAccounts,
    /// API keys of a project.
    ProjectKeys,
    /// The events of an organization.
    Events,
    /// The limits themselves, per credential.
    RateLimits,
}

/// Whose permits a set counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Credential,
    Organization,
    Project,
}

/// What is documented of a set: its id and its name, its path in the error, whose
/// permits it counts, how many there are at most, and how many come back in a
/// minute.
pub(super) struct Rule {
    pub(super) set: Set,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    resource: &'static str,
    pub(super) scope: Scope,
    pub(super) capacity: u32,
    pub(super) refill: u32,
}

const fn rule(
    set: Set,
    id: &'static str,
    name: &'static str,
    resource: &'static str,
    scope: Scope,
    capacity: u32,
    refill: u32,
) -> Rule {
    Rule { set, id, name, resource, scope, capacity, refill }
}

/// Atlas' limits as documented in April 2026; those of the limits themselves, and
/// all ids and names, are guesses after the one example that Atlas gives.
#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    rule(Set::Token, "oauthTokens_user", "OAuth Tokens", "/api/oauth/token", Scope::Credential, 50, 50),
    rule(Set::Root, "systemStatus_user", "System Status", "api/atlas/v2", Scope::Credential, 300, 100),
    rule(Set::Organizations, "organizations_user", "Organizations", "api/atlas/v2/orgs", Scope::Credential, 300, 100),
    rule(Set::Organization, "organization_org", "Organization", "api/atlas/v2/orgs/{orgId}", Scope::Organization, 500, 250),
    rule(Set::Settings, "organizationSettings_org", "Organization Settings", "api/atlas/v2/orgs/{orgId}/settings", Scope::Organization, 10, 5),
    rule(Set::Accounts, "serviceAccounts_org", "Organization Service Accounts", "api/atlas/v2/orgs/{orgId}/serviceAccounts", Scope::Organization, 500, 250),
    rule(Set::Keys, "apiKeys_org", "Organization API Keys", "api/atlas/v2/orgs/{orgId}/apiKeys", Scope::Organization, 500, 250),
    rule(Set::Events, "events_org", "Organization Events", "api/atlas/v2/orgs/{orgId}/events", Scope::Organization, 500, 250),
    rule(Set::Projects, "projects_user", "Projects", "api/atlas/v2/groups", Scope::Credential, 1200, 500),
    rule(Set::Project, "project_group", "Project", "api/atlas/v2/groups/{groupId}", Scope::Project, 1200, 500),
    rule(Set::ProjectAccounts, "serviceAccounts_group", "Project Service Accounts", "api/atlas/v2/groups/{groupId}/serviceAccounts", Scope::Project, 1200, 500),
    rule(Set::ProjectKeys, "apiKeys_group", "Project API Keys", "api/atlas/v2/groups/{groupId}/apiKeys", Scope::Project, 1200, 500),
    rule(Set::RateLimits, "rateLimitsInspection_user", "Rate Limits Inspection", "api/atlas/v2/rateLimits", Scope::Credential, 300, 100),
];

impl Set {
    /// The documented rule. The table is complete; were it not, its first row
    /// would stand in.
    fn rule(self) -> &'static Rule {
        RULES.iter().find(|rule| rule.set == self).unwrap_or(&RULES[0])
    }

    pub(super) fn scope(self) -> Scope {
        self.rule().scope
    }
}

/// Which limits hold.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    unlimited: bool,
    own: HashMap<Set, (u32, u32)>,
}

impl Limits {
    /// The limits that Atlas documents.
    #[must_use]
    pub fn documented() -> Self {
        Self::default()
    }

    /// None, though answers still tell of the documented ones.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { unlimited: true, own: HashMap::new() }
    }

    /// Reads `SET=CAPACITY/REFILL`, where the set is one of those that
    /// `GET /api/atlas/v2/rateLimits` lists; the error says what is wrong.
    pub fn adjust(self, text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is not of the form SET=CAPACITY/REFILL");
        let (id, figures) = text.split_once('=').ok_or_else(wrong)?;
        let (capacity, refill) = figures.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let (capacity, refill) = (number(capacity)?, number(refill)?);
        let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
            let known: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
            return Err(format!("there is no set {id}; there are {}", known.join(", ")));
        };
        Ok(self.with(rule.set, capacity, refill))
    }

    /// Capacity and refill per minute, as they hold here.
    pub(super) fn size(&self, set: Set) -> (u32, u32) {
        let rule = set.rule();
        self.own.get(&set).copied().unwrap_or((rule.capacity, rule.refill))
    }

    /// With another capacity and refill per minute for one set.
    #[must_use]
    pub fn with(mut self, set: Set, capacity: u32, refill: u32) -> Self {
        self.own.insert(set, (capacity, refill));
        self
    }
}

/// What an answer tells of its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gauge {
    pub(super) capacity: u32,
    pub(super) left: u32,
    /// Set where the call was refused: seconds until the next refill.
    pub(super) wait: Option<u32>,
}

/// The permits that are left.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    pub(super) limits: Limits,
    filled: HashMap<(Set, String), (u32, Timestamp)>,
}

impl Buckets {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, filled: HashMap::new() }
    }

    /// Takes one permit.
    pub(super) fn take(&mut self, set: Set, owner: &str, now: Timestamp) -> Gauge {
        let (capacity, refill) = self.limits.size(set);
        if self.limits.unlimited && !self.limits.own.contains_key(&set) {
            return Gauge { capacity, left: capacity, wait: None };
        }
        let bucket = self.filled.entry((set, owner.to_owned())).or_insert((capacity, now));
        let periods = (now.as_second() - bucket.1.as_second()).max(0) / PERIOD;
        if periods > 0 {
            let back = u32::try_from(periods).unwrap_or(u32::MAX).saturating_mul(refill);
            let since = bucket.1.as_second() + periods * PERIOD;
            let filled = bucket.0.saturating_add(back).min(capacity);
            *bucket = (filled, Timestamp::from_second(since).unwrap_or(now));
        }
        if bucket.0 == 0 {
            let passed = now.as_second() - bucket.1.as_second();
            let wait = u32::try_from(PERIOD - passed).unwrap_or(1);
            return Gauge { capacity, left: 0, wait: Some(wait) };
        }
        bucket.0 -= 1;
        Gauge { capacity, left: bucket.0, wait: None }
    }

    /// The error of a call that found its bucket empty. Minting tokens is older
    /// than the buckets and speaks of itself differently.
    pub(super) fn refusal(&self, set: Set, wait: u32) -> Refusal {
        let (capacity, refill) = self.limits.size(set);
        let resource = set.rule().resource;
        if set == Set::Token {
            return RATE_LIMITED.about([resource.into(), capacity.into(), (PERIOD / 60).into()]);
        }
        let (wait, capacity, refill) = (wait.into(), capacity.into(), refill.into());
        RATE_LIMITED_BUCKET.about([resource.into(), wait, capacity, refill, PERIOD.into()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_bucket_empties_waits_and_refills() {
        let mut buckets = Buckets::new(Limits::documented());
        let mut take = |at| buckets.take(Set::Settings, "org", second(at));
        let left: Vec<_> = (0..10).map(|at| take(at).left).collect();
        assert_eq!(left, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(take(25), Gauge { capacity: 10, left: 0, wait: Some(35) });
        assert_eq!(take(60), Gauge { capacity: 10, left: 4, wait: None });
        assert_eq!(take(100_000), Gauge { capacity: 10, left: 9, wait: None });
        assert_eq!(buckets.take(Set::Settings, "other", second(0)).left, 9);
    }

    #[test]
    fn a_limit_is_adjusted_by_its_name() {
        let limits = Limits::documented().adjust("apiKeys_org=7/3").expect("a set");
        assert_eq!(limits.size(Set::Keys), (7, 3));
        for odd in ["", "apiKeys_org", "apiKeys_org=7", "apiKeys_org=7/-1", "apiKeys_org=x/1"] {
            let error = Limits::documented().adjust(odd).expect_err("odd");
            assert!(error.contains("SET=CAPACITY/REFILL"), "{error}");
        }
        let error = Limits::documented().adjust("keys=1/1").expect_err("unknown");
        assert!(error.contains("there is no set keys") && error.contains("apiKeys_org"), "{error}");
    }

    #[test]
    fn every_set_has_its_rule() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        assert!(RULES.iter().all(|rule| rule.set.rule().id == rule.id));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn without_limits_nothing_runs_out_but_what_was_asked_for() {
        let limits = Limits::unlimited().with(Set::Keys, 1, 0);
        let mut buckets = Buckets::new(limits);
        let wait = |buckets: &mut Buckets, set| {
            (0..50).filter_map(|_| buckets.take(set, "", second(0)).wait).count()
        };
        assert_eq!(wait(&mut buckets, Set::Settings), 0);
        assert_eq!(wait(&mut buckets, Set::Keys), 49);
    }
}
