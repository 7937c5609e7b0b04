//! The role catalogue: what Atlas calls a role, what its web page calls it, and
//! what it allows, in one line of our own words.
//!
//! Atlas' contract fixes the seven organization roles and leaves the project
//! roles open: a role that is not in the catalogue is shown by its code.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::Clean;

/// Where a role applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// In the whole organization.
    Organization,
    /// In one project.
    Project,
}

/// What is known of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its code in the API.
    pub code: &'static str,
    /// Its name on Atlas' web page.
    pub label: &'static str,
    /// What it allows.
    pub meaning: &'static str,
}

const fn known(code: &'static str, label: &'static str, meaning: &'static str) -> Known {
    Known { code, label, meaning }
}

/// Every role that gatehouse knows, the strongest first within its level.
/// Source: Atlas' documentation of user roles, 2026.
pub const CATALOGUE: &[Known] = &[
    known(
        "ORG_OWNER",
        "Organization Owner",
        "full control of the organization, its access included",
    ),
    known("ORG_GROUP_CREATOR", "Organization Project Creator", "create projects"),
    known("ORG_BILLING_ADMIN", "Organization Billing Admin", "administer billing"),
    known("ORG_BILLING_READ_ONLY", "Organization Billing Viewer", "read invoices"),
    known(
        "ORG_STREAM_PROCESSING_ADMIN",
        "Organization Stream Processing Admin",
        "run stream processing in every project",
    ),
    known("ORG_READ_ONLY", "Organization Read Only", "read everything in the organization"),
    known(
        "ORG_MEMBER",
        "Organization Member",
        "see the organization, and only the projects it was given",
    ),
    known("GROUP_OWNER", "Project Owner", "full control of the project, its access included"),
    known(
        "GROUP_ACCESS_MANAGER",
        "Project Access Manager",
        "manage users, teams, keys and service accounts of the project",
    ),
    known("GROUP_CLUSTER_CREATOR", "Project Cluster Creator", "create clusters"),
    known(
        "GROUP_CLUSTER_MANAGER",
        "Project Cluster Manager",
        "change, pause and resume clusters; not create or delete them",
    ),
    known(
        "GROUP_REPLICA_SET_MANAGER",
        "Project Replica Set Manager",
        "change zones, replication and tier; pause and resume",
    ),
    known("GROUP_CLUSTER_LOG_VIEWER", "Project Cluster Log Viewer", "read cluster and audit logs"),
    known(
        "GROUP_CLUSTER_RESILIENCE_TESTER",
        "Project Cluster Resilience Tester",
        "run failover tests",
    ),
    known(
        "GROUP_STREAM_PROCESSING_OWNER",
        "Project Stream Processing Owner",
        "own stream workspaces and their connections",
    ),
    known("GROUP_DATA_ACCESS_ADMIN", "Project Data Access Admin", "all data in the Data Explorer"),
    known(
        "GROUP_DATA_ACCESS_READ_WRITE",
        "Project Data Access Read/Write",
        "read and write data in the Data Explorer",
    ),
    known(
        "GROUP_DATA_ACCESS_READ_ONLY",
        "Project Data Access Read Only",
        "read data in the Data Explorer",
    ),
    known(
        "GROUP_DATABASE_ACCESS_ADMIN",
        "Project Database Access Admin",
        "manage database users and roles",
    ),
    known("GROUP_BACKUP_MANAGER", "Project Backup Manager", "every backup operation"),
    known("GROUP_BACKUP_CREATOR", "Project Backup Creator", "list and make snapshots"),
    known(
        "GROUP_BACKUP_RECOVERY_OPERATOR",
        "Project Backup Recovery Operator",
        "list and restore snapshots",
    ),
    known(
        "GROUP_BACKUP_EXPORT_OPERATOR",
        "Project Backup Export Operator",
        "list, export and download snapshots",
    ),
    known(
        "GROUP_NETWORK_ACCESS_MANAGER",
        "Project Network Access Manager",
        "manage the IP access list, peering and private links",
    ),
    known(
        "GROUP_SUPPORT_ACCESS_MANAGER",
        "Project Support Access Manager",
        "let MongoDB support in",
    ),
    known(
        "GROUP_OBSERVABILITY_VIEWER",
        "Project Observability Viewer",
        "read profiler, advisor and insights",
    ),
    known("GROUP_INDEX_MANAGER", "Project Index Manager", "read advice and build indexes"),
    known(
        "GROUP_REAL_TIME_PERFORMANCE_OPERATOR",
        "Project Real Time Performance Operator",
        "stop running operations",
    ),
    known("GROUP_SEARCH_INDEX_EDITOR", "Project Search Index Editor", "manage search indexes"),
    known("GROUP_TRIGGER_MANAGER", "Project Trigger Manager", "manage triggers"),
    known("GROUP_ALERTS_MANAGER", "Project Alerts Manager", "manage alert settings"),
    known("GROUP_MODEL_OWNER", "Project Model Owner", "manage AI model API keys"),
    known("GROUP_READ_ONLY", "Project Read Only", "read the project's metadata"),
];

