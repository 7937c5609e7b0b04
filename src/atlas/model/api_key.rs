//! API keys, whose answers mix what this program keeps apart: roles of all levels, in an
//! order that changes from call to call.

use std::sync::Arc;

use serde::Deserialize;

use super::{Grant, KeyId, ProjectId, or_default, rows};
use crate::atlas::field::{Field, Row};
use crate::atlas::raw::Raw;
use crate::atlas::roles::Level;
use crate::atlas::{Clean, Role};

/// An API key of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "ApiKeyAnswer")]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What it is for, in its maker's words.
    pub description: Field<Clean>,
    /// Its public key: its user name.
    pub public_key: Field<Clean>,
    /// Its private key with all but the last characters masked.
    pub masked_private_key: Field<Clean>,
    /// Its organization roles, in the catalogue's order.
    pub roles: Field<Arc<[Role]>>,
    /// Its projects with its roles there, by project id.
    pub grants: Field<Vec<Grant>>,
    /// What came for it in a list, where it came without a usable id.
    pub raw: Option<Box<Raw>>,
}

/// An API key as Atlas answers it: the roles of all levels mixed, in an order
/// that changes from call to call.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ApiKeyAnswer {
    #[serde(deserialize_with = "or_default")]
    id: KeyId,
    desc: Field<Clean>,
    public_key: Field<Clean>,
    private_key: Field<Clean>,
    #[serde(deserialize_with = "rows")]
    roles: Field<Vec<RoleAssignment>>,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
struct RoleAssignment {
    #[serde(deserialize_with = "or_default")]
    role_name: Role,
    group_id: Field<ProjectId>,
}

impl From<ApiKeyAnswer> for ApiKey {
    fn from(answer: ApiKeyAnswer) -> Self {
        let (mut roles, mut grants) = (answer.roles.clone_shape(), answer.roles.clone_shape());
        if let (Field::Known(assignments), Field::Known(own), Field::Known(granted)) =
            (answer.roles, &mut roles, &mut grants)
        {
            split_levels(assignments, own, granted);
        }
        Self {
            id: answer.id,
            description: answer.desc,
            public_key: answer.public_key,
            masked_private_key: answer.private_key.map(|key| masked(&key)),
            roles: roles.map(Arc::from),
            grants,
            raw: None,
        }
    }
}

/// A private key comes masked from every read. Should one ever come whole, it is
/// masked here, before it can be shown or kept.
fn masked(key: &Clean) -> Clean {
    if key.contains('*') {
        return key.clone();
    }
    let tail: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    Clean::new(&format!("********{tail}"))
}

impl<T> Field<Vec<T>> {
    /// An empty list that is known, absent or odd as this one is.
    fn clone_shape<U>(&self) -> Field<Vec<U>> {
        match self {
            Self::Known(_) => Field::Known(Vec::new()),
            Self::Absent => Field::Absent,
            Self::Odd => Field::Odd,
        }
    }
}

/// Parts the organization's roles from those in projects. A role of which it is not known
/// where it holds stands wherever it may.
fn split_levels(assignments: Vec<RoleAssignment>, own: &mut Vec<Role>, granted: &mut Vec<Grant>) {
    for RoleAssignment { role_name, group_id } in assignments {
        let (in_all, project) = match (group_id, role_name.level()) {
            (Field::Known(project), _) => (false, Some(project)),
            (_, Some(Level::Project)) => (false, Some(ProjectId::default())),
            (Field::Odd, None) => (true, Some(ProjectId::default())),
            (Field::Absent | Field::Odd, _) => (true, None),
        };
        own.extend(in_all.then(|| role_name.clone()));
        let Some(project) = project else { continue };
        match granted.iter_mut().find(|grant| grant.project == project) {
            Some(Grant { roles: Field::Known(roles), .. }) => roles.push(role_name),
            _ => granted.push(Grant { project, roles: Field::Known(vec![role_name]) }),
        }
    }
    own.sort();
    granted.sort_by(|a, b| a.project.cmp(&b.project));
    for grant in granted {
        if let Field::Known(roles) = &mut grant.roles {
            roles.sort();
        }
    }
}

impl Row for ApiKey {
    const ID: Option<&'static str> = Some("id");

    fn keep(&mut self, sent: Raw) {
        self.raw = Some(Box::new(sent));
    }
}

impl Row for RoleAssignment {
    fn odd() -> Self {
        Self { group_id: Field::Odd, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_api_key_is_split_by_level_and_always_in_the_same_order() {
        let role =
            |name: &str, level: &str| json!({"roleName": name, level: "0123456789abcdef01234567"});
        let mut roles = vec![
            role("ORG_MEMBER", "orgId"),
            role("GROUP_READ_ONLY", "groupId"),
            role("ORG_OWNER", "orgId"),
            role("GROUP_OWNER", "groupId"),
        ];
        let key = |roles: &[Value]| -> ApiKey {
            serde_json::from_value(json!({"id": "66f1c0ffee00112233a91f00", "roles": roles}))
                .expect("read")
        };
        let forth = key(&roles);
        roles.reverse();
        assert_eq!(forth, key(&roles));
        assert_eq!(forth.roles.known().expect("known")[0].code(), "ORG_OWNER");
        let grants = forth.grants.known().expect("known");
        assert_eq!(grants.len(), 1);
        assert_eq!(grants[0].roles.known().expect("known")[0].code(), "GROUP_OWNER");
    }

    #[test]
    fn a_role_stands_wherever_it_may_hold() {
        let member = json!({"orgId": "0123456789abcdef01234567", "roleName": "ORG_MEMBER"});
        for (odd, own, in_projects) in [
            (json!({"groupId": 42, "roleName": "GROUP_OWNER"}), 1, 1),
            (json!({"roleName": "GROUP_OWNER"}), 1, 1),
            (json!({"groupId": 42, "roleName": "ORG_READ_ONLY"}), 2, 0),
            (json!({"groupId": 42}), 2, 1),
            (json!({"orgId": "0123456789abcdef01234567", "roleName": 42}), 2, 1),
            (json!({"x": 1}), 2, 1),
            (json!(null), 2, 1),
        ] {
            let key: ApiKey =
                serde_json::from_value(json!({"id": "x", "roles": [&member, &odd]})).expect("read");
            let (roles, grants) = (key.roles.known().expect("known"), key.grants.known());
            assert_eq!((roles.len(), grants.expect("known").len()), (own, in_projects), "{odd}");
        }
    }

    #[test]
    fn a_whole_private_key_is_masked_where_it_comes_in() {
        let key: ApiKey = serde_json::from_value(
            json!({"id": "x", "privateKey": "c8150efd-c7a0-4afd-8c4f-01bdd56c8977"}),
        )
        .expect("read");
        assert_eq!(key.masked_private_key, Field::Known(Clean::new("********8977")));
    }
}
