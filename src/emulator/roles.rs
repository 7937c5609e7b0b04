//! The rules of roles: which exist at which level, and that an organization keeps
//! an owner. Knows nothing of HTTP.

use super::errors::{
    INVALID_ENUM_VALUE, LAST_OWNER_DELETED, LAST_OWNER_DEMOTED, NOT_A_PROJECT_ROLE,
    NOT_AN_ORG_ROLE, Refusal,
};
use super::store::{Identity, Organization};
use crate::atlas::roles::{CATALOGUE, Level};

/// The role that may change everything.
pub(super) const OWNER: &str = "ORG_OWNER";
/// The least role in an organization.
pub(super) const MEMBER: &str = "ORG_MEMBER";

/// The roles, each once, if all of them exist at this level. Atlas' contract
/// fixes those of organizations only; those of projects are the catalogue's.
pub(super) fn checked(given: Vec<String>, level: Level) -> Result<Vec<String>, Refusal> {
    let (own, foreign, other_level) = match level {
        Level::Organization => ("ORG_", "GROUP_", NOT_AN_ORG_ROLE),
        Level::Project => ("GROUP_", "ORG_", NOT_A_PROJECT_ROLE),
    };
    let mut roles: Vec<String> = Vec::with_capacity(given.len());
    for role in given {
        if role.starts_with(foreign) {
            return Err(other_level.on(&role));
        }
        if !role.starts_with(own) || !CATALOGUE.iter().any(|known| known.code == role) {
            return Err(INVALID_ENUM_VALUE.on(&role));
        }
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

fn owns(roles: &[String]) -> bool {
    roles.iter().any(|role| role == OWNER)
}

impl Organization {
    /// Whether this identity is all the owners that there are. Those that Atlas
    /// manages do not count.
    fn is_last_owner(&self, identity: &Identity) -> bool {
        let accounts = self.accounts.rows().iter().map(|row| (&row.id, &row.standing));
        let keys = self.keys.rows().iter().map(|row| (&row.id, &row.standing));
        let mut owners = accounts.chain(keys).filter(|(_, standing)| owns(&standing.roles));
        owners.next().is_some_and(|(id, _)| id == identity.id()) && owners.next().is_none()
    }

    /// Whether this identity may be given these roles in the organization.
    pub(super) fn may_become(&self, identity: &Identity, roles: &[String]) -> Result<(), Refusal> {
        let lost = !owns(roles) && self.is_last_owner(identity);
        if lost { Err(LAST_OWNER_DEMOTED.on(&self.id)) } else { Ok(()) }
    }

    /// Whether this identity may be deleted.
    pub(super) fn may_lose(&self, identity: &Identity) -> Result<(), Refusal> {
        let last = self.is_last_owner(identity);
        if last { Err(LAST_OWNER_DELETED.on(&self.id)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(given: &[&str], level: Level) -> Result<Vec<String>, String> {
        let given = given.iter().map(|&role| role.to_owned()).collect();
        checked(given, level).map_err(|refusal| {
            let body: serde_json::Value =
                serde_json::from_str(&refusal.answer().body).expect("JSON");
            body["errorCode"].as_str().expect("a code").to_owned()
        })
    }

    #[test]
    fn roles_exist_at_one_level() {
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(
            codes(&["ORG_OWNER", "ORG_MEMBER", "ORG_OWNER"], Level::Organization),
            Ok(vec!["ORG_OWNER".to_owned(), "ORG_MEMBER".to_owned()])
        );
        assert_eq!(codes(&["GROUP_OWNER"], Level::Organization), refused("INVALID_ROLE_FOR_ORG"));
        assert_eq!(codes(&["ORG_OWNER"], Level::Project), refused("INVALID_ROLE_FOR_GROUP"));
        assert_eq!(codes(&["ORG_QUEEN"], Level::Organization), refused("INVALID_ENUM_VALUE"));
        assert_eq!(codes(&["GROUP_"], Level::Project), refused("INVALID_ENUM_VALUE"));
        assert_eq!(codes(&[""], Level::Project), refused("INVALID_ENUM_VALUE"));
        assert!(codes(&["GROUP_SEARCH_INDEX_EDITOR"], Level::Project).is_ok());
        assert_eq!(codes(&[], Level::Project), Ok(Vec::new()));
    }
}