/// A role as Atlas names it. Roles sort in the catalogue's order, unknown ones last.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Role(Code);

/// Nearly all are of the catalogue; their texts stand there.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Code {
    /// At this place in the catalogue.
    Known(u8),
    Other(Clean),
}

impl Role {
    /// A role by its code.
    #[must_use]
    pub fn new(code: &str) -> Self {
        let known = CATALOGUE.iter().position(|known| known.code == code);
        let known = known.and_then(|rank| u8::try_from(rank).ok());
        Self(known.map_or_else(|| Code::Other(Clean::new(code)), Code::Known))
    }

    /// Its code in the API, `?` where Atlas sent something that is no code.
    #[must_use]
    pub fn code(&self) -> &str {
        match &self.0 {
            Code::Known(rank) => CATALOGUE[usize::from(*rank)].code,
            Code::Other(code) => code,
        }
    }

    /// Whether its code is one that can be sent as it stands here: letters, digits and
    /// `_` only.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let code = self.code();
        !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// What is known of it.
    #[must_use]
    pub fn known(&self) -> Option<&'static Known> {
        self.rank().map(|rank| &CATALOGUE[rank])
    }

    /// Its name on Atlas' page, or its code.
    #[must_use]
    pub fn label(&self) -> &str {
        self.known().map_or(self.code(), |known| known.label)
    }

    /// Its name without the level, for narrow places: `Owner`, `Read Only`.
    #[must_use]
    pub fn short(&self) -> &str {
        let label = self.label();
        label
            .strip_prefix("Organization ")
            .or_else(|| label.strip_prefix("Project "))
            .unwrap_or(label)
    }

    /// Where it applies, by Atlas' way of naming.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        match self.code().split_once('_')?.0 {
            "ORG" => Some(Level::Organization),
            "GROUP" => Some(Level::Project),
            _ => None,
        }
    }

    /// Every known role of a level, in the catalogue's order.
    #[must_use]
    pub fn all_of(level: Level) -> Vec<Self> {
        let all = CATALOGUE.iter().map(|known| Self::new(known.code));
        all.filter(|role| role.level() == Some(level)).collect()
    }

    fn rank(&self) -> Option<usize> {
        match self.0 {
            Code::Known(rank) => Some(usize::from(rank)),
            Code::Other(_) => None,
        }
    }
}

/// The names of roles, in a line.
#[must_use]
pub fn labels(roles: &[Role]) -> String {
    roles.iter().map(Role::label).collect::<Vec<_>>().join(", ")
}

/// Takes a role out of a set in which it is, else puts it in, in its order.
pub fn toggle(roles: &mut Vec<Role>, role: &Role) {
    match roles.iter().position(|known| known == role) {
        Some(at) => drop(roles.remove(at)),
        None => roles.push(role.clone()),
    }
    roles.sort();
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Role({:?})", self.code())
    }
}

impl Default for Role {
    /// A role that could not be understood.
    fn default() -> Self {
        Self::new("?")
    }
}

impl Ord for Role {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |role: &Self| role.rank().unwrap_or(usize::MAX);
        key(self).cmp(&key(other)).then_with(|| self.code().cmp(other.code()))
    }
}

impl PartialOrd for Role {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|code| Self::new(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_names_each_role_once_and_by_its_level() {
        for (index, entry) in CATALOGUE.iter().enumerate() {
            let role = Role::new(entry.code);
            assert_eq!(role.rank(), Some(index), "{}", entry.code);
            let level = if entry.label.starts_with("Organization ") {
                Level::Organization
            } else {
                Level::Project
            };
            assert_eq!(role.level(), Some(level), "{}", entry.code);
        }
        assert_eq!(CATALOGUE.iter().filter(|known| known.code.starts_with("ORG_")).count(), 7);
    }

    proptest::proptest! {
        #[test]
        fn a_code_that_may_be_sent_is_the_one_that_came(
            code in "[A-Z_]{0,30}|\\PC{0,20}|(?s).{0,20}|[A-Z_]{200,400}|ORG_[A-Z\u{200b}\u{430}.…()+?]{0,6}",
        ) {
            let json = serde_json::Value::from(code.as_str());
            let role: Role = serde_json::from_value(json).expect("a text");
            proptest::prop_assert!(!role.is_plain() || role.code() == code, "{role:?}");
        }
    }

    #[test]
    fn an_unknown_role_is_shown_as_it_comes() {
        let role = Role::new("ORG_FROM_TOMORROW");
        assert_eq!((role.label(), role.short()), ("ORG_FROM_TOMORROW", "ORG_FROM_TOMORROW"));
        assert!(Role::new("ORG_OWNER") < role);
        assert_eq!(Role::new("ORG_OWNER").short(), "Owner");
    }
}
